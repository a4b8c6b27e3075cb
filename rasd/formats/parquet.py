"""Parquet, through pyarrow: rows of any table in, predicted documents out and in again.

Documents are written as one row each. What has a fixed shape is nested columns, so that SQL engines and data frames
reach every event; what has none is JSON:

    id: string                               null where the document has none
    text: string
    meta: string                             a JSON object
    sentences: list of
        start, end: int64, text: string      offsets as in `rasd.events`: code points of the document's text
        types: map of string to double
        events: list of
            type: string, score: double, realis: string
            trigger: start, end, text, score
            arguments: list of role, start, end, text, score

Where values were asked for, triggers and arguments have a column more, `values: string`, a JSON object.

Null means what None means in `rasd.events`. Ids and further keys of sentences, which only corpus lines have, are not
kept. pyarrow is the extra [parquet], loaded when a file is opened.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from types import ModuleType
from typing import Any

from rasd.errors import MissingExtraError, ReadError
from rasd.events import Document

# Rows that are in memory at once beside what pyarrow keeps of a row group.
_BATCH_ROWS = 256


def import_pyarrow() -> tuple[ModuleType, ModuleType]:
    """Return `pyarrow` and `pyarrow.parquet`.

    Raises:
        MissingExtraError: If they are not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as err:
        raise MissingExtraError("Parquet needs pyarrow, which the extra [parquet] brings: pip install pyarrow") from err
    return pyarrow, pyarrow.parquet


def read_columns(path: str | Path) -> list[str]:
    """Return the names of a file's columns.

    Raises:
        ReadError: If it is no Parquet file.
    """
    with _open(path) as file:
        return file.schema_arrow.names


def read_rows(
    path: str | Path, columns: Sequence[str], *, skip: int = 0
) -> Iterator[tuple[int, dict[str, Any] | ReadError]]:
    """Yield (number from 1, values by name or what is wrong with them) of a file's rows.

    Times and decimals, for which JSON has no form, become text.

    Args:
        path: A Parquet file.
        columns: Those that are read.
        skip: Rows to leave out at the start; whole row groups of them are not read at all.

    Raises:
        ReadError: If it is no Parquet file, or is damaged.
    """
    pyarrow, _ = import_pyarrow()
    with _open(path) as file:
        first = number = 0
        sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        while first < len(sizes) and number + sizes[first] <= skip:
            number += sizes[first]
            first += 1
        batches = file.iter_batches(_BATCH_ROWS, row_groups=range(first, len(sizes)), columns=list(columns))
        while True:
            try:
                batch = next(batches, None)
            except (pyarrow.ArrowException, OSError) as err:
                raise ReadError(f"{path}: damaged after row {number}: {err}") from err
            if batch is None:
                return
            for row in _read_batch(batch):
                number += 1
                if number > skip:
                    yield number, row


def read_documents(path: str | Path) -> Iterator[Document]:
    """Yield the documents that `DocumentWriter` wrote.

    Raises:
        ReadError: If it is no Parquet file, is damaged, or does not hold documents.
    """
    wanted = ("id", "text", "meta", "sentences")
    missing = [name for name in wanted if name not in read_columns(path)]
    if missing:
        raise ReadError(f"{path} has no column {missing[0]!r}; documents as `rasd predict` writes them have {wanted}")
    for number, row in read_rows(path, wanted):
        if isinstance(row, ReadError):
            raise ReadError(f"{path}: row {number}: {row}")
        for sentence in row["sentences"]:
            sentence["types"] = dict(sentence["types"])
            _change_values(sentence, json.loads)
        yield Document.from_dict(row | {"meta": json.loads(row["meta"])})


class DocumentWriter:
    """Writes documents into an open binary file; a context that ends the file.

    Args:
        file: Where to write.
        has_values: Whether triggers and arguments have the column `values`.
    """

    def __init__(self, file: Any, *, has_values: bool = False) -> None:
        self._pyarrow, parquet = import_pyarrow()
        self._rows: list[dict[str, Any]] = []
        self._schema = _schema(has_values)
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")

    def __enter__(self) -> DocumentWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is not None:
            with suppress(Exception):  # the file is thrown away, and what went wrong with it is told already
                self._writer.close()
            return
        try:
            self._flush()
        finally:
            self._writer.close()

    def write(self, document: Document) -> None:
        """Add a document."""
        meta = json.dumps(dict(document.meta), ensure_ascii=False)
        row = {"id": document.id} | document.to_dict() | {"meta": meta}
        for sentence in row["sentences"]:
            _change_values(sentence, partial(json.dumps, ensure_ascii=False))
        self._rows.append(row)
        if len(self._rows) >= _BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(self._pyarrow.Table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()


def _change_values(sentence: dict[str, Any], change: Callable[[Any], Any]) -> None:
    """Put the values of a sentence's spans from or into JSON, in place."""
    for event in sentence.get("events") or ():
        for span in (event.get("trigger"), *(event.get("arguments") or ())):
            if span is not None and span.get("values") is not None:
                span["values"] = change(span["values"])


@cache
def _schema(has_values: bool) -> Any:
    """Return the columns of documents; see the top of this file."""
    pa, _ = import_pyarrow()
    span = [("start", pa.int64()), ("end", pa.int64()), ("text", pa.string())]
    score = ("score", pa.float64())
    values = [("values", pa.string())] if has_values else []
    event = [
        ("type", pa.string()),
        score,
        ("realis", pa.string()),
        ("trigger", pa.struct([*span, score, *values])),
        ("arguments", pa.list_(pa.struct([("role", pa.string()), *span, score, *values]))),
    ]
    sentence = [
        *span,
        ("types", pa.map_(pa.string(), pa.float64())),
        ("events", pa.list_(pa.struct(event))),
    ]
    columns = [("id", pa.string()), ("text", pa.string()), ("meta", pa.string())]
    return pa.schema([*columns, ("sentences", pa.list_(pa.struct(sentence)))])


@contextmanager
def _open(path: str | Path) -> Iterator[Any]:
    """Open a file to read, without reading ahead."""
    pyarrow, parquet = import_pyarrow()
    try:
        file = parquet.ParquetFile(str(path), pre_buffer=False)
    except pyarrow.ArrowException as err:
        raise ReadError(f"{path} cannot be read as Parquet: {err}") from err
    with file:
        yield file


def _read_batch(batch: Any) -> list[dict[str, Any] | ReadError]:
    """Return the rows of a batch; one by one where one of them is at fault."""
    try:
        return [{name: _plain(value) for name, value in row.items()} for row in batch.to_pylist()]
    except (ValueError, OverflowError) as err:  # text that is not UTF-8, a time that Python has not
        if batch.num_rows == 1:
            return [ReadError(f"the row cannot be read: {err}")]
        return [row for i in range(batch.num_rows) for row in _read_batch(batch.slice(i, 1))]


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, where that is plain."""
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return value

"""Writing rows of events as CSV, JSON lines or Parquet, one by one."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from rasd.coding.rules import COLUMNS
from rasd.coding.value_cells import NUMBER_LISTS, PLACE_COLUMNS, TRUTHS
from rasd.formats.csv_rows import guard_formula
from rasd.formats.parquet import import_pyarrow

_SEPARATOR = " | "
_BATCH_ROWS = 512

_INTEGERS = ("sentence", "sentence_start", "sentence_end", "trigger_start", "trigger_end", "reports", "quad_code")
_LIST_COLUMNS = (*COLUMNS, *PLACE_COLUMNS, "candidates", "unresolved")
_FLOATS = ("score", "event_scale")
_WORDS = {True: "yes", False: "no", None: None}


class CsvTable:
    """Rows as CSV; a context.

    Lists become one cell, parted by " | "; text that a spreadsheet would run as a formula gets a ' in front.

    Args:
        file: Open text file.
        columns: Their names, in order.
        has_mark: Whether the file begins with the byte order mark by which Excel knows UTF-8.
    """

    def __init__(self, file: Any, columns: Sequence[str], *, has_mark: bool = False) -> None:
        if has_mark:
            file.write("\ufeff")
        self._writer = csv.writer(file, lineterminator="\n")
        self._columns = columns
        self._writer.writerow(columns)

    def __enter__(self) -> CsvTable:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a row."""
        cells = ((name, _as_cell(name, row[name])) for name in self._columns)
        self._writer.writerow([cell if _has_numbers(name, row[name]) else guard_formula(cell) for name, cell in cells])


class JsonTable:
    """Rows as JSON, one a line; a context.

    Args:
        file: Open text file.
        columns: Their names, in order.
        convert: What a line is made of a row by; None writes the row itself.
    """

    def __init__(
        self, file: Any, columns: Sequence[str], *, convert: Callable[[Mapping[str, Any]], Any] | None = None
    ) -> None:
        self._file = file
        self._columns = columns
        self._convert = convert
        self.num_left_out = 0

    def __enter__(self) -> JsonTable:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a row, unless the conversion has nothing for it."""
        record = {name: row[name] for name in self._columns} if self._convert is None else self._convert(row)
        if record is None:
            self.num_left_out += 1
            return
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")


class ParquetTable:
    """Rows as Parquet; a context that ends the file.

    Args:
        file: Open binary file.
        columns: Their names, in order.
        names: Column -> the name that it has among `columns`, where that is another.
    """

    def __init__(self, file: Any, columns: Sequence[str], *, names: Mapping[str, str] | None = None) -> None:
        self._pyarrow, parquet = import_pyarrow()
        self._columns = columns
        self._lists = {(names or {}).get(name, name) for name in _LIST_COLUMNS}
        self._schema = self._pyarrow.schema([(name, self._type_of(name)) for name in columns])
        self._rows: list[dict[str, Any]] = []
        self._writer = parquet.ParquetWriter(file, self._schema, compression="zstd")

    def __enter__(self) -> ParquetTable:
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

    def write(self, row: Mapping[str, Any]) -> None:
        """Add a row."""
        self._rows.append({name: self._plain(name, row[name]) for name in self._columns})
        if len(self._rows) >= _BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(self._pyarrow.Table.from_pylist(self._rows, schema=self._schema))
        self._rows.clear()

    def _plain(self, name: str, value: Any) -> Any:
        """Return a value as its column has it: what has no fixed shape becomes text.

        That are the values of arguments, as JSON, and what a view's code list says in numbers of its own.
        """
        if name == "arguments":
            return [_with_json(item) for item in value]
        is_number = isinstance(value, (int, float)) and name not in (*_INTEGERS, *_FLOATS, *TRUTHS)
        return str(value) if is_number else value

    def _type_of(self, name: str) -> Any:
        pa = self._pyarrow
        text = pa.string()
        if name in _INTEGERS:
            return pa.int64()
        if name in _FLOATS:
            return pa.float64()
        if name == "counts":
            return pa.list_(pa.struct([("count", text), ("role", text), ("of", text)]))
        if name == "arguments":
            span = [("start", pa.int64()), ("end", pa.int64()), ("text", text), ("score", pa.float64())]
            span += [("readable", text), ("as", text), *([("values", text)] if "count_min" in self._columns else [])]
            return pa.list_(pa.struct([("role", text), *span]))
        if name in NUMBER_LISTS:
            return pa.list_(pa.float64())
        if name in TRUTHS:
            return pa.list_(pa.bool_()) if name.startswith("count") else pa.bool_()
        return pa.list_(text) if name in self._lists else text


def _has_numbers(name: str, value: Any) -> bool:
    """Whether a cell holds numbers alone, of which a negative one is no formula."""
    return name in NUMBER_LISTS and all(isinstance(item, (int, float, type(None))) for item in value)


def _as_cell(name: str, value: Any) -> Any:
    """Return a value as one cell."""
    if value is None:
        return ""
    if name == "counts":
        return _SEPARATOR.join(f"{item['count']} [{_counted(item)}]" for item in value)
    if name == "arguments":
        return json.dumps(value, ensure_ascii=False)
    if name in TRUTHS:
        value = [_WORDS[item] for item in value] if isinstance(value, list) else _WORDS[value]
    return _SEPARATOR.join("" if item is None else str(item) for item in value) if isinstance(value, list) else value


def _with_json(argument: Mapping[str, Any]) -> dict[str, Any]:
    """Return an argument with its values as JSON, where it has any."""
    if "values" not in argument:
        return dict(argument)
    return {**argument, "values": json.dumps(argument["values"], ensure_ascii=False)}


def _counted(item: Mapping[str, str]) -> str:
    return f"{item['role']}: {item['of']}" if item["of"] else "not told of what"

"""Reading what is to be predicted: plain text, JSONL and CSV become `Document`s, record by record.

A file that as a whole is not what it was said to be is refused before anything else is done (`find_inputs`); a record
that cannot be read becomes a `Reject` and the rest goes on (`read_documents`). Texts are passed on exactly as they
stand, line ends included, since all offsets count from them.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from rasd.errors import ConfigError, ReadError, did_you_mean
from rasd.events import Document
from rasd.formats.jsonl import parse_json

logger = logging.getLogger(__name__)

FORMATS = ("txt", "jsonl", "csv")
_CHUNK_BYTES = 1 << 20
_MAX_FIELD = 1 << 26  # code points of one CSV field; Python's own limit is 128 Ki, less than a long report has
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A record that could not be read: its file, the line it begins on (from 1), and why."""

    path: str
    line: int
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the reject as a JSON-ready dict."""
        return {"path": self.path, "line": self.line, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class InputOptions:
    """How inputs are read.

    Attributes:
        format: "txt", "jsonl" or "csv" for every input; None goes by the ending of each.
        is_lined: Whether each line of a txt input is a document.
        text_field: JSONL key or CSV column of the text.
        id_field: That of the id; None takes "id" where there is one.
        date_field: That of the date, which becomes "date" in `Document.meta`.
        keep_fields: Those that are carried along in `Document.meta` under their own names.

    Raises:
        ConfigError: If a kept field would overwrite the date.
    """

    format: str | None = None
    is_lined: bool = False
    text_field: str = "text"
    id_field: str | None = None
    date_field: str | None = None
    keep_fields: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.date_field not in (None, "date") and "date" in self.keep_fields:
            raise ConfigError(
                f"the date field {self.date_field!r} and the kept field 'date' would both be called 'date'"
            )

    @property
    def named_fields(self) -> tuple[str, ...]:
        """The fields besides the text that were asked for by name."""
        return tuple(name for name in (self.id_field, self.date_field, *self.keep_fields) if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """An input that can be read as a whole.

    Attributes:
        name: Its path, or "<stdin>".
        format: "txt", "jsonl" or "csv".
        spool: Copy of what can be read only once, such as a pipe.
    """

    name: str
    format: str
    spool: BinaryIO | None = None

    @property
    def stem(self) -> str:
        """The file's name without folder and ending, from which ids are made."""
        stem = "stdin" if self.name == "<stdin>" else Path(self.name).stem
        return os.fsencode(stem).decode("utf-8", "replace")

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Open the input at its start."""
        if self.spool is not None:
            self.spool.seek(0)
            yield self.spool
        else:
            with open(self.name, "rb") as handle:
                yield handle


def find_inputs(paths: Sequence[str], options: InputOptions) -> list[InputFile]:
    """Check that inputs can be read as a whole, and return them.

    Args:
        paths: Files; "-" is standard input, which is txt unless the options name a format.
        options: How to read them.

    Raises:
        ReadError: If a file is absent, of unknown ending, not UTF-8, begins with a byte order mark (which CSV may), or
            is a CSV without the columns asked for.
        ConfigError: If an option does not go with the format of an input.
    """
    inputs = []
    for path in paths:
        file = _find_input(path, options.format)
        if options.is_lined and file.format != "txt":
            raise ConfigError(
                f"--lines is for txt, but {file.name} is {file.format}, in which each record is a document"
            )
        if options.named_fields and file.format == "txt":
            raise ConfigError(
                f"{file.name} is txt and has no fields such as {options.named_fields[0]!r}; use jsonl or csv"
            )
        with file.open() as handle:
            _check_encoding(handle, file)
        if file.format == "csv":
            with file.open() as handle, _open_csv(handle) as reader:
                _read_header(reader, file, options)
        inputs.append(file)
    return inputs


def read_documents(file: InputFile, options: InputOptions) -> Iterator[Document | Reject]:
    """Yield the documents of an input in order, and a reject in the place of each record that cannot be read.

    A document's id is what the id field has, else the file's stem, with the line number where a file holds several.
    """
    unseen = set(options.named_fields)
    num_records = 0
    is_whole = file.format == "txt" and not options.is_lined
    for line, record in _read_records(file, options):
        num_records += 1
        if isinstance(record, Mapping):
            unseen -= record.keys()
        try:
            yield _make_document(record, file.stem if is_whole else f"{file.stem}:{line}", options)
        except ReadError as err:
            yield Reject(path=file.name, line=line, reason=str(err))
    if num_records and unseen:
        logger.warning("no record of %s has the field %s", file.name, ", ".join(map(repr, sorted(unseen))))


def read_lines(file: InputFile) -> Iterator[tuple[int, str]]:
    r"""Yield (line number from 1, line) of an input, split at `\n` alone and without the line end."""
    with file.open() as handle:
        for number, raw in enumerate(handle, 1):
            yield number, raw.decode("utf-8").removesuffix("\n").removesuffix("\r")


def _find_input(path: str, format: str | None) -> InputFile:
    """Return one input with its format, its encoding still unchecked."""
    if path == "-":
        return InputFile(name="<stdin>", format=format or "txt", spool=_spool(sys.stdin.buffer))
    if Path(path).is_dir():
        raise ReadError(f"{path} is a folder; name its files, such as {Path(path) / '*.txt'}")
    if not Path(path).exists():
        raise ReadError(f"no file {path!r}")
    ending = Path(path).suffix.lower()
    if format is None and ending.removeprefix(".") not in FORMATS:
        raise ReadError(
            f"{path} has the unknown ending {ending!r}; expected .txt, .jsonl or .csv. "
            "Say what it is, for example: --input-format txt"
        )
    format = format or ending.removeprefix(".")
    if Path(path).is_file():
        return InputFile(name=path, format=format)
    with open(path, "rb") as handle:
        return InputFile(name=path, format=format, spool=_spool(handle))


def _spool(handle: BinaryIO) -> BinaryIO:
    """Copy a stream to a temporary file, so that it can be checked before it is read; memory stays bounded."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as its `InputFile`
    shutil.copyfileobj(handle, spool)
    return spool


def _check_encoding(handle: BinaryIO, file: InputFile) -> None:
    """Raise ReadError unless the whole input is UTF-8 without a byte order mark, which only CSV may have."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    is_first = True
    while True:
        chunk = handle.read(_CHUNK_BYTES)
        if is_first and chunk.startswith(codecs.BOM_UTF8) and file.format != "csv":
            raise ReadError(
                f"{file.name}:1: the file begins with a byte order mark, which would shift every offset; save it as "
                "UTF-8 without BOM, for example: tail -c +4 FILE > NEW"
            )
        source = "UTF-16" if is_first and chunk.startswith(_UTF16) else "WINDOWS-1256"
        is_first = False
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as err:
            line += err.object[: err.start].count(b"\n")
            raise ReadError(
                f"{file.name}:{line}: not UTF-8 ({err.reason}); convert it, for example: "
                f"iconv -f {source} -t UTF-8 FILE > NEW"
            ) from err
        if not chunk:
            return
        line += chunk.count(b"\n")


def _read_records(file: InputFile, options: InputOptions) -> Iterator[tuple[int, Mapping[str, Any] | ReadError]]:
    """Yield the line on which each record begins, and the record or what is wrong with it."""
    if file.format == "csv":
        yield from _read_csv(file, options)
    elif file.format == "jsonl":
        yield from ((number, _parse(line)) for number, line in read_lines(file) if line.strip())
    elif options.is_lined:
        yield from ((number, {options.text_field: line}) for number, line in read_lines(file))
    else:
        with file.open() as handle:
            yield 1, {options.text_field: handle.read().decode("utf-8")}


def _parse(line: str) -> Mapping[str, Any] | ReadError:
    try:
        return parse_json(line)
    except ReadError as err:
        return err


def _read_csv(file: InputFile, options: InputOptions) -> Iterator[tuple[int, Mapping[str, Any] | ReadError]]:
    """Yield the rows of a CSV file by column name; a row may go over several lines, empty lines are none."""
    with file.open() as handle, _open_csv(handle) as reader:
        header = _read_header(reader, file, options)
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader, None)
            except csv.Error as err:
                yield line, ReadError(f'not valid CSV: {err}; a quote inside a quoted field is doubled: ""')
                continue
            if row is None:
                return
            if len(row) == len(header):
                yield line, dict(zip(header, row, strict=True))
            elif row:
                hint = (
                    "; a field that holds commas, quotes or line ends must be quoted" if len(row) > len(header) else ""
                )
                yield line, ReadError(f"the row has {len(row)} columns, the header {len(header)}{hint}")


@contextmanager
def _open_csv(handle: BinaryIO) -> Iterator[Any]:
    """Return a strict reader of comma-separated values; the mark that Excel puts in front is no part of any field."""
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_FIELD))
    text = io.TextIOWrapper(handle, encoding="utf-8-sig", newline="")
    try:
        yield csv.reader(text, strict=True)
    finally:
        text.detach()  # or it would close the handle


def _read_header(reader: Any, file: InputFile, options: InputOptions) -> list[str]:
    """Return the column names of a CSV file, checked against the fields asked for."""
    try:
        header = next(reader, [])
    except csv.Error as err:
        raise ReadError(f"{file.name}:1: the header is not valid CSV: {err}") from err
    if not header:
        raise ReadError(f"{file.name}:1: the first line is empty; expected the names of the columns")
    for name in (options.text_field, *options.named_fields):
        if name not in header:
            is_other = len(header) == 1 and any(mark in header[0] for mark in ";\t")
            hint = " Columns must be separated by commas." if is_other else ""
            raise ReadError(
                f"{file.name}:1: no column {name!r}; the columns are: {', '.join(header)}."
                f"{did_you_mean(name, header)}{hint}"
            )
        if header.count(name) > 1:
            raise ReadError(f"{file.name}:1: the column {name!r} stands {header.count(name)} times; rename the others")
    return header


def _make_document(record: Mapping[str, Any] | ReadError, default_id: str, options: InputOptions) -> Document:
    """Build a document from a record.

    Raises:
        ReadError: If the record has no text, or something that cannot be written again.
    """
    if isinstance(record, ReadError):
        raise record
    name = options.text_field
    if name not in record:
        names = ", ".join(record) or "none"
        raise ReadError(f"no field {name!r}; the fields are: {names}.{did_you_mean(name, record)}")
    text = record[name]
    if not isinstance(text, str):
        raise ReadError(f"{name!r} must be text, got {text!r:.60}")
    if "\0" in text:
        raise ReadError(f"{name!r} holds a NUL character; the input is damaged, or UTF-16 and not UTF-8")
    raw_id = record.get(options.id_field or "id")
    if raw_id is not None and (isinstance(raw_id, bool) or not isinstance(raw_id, (str, int))):
        raise ReadError(f"{options.id_field or 'id'!r} must be text or a whole number, got {raw_id!r:.60}")
    meta = {"date": record[options.date_field]} if options.date_field in record else {}
    meta |= {name: record[name] for name in options.keep_fields if name in record}
    document_id = default_id if raw_id in (None, "") else str(raw_id)
    try:
        json.dumps([text, document_id, meta], ensure_ascii=False, allow_nan=False).encode("utf-8")
    except UnicodeEncodeError as err:
        raise ReadError("the record holds half a surrogate pair, which UTF-8 cannot write") from err
    except ValueError as err:
        raise ReadError("a kept field holds NaN or Infinity, which JSON cannot write") from err
    return Document(text=text, id=document_id, meta=meta)

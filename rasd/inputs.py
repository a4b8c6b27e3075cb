"""Reading what is to be predicted: plain text, JSONL, CSV and Parquet become `Document`s, record by record.

A file that as a whole is not what it was said to be is refused before anything else is done (`find_inputs`); a record
that cannot be read becomes a `Reject` and the rest goes on (`read_documents`). Texts are passed on exactly as they
stand, line ends included, since all offsets count from them.
"""

from __future__ import annotations

import codecs
import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from rasd.errors import ConfigError, ReadError, did_you_mean
from rasd.events import Document
from rasd.formats import csv_rows, parquet
from rasd.formats.jsonl import parse_json

logger = logging.getLogger(__name__)

FORMATS = ("txt", "jsonl", "csv", "parquet")
_CHUNK_BYTES = 1 << 20
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONVERT = "convert it, for example: iconv -f WINDOWS-1256 -t UTF-8 FILE > NEW"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A record that could not be read: its file, the line it begins on or its row (from 1), and why."""

    path: str
    line: int
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the reject as a JSON-ready dict."""
        return {"path": to_utf8(self.path), "line": self.line, "reason": to_utf8(self.reason)}


class Record(NamedTuple):
    """What stands in one place of an input: the line or row, a document or why there is none, the names of fields."""

    line: int
    item: Document | Reject
    fields: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InputOptions:
    """How inputs are read.

    Attributes:
        format: "txt", "jsonl", "csv" or "parquet" for every input; None goes by the ending of each.
        is_lined: Whether each line of a txt input is a document.
        text_field: JSONL key, or column, of the text.
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
        format: "txt", "jsonl", "csv" or "parquet".
        spool: Copy of what can be read only once, such as a pipe.
        place: What ids are made from; None takes the file's name without folder and ending.
    """

    name: str
    format: str
    spool: BinaryIO | None = None
    place: str | None = None

    def make_id(self, line: int, options: InputOptions) -> str:
        """Return the id of the record on a line, where it has none of its own."""
        if self.place is not None:
            stem = self.place
        else:
            stem = to_utf8("stdin" if self.name == "<stdin>" else Path(self.name).stem)
        return stem if self.is_one_document(options) else f"{stem}:{line}"

    def is_one_document(self, options: InputOptions) -> bool:
        """Return whether the whole input is one document."""
        return self.format == "txt" and not options.is_lined

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
            is a CSV or Parquet file without the columns asked for.
        ConfigError: If an option does not go with the format of an input.
        MissingExtraError: If an input is Parquet, and pyarrow is not installed.
    """
    inputs = []
    for path in paths:
        file = find_input(path, options.format)
        if options.is_lined and file.format != "txt":
            raise ConfigError(
                f"--lines is for txt, but {file.name} is {file.format}, in which each record is a document"
            )
        if options.named_fields and file.format == "txt":
            raise ConfigError(
                f"{file.name} is txt and has no fields such as {options.named_fields[0]!r}; use jsonl, csv or parquet"
            )
        if file.format != "parquet":
            with file.open() as handle:
                _check_encoding(handle, file)
        check_start(file, options)
        inputs.append(file)
    return inputs


def check_start(file: InputFile, options: InputOptions) -> None:
    """Check by its start that an input can be read as what it was said to be.

    Raises:
        ReadError: If it begins with a byte order mark (which CSV may), is no Parquet file, or has not the columns asked
            for.
        MissingExtraError: If it is Parquet, and pyarrow is not installed.
    """
    if file.format == "parquet":
        _check_columns(parquet.read_columns(file.name), file, options)
        return
    with file.open() as handle:
        _check_mark(handle.read(len(codecs.BOM_UTF8)), file)
    if file.format == "csv":
        with file.open() as handle:
            _check_columns(csv_rows.read_columns(handle, file.name), file, options)


def read_documents(file: InputFile, options: InputOptions) -> Iterator[Document | Reject]:
    """Yield the documents of an input in order, and a reject in the place of each record that cannot be read.

    A document's id is what the id field has, else one made from the file's name, with the line number where a file
    holds several.
    """
    unseen = set(options.named_fields)
    num_records = 0
    for record in read_records(file, options):
        num_records += 1
        unseen.difference_update(record.fields)
        yield record.item
    if num_records and unseen:
        logger.warning("no record of %s has the field %s", file.name, ", ".join(map(repr, sorted(unseen))))


def read_records(file: InputFile, options: InputOptions, *, skip: int = 0) -> Iterator[Record]:
    """Yield the records of an input in order, without the first `skip`.

    Raises:
        ReadError: If it has no such columns, or is Parquet and damaged.
    """
    for line, raw in _read_raw(file, options, skip):
        fields = raw.keys() if isinstance(raw, Mapping) else ()
        try:
            yield Record(line, _make_document(raw, file.make_id(line, options), options), fields)
        except ReadError as err:
            yield Record(line, Reject(path=file.name, line=line, reason=str(err)), fields)


def read_lines(file: InputFile) -> Iterator[tuple[int, str]]:
    r"""Yield (line number from 1, line) of an input, split at `\n` alone and without the line end.

    A byte that is not UTF-8 becomes half a surrogate pair, which is no part of any text.
    """
    with file.open() as handle:
        for number, raw in enumerate(handle, 1):
            yield number, raw.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r")


def to_utf8(text: str) -> str:
    """Return text that UTF-8 can hold: bytes of a file name or a fault that it cannot are written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def find_input(path: str, format: str | None) -> InputFile:
    """Return one input with its format, nothing of it read.

    Raises:
        ReadError: If there is no such file, it is a folder, or its ending is unknown.
    """
    if path == "-":
        if format == "parquet":
            raise ReadError("Parquet cannot be read from standard input; name a file")
        return InputFile(name="<stdin>", format=format or "txt", spool=_spool(sys.stdin.buffer))
    if Path(path).is_dir():
        raise ReadError(f"{path} is a folder; name its files, such as {Path(path) / '*.txt'}")
    if not Path(path).exists():
        raise ReadError(f"no file {path!r}")
    ending = Path(path).suffix.lower()
    if format is None and ending.removeprefix(".") not in FORMATS:
        raise ReadError(
            f"{path} has the unknown ending {ending!r}; expected .txt, .jsonl, .csv or .parquet. "
            "Say what it is, for example: --input-format txt"
        )
    format = format or ending.removeprefix(".")
    if Path(path).is_file():
        return InputFile(name=path, format=format)
    if format == "parquet":
        raise ReadError(f"{path} is no file, and Parquet cannot be read from a stream; save it as a file")
    with open(path, "rb") as handle:
        return InputFile(name=path, format=format, spool=_spool(handle))


def _spool(handle: BinaryIO) -> BinaryIO:
    """Copy a stream to a temporary file, so that it can be checked before it is read; memory stays bounded."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as its `InputFile`
    shutil.copyfileobj(handle, spool)
    return spool


def _check_encoding(handle: BinaryIO, file: InputFile) -> None:
    """Raise ReadError unless the whole input is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    while True:
        chunk = handle.read(_CHUNK_BYTES)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as err:
            if line == 1:
                _check_mark(err.object, file)
            line += err.object[: err.start].count(b"\n")
            raise ReadError(f"{file.name}:{line}: not UTF-8 ({err.reason}); {_CONVERT}") from err
        if not chunk:
            return
        line += chunk.count(b"\n")


def _check_mark(start: bytes, file: InputFile) -> None:
    """Raise ReadError if an input begins with a byte order mark of UTF-16, or of UTF-8 where it is no CSV."""
    if start.startswith(_UTF16):
        raise ReadError(f"{file.name}:1: not UTF-8 but UTF-16; {_CONVERT.replace('WINDOWS-1256', 'UTF-16')}")
    if start.startswith(codecs.BOM_UTF8) and file.format != "csv":
        raise ReadError(
            f"{file.name}:1: the file begins with a byte order mark, which would shift every offset; save it as "
            "UTF-8 without BOM, for example: tail -c +4 FILE > NEW"
        )


def _read_raw(file: InputFile, options: InputOptions, skip: int) -> Iterator[tuple[int, Mapping[str, Any] | ReadError]]:
    """Yield the line on which each record but the first begins, and the record or what is wrong with it."""
    if file.format == "parquet":
        columns = _check_columns(parquet.read_columns(file.name), file, options)
        yield from parquet.read_rows(file.name, columns, skip=skip)
    elif file.format == "csv":
        with file.open() as handle:
            yield from islice(csv_rows.read_rows(handle, file.name), skip, None)
    elif file.format == "jsonl":
        lines = ((number, line) for number, line in read_lines(file) if line.strip())
        yield from ((number, _parse(line)) for number, line in islice(lines, skip, None))
    elif options.is_lined:
        yield from ((number, {options.text_field: line}) for number, line in islice(read_lines(file), skip, None))
    elif not skip:
        with file.open() as handle:
            yield 1, {options.text_field: handle.read().decode("utf-8", "surrogateescape")}


def _parse(line: str) -> Mapping[str, Any] | ReadError:
    try:
        return parse_json(line)
    except ReadError as err:
        return err


def _check_columns(header: list[str], file: InputFile, options: InputOptions) -> list[str]:
    """Check the columns of a file against the fields asked for, and return those that are read."""
    wanted = dict.fromkeys((options.text_field, *options.named_fields))
    for name in wanted:
        if name not in header:
            is_other = len(header) == 1 and any(mark in header[0] for mark in ";\t")
            hint = " Name the column of the text with --text-field." if name == options.text_field else ""
            hint = " Columns must be separated by commas." if is_other and file.format == "csv" else hint
            raise ReadError(
                f"{file.name}:1: no column {name!r}; the columns are: {', '.join(header)}."
                f"{did_you_mean(name, header)}{hint}"
            )
        if header.count(name) > 1:
            raise ReadError(f"{file.name}:1: the column {name!r} stands {header.count(name)} times; rename the others")
    return [*wanted, *(["id"] if options.id_field is None and "id" in header and "id" not in wanted else [])]


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
        if "\udc80" <= err.object[err.start] <= "\udcff":  # what "surrogateescape" makes of a byte
            raise ReadError(f"not UTF-8 (byte 0x{ord(err.object[err.start]) - 0xDC00:02x}); {_CONVERT}") from err
        raise ReadError("the record holds half a surrogate pair, which UTF-8 cannot write") from err
    except ValueError as err:
        raise ReadError("a kept field holds NaN or Infinity, which JSON cannot write") from err
    except TypeError as err:
        raise ReadError(f"a kept field holds what JSON cannot write: {err}") from err
    return Document(text=text, id=document_id, meta=meta)

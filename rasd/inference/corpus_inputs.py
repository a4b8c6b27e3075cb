"""What a corpus run reads: files and folders become one sequence of records, in an order that never changes.

The files of a folder come sorted, then its subfolders. Whatever begins with a dot is passed over. A symbolic link found
in a folder is never followed: one that leads out of it may lead anywhere, and what one within leads to is found by its
own name.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from rasd.errors import ConfigError, MissingExtraError, ReadError
from rasd.formats import parquet
from rasd.inputs import FORMATS, InputFile, InputOptions, Record, Reject, check_start, find_input, read_records, to_utf8


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusInputs:
    """The files of a run.

    Attributes:
        files: Those that are read, in order; `place` is the path from the folder that holds all inputs.
        skipped: Those that are not -> the reason.
    """

    files: tuple[InputFile, ...]
    skipped: Mapping[str, str]

    def describe(self) -> dict[str, dict[str, int]]:
        """Return size and time of change of each file by its place, by which a run knows its inputs again."""
        stats = {file.place: os.stat(file.name) for file in self.files}
        return {str(place): {"size": stat.st_size, "mtime_ns": stat.st_mtime_ns} for place, stat in stats.items()}

    def count_documents(self, options: InputOptions) -> int | None:
        """Return how many documents there are, None where only reading tells."""
        return len(self.files) if all(file.is_one_document(options) for file in self.files) else None


class Position(NamedTuple):
    """A place between records: the number of a file, and how many of its records come before."""

    file: int = 0
    record: int = 0


class CorpusRecord(NamedTuple):
    """A record, its file, the id that its place gives it, and the position behind it."""

    record: Record
    path: str
    place: str
    end: Position


def find_corpus(paths: Sequence[str], options: InputOptions, *, output: Path) -> CorpusInputs:
    """List the inputs of a run; nothing of them is read.

    Args:
        paths: Files and folders.
        options: How they are read; what is said for some formats alone concerns their files alone.
        output: The folder of the run, which is not read where it lies within an input.

    Raises:
        ReadError: If one is absent, of unknown ending, or cannot be read a second time, or if there is no file to read.
        ConfigError: If an option concerns none of the files.
        OSError: If a folder cannot be listed.
    """
    found: dict[str, InputFile] = {}  # by real path, so that a file named twice is read once
    skipped: dict[str, str] = {}
    for path in paths:
        if path == "-" or (os.path.exists(path) and not os.path.isdir(path) and not os.path.isfile(path)):
            name = "standard input" if path == "-" else path
            raise ReadError(
                f"{name} cannot be read again when a run goes on; save it as a file, or name an output file"
            )
        if os.path.isdir(path):
            for name, fault in _walk(path, options.format, output):
                if fault:
                    skipped[name] = fault
                else:
                    found.setdefault(os.path.realpath(name), find_input(name, options.format))
        else:
            found.setdefault(os.path.realpath(path), find_input(path, options.format))
    if not found:
        more = "".join(f"; {name} is {fault}" for name, fault in list(skipped.items())[:3])
        raise ReadError(f"no file to read in {', '.join(paths)}; files end in .{', .'.join(FORMATS)}{more}")
    _check_options(list(found.values()), options)
    base = _find_base(paths)
    placed = tuple(replace(file, place=_place(file.name, base)) for file in found.values())
    return CorpusInputs(files=placed, skipped={to_utf8(name): fault for name, fault in skipped.items()})


def read_corpus(inputs: CorpusInputs, options: InputOptions, start: Position) -> Iterator[CorpusRecord]:
    """Yield the records of all inputs from a position on.

    A file that cannot be read, or not to its end, gives one reject for what is missing. A document whose id came with
    its record has its place as "input" in `meta`, since ids may repeat from file to file.
    """
    for number in range(start.file, len(inputs.files)):
        file, count = inputs.files[number], start.record if number == start.file else 0
        line, behind = 1, Position(number + 1)
        try:
            check_start(file, options)
            for record in read_records(file, options, skip=count):
                count, line = count + 1, record.line
                end = behind if file.is_one_document(options) else Position(number, count)
                yield _place_record(record, file, file.make_id(line, options), end)
        except (ReadError, OSError) as err:
            reason = str(err) if isinstance(err, ReadError) else f"cannot be read: {err.strerror or err}"
            fault = Record(line, Reject(path=file.name, line=line, reason=reason), ())
            yield CorpusRecord(fault, file.name, file.make_id(line, options), behind)


class RecordReader:
    """The records of the inputs, from the front to the end; what a file has been read of is not read again."""

    def __init__(self, inputs: CorpusInputs, reading: InputOptions) -> None:
        self.inputs, self.reading = inputs, reading
        self._source: Iterator[CorpusRecord] | None = None
        self._position = Position()

    def take(self, count: int, position: Position) -> list[CorpusRecord]:
        """Return up to so many records from a position on, which lies behind all those that were returned before."""
        # Within a file, records are passed over: to open it anew for each gap would cost its length each time.
        while self._source is not None and self._position != position:
            record = next(self._source, None) if self._position.file == position.file else None
            if record is None:
                self._source = None
            else:
                self._position = record.end
        if self._source is None:
            self._source, self._position = read_corpus(self.inputs, self.reading, position), position
        taken = list(islice(self._source, count))
        if taken:
            self._position = taken[-1].end
        return taken


def _place_record(record: Record, file: InputFile, place: str, end: Position) -> CorpusRecord:
    document = record.item
    if not isinstance(document, Reject) and document.id != place:
        document = replace(document, meta={**document.meta, "input": place})
    return CorpusRecord(record._replace(item=document), file.name, place, end)


def _walk(folder: str, format: str | None, output: Path) -> Iterator[tuple[str, str | None]]:
    """Yield the files of a folder and why they are not read, None where they are."""

    def fail(err: OSError) -> None:
        raise err

    output = output.resolve()
    for root, folders, names in os.walk(folder, onerror=fail):
        for name in sorted(names):
            if not name.startswith("."):
                path = os.path.join(root, name)
                yield path, _find_fault(path, format)
        kept = []
        for name in sorted(folders):
            path = os.path.join(root, name)
            if name.startswith(".") or (name == output.name and Path(path).resolve() == output):
                continue
            if os.path.islink(path):
                yield path, "a symbolic link"
            else:
                kept.append(name)
        folders[:] = kept


def _find_fault(path: str, format: str | None) -> str | None:
    ending = Path(path).suffix.lower()
    if os.path.islink(path):
        return "a symbolic link"
    if not os.path.isfile(path):
        return "no regular file"
    if format is None and ending.removeprefix(".") not in FORMATS:
        return f"of unknown ending {ending!r}"
    return None


def _check_options(files: list[InputFile], options: InputOptions) -> None:
    """Check that each option concerns a file, that no kept field hides the place, and that pyarrow is there."""
    formats = {file.format for file in files}
    if "parquet" in formats:
        _import_pyarrow(next(file.name for file in files if file.format == "parquet"))
    if options.is_lined and "txt" not in formats:
        raise ConfigError("--lines is for txt, and no input is txt")
    if options.named_fields and formats == {"txt"}:
        raise ConfigError(f"all inputs are txt and have no fields such as {options.named_fields[0]!r}")
    if "input" in options.keep_fields:
        raise ConfigError(
            "the kept field 'input' and the place of a record among the inputs would both be called 'input'"
        )


def _import_pyarrow(name: str) -> None:
    """Raise MissingExtraError that names a file, since one among thousands may be there by chance."""
    try:
        parquet.import_pyarrow()
    except MissingExtraError as err:
        raise MissingExtraError(f"{name} is Parquet, among the inputs. {err}, or move it away") from err


def _find_base(paths: Sequence[str]) -> str | None:
    """Return the folder that holds all inputs; None on Windows where they lie on several drives."""
    folders = [os.path.abspath(path if os.path.isdir(path) else os.path.dirname(path) or ".") for path in paths]
    try:
        return os.path.commonpath(folders)
    except ValueError:
        return None


def _place(name: str, base: str | None) -> str:
    path = os.path.abspath(name)
    return to_utf8(Path(os.path.relpath(path, base) if base is not None else path).as_posix())


def describe_options(options: InputOptions) -> dict[str, Any]:
    """Return the options of reading by the names that the command line has for them."""
    return {
        "input-format": options.format,
        "lines": options.is_lined,
        "text-field": options.text_field,
        "id-field": options.id_field,
        "date-field": options.date_field,
        "keep-fields": ",".join(options.keep_fields) or None,
    }

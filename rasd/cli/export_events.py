"""`rasd export-events`: predictions as a table with one row for each event, in the codes of a view."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasd.cli.common import (
    add_min_score_argument,
    check_outputs,
    naming_missing_packages,
    open_output,
    read_predictions,
)
from rasd.cli.values import add_value_arguments, check_value_arguments, open_values
from rasd.errors import ConfigError, ReadError

if TYPE_CHECKING:
    from rasd.coding.view import View
    from rasd.events import Document

_FORMS = ("csv", "json", "parquet", "plover")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "export-events",
        allow_abbrev=False,
        help="write events as a table in the codes of PLOVER, ACLED, CAMEO or ACE",
        description="Write one row for each event that `rasd predict` found, or of a corpus file, with its arguments "
        "and the code that a view gives it. docs/views.md says what the views lose.",
    )
    parser.add_argument(
        "predictions", nargs="+", metavar="PREDICTIONS", help="JSONL or Parquet files, or folders of a corpus run"
    )
    parser.add_argument("--view", required=True, metavar="NAME_OR_FILE", help="acled, plover, cameo, ace, or a file")
    parser.add_argument(
        "--to", choices=_FORMS, default="csv", help="csv, json (lines), parquet, or records of PLOVER's manual [csv]"
    )
    parser.add_argument("--output", metavar="FILE", help="file to write [stdout]")
    parser.add_argument("--bom", action="store_true", help="csv: begin with the mark by which Excel knows UTF-8")
    parser.add_argument("--group", action="store_true", help="join the reports of one happening")
    add_min_score_argument(parser)
    add_value_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the table."""
    with naming_missing_packages():
        from rasd.coding.view import View
    view = View.load(args.view)
    if args.to == "plover" and view.levels != ("event", "mode"):
        raise ConfigError(f"--to plover goes with --view plover; the codes of {view.name} are no PLOVER events")
    if args.to == "parquet" and args.output in (None, "-"):
        raise ConfigError("--to parquet needs a file: --output FILE.parquet")
    if args.bom and args.to != "csv":
        raise ConfigError("--bom goes with --to csv")
    files = find_predictions(args.predictions)
    streams = [path for path in files if path == "-" or (Path(path).exists() and not Path(path).is_file())]
    if args.group and streams:
        raise ConfigError(f"--group reads its input twice, which {streams[0]} does not allow; save it as a file")
    check_value_arguments(args)
    read = [*files, args.view, *([args.gazetteer] if args.gazetteer else [])]
    check_outputs({"--output": args.output}, inputs=read)
    documents = _Documents(files, args)
    with ExitStack() as stack:
        table = _open_table(stack, args, view, is_valued=documents.is_valued)
        fits: Counter[str] = Counter()
        for row in _make_rows(documents, view, is_grouped=args.group):
            table.write(row)
            fits[row["fit"]] += 1
    _print_summary(fits, getattr(table, "num_left_out", 0))
    if documents.num_renamed:
        print(
            f"rasd export-events: {documents.num_renamed} documents have the id of an earlier one; they got others, "
            "such as ID~2",
            file=sys.stderr,
        )
    if documents.num_lost:
        print(
            f"rasd export-events: {documents.num_lost} of the documents have values and the first has none, so that "
            "the table has no columns for them; --values reads all anew",
            file=sys.stderr,
        )
    return 0


def find_predictions(paths: Iterable[str]) -> list[str]:
    """Return the files of predictions: those named, and the shards of folders that a corpus run wrote.

    Raises:
        ReadError: If a folder has no shards, or a corpus run is not done.
    """
    files: list[str] = []
    for path in paths:
        if not Path(path).is_dir():
            files.append(path)
            continue
        shards = sorted(item for item in Path(path).glob("part-*") if item.suffix in (".jsonl", ".parquet"))
        if not shards:
            raise ReadError(f"{path} has no shards such as part-00000.jsonl; name a folder that `rasd predict` wrote")
        _check_run(Path(path))
        files += [str(shard) for shard in shards]
    return files


def _check_run(folder: Path) -> None:
    """Check that a corpus run has come to its end: half of its events would look like all of them."""
    from rasd.formats.jsonl import parse_json

    path = folder / "run.json"
    if path.is_file() and "report" not in parse_json(path.read_text(encoding="utf-8")):
        raise ReadError(f"{folder} is of a run that is not done; give its `rasd predict` command again to end it")


class _Documents:
    """The documents that have events, each with its number from 1 among all.

    Attributes:
        is_valued: Whether rows have values: they were asked for, or the first of the documents carries them.
        num_lost: Documents passed by that carry values where the first does not.
        num_renamed: Documents whose id an earlier one has, which get another.
    """

    def __init__(self, files: list[str], args: argparse.Namespace) -> None:
        from rasd.coding.value_cells import has_values

        self._files, self._args, self._has_values = files, args, has_values
        self._stream = self._read()
        self._first = next(self._stream, None)
        self.is_valued = args.values or (self._first is not None and has_values(self._first[1]))
        self.num_lost = self.num_renamed = 0

    def __iter__(self) -> Iterator[tuple[int, Document]]:
        """Yield them; once only, since the input may be a stream."""
        for number, document in chain([] if self._first is None else [self._first], self._stream):
            self.num_lost += not self.is_valued and self._has_values(document)
            yield number, document

    def read_again(self) -> Iterator[tuple[int, Document]]:
        """Yield them from files that can be read twice."""
        yield from self._read(is_first=False)

    def _read(self, *, is_first: bool = True) -> Iterator[tuple[int, Document]]:
        documents = (item for path in self._files for item in read_predictions(path, min_score=self._args.min_score))
        # Hashes instead of ids: eight bytes each are enough to tell how often one has been there.
        seen: Counter[int] = Counter()
        num_renamed = 0
        with open_values(self._args, is_first=is_first) as add_values:
            for number, document in enumerate(documents, 1):
                if document.events:
                    named = _name_apart(document, seen)
                    num_renamed += named.id != document.id
                    yield number, add_values(named)
        self.num_renamed = num_renamed


def _name_apart(document: Document, seen: Counter[int]) -> Document:
    """Return a document under an id that no earlier one has; ids of events and incidents are made of it."""
    if document.id is None:
        return document
    name = document.id
    while hash(name) in seen:
        seen[hash(document.id)] += 1
        name = f"{document.id}~{seen[hash(document.id)]}"
    seen[hash(name)] = 1
    return replace(document, id=name)


def _open_table(stack: ExitStack, args: argparse.Namespace, view: View, *, is_valued: bool) -> Any:
    """Open the file and begin the table in it."""
    from rasd.coding import plover, tables
    from rasd.coding.rows import list_columns
    from rasd.files import open_whole

    columns = list_columns(view, is_valued=is_valued, is_grouped=args.group)
    if args.to == "parquet":
        binary = stack.enter_context(open_whole(args.output, is_binary=True))
        return stack.enter_context(tables.ParquetTable(binary, columns, names=view.columns))
    file = stack.enter_context(open_output(args.output))
    if args.to == "csv":
        return stack.enter_context(tables.CsvTable(file, columns, has_mark=args.bom))
    convert = plover.make_record if args.to == "plover" else None
    return stack.enter_context(tables.JsonTable(file, columns, convert=convert))


def _make_rows(documents: _Documents, view: View, *, is_grouped: bool) -> Iterator[dict[str, Any]]:
    """Yield the rows of all files; with the incident of each where asked for."""
    from rasd.coding.rows import make_rows, part_code

    rows = (
        row
        for number, document in documents
        for row in make_rows(document, view, number=number, is_valued=documents.is_valued)
    )
    if not is_grouped:
        yield from rows
        return
    from rasd.coding.incidents import describe_incidents, group_reports, make_reports

    reports = [
        report for number, document in documents.read_again() for report in make_reports(document, view, number=number)
    ]
    first = group_reports(reports)
    sizes, codes = describe_incidents(reports, first, view)
    names: dict[int, str] = {}
    for position, row in enumerate(rows):
        start = first[position]
        if start == position:
            names[start] = row["event_id"]
        code = {f"incident_{level}": part for level, part in part_code(codes[start], view).items()}
        yield row | {"incident": names[start], "reports": sizes[start]} | code
    print(f"rasd export-events: {len(reports)} events in {len(sizes)} incidents", file=sys.stderr)


def _print_summary(fits: Counter[str], num_left_out: int) -> None:
    """Tell on standard error how many events the view could say."""
    counts = (
        f"{fits.total()} events: {fits['exact']} coded exactly, {fits['loses']} with a loss, "
        f"{fits['undecided']} undecided, {fits['none']} without a code"
    )
    left_out = f"; {num_left_out} without a PLOVER event left out" if num_left_out else ""
    print(f"rasd export-events: {counts}{left_out}", file=sys.stderr)

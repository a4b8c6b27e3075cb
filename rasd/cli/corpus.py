"""The corpus run of `rasd predict`: folders in, shards out; see `rasd.inference.corpus`."""

from __future__ import annotations

import argparse
import os
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from rasd.cli.common import load_extractor, naming_missing_packages, positive_int
from rasd.errors import ConfigError

if TYPE_CHECKING:
    from rasd.inference.corpus import Report
    from rasd.inputs import InputOptions

_SEPARATORS = tuple(filter(None, (os.sep, os.altsep)))
_SHOWN_FILES = 10


def add_corpus_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that go with a folder alone."""
    group = parser.add_argument_group("corpus run", "with a folder as input or output")
    group.add_argument("--output-format", choices=("jsonl", "parquet"), help="what shards are [jsonl]")
    group.add_argument("--shard-documents", type=positive_int, metavar="N", help="records of a shard [1000]")
    group.add_argument(
        "--worker", type=_worker, metavar="I/N", help="do every Nth shard, from the Ith; other processes do the others"
    )


def is_corpus_run(args: argparse.Namespace) -> bool:
    """Return whether a folder is read or written.

    Raises:
        ConfigError: If none is, and an option was given that goes with one.
    """
    output = args.output or "-"
    if any(Path(path).is_dir() for path in args.input) or Path(output).is_dir() or output.endswith(_SEPARATORS):
        return True
    for option in ("output_format", "shard_documents", "worker"):
        if getattr(args, option) is not None:
            raise ConfigError(f"--{option.replace('_', '-')} goes with a folder to write into: --output DIR/")
    return False


def run_corpus(args: argparse.Namespace, reading: InputOptions) -> int:
    """Predict into a folder; 3 where records were rejected."""
    if args.output in (None, "-"):
        raise ConfigError(f"{' '.join(args.input)}: a folder is predicted into a folder; name one: --output DIR/")
    if Path(args.output).exists() and not Path(args.output).is_dir():
        raise ConfigError(f"cannot write {args.output}: it is a file, and a folder is predicted into a folder")
    if args.rejects is not None:
        raise ConfigError("--rejects goes with one output file; a corpus run has its rejects.jsonl in its folder")
    with naming_missing_packages():
        from rasd.inference.choosing import choose_backend
        from rasd.inference.corpus import SHARD_DOCUMENTS, CorpusOptions, predict_corpus
        from rasd.inference.loading import find_checkpoint
    checkpoint = find_checkpoint(
        args.model, revision=args.revision, local_files_only=args.offline, backend=args.backend
    )
    backend, dtype = choose_backend(checkpoint, backend=args.backend, device=args.device, dtype=args.dtype)
    options = CorpusOptions(
        reading=reading,
        shard_documents=args.shard_documents or SHARD_DOCUMENTS,
        output_format=args.output_format or "jsonl",
        batch_tokens=args.batch_tokens,
        min_score=args.min_score,
        values=(args.document_date, args.gazetteer) if args.values else None,
        backend=backend,
        dtype=dtype,
        worker=args.worker or (0, 1),
    )
    try:
        report = predict_corpus(
            args.input,
            args.output,
            checkpoint=(args.model, checkpoint),
            load=lambda: load_extractor(
                str(checkpoint),
                device=args.device,
                revision=None,
                local_files_only=True,
                backend=backend,
                dtype=dtype,
            ),
            options=options,
        )
    except KeyboardInterrupt:
        print("\nrasd predict: stopped; the same command goes on from the last whole shard", file=sys.stderr)
        raise
    _print_report(report, args.output)
    return 3 if report.rejects else 0


def _print_report(report: Report, output: str) -> None:
    lines = [
        f"{report.documents:,} documents, {report.sentences:,} sentences, {report.events:,} events in {output}",
        f"{report.seconds:,.0f} s, {report.sentences_per_second:,.1f} sentences a second",
    ]
    if report.rejects:
        where = f": {Path(output) / 'rejects.jsonl'}" if report.is_complete else ""
        lines.append(f"{report.rejects:,} records rejected{where}")
    if report.skipped:
        lines.append(f"{len(report.skipped):,} files skipped:")
        lines += [f"  {name} is {fault}" for name, fault in islice(report.skipped.items(), _SHOWN_FILES)]
        if len(report.skipped) > _SHOWN_FILES:
            lines.append(f"  and {len(report.skipped) - _SHOWN_FILES:,} more, listed in {Path(output) / 'run.json'}")
    if not report.is_complete:
        lines.append(f"{report.shards:,} shards are whole; other workers have some to do")
    for line in lines:
        print(f"rasd predict: {line}", file=sys.stderr)


def _worker(value: str) -> tuple[int, int]:
    """Parse "0/4", for argparse."""
    turn, _, count = value.partition("/")
    if not (turn.isascii() and turn.isdigit() and count.isascii() and count.isdigit() and int(turn) < int(count)):
        raise argparse.ArgumentTypeError(f"expected I/N with I from 0 to N-1, such as 0/4, got {value!r}")
    return int(turn), int(count)

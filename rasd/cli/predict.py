"""`rasd predict`: texts in, documents with events out, one a line; a folder, in shards, by `rasd.cli.corpus`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, TextIO

from rasd.cli.common import (
    add_min_score_argument,
    add_model_arguments,
    check_outputs,
    load_extractor,
    open_output,
    positive_int,
)
from rasd.cli.corpus import add_corpus_arguments, is_corpus_run, run_corpus
from rasd.cli.values import add_value_arguments, check_value_arguments, open_values
from rasd.errors import ConfigError
from rasd.inputs import FORMATS

if TYPE_CHECKING:
    from rasd.events import Document
    from rasd.inputs import InputFile, InputOptions, Reject

_SHOWN_REJECTS = 50


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "predict",
        allow_abbrev=False,
        help="extract the events of texts",
        description="Extract the events of texts and write one document a line as JSON. With a folder as input or "
        "output it is a corpus run: it writes shards into a folder and, given again after any end, goes on.",
    )
    add_model_arguments(parser)
    parser.add_argument(
        "--input",
        nargs="+",
        default=["-"],
        metavar="PATH",
        help="txt, jsonl, csv or parquet, or folders; - is stdin [-]",
    )
    parser.add_argument("--output", metavar="PATH", help="JSONL file to write, or a folder such as out/ [stdout]")
    parser.add_argument("--rejects", metavar="FILE", help="JSONL file for the records that could not be read")
    parser.add_argument("--input-format", choices=FORMATS, help="what the input is [by its ending; stdin: txt]")
    parser.add_argument("--lines", action="store_true", help="txt: each line is a document")
    parser.add_argument("--text-field", default="text", metavar="NAME", help="other formats: field of the text [text]")
    parser.add_argument("--id-field", metavar="NAME", help="other formats: field of the id [id, where there is one]")
    parser.add_argument("--date-field", metavar="NAME", help="other formats: field of the date, carried as 'date'")
    parser.add_argument("--keep-fields", default="", metavar="A,B", help="other formats: further fields to carry along")
    parser.add_argument(
        "--batch-tokens",
        type=positive_int,
        metavar="N",
        help="word pieces of one batch [what suits backend and device]",
    )
    add_min_score_argument(parser)
    add_value_arguments(parser)
    add_corpus_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Predict; 3 where records were rejected."""
    from rasd.inputs import InputOptions, find_inputs

    options = InputOptions(
        format=args.input_format,
        is_lined=args.lines,
        text_field=args.text_field,
        id_field=args.id_field,
        date_field=args.date_field,
        keep_fields=tuple(name.strip() for name in args.keep_fields.split(",") if name.strip()),
    )
    check_value_arguments(args)
    if is_corpus_run(args):
        return run_corpus(args, options)
    _check_ending(args.output or "-")
    read = [*args.input, *([args.gazetteer] if args.gazetteer else [])]
    check_outputs({"--output": args.output or "-", "--rejects": args.rejects}, inputs=read)
    inputs = find_inputs(args.input, options)
    extractor = load_extractor(
        args.model,
        device=args.device,
        revision=args.revision,
        local_files_only=args.offline,
        backend=args.backend,
        dtype=args.dtype,
    )
    rejects = _Rejects()
    progress = _Progress()
    with ExitStack() as stack:
        add_values = stack.enter_context(open_values(args))
        output = stack.enter_context(open_output(args.output))
        if args.rejects is not None:
            rejects.file = stack.enter_context(open_output(args.rejects))
        documents = extractor.predict_documents_iter(
            _read_all(inputs, options, rejects),
            batch_tokens=args.batch_tokens,
            min_score=args.min_score,
        )
        for document in documents:
            output.write(json.dumps(add_values(document).to_dict(), ensure_ascii=False) + "\n")
            progress.add(document)
    progress.close()
    rejects.close()
    return 3 if rejects.num else 0


def _check_ending(output: str) -> None:
    """Raise ConfigError if a file of documents would be named as what it is not."""
    if output.lower().endswith(".parquet"):
        raise ConfigError(
            f"--output {output} is one file, and that is JSONL; for Parquet name a folder: --output DIR/ "
            "--output-format parquet"
        )
    if output.lower().endswith(".csv"):
        raise ConfigError(
            f"--output {output} would hold JSONL; name it .jsonl, and make a table of it: rasd export-events"
        )


class _Rejects:
    """Lists rejects on standard error, and in a file where one is given."""

    def __init__(self) -> None:
        self.file: TextIO | None = None
        self.num = 0

    def add(self, reject: Reject) -> None:
        self.num += 1
        if self.num <= _SHOWN_REJECTS:
            clear = "\r\x1b[K" if sys.stderr.isatty() else ""  # the line of the counts
            print(f"{clear}rasd predict: rejected {reject.path}:{reject.line}: {reject.reason}", file=sys.stderr)
        if self.file is not None:
            self.file.write(json.dumps(reject.to_dict(), ensure_ascii=False) + "\n")

    def close(self) -> None:
        if self.num:
            more = "" if self.num <= _SHOWN_REJECTS else f", of which {_SHOWN_REJECTS} are listed; --rejects lists all"
            print(f"rasd predict: {self.num} records rejected{more}", file=sys.stderr)


class _Progress:
    """Counts on standard error where somebody watches."""

    def __init__(self) -> None:
        self.num_documents = self.num_events = 0
        self.is_shown = sys.stderr.isatty()

    def add(self, document: Document) -> None:
        self.num_documents += 1
        self.num_events += len(document.events)
        if self.is_shown:
            print(f"\r{self.num_documents} documents, {self.num_events} events", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.is_shown and self.num_documents:
            print(file=sys.stderr)


def _read_all(inputs: list[InputFile], options: InputOptions, rejects: _Rejects) -> Iterator[Document]:
    """Yield the documents of all inputs, rejects put aside."""
    from rasd.inputs import Reject, read_documents

    for file in inputs:
        for item in read_documents(file, options):
            if isinstance(item, Reject):
                rejects.add(item)
            else:
                yield item

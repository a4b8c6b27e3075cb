"""`rasd validate`: whether corpus files follow the format, the ontology and the span rules."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from rasd.cli.common import check_outputs, open_output
from rasd.errors import ConfigError, ReadError, summarize_faults

if TYPE_CHECKING:
    from rasd.events import Sentence
    from rasd.ontology import Ontology


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "validate",
        allow_abbrev=False,
        help="check corpus files",
        description="Check annotated sentences against format, ontology and span rules; 2 where there are faults.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE.jsonl", help="annotated sentences")
    parser.add_argument("--ontology", default="conflict", metavar="NAME_OR_FILE", help="whose labels [conflict]")
    parser.add_argument(
        "--resolve", action="store_true", help="write offsets in the place of `nth`, where the file has no faults"
    )
    parser.add_argument("--output", metavar="FILE.jsonl", help="with --resolve: where to write")
    parser.add_argument("--in-place", action="store_true", help="with --resolve: write each file itself anew")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Check the files, all of them; 2 where one has faults."""
    from rasd.ontology import Ontology

    if args.resolve != (args.in_place or args.output is not None) or (args.in_place and args.output is not None):
        raise ConfigError("--resolve goes with either --output FILE or --in-place, and they with it")
    if args.output is not None and len(args.files) > 1:
        raise ConfigError(f"--output takes one file, got {len(args.files)}; use --in-place for several")
    check_outputs({"--output": args.output}, inputs=[*args.files, args.ontology])
    ontology = Ontology.load(args.ontology)
    is_sound = True
    for path in args.files:
        records, sentences, faults = _check_file(path, ontology, resolve=args.resolve)
        print(f"{path}: {_describe(sentences)}" + (f"; faults: {len(faults)}" if faults else ""))
        if faults:
            print(summarize_faults(faults), file=sys.stderr)
            is_sound = False
        elif args.resolve:
            with open_output(args.output or path) as file:
                file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return 0 if is_sound else 2


def _check_file(
    path: str, ontology: Ontology, *, resolve: bool
) -> tuple[list[dict[str, Any]], list[Sentence], list[str]]:
    """Return the records of a file, resolved where asked for, the sound sentences, and every fault with its line."""
    from rasd.formats.jsonl import read_lines

    records: list[dict[str, Any]] = []
    sentences: list[Sentence] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    try:
        lines = list(read_lines(path))
    except ReadError as err:  # the file as a whole; the message has file and line
        return [], [], [str(err)]
    for number, line in lines:
        where = f"{path}:{number}: "
        try:
            record, sentence = _check_line(line, ontology, resolve=resolve)
        except ReadError as err:
            faults += [where + fault for fault in str(err).split("\n")]
            continue
        if sentence.id is not None and seen.setdefault(sentence.id, number) != number:
            faults.append(f"{where}id {sentence.id!r} stands on line {seen[sentence.id]} already; ids must be unique")
        records.append(record)
        sentences.append(sentence)
    if not lines:
        faults.append(f"{path}: no sentences; expected one a line, as JSON")
    return records, sentences, faults


def _check_line(line: str, ontology: Ontology, *, resolve: bool) -> tuple[dict[str, Any], Sentence]:
    """Return the record and sentence of one line.

    Raises:
        ReadError: If it is at fault; one fault a line of the message.
    """
    from rasd.formats.jsonl import parse_json, parse_sentence
    from rasd.formats.spans import check_spans, resolve_line

    record = parse_json(line)
    if resolve:
        record = resolve_line(record)
    sentence = parse_sentence(record, ontology)
    faults = check_spans(sentence)
    if faults:
        raise ReadError("\n".join(faults))
    return record, sentence


def _describe(sentences: list[Sentence]) -> str:
    """Return the counts of a file."""
    num: Counter[str] = Counter()
    for sentence in sentences:
        num["unannotated"] += sentence.events is None
        num["empty"] += sentence.events == ()
        num["events"] += len(sentence.events or ())
        num["arguments"] += sum(len(event.arguments or ()) for event in sentence.events or ())
    counts = (
        f"{len(sentences)} sentences, {num['events']} events, {num['arguments']} arguments, "
        f"{num['empty']} sentences without events"
    )
    return counts + (f", {num['unannotated']} not annotated" if num["unannotated"] else "")

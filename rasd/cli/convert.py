"""`rasd convert`: corpora from one format into another, every offset checked."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rasd.cli.common import check_outputs, open_output
from rasd.errors import ConfigError, ReadError
from rasd.formats import FORMATS

if TYPE_CHECKING:
    from rasd.events import Sentence
    from rasd.formats.faults import Fault
    from rasd.ontology import Ontology

_SHOWN_FAULTS = 50


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    writable = [name for name, format in FORMATS.items() if format.is_writable]
    parser = subparsers.add_parser(
        "convert",
        allow_abbrev=False,
        help="turn a corpus of one format into another",
        description="Read a corpus, check every offset against the words it is said to hold, and write it anew. "
        "What is not taken as it stands is listed with file, line and reason.",
        epilog="Formats:\n" + _describe_formats() + "\n\nExit codes: 0 done, 2 nothing written, 3 done, and something "
        "was left out. docs/formats.md says what each format loses.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--from", dest="source", required=True, choices=FORMATS, metavar="FORMAT", help="what IN is")
    parser.add_argument("--to", dest="target", required=True, choices=writable, metavar="FORMAT", help="what OUT is")
    parser.add_argument("input", metavar="IN", help="a file, or a folder where each document is a file")
    parser.add_argument("output", metavar="OUT", help="a file, - for standard output; for brat a new folder")
    parser.add_argument("--ontology", metavar="NAME_OR_FILE", help="list labels that are not of this ontology")
    parser.add_argument("--whole", action="store_true", help="each text is one sentence already; do not split it")
    parser.add_argument("--heads", action="store_true", help="ace: arguments are heads of mentions, not whole extents")
    parser.add_argument("--strict", action="store_true", help="write nothing if anything is not taken as it stands")
    parser.add_argument(
        "--predictions",
        nargs=2,
        metavar=("PREDICTED.jsonl", "OUT"),
        help="textee: with IN as gold, write what `rasd evaluate --predictions` wrote of it in the same tokens",
    )
    parser.add_argument("--faults", metavar="FILE.jsonl", help="list every fault there")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Convert; 3 where something was left out, 2 where nothing was written."""
    from rasd.files import write_folder_whole
    from rasd.formats import compare_corpus, format_corpus
    from rasd.formats.faults import LEFT_OUT, NOTED, count_faults
    from rasd.ontology import Ontology

    target = FORMATS[args.target]
    if args.heads and args.source != "ace":
        raise ConfigError("--heads goes with --from ace")
    if args.predictions and args.target != "textee":
        raise ConfigError("--predictions goes with --to textee")
    if target.is_folder and args.output == "-":
        raise ConfigError(f"{args.target} is a folder of files and cannot go to standard output")
    predicted, predicted_out = args.predictions or (None, None)
    outputs = {"--faults": args.faults, "--predictions": predicted_out}
    outputs |= {} if target.is_folder else {"OUT": args.output}
    check_outputs(outputs, inputs=[args.input, *filter(None, [args.ontology, predicted])])
    ontology = None if args.ontology is None else Ontology.load(args.ontology)
    sentences, faults = _read(args, ontology)
    if not sentences:
        _report(faults, args.faults)
        raise ReadError(f"{args.input}: nothing could be read as {args.source}")
    if predicted is None:
        files, lost = format_corpus(sentences, args.output, args.target)
    else:
        files, lost = _format_pair(sentences, args)
    faults += lost
    _report(faults, args.faults)
    out = sys.stderr if args.output == "-" else sys.stdout
    lines = [_describe(sentences), *count_faults(faults), *compare_corpus(sentences, args.source)]
    if args.strict and any(fault.action != NOTED for fault in faults):
        print("\n".join(lines), file=out)
        raise ReadError(f"--strict: {args.output} is not written, since not everything could be taken as it stands")
    if target.is_folder:
        write_folder_whole(args.output, files)
    else:
        for name, path in (("", args.output), ("predictions", predicted_out)):
            if path is not None:
                with open_output(path) as file:
                    file.write(files[name])
    print("\n".join(lines), file=out)
    return 3 if any(fault.action == LEFT_OUT for fault in faults) else 0


def _read(args: argparse.Namespace, ontology: Ontology | None) -> tuple[list[Sentence], list[Fault]]:
    """Return what could be read, with ids of which none stands twice, and every fault."""
    from rasd.formats import read_corpus
    from rasd.formats.documents import ReadOptions
    from rasd.formats.faults import CHANGED, LEFT_OUT, Fault

    if not Path(args.input).exists():
        raise ReadError(f"no file or folder {args.input!r}")
    sentences: list[Sentence] = []
    faults: list[Fault] = []
    seen: Counter[str] = Counter()
    for item in read_corpus(args.input, args.source, ReadOptions(is_whole=args.whole, heads=args.heads)):
        if isinstance(item, Fault):
            faults.append(item)
            continue
        if not _is_utf8(item):
            reason = "half a character beyond U+FFFF, which UTF-8 cannot hold; a tool has cut an emoji in two"
            place = repr(item.id)
            faults.append(Fault(path=args.input, place=place, kind="half a character", reason=reason, action=LEFT_OUT))
            continue
        if item.id is not None:
            new = item.id
            while new in seen:
                seen[item.id] += 1
                new = f"{item.id}~{seen[item.id]}"
            seen[new] = 1
            if new != item.id:
                reason = f"the id {item.id!r} stands {seen[item.id]} times; this one is now {new!r}"
                fault = Fault(path=args.input, place=item.id, kind="id twice", reason=reason, action=CHANGED)
                faults.append(fault)
                item = replace(item, id=new)
        sentences.append(item)
    if ontology is not None:
        faults += _check_labels(sentences, ontology, args.input)
    return sentences, faults


def _format_pair(gold: list[Sentence], args: argparse.Namespace) -> tuple[dict[str, str], list[Fault]]:
    """Return gold and what was predicted of it as files of TextEE with the same tokens, and what these cannot hold."""
    from rasd.formats import read_corpus
    from rasd.formats.documents import ReadOptions
    from rasd.formats.faults import Fault
    from rasd.formats.textee import render_pair

    path, _ = args.predictions
    if not Path(path).is_file():
        raise ReadError(f"no file {path!r}")
    predicted: list[Sentence] = []
    for item in read_corpus(path, "jsonl", ReadOptions(is_whole=True)):
        if isinstance(item, Fault):
            raise ReadError(str(item))
        predicted.append(item)
    try:
        ours, theirs, lost = render_pair(gold, predicted, args.output)
    except ValueError as err:
        raise ReadError(f"{path}: {err}; take what `rasd evaluate --data GOLD --predictions FILE` writes") from err
    return {"": ours, "predictions": theirs}, lost


def _is_utf8(sentence: Sentence) -> bool:
    """Whether a sentence has no lone surrogate, which JSON can write and UTF-8 cannot."""
    try:
        json.dumps(sentence.to_dict(), ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _check_labels(sentences: list[Sentence], ontology: Ontology, path: str) -> list[Fault]:
    """Return a fault for each label that the ontology does not have, with the sentence in which it stands first."""
    from rasd.formats.faults import KEPT, Fault

    num: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], str] = {}
    for i, sentence in enumerate(sentences, 1):
        for event in sentence.events or ():
            labels = []
            if event.type not in ontology.type_ids:
                labels.append(("type", repr(event.type)))
            else:
                allowed = ontology.roles_of(event.type)
                roles = [item.role for item in event.arguments or () if item.role not in allowed]
                labels += [("role", f"{role!r} of {event.type}") for role in roles]
            if event.realis is not None and event.realis not in ontology.realis_ids:
                labels.append(("realis value", repr(event.realis)))
            for label in labels:
                num[label] += 1
                first.setdefault(label, sentence.id or str(i))
    return [
        Fault(
            path=path,
            place=first[what, name],
            kind=f"{what} that the ontology does not have",
            reason=f"the ontology {ontology.name!r} has no {what} {name}, which stands {count} times, here first",
            action=KEPT,
        )
        for (what, name), count in num.items()
    ]


def _report(faults: list[Fault], path: str | None) -> None:
    """List faults: all of them in a file, the first of them on standard error."""
    from rasd.inputs import to_utf8

    if path is not None:
        with open_output(path) as file:
            file.writelines(to_utf8(json.dumps(fault.to_dict(), ensure_ascii=False)) + "\n" for fault in faults)
    for fault in faults[:_SHOWN_FAULTS]:
        print(f"rasd convert: {to_utf8(str(fault))}", file=sys.stderr)
    if len(faults) > _SHOWN_FAULTS:
        hint = "" if path else "; --faults FILE.jsonl lists all"
        print(f"rasd convert: ... and {len(faults) - _SHOWN_FAULTS:,} more{hint}", file=sys.stderr)


def _describe(sentences: list[Sentence]) -> str:
    """Return the counts of a corpus."""
    events = [event for sentence in sentences for event in sentence.events or ()]
    num_bare = sum(sentence.events is None for sentence in sentences)
    counts = (
        f"{len(sentences):,} sentences, {sum(event.trigger is not None for event in events):,} events with trigger, "
        f"{sum(event.trigger is None for event in events):,} without, "
        f"{sum(len(event.arguments or ()) for event in events):,} arguments"
    )
    return counts + (f", {num_bare:,} sentences not annotated" if num_bare else "")


def _describe_formats() -> str:
    lines = []
    for name, format in FORMATS.items():
        marks = [] if format.is_writable else ["read only"]
        marks += ["experimental"] if format.is_experimental else []
        mark = f" ({', '.join(marks)})" if marks else ""
        lines.append(f"  {name:<15}{format.description}{mark}")
    return "\n".join(lines)

"""`rasd show`: predictions readably on the terminal.

On a terminal each piece of text is put between bidi isolates, so that Arabic and the Latin around it keep their places;
elsewhere the text stands bare. Control characters, which a terminal would obey, are always shown as code points.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rasd.cli.common import add_min_score_argument, read_predictions
from rasd.text.readable import readable
from rasd.values.summary import summarize_values

if TYPE_CHECKING:
    from rasd.events import Document, Event

_CONTROL = re.compile("[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]")
_FIRST_STRONG, _POP = "\u2068", "\u2069"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "show",
        allow_abbrev=False,
        help="print predictions readably",
        description="Print the sentences with events that `rasd predict` wrote, or of a corpus file, as plain text.",
    )
    parser.add_argument("predictions", metavar="PREDICTIONS.jsonl", help="documents or sentences; - is stdin")
    add_min_score_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the events."""
    is_isolated = sys.stdout.isatty()
    for document in read_predictions(args.predictions, min_score=args.min_score):
        for line in format_document(document, is_isolated=is_isolated):
            print(line)
    return 0


def format_document(document: Document, *, is_isolated: bool = False) -> Iterator[str]:
    """Yield the lines that show a document.

    Args:
        document: Its sentences without events are only counted.
        is_isolated: Whether texts stand between bidi isolates, which terminals use and plain text is better without.
    """
    events = len(document.events)
    counts = f"{_count(len(document.sentences), 'sentence')}, {_count(events, 'event')}"
    name = "document" if document.id is None else _clean(document.id, is_isolated)
    meta = (f"{_clean(key, is_isolated)}={_clean(str(value), is_isolated)}" for key, value in document.meta.items())
    yield "  ".join([f"# {name}: {counts}", *meta])
    for sentence in document.sentences:
        if sentence.events:
            yield ""
            yield _clean(sentence.text, is_isolated)
        for event in sentence.events or ():
            yield from _format_event(event, document.text, is_isolated)
    yield ""


def _format_event(event: Event, text: str, is_isolated: bool) -> Iterator[str]:
    """Yield an event's type, realis and score, then its trigger and arguments under each other.

    Behind a quote stands how it reads, where that differs, and the values that it was given.
    """
    yield "  " + "  ".join([event.type, *([event.realis] if event.realis else []), *_score(event.score)])
    rows = [] if event.trigger is None else [("trigger", event.trigger)]
    rows += [(argument.role, argument) for argument in event.arguments or ()]
    width = max((len(name) for name, _ in rows), default=0)
    for name, span in rows:
        # The score stands before the text: after it, a terminal that orders lines itself would move it about.
        score = " ".join(_score(span.score))
        cells = [name.ljust(width), *([score.ljust(4)] if score else []), _clean(span.text, is_isolated)]
        form = readable(text, span.start, span.end)
        cells += [f"[{_clean(form, is_isolated)}]"] if form != span.text else []
        summary = summarize_values(span.values)
        cells += [f"= {_clean(summary, is_isolated)}"] if summary else []
        yield "    " + "  ".join(cells)


def _score(score: float | None) -> list[str]:
    return [] if score is None else [f"{score:.2f}"]


def _clean(text: str, is_isolated: bool) -> str:
    """Return a text on one line, without characters that a terminal would obey."""
    shown = _CONTROL.sub(lambda match: f"<U+{ord(match[0]):04X}>", " ".join(text.split()))
    return f"{_FIRST_STRONG}{shown}{_POP}" if is_isolated else shown


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

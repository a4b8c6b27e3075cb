"""The span rules of the annotation guidelines: word edges, proclitics, and `nth` turned into offsets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rasd.errors import ReadError
from rasd.events import Sentence, Span
from rasd.text.words import count_proclitics, find_words


def check_spans(sentence: Sentence) -> list[str]:
    """List the spans that break the guidelines: off word edges, or two of one role that overlap in one event."""
    faults: list[str] = []
    words = find_words(sentence.text)
    starts = sorted(words)
    ends = {end for _, end in words}
    for event in sentence.events or ():
        spans: list[Span] = [] if event.trigger is None else [event.trigger]
        for span in (*spans, *(event.arguments or ())):
            if span.end - sentence.start not in ends or not _starts_well(sentence, span, starts):
                faults.append(f"{event.type}: {span.text!r} at {span.start}-{span.end} is not on word edges")
        last: dict[str, Span] = {}
        for argument in sorted(event.arguments or (), key=lambda item: item.start):
            before = last.get(argument.role)
            if before is not None and argument.start < before.end:
                faults.append(f"{event.type}: two overlapping {argument.role}: {before.text!r} and {argument.text!r}")
            last[argument.role] = argument
    return faults


def resolve_line(record: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a corpus line in which every trigger and argument has `start` and `end`, and none has `nth`.

    Offsets that are there and right are kept; otherwise the `nth` (default first) occurrence on word edges is taken.

    Raises:
        ReadError: If a span does not stand so often in the text; one fault a line of the message.
    """
    faults: list[str] = []
    resolved = dict(record)
    text = record.get("text")
    if not isinstance(text, str) or not isinstance(record.get("events"), list):
        return resolved
    resolved["events"] = []
    for event in record["events"]:
        if not isinstance(event, dict):
            raise ReadError(f"expected an event object, got {event!r:.60}")
        event = dict(event)
        if isinstance(event.get("trigger"), str):
            _locate(event, "trigger", text, faults)
        if isinstance(event.get("arguments"), list):
            event["arguments"] = [dict(item) if isinstance(item, dict) else item for item in event["arguments"]]
            for item in event["arguments"]:
                if isinstance(item, dict) and isinstance(item.get("text"), str):
                    _locate(item, "text", text, faults)
        resolved["events"].append(event)
    if faults:
        raise ReadError("\n".join(faults))
    return resolved


def find_span(text: str, words: str) -> Iterator[int]:
    """Yield the offsets at which `words` stands on word edges in `text`, a cut proclitic before it allowed."""
    edges = find_words(text)
    ends = {end for _, end in edges}
    starts = dict(edges)
    at = text.find(words) if words else -1
    while at >= 0:
        if at + len(words) in ends:
            home = next((start for start in reversed(starts) if start <= at), None)
            if home is not None and (home == at or (at < starts[home] and count_proclitics(text, home, at))):
                yield at
        at = text.find(words, at + 1)


def _locate(item: dict[str, Any], key: str, text: str, faults: list[str]) -> None:
    nth = item.pop("nth", 1)
    start, end, words = item.get("start"), item.get("end"), item[key]
    if type(start) is int and type(end) is int and text[start:end] == words:
        return
    found = list(find_span(text, words))
    if type(nth) is not int or not 1 <= nth <= len(found):
        faults.append(f"{key} {words!r}: occurrence {nth!r} not found on word edges ({len(found)} found)")
        return
    item["start"], item["end"] = found[nth - 1], found[nth - 1] + len(words)


def _starts_well(sentence: Sentence, span: Span, starts: list[tuple[int, int]]) -> bool:
    """Whether a span begins at a word's start or after proclitics of it."""
    at = span.start - sentence.start
    home = next(((start, end) for start, end in starts if start <= at < end), None)
    return home is not None and (home[0] == at or bool(count_proclitics(sentence.text, home[0], at)))

"""Annotated documents of other formats, on their way to sentences.

A reader builds a `SourceDocument` whose spans are checked already; `make_sentences` splits it, gives each event to the
sentence of its trigger, and tells what a sentence cannot hold.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rasd.events import Argument, Event, Sentence, Span
from rasd.formats.faults import CHANGED, LEFT_OUT, NOTED, Fault
from rasd.text.sentences import split_sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How a corpus is read.

    Attributes:
        is_whole: Whether each text is one sentence already and is not split.
        heads: Whether ACE arguments are the heads of their mentions instead of their whole extents.
    """

    is_whole: bool = False
    heads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEvent:
    """An event of a document: `trigger` is (start, end) or None, an argument is (role, start, end).

    `arguments` None and `realis` None mean not annotated, as in `rasd.events.Event`; `place` is for faults; what the
    format tells of the event besides is in `attributes`, which go into `Sentence.extra`.
    """

    type: str
    place: str
    trigger: tuple[int, int] | None = None
    arguments: tuple[tuple[str, int, int], ...] | None = None
    realis: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDocument:
    """A text with its events.

    Attributes:
        path: The file, for faults.
        id: Id of the document.
        text: Its text.
        events: Its events; None where it was not annotated.
        entities: (type, start, end) of annotated spans that are no events; they go into `Sentence.extra`.
        fragments: Span -> its pieces, of spans that have gaps; they go into `Sentence.extra`.
        extra: Goes into `Sentence.extra` of every sentence.
        spans: The sentences, where the format says them; None splits the text.
        place: Where the text stands in the file, for faults.
    """

    path: str
    id: str
    text: str
    events: tuple[SourceEvent, ...] | None
    entities: tuple[tuple[str, int, int], ...] = ()
    fragments: Mapping[tuple[int, int], tuple[tuple[int, int], ...]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)
    spans: tuple[tuple[int, int], ...] | None = None
    place: str = "1"


def make_sentences(document: SourceDocument, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of a document, and the faults of what they cannot hold.

    Sentence breaks that fall inside a trigger or an argument are no breaks. The id of a sentence is that of the
    document, with a number from 1 where the text was split; `extra` then has "doc_id" and "doc_start", the offset.
    """
    if not document.text.strip():
        yield _fault(document, document.place, "empty text", "the text is empty", LEFT_OUT)
        return
    if options.is_whole:
        spans = [(0, len(document.text))]
    else:
        spans = list(split_sentences(document.text) if document.spans is None else document.spans)
        spans = _join_torn(spans, _spans_of(document))
    starts = [start for start, _ in spans]
    homes: list[list[SourceEvent]] = [[] for _ in spans]
    for event in document.events or ():
        if event.trigger is not None:
            home = bisect_right(starts, event.trigger[0]) - 1
            if home < 0 or event.trigger[1] > spans[home][1]:
                reason = f"the trigger of {event.type} stands in no sentence"
                yield _fault(document, event.place, "trigger outside sentences", reason, LEFT_OUT)
            else:
                homes[home].append(event)
        elif len(spans) == 1:
            homes[0].append(event)
        else:
            reason = (
                f"{event.type} has no trigger, and the text has {len(spans)} sentences; --whole takes each text for one"
            )
            yield _fault(document, event.place, "type of a document", reason, LEFT_OUT)
    layers = _part_layers(document, spans, homes)
    lost = {"annotated spans that lie in no sentence": len(document.entities) - sum(len(item[0]) for item in layers)}
    yield from note_layers(document.path, document.place, lost)
    for i, (start, end) in enumerate(spans):
        faults: list[Fault] = []
        events = None if document.events is None else _make_events(document, homes[i], start, end, faults)
        yield from faults
        extra = dict(document.extra) | _format_layers(document, *layers[i], start)
        sentence_id = document.id
        if not options.is_whole:
            sentence_id = f"{document.id}-{i + 1}"
            extra |= {"doc_id": document.id, "doc_start": start}
        yield Sentence(text=document.text[start:end], events=events, id=sentence_id, extra=extra)


def cover(fragments: list[tuple[int, int]]) -> tuple[int, int]:
    """Return the stretch from the first to the last of several pieces."""
    return min(start for start, _ in fragments), max(end for _, end in fragments)


def _spans_of(document: SourceDocument) -> Iterator[tuple[int, int]]:
    for event in document.events or ():
        if event.trigger is not None:
            yield event.trigger
        for _, start, end in event.arguments or ():
            yield start, end


def _join_torn(spans: list[tuple[int, int]], mentions: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join sentences wherever a mention begins in one and ends in a later one."""
    starts = [start for start, _ in spans]
    is_joined = [False] * len(spans)  # with the sentence before it
    for start, end in mentions:
        first, last = bisect_right(starts, start) - 1, bisect_right(starts, end - 1) - 1
        for i in range(max(first, 0) + 1, last + 1):
            is_joined[i] = True
    joined: list[tuple[int, int]] = []
    for (start, end), is_part in zip(spans, is_joined, strict=True):
        if is_part and joined:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _make_events(
    document: SourceDocument, sources: list[SourceEvent], start: int, end: int, faults: list[Fault]
) -> tuple[Event, ...]:
    """Build the events of a sentence, with offsets into it."""
    text = document.text[start:end]
    events: dict[tuple[str, int | None], Event] = {}
    for source in sources:
        arguments = _make_arguments(document, source, (start, end), faults)
        trigger = None
        if source.trigger is not None:
            first, last = source.trigger[0] - start, source.trigger[1] - start
            trigger = Span(start=first, end=last, text=text[first:last])
        elif arguments:
            reason = f"{source.type} has {len(arguments)} arguments and no trigger that they could hang on"
            faults.append(_fault(document, source.place, "arguments without trigger", reason, LEFT_OUT))
            arguments = None
        event = Event(type=source.type, trigger=trigger, arguments=arguments, realis=source.realis)
        key = (source.type, None if trigger is None else trigger.start)
        before = events.get(key)
        if before is None:
            events[key] = event
        elif before == event:
            reason = f"{source.type} stands twice on one trigger with the same arguments"
            faults.append(_fault(document, source.place, "event that stands twice", reason, NOTED))
        else:
            merged = _sorted({*(before.arguments or ()), *(arguments or ())})
            events[key] = replace(before, arguments=merged or before.arguments)
            reason = f"two {source.type} events on one trigger; their arguments are put together"
            if before.realis != event.realis:
                reason += f", and it is {before.realis} and no longer {event.realis}"
            faults.append(_fault(document, source.place, "two events of a type on one trigger", reason, CHANGED))
    return tuple(
        sorted(events.values(), key=lambda event: (-1, -1) if event.trigger is None else _place(event.trigger))
    )


def _make_arguments(
    document: SourceDocument, source: SourceEvent, span: tuple[int, int], faults: list[Fault]
) -> tuple[Argument, ...] | None:
    """Build the arguments of an event that stand in its sentence."""
    if source.arguments is None:
        return None
    start, end = span
    arguments: set[Argument] = set()
    for role, first, last in source.arguments:
        words = document.text[first:last]
        if first < start or last > end:
            reason = f"{role} {words!r:.60} of {source.type} stands in another sentence than its trigger"
            faults.append(_fault(document, source.place, "argument in another sentence", reason, LEFT_OUT))
        else:
            arguments.add(Argument(role=role, start=first - start, end=last - start, text=words))
    return _sorted(arguments)


def _sorted(arguments: set[Argument]) -> tuple[Argument, ...]:
    return tuple(sorted(arguments, key=lambda item: (*_place(item), item.role)))


def _place(span: Span) -> tuple[int, int]:
    return span.start, span.end


_Entities = list[tuple[str, int, int]]
_Pieces = list[tuple[tuple[int, int], tuple[tuple[int, int], ...]]]


def _part_layers(
    document: SourceDocument, spans: list[tuple[int, int]], homes: list[list[SourceEvent]]
) -> list[tuple[_Entities, _Pieces, list[SourceEvent]]]:
    """Return the entities, the pieces of spans with gaps and the events that lie in each sentence."""
    starts = [start for start, _ in spans]
    parts: list[tuple[_Entities, _Pieces, list[SourceEvent]]] = [([], [], events) for events in homes]

    def find_home(start: int, end: int) -> int | None:
        home = bisect_right(starts, start) - 1
        return home if home >= 0 and end <= spans[home][1] else None

    for entity in document.entities:
        if (home := find_home(*entity[1:])) is not None:
            parts[home][0].append(entity)
    for span, pieces in document.fragments.items():
        if (home := find_home(*span)) is not None:
            parts[home][1].append((span, pieces))
    return parts


def _format_layers(
    document: SourceDocument, entities: _Entities, pieces: _Pieces, events: list[SourceEvent], start: int
) -> dict[str, Any]:
    """Return entities, pieces of spans with gaps and attributes of events of a sentence, as keys of `extra`."""
    layers = {
        "entities": [
            {"type": name, "start": first - start, "end": last - start, "text": document.text[first:last]}
            for name, first, last in entities
        ],
        "fragments": [
            {"start": first - start, "end": last - start, "fragments": [[a - start, b - start] for a, b in parts]}
            for (first, last), parts in pieces
        ],
        "event_attributes": [
            {"type": event.type, "start": event.trigger[0] - start, "end": event.trigger[1] - start}
            | dict(event.attributes)
            for event in events
            if event.attributes and event.trigger
        ],
    }
    return {name: items for name, items in layers.items() if items}


def _fault(document: SourceDocument, place: str, kind: str, reason: str, action: str) -> Fault:
    return Fault(path=document.path, place=place, kind=kind, reason=reason, action=action)


def note_layers(path: str, place: str, counts: Mapping[str, int]) -> Iterator[Fault]:
    """Yield a fault for each layer that rasd does not have: its name, such as "relations", and how many there are."""
    for name, count in counts.items():
        if count:
            reason = f"{count} {name}, which rasd has no place for"
            yield Fault(path=path, place=place, kind=name, reason=reason, action=NOTED, count=count)

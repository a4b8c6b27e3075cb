"""What Label Studio and Doccano have in common: marked regions of a text, and relations from one to another.

A region is the trigger of an event, its label the type, unless it is an argument: a relation leads to it, or, where
the source tells controls apart, it was marked with the one called "argument". A relation leads from a trigger to an
argument, its label is the role. A relation between two triggers makes the span of the second an argument of the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rasd.errors import ReadError
from rasd.events import Event, Sentence, Span
from rasd.formats.documents import SourceEvent
from rasd.formats.faults import CHANGED, LEFT_OUT, REPAIRED, Fault
from rasd.formats.placing import describe_repair, place_span

ARGUMENT = "Argument"
"""The label of regions that are arguments alone; rasd knows no type for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A marked stretch of text.

    `kind` is "trigger", "argument" or "" where the source does not say; `words` is None where it does not quote them.
    """

    id: str
    start: int
    end: int
    label: str
    words: str | None = None
    kind: str = ""
    realis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A relation: from a trigger, to an argument, with a role."""

    source: str
    target: str
    role: str


@dataclass
class Markings:
    """The regions of a text, placed, as events and entities."""

    path: str
    place: str
    text: str
    count: str | None = None  # what offsets without quoted words are known to count
    is_count_told: bool = False  # by the source itself, so that nothing is mended
    faults: list[Fault] = field(default_factory=list)

    def add_fault(self, kind: str, reason: str, action: str) -> None:
        """List a fault of this text."""
        self.faults.append(Fault(path=self.path, place=self.place, kind=kind, reason=reason, action=action))

    def make(
        self, regions: Sequence[Region], links: Sequence[Link] | None
    ) -> tuple[tuple[SourceEvent, ...], tuple[tuple[str, int, int], ...]]:
        """Return the events, and the entities: (label, start, end) of arguments that are labelled with a type.

        `links` None says that the source has no relations, so that arguments were not annotated.
        """
        is_linked, links = links is not None, links or ()
        placed: dict[str, tuple[Region, int, int]] = {}
        for region in regions:
            spot = self._place(region)
            if spot is None:
                continue
            ref = region.id
            if ref in placed:
                ref = f"{ref}\0{len(placed)}"
                reason = f"two spans have the id {region.id!r}; relations are taken to lead to the first"
                self.add_fault("id twice", reason, CHANGED)
            placed[ref] = (region, *spot)
        targets = {link.target for link in links}
        sources = {link.source for link in links}
        triggers = {
            ref
            for ref, (region, _, _) in placed.items()
            if region.kind == "trigger" or ref in sources or (not region.kind and ref not in targets)
        }
        arguments: dict[str, list[tuple[str, int, int]]] = {ref: [] for ref in triggers}
        for link in links:
            if link.source not in placed or link.target not in placed:
                missing = link.target if link.source in placed else link.source
                reason = f"the relation {link.role!r} leads to or from {missing!r}, which is not there or was left out"
                self.add_fault("argument not there", reason, LEFT_OUT)
            else:
                arguments[link.source].append((link.role, *placed[link.target][1:]))
        events = tuple(
            SourceEvent(
                type=region.label,
                place=self.place,
                trigger=(start, end),
                arguments=tuple(arguments[ref]) if is_linked else None,
                realis=region.realis,
            )
            for ref, (region, start, end) in placed.items()
            if ref in triggers
        )
        entities = tuple(
            (region.label, start, end)
            for ref, (region, start, end) in placed.items()
            if ref not in triggers and not (region.label == ARGUMENT and ref in targets)
        )
        return events, entities

    def _place(self, region: Region) -> tuple[int, int] | None:
        try:
            placed = place_span(self.text, region.start, region.end, region.words, count=self.count)
        except ReadError as err:
            self.add_fault("span that cannot be placed", f"{region.label}: {err}", LEFT_OUT)
            return None
        if placed.repair and not (self.is_count_told and placed.repair == self.count):
            words = region.words if region.words is not None else self.text[placed.start : placed.end]
            reason = describe_repair(placed, words, region.start, region.end)
            self.add_fault(placed.repair, f"{region.label}: {reason}", REPAIRED)
        return placed.start, placed.end


def mark_regions(sentence: Sentence, make_id: Iterator[str]) -> tuple[list[Region], list[Link], list[str]]:
    """Return the regions and relations that a sentence becomes, and the types of events without a trigger."""
    regions: list[Region] = []
    links: list[Link] = []
    bare: list[str] = []
    marked: dict[tuple[str, int, int], str] = {}

    def mark(label: str, span: Span | Mapping[str, int]) -> str:
        start, end = (
            (span["start"], span["end"])
            if isinstance(span, Mapping)
            else (span.start - sentence.start, span.end - sentence.start)
        )
        if (label, start, end) not in marked:
            marked[label, start, end] = next(make_id)
            regions.append(
                Region(
                    id=marked[label, start, end],
                    start=start,
                    end=end,
                    label=label,
                    words=sentence.text[start:end],
                    kind="argument",
                )
            )
        return marked[label, start, end]

    kinds = {(item["start"], item["end"]): item["type"] for item in sentence.extra.get("entities", ())}
    for event in sentence.events or ():
        if event.trigger is None:
            bare.append(event.type)
            continue
        trigger = _mark_trigger(event, sentence, next(make_id))
        regions.append(trigger)
        for item in event.arguments or ():
            label = kinds.get((item.start - sentence.start, item.end - sentence.start), ARGUMENT)
            links.append(Link(source=trigger.id, target=mark(label, item), role=item.role))
    for item in sentence.extra.get("entities", ()):
        mark(item["type"], item)
    return regions, links, bare


def _mark_trigger(event: Event, sentence: Sentence, ref: str) -> Region:
    assert event.trigger is not None, "a trigger is marked only where there is one"
    start, end = event.trigger.start - sentence.start, event.trigger.end - sentence.start
    words = sentence.text[start:end]
    return Region(id=ref, start=start, end=end, label=event.type, words=words, kind="trigger", realis=event.realis)

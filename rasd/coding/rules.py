"""The rules of a view: which events one is for, and what must be told of an event for it to fire."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rasd.coding.words import fold
from rasd.events import Argument, Event

# How well the code says what the event is.
FITS = ("exact", "loses", "undecided", "none")
TRIGGER = "trigger"
# Column of a table -> the role whose fillers it has.
COLUMNS = {
    "actor": "Agent",
    "target": "Target",
    "place": "Place",
    "origin": "Origin",
    "destination": "Destination",
    "time": "Time",
    "instrument": "Instrument",
    "item": "Item",
    "topic": "Topic",
    "source": "Source",
}

Code = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must be told of an event; every field that is not empty must hold.

    Attributes:
        words: (places to look in, pattern): a role's fillers or "trigger"; a hit in any of the places will do.
        has: Roles that are filled.
        lacks: Roles that are not.
        same: Two roles that one span fills.
        topic_of: Types of another event of the sentence in whose Topic the trigger lies.
        beside: Types of which the sentence has another event that is Actual.
    """

    words: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = ()
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    topic_of: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()

    def holds(self, event: Event, siblings: Sequence[Event]) -> bool:
        """Return whether all of it is told of an event among the events of its sentence."""
        fillers = _group(event)
        return (
            all(role in fillers for role in self.has)
            and not any(role in fillers for role in self.lacks)
            and all(_is_found(places, pattern, event, fillers) for places, pattern in self.words)
            and (not self.same or _is_shared([fillers.get(role, []) for role in self.same]))
            and (not self.topic_of or any(_is_topic(event, other) for other in siblings if other.type in self.topic_of))
            and (not self.beside or any(_is_beside(event, other, self.beside) for other in siblings))
        )

    @property
    def is_empty(self) -> bool:
        """Whether it holds for every event."""
        return not (self.words or self.has or self.lacks or self.same or self.topic_of or self.beside)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a view.

    Attributes:
        id: Its name, unique in the view.
        types: The event types it is for.
        realis: The realis values it is for; an event without realis counts as "Actual".
        when: What must be told.
        unless: What must not all be told.
        fit: One of `FITS`: "exact"; "loses", where the code says other than the event; "undecided", where one event
            does not tell which of `candidates` it is; "none", where the code book has nothing.
        code: The code; of an undecided rule the part that all candidates share, which may be nothing.
        candidates: The codes between which it cannot decide.
        note: What is lost or not decided.
        types_as_written: As the file has the types, * included.
        told: What must be told, in words.
    """

    id: str
    types: frozenset[str]
    realis: frozenset[str]
    when: Condition = Condition()
    unless: Condition | None = None
    fit: str = "exact"
    code: Code = ()
    candidates: tuple[Code, ...] = ()
    note: str = ""
    types_as_written: tuple[str, ...] = ()
    told: str = ""

    @property
    def is_conditional(self) -> bool:
        """Whether it may pass over an event of its types and realis values."""
        return self.unless is not None or not self.when.is_empty

    def fires(self, event: Event, siblings: Sequence[Event]) -> bool:
        """Return whether the rule is for this event of a sentence."""
        return (
            event.type in self.types
            and (event.realis or "Actual") in self.realis
            and self.when.holds(event, siblings)
            and not (self.unless is not None and self.unless.holds(event, siblings))
        )


def _group(event: Event) -> Mapping[str, list[Argument]]:
    fillers: dict[str, list[Argument]] = {}
    for argument in event.arguments or ():
        fillers.setdefault(argument.role, []).append(argument)
    return fillers


def _is_found(
    places: Sequence[str], pattern: re.Pattern[str], event: Event, fillers: Mapping[str, list[Argument]]
) -> bool:
    for place in places:
        spans = fillers.get(place, ())
        if place == TRIGGER:
            spans = () if event.trigger is None else (event.trigger,)
        if any(pattern.search(fold(span.text)) for span in spans):
            return True
    return False


def _is_shared(groups: Sequence[Sequence[Argument]]) -> bool:
    return bool(set.intersection(*({(item.start, item.end) for item in group} for group in groups)))


def _is_topic(event: Event, other: Event) -> bool:
    """Whether an event is what another one is about."""
    if event.trigger is None or other is event:
        return False
    topics = [item for item in other.arguments or () if item.role == "Topic"]
    return any(item.start <= event.trigger.start and event.trigger.end <= item.end for item in topics)


def _is_beside(event: Event, other: Event, types: frozenset[str]) -> bool:
    return other is not event and other.type in types and other.realis in (None, "Actual")

"""The data types that everything else speaks of: spans, arguments, events, sentences and documents.

Offsets are half-open, `start` included and `end` excluded, and count Unicode code points of the text **as the user
gave it**: the document's text in predictions, the line's own `text` in corpus files. `text[start:end] == span.text`
always holds.

In gold data `None` means that a layer was not annotated (no trigger, no arguments, no realis, no events at all) and an
empty tuple that there is nothing; gold and predicted events look the same otherwise, predictions carry scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of text, such as a trigger.

    Attributes:
        start: Offset of the first code point.
        end: Offset after the last code point.
        text: The code points themselves.
        score: Probability in [0, 1] given by a model, None in gold data.
        values: A readable form and values as `rasd.values` adds them; None where they were not asked for.

    Raises:
        ValueError: If the offsets are not `0 <= start < end` or do not span as many code points as `text` has.
    """

    start: int
    end: int
    text: str
    score: float | None = None
    values: Mapping[str, Any] | None = field(default=None, hash=False)

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got start={self.start}, end={self.end}")
        if len(self.text) != self.end - self.start:
            raise ValueError(f"span {self.start}-{self.end} cannot hold the {len(self.text)} code points {self.text!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return the span as a JSON-ready dict; `score` and `values` only where there are any."""
        record: dict[str, Any] = {"start": self.start, "end": self.end, "text": self.text}
        if self.score is not None:
            record["score"] = self.score
        if self.values is not None:
            record["values"] = dict(self.values)
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Span:
        """Return the span that `to_dict` wrote."""
        optional = {name: record.get(name) for name in ("score", "values")}
        return cls(start=record["start"], end=record["end"], text=record["text"], **optional)


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument(Span):
    """A span that fills a role of one event. Attributes as in `Span`, and the name of the role."""

    role: str

    def to_dict(self) -> dict[str, Any]:
        """Return the argument as a JSON-ready dict."""
        return {"role": self.role, **Span.to_dict(self)}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Argument:
        """Return the argument that `to_dict` wrote."""
        return cls(
            role=record["role"],
            start=record["start"],
            end=record["end"],
            text=record["text"],
            score=record.get("score"),
            values=record.get("values"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event mention.

    Attributes:
        type: Name of the event type in the ontology.
        trigger: The word or fixed term that names the happening; None where only the type is known.
        arguments: Its arguments in text order; None where arguments were not annotated.
        realis: "Actual", "Planned" or "Negated" (or what the ontology has); None where not annotated.
        score: Probability in [0, 1] given by a model, None in gold data.
    """

    type: str
    trigger: Span | None = None
    arguments: tuple[Argument, ...] | None = None
    realis: str | None = None
    score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the event as a JSON-ready dict; layers that are None are left out."""
        record: dict[str, Any] = {"type": self.type}
        if self.score is not None:
            record["score"] = self.score
        if self.realis is not None:
            record["realis"] = self.realis
        if self.trigger is not None:
            record["trigger"] = self.trigger.to_dict()
        if self.arguments is not None:
            record["arguments"] = [argument.to_dict() for argument in self.arguments]
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Event:
        """Return the event that `to_dict` wrote."""
        trigger, arguments = record.get("trigger"), record.get("arguments")
        return cls(
            type=record["type"],
            trigger=None if trigger is None else Span.from_dict(trigger),
            arguments=None if arguments is None else tuple(Argument.from_dict(item) for item in arguments),
            realis=record.get("realis"),
            score=record.get("score"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence and its events.

    Attributes:
        text: The sentence as it stands in the document.
        start: Offset of the sentence in its document; 0 in corpus files.
        events: Events in text order of their triggers, offsets into the document; None where not annotated.
        types: Event type -> probability of the types above their threshold; empty in gold data.
        id: The line's id in corpus files.
        extra: Further keys of the corpus line, kept as they were.
    """

    text: str
    start: int = 0
    events: tuple[Event, ...] | None = None
    types: Mapping[str, float] = field(default_factory=dict)
    id: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """Offset after the sentence's last code point."""
        return self.start + len(self.text)

    def to_dict(self) -> dict[str, Any]:
        """Return the sentence as a JSON-ready dict with its `start`, `end`, `text`, `types` and `events`."""
        record: dict[str, Any] = {} if self.id is None else {"id": self.id}
        record |= {"start": self.start, "end": self.end, "text": self.text, "types": dict(self.types)}
        if self.events is not None:
            record["events"] = [event.to_dict() for event in self.events]
        if self.extra:
            record["extra"] = dict(self.extra)
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Sentence:
        """Return the sentence that `to_dict` wrote."""
        events = record.get("events")
        return cls(
            text=record["text"],
            start=record["start"],
            events=None if events is None else tuple(Event.from_dict(item) for item in events),
            types=record.get("types", {}),
            id=record.get("id"),
            extra=record.get("extra", {}),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text and its sentences.

    Attributes:
        text: The text exactly as given.
        sentences: Its sentences in order; white space between them belongs to none.
        id: The document's id, where the input had one.
        meta: Fields of the input that were carried along.
    """

    text: str
    sentences: tuple[Sentence, ...] = ()
    id: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event of the document, in sentence order."""
        return tuple(event for sentence in self.sentences for event in sentence.events or ())

    def to_dict(self) -> dict[str, Any]:
        """Return the document as a JSON-ready dict."""
        record: dict[str, Any] = {} if self.id is None else {"id": self.id}
        if self.meta:
            record["meta"] = dict(self.meta)
        return record | {"text": self.text, "sentences": [sentence.to_dict() for sentence in self.sentences]}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Document:
        """Return the document that `to_dict` wrote."""
        return cls(
            text=record["text"],
            sentences=tuple(Sentence.from_dict(item) for item in record["sentences"]),
            id=record.get("id"),
            meta=record.get("meta", {}),
        )

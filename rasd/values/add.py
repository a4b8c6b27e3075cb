"""Values put beside the exact quotes of predicted events; the quotes stay as they are.

What is read from an argument goes by its role: counts as numbers, times as times, places in a gazetteer. Triggers and
all other arguments get a number where they begin with one or are a dual («ثلاثة جنود», «قتيلان»).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from rasd.events import Argument, Document, Event, Sentence, Span
from rasd.text.readable import readable
from rasd.values.gazetteer import Gazetteer
from rasd.values.numbers import find_count, read_number
from rasd.values.times import read_time

logger = logging.getLogger(__name__)

_PLACE_ROLES = ("Place", "Origin", "Destination", "Location")
_AnySpan = TypeVar("_AnySpan", bound=Span)


class ValueReader:
    """Adds values to the events of documents, one after the other; a context that closes its gazetteer.

    Args:
        document_date: The date of documents that have none of their own.
        gazetteer: File of a gazetteer; None looks no place up.

    Attributes:
        num_unread_dates: Documents whose own date could not be read, so that `document_date` was taken.

    Raises:
        ReadError: If the gazetteer is none.
    """

    def __init__(self, document_date: date | None = None, gazetteer: str | Path | None = None) -> None:
        self.document_date = document_date
        self.gazetteer = None if gazetteer is None else Gazetteer(gazetteer)
        self.num_unread_dates = 0

    def __enter__(self) -> ValueReader:
        return self

    def __exit__(self, *error: object) -> None:
        if self.gazetteer is not None:
            self.gazetteer.close()
        if self.num_unread_dates:
            logger.warning(
                "%d documents have a date that cannot be read, expected such as 2016-03-14; %s was taken instead",
                self.num_unread_dates,
                self.document_date or "no date",
            )

    def add(self, document: Document) -> Document:
        """Return a document with values; its own date is "date" of its `meta`, where one without it gets the other."""
        own, today, meta = document.meta.get("date"), self.document_date, document.meta
        if own not in (None, ""):
            try:
                today = parse_date(own)
            except ValueError:
                self.num_unread_dates += 1
        elif today is not None:
            meta = {**meta, "date": today.isoformat()}
        sentences = tuple(_read_sentence(sentence, today, self.gazetteer) for sentence in document.sentences)
        return replace(document, sentences=sentences, meta=meta)


def add_values(
    sentences: Iterable[Sentence],
    *,
    document_date: date | str | None = None,
    gazetteer: Gazetteer | str | Path | None = None,
) -> list[Sentence]:
    """Return sentences whose triggers and arguments carry `values`; their texts and offsets stay as they are.

    Args:
        sentences: Predicted or gold, such as `document.sentences`.
        document_date: The day on which the text was written, as a date or in ISO 8601; None leaves whatever is
            relative to it unresolved.
        gazetteer: An open gazetteer or its file; None looks no place up.

    Returns:
        The sentences in order.

    Raises:
        ValueError: If the date is none.
        ReadError: If the gazetteer is none.

    Example:
        >>> count = Argument(role="Count", start=6, end=11, text="عشرات")
        >>> trigger = Span(start=0, end=5, text="تظاهر")
        >>> event = Event(type="Civic.Protest", trigger=trigger, arguments=(count,))
        >>> [sentence] = add_values([Sentence(text="تظاهر عشرات العمال.", events=(event,))])
        >>> sentence.events[0].arguments[0].values["number"]
        {'min': 20, 'max': 99, 'approximate': True}
    """
    today = None if document_date is None else parse_date(document_date)
    if gazetteer is None or isinstance(gazetteer, Gazetteer):
        return [_read_sentence(sentence, today, gazetteer) for sentence in sentences]
    with Gazetteer(gazetteer) as opened:
        return [_read_sentence(sentence, today, opened) for sentence in sentences]


def parse_date(value: Any) -> date:
    """Return the day of a date, a time, or text that begins with one in ISO 8601 ("2016-03-14", "20160314T0930").

    Raises:
        ValueError: If it is none of these.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value).strip()
    for size, form in ((10, "%Y-%m-%d"), (10, "%Y/%m/%d"), (8, "%Y%m%d")):
        rest = text[size : size + 1]
        if rest.isdigit():
            continue
        try:
            return datetime.strptime(text[:size], form).date()
        except ValueError:
            continue
    raise ValueError(f"expected a date such as 2016-03-14, got {text!r:.60}")


def read_argument_time(
    argument: Argument, sentence: Sentence, *, document_date: date | None, is_planned: bool
) -> dict[str, Any]:
    """Return what a time among the arguments of a sentence says, as `TimeValue.to_dict` gives it.

    Args:
        argument: The time.
        sentence: The sentence that it lies in.
        document_date: As in `read_time`.
        is_planned: As in `read_time`.
    """
    text, start, end = sentence.text, argument.start - sentence.start, argument.end - sentence.start
    form = readable(text, start, end)
    before, after = text[:start], text[end:]
    return read_time(form, document_date=document_date, before=before, after=after, is_planned=is_planned).to_dict()


def _read_sentence(sentence: Sentence, today: date | None, gazetteer: Gazetteer | None) -> Sentence:
    if not sentence.events:
        return sentence
    reader = _SentenceReader(sentence, today, gazetteer)
    return replace(sentence, events=tuple(reader.read_event(event) for event in sentence.events))


class _SentenceReader:
    """Reads the spans of one sentence; a span that several events share is read once a realis."""

    def __init__(self, sentence: Sentence, today: date | None, gazetteer: Gazetteer | None) -> None:
        self.sentence, self.today, self.gazetteer = sentence, today, gazetteer
        self.known: dict[tuple[Any, ...], dict[str, Any]] = {}

    def read_event(self, event: Event) -> Event:
        is_planned = event.realis == "Planned"
        trigger = None if event.trigger is None else self._read(event.trigger, "", is_planned)
        if event.arguments is None:
            return replace(event, trigger=trigger)
        arguments = tuple(self._read(argument, argument.role, is_planned) for argument in event.arguments)
        return replace(event, trigger=trigger, arguments=arguments)

    def _read(self, span: _AnySpan, role: str, is_planned: bool) -> _AnySpan:
        key = (span.start, span.end, role, is_planned)
        if key not in self.known:
            self.known[key] = self._make_values(span, role, is_planned)
        return replace(span, values=self.known[key])

    def _make_values(self, span: Span, role: str, is_planned: bool) -> dict[str, Any]:
        text, start = self.sentence.text, span.start - self.sentence.start
        end = span.end - self.sentence.start
        form = readable(text, start, end)
        values: dict[str, Any] = {"readable": form}
        if role == "Count":
            values["number"] = read_number(form).to_dict()
        elif role.startswith("Time"):
            assert isinstance(span, Argument), "a trigger has no role"
            values["time"] = read_argument_time(span, self.sentence, document_date=self.today, is_planned=is_planned)
        elif role in _PLACE_ROLES:
            if self.gazetteer is not None:
                values["place"] = self.gazetteer.find(form).to_dict()
        elif not isinstance(span, Argument) or role not in ("Source", "Topic"):
            count = find_count(form)
            values |= {} if count is None else {"number": count.to_dict()}
        return values

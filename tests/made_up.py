"""Events of made-up sentences, by their words: `make_event(text, "Attack.Shelling", "قصفت", Agent="المدفعية")`."""

from __future__ import annotations

from rasd.events import Argument, Document, Event, Sentence, Span


def make_event(text, event_type, trigger, realis="Actual", *, shift=0, **roles):
    """Return an event; a role's value is its filler, or a list of them. Each is found at its first place."""

    def span(words):
        start = text.index(words) + shift
        return {"start": start, "end": start + len(words), "text": words}

    fillers = [
        Argument(role=role, **span(words))
        for role, value in roles.items()
        for words in ([value] if isinstance(value, str) else value)
    ]
    return Event(type=event_type, trigger=Span(**span(trigger)), realis=realis, arguments=tuple(fillers))


def make_document(text, *events, name="d1", date=None):
    """Return a document of one sentence."""
    meta = {} if date is None else {"date": date}
    return Document(text=text, sentences=(Sentence(text=text, events=events),), id=name, meta=meta)

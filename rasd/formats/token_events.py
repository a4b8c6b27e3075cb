"""What OneIE and TextEE have in common: a JSON object a sentence, with tokens, entity mentions and event mentions.

`start` and `end` count tokens, `end` excluded. An argument names an entity mention by its id; TextEE gives its words
and offsets as well. Realis has no place in either; it is written as a further key of the event mention, which their
readers pass over, and read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasd.errors import ReadError
from rasd.events import Sentence, Span
from rasd.formats.documents import ReadOptions, SourceDocument, SourceEvent, make_sentences, note_layers
from rasd.formats.faults import CHANGED, LEFT_OUT, REPAIRED, Fault
from rasd.formats.tokens import align_tokens, cut_tokens, join_tokens, place_tokens, read_each, token_edges


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Names of keys: of a sentence's id and of its text; and whether arguments carry their own offsets."""

    sentence_id: str
    text: str
    has_argument_offsets: bool


@dataclass
class _Record:
    """A sentence on its way in."""

    path: str
    place: str
    text: str
    spans: list[tuple[int, int]]
    faults: list[Fault]

    def add_fault(self, kind: str, reason: str, action: str) -> None:
        self.faults.append(Fault(path=self.path, place=self.place, kind=kind, reason=reason, action=action))

    def place_mention(self, mention: Any, what: str) -> tuple[int, int] | None:
        """Return the characters of a mention with token offsets; None and a fault where it cannot be placed."""
        try:
            start, end, words = mention["start"], mention["end"], mention.get("text")
            if type(start) is not int or type(end) is not int:
                raise ReadError(f"'start' and 'end' must be whole numbers, got {start!r:.20} and {end!r:.20}")
            first, last, repair = place_tokens(self.text, self.spans, start, end, words)
        except ReadError as err:
            self.add_fault("span that cannot be placed", f"{what}: {err}", LEFT_OUT)
            return None
        except (KeyError, TypeError, AttributeError):
            reason = f"{what}: expected an object with 'start' and 'end', got {mention!r:.60}"
            self.add_fault("span that cannot be placed", reason, LEFT_OUT)
            return None
        if repair:
            self.add_fault("token offsets", f"{what}: {repair}", REPAIRED)
        return first, last


def read_sentences(path: Path, options: ReadOptions, keys: Keys) -> Iterator[Sentence | Fault]:
    """Yield the sentences of a file; each is one already and is not split."""

    def build(raw: dict[str, Any], place: str) -> Iterator[Sentence | Fault]:
        record = _align(raw, str(path), place, keys)
        document = _make_document(raw, record, keys, f"{path.stem}-{place}")
        yield from record.faults
        yield from note_layers(str(path), place, {"relations": len(raw.get("relation_mentions") or ())})
        yield from make_sentences(document, ReadOptions(is_whole=True))

    return read_each(path, build)


def _align(raw: Mapping[str, Any], path: str, place: str, keys: Keys) -> _Record:
    """Lay the tokens of a sentence onto its text, or put spaces between them where they do not fit it.

    Raises:
        ReadError: If there are no tokens.
    """
    tokens, text = raw.get("tokens"), raw.get(keys.text)
    if not isinstance(tokens, list) or not tokens or not all(isinstance(token, str) and token for token in tokens):
        raise ReadError(f"'tokens' must be a list of words, got {tokens!r:.60}")
    faults: list[Fault] = []
    if isinstance(text, str):
        try:
            return _Record(path, place, text, align_tokens(text, tokens), faults)
        except ReadError as err:
            reason = f"the tokens do not fit {keys.text!r}: {err}; the text is now the tokens with spaces between"
    else:
        reason = f"there is no {keys.text!r}; the text is the tokens with spaces between"
    faults.append(Fault(path=path, place=place, kind="text made of tokens", reason=reason, action=CHANGED))
    return _Record(path, place, *join_tokens(tokens), faults)


def _make_document(raw: Mapping[str, Any], record: _Record, keys: Keys, default_id: str) -> SourceDocument:
    """Build the sentence with its events."""
    entities = _read_entities(raw, record)
    events: list[SourceEvent] | None = None if raw.get("event_mentions") is None else []
    used: set[str | None] = set()
    for mention in raw.get("event_mentions") or ():
        event_type = _get(mention, "event_type")
        trigger = record.place_mention(_get(mention, "trigger"), f"trigger of {event_type}")
        if trigger is None or not isinstance(event_type, str):
            record.add_fault(
                "event without trigger", f"the event mention {event_type!r} has no sound trigger", LEFT_OUT
            )
            continue
        arguments: list[tuple[str, int, int]] = []
        for argument in mention.get("arguments") or ():
            what, ref = f"{_get(argument, 'role')} of {event_type}", _get(argument, "entity_id")
            ref = None if ref is None else str(ref)
            if _get(argument, "start") is not None:
                place = record.place_mention(argument, what)
            elif ref is not None and ref in entities:
                place = entities[ref][1:]
            else:
                place = None
                reason = f"{what}: no entity mention has the id {ref!r}, or it could not be placed"
                record.add_fault("argument not there", reason, LEFT_OUT)
            if place is not None:
                used.add(ref)
                arguments.append((str(_get(argument, "role")), *place))
        events.append(
            SourceEvent(
                type=event_type,
                place=record.place,
                trigger=trigger,
                arguments=tuple(arguments),
                realis=mention.get("realis"),
            )
        )
    extra = {"doc_id": raw["doc_id"]} if isinstance(raw.get("doc_id"), str) else {}
    return SourceDocument(
        path=record.path,
        id=str(raw.get(keys.sentence_id) or default_id),
        text=record.text,
        events=None if events is None else tuple(events),
        entities=tuple(entity for ref, entity in entities.items() if ref not in used or entity[0] != "ARGUMENT"),
        extra=extra,
        place=record.place,
    )


def _read_entities(raw: Mapping[str, Any], record: _Record) -> dict[str, tuple[str, int, int]]:
    """Return entity mentions, (type, start, end), by their id; one that has none, or that of another, gets a key."""
    entities: dict[str, tuple[str, int, int]] = {}
    for i, mention in enumerate(raw.get("entity_mentions") or ()):
        place = record.place_mention(mention, f"entity mention {_get(mention, 'text')!r:.40}")
        if place is None:
            continue
        ref = mention.get("id")
        key = f"\0{i}" if ref is None else str(ref)
        if key in entities:
            reason = f"two entity mentions have the id {key!r}; arguments that name it are taken to mean the first"
            record.add_fault("id twice", reason, CHANGED)
            key = f"\0{i}"
        entities[key] = (str(mention.get("entity_type")), *place)
    return entities


def render_sentence(
    sentence: Sentence, number: int, keys: Keys, path: str, faults: list[Fault], edges: Iterable[int] = ()
) -> dict[str, Any]:
    """Return a sentence as a JSON object; tokens are cut so that every span ends with one, and at `edges` as well."""
    sentence_id = sentence.id or f"sentence-{number}"
    spans = cut_tokens(sentence.text, token_edges(sentence).union(edges))
    starts, ends = {start: i for i, (start, _) in enumerate(spans)}, {end: i + 1 for i, (_, end) in enumerate(spans)}

    def mention(start: int, end: int) -> dict[str, Any]:
        return {"text": sentence.text[start:end], "start": starts[start], "end": ends[end]}

    def local(span: Span) -> tuple[int, int]:
        return span.start - sentence.start, span.end - sentence.start

    entities: dict[tuple[int, int], dict[str, Any]] = {}
    kinds = {(item["start"], item["end"]): item["type"] for item in sentence.extra.get("entities", ())}
    arguments = [local(item) for event in sentence.events or () for item in event.arguments or ()]
    for place in sorted({*kinds, *arguments}):
        # An argument must be an entity mention there; rasd knows no type for it.
        entity_type = kinds.get(place, "ARGUMENT")
        ref = f"{sentence_id}-E{len(entities)}"
        entities[place] = {"id": ref, "entity_type": entity_type} | mention(*place)
        if keys.sentence_id == "sent_id":
            entities[place] |= {"mention_type": "UNK", "entity_subtype": entity_type}
    events: list[dict[str, Any]] = []
    num: Counter[str] = Counter()
    for event in sentence.events or ():
        if event.trigger is None:
            num[event.type] += 1
            continue
        items = []
        for argument in event.arguments or ():
            place = local(argument)
            item = {"entity_id": entities[place]["id"], "role": argument.role, "text": argument.text}
            items.append(item | (mention(*place) if keys.has_argument_offsets else {}))
        record = {"id": f"{sentence_id}-EV{len(events)}", "event_type": event.type}
        record |= {"trigger": mention(*local(event.trigger)), "arguments": items}
        events.append(record | ({} if event.realis is None else {"realis": event.realis}))
    for event_type, count in num.items():
        reason = f"{count} {event_type} without trigger, which the format needs"
        faults.append(Fault(path=path, place=sentence_id, kind="event without trigger", reason=reason, action=LEFT_OUT))
    return {
        "doc_id": str(sentence.extra.get("doc_id", sentence_id)),
        keys.sentence_id: sentence_id,
        keys.text: sentence.text,
        "lang": "ar",
        "tokens": [sentence.text[start:end] for start, end in spans],
        "entity_mentions": list(entities.values()),
        "relation_mentions": [],
        "event_mentions": events,
    }


def note_unannotated(sentences: Sequence[Sentence], path: str) -> list[Fault]:
    """Return a fault where sentences that were not annotated will read as sentences without events."""
    count = sum(sentence.events is None for sentence in sentences)
    if not count:
        return []
    reason = f"{count} sentences are not annotated, which the format cannot say; they are not written"
    return [Fault(path=path, place="1", kind="sentences not annotated", reason=reason, action=LEFT_OUT, count=count)]


def _get(mention: Any, key: str) -> Any:
    return mention.get(key) if isinstance(mention, Mapping) else None

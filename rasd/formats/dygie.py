"""DyGIE++'s data: a JSON object a document, sentences as lists of tokens, offsets into the document's tokens.

An event is `[[token, type], [start, end, role], ...]`, `end` included; predictions have a logit and a probability after
each. There is no text, so the tokens with spaces between are the text. Form: `doc/data.md` of DyGIE++ and its fixtures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rasd.errors import ReadError
from rasd.events import Sentence
from rasd.formats.documents import ReadOptions, SourceDocument, SourceEvent, make_sentences, note_layers
from rasd.formats.faults import LEFT_OUT, Fault
from rasd.formats.tokens import join_tokens, read_each


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of every document of a file."""
    return read_each(path, lambda raw, place: _read_document(raw, str(path), place))


def _read_document(raw: dict[str, Any], path: str, place: str) -> Iterator[Sentence | Fault]:
    """Yield the sentences of a document.

    Raises:
        ReadError: If its sentences are not lists of tokens, or there are not as many lists of events.
    """
    sentences = raw.get("sentences")
    if not isinstance(sentences, list) or not all(
        isinstance(tokens, list) and tokens and all(isinstance(token, str) and token for token in tokens)
        for tokens in sentences
    ):
        raise ReadError(f"'sentences' must be lists of words, got {sentences!r:.60}")
    layers = {}
    for name in ("ner", "events"):
        layers[name] = raw.get(name, raw.get(f"predicted_{name}"))
        if layers[name] is not None and (not isinstance(layers[name], list) or len(layers[name]) != len(sentences)):
            raise ReadError(f"{name!r} must be a list for each of the {len(sentences)} sentences")
    relations = raw.get("relations") or raw.get("predicted_relations") or []
    counts = {"relations": sum(map(len, relations)), "clusters": len(raw.get("clusters") or ())}
    yield from note_layers(path, place, counts | {"event clusters": len(raw.get("event_clusters") or ())})
    doc_id, offset = str(raw.get("doc_key") or f"{Path(path).stem}-{place}"), 0
    for i, tokens in enumerate(sentences):
        text, spans = join_tokens(tokens)
        where = f"{place}, sentence {i + 1}"
        faults: list[Fault] = []
        events = None
        if layers["events"] is not None:
            made = (_make_event(item, spans, offset, path, where, faults) for item in layers["events"][i])
            events = tuple(event for event in made if event is not None)
        entities = []
        for mention in (layers["ner"] or [[]] * len(sentences))[i]:
            span = _span(mention, spans, offset, path, where, faults)
            if span is not None:
                entities.append((span[0], *span[1]))
        yield from faults
        document = SourceDocument(
            path=path,
            id=f"{doc_id}-{i + 1}",
            text=text,
            events=events,
            entities=tuple(entities),
            extra={"doc_id": doc_id},
            place=where,
        )
        yield from make_sentences(document, ReadOptions(is_whole=True))
        offset += len(tokens)


def _make_event(
    raw: Any, spans: list[tuple[int, int]], offset: int, path: str, place: str, faults: list[Fault]
) -> SourceEvent | None:
    """Build an event; None and a fault where it has no sound trigger."""
    if not isinstance(raw, list) or not raw:
        reason = f"expected [[token, type], [start, end, role], ...], got {raw!r:.60}"
        faults.append(Fault(path=path, place=place, kind="broken event", reason=reason, action=LEFT_OUT))
        return None
    head, *rest = raw
    # A trigger is one token; two numbers before the type are a first and a last one.
    if isinstance(head, list) and len(head) > 1 and isinstance(head[1], str):
        head = [head[0], *head]
    trigger = _span(head, spans, offset, path, place, faults)
    if trigger is None:
        return None
    arguments = [_span(item, spans, offset, path, place, faults) for item in rest]
    return SourceEvent(
        type=trigger[0],
        place=place,
        trigger=trigger[1],
        arguments=tuple((item[0], *item[1]) for item in arguments if item is not None),
    )


def _span(
    raw: Any, spans: list[tuple[int, int]], offset: int, path: str, place: str, faults: list[Fault]
) -> tuple[str, tuple[int, int]] | None:
    """Return (label, characters) of `[start, end, label, ...]`, tokens of the document, `end` included."""
    if isinstance(raw, list) and len(raw) > 2 and type(raw[0]) is type(raw[1]) is int and isinstance(raw[2], str):
        start, end = raw[0] - offset, raw[1] - offset
        if 0 <= start <= end < len(spans):
            return raw[2], (spans[start][0], spans[end][1])
        reason = f"{raw[2]} has tokens {raw[0]}-{raw[1]}, but the sentence has {offset}-{offset + len(spans) - 1}"
    else:
        reason = f"expected [start, end, label], got {raw!r:.60}"
    faults.append(Fault(path=path, place=place, kind="span that cannot be placed", reason=reason, action=LEFT_OUT))
    return None

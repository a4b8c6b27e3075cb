"""Doccano's JSONL export, of its three kinds of text projects.

    {"id": 7, "text": ..., "entities": [{"id": 1, "label": "Attack", "start_offset": 0, "end_offset": 4}, ...],
     "relations": [{"id": 1, "from_id": 1, "to_id": 2, "type": "Agent"}], "Comments": []}    with relations; written
    {"id": 7, "text": ..., "label": [[0, 4, "Attack"]], "Comments": []}                      without relations
    {"id": 7, "text": ..., "label": ["Attack"], "Comments": []}                              labels of the whole text

No words are quoted, so offsets cannot be checked; those after an emoji that cut a word are left out and listed. Realis
has no place. Further fields, such as the "sentence_id" that is written, Doccano keeps. Form: the export code of
Doccano.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rasd.errors import ReadError
from rasd.events import Sentence
from rasd.formats.documents import ReadOptions, SourceDocument, SourceEvent, make_sentences, note_layers
from rasd.formats.faults import LEFT_OUT, Fault
from rasd.formats.regions import ARGUMENT, Link, Markings, Region, mark_regions
from rasd.formats.tokens import read_each


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of an export."""

    def build(record: dict[str, Any], place: str) -> Iterator[Sentence | Fault]:
        document, faults = _read_record(record, str(path), place)
        yield from faults
        yield from make_sentences(document, options)

    return read_each(path, build)


def render(sentences: Sequence[Sentence], path: str) -> tuple[dict[str, str], list[Fault]]:
    """Return lines to import into a project with relations, and what they cannot hold."""
    lines: list[str] = []
    faults: list[Fault] = []
    ids = itertools.count(1)
    for i, sentence in enumerate(sentences, 1):
        record: dict[str, Any] = {"id": i, "text": sentence.text}
        record |= {} if sentence.id is None else {"sentence_id": sentence.id}
        if sentence.events is not None:
            regions, links, bare = mark_regions(sentence, (str(number) for number in ids))
            used = {link.target for link in links}
            lone = [item for item in regions if item.kind == "argument" and item.id not in used]
            record["entities"] = [
                {"id": int(item.id), "label": item.label, "start_offset": item.start, "end_offset": item.end}
                for item in regions
                if item not in lone
            ]
            record["relations"] = [
                {"id": next(ids), "from_id": int(link.source), "to_id": int(link.target), "type": link.role}
                for link in links
            ]
            lost = {
                "events without trigger": len(bare),
                "realis values": sum(item.realis is not None for item in regions),
                "entities that would read as events": len(lone),
            }
            place = sentence.id or str(i)
            faults += [
                Fault(
                    path=path,
                    place=place,
                    kind=kind,
                    reason=f"{num} {kind}: no place for them",
                    action=LEFT_OUT,
                    count=num,
                )
                for kind, num in lost.items()
                if num
            ]
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return {"": "".join(lines)}, faults


def _read_record(record: Mapping[str, Any], path: str, place: str) -> tuple[SourceDocument, list[Fault]]:
    """Build a document from a line.

    Raises:
        ReadError: If it has no text.
    """
    text = record.get("text", record.get("data"))
    if not isinstance(text, str):
        raise ReadError(f"'text' must be text, got the keys {', '.join(record) or 'none'}")
    markings = Markings(path=path, place=place, text=text)
    comments = record.get("Comments") or record.get("comments") or ()
    markings.faults += note_layers(path, place, {"comments": len(comments)})
    events: tuple[SourceEvent, ...] | None = None
    entities: tuple[tuple[str, int, int], ...] = ()
    if isinstance(record.get("entities"), list):
        regions = list(_read_entities(record, markings))
        events, entities = markings.make(regions, list(_read_relations(record, markings)))
    else:
        labels = record.get("label", record.get("labels"))
        if isinstance(labels, list):
            types = [label for label in labels if isinstance(label, str)]
            regions = list(_read_spans([label for label in labels if not isinstance(label, str)], markings))
            events, entities = markings.make(regions, None)
            events = (*events, *(SourceEvent(type=name, place=place) for name in types))
    document_id = str(record.get("sentence_id") or f"{Path(path).stem}-{record.get('id', place)}")
    return SourceDocument(
        path=path, id=document_id, text=text, events=events, entities=entities, place=place
    ), markings.faults


def _read_entities(record: Mapping[str, Any], markings: Markings) -> Iterator[Region]:
    for item in record["entities"]:
        try:
            ref, start, end, label = str(item["id"]), item["start_offset"], item["end_offset"], item["label"]
        except (KeyError, TypeError):
            start = end = label = None
        if type(start) is int and type(end) is int and isinstance(label, str):
            kind = "argument" if label == ARGUMENT else ""
            yield Region(id=ref, start=start, end=end, label=label, kind=kind)
        else:
            reason = f"expected an entity with 'id', 'label', 'start_offset' and 'end_offset', got {item!r:.80}"
            markings.add_fault("span that cannot be placed", reason, LEFT_OUT)


def _read_relations(record: Mapping[str, Any], markings: Markings) -> Iterator[Link]:
    for item in record.get("relations") or ():
        try:
            yield Link(source=str(item["from_id"]), target=str(item["to_id"]), role=str(item["type"]))
        except (KeyError, TypeError):
            reason = f"expected a relation with 'from_id', 'to_id' and 'type', got {item!r:.80}"
            markings.add_fault("relation without role", reason, LEFT_OUT)


def _read_spans(labels: Sequence[Any], markings: Markings) -> Iterator[Region]:
    for i, item in enumerate(labels):
        if isinstance(item, list) and len(item) == 3 and type(item[0]) is type(item[1]) is int:
            yield Region(id=str(i), start=item[0], end=item[1], label=str(item[2]))
        else:
            reason = f"expected [start, end, label], got {item!r:.60}"
            markings.add_fault("span that cannot be placed", reason, LEFT_OUT)

"""Doccano's JSONL export, of its three kinds of text projects.

    {"id": 7, "text": ..., "entities": [{"id": 1, "label": "Attack", "start_offset": 0, "end_offset": 4}, ...],
     "relations": [{"id": 1, "from_id": 1, "to_id": 2, "type": "Agent"}], "Comments": []}    with relations; written
    {"id": 7, "text": ..., "label": [[0, 4, "Attack"]], "Comments": []}                      without relations
    {"id": 7, "text": ..., "label": ["Attack"], "Comments": []}                              labels of the whole text

No words are quoted, so offsets cannot be checked. Doccano counts UTF-16 units (its first versions code points), and so
do offsets that are written; `"offsets": "UTF-16 units"` beside them says so where it makes a difference. In other files
it is told by the texts whose spans hold whole words in one count alone; where none tells, spans after an emoji that may
be counted either way are left out and listed. Realis has no place. Further fields, such as the "sentence_id" that is
written, Doccano keeps. Form: the export code of Doccano, its issues on emoji.
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
from rasd.formats.placing import UTF16, count_utf16, guess_count
from rasd.formats.regions import ARGUMENT, Link, Markings, Region, mark_regions
from rasd.formats.tokens import read_each, read_records


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of an export."""
    count = _find_count(path)

    def build(record: dict[str, Any], place: str) -> Iterator[Sentence | Fault]:
        document, faults = _read_record(record, str(path), place, count)
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
            if count_utf16(sentence.text, len(sentence.text)) > len(sentence.text):
                record["offsets"] = UTF16
            used = {link.target for link in links}
            lone = [item for item in regions if item.kind == "argument" and item.id not in used]
            record["entities"] = [
                {"id": int(item.id), "label": item.label}
                | {
                    "start_offset": count_utf16(sentence.text, item.start),
                    "end_offset": count_utf16(sentence.text, item.end),
                }
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


def _find_count(path: Path) -> str | None:
    """Return what the offsets of a file count, by the texts that tell; None where none does, or two disagree."""
    told = set()
    for item in read_records(path):
        if isinstance(item, Fault) or not isinstance(item[1].get("text"), str) or "offsets" in item[1]:
            continue
        told.add(guess_count(item[1]["text"], _list_offsets(item[1])))
    told.discard(None)
    return told.pop() if len(told) == 1 else None


def _list_offsets(record: Mapping[str, Any]) -> list[tuple[int, int]]:
    """Return the offsets of a line; what is not in form is no sign of anything."""
    spans = [
        (item.get("start_offset"), item.get("end_offset")) if isinstance(item, dict) else tuple(item[:2])
        for key in ("entities", "label", "labels")
        if isinstance(record.get(key), list)
        for item in record[key]
        if isinstance(item, (dict, list))
    ]
    return [span for span in spans if len(span) == 2 and type(span[0]) is type(span[1]) is int]


def _read_record(
    record: Mapping[str, Any], path: str, place: str, count: str | None
) -> tuple[SourceDocument, list[Fault]]:
    """Build a document from a line.

    Args:
        record: The line.
        path: Its file.
        place: Where it stands there.
        count: What the offsets of the file count, where that is known.

    Raises:
        ReadError: If it has no text.
    """
    text = record.get("text", record.get("data"))
    if not isinstance(text, str):
        raise ReadError(f"'text' must be text, got the keys {', '.join(record) or 'none'}")
    is_told = record.get("offsets") == UTF16
    count = UTF16 if is_told else count or guess_count(text, _list_offsets(record))
    markings = Markings(path=path, place=place, text=text, count=count, is_count_told=is_told)
    comments = record.get("Comments") or record.get("comments") or ()
    markings.faults += note_layers(path, place, {"comments": len(comments)})
    events: tuple[SourceEvent, ...] | None = None
    entities: tuple[tuple[str, int, int], ...] = ()
    for key in ("entities", "label", "labels"):
        if not isinstance(record.get(key), (list, type(None))):
            raise ReadError(f"{key!r} must be a list, got {record[key]!r:.60}")
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

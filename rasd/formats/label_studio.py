"""Label Studio's JSON export: a list of tasks, each a text with its annotations.

A task is `{"id": 1, "data": {"text": ...}, "annotations": [{"result": [...]}]}`. Of the results, `labels` with `value`
(`start`, `end`, `text`, `labels`) are regions, `relation` (`from_id`, `to_id`, `direction`, `labels`) relations, and
`choices` of a region its realis, or, of the whole text, event types. What is written is marked with the controls
"trigger", "argument" and "realis", so that it reads back as it was; docs/formats.md has the labelling configuration.

Label Studio counts the offsets of a text in UTF-16 units, by versions also in code points; the quoted words decide.
Form: Label Studio's documentation of tasks and results, and exports shown in its issues.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rasd.errors import ReadError
from rasd.events import Sentence
from rasd.formats.documents import ReadOptions, SourceDocument, SourceEvent, make_sentences, note_layers
from rasd.formats.faults import LEFT_OUT, NOTED, Fault
from rasd.formats.regions import Link, Markings, Region, mark_regions
from rasd.formats.tokens import read_each

_TWIN = "\0/"  # between the id of a region and the number of a further label


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of the tasks of an export."""

    def build(record: dict[str, Any], place: str) -> Iterator[Sentence | Fault]:
        document, faults = _read_task(record, str(path), place)
        yield from faults
        yield from make_sentences(document, options)

    return read_each(path, build)


def render(sentences: Sequence[Sentence], path: str) -> tuple[dict[str, str], list[Fault]]:
    """Return a list of tasks to import; the format holds everything but pieces of spans with gaps."""
    tasks = []
    for i, sentence in enumerate(sentences, 1):
        data = {"text": sentence.text} | ({} if sentence.id is None else {"sentence_id": sentence.id})
        task: dict[str, Any] = {"id": i, "data": data}
        if sentence.events is not None:
            task["annotations"] = [{"result": _render_result(sentence, i)}]
        tasks.append(task)
    return {"": json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"}, []


def _read_task(task: Mapping[str, Any], path: str, place: str) -> tuple[SourceDocument, list[Fault]]:
    """Build a document from a task.

    Raises:
        ReadError: If it has no text, or more than one.
    """
    data = task.get("data")
    if not isinstance(data, dict):
        raise ReadError(
            f"expected a task with 'data' and 'annotations', got the keys {', '.join(task) or 'none'}; "
            "export as JSON, not as JSON-MIN, which has no relations"
        )
    annotations = [item for item in task.get("annotations") or () if isinstance(item, dict)]
    num_bare = len(task.get("annotations") or ()) - len(annotations)
    kept = [item for item in annotations if not item.get("was_cancelled") and not item.get("skipped")]
    text = _find_text(data, kept)
    markings = Markings(path=path, place=place, text=text)
    if num_bare or task.get("completions"):
        reason = f"{num_bare} annotations that are no objects" if num_bare else "'completions' of an old version"
        markings.add_fault("broken annotation", f"{reason}; export the project as JSON, not as JSON-MIN", LEFT_OUT)
    layers = {"cancelled annotations": len(annotations) - len(kept), "predictions": len(task.get("predictions") or ())}
    markings.faults += note_layers(path, place, layers)
    if len(kept) > 1:
        kept.sort(key=lambda item: str(item.get("updated_at") or item.get("created_at") or ""))
        reason = f"{len(kept)} annotations of one task; the latest (id {kept[-1].get('id')!r}) is taken"
        markings.add_fault("further annotations of a task", reason, NOTED)
    events, entities = _read_result(kept[-1].get("result") or [], markings) if kept else (None, ())
    task_id = data.get("sentence_id") or f"{Path(path).stem}-{task.get('id', place)}"
    document = SourceDocument(path=path, id=str(task_id), text=text, events=events, entities=entities, place=place)
    return document, markings.faults


def _find_text(data: Mapping[str, Any], annotations: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of a task: "text", or the only text it has that is no id.

    Raises:
        ReadError: If that does not decide.
    """
    if isinstance(data.get("text"), str):
        return data["text"]
    texts = {key: value for key, value in data.items() if isinstance(value, str)}
    if len(texts) == 1:
        text = next(iter(texts.values()))
        if not re.fullmatch(r"(https?:/|s3:/|gs:/)?/\S+", text):
            return text
        raise ReadError(f"the task has the address {text!r:.60} and no text; rasd reads texts alone")
    raise ReadError(f"'data' must have 'text', got the keys {', '.join(data) or 'none'}")


def _read_result(
    results: Sequence[Any], markings: Markings
) -> tuple[tuple[SourceEvent, ...], tuple[tuple[str, int, int], ...]]:
    """Sort the results of an annotation by what they are."""
    regions: list[Region] = []
    links: list[Link] = []
    types: list[str] = []
    sound = [item for item in results if isinstance(item, dict) and isinstance(item.get("type"), str)]
    ids = {item.get("id") for item in sound if item["type"] in ("labels", "hypertextlabels")} - {None}
    choices = {
        item["id"]: item["value"]["choices"] for item in sound if item.get("id") in ids and _has(item, "choices")
    }
    for i, item in enumerate(results):
        if item not in sound:
            markings.add_fault("broken result", f"expected an object with 'type', got {item!r:.60}", LEFT_OUT)
        elif item["type"] in ("labels", "hypertextlabels"):
            regions += _read_region(item, f"\0{i}" if item.get("id") is None else str(item["id"]), choices, markings)
        elif item["type"] == "relation":
            links += _read_relation(item, markings)
        elif item["type"] == "choices" and _has(item, "choices"):
            types += item["value"]["choices"] if item.get("id") not in ids else []
        else:
            markings.add_fault(f"result of type {item['type']}", f"a result of type {item['type']!r}", NOTED)
    events, entities = markings.make(_mark_twins(regions, links), links)
    return (*events, *(SourceEvent(type=name, place=markings.place) for name in types)), entities


def _has(item: Mapping[str, Any], key: str) -> bool:
    value = item.get("value")
    return isinstance(value, dict) and isinstance(value.get(key), list) and all(map(_is_text, value[key]))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _mark_twins(regions: Sequence[Region], links: Sequence[Link]) -> list[Region]:
    """Return regions, of which the further labels of an argument are arguments too and no triggers."""
    targets = {link.target for link in links} - {link.source for link in links}
    return [
        replace(region, kind="argument") if region.id.rpartition(_TWIN)[0] in targets else region for region in regions
    ]


def _read_region(
    item: Mapping[str, Any], ref: str, choices: Mapping[Any, list[str]], markings: Markings
) -> Iterator[Region]:
    """Yield a region for each of its labels; further ones get ids of their own, to which no relation leads."""
    value = item.get("value")
    key = item["type"]
    if not _has(item, key) or type(value.get("start")) is not int or type(value.get("end")) is not int:
        reason = f"expected 'value' with 'start', 'end' and {key!r}, got {value!r:.80}"
        markings.add_fault("span that cannot be placed", reason, LEFT_OUT)
        return
    if not value[key]:
        reason = f"the region {value['start']}-{value['end']} has no label"
        markings.add_fault("region without label", reason, LEFT_OUT)
    words = value.get("text")
    for i, label in enumerate(value[key]):
        yield Region(
            id=f"{ref}{_TWIN}{i}" if i else ref,
            start=value["start"],
            end=value["end"],
            label=label,
            words=words if isinstance(words, str) else None,
            kind=item["from_name"] if item.get("from_name") in ("trigger", "argument") else "",
            realis=next(iter(choices.get(item.get("id"), [])), None),
        )


def _read_relation(item: Mapping[str, Any], markings: Markings) -> Iterator[Link]:
    """Yield a link for each label of a relation; without a label it says no role."""
    source, target = str(item.get("from_id")), str(item.get("to_id"))
    if item.get("direction") == "left":
        source, target = target, source
    labels = [label for label in item.get("labels") or () if isinstance(label, str)]
    if not labels:
        markings.add_fault("relation without role", f"the relation from {source} to {target} has no label", LEFT_OUT)
    for label in labels:
        yield Link(source=source, target=target, role=label)


def _render_result(sentence: Sentence, number: int) -> list[dict[str, Any]]:
    """Return the results that a sentence's events become."""
    regions, links, bare = mark_regions(sentence, (f"r{number}_{i}" for i in itertools.count(1)))
    results: list[dict[str, Any]] = []
    for region in regions:
        shared = {"id": region.id, "to_name": "text"}
        value = {"start": region.start, "end": region.end, "text": region.words}
        labels = value | {"labels": [region.label]}
        results.append(shared | {"from_name": region.kind, "type": "labels", "value": labels})
        if region.realis is not None:
            choice = value | {"choices": [region.realis]}
            results.append(shared | {"from_name": "realis", "type": "choices", "value": choice})
    for link in links:
        relation = {"from_id": link.source, "to_id": link.target, "type": "relation", "direction": "right"}
        results.append(relation | {"labels": [link.role]})
    if bare:
        value = {"choices": bare}
        shared = {"id": f"r{number}_types", "from_name": "types", "to_name": "text"}
        results.append(shared | {"type": "choices", "value": value})
    return results

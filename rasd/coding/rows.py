"""One row for each event: where it stands, who and what is told of it, and the code that a view gives it.

Offsets are those of the document's text, in code points. What may stand several times in an event, such as its actors,
is a list, in text order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rasd.coding.rules import COLUMNS, Code
from rasd.coding.view import Coding, View
from rasd.events import Argument, Document, Event, Sentence

_PLACES = (
    "document",
    "date",
    "sentence",
    "sentence_start",
    "sentence_end",
    "text",
    "event_id",
    "type",
    "realis",
    "score",
    "trigger",
    "trigger_start",
    "trigger_end",
)
_MAPPING = ("candidates", "fit", "rule", "note", "view")
INCIDENT_COLUMNS = ("incident", "reports")
# Fields of a code that say something of the code book and nothing of the event.
_INNER_FIELDS = ("needs_target",)


def list_columns(view: View, *, is_grouped: bool = False) -> list[str]:
    """Return the names of the columns of a view's table, in order."""
    columns = [*_PLACES, *COLUMNS, "counts", *view.levels, *list_fields(view), *_MAPPING, "arguments"]
    columns = [view.columns.get(name, name) for name in columns]
    if is_grouped:
        columns += [*INCIDENT_COLUMNS, *(f"incident_{level}" for level in view.levels)]
    return columns


def list_fields(view: View) -> list[str]:
    """Return what the code list says of codes beside their names."""
    return [name for name in dict.fromkeys(key for fields in view.codes.values() for key in fields) if _is_shown(name)]


def make_rows(document: Document, view: View, *, number: int) -> Iterator[dict[str, Any]]:
    """Yield a row for each event of a document.

    Args:
        document: Predictions, or gold sentences each as a document.
        view: Whose codes the rows have.
        number: Of the document in its file, for one that has no id.

    Raises:
        OntologyError: If an event is not of the view's ontology.
    """
    name = document.id if document.id is not None else f"document-{number}"
    index, columns = 0, list_columns(view)
    for position, sentence in enumerate(document.sentences, 1):
        siblings = sentence.events or ()
        for event in siblings:
            index += 1
            row = _place(document, name, sentence, position) | {"event_id": f"{name}#{index}"}
            row |= _describe(event, view, view.apply(event, siblings))
            yield {column: row[column] for column in columns}


def find_counts(event: Event) -> list[dict[str, str]]:
    """Return each quantity of an event with what it counts.

    A Count lies within the filler that it counts («قرابة أربعين راكباً»), or stands right before it, or right before the
    trigger («تسعة جرحى»). Elsewhere it counts the trigger where nobody and nothing else is told that it could count
    («قُتل ثلاثة»), and otherwise `of` is empty.
    """
    fillers = [item for item in event.arguments or () if item.role != "Count"]
    counts = [item for item in event.arguments or () if item.role == "Count"]
    return [{"count": item.text, **_counted(item, fillers, event)} for item in counts]


def part_code(code: Code, view: View) -> dict[str, str | None]:
    """Return the parts of a code by the names of their levels; None where the code has none."""
    return {level: code[i] if i < len(code) else None for i, level in enumerate(view.levels)}


def _counted(count: Argument, fillers: Sequence[Argument], event: Event) -> dict[str, str]:
    holding = [item for item in fillers if item.start <= count.start and count.end <= item.end]
    if holding:
        nearest = min(holding, key=lambda item: item.end - item.start)
        return {"role": nearest.role, "of": nearest.text}
    trigger = event.trigger
    if trigger is not None and trigger.start - 1 <= count.end <= trigger.start:
        return {"role": "trigger", "of": trigger.text}
    for item in fillers:
        if item.role in ("Target", "Item", "Agent", "Instrument") and item.start - 1 <= count.end <= item.start:
            return {"role": item.role, "of": item.text}
    if trigger is not None and not any(item.role in ("Target", "Item") for item in fillers):
        return {"role": "trigger", "of": trigger.text}
    return {"role": "", "of": ""}


def _place(document: Document, name: str, sentence: Sentence, position: int) -> dict[str, Any]:
    date = document.meta.get("date")
    return {
        "document": name,
        "date": None if date is None else str(date),
        "sentence": position,
        "sentence_start": sentence.start,
        "sentence_end": sentence.end,
        "text": sentence.text,
    }


def _describe(event: Event, view: View, coding: Coding) -> dict[str, Any]:
    """Return the part of a row that is the event's own."""
    fillers = {column: _texts(event, role) for column, role in COLUMNS.items()}
    notes = [coding.rule.note] if coding.rule.note else []
    if event.type in view.parties:
        notes += _place_parties(fillers, view)
    if coding.code or coding.rule.candidates:
        notes += _find_lacks(fillers, view, needs_target=coding.fields.get("needs_target", False))
    trigger, roles = event.trigger, view.roles.get(coding.code, {})
    row: dict[str, Any] = {
        "type": event.type,
        "realis": event.realis,
        "score": event.score,
        "trigger": None if trigger is None else trigger.text,
        "trigger_start": None if trigger is None else trigger.start,
        "trigger_end": None if trigger is None else trigger.end,
        "counts": find_counts(event),
        "candidates": [" / ".join(code) for code in coding.rule.candidates],
        "fit": coding.rule.fit,
        "rule": coding.rule.id,
        "note": " ".join(notes),
        "view": f"{view.name} {view.version}",
        "arguments": [
            {**item.to_dict(), **({"as": roles[item.role]} if item.role in roles else {})}
            for item in event.arguments or ()
        ],
    }
    row |= fillers | part_code(coding.code, view)
    row |= {name: coding.fields.get(name) for name in list_fields(view)}
    return {view.columns.get(name, name): value for name, value in row.items()}


def _place_parties(fillers: dict[str, list[str]], view: View) -> list[str]:
    """Put the parties of an event without direction where the view wants them; return what could not be done."""
    actors, targets = fillers["actor"], fillers["target"]
    if not view.is_split:
        fillers["actor"], fillers["target"] = actors + targets, []
    elif not targets and len(actors) == 2:
        fillers["actor"], fillers["target"] = actors[:1], actors[1:]
    elif not targets and len(actors) > 2:
        return ["Which of the parties stand together is not told."]
    return []


def _find_lacks(fillers: dict[str, list[str]], view: View, *, needs_target: bool) -> list[str]:
    """Return what the code book wants told otherwise than it is."""
    needed = [*view.needs, *(["target"] if needs_target else [])]
    lacking = [view.columns.get(name, name) for name in needed if not _is_told(name, fillers)]
    several = [name for name in view.single if len(fillers[name]) > 1]
    return [f"{name} is required and not told." for name in lacking] + [
        f"Several are told where the code book has one {name}." for name in several
    ]


def _is_told(column: str, fillers: dict[str, list[str]]) -> bool:
    """Whether a column is filled; a movement has its places at its ends."""
    columns = ("place", "origin", "destination") if column == "place" else (column,)
    return any(fillers[name] for name in columns)


def _texts(event: Event, role: str) -> list[str]:
    """Return the different fillers of a role, in text order."""
    found = sorted((item for item in event.arguments or () if item.role == role), key=lambda item: item.start)
    return list(dict.fromkeys(" ".join(item.text.split()) for item in found))


def _is_shown(field: str) -> bool:
    return field not in _INNER_FIELDS

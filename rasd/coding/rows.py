"""One row for each event: where it stands, who and what is told of it, and the code that a view gives it.

Offsets are those of the document's text, in code points. What may stand several times in an event, such as its actors,
is a list, in text order. Columns show arguments in their readable form; the exact quotes with their offsets stand in
`arguments`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rasd.coding.rules import COLUMNS, Code
from rasd.coding.value_cells import VALUE_COLUMNS, find_fillers, list_spans, make_cells, read_form
from rasd.coding.view import Coding, View
from rasd.coding.words import begins_as_place
from rasd.events import Argument, Document, Event, Sentence, Span

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


def list_columns(view: View, *, is_valued: bool = False, is_grouped: bool = False) -> list[str]:
    """Return the names of the columns of a view's table, in order; with those of values and of incidents."""
    values = VALUE_COLUMNS if is_valued else ()
    columns = [*_PLACES, *COLUMNS, "counts", *values, *view.levels, *list_fields(view), *_MAPPING, "arguments"]
    columns = [view.columns.get(name, name) for name in columns]
    if is_grouped:
        columns += [*INCIDENT_COLUMNS, *(f"incident_{level}" for level in view.levels)]
    return columns


def list_fields(view: View) -> list[str]:
    """Return what the code list says of codes beside their names."""
    return [name for name in dict.fromkeys(key for fields in view.codes.values() for key in fields) if _is_shown(name)]


def make_rows(document: Document, view: View, *, number: int, is_valued: bool = False) -> Iterator[dict[str, Any]]:
    """Yield a row for each event of a document.

    Args:
        document: Predictions, or gold sentences each as a document.
        view: Whose codes the rows have.
        number: Of the document in its file, for one that has no id.
        is_valued: Whether rows have the columns of values.

    Raises:
        OntologyError: If an event is not of the view's ontology.
    """
    name = document.id if document.id is not None else f"document-{number}"
    index, columns = 0, list_columns(view, is_valued=is_valued)
    for position, sentence in enumerate(document.sentences, 1):
        siblings = sentence.events or ()
        for event in siblings:
            index += 1
            row = _place(document, name, sentence, position) | {"event_id": f"{name}#{index}"}
            row |= _describe(event, view, view.apply(event, siblings), document.text, is_valued=is_valued)
            yield {column: row[column] for column in columns}


def find_counts(event: Event, text: str) -> list[tuple[Span, dict[str, str]]]:
    """Return each quantity of an event, with how it reads and what it counts.

    A Count lies within the filler that it counts («قرابة أربعين راكباً»), or stands right before it, or right before the
    trigger («تسعة جرحى»). Elsewhere it counts the trigger where it alone is left and nobody and nothing else is told
    that it could count («قُتل ثلاثة»), and otherwise `of` is empty. What carries a number as its value and holds no
    Count, such as the dual «قتيلان», counts itself.

    Args:
        event: Any event.
        text: The text of its document.
    """
    fillers = [item for item in event.arguments or () if item.role != "Count"]
    counts = [item for item in event.arguments or () if item.role == "Count"]
    found: list[tuple[Span, dict[str, str]]] = []
    beside = {id(item): _find_counted(item, fillers, event.trigger) for item in counts}
    rest = [item for item in counts if beside[id(item)] is None]
    is_of_trigger = len(rest) == 1 and not any(item.role in ("Target", "Item") for item in fillers)
    for item in counts:
        span = beside[id(item)] or (event.trigger if is_of_trigger else None)
        found.append((item, _quantity(item, span, text)))
    for span in list_spans(event):
        number = (span.values or {}).get("number", {"unresolved": ""})
        is_told = any(span.start < item.end and item.start < span.end for item, _ in found)
        if "unresolved" not in number and not is_told:
            found.append((span, _quantity(span, span, text)))
    return sorted(found, key=lambda pair: pair[0].start)


def part_code(code: Code, view: View) -> dict[str, str | None]:
    """Return the parts of a code by the names of their levels; None where the code has none."""
    return {level: code[i] if i < len(code) else None for i, level in enumerate(view.levels)}


def _quantity(count: Span, counted: Span | None, text: str) -> dict[str, str]:
    if counted is None:
        return {"count": read_form(count, text), "role": "", "of": ""}
    role = counted.role if isinstance(counted, Argument) else "trigger"
    return {"count": read_form(count, text), "role": role, "of": read_form(counted, text)}


def _find_counted(count: Argument, fillers: Sequence[Argument], trigger: Span | None) -> Span | None:
    """Return the filler or trigger that a Count lies in or stands right before."""
    holding = [item for item in fillers if item.start <= count.start and count.end <= item.end]
    if holding:
        return min(holding, key=lambda item: item.end - item.start)
    followers = [item for item in fillers if item.role in ("Target", "Item", "Agent", "Instrument")]
    nearby = [*([] if trigger is None else [trigger]), *followers]
    return next((item for item in nearby if item.start - 1 <= count.end <= item.start), None)


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


def _describe(event: Event, view: View, coding: Coding, text: str, *, is_valued: bool) -> dict[str, Any]:
    """Return the part of a row that is the event's own."""
    fillers = {column: list(find_fillers(event, role, text)) for column, role in COLUMNS.items()}
    counts = find_counts(event, text)
    notes = [coding.rule.note] if coding.rule.note else []
    if event.type in view.parties:
        notes += _place_parties(fillers, view)
    if coding.code or coding.rule.candidates:
        both = [text for text in fillers["actor"] if text in fillers["target"]]
        notes += [f"Told as both actor and target: {', '.join(both)}."] if both else []
        notes += _find_places(fillers["target"], view)
        notes += _find_lacks(fillers, view, needs_target=coding.fields.get("needs_target", False))
    trigger, roles = event.trigger, view.roles.get(coding.code, {})
    row: dict[str, Any] = {
        "type": event.type,
        "realis": event.realis,
        "score": event.score,
        "trigger": None if trigger is None else trigger.text,
        "trigger_start": None if trigger is None else trigger.start,
        "trigger_end": None if trigger is None else trigger.end,
        "counts": [count for _, count in counts],
        "candidates": [" / ".join(code) for code in coding.rule.candidates],
        "fit": coding.rule.fit,
        "rule": coding.rule.id,
        "note": " ".join(notes),
        "view": f"{view.name} {view.version}",
        "arguments": [_describe_argument(item, text, roles, is_valued=is_valued) for item in event.arguments or ()],
    }
    row |= make_cells(event, [span for span, _ in counts], text) if is_valued else {}
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


def _find_places(targets: Sequence[str], view: View) -> list[str]:
    """Return which targets are places rather than actors; ACE alone, which needs nothing, tells targets from actors."""
    places = [text for text in targets if begins_as_place(text)] if view.needs else []
    column = view.columns.get("target", "target")
    return [f"{column} is a place by its first word: {', '.join(places)}."] if places else []


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


def _describe_argument(argument: Argument, text: str, roles: Mapping[str, str], *, is_valued: bool) -> dict[str, Any]:
    """Return an argument with its exact quote and how it reads; its role in the code book where that has one."""
    record = argument.to_dict()
    values = record.pop("values", None)
    record["readable"] = read_form(argument, text)
    record |= {"as": roles[argument.role]} if argument.role in roles else {}
    return record | ({"values": values} if is_valued and values is not None else {})


def _is_shown(field: str) -> bool:
    return field not in _INNER_FIELDS

"""The readable forms and the values of an event's arguments, in columns beside those that quote them.

What a column such as `place` holds several times, its value columns hold as often, in the same order, or not at all
where none of it has a value. An event has one stretch of days, whatever the number of its times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasd.coding.when import merge_times
from rasd.events import Argument, Document, Event, Span
from rasd.text.readable import readable
from rasd.values.summary import flatten_values

_DAY_COLUMNS = ("time_start", "time_end", "time_granularity")
TIME_COLUMNS = (*_DAY_COLUMNS, "time_approximate")
COUNT_COLUMNS = {"count_min": "number_min", "count_max": "number_max", "count_approximate": "number_approximate"}
PLACE_COLUMNS = ("place_ids", "place_name", "place_country", "latitude", "longitude")
VALUE_COLUMNS = (*TIME_COLUMNS, *COUNT_COLUMNS, *PLACE_COLUMNS, "unresolved")
# Columns of numbers, several of which may stand in a cell.
NUMBER_LISTS = ("count_min", "count_max", "latitude", "longitude")
# Columns of yes or no.
TRUTHS = ("count_approximate", "time_approximate")
# Where a value was looked for and its absence is worth telling.
_READ_ROLES = ("Count", "Time", "Place", "Origin", "Destination")


def read_form(span: Span, text: str) -> str:
    """Return how a span of a document's text reads, as its values say or as `readable` does."""
    form = None if span.values is None else span.values.get("readable")
    return form or readable(text, span.start, span.end)


def find_fillers(event: Event, role: str, text: str) -> dict[str, Argument]:
    """Return the fillers of a role by their readable forms, in text order; of equal forms the first."""
    fillers: dict[str, Argument] = {}
    for item in sorted((item for item in event.arguments or () if item.role == role), key=lambda item: item.start):
        fillers.setdefault(read_form(item, text), item)
    return fillers


def has_values(document: Document) -> bool:
    """Whether any span of a document's events carries values."""
    return any(span.values is not None for event in document.events for span in list_spans(event))


def list_spans(event: Event) -> list[Span]:
    """Return the trigger and the arguments of an event."""
    return [*([] if event.trigger is None else [event.trigger]), *(event.arguments or ())]


def make_cells(event: Event, counts: Sequence[Span], text: str) -> dict[str, Any]:
    """Return the cells of `VALUE_COLUMNS`.

    Args:
        event: An event; what carries no values leaves its cells empty.
        counts: The spans of its quantities, in the order of the column `counts`.
        text: The text of its document.
    """
    times = [item.values["time"] for item in event.arguments or () if item.values and "time" in item.values]
    days = merge_times(times)
    cells: dict[str, Any] = dict.fromkeys(TIME_COLUMNS)
    if days is not None:
        ends = (None if day is None else day.isoformat() for day in days[:2])
        cells = dict(zip(_DAY_COLUMNS, (*ends, days.granularity), strict=True))
        cells["time_approximate"] = any("start" in time and time.get("approximate", False) for time in times)
    numbers = [{} if _is_share(span) else flatten_values(span.values) for span in counts]
    cells |= {name: _column(numbers, key) for name, key in COUNT_COLUMNS.items()}
    places = [flatten_values(item.values) for item in find_fillers(event, "Place", text).values()]
    cells |= {name: _column(places, name) for name in PLACE_COLUMNS}
    return cells | {"unresolved": _list_unresolved(event, text)}


def _column(records: Sequence[Mapping[str, Any]], key: str) -> list[Any]:
    """Return what records have under a key, nothing where none has it."""
    values = [record.get(key) for record in records]
    return values if any(value is not None for value in values) else []


def _is_share(span: Span) -> bool:
    """Whether a number is a share of a whole, which is no count."""
    return bool((span.values or {}).get("number", {}).get("share"))


def _list_unresolved(event: Event, text: str) -> list[str]:
    """Return what was looked at in vain, each with the reason."""
    found = []
    for item in sorted(event.arguments or (), key=lambda item: item.start):
        reason = flatten_values(item.values)["unresolved"]
        if reason is not None and item.role in _READ_ROLES:
            found.append(f"{read_form(item, text)}: {reason}")
    return list(dict.fromkeys(found))

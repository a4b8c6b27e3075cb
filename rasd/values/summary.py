"""Values on one line for people, and in columns for tables such as CSV."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

VALUE_COLUMNS = (
    "readable",
    "number_min",
    "number_max",
    "number_approximate",
    "time",
    "time_start",
    "time_end",
    "time_granularity",
    "time_approximate",
    "place_ids",
    "place_name",
    "place_country",
    "latitude",
    "longitude",
    "unresolved",
)
_CLOCK = re.compile("T[0-9]{2}:[0-9]{2}")


def check_values(values: Any) -> None:
    """Check that what a file has as the values of a span has their form, as far as anything here relies on it.

    Raises:
        ValueError: If it has not.
    """
    if not isinstance(values, Mapping):
        raise ValueError(f"'values' must be an object, got {values!r:.60}")
    if not isinstance(values.get("readable", ""), str):
        raise ValueError(f"'readable' must be text, got {values['readable']!r:.60}")
    for kind in ("number", "time", "place"):
        if not isinstance(values.get(kind, {}), Mapping):
            raise ValueError(f"{kind!r} of 'values' must be an object, got {values[kind]!r:.60}")
        if not isinstance(values.get(kind, {}).get("unresolved", ""), str):
            raise ValueError(f"'unresolved' of {kind!r} must be text, got {values[kind]['unresolved']!r:.60}")
    _check_numbers(values.get("number", {}), _ENDS)
    _check_time(values.get("time", {}))
    candidates = values.get("place", {}).get("candidates", [])
    if not isinstance(candidates, list) or not all(isinstance(item, Mapping) and "id" in item for item in candidates):
        raise ValueError(f"'candidates' of a place must be a list of objects with an 'id', got {candidates!r:.60}")
    for item in candidates:
        _check_numbers(item, ("latitude", "longitude"))


def _check_numbers(record: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raise ValueError if something that is computed with, and stands unguarded in tables, is no number."""
    for name in names:
        value = record.get(name)
        if value is not None and (type(value) not in (int, float) or not math.isfinite(value)):
            raise ValueError(f"{name!r} must be a number, got {value!r:.60}")


def _check_time(time: Mapping[str, Any]) -> None:
    """Raise ValueError if a time lacks what goes with its first day, or its days are none."""
    if not isinstance(time.get("part", ""), str):
        raise ValueError(f"'part' of a time must be text, got {time['part']!r:.60}")
    if not any(name in time for name in ("start", "end", "granularity")) or time.get("granularity") == "duration":
        return
    is_placed = "start" in time or "end" in time
    needed = ("iso", "granularity", *(("start", "end") if is_placed else ()))
    for name in needed:
        if not isinstance(time.get(name), str):
            raise ValueError(f"'time' of 'values' must have {', '.join(map(repr, needed))}, got {dict(time)!r:.80}")
    if time["granularity"] in ("hour", "minute") and not _CLOCK.search(time["iso"]):
        raise ValueError(f"'iso' of an hour or minute must have a clock time such as T09:00, got {time['iso']!r:.60}")
    if is_placed:
        date.fromisoformat(time["start"]), date.fromisoformat(time["end"])


def summarize_values(values: Mapping[str, Any] | None) -> str:
    """Return the values of a span as words, empty where there are none or none is resolved.

    Example:
        >>> summarize_values({"readable": "عشرات", "number": {"min": 20, "max": 99, "approximate": True}})
        'about 20-99'
        >>> summarize_values({"readable": "فجر الاثنين", "time": {"iso": "2016-03-14", "part": "dawn"}})
        '2016-03-14 dawn'
    """
    found = values or {}
    parts = [_number(found.get("number", {})), _time(found.get("time", {})), _place(found.get("place", {}))]
    return "; ".join(filter(None, parts))


def flatten_values(values: Mapping[str, Any] | None) -> dict[str, str | int | float | bool | None]:
    """Return the values of a span as `VALUE_COLUMNS`, None where there is nothing.

    A number is its own `number_min` and `number_max`; `number_approximate` and `time_approximate` tell whether the text
    says about, or the value is coarser than it looks. Of several places of a name, `place_ids` holds all, parted by
    `|`, and the other columns the most populous.

    Example:
        >>> row = flatten_values({"readable": "عشرات", "number": {"min": 20, "max": 99, "approximate": True}})
        >>> [row[name] for name in ("readable", "number_min", "number_max", "time", "unresolved")]
        ['عشرات', 20, 99, None, None]
    """
    found = values or {}
    number, time, place = (found.get(kind, {}) for kind in ("number", "time", "place"))
    candidates = place.get("candidates", [])
    first = candidates[0] if candidates else {}
    cells = {
        "readable": found.get("readable"),
        "number_min": number.get("min", number.get("value")),
        "number_max": number.get("max", number.get("value")),
        "number_approximate": bool(number.get("approximate")) if any(end in number for end in _ENDS) else None,
        "time": time.get("iso"),
        "time_start": time.get("start"),
        "time_end": time.get("end"),
        "time_granularity": time.get("granularity"),
        "time_approximate": bool(time.get("approximate")) if "granularity" in time else None,
        "place_ids": "|".join(str(candidate["id"]) for candidate in candidates) or None,
        "place_name": first.get("name"),
        "place_country": first.get("country"),
        "latitude": first.get("latitude"),
        "longitude": first.get("longitude"),
        "unresolved": next((kind["unresolved"] for kind in (number, time, place) if "unresolved" in kind), None),
    }
    assert tuple(cells) == VALUE_COLUMNS, "columns and cells go together"
    return cells


def _number(value: Mapping[str, Any]) -> str:
    factor, sign = (100, "%") if value.get("share") else (1, "")
    ends = {name: f"{value[name] * factor:g}" if sign else str(value[name]) for name in _ENDS if name in value}
    if not ends:
        return ""
    if "value" in ends:
        words = ends["value"]
    elif len(ends) == 2:
        words = f"{ends['min']}-{ends['max']}"
    else:
        words = f"{ends['min']} or more" if "min" in ends else f"up to {ends['max']}"
    return f"{'about ' if value.get('approximate') else ''}{words}{sign}"


def _time(value: Mapping[str, Any]) -> str:
    ends = " to ".join(str(value[name]) for name in ("min", "max") if name in value)
    if "min" in value and "max" not in value:
        ends = f"{ends} or more"
    elif "max" in value and "min" not in value:
        ends = f"up to {ends}"
    words = [value.get("relation"), "about" if value.get("approximate") else None]
    words += [value.get("iso") or ends, value.get("part")]
    return " ".join(filter(None, words)) if value.get("iso") or ends else ""


def _place(value: Mapping[str, Any]) -> str:
    candidates = value.get("candidates", [])
    if not candidates:
        return ""
    first = candidates[0]
    more = f" and {len(candidates) - 1} more" if len(candidates) > 1 else ""
    return f"{first['name']}, {first['country']}{more}"


_ENDS = ("value", "min", "max")

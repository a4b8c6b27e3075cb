"""The days on which an event took place, from the values of its times; `rasd.values` reads the times themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

# What is told more closely than by the day stays on its day, whether it was before or after it.
_WITHIN_A_DAY = ("part of day", "hour", "minute")
_HOURS_OF_PARTS = {
    "dawn": range(1, 7),
    "morning": range(5, 12),
    "noon": range(11, 14),
    "afternoon": range(12, 18),
    "evening": range(16, 22),
    "night": (*range(18, 24), *range(5)),
}


class Days(NamedTuple):
    """A stretch of days; an end that is None is open.

    Attributes:
        start: First day.
        end: Last day.
        granularity: That of the closest of the times, "several" where they lie apart.
    """

    start: date | None
    end: date | None
    granularity: str


def merge_times(times: Sequence[Mapping[str, Any]]) -> Days | None:
    """Return the days that the times of an event leave for it, None where they name none.

    Times that overlap narrow each other down; of times apart it is all from the first to the last. "Since" and "after"
    leave the end open, "before" and "until" the start.

    Args:
        times: As `TimeValue.to_dict` gives them.

    Example:
        >>> merge_times([{"iso": "2016", "granularity": "year", "start": "2016-01-01", "end": "2016-12-31"}]).end
        datetime.date(2016, 12, 31)
    """
    placed = [days for days in map(_place, times) if days is not None]
    if not placed:
        return None
    start = max((days.start for days in placed if days.start), default=None)
    end = min((days.end for days in placed if days.end), default=None)
    if start is None or end is None or start <= end:
        return Days(start, end, min(placed, key=_length).granularity)
    starts, ends = [days.start for days in placed], [days.end for days in placed]
    first = None if None in starts else min(filter(None, starts))
    return Days(first, None if None in ends else max(filter(None, ends)), "several")


def find_days(times: Sequence[Mapping[str, Any]], published: date | None) -> tuple[date, date] | None:
    """Return the first and the last day on which an event may have taken place.

    Args:
        times: The values of its times. Where there is none, or none but a part of the day, it was on the day of
            publication or the day before. What has gone on since a day has done so up to publication.
        published: The day of publication.

    Returns:
        None where the times name no day, or leave their start open, or nothing is known.
    """
    if all("unresolved" in value and "part" in value for value in times):
        return None if published is None else (published - timedelta(days=1), published)
    days = merge_times(times)
    if days is None or days.start is None:
        return None
    end = days.end or published
    return None if end is None or end < days.start else (days.start, end)


def find_day_parts(times: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Return the parts of the day that are told; of a clock time all that it may be called."""
    found: set[str] = set()
    for value in times:
        part = "night" if value.get("part") == "midnight" else value.get("part")
        if part in _HOURS_OF_PARTS:
            found.add(part)
        elif value.get("granularity") in ("hour", "minute"):
            hour = int(value["iso"].split("T")[1][:2])
            found |= {name for name, hours in _HOURS_OF_PARTS.items() if hour in hours}
    return frozenset(found)


def _place(value: Mapping[str, Any]) -> Days | None:
    """Return the days that one time leaves, None where it names none."""
    if "start" not in value or "end" not in value:
        return None
    start, end = (date.fromisoformat(value[name]) for name in ("start", "end"))
    granularity, relation = value["granularity"], value.get("relation")
    days = Days(start, end, granularity)
    # «منذ يومين» is a stretch that ends on the document's day already.
    if relation == "since":
        return days if granularity.endswith("s") else Days(start, None, granularity)
    if relation == "after" and granularity not in _WITHIN_A_DAY:
        return Days(start, None, granularity)
    if relation == "until" or (relation == "before" and granularity not in _WITHIN_A_DAY):
        return Days(None, end, granularity)
    return days


def _length(days: Days) -> float:
    return float("inf") if days.start is None or days.end is None else (days.end - days.start).days

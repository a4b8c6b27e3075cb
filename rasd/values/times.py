"""When: what a time says, against the date of its document, in ISO 8601.

A time is cut into phrases (`rasd.values.items`); each phrase must be known, so that «حرب 1948» is no year. Dates are
read by `rasd.values.dates`, and here intervals, clock times and lengths of time. Nothing is guessed: what can be read
in two ways, or needs a document's date that is not given, comes back unresolved with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from rasd.values import calendars
from rasd.values.dates import Context, Facts, plural, read_date
from rasd.values.items import (
    AMBIGUOUS,
    DISAGREE,
    HALF_DAY,
    NO_DATE,
    NO_DAY,
    REPEATS,
    SEVERAL,
    VAGUE_LENGTH,
    VAGUE_TIME,
    TimeValue,
    cut_items,
    find_relation,
    pick,
    whole,
)
from rasd.values.vocabulary import Item
from rasd.values.words import Unclear, fold, tokenize

_DATE_KINDS = {"month", "hijri", "weekday", "day", "night", "date", "season", "decade", "relative", "edge"}
_ANCHORS = ("من", "علي", "ان", "عن")
_AFTERNOON = ("afternoon", "evening")
_DAWN = 5


def read_time(
    text: str, *, document_date: date | None = None, before: str = "", after: str = "", is_planned: bool = False
) -> TimeValue:
    """Read what a time says.

    Args:
        text: A time, such as the filler of the role Time.
        document_date: The day on which the document was written; without it nothing relative is resolved.
        before: The text before it, whose last word may be its preposition («منذ», «قبل»).
        after: The text behind it («قبل يومين من الهجوم» is not two days ago).
        is_planned: Whether it is the time of something that has not happened: a weekday is the coming one then.

    Returns:
        The time, or why there is none.

    Example:
        >>> read_time("فجر الاثنين", document_date=date(2016, 3, 16)).to_dict()
        {'iso': '2016-03-14', 'granularity': 'part of day', 'start': '2016-03-14', 'end': '2016-03-14', 'part': 'dawn'}
        >>> read_time("أمس").to_dict()
        {'unresolved': 'no document date to count from'}
    """
    items: list[Item] = []
    try:
        items = cut_items(text)
        relation = find_relation(before)
        if len(items) > 1 and items[0].kind == "relation":
            relation, items = items[0].value, items[1:]
        is_anchored = tokenize(fold(after[:12]))[:1] in [[word] for word in _ANCHORS]
        return _read(items, Context(document_date, is_planned, relation, is_anchored))
    except Unclear as err:
        parts = pick(items, "part") if str(err) == NO_DAY else []
        return TimeValue(unresolved=str(err), part=parts[0] if parts else None)
    except OverflowError:  # before the year 1, or after 9999
        return TimeValue(unresolved=calendars.NO_SUCH_DAY)


def _read(items: list[Item], context: Context) -> TimeValue:
    kinds = {item.kind for item in items}
    if "repeat" in kinds:
        raise Unclear(REPEATS)
    if "ambiguous" in kinds:
        raise Unclear(AMBIGUOUS)
    if kinds == {"vague"}:
        raise Unclear(VAGUE_TIME)
    if "unknown" in kinds or not kinds:
        raise Unclear(NO_DATE)
    if "also" in kinds:
        items = _choose_calendar(items)
    items = [item for item in items if item.kind != "vague"]
    value = _read_range(items, context)
    if value is None and _is_clock(items):
        value = _read_clock(items, context)
    if value is not None:
        return replace(value, relation=context.relation)
    value = _read_length(items, context)
    if value is not None and value.start is not None and context.relation in ("before", "after"):
        return value  # «قبل يومين» has been counted back already, a planned «بعد يومين» ahead
    return replace(value or read_date(items, context), relation=context.relation)


def _choose_calendar(items: list[Item]) -> list[Item]:
    """Return the Gregorian one of two dates of which the text says that they are the same day."""
    middle = next(i for i, item in enumerate(items) if item.kind == "also")
    sides = [items[:middle], items[middle + 1 :]]
    return next((side for side in sides if side and not pick(side, "hijri")), sides[0])


def _read_range(items: list[Item], context: Context) -> TimeValue | None:
    """Read two dates with something between them; None where there are not two."""
    is_between = bool(items) and items[0].kind == "between"
    items = items[1:] if is_between else items
    joins = [i for i, item in enumerate(items) if item.kind == "join" or (i and item == Item("relation", "until"))]
    joins = [i for i in joins if i + 1 < len(items) and items[i + 1].kind not in ("half", "bound")]
    if not joins:
        if is_between:
            raise Unclear(NO_DATE)
        return None
    if _is_clock(items):
        return None
    if len(joins) > 1 or joins[0] == 0:
        raise Unclear(SEVERAL)
    left, join, right = items[: joins[0]], items[joins[0]], items[joins[0] + 1 :]
    if [[item.kind for item in side] for side in (left, right)] == [["number"], ["number", "unit"]]:
        return _read_lengths(left[0].value, right[0].value, right[1].value[0], context)
    left, right = _complete(left, right)
    first, last = read_date(left, context), read_date(right, context)
    if first.start is None or first.end is None or last.start is None or last.end is None:
        raise Unclear(NO_DATE)
    start = first.start
    if start > last.start and pick(left, "weekday"):
        start -= timedelta(days=7)
    if start > last.start:
        raise Unclear(DISAGREE)
    if join.value == "and" and not is_between and last.start - first.end != timedelta(days=1):
        raise Unclear(SEVERAL)
    names = (start.isoformat() if start != first.start else first.iso, last.iso)
    is_part = first.granularity == last.granularity == "part of day"
    return TimeValue(
        iso="/".join(map(str, names)),
        granularity="part of day" if is_part else f"{_longer(first, last)}s",
        start=start,
        end=last.end,
        part=last.part if is_part else None,
        is_approximate=first.is_approximate or last.is_approximate,
    )


def _read_lengths(shortest: Fraction, longest: Fraction, unit: str, context: Context) -> TimeValue:
    """Read a length between two, such as «بين 3 و8 أعوام»."""
    if shortest >= longest:
        raise Unclear(DISAGREE)
    ends = {"min": _format_length(shortest, unit), "max": _format_length(longest, unit)}
    return TimeValue(granularity="duration", relation=context.relation, **ends)


def _longer(first: TimeValue, last: TimeValue) -> str:
    """Return the coarser granularity of two dates."""
    order = ("day", "week", "month", "year")
    known = [item.granularity for item in (first, last) if item.granularity in order]
    return max(known, key=order.index) if len(known) == 2 else "day"


def _complete(left: list[Item], right: list[Item]) -> tuple[list[Item], list[Item]]:
    """Return the two sides of an interval, the left one with what is said once for both."""
    kinds = {item.kind for item in left}
    of_month = next((i for i, item in enumerate(right) if item.kind in ("month", "hijri")), None)
    if of_month is not None and not kinds & {"month", "hijri"}:
        left = left + right[of_month:]
    elif of_month is not None and not any(value >= 1000 for value in pick(left, "number")):
        left = left + [item for item in right[of_month + 1 :] if item.kind not in ("month", "hijri", "weekday")]
    elif kinds <= {"weekday", "part"}:
        left = left + [item for item in right if item.kind == "relative"]
        right = right + ([item for item in left if item.kind == "part"] if not pick(right, "part") else [])
    return left, right


def _is_clock(items: Sequence[Item]) -> bool:
    """Return whether it is a time of day: «الساعة 9», «التاسعة صباحاً»."""
    kinds = {item.kind for item in items}
    if kinds & {"clock", "time"}:
        return True
    first = next((item.kind for item in items if item.kind != "bound"), None)
    return "part" in kinds and first == "hour" and not kinds & {"month", "hijri", "unit"}


def _read_clock(items: list[Item], context: Context) -> TimeValue:
    """Read a time of day, and the day that stands beside it."""
    rest = [item for item in items if item.kind not in ("clock", "zone")]
    if "midnight" in pick(rest, "part"):  # «الواحدة بعد منتصف الليل»
        rest = [item for item in rest if item != Item("relation", "after")]
    position = next((i for i, item in enumerate(rest) if item.kind in ("time", "number", "hour", "ordinal")), None)
    if position is None:
        raise Unclear(NO_DATE)
    hour, minute, end, has_minutes = _read_hour(rest, position)
    rest = rest[:position] + rest[end:]
    if pick(rest, "time") or any(item.kind in ("between", "join") for item in rest):
        raise Unclear(SEVERAL)
    parts = pick(rest, "part")
    if len(set(parts)) > 1 or not (0 <= hour <= 24 and 0 <= minute < 60):
        raise Unclear(NO_DATE)
    hour = _on_24_hours(hour, minute, parts[0] if parts else None)
    zone = "Z" if "Z" in pick(items, "zone") else ""
    iso, granularity = f"T{hour:02d}:{minute:02d}{zone}", "minute" if has_minutes else "hour"
    is_approximate = "about" in pick(rest, "bound")
    if all(item.kind in ("part", "bound") for item in rest):
        return TimeValue(iso=iso, granularity=granularity, is_approximate=is_approximate)
    named = read_date([item for item in rest if item.kind != "part"], context)
    if named.granularity not in ("day", "part of day"):
        raise Unclear(NO_DATE)
    if hour < _DAWN and set(parts) & {"night", "midnight"}:
        raise Unclear(AMBIGUOUS)  # the night before that day or the one after
    return replace(named, iso=f"{named.iso}{iso}", granularity=granularity, part=None, is_approximate=is_approximate)


def _read_hour(items: list[Item], position: int) -> tuple[int, int, int, bool]:
    """Return hour and minute of a clock time, the item behind it, and whether it tells minutes at all."""
    item = items[position]
    if item.kind == "time":
        return *item.value, position + 1, True
    hour, end = whole(Fraction(item.value)), position + 1
    following = [other.kind for other in items[end : end + 2]]
    unit = items[end + 2 : end + 3]
    has_unit = unit in ([Item("unit", ("minute", 1))], [Item("unit", ("minute", None))])
    if following in (["join", "half"], ["minus", "half"]) or (has_unit and following[1:] == ["number"]):
        value = Fraction(items[end + 1].value)
        minutes = whole(value * 60) if following[1] == "half" else whole(value)
        sign = 1 if following[0] == "join" else -1
        end += 3 if has_unit else 2
        total = hour * 60 + sign * minutes
        return total // 60, total % 60, end, True
    return hour, 0, end, False


def _on_24_hours(hour: int, minute: int, part: str | None) -> int:
    """Return the hour of the day.

    Raises:
        Unclear: If it may be before or after noon.
    """
    if hour > 12 or hour == 0:
        return hour % 24
    if part is None:
        raise Unclear(HALF_DAY)
    if part in ("dawn", "morning"):
        return hour % 12
    if part in _AFTERNOON:
        if hour == 12:
            raise Unclear(HALF_DAY)
        return hour + 12
    if part == "noon":
        return hour if hour >= 10 else hour + 12
    if part == "midnight" or (part == "night" and (hour == 12 or hour <= 4)):
        return hour % 12
    if hour <= 5:
        raise Unclear(HALF_DAY)
    return hour + 12


def _read_length(items: list[Item], context: Context) -> TimeValue | None:
    """Read a length of time, on the calendar where a preposition puts it there; None where it is none."""
    kinds = {item.kind for item in items}
    if "unit" not in kinds or kinds & _DATE_KINDS or any(value >= 1000 for value in pick(items, "number")):
        return None
    if kinds - {"unit", "number", "half", "bound", "few", "join"}:
        return None
    half = next((i for i, item in enumerate(items) if item.kind == "half"), None)
    if half and items[half + 1 :] and items[half + 1].kind == "unit":  # «سنتين ونصف السنة»
        items = items[: half + 1]
    if any(item.kind == "unit" and item.value[1] == 1 and after.kind == "number" for item, after in pairwise(items)):
        raise Unclear(AMBIGUOUS)  # «يوم 15», «عام 16», «القرن 21»: the name of one, and no length
    facts = Facts([item for item in items if item.kind != "join"])
    if len(facts.units) != 1 or len(facts.small) > 1:
        raise Unclear(NO_DATE)
    unit, count = facts.units[0]
    if facts.small:
        number: Fraction | None = Fraction(facts.small[0])
    else:
        number = None if count is None else Fraction(count)
    if facts.half is not None:
        number = facts.half if items[0].kind == "half" or not number else number + facts.half
    if number is None:
        if facts.few != [True]:
            raise Unclear(VAGUE_LENGTH)
        few = {"min": _format_length(Fraction(3), unit), "max": _format_length(Fraction(9), unit)}
        return TimeValue(granularity="duration", is_approximate=True, **few)
    return _place_length(number, unit, facts.bounds, context)


def _place_length(number: Fraction, unit: str, bounds: set[str], context: Context) -> TimeValue:
    """Return a length as a duration, or as the interval or day that its preposition makes of it."""
    iso = _format_length(number, unit)
    for bound in ("min", "max"):
        if bound in bounds:
            return TimeValue(granularity="duration", **{bound: iso})
    is_approximate = "about" in bounds
    today = context.today
    is_whole = number.denominator == 1
    if today is not None and is_whole and context.relation == "since":
        start = calendars.add_units(today, unit, -int(number))
        period = calendars.Period.between(start, today)
        return TimeValue(
            iso=period.iso,
            granularity=plural(unit),
            start=start,
            end=today,
            relation="since",
            is_approximate=is_approximate or unit != "day",
        )
    is_ahead = context.relation == "after" and context.is_planned
    if today is not None and is_whole and (context.relation == "before" or is_ahead) and not context.is_anchored:
        is_today = unit in ("hour", "minute") and number < 24
        day = today if is_today else calendars.add_units(today, unit, int(number) if is_ahead else -int(number))
        granularity = unit if unit in ("week", "month", "year", "decade") else "day"
        period = calendars.unit_period(granularity, day, 0)
        return TimeValue(
            iso=period.iso,
            granularity=granularity,
            start=period.start,
            end=period.end,
            is_approximate=is_approximate or unit != "day",
        )
    return TimeValue(iso=iso, granularity="duration", is_approximate=is_approximate)


def _format_length(number: Fraction, unit: str) -> str:
    """Return a length in ISO 8601, in the next smaller unit where it is no whole number of its own."""
    if unit in ("decade", "century"):
        number, unit = number * (10 if unit == "decade" else 100), "year"
    smaller = {
        "year": (12, "month"),
        "month": (30, "day"),
        "week": (7, "day"),
        "day": (24, "hour"),
        "hour": (60, "minute"),
    }
    while number.denominator != 1 and unit in smaller:
        times, unit = smaller[unit]
        number *= times
    letter = {"hour": "H", "minute": "M"}.get(unit, unit[0].upper())
    return f"P{'T' if unit in ('hour', 'minute') else ''}{round(number)}{letter}"

"""Dates and stretches of the calendar, from the phrases that name them; `rasd.values.times` does the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from rasd.values import calendars
from rasd.values.calendars import Period
from rasd.values.items import (
    AMBIGUOUS,
    DISAGREE,
    ELSEWHERE,
    NO_DATE,
    NO_DAY,
    NO_DOCUMENT_DATE,
    SEVERAL,
    VAGUE_LENGTH,
    TimeValue,
    pick,
    whole,
)
from rasd.values.vocabulary import Item
from rasd.values.words import Unclear

_SHIFTS = {"past": -1, "next": 1, "now": 0, "before last": -2}
_SEASON_STARTS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
_FIRST_YEAR = 1000
_LAST_YEAR = 2200
_HIJRI_YEARS = range(1300, 1501)
_WEEK = 7
# A date without a year that is read by day and month alone lies no further away: a year but for 90 days.
_WITHIN = timedelta(days=276)


class Context(NamedTuple):
    """What a time is read against.

    Attributes:
        today: The document's date, None where it has none.
        is_planned: Whether what is dated has not happened, so that a weekday is the coming one.
        relation: What the preposition before it says.
        is_anchored: Whether a length of time is counted from something that the text names («قبل يومين من»).
    """

    today: date | None = None
    is_planned: bool = False
    relation: str | None = None
    is_anchored: bool = False

    def need_today(self) -> date:
        """Return the document's date.

        Raises:
            Unclear: If there is none.
        """
        if self.today is None:
            raise Unclear(NO_DOCUMENT_DATE)
        return self.today


class Facts:
    """What the phrases of one date say, by kind.

    Raises:
        Unclear: If a phrase is unknown, or two of a kind contradict each other.
    """

    def __init__(self, items: Sequence[Item]) -> None:
        known = {"month", "hijri", "weekday", "day", "night", "part", "unit", "number", "ordinal", "relative", "edge"}
        known |= {"season", "decade", "era", "bound", "date", "few", "half", "vague"}
        if not items or any(item.kind not in known for item in items):
            raise Unclear(ELSEWHERE if pick(items, "same") else NO_DATE)
        numbers = [whole(value) for value in pick(items, "number")]
        self.years = [value for value in numbers if value >= _FIRST_YEAR]
        self.small = [value for value in numbers if value < _FIRST_YEAR] + pick(items, "ordinal")
        self.ordinals = pick(items, "ordinal")
        self.weekdays = pick(items, "weekday")
        self.date = _single(pick(items, "date"))
        self.month = _single(pick(items, "month"))
        self.hijri = _single(pick(items, "hijri"))
        self.day = _single(pick(items, "day"))
        self.night = _single(pick(items, "night"))
        self.part = _single(pick(items, "part"))
        self.relative = _single(pick(items, "relative"))
        self.edge = _single(pick(items, "edge"))
        self.season = _single(pick(items, "season"))
        self.decade = _single(pick(items, "decade"))
        self.is_hijri = self.hijri is not None or "hijri" in pick(items, "era")
        self.is_gregorian = "gregorian" in pick(items, "era")
        self.bounds = set(pick(items, "bound"))
        self.few = pick(items, "few")
        self.half = _single(pick(items, "half"))
        self.units = pick(items, "unit")
        self._drop_decoration()

    def _drop_decoration(self) -> None:
        """Leave out the nouns that only introduce a name or number: «يوم الأحد», «شهر رمضان», «عام 2015»."""
        has_day = bool(self.weekdays) or self.day is not None or self.date is not None
        for unit, is_named in (
            ("day", has_day or self.night is not None or bool(self.small and (self.month or self.hijri))),
            ("month", bool(self.month or self.hijri)),
            ("year", bool(self.years)),
        ):
            if is_named:
                self.units = [item for item in self.units if item[0] != unit or item[1] is None]

    def year(self) -> int | None:
        """Return the one year that is named, None where none is."""
        year = _single(self.years)
        if year is not None and year > _LAST_YEAR:
            raise Unclear(NO_DATE)
        return year


def _single(values: Sequence[Any]) -> Any:
    """Return what the values agree on, None where there are none."""
    if len(set(values)) > 1:
        raise Unclear(DISAGREE)
    return values[0] if values else None


def read_date(items: Sequence[Item], context: Context) -> TimeValue:
    """Read one date or stretch of the calendar.

    Raises:
        Unclear: If it names none, or it takes a document's date that there is not.
    """
    facts = Facts(items)
    if facts.date is not None:
        value = _finish(facts, calendars.day_period(calendars.make_day(*facts.date)), "day")
        _check_weekday(facts, value)
    elif facts.month is not None or facts.hijri is not None:
        value = _read_month(facts, context)
    elif facts.season is not None:
        value = _read_season(facts, context)
    elif facts.decade is not None:
        value = _read_decade(facts)
    elif facts.half is not None and facts.ordinals:
        value = _read_share_of_year(facts, context)
    elif facts.units:
        value = _read_unit(facts, context)
    elif facts.years:
        value = _read_year(facts)
    elif facts.weekdays or facts.day is not None or facts.night is not None:
        value = _read_day(facts, context)
    elif facts.part is not None and facts.relative == "now":
        value = _finish(facts, calendars.day_period(context.need_today()), "day")
    else:
        raise Unclear(NO_DAY if facts.part is not None else NO_DATE)
    return value


def _finish(facts: Facts, period: Period, granularity: str) -> TimeValue:
    """Return a stretch as a value, with the part of it that is named."""
    part = facts.part
    if part is not None:
        if granularity != "day":
            raise Unclear(NO_DAY)
        granularity = "part of day"
    return TimeValue(
        iso=period.iso,
        granularity=granularity,
        start=period.start,
        end=period.end,
        part=part or facts.edge,
        is_approximate="about" in facts.bounds,
    )


def _check_weekday(facts: Facts, value: TimeValue) -> None:
    """Raise Unclear if a weekday is named that is not the date's."""
    if facts.weekdays and value.start is not None and value.start.weekday() != _single(facts.weekdays):
        raise Unclear(DISAGREE)


def _read_day(facts: Facts, context: Context) -> TimeValue:
    """Read «أمس», «الاثنين», «أمس الأحد», «ليل الأحد الاثنين»."""
    if facts.years or facts.small:
        raise Unclear(NO_DATE)
    today = context.need_today()
    if facts.night is not None:
        facts.part = "night"
        facts.day = facts.night
    if not facts.weekdays:
        return _finish(facts, calendars.day_period(today + timedelta(days=facts.day)), "day")
    if facts.day is not None:
        named = today + timedelta(days=facts.day)
        # Papers date what they took from yesterday's wire: the weekday is surer than the word.
        near = [named + timedelta(days=step) for step in (0, -1, 1)]
        fitting = [day for day in near if day.weekday() == _single(facts.weekdays)]
        if not fitting:
            raise Unclear(DISAGREE)
        return _finish(facts, calendars.day_period(fitting[0]), "day")
    last = find_weekday(facts.weekdays[-1], today, facts.relative, is_planned=context.is_planned)
    if len(facts.weekdays) == 1:
        return _finish(facts, calendars.day_period(last), "day")
    first = last - timedelta(days=1)
    if len(facts.weekdays) > 2 or first.weekday() != facts.weekdays[0]:
        raise Unclear(SEVERAL)
    return _finish(facts, Period.between(first, last), "day" if facts.part else "days")


def find_weekday(weekday: int, today: date, relative: str | None, *, is_planned: bool) -> date:
    """Return the day that a weekday means: the last one, today included, unless it is said or planned otherwise."""
    back = (today.weekday() - weekday) % _WEEK
    if relative in ("past", "before last"):
        return today - timedelta(days=(back or _WEEK) + (_WEEK if relative == "before last" else 0))
    if relative == "next" or (is_planned and relative is None):
        ahead = (weekday - today.weekday()) % _WEEK
        return today + timedelta(days=ahead or (_WEEK if relative == "next" else 0))
    return today - timedelta(days=back)


def _read_month(facts: Facts, context: Context) -> TimeValue:
    """Read a month, or a day of one, of either calendar."""
    of_year = None
    if facts.units == [("year", 1)] and facts.hijri is None:  # «تموز من العام الماضي»
        of_year, facts.units = facts.relative, []
    if len(facts.small) > 1 or facts.units or facts.few or facts.half or facts.decade or facts.season:
        raise Unclear(SEVERAL if len(facts.small) > 1 else NO_DATE)
    if facts.month is not None and facts.hijri is not None:
        raise Unclear(DISAGREE)
    day, year = (facts.small[0] if facts.small else None), facts.year()
    if of_year is not None and year is None:
        year = context.need_today().year + _SHIFTS[of_year]

    def make(number: int) -> Period:
        if facts.hijri is not None:
            whole_month = calendars.hijri_month(number, facts.hijri)
            return whole_month if day is None else calendars.hijri_day(number, facts.hijri, day)
        if day is None:
            return calendars.month_period(number, facts.month)
        period = calendars.day_period(calendars.make_day(number, facts.month, day))
        if year is None and facts.weekdays and period.start.weekday() != _single(facts.weekdays):
            raise Unclear(DISAGREE)
        return period

    if year is not None:
        period = make(year)
    else:
        today = context.need_today()
        around = today.year if facts.hijri is None else calendars.hijri_year_of(today)
        reference = today
        if day is None:
            reference = make(around).start if make(around).start <= today <= make(around).end else today
        relative = facts.relative or ("to date" if context.relation == "since" and not context.is_planned else None)
        period = calendars.choose(make, around, reference, relative, is_planned=context.is_planned)
        if facts.weekdays and relative is None and abs(period.start - today) > _WITHIN:
            # A date nearer by was passed over for its weekday: «الأحد الأول من آذار» may be the month's first Sunday,
            # and writers mistake weekdays oftener than they leave out a year.
            raise Unclear(AMBIGUOUS)
    if facts.hijri is not None and day is not None and len(facts.weekdays) == 1:
        # The moon may be seen a day before or after the tables have it: the weekday is surer.
        near = [period.start + timedelta(days=step) for step in (0, -1, 1)]
        period = next(
            (calendars.day_period(near_day) for near_day in near if near_day.weekday() in facts.weekdays), period
        )
    value = _finish(facts, period, "month" if day is None else "day")
    _check_weekday(facts, value)
    return value


def _read_year(facts: Facts) -> TimeValue:
    if facts.small or facts.weekdays or facts.day is not None or facts.relative:
        raise Unclear(NO_DATE)
    year = facts.year()
    assert year is not None, "a year is read where one is named"
    if year in _HIJRI_YEARS and not facts.is_gregorian:
        if not facts.is_hijri:
            raise Unclear(AMBIGUOUS)  # «عام 1437» is of our days, or of the Middle Ages
        return _finish(facts, calendars.hijri_year(year), "year")
    return _finish(facts, calendars.year_period(year), "year")


def _read_share_of_year(facts: Facts, context: Context) -> TimeValue:
    """Read «النصف الأول من 2018», «الربع الأخير من العام الماضي»: the months that it has."""
    size = whole(facts.half * 12)
    first, year = (facts.ordinals[0] - 1) * size, facts.year()
    is_bare = not facts.relative and facts.units in ([], [("year", 1)])
    if len(facts.small) > 1 or facts.weekdays or facts.part or facts.edge or first + size > 12:
        raise Unclear(NO_DATE)
    if year is None and facts.units == [("year", 1)]:
        year = context.need_today().year + _SHIFTS[facts.relative or "now"]
    elif year is None or not is_bare:
        raise Unclear(NO_DATE)
    months = [calendars.month_period(year, number) for number in (first + 1, first + size)]
    period = Period.between(months[0].start, months[1].end)
    return replace(_finish(facts, period, "months"), iso=f"{months[0].iso}/{months[1].iso}")


def _read_season(facts: Facts, context: Context) -> TimeValue:
    if facts.small or facts.weekdays or facts.part:
        raise Unclear(NO_DATE)
    year = facts.year()
    if year is None and facts.units == [("year", 1)]:  # «ربيع العام الماضي»
        year = context.need_today().year + _SHIFTS[facts.relative or "now"]
    if year is None:
        if not facts.relative:
            raise Unclear(AMBIGUOUS)
        today = context.need_today()
        begun = today.month >= _SEASON_STARTS[facts.season] + (3 if facts.relative == "past" else 0)
        shift = {"past": 0 if begun else -1, "next": 1 if begun else 0}.get(str(facts.relative))
        shift = _SHIFTS[facts.relative] if shift is None else shift
        year = today.year + shift
    named = TimeValue(iso=f"{year:04d}", granularity="season", part=facts.season)
    if facts.season == "winter":  # of one year: its beginning or its end
        return named
    first = calendars.make_day(year, _SEASON_STARTS[facts.season], 1)
    last = calendars.add_months(first, 3) - timedelta(days=1)
    return replace(named, start=first, end=last, is_approximate=True)


def _read_decade(facts: Facts) -> TimeValue:
    """Read «التسعينات», «ثمانينيات القرن الماضي»."""
    if facts.small or facts.years or facts.part or any(unit != ("century", 1) for unit in facts.units):
        raise Unclear(NO_DATE)
    if facts.decade == 20 and not facts.units:
        raise Unclear(AMBIGUOUS)
    first = 1900 + facts.decade
    return _finish(facts, calendars.years_period(first, first + 9), "decade")


def _read_unit(facts: Facts, context: Context) -> TimeValue:
    """Read «الأسبوع الماضي», «الأيام الثلاثة الماضية», «السابع من الشهر الجاري», «نهاية العام», «القرن التاسع عشر»."""
    if len(facts.units) > 1 or facts.years or facts.half is not None:
        raise Unclear(NO_DATE)
    unit, count = facts.units[0]
    if unit == "century" and facts.ordinals:
        first = 100 * (facts.ordinals[0] - 1) + 1
        return _finish(facts, calendars.years_period(first, first + 99), "century")
    if facts.relative is None and facts.edge is None:
        raise Unclear(NO_DATE)
    if facts.edge is not None and unit == "week" and facts.relative is None:
        raise Unclear(AMBIGUOUS)  # the end of the week is the last weekend or the next one
    if count == 1 and unit not in ("hour", "minute"):
        period = calendars.unit_period(unit, context.need_today(), _SHIFTS[facts.relative or "now"])
        return _read_within(facts, unit, period)
    numbers = facts.small or ([] if count is None else [count])
    if not numbers and unit != "hour":
        raise Unclear(VAGUE_LENGTH)
    if numbers and facts.edge == "late" and facts.relative is None:  # «آخر ثلاثة أيام»
        facts.relative, facts.edge = "past", None
    if len(numbers) > 1 or facts.relative not in ("past", "next") or facts.weekdays or facts.part:
        raise Unclear(NO_DATE)
    today = context.need_today()
    # Hours past without a number are fewer than a day.
    number = numbers[0] if numbers else 1
    other = calendars.add_units(today, unit, number if facts.relative == "next" else -number)
    value = _finish(facts, Period.between(min(today, other), max(today, other)), plural(unit))
    return value if numbers else replace(value, is_approximate=True)


def plural(unit: str) -> str:
    """Return the granularity of an interval that is counted in a unit."""
    return {"minute": "days", "hour": "days", "decade": "years", "century": "years"}.get(unit, f"{unit}s")


def _read_within(facts: Facts, unit: str, period: Period) -> TimeValue:
    """Read a day that lies in a relative week or month, or the week or month itself."""
    if unit == "week" and facts.weekdays:
        day = period.start + timedelta(days=_single(facts.weekdays))
        return _finish(facts, calendars.day_period(day), "day")
    if unit == "month" and len(facts.small) == 1:
        first = period.start
        day = calendars.make_day(first.year, first.month, facts.small[0])
        return _finish(facts, calendars.day_period(day), "day")
    if facts.small or facts.weekdays or facts.few:
        raise Unclear(NO_DATE)
    return _finish(facts, period, unit)

"""Stretches of the calendar: years, months, weeks, decades, of the Gregorian and the Hijri calendar.

Weeks are those of ISO 8601, from Monday; the Hijri calendar is Umm al-Qura, which hijridate (the extra [values])
converts. What is observed by the moon may differ from it by a day.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from rasd.values.words import Unclear

NO_SUCH_DAY = "the calendar has no such day"
NO_HIJRIDATE = "a Hijri date needs hijridate: pip install 'rasd[values]'"
OUT_OF_RANGE = "the date is beyond the Hijri calendar's tables"

# How far ahead a date without a year may lie before it is read as one of the past.
_AHEAD = timedelta(days=90)


class Period(NamedTuple):
    """A stretch of days: its first, its last, and its name in ISO 8601."""

    start: date
    end: date
    iso: str

    @classmethod
    def between(cls, start: date, end: date) -> Period:
        """Return a stretch that has no name but its two ends."""
        return cls(start, end, f"{start.isoformat()}/{end.isoformat()}")


def day_period(day: date) -> Period:
    """Return one day."""
    return Period(day, day, day.isoformat())


def year_period(year: int) -> Period:
    """Return a Gregorian year.

    Raises:
        Unclear: If there is none of that number.
    """
    return Period(make_day(year, 1, 1), make_day(year, 12, 31), f"{year:04d}")


def years_period(first: int, last: int) -> Period:
    """Return a stretch of whole years, such as a decade."""
    return Period(make_day(first, 1, 1), make_day(last, 12, 31), f"{first:04d}/{last:04d}")


def month_period(year: int, month: int) -> Period:
    """Return a Gregorian month."""
    first = make_day(year, month, 1)
    return Period(first, first.replace(day=calendar.monthrange(year, month)[1]), f"{year:04d}-{month:02d}")


def week_period(day: date) -> Period:
    """Return the week of ISO 8601 that a day lies in."""
    monday = day - timedelta(days=day.weekday())
    year, week, _ = day.isocalendar()
    return Period(monday, monday + timedelta(days=6), f"{year:04d}-W{week:02d}")


def unit_period(unit: str, day: date, shift: int) -> Period:
    """Return the day, week, month, year, decade or century that lies `shift` of them after the one of a day."""
    if unit == "day":
        return day_period(day + timedelta(days=shift))
    if unit == "week":
        return week_period(day + timedelta(days=7 * shift))
    if unit == "month":
        moved = add_months(day.replace(day=1), shift)
        return month_period(moved.year, moved.month)
    if unit == "year":
        return year_period(day.year + shift)
    if unit == "decade":
        first = day.year // 10 * 10 + 10 * shift
        return years_period(first, first + 9)
    first = (day.year - 1) // 100 * 100 + 1 + 100 * shift
    return years_period(first, first + 99)


def add_units(day: date, unit: str, count: int) -> date:
    """Return the day that lies a number of hours, days, weeks, months, years or decades after another.

    Hours and minutes move it by the days that they fill or begin.
    """
    sign = 1 if count >= 0 else -1
    if unit in ("minute", "hour"):
        hours = abs(count) if unit == "hour" else abs(count) // 60
        return day + sign * timedelta(days=-(-hours // 24))
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    return add_months(day, count * {"month": 1, "year": 12, "decade": 120, "century": 1200}[unit])


def add_months(day: date, count: int) -> date:
    """Return the day some months later, the last of the month where it has fewer days."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    first = make_day(year, month + 1, 1)
    return first.replace(day=min(day.day, calendar.monthrange(year, month + 1)[1]))


def make_day(year: int, month: int, day: int) -> date:
    """Return a day.

    Raises:
        Unclear: If the calendar has none.
    """
    try:
        return date(year, month, day)
    except ValueError as err:
        raise Unclear(NO_SUCH_DAY) from err


def hijri_day(year: int, month: int, day: int) -> Period:
    """Return the Gregorian day of a Hijri one; raises as `hijri_month`."""
    days = hijri_month(year, month)
    if not 1 <= day <= (days.end - days.start).days + 1:
        raise Unclear(NO_SUCH_DAY)
    return day_period(days.start + timedelta(days=day - 1))


def hijri_month(year: int, month: int) -> Period:
    """Return the Gregorian days of a Hijri month.

    Raises:
        Unclear: If hijridate is not installed, or does not know the year.
    """
    try:
        from hijridate import Hijri
    except ModuleNotFoundError as err:
        raise Unclear(NO_HIJRIDATE) from err
    try:
        first = Hijri(year, month, 1)
    except (ValueError, OverflowError) as err:
        raise Unclear(OUT_OF_RANGE) from err
    start = date.fromordinal(first.to_gregorian().toordinal())
    return Period.between(start, start + timedelta(days=first.month_length() - 1))


def hijri_year(year: int) -> Period:
    """Return the Gregorian days of a Hijri year; raises as `hijri_month`."""
    return Period.between(hijri_month(year, 1).start, hijri_month(year, 12).end)


def hijri_year_of(day: date) -> int:
    """Return the Hijri year that a Gregorian day lies in; raises as `hijri_month`."""
    year = int((day.year - 622) * 33 / 32)
    while day > hijri_year(year).end:
        year += 1
    while day < hijri_year(year).start:
        year -= 1
    return year


def choose(
    make: Callable[[int], Period], around: int, reference: date, relative: str | None, *, is_planned: bool
) -> Period:
    """Return the one of three years' dates that a date without a year means.

    Without "last" or "next" it is the latest that is past or at most three months ahead; of what is planned, the
    earliest that is at most three months past.

    Args:
        make: Gives the date in a year; may raise `Unclear`, where that year has none.
        around: The year of the reference, in the calendar of `make`.
        reference: The first day of the stretch, of the kind of the date, that the document's date lies in.
        relative: "past", "next", "now", "to date" (past or the reference itself) or None.
        is_planned: Whether it is the date of something that has not happened.

    Raises:
        Unclear: If none of the three fits.
    """
    found = []
    fault = Unclear(NO_SUCH_DAY)
    for year in (around - 1, around, around + 1):
        try:
            found.append((year, make(year)))
        except Unclear as err:
            fault = err
    if relative == "now":
        fitting = [period for year, period in found if year == around]
    elif relative in ("past", "before last"):
        fitting = [period for _, period in found if period.start < reference][-1:]
    elif relative == "to date":
        fitting = [period for _, period in found if period.start <= reference][-1:]
    elif relative == "next":
        fitting = [period for _, period in found if period.start > reference][:1]
    elif is_planned:
        fitting = [period for _, period in found if period.start >= reference - _AHEAD][:1]
    else:
        fitting = [period for _, period in found if period.start <= reference + _AHEAD][-1:]
    if not fitting:
        raise fault
    return fitting[0]

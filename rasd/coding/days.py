"""The days on which an event took place, as far as plain words tell: what joining reports needs, and no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta

from rasd.coding.words import compile_words, fold
from rasd.text import charsets

_ASCII = str.maketrans(charsets.ARABIC_INDIC_DIGITS + charsets.PERSIAN_DIGITS, charsets.ASCII_DIGITS * 2)
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})[/\-.](\d{1,2})[/\-.](\d{4})(?!\d)")
_MONTHS = (
    ("يناير", "كانون الثاني", "جانفي"),
    ("فبراير", "شباط", "فيفري"),
    ("مارس", "آذار"),
    ("أبريل", "إبريل", "نيسان", "أفريل"),
    ("مايو", "أيار", "ماي"),
    ("يونيو", "حزيران", "جوان"),
    ("يوليو", "تموز", "جويلية"),
    ("أغسطس", "آب", "أوت"),
    ("سبتمبر", "أيلول"),
    ("أكتوبر", "تشرين الأول"),
    ("نوفمبر", "تشرين الثاني"),
    ("ديسمبر", "كانون الأول"),
)
_MONTH_NUMBERS = {fold(name): number for number, names in enumerate(_MONTHS, 1) for name in names}
_MONTH_FORM = "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True))
_NAMED = re.compile(
    rf"(?<!\d)(\d{{1,2}})\s+(?:من\s+)?({_MONTH_FORM})(?:\s*[/(]\s*(?:{_MONTH_FORM})\)?)?(?:\D{{1,4}}(\d{{4}}))?(?!\w)"
)
_WEEKDAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
_DAY_PARTS = ("فجر", "صباح", "ظهر", "عصر", "مساء", "ليل")
_RELATIVE = ((("أمس الأول", "أول أمس", "أول من أمس"), -2), (("أمس", "البارحة"), -1), (("اليوم",), 0))


def _compile(words: Sequence[str]) -> re.Pattern[str]:
    """Return the pattern of words with their article: «أحد» is nobody's Sunday."""
    return re.compile(rf"(?<!\w)[وفبلك]?(?:{'|'.join(map(fold, words))})(?!\w)")


_PATTERNS = [(_compile(words), shift) for words, shift in _RELATIVE]
_WEEKDAY_PATTERNS = [_compile([name]) for name in _WEEKDAYS]
_PART_PATTERNS = {name: compile_words([f"{name}*"]) for name in _DAY_PARTS}


def read_date(text: str | None) -> date | None:
    """Return the day that a text such as 2024-05-07T10:00 begins with, None where it begins with none."""
    match = _ISO.match((text or "").translate(_ASCII))
    return None if match is None else _make_date(*(int(part) for part in match.groups()))


def find_days(times: Sequence[str], published: date | None) -> tuple[date, date] | None:
    """Return the first and the last day on which an event may have taken place.

    Args:
        times: What is told of its time. Where nothing is, it was on the day of publication or the day before.
        published: The day of publication.

    Returns:
        None where what is told is not understood, or nothing is known.
    """
    if not times:
        return None if published is None else (published - timedelta(days=1), published)
    days = [day for day in (_find_day(fold(text).translate(_ASCII), published) for text in times) if day is not None]
    return (min(days), max(days)) if days else None


def find_day_parts(times: Sequence[str]) -> frozenset[str]:
    """Return the parts of the day that are told."""
    folded = [fold(text) for text in times]
    return frozenset(name for name, pattern in _PART_PATTERNS.items() if any(pattern.search(text) for text in folded))


def _find_day(text: str, published: date | None) -> date | None:
    """Return the day that a folded text names."""
    if match := _ISO.search(text):
        return _make_date(*(int(part) for part in match.groups()))
    if match := _NUMERIC.search(text):
        return _make_date(int(match[3]), int(match[2]), int(match[1]))
    if match := _NAMED.search(text):
        return _find_named(int(match[1]), _MONTH_NUMBERS[match[2]], match[3], published)
    if published is None:
        return None
    for pattern, shift in _PATTERNS:
        if pattern.search(text):
            return published + timedelta(days=shift)
    for weekday, pattern in enumerate(_WEEKDAY_PATTERNS):
        if pattern.search(text):
            return published - timedelta(days=(published.weekday() - weekday) % 7)
    return None


def _find_named(day: int, month: int, year: str | None, published: date | None) -> date | None:
    """Return a day of a month; without a year it is the last one before publication."""
    if year is not None:
        return _make_date(int(year), month, day)
    if published is None:
        return None
    found = _make_date(published.year, month, day)
    return found if found is None or found <= published else _make_date(published.year - 1, month, day)


def _make_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None

"""A time cut into the phrases of `rasd.values.vocabulary`, and what a time says once it is read."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from rasd.values.cardinals import is_number_word, read_cardinal, read_part
from rasd.values.vocabulary import Item, ordinal_ones, ordinal_tens, phrases
from rasd.values.words import Unclear, fold, match_phrase, part_and, tokenize

NO_DATE = "names no date"
NO_DOCUMENT_DATE = "no document date to count from"
NO_DAY = "a time of day without a day"
VAGUE_TIME = "a vague time"
VAGUE_LENGTH = "a stretch of time without a number"
REPEATS = "something that recurs"
ELSEWHERE = "refers to a date named elsewhere"
SEVERAL = "several times"
DISAGREE = "its parts name different dates"
HALF_DAY = "a clock time that may be before or after noon"
AMBIGUOUS = "may mean different dates"

_NUMERIC_DATE = re.compile(
    r"(?<![0-9/.-])(?:([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{1,2})([-/.])([0-9]{1,2})\6([0-9]{4}))(?![0-9/-])"
)
_CLOCK_TIME = re.compile(r"(?<![0-9])([0-9]{1,2}) ?: ?([0-9]{2})(?![0-9])")
_CLOCK_WORD_TIME = re.compile(r"(الساعه (?:ال)?)([0-9]{1,2})[.,٫]([0-9]{2})(?![0-9])")
_DIGITS = re.compile("[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeValue:
    """The place in time, or the length of time, that a time names.

    Attributes:
        iso: ISO 8601: "2016", "2016-03", "2016-W11", "2016-03-14", "2016-03-14T09:00", "T09:00" without a day, an
            interval "2016-03-01/2016-03-10", or a duration "P3D"; None for a duration with bounds alone.
        granularity: "century", "decade", "years", "year", "season", "month", "months", "week", "weeks", "day", "days",
            "part of day", "hour", "minute", or "duration".
        start: First day, where it lies on the calendar.
        end: Last day, likewise.
        part: What part of the day, month or year: "dawn", "evening", "early", "summer" and so on.
        relation: What a preposition before it says: "since", "before", "after", "until" or "during".
        min: The shortest that a duration may be, where it has bounds.
        max: The longest.
        is_approximate: Whether the text says about, or the value is coarser than its granularity says.
        unresolved: Why there is no value, of which `part` alone may be known; None where there is one.
    """

    iso: str | None = None
    granularity: str | None = None
    start: date | None = None
    end: date | None = None
    part: str | None = None
    relation: str | None = None
    min: str | None = None
    max: str | None = None
    is_approximate: bool = False
    unresolved: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the value as a JSON-ready dict; see docs/values.md."""
        if self.unresolved is not None:
            return {"unresolved": self.unresolved} | ({} if self.part is None else {"part": self.part})
        names = ("iso", "granularity", "start", "end", "part", "relation", "min", "max")
        record = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        record |= {name: record[name].isoformat() for name in ("start", "end") if name in record}
        return record | ({"approximate": True} if self.is_approximate else {})


def cut_items(text: str) -> list[Item]:
    """Return the phrases of a time, fillers left out; what no phrase knows is of the kind "unknown".

    Raises:
        Unclear: If digits may be one number or another, or are no date.
    """
    folded = _CLOCK_WORD_TIME.sub(r"\1@\2:\3", _NUMERIC_DATE.sub(_mark_date, fold(text)))
    folded = _CLOCK_TIME.sub(r"@\1:\2", folded) if "@" not in folded or ":" not in folded.split("@", 1)[1] else folded
    tokens = part_and(tokenize(folded), _is_known)
    items = []
    position = 0
    while position < len(tokens):
        item, position = _read_item(tokens, position)
        if item.kind != "filler":
            items.append(item)
    return items


def pick(items: Iterable[Item], kind: str) -> list[Any]:
    """Return the values of the items of a kind."""
    return [item.value for item in items if item.kind == kind]


def find_relation(before: str) -> str | None:
    """Return what the last word before a time says of it, None where it is no such preposition."""
    tokens = part_and(tokenize(fold(before[-40:])), _is_known)
    found = match_phrase(tokens, len(tokens) - 1, phrases()) if tokens else None
    return found[0].value if found is not None and found[0].kind == "relation" else None


def _mark_date(match: re.Match[str]) -> str:
    year, _, month, day, day_first, _, month_second, year_last = match.groups()
    numbers = (year, month, day) if year else (year_last, month_second, day_first)
    return " @{}-{:02d}-{:02d} ".format(*map(int, numbers))


@functools.cache
def _first_words() -> frozenset[str]:
    return frozenset(phrase[0] for table in (phrases(), ordinal_tens()) for phrase in table)


def _is_known(token: str) -> bool:
    return token in _first_words() or is_number_word(token) or token.startswith("@")


def _read_item(tokens: list[str], start: int) -> tuple[Item, int]:
    """Return the phrase that begins at a token, the longest there is, and where it ends."""
    token = tokens[start]
    if token.startswith("@"):
        numbers = tuple(map(int, _DIGITS.findall(token)))
        return Item("date" if len(numbers) == 3 else "time", numbers), start + 1
    ones = match_phrase(tokens, start, ordinal_ones())
    if ones is not None and tokens[ones[1] : ones[1] + 1] == ["و"]:
        tens = match_phrase(tokens, ones[1] + 1, ordinal_tens())
        if tens is not None:
            return Item("ordinal", ones[0] + tens[0]), tens[1]
    phrase = match_phrase(tokens, start, phrases())
    number = read_cardinal(tokens, start)
    if number is not None and (phrase is None or number.end > phrase[1]):
        return Item("number", number.value), number.end
    if phrase is not None:
        return phrase
    tens = match_phrase(tokens, start, ordinal_tens())
    if tens is not None:
        return Item("ordinal", tens[0]), tens[1]
    part = read_part(tokens, start)
    if part is not None and part.scale == 1:
        return Item("half", part.value), part.end
    return Item("unknown", token), start + 1


def whole(value: Any) -> int:
    """Return a number as an int.

    Raises:
        Unclear: If it is none.
    """
    if value.denominator != 1:
        raise Unclear(NO_DATE)
    return int(value)

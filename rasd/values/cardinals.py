"""Arabic cardinal numbers, in words, in digits and in both («13 ألفاً و200»), as exact fractions.

The grammar: blocks below a thousand, each with its scale, in falling order and joined by "and"; within a block
hundreds, then ones, then tens. Gender and case are of no account, as newsrooms mix them. Tokens are those of
`rasd.values.words`, with "and" apart (`part_and`).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from rasd.values.words import Unclear, fold, is_digits, without_article

AMBIGUOUS_SEPARATOR = "a dot before three digits may part thousands or decimals"

_ONES = {
    "واحد|واحدة|واحدا|أحد|إحدى": 1,
    "اثنان|اثنين|اثنتان|اثنتين|إثنان|إثنين|اثنا|اثني|اثنتا|اثنتي": 2,
    "ثلاثة|ثلاث|ثلاثا": 3,
    "أربعة|أربع|أربعا": 4,
    "خمسة|خمس|خمسا": 5,
    "ستة|ست|ستا": 6,
    "سبعة|سبع|سبعا": 7,
    "ثمانية|ثماني|ثمان|ثمانيا": 8,
    "تسعة|تسع|تسعا": 9,
}
_TEN = "عشرة|عشر|عشرا"
_TENS = {
    "عشرون|عشرين": 20,
    "ثلاثون|ثلاثين": 30,
    "أربعون|أربعين": 40,
    "خمسون|خمسين": 50,
    "ستون|ستين": 60,
    "سبعون|سبعين": 70,
    "ثمانون|ثمانين": 80,
    "تسعون|تسعين": 90,
}
_HUNDRED = "مئة|مائة|مية|ميه|ماية|مايه"
_HUNDRED_STEMS = {"ثلاث": 3, "أربع": 4, "خمس": 5, "ست": 6, "سبع": 7, "ثمان": 8, "ثماني": 8, "تسع": 9}
_TWO_HUNDRED = "مئتان|مئتين|مئتا|مئتي|مائتان|مائتين|مائتا|مائتي|ميتين"
_SCALES = {
    "ألف|آلاف|ألوف|ألآف": 10**3,
    "مليون|ملايين": 10**6,
    "مليار|مليارات|بليون|بلايين": 10**9,
    "تريليون|تريليونات|ترليون": 10**12,
}
_TWO_SCALES = {
    "ألفان|ألفين|ألفي": 2 * 10**3,
    "مليونان|مليونين|مليوني": 2 * 10**6,
    "ملياران|مليارين|ملياري": 2 * 10**9,
    "تريليونان|تريليونين|تريليوني": 2 * 10**12,
}
# Without the mark of tanwin these are one (after another number: «خمسون ألفا») or two («ألفا شخص»).
_ONE_OR_TWO = {"ألفا": 10**3, "مليونا": 10**6, "مليارا": 10**9, "تريليونا": 10**12}
_PARTS = {
    "نصف": Fraction(1, 2),
    "ثلث": Fraction(1, 3),
    "ثلثا|ثلثي|ثلثين|ثلثان": Fraction(2, 3),
    "ربع|ربعا": Fraction(1, 4),
}
_QUARTERS = "أرباع"
_GROUPS = re.compile(r"[0-9]{1,3}(?:([.,٬ ])[0-9]{3})(?:\1[0-9]{3})*")


class Cardinal(NamedTuple):
    """A number, the token behind it, and its last scale where that is its only one, else 1."""

    value: Fraction
    end: int
    scale: int = 1


class _Tables(NamedTuple):
    ones: Mapping[str, int]
    ten: frozenset[str]
    tens: Mapping[str, int]
    hundred: frozenset[str]
    hundreds: Mapping[str, int]
    scales: Mapping[str, int]
    two_scales: Mapping[str, int]
    one_or_two: Mapping[str, int]
    parts: Mapping[str, Fraction]
    words: frozenset[str]


@functools.cache
def _tables() -> _Tables:
    """Return the tables of folded words."""

    def unroll(table: Mapping[str, object]) -> dict:
        return {fold(word): value for key, value in table.items() for word in key.split("|")}

    hundreds = {fold(word): 200 for word in _TWO_HUNDRED.split("|")}
    for stem, value in _HUNDRED_STEMS.items():
        for hundred in _HUNDRED.split("|"):
            hundreds[fold(stem + hundred)] = value * 100
    sets = [frozenset(map(fold, words.split("|"))) for words in (_TEN, _HUNDRED)]
    maps = [unroll(table) for table in (_ONES, _TENS, _SCALES, _TWO_SCALES, _ONE_OR_TWO, _PARTS)]
    ones, tens, scales, two_scales, one_or_two, parts = maps
    words = frozenset().union(*sets, *maps, hundreds)
    return _Tables(ones, sets[0], tens, sets[1], hundreds, scales, two_scales, one_or_two, parts, words)


def is_number_word(token: str) -> bool:
    """Return whether a token is digits or a word that numbers are made of."""
    words = _tables().words
    return is_digits(token) or token in words or without_article(token) in words


def read_cardinal(tokens: Sequence[str], start: int = 0) -> Cardinal | None:
    """Read the number that begins at a token, as far as it goes.

    Returns:
        The number; None where none begins there.

    Raises:
        Unclear: If digits or words there may be one number or another.

    Example:
        >>> read_cardinal(["13", "الف", "و", "200", "شخص"]).value
        Fraction(13200, 1)
    """
    total, last, scale, position = Fraction(0), 0, 1, start
    while True:
        if last:
            if last == 1 or _at(tokens, position) != "و":
                break
            position += 1
        term = _read_term(tokens, position)
        if term is None or (last and not (term.scale < last and term.value < last)):
            position -= bool(last)
            break
        scale = term.scale if not last else 1
        total, last, position = total + term.value, term.scale, term.end
    if not last:
        return None
    return _add_part(tokens, Cardinal(total, position, scale), last)


def read_part(tokens: Sequence[str], start: int = 0) -> Cardinal | None:
    """Read a half, third, quarter, or three quarters, with its scale where it has one («نصف مليون»)."""
    tables, word = _tables(), without_article(_at(tokens, start))
    end = start + 1
    if word in tables.parts:
        value = tables.parts[word]
    elif tables.ones.get(word) == 3 and without_article(_at(tokens, end)) == fold(_QUARTERS):
        value, end = Fraction(3, 4), end + 1
    else:
        return None
    scale = tables.scales.get(without_article(_at(tokens, end)))
    return Cardinal(value, end) if scale is None else Cardinal(value * scale, end + 1, scale)


def read_digits(token: str, *, is_scaled: bool = False) -> Fraction:
    """Return the number that a token of digits is.

    Args:
        token: Digits, with separators of thousands and decimals; which is which goes by their groups.
        is_scaled: Whether a scale follows, so that a dot before three digits is one of decimals («1.600 مليون»).

    Raises:
        Unclear: If a dot may be either.
    """
    if _GROUPS.fullmatch(token):
        if token.count(".") == 1 and not token.startswith("0"):
            if not is_scaled:
                raise Unclear(AMBIGUOUS_SEPARATOR)
        else:
            return Fraction(re.sub("[.,٬ ]", "", token))
    marks = [mark for mark in token if not mark.isdigit()]
    if marks and marks[-1] != "٬" and marks.count(marks[-1]) == 1:
        whole, _, decimals = token.rpartition(marks[-1])
        return Fraction(re.sub("[.,٬ ]", "", whole) + "." + decimals)
    if marks:
        raise Unclear("the digits are grouped as no number is")
    return Fraction(token)


def scale_of(token: str) -> int | None:
    """Return the thousand, million or so that a word is, with or without article; None for other words."""
    scales = _tables().scales
    form = _bare(token, scales)
    return None if form is None else scales[form]


def _at(tokens: Sequence[str], position: int) -> str:
    return tokens[position] if position < len(tokens) else ""


def _read_term(tokens: Sequence[str], start: int) -> Cardinal | None:
    """Read one block with its scales."""
    tables = _tables()
    block = _read_block(tokens, start)
    position = start if block is None else block.end
    word = _at(tokens, position)
    bare = word if word in tables.words else without_article(word)
    if block is None and bare in tables.two_scales:
        return Cardinal(Fraction(tables.two_scales[bare]), position + 1, tables.two_scales[bare] // 2)
    if block is None and bare in tables.one_or_two:
        if not _at(tokens, position + 1):
            raise Unclear("the last letter may mean one or two of them")
        value = tables.one_or_two[bare]
        return Cardinal(Fraction(2 * value), position + 1, value)
    scales = tables.scales if block is None else tables.scales | tables.one_or_two
    scale = 1
    while (bare := _bare(_at(tokens, position), scales)) is not None:
        if scale > 1 and scales[bare] < scale:
            break
        scale *= scales[bare]
        position += 1
    if scale == 1:
        return block
    value = Fraction(1) if block is None else block.value
    return Cardinal(value * scale, position, scale)


def _bare(word: str, table: Mapping[str, int]) -> str | None:
    """Return a word as it stands in a table, with or without article; None where it is in neither form."""
    return next((form for form in (word, without_article(word)) if form in table), None)


def _read_block(tokens: Sequence[str], start: int) -> Cardinal | None:
    """Read a number below a thousand, or one in digits."""
    tables, token = _tables(), _at(tokens, start)
    if is_digits(token):
        is_scaled = _bare(_at(tokens, start + 1), tables.scales | tables.one_or_two) is not None
        return Cardinal(read_digits(token, is_scaled=is_scaled), start + 1)
    word, hundred, position = without_article(token), 0, start
    if word in tables.hundreds or word in tables.hundred:
        hundred, position = tables.hundreds.get(word, 100), start + 1
    elif word in tables.ones and _bare(_at(tokens, start + 1), dict.fromkeys(tables.hundred, 0)) is not None:
        hundred, position = tables.ones[word] * 100, start + 2
    if not hundred:
        return _read_small(tokens, start)
    small = _read_small(tokens, position + 1) if _at(tokens, position) == "و" else None
    if small is None:
        return Cardinal(Fraction(hundred), position)
    return Cardinal(hundred + small.value, small.end)


def _read_small(tokens: Sequence[str], start: int) -> Cardinal | None:
    """Read a number in words below a hundred."""
    tables, word = _tables(), without_article(_at(tokens, start))
    if word in tables.tens:
        return Cardinal(Fraction(tables.tens[word]), start + 1)
    if word in tables.ten:
        return Cardinal(Fraction(10), start + 1)
    if word not in tables.ones:
        return None
    one = tables.ones[word]
    following = without_article(_at(tokens, start + 1))
    if following in tables.ten:
        return Cardinal(Fraction(10 + one), start + 2)
    after_and = without_article(_at(tokens, start + 2))
    if following == "و" and after_and in tables.tens:
        return Cardinal(Fraction(one + tables.tens[after_and]), start + 3)
    if following in tables.hundred:
        return None  # a hundreds that is no part of this
    return Cardinal(Fraction(one), start + 1)


def _add_part(tokens: Sequence[str], number: Cardinal, last: int) -> Cardinal:
    """Add a half or quarter that follows («مليون ونصف», «ثلاثة ملايين ونصف المليون»)."""
    if _at(tokens, number.end) != "و":
        return number
    part = read_part(tokens, number.end + 1)
    if part is None or (part.scale > 1 and part.scale != last):
        return number
    value = part.value if part.scale > 1 else part.value * last
    return Cardinal(number.value + value, part.end, number.scale)

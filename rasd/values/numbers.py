"""What a count says: a number, an interval («عشرات», «أكثر من 180»), or plainly nothing that can be counted.

The words behind the number (what is counted) are left to the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from rasd.values import cardinals
from rasd.values.cardinals import is_number_word, read_cardinal, read_part
from rasd.values.number_tables import NOT, ODD, PARTITIVE, PRONOUNS, THEIR_NUMBER, TWO, Bound, number_tables
from rasd.values.vocabulary import phrases
from rasd.values.words import Unclear, fold, match_phrase, part_and, tokenize, without_article

NO_NUMBER = "no number"
VAGUE = "a quantity without a number"
SEVERAL = "several numbers"
DUAL_OR_PLURAL = "the ending may be a dual or a plural"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberValue:
    """The number that a count gives.

    Attributes:
        value: The number, where it is one; an int where it is whole.
        min: The least that it may be, where an interval has a lower end.
        max: The most that it may be, where an interval has an upper end.
        is_approximate: Whether the text itself says about, or names an order of magnitude.
        is_share: Whether it is a share of a whole that the text names («نصف السكان», «60 في المئة»: 0.6).
        unresolved: Why there is no number; None where there is one.
    """

    value: int | float | None = None
    min: int | float | None = None
    max: int | float | None = None
    is_approximate: bool = False
    is_share: bool = False
    unresolved: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the value as a JSON-ready dict; see docs/values.md."""
        if self.unresolved is not None:
            return {"unresolved": self.unresolved}
        record = {name: getattr(self, name) for name in ("value", "min", "max") if getattr(self, name) is not None}
        record |= {"approximate": True} if self.is_approximate else {}
        return record | ({"share": True} if self.is_share else {})


class _Range(NamedTuple):
    """An interval as it is built up, and the token behind it."""

    low: Fraction | None
    high: Fraction | None
    end: int
    is_approximate: bool = False
    is_share: bool = False


def read_number(text: str) -> NumberValue:
    """Read the number that a count gives.

    Args:
        text: A count, such as the filler of the role Count; what is counted may stand behind the number, and a noun
            before it («الجنود الثلاثة»).

    Returns:
        The number or interval, or why there is none.

    Example:
        >>> read_number("أكثر من 180 شخصاً").to_dict()
        {'min': 181}
        >>> read_number("قتيلان").to_dict()
        {'value': 2}
    """
    try:
        return _read(_cut(text))
    except Unclear as err:
        return NumberValue(unresolved=str(err))


def find_count(text: str) -> NumberValue | None:
    """Return the number with which a phrase begins («ثلاثة جنود», «قتيلان»), None where it begins with none.

    For phrases that are no counts: the fillers of other roles and triggers.
    """
    tokens = _cut(text)
    try:
        found = _read_range(tokens, 0)
        if found is not None:
            after = phrases().get(tuple(tokens[found.end : found.end + 1]))
            is_name = after is not None and after.kind in ("month", "hijri")  # «14 آذار», an alliance
            return None if is_name else _finish(tokens, found)
        return _finish_dual(tokens, 0) if tokens and number_tables().duals.get(tokens[0]) else None
    except Unclear:
        return None


def _cut(text: str) -> list[str]:
    tables = number_tables()

    def is_known(token: str) -> bool:
        return is_number_word(token) or token in tables.many or token in tables.few

    tokens = part_and(tokenize(fold(text)), is_known)
    return [token for i, token in enumerate(tokens) if not (0 < i < len(tokens) - 1 and token in THEIR_NUMBER)]


def _read(tokens: list[str]) -> NumberValue:
    """Read a count: the first number or interval in it, and no second one.

    Raises:
        Unclear: If there is none, or more than one.
    """
    if tokens[:2] == ["لا", "احد"]:
        return NumberValue(value=0)
    for start in range(len(tokens)):
        found = _read_range(tokens, start)
        if found is not None and start and tokens[start - 1] in ("و", *NOT):
            break  # what stands before the "and" may be a part of the number
        if found is not None:
            return _finish(tokens, found)
    tables = number_tables()
    forms = [form for token in tokens for form in (token, without_article(token), *_without_pronoun(token))]
    is_vague = any(form in tables.vague for form in forms)
    for position, token in enumerate(tokens):
        is_dual = tables.duals.get(token, tables.duals.get(without_article(token)))
        if is_dual is not None:
            if not is_dual:
                raise Unclear(VAGUE if is_vague else DUAL_OR_PLURAL)
            return _finish_dual(tokens, position)
    raise Unclear(VAGUE if is_vague else NO_NUMBER)


def _without_pronoun(word: str) -> list[str]:
    """Return what a word may be without the pronoun on its end («معظمهم»)."""
    return [word.removesuffix(pronoun) for pronoun in PRONOUNS if word.endswith(pronoun)]


def _finish(tokens: list[str], found: _Range) -> NumberValue:
    """Return what was found as a value, unless another number follows it."""
    _check_end(tokens, found.end)
    low, high = found.low, found.high
    is_exact = low == high
    return NumberValue(
        value=_plain(low) if is_exact and low is not None else None,
        min=None if is_exact or low is None else _plain(low),
        max=None if is_exact or high is None else _plain(high),
        is_approximate=found.is_approximate,
        is_share=found.is_share,
    )


def _finish_dual(tokens: Sequence[str], position: int) -> NumberValue:
    """Return two, unless another number follows («قتيلان و3 جرحى»)."""
    _check_end(tokens, position + 1)
    return NumberValue(value=2)


def _check_end(tokens: Sequence[str], end: int) -> None:
    """Raise Unclear if another number follows that is no part of the one that ends there."""
    position = end + (end < len(tokens) and tokens[end] in TWO)  # «شخصان اثنان»
    while position < len(tokens) and tokens[position] not in PARTITIVE:
        if is_number_word(tokens[position]) or tokens[position].isnumeric():
            raise Unclear(SEVERAL)
        # The «من» of such a phrase says nothing of a part.
        bound = match_phrase(_without_and(tokens, position), 0, number_tables().before)
        position += 1 if bound is None else bound[1]


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else round(float(value), 6)


def _read_range(tokens: Sequence[str], start: int, *, is_second: bool = False) -> _Range | None:
    """Read a number with the bounds before and behind it, or an interval, that begins at a token."""
    tables = number_tables()
    bounds: list[Bound] = []
    position = start
    while (bound := match_phrase(tokens, position, tables.before)) is not None:
        bounds.append(bound[0])
        position = bound[1]
    is_percent = tokens[position : position + 1] == ["%"]  # «%50», as it is often typed from right to left
    position += is_percent
    found = _read_between(tokens, position) or _read_one(tokens, position)
    if found is None:
        return None
    found = _read_share(tokens, found, is_percent=is_percent)
    other = None if is_second else _read_other_end(tokens, found.end)
    while other is None and (bound := match_phrase(tokens, found.end, tables.behind)) is not None:
        bounds.append(bound[0])
        found = found._replace(end=bound[1])
    for behind in range(found.end + 1, min(found.end + 4, len(tokens))):  # «20 شخصاً على الأقل»
        bound = match_phrase(tokens, behind, tables.behind)
        bounds += [] if bound is None else [bound[0]]
    for kind, is_within in bounds:
        found = _bound(found, kind, is_within)
    if found.low is None or found.high is None:
        return found if other is None else _close(found, other)
    return found


def _read_other_end(tokens: Sequence[str], start: int) -> _Range | None:
    """Return the interval that follows another one («أكثر من 20 وأقل من 30»), None where none does."""
    rest = _without_and(tokens, start)
    return None if match_phrase(rest, 0, number_tables().before) is None else _read_range(rest, 0, is_second=True)


def _close(found: _Range, other: _Range) -> _Range:
    """Return an interval that is open on a side with the end that another has there.

    Raises:
        Unclear: If the two are no interval together.
    """
    low, high = (found.low, other.high) if found.high is None else (other.low, found.high)
    if low is None or high is None or low > high or found.is_share != other.is_share:
        raise Unclear(SEVERAL)
    end, is_approximate = found.end + other.end, found.is_approximate or other.is_approximate
    return found._replace(low=low, high=high, end=end, is_approximate=is_approximate)


def _without_and(tokens: Sequence[str], start: int) -> list[str]:
    """Return the tokens from one on, of which the first loses the "and" that is written onto it («وأقل»)."""
    return [token.removeprefix("و") if i == 0 else token for i, token in enumerate(tokens[start:])]


def _bound(found: _Range, kind: str, is_within: bool) -> _Range:
    """Return an interval with a bound put on it."""
    if kind == "about":
        return found._replace(is_approximate=True)
    low, high = found.low, found.high
    if kind == "odd":  # «عشرون ونيف»: some more, up to the next ten
        return found if low is None else found._replace(low=low + 1, high=low + 9, is_approximate=True)
    step = 0 if is_within or found.is_share or found.is_approximate else 1
    if kind == "min" and low is not None:
        return found._replace(low=low + (step if low.denominator == 1 else 0), high=None)
    if kind == "max" and high is not None:
        return found._replace(low=None, high=high - (step if high.denominator == 1 else 0))
    return found


def _read_one(tokens: Sequence[str], start: int) -> _Range | None:
    """Read one number, or a word for many."""
    tables = number_tables()
    many = _read_many(tokens, start)
    if many is not None:
        return many
    number = read_part(tokens, start)
    if number is not None:
        return _Range(number.value, number.value, number.end, is_share=number.scale == 1)
    word = tokens[start] if start < len(tokens) else ""
    for form in _without_pronoun(word):
        if (part := read_part([form])) is not None:
            return _Range(part.value, part.value, start + 1, is_share=True)
    if word in tables.vague:
        return None
    number = read_cardinal(tokens, start)
    return None if number is None else _Range(number.value, number.value, number.end)


def _read_many(tokens: Sequence[str], start: int) -> _Range | None:
    """Read tens, hundreds and so on without a number («عشرات الآلاف»), and a few («بضع مئات»)."""
    tables = number_tables()
    word = tokens[start] if start < len(tokens) else ""
    few = tables.few.get(without_article(word))
    position = start + (few is not None)
    unit, is_many = 1, False
    while position < len(tokens):
        value = tables.many.get(tokens[position], tables.many.get(without_article(tokens[position])))
        if value is None and is_many:
            value = cardinals.scale_of(tokens[position])
        if value is None or (is_many and value <= 100):
            break
        unit, is_many, position = unit * value, True, position + 1
    if few is not None:
        if few and not is_many and position < len(tokens):  # «بضعة عشر», «بضع وعشرون», «نيف وعشرون»
            ten = read_cardinal(tokens, position + (tokens[position] == "و"))
            if ten is not None and ten.value in range(10, 100, 10):
                least = 1 if without_article(word) == ODD else 3
                return _Range(ten.value + least, ten.value + 9, ten.end, is_approximate=True)
        high = Fraction(10 * unit - 1) if few else None
        return _Range(Fraction(3 * unit), high, position, is_approximate=True)
    if not is_many:
        return None
    return _Range(Fraction(2 * unit), Fraction(10 * unit - 1), position, is_approximate=True)


def _read_share(tokens: Sequence[str], found: _Range, *, is_percent: bool) -> _Range:
    """Return a number with a percent sign behind or before it as a share."""
    percent = match_phrase(tokens, found.end, number_tables().percent)
    if not (percent or is_percent) or found.low is None or found.high is None:
        return found
    end = found.end if percent is None else percent[1]
    return found._replace(low=found.low / 100, high=found.high / 100, end=end, is_share=True)


def _read_between(tokens: Sequence[str], start: int) -> _Range | None:
    """Read «بين 20 و30», «من 3 إلى 5», «20-30», «ثلاثة أو أربعة»; of «32 و35 ألف» both are thousands."""
    position = start
    if tokens[position : position + 2] == ["ما", "بين"]:
        position += 2
    elif tokens[position : position + 1] in (["بين"], ["من"]):
        position += 1
    is_between = position > start
    for middle in range(position + 1, min(len(tokens), position + 8)):
        if tokens[middle] not in (("و", "الي", "-", "حتي", "او") if is_between else ("الي", "-", "او")):
            continue
        low, high = read_cardinal(tokens[:middle], position), read_cardinal(tokens, middle + 1)
        if low is None or low.end != middle or high is None:
            continue
        scaled = low.value * high.scale
        first = scaled if low.scale == 1 and high.scale > 1 and scaled < high.value else low.value
        if first < high.value:
            return _Range(first, high.value, high.end)
    return None

"""Offsets of other tools: checked against the words they are said to hold, and mended where there is no doubt.

Annotation tools count in other units than code points, or count wrongly: UTF-16 units (an emoji counts twice), an end
that is one too far, a byte order mark or a line end that counts otherwise. A span is mended only if the quoted words
stand at one place alone among those that the known faults lead to, or at one place alone in the whole text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from rasd.errors import ReadError
from rasd.formats.faults import REPAIRED, Fault
from rasd.text.words import count_proclitics, find_words

CODE_POINTS = "code points"
UTF16 = "UTF-16 units"
_SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A span that holds its words; `repair` says what was wrong with the offsets, None where nothing was."""

    start: int
    end: int
    repair: str | None = None


def place_span(
    text: str, start: int, end: int, words: str | None, *, has_mark: bool = False, count: str | None = None
) -> Placed:
    """Find the span that offsets mean.

    Args:
        text: The text that they point into.
        start: The offset of the first character, as the source has it.
        end: The offset after the last character, as the source has it.
        words: What the source says stands there; white space of any kind counts as a space. None where it does not say.
        has_mark: Whether a byte order mark was taken off the text, which the source may have counted.
        count: What the offsets of a source without quoted words are known to count, `CODE_POINTS` or `UTF16`.

    Returns:
        The span in code points, without white space at its ends.

    Raises:
        ReadError: If the span cannot be placed with certainty.
    """
    if words is None:
        return _place_unquoted(text, start, end, count)
    if not words.strip():
        raise ReadError(f"the span {start}-{end} holds no words, got {words!r:.40}")
    if _holds(text, start, end, words):
        return _trim(text, start, end, None)
    found: dict[tuple[int, int], str] = {}
    for first, last, repair in _candidates(text, start, end, has_mark=has_mark):
        if _holds(text, first, last, words):
            found.setdefault((first, last), repair)
    if len(found) == 1:
        ((first, last), repair), *_ = found.items()
        return _trim(text, first, last, repair)
    stands = f"text[{start}:{end}] is {text[max(start, 0) : max(end, 0)]!r:.60}, not {words!r:.60}"
    if found:
        places = ", ".join(f"{first}-{last}" for first, last in sorted(found))
        raise ReadError(f"{stands}, and known faults of counting lead to several places: {places}")
    folded, wanted = _fold_spaces(text), _SPACE.sub(" ", words)
    first = folded.find(wanted)
    if first < 0:
        raise ReadError(f"{stands}, which stands nowhere in the text")
    if folded.find(wanted, first + 1) >= 0:
        raise ReadError(f"{stands}, which stands at several places, none of them where known faults of counting lead")
    if not _is_on_edges(text, first, first + len(words)):
        raise ReadError(f"{stands}, which stands within another word alone")
    return _trim(text, first, first + len(words), "offsets that fit no count; the words stand at one place alone")


def read_text(path: str | Path, faults: list[Fault]) -> tuple[str, bool]:
    """Read a UTF-8 file; line ends stay as they are.

    Returns:
        The text, and whether a byte order mark was taken off it, which is added to `faults`.

    Raises:
        ReadError: If there is no such file, or it is not UTF-8.
    """
    if not Path(path).is_file():
        raise ReadError(f"no file {str(path)!r}")
    raw = Path(path).read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ReadError(f"{path}:1: not UTF-8 but UTF-16; convert it, for example: iconv -f UTF-16 -t UTF-8 FILE > NEW")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as err:
        line = raw[: err.start].count(b"\n") + 1
        raise ReadError(
            f"{path}:{line}: not UTF-8 ({err.reason}); convert it, for example: iconv -f WINDOWS-1256 -t UTF-8 FILE"
        ) from err
    if not text.startswith("\ufeff"):
        return text, False
    reason = "the file begins with a byte order mark, which is no part of the text"
    faults.append(Fault(path=str(path), place="1", kind="byte order mark", reason=reason, action=REPAIRED))
    return text[1:], True


def describe_repair(placed: Placed, words: str, start: int, end: int) -> str:
    """Return the reason of the fault that a mended span is."""
    return f"{words!r:.60} has offsets {start}-{end}, stands at {placed.start}-{placed.end}: {placed.repair}"


def _holds(text: str, start: int, end: int, words: str) -> bool:
    """Whether the words stand there, white space of any kind for a space."""
    if not 0 <= start < end <= len(text) or end - start != len(words):
        return False
    piece = text[start:end]
    return piece == words or _SPACE.sub(" ", piece) == _SPACE.sub(" ", words)


def _candidates(text: str, start: int, end: int, *, has_mark: bool) -> Iterator[tuple[int, int, str]]:
    """Yield what the offsets would be if a known fault were the cause, likely ones first."""
    shifts = [(0, 0, ""), (0, -1, "end one too far"), (-1, -1, "one too far"), (0, 1, "end one short")]
    shifts.append((1, 1, "one too early"))
    if has_mark:
        shifts.insert(0, (-1, -1, "byte order mark counted"))
    for shift_start, shift_end, shift_name in shifts:
        for count_name, positions in _count_otherwise(text):
            name = " and ".join(filter(None, (count_name, shift_name)))
            first = _position(positions, start + shift_start)
            last = _position(positions, end + shift_end)
            if name and first is not None and last is not None:
                yield first, last, name


@lru_cache(maxsize=2)  # all spans of a document come one after another, and a count takes as long as its text
def _count_otherwise(text: str) -> tuple[tuple[str, Sequence[int]], ...]:
    """Return the offsets of a text in the ways that tools may count them: of each code point, and of the end."""
    counts: list[tuple[str, Sequence[int]]] = [("", range(len(text) + 1))]
    if _has_wide(text):
        counts.append((UTF16, _utf16_positions(text)))
    if "\r\n" in text:
        counts.append(
            ("line ends counted as one", [0, *accumulate(not text.startswith("\r\n", i) for i in range(len(text)))])
        )
    elif "\n" in text:
        counts.append(("line ends counted as two", [0, *accumulate(1 + (char == "\n") for char in text)]))
    return tuple(counts)


@lru_cache(maxsize=2)
def _fold_spaces(text: str) -> str:
    return _SPACE.sub(" ", text)


def _position(positions: Sequence[int], offset: int) -> int | None:
    """Return the code point that an offset of another count falls on, None where it falls on none."""
    # The first of several code points with one offset, as the two of a line end that counts as one.
    place = bisect_left(positions, offset)
    return place if place < len(positions) and positions[place] == offset else None


def _is_on_edges(text: str, start: int, end: int) -> bool:
    """Whether a stretch begins where a word does, or after its proclitics, and ends where one does."""
    # The words about it are enough: what is looked for may stand in a book.
    first = max((text.rfind(space, 0, start) for space in " \n\t"), default=-1) + 1
    home = next(
        ((a + first, b + first) for a, b in find_words(text[first : end + 1]) if a + first <= start < b + first), None
    )
    starts_well = home is None or home[0] == start or bool(count_proclitics(text, home[0], start))
    return starts_well and not (text[end - 1].isalnum() and text[end : end + 1].isalnum())


def _trim(text: str, start: int, end: int, repair: str | None) -> Placed:
    """Take white space off the ends."""
    piece = text[start:end]
    first, last = start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
    if (first, last) != (start, end):
        repair = " and ".join(filter(None, (repair, "white space at its ends")))
    return Placed(start=first, end=last, repair=repair)


def guess_count(text: str, spans: Iterable[tuple[int, int]]) -> str | None:
    """Return what the offsets of spans count that quote no words: `CODE_POINTS`, `UTF16`, or None where it is not told.

    It is told where all of a text's spans hold whole words in one of the two counts, and not in the other.
    """
    if not _has_wide(text):
        return None
    spans = list(spans)
    fits = [
        count
        for count in (CODE_POINTS, UTF16)
        if spans and all(_holds_words(text, _recount(text, start, end, count)) for start, end in spans)
    ]
    return fits[0] if len(fits) == 1 else None


def _place_unquoted(text: str, start: int, end: int, count: str | None) -> Placed:
    """Take offsets that nothing can be checked against, in the count that is known.

    Raises:
        ReadError: If they lie outside the text, or hold no words; where the count is not known also if they cut words
            after an emoji or the like, or hold words in both counts.
    """
    span = _recount(text, start, end, count or CODE_POINTS)
    if span is None and count == UTF16:
        raise ReadError(f"the span {start}-{end} lies outside the text, or within a character, in {UTF16}")
    if span is None:
        raise ReadError(f"the span {start}-{end} lies outside the text's 0-{len(text)}")
    if not text[span[0] : span[1]].strip():
        raise ReadError(f"the span {start}-{end} holds white space alone")
    placed = _trim(text, *span, UTF16 if span != (start, end) else None)
    if count is not None or not _has_wide(text[: placed.end]):
        return placed
    stands = f"the span {start}-{end} is {text[start:end]!r:.60}"
    if not _holds_words(text, span):
        raise ReadError(
            f"{stands}, which cuts a word and comes after a character beyond U+FFFF: it may be counted in UTF-16 "
            "units, and the source quotes no words to tell"
        )
    other = _recount(text, start, end, UTF16)
    if other is not None and _holds_words(text, other) and _trim(text, *other, None) != replace(placed, repair=None):
        raise ReadError(
            f"{stands}, or {text[other[0] : other[1]]!r:.60} if it is counted in UTF-16 units, and the source quotes "
            "no words to tell"
        )
    return placed


@lru_cache(maxsize=2)
def _has_wide(text: str) -> bool:
    """Whether a text has a character that counts as two in UTF-16."""
    return any(char > "\uffff" for char in text)


def _recount(text: str, start: int, end: int, count: str) -> tuple[int, int] | None:
    """Return a span of a count in code points, None where it is none."""
    if count == UTF16:
        positions = _utf16_positions(text)
        first, last = _position(positions, start), _position(positions, end)
    else:
        first, last = start, end
    return (first, last) if first is not None and last is not None and 0 <= first < last <= len(text) else None


def _holds_words(text: str, span: tuple[int, int] | None) -> bool:
    """Whether a span holds words, each whole but for proclitics before the first."""
    if span is None or not text[span[0] : span[1]].strip():
        return False
    placed = _trim(text, *span, None)
    return _is_on_edges(text, placed.start, placed.end)


def count_utf16(text: str, offset: int) -> int:
    """Return an offset in code points in UTF-16 units, as browsers count."""
    return offset + sum(char > "\uffff" for char in text[:offset])


@lru_cache(maxsize=2)
def _utf16_positions(text: str) -> list[int]:
    """Return for each code point, and the end, its offset in UTF-16 units."""
    return [0, *accumulate(1 + (char > "\uffff") for char in text)]

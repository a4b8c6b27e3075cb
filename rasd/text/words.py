"""Words of the source text, and the letters written onto their front.

A word is a longest run of letters, numbers and marks (categories L, N and M, tatweel included). Invisible characters
inside a word do not break it. HTML entities count as what they decode to; the rest of HTML is no word. Spans are
half-open and count code points of the text given.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata

from rasd.text import charsets
from rasd.text.markup import find_entities, find_tags

MAX_PROCLITICS = 3

_FORMAT = f"[{charsets.FORMAT_SET}]"


@functools.cache
def _word_pattern() -> re.Pattern[str]:
    """Return the pattern of a word; each alternative takes a whole run, which keeps the search fast."""
    letters, marks = f"{charsets.LETTER_OR_NUMBER}+", f"[{charsets.all_marks_set()}]+"
    inside = f"{_FORMAT}+(?={charsets.LETTER_OR_NUMBER}|{marks})"
    return re.compile(f"(?:{letters}|{marks})(?:{marks}|{letters}|{inside})*")


@functools.cache
def _letter_pattern() -> re.Pattern[str]:
    """Return the pattern of a letter with all that hangs on it: marks, tatweel and invisible characters."""
    hanging = f"[{charsets.all_marks_set()}{charsets.TATWEEL}{charsets.FORMAT_SET}]*"
    return re.compile(rf"{hanging}([^\W_{charsets.TATWEEL}]){hanging}")


def _mask_markup(text: str) -> str:
    """Return a text of the same length in which entities and tags stand as what they are to a word.

    An entity of a letter becomes that letter drawn out by tatweel, so that it still counts as one letter.
    """
    pieces: list[str] = []
    position = 0
    entities = [(start, end, _entity_mask(decoded, end - start)) for start, end, decoded in find_entities(text)]
    tags = [(start, end, " " * (end - start)) for start, end in find_tags(text)]
    for start, end, mask in sorted(entities + tags):
        if start < position:
            continue  # an entity inside a tag
        pieces += (text[position:start], mask)
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


def _entity_mask(decoded: str, length: int) -> str:
    """Return `length` characters that are to a word what the decoded entity is."""
    categories = {unicodedata.category(char)[0] for char in decoded}
    if categories and categories <= set("LNM"):
        return decoded[0] + charsets.TATWEEL * (length - 1)
    # An entity of no valid character decodes to nothing, so it is as invisible as a zero-width one.
    if all(unicodedata.category(char) == "Cf" for char in decoded):
        return "\u200d" * length
    return " " * length


def find_words(text: str) -> list[tuple[int, int]]:
    """Return the spans of the words of a text, in order.

    Args:
        text: the source text, as it came.

    Returns:
        Half-open spans, apart from each other.

    Example:
        >>> [text[start:end] for text in ["وصلَ 12 حافلة&nbsp;فارغة!"] for start, end in find_words(text)]
        ['وصلَ', '12', 'حافلة', 'فارغة']
    """
    if "&" in text or "<" in text:
        text = _mask_markup(text)
    return [match.span() for match in _word_pattern().finditer(text)]


def first_letters(text: str, start: int, end: int, count: int) -> list[str]:
    """Return the first letters of a word as plain Arabic, marks, tatweel and invisible characters passed over.

    Args:
        text: the source text.
        start: start of the word.
        end: its end.
        count: how many letters at most.

    Returns:
        The letters; presentation forms, ligatures, Persian letters and entities as the letters that they stand for.

    Example:
        >>> first_letters("وَـبالسوق", 0, 9, 3)
        ['و', 'ب', 'ا']
    """
    word = text[start:end]
    if "&" in word:
        word = _mask_markup(word)
    letters = (letter for match in _letter_pattern().finditer(word) for letter in _plain(match.group(1)))
    return list(itertools.islice(letters, count))


def _plain(char: str) -> str:
    """Return the letters that a presentation form, ligature or Persian letter stands for; none for a mark's form."""
    letters = filter(str.isalnum, unicodedata.normalize("NFKC", char))
    return "".join(charsets.PERSIAN_LETTERS.get(letter, letter) for letter in letters)


def cut_proclitics(text: str, start: int, end: int, count: int) -> int:
    """Return where a word starts once its first letters are left out.

    Each letter takes along the marks, tatweel and invisible characters that follow it. At least one letter of the word
    stays, and so does a ligature that only part of would be left out.

    Args:
        text: the source text.
        start: start of the word.
        end: its end.
        count: how many letters to leave out.

    Returns:
        The new start, in `[start, end)`.

    Example:
        >>> cut_proclitics("وَبالمدينة", 0, 10, 2)
        3
    """
    if count <= 0:
        return start
    word = text[start:end]
    if "&" in word:
        word = _mask_markup(word)
    before = cut = 0
    for match in _letter_pattern().finditer(word):
        size = len(_plain(match.group(1)))
        if size > count:
            return start + cut
        count -= size
        before, cut = cut, match.end()
    return start + before


def count_proclitics(text: str, word_start: int, span_start: int) -> int | None:
    """Return how many letters lie between the start of a word and the start of a span inside it.

    Args:
        text: the source text.
        word_start: start of the word.
        span_start: start of the span, at or after the word's.

    Returns:
        The count, 0 to 3; None if there are more, if one is no proclitic, or if anything but letters lies between.
    """
    if span_start <= word_start:
        return 0 if span_start == word_start else None
    prefix = text[word_start:span_start]
    if "&" in prefix:
        prefix = _mask_markup(prefix)
    count = position = 0
    for match in _letter_pattern().finditer(prefix):
        letters = _plain(match.group(1))
        count += len(letters)
        if match.start() != position or not set(letters) <= set(charsets.PROCLITICS) or count > MAX_PROCLITICS:
            return None
        position = match.end()
    return count if position == len(prefix) else None

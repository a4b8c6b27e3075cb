"""Text as the readers of numbers and times see it: folded, cut into words, numbers and signs, and read by phrases.

Folding takes away what writers do as they like (hamza, ta marbuta, marks, digits of one script or another), so that
the tables of words need one spelling each. All tables are built at first use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from rasd.text import charsets
from rasd.text.readable import clean

T = TypeVar("T")

# Fathatan says that the alef is no letter of a dual: «ألفاً» is one thousand, «ألفا شخص» two.
_TANWIN = re.compile("\u064b\u0627|\u0627\u064b(?![^\\W\\d_])")
_TABLE = str.maketrans(
    {letter: charsets.LETTER_FOLDS.get(arabic, arabic) for letter, arabic in charsets.PERSIAN_LETTERS.items()}
    | charsets.LETTER_FOLDS
    | {"٪": "%", "ـ": "", "،": ",", "–": "-", "—": "-", "−": "-", "\u00a0": " ", "\u202f": " "}
    | dict(zip(charsets.ARABIC_INDIC_DIGITS, charsets.ASCII_DIGITS, strict=True))
    | dict(zip(charsets.PERSIAN_DIGITS, charsets.ASCII_DIGITS, strict=True))
)
# A number with its separators, of which a space is one only between groups of three; letters; a sign.
_TOKEN = re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?![0-9])|[0-9]+(?:[.,٫٬][0-9]+)*|@[0-9:-]+|[^\W\d_]+|\S")
_ARTICLE = "ال"
_AND = "و"
_ONE = "واحد"
_TEN = "عشر"


class Unclear(ValueError):
    """What stands there cannot be read as a value; the message is the reason that a user is given."""


def fold(text: str) -> str:
    """Return a text without what writers do as they like: one spelling for all.

    Example:
        >>> fold("ثلاثُمئة وخمسون ألفاً، ١٢٪")
        'ثلاثمءه وخمسون الف, 12%'
    """
    return clean(_TANWIN.sub("", text)).translate(_TABLE)


def tokenize(folded: str) -> list[str]:
    """Return the words, numbers and signs of a folded text; the article before digits is left out.

    Example:
        >>> tokenize(fold("أكثر من الـ1,500"))
        ['اكثر', 'من', '1,500']
    """
    tokens = _TOKEN.findall(folded)
    pairs = zip(tokens, [*tokens[1:], ""], strict=False)
    return [token for token, after in pairs if token != _ARTICLE or not is_digits(after)]


def is_digits(token: str) -> bool:
    """Return whether a token is a number in digits."""
    return token[:1] in charsets.ASCII_DIGITS and bool(token)


def part_and(tokens: Sequence[str], is_known: Callable[[str], bool]) -> list[str]:
    """Return the tokens with each "and" apart from the word that it is written onto, where that word is known."""
    parted: list[str] = []
    for token, following in zip(tokens, [*tokens[1:], ""], strict=False):
        is_eleven = token == _ONE and following == _TEN  # «وأحد عشر» is folded to what «واحد» is
        is_written_on = token[0] == _AND and len(token) > 1 and not is_known(token) and is_known(token[1:])
        if is_eleven or is_written_on:
            parted += [_AND, token[1:]]
        else:
            parted.append(token)
    return parted


def without_article(token: str) -> str:
    """Return a word without its article."""
    return token[len(_ARTICLE) :] if token.startswith(_ARTICLE) and len(token) > len(_ARTICLE) + 1 else token


def make_phrases(table: Mapping[str, T]) -> dict[tuple[str, ...], T]:
    """Return a table of phrases, several in a key parted by `|`, as one of folded tokens."""
    return {tuple(tokenize(fold(phrase))): value for key, value in table.items() for phrase in key.split("|")}


def match_phrase(
    tokens: Sequence[str], start: int, phrases: Mapping[tuple[str, ...], T], longest: int = 4
) -> tuple[T, int] | None:
    """Return the value of the longest phrase that begins at a token, and where it ends."""
    for end in range(min(len(tokens), start + longest), start, -1):
        phrase = tuple(tokens[start:end])
        if phrase in phrases:
            return phrases[phrase], end
    return None

"""Looking for expressions in Arabic mentions, whatever their marks, hamza spelling, article and proclitics."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from rasd.text import charsets

# What may stand before a word and is no part of it: and, so; by, like, to; the article, also after ل, which swallows
# its alef.
_FRONT = "(?:[وف]?(?:[بك]?ال|لل|[بكل])?)"
# Words of places that name none.
_PLACE_LIST = """
بلدة بلدات مدينة مدينتي قرية قرى قريتي بلدتي منطقتي حي أحياء ريف محافظة محافظات ولاية إقليم منطقة مناطق محيط ضواحي ضاحية
أطراف وسط شمال جنوب شرق غرب شمالي جنوبي شرقي غربي الشمالي الجنوبي الشرقي الغربي الشمالية الجنوبية الشرقية الغربية مخيم
ناحية قضاء مديرية قرب في أماكن مكان مواقع موقع نقاط أهداف منازل مبان المناطق ذاتها نفسها
"""
_FOLDS = str.maketrans(charsets.LETTER_FOLDS | charsets.PERSIAN_LETTERS)


@functools.cache
def _unseen() -> re.Pattern[str]:
    """Return the pattern of what is no letter: marks, tatweel, invisible characters."""
    return re.compile(f"[{charsets.MARK_SET}{charsets.TATWEEL}{charsets.FORMAT_SET}]")


@functools.lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Return a text without marks and tatweel, with letters that writers put for one another made one.

    Example:
        >>> fold("الطائرات المُسيّرة")
        'الطاءرات المسيره'
    """
    folded = _unseen().sub("", text).translate(_FOLDS).translate(_FOLDS)
    return " ".join(folded.split())


def bare_word(word: str) -> str:
    """Return a folded word without the article and the signs around it."""
    bare = word.strip("#«»\"'().,،")
    return bare[2:] if bare.startswith("ال") and len(bare) > 4 else bare


@functools.cache
def place_words() -> frozenset[str]:
    """Return the bare words of places that name none, such as town and north."""
    return frozenset(bare_word(fold(word)) for word in _PLACE_LIST.split())


def begins_as_place(text: str) -> bool:
    """Whether a mention is a place by its first word.

    Example:
        >>> begins_as_place("بلدة السنديان"), begins_as_place("السنديان")
        (True, False)
    """
    return bare_word(fold(text).split(" ")[0]) in place_words()


def compile_words(expressions: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern that finds any of some expressions in folded text.

    Each stands on word edges; article and proclitics before its words do not matter, and a word that ends in * goes on
    as it likes.

    Example:
        >>> bool(compile_words(["طائرة مسيّرة", "درون*"]).search(fold("بالطائرة المسيرة")))
        True
    """
    return _compile(tuple(expressions))


@functools.cache
def _compile(expressions: tuple[str, ...]) -> re.Pattern[str]:
    forms = []
    for expression in expressions:
        words = fold(expression).split()
        forms.append(r"\s+".join(_FRONT + _word_form(word) for word in words))
    return re.compile(rf"(?<!\w)(?:{'|'.join(forms)})(?!\w)")


def _word_form(word: str) -> str:
    """Return the pattern of a folded word; its own article is taken off, as any article may stand there."""
    bare = word[2:] if word.startswith("ال") and len(word) > 4 else word
    return re.escape(bare[:-1]) + r"\w*" if bare.endswith("*") else re.escape(bare)

"""A readable form of a span, to stand beside the exact quote and never instead of it.

Arabic writes letters of grammar onto its words, and corpora leave them out of a span: of «للميليشيات» the span is
«لميليشيات», which nobody reads. Offsets are half-open and count code points of the text given.
"""

from __future__ import annotations

import functools
import re

from rasd.text import rules
from rasd.text.offsets import OffsetMap
from rasd.text.words import count_proclitics, find_words, first_letters

# Words whose own first letter is a lam, so that «لل» before them need not hold an article: names, which have none, and
# nouns of which only the grammar of the sentence says. Without the article they are right in either case.
_OWN_LAM_NAMES = "لبنان ليبيا لندن لاهاي لوكسمبورغ لاتفيا ليتوانيا ليبيريا لاوس لشبونة ليون ليل ليما لواندا لوساكا لوس"
_OWN_LAM_NOUNS = (
    "لجنة لجان لواء لقاء لغة لغات لغم لعبة لحظة لحظات لوح لوحة لون لقب لحم لقاح لص لسان لباس لائحة لوم لجوء"
)
# Of these the article may be taken for granted: people of a kind, who after «لل» are nearly always those spoken of.
_OWN_LAM_PEOPLE = (
    "لاجئين لاجئون لاجئ لاجئة لاجئات لبنانيين لبنانيون لبناني لبنانية لبنانيات ليبيين ليبيون ليبي ليبية ليبيات لاعبين "
    "لاعبون لاعب لصوص لوائح"
)
_SPACE = re.compile(r"\s+")
# Code points before a span that are looked at: three letters with their marks.
_REACH = 40


def clean(text: str) -> str:
    """Return a text with entities decoded, presentation forms as letters, and no tags, marks, tatweel or invisible
    characters; white space is joined.

    Example:
        >>> clean("مُحمّـــد   ﻋﻠﻲ")
        'محمد علي'
    """
    offsets = OffsetMap.identity(len(text))
    for rule in (rules.decode_entities, rules.expand_presentation_forms, rules.drop_marks, rules.remove_tags):
        text, offsets = rule(text, offsets)
    return _SPACE.sub(" ", text).strip()


def readable(text: str, start: int, end: int) -> str:
    """Return how a span reads when it stands alone.

    What `clean` does, and the article that a span has lost to the preposition before it: «ل» and «ال» are written
    «لل», of which a span takes the second letter or none. Letters that the span begins with stay.

    Args:
        text: The text that the span lies in; a sentence is enough.
        start: Offset of the span in it.
        end: Offset after the span.

    Returns:
        The readable form, on one line.

    Raises:
        ValueError: If the span does not lie in the text.

    Example:
        >>> readable("للميليشيات المسلحة", 1, 18)
        'الميليشيات المسلحة'
    """
    if not 0 <= start < end <= len(text):
        raise ValueError(f"span {start}-{end} does not lie in a text of {len(text)} characters")
    form = clean(text[start:end])
    if start == 0 or text[start - 1].isspace():  # nearly every span
        return form
    before = _letters_before(text, start)
    if before.endswith("لل"):
        return f"ال{form}"
    if not before.endswith("ل") or not form.startswith("ل"):
        return form
    word = form.split(" ", 1)[0]
    if word == "له":
        return f"ال{form}"  # «لله» is written with one lam less
    if word in _own_lam(_OWN_LAM_PEOPLE):
        return f"ال{form}"
    return form if word in _own_lam(f"{_OWN_LAM_NAMES} {_OWN_LAM_NOUNS}") else f"ا{form}"


@functools.cache
def _own_lam(words: str) -> frozenset[str]:
    return frozenset(words.split())


def _letters_before(text: str, start: int) -> str:
    """Return the proclitics that stand between the start of the word and a span in it."""
    floor = max(0, start - _REACH)
    for word_start, word_end in find_words(text[floor : start + 1]):
        word_start, word_end = word_start + floor, word_end + floor
        if word_start < start < word_end:
            count = count_proclitics(text, word_start, start)
            return "".join(first_letters(text, word_start, start, count)) if count else ""
    return ""

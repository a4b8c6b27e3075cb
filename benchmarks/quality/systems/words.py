"""The words that the rivals label.

Arabic writes one-letter words onto the next ("وقصفت", and bombed), and many triggers stand behind such a letter. A
tagger of plain words could not begin a span there, so one such letter is a word of its own where three letters follow.
"""

from __future__ import annotations

import re

MARKS = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
LETTER = rf"(?:[^\W_]|[{MARKS}])"
WORD = re.compile(rf"(?<![^\W_])[وفبلكس][{MARKS}]*(?=[^\W_]{LETTER}{{2}})|[^\W_]{LETTER}*|\S")


def words_of(text: str) -> list[tuple[int, int]]:
    """Return the half-open spans of words."""
    return [match.span() for match in WORD.finditer(text)]

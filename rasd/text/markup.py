"""What scraped pages leave in their text: HTML entities and tags.

`normalize` and `words` both read them here, so that the two agree on what is a word. Spans are half-open.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator

# Names are ASCII and at most 31 characters, with or without the semicolon; what is no entity decodes to itself.
_ENTITY = re.compile(r"&(?:#(?:[0-9]+|[xX][0-9a-fA-F]+);?|[A-Za-z][A-Za-z0-9]{0,31};?)")

_TAG_NAMES = (
    "a abbr address area article aside audio b base blockquote body br button canvas caption center cite code col "
    "colgroup dd del details div dl dt em embed fieldset figcaption figure font footer form frame h1 h2 h3 h4 h5 h6 "
    "head header hr html i iframe img input ins label legend li link main map mark meta nav noscript object ol "
    "option p param picture pre q s script section select small source span strike strong style sub summary sup "
    "svg table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr"
)


@functools.cache
def tag_pattern() -> re.Pattern[str]:
    """Return the pattern of real HTML tags and comments: a known name, no `<` inside, closed by `>`."""
    names = "|".join(sorted(_TAG_NAMES.split(), key=len, reverse=True))
    return re.compile(rf"</?(?:{names})(?:[\s/][^<>]*)?>|<!(?:--|doctype\b)[^<>]*>", re.IGNORECASE)


def find_entities(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and decoded characters of each HTML entity in `text`.

    What follows a name without a semicolon is left out of the span: `&ampnews` is the entity `&amp` before `news`.
    """
    if "&" not in text:
        return
    for match in _ENTITY.finditer(text):
        raw = match.group()
        decoded = html.unescape(raw)
        if decoded == raw:
            continue
        rest = 0
        if raw[1] != "#":
            limit = min(len(raw), len(decoded)) - 1
            while rest < limit and raw[-1 - rest] == decoded[-1 - rest]:
                rest += 1
        yield match.start(), match.end() - rest, decoded[: len(decoded) - rest]


def find_tags(text: str) -> list[tuple[int, int]]:
    """Return the spans of real HTML tags; `<` and `>` as signs in ordinary text are none."""
    if "<" not in text or ">" not in text:
        return []
    return [match.span() for match in tag_pattern().finditer(text)]

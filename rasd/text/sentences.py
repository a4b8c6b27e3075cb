"""Splitting Arabic text, as scraped from news sites, into sentences.

A sentence ends at a line break or at a full stop, question mark, exclamation mark or ellipsis that ends one; what
closes a quotation after it stays with it. A single line break after a comma, or after a word that ends no sentence such
as a preposition, ends none either: scrapers break lines about links. Spans are half-open, count code points of the text
given, and hold every character of it but white space. The time taken grows with the length of the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rasd.text import charsets

MAX_CHARS = 1000

_HANGING = f"{charsets.MARK_SET}{charsets.TATWEEL}{charsets.FORMAT_SET}"
_LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_CLAUSE_ENDERS = "،؛:,;"

# An ender, then what closes quotations and brackets, then the comma by which scrapers join paragraphs.
_ENDER = re.compile(
    rf"(?P<line>[{_LINE_BREAKS}]+)"
    r"|(?P<bullet>(?<=\s)[•●▪■◦‣►](?=\s))"
    r"|(?P<stop>[.!?؟…۔]+)"
    rf"(?P<close>[{charsets.FORMAT_SET}]*(?:[»”’›)\]}}]|[\"'‘](?!\w)|[ \u00a0](?=[»”])|[.,،؛](?![^\s.,»”\"]))*)"
)
_SHORT_QUOTE = re.compile(r"«[^«»\n]{1,120}»|“[^“”\n]{1,120}”|\"(?=\S)[^\"\n]{1,120}\"(?!\w)")
_BREAKABLE = re.compile(rf"[{_CLAUSE_ENDERS}](?=\s)|\s")
_WORD_CHAR = re.compile(r"\w")

# How far the words about an ender are read: bounded, so that each ender costs the same.
_REACH = 40
_WORD_BEFORE = re.compile(rf"([\w{_HANGING}]+)[ \u00a0]?$")
_WORD_AFTER = re.compile(rf"[\s\"«“(\[#]*([\w{_HANGING}]*)")
_LETTER_APART = re.compile(rf"(?:^|[\s(«\"])[{charsets.LETTER_SET}][{_HANGING}]*[ \u00a0]$")
_NUMBER_BEFORE = re.compile(r"\d[ \u00a0]?$")
_LIST_NUMBER = re.compile(r"[(\[]?(?:\d{1,3}|\d{0,2}[A-Za-z])")
_HANGERS = re.compile(f"[{_HANGING}]+")

_ABBREVIATION_WORDS = """
إلخ الخ
Mr Mrs Ms Dr Prof St Sr Jr Gen Col Lt Sgt Capt Gov Sen Rep Rev Hon No vs etc Inc Ltd Co Corp Bros Fig Vol pp
"""
_ABBREVIATIONS = frozenset(_ABBREVIATION_WORDS.split())

# Latin letters as Arabic newsrooms spell them, for agencies and companies: إن.بي.سي
_LETTER_NAME_WORDS = """
إيه ايه إي اي أي آي ايي بي سي دي إف اف جي إتش اتش إج جيه جاي كيه كي كاي إل ال إم ام إن ان أو او بيه كيو آر ار إس اس
تي يو في فاي دبليو دابليو إكس اكس واي زد زي زيد
"""
_LETTER_NAMES = frozenset(_LETTER_NAME_WORDS.split())

# Ends of web addresses in Arabic letters.
_ADDRESS_ENDS = ("نت", "كوم", "أورغ", "اورغ")

# Words that open a sentence in news prose: an abbreviation before one of them ends its sentence.
_OPENER_WORDS = """
وقال وقالت وأضاف وأضافت وأكد وأكدت وأوضح وأوضحت وذكر وذكرت وأشار وأشارت وتابع وتابعت وكان وكانت وكما كما فيما بينما
ثم ولم ولا وقد وفي ومن وعلى وإلى وهو وهي وأعلن وأعلنت وأفاد وأفادت ونقل ونقلت وجاء وجاءت ولكن لكن وبعد وقبل وتم ويأتي
وتأتي ويذكر يذكر وبحسب ووفق ووفقا وهذا وهذه وذلك وتضم ويضم وتقع ويقع
"""
_OPENERS = frozenset(_OPENER_WORDS.split())
# Words that end no sentence; `بعد`, `قبل` and the like may, as adverbs.
_LEADING_WORDS = """
في من على إلى الى عن أن إن ان بأن لأن التي الذي الذين اللذين اللتين بين منذ لدى أو لم لن ضد خلال عبر بسبب إثر عقب بعدما
أثناء ضمن لكن حتى ثم مع سوى نحو حيث بينما فيما قد
"""
_LEADING = frozenset(prefix + word for word in _LEADING_WORDS.split() for prefix in ("", "و"))
_AND_OPENERS = frozenset(word for word in _OPENERS if word.startswith("و"))


def split_sentences(text: str, *, max_chars: int = MAX_CHARS) -> list[tuple[int, int]]:
    """Return the spans of the sentences of a text, in order.

    Args:
        text: the source text, as it came.
        max_chars: a sentence longer than this is cut at clause punctuation or a space, never inside a word.

    Returns:
        Half-open spans without white space at their ends. Each character that is not white space lies in exactly one.

    Raises:
        ValueError: `max_chars` is less than 1.

    Example:
        >>> text = "وصل د. سامر أمس. هل يبقى؟ نعم."
        >>> [text[start:end] for start, end in split_sentences(text)]
        ['وصل د. سامر أمس.', 'هل يبقى؟', 'نعم.']
    """
    if max_chars < 1:
        raise ValueError(f"max_chars is {max_chars}; expected 1 or more")
    spans: list[tuple[int, int]] = []
    start = 0
    opens_line = True
    for end, is_line_end in _find_boundaries(text):
        piece = text[start:end]
        stripped = piece.strip()
        if stripped:
            first = start + len(piece) - len(piece.lstrip())
            last = first + len(stripped)
            if not opens_line and not _WORD_CHAR.search(stripped):
                spans[-1] = (spans[-1][0], last)  # punctuation that stands alone closes what came before it
            else:
                spans.append((first, last))
        opens_line = is_line_end or (opens_line and not stripped)
        start = end
    return [part for span in spans for part in _cut_long(text, *span, max_chars)]


def _find_boundaries(text: str) -> Iterator[tuple[int, bool]]:
    """Yield where each sentence ends and whether a line break ends it; the end of the text is the last."""
    has_questions = any(char in text for char in "!?؟…") or "..." in text
    quotes = (match.span() for match in _SHORT_QUOTE.finditer(text if has_questions else ""))
    quote = next(quotes, None)
    start = 0
    for match in _ENDER.finditer(text):
        if match["line"]:
            if _runs_on(text, start, match):
                continue
            start = match.end()
            yield start, True
        elif match["bullet"]:
            start = match.start()
            yield start, False
        else:
            position = match.start()
            while quote and quote[1] <= position:
                quote = next(quotes, None)
            is_quoted = quote is not None and quote[0] <= position
            if _ends_sentence(text, start, match, is_quoted=is_quoted):
                start = match.end()
                yield start, False
    yield len(text), True


def _runs_on(text: str, start: int, match: re.Match[str]) -> bool:
    """Say whether a line break stands inside the sentence that began at `start`."""
    if match["line"] not in ("\n", "\r\n"):
        return False
    window = text[max(start, match.start() - _REACH) : match.start()].rstrip(" \u00a0")
    following = text[match.end() : match.end() + _REACH].lstrip(" \u00a0").lstrip('«“"(#')
    if _word_before(window, 0, len(window)) in _LEADING:
        return following[:1].isalnum()  # no empty line and no bullet
    return window.endswith(("،", ",")) and following[:1].isalpha()  # nor the number of a list


def _ends_sentence(text: str, start: int, match: re.Match[str], *, is_quoted: bool) -> bool:
    """Say whether the enders that `match` found end the sentence that began at `start`."""
    position, end = match.span()
    if end >= len(text) or text[end] in _LINE_BREAKS:
        return True
    mark, closers, following = match["stop"], match["close"].strip(), text[end]
    before = text[position - 1] if position > start else ""
    if before and before in "([":
        return False  # an omission (...) or a doubt (!)
    if "," in closers or "." in closers:
        return True  # the comma of joined paragraphs, or a full stop after the quotation, outweighs any doubt
    is_full_stop = mark in (".", "۔")
    if closers and closers[-1] in "،؛" and not (is_full_stop and len(closers) == 1):
        return False  # the sentence goes on after its quotation or question
    if is_full_stop:
        if _is_inner_stop(text, start, match):
            return False
    elif mark == "..":
        return False  # newsrooms write two dots for a pause
    else:
        if ")" in closers:
            return False
        if is_quoted and not (closers and following.isspace() and _word_after(text, end) in _AND_OPENERS):
            return False
        if text[end : end + 2].lstrip()[:1] in ("،", "؛", ":"):
            return False
    return following.isspace() or _lacks_space(text, start, match)


def _lacks_space(text: str, start: int, match: re.Match[str]) -> bool:
    """Say whether the next sentence follows without a space, as in `وصل.وأضاف`, but not in `ص.ب` or `a.org`."""
    position, end = match.span()
    before = text[position - 1] if position > start else ""
    following = text[end]
    if following in '«“("[':
        following = text[end + 1 : end + 2]
    if not before or not (following.isalnum() or following == "#"):
        return False
    if following.isascii() and following.isalnum() and (following.islower() or (before.isascii() and before.isalnum())):
        return False
    if match["close"] or not (before.isalnum() or before in charsets.TATWEEL or _HANGERS.match(before)):
        return True
    word, next_word = _word_before(text, start, position), _word_after(text, end)
    if next_word in _ADDRESS_ENDS:
        return False
    return (len(word) > 2 or word.isdigit()) and (len(next_word) > 1 or following.isdigit())


def _is_inner_stop(text: str, start: int, match: re.Match[str]) -> bool:
    """Say whether a single full stop belongs to a number, an address, a list number or an abbreviation."""
    position, end = match.span()
    before = text[position - 1] if position > start else ""
    following = text[end]
    if before.isdigit() and following.isdigit():
        return True
    if before.isascii() and before.isalnum() and following.isascii() and following.isalnum():
        return True
    if match["close"]:
        return False
    window = text[max(start, position - _REACH) : position].strip()
    if position - start < _REACH and _LIST_NUMBER.fullmatch(window):
        return True
    word, next_word = _word_before(text, start, position), _word_after(text, end)
    if next_word in _LETTER_NAMES and (word in _LETTER_NAMES or word[1:] in _LETTER_NAMES):
        return True
    # An abbreviation may be the last word after all: `هـ`, `م`, `U.S.`
    if next_word in _OPENERS:
        return False
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and _is_initial(text, start, match, next_word))


def _is_initial(text: str, start: int, match: re.Match[str], next_word: str) -> bool:
    """Say whether a single letter before a full stop is an initial or a title rather than the end of a sentence."""
    head = text[max(start, match.start() - _REACH) : match.start()]
    head = _WORD_BEFORE.sub("", head)
    if _LETTER_APART.search(head):
        return False  # the letters of an agency, set apart: `أ ف ب.`
    if _NUMBER_BEFORE.search(head):
        return not next_word.startswith("و")  # an era or a unit: `1435 هـ.`
    return True


def _word_before(text: str, start: int, position: int) -> str:
    """Return the word that ends at `position`, a space between allowed, without its marks."""
    match = _WORD_BEFORE.search(text[max(start, position - _REACH) : position])
    return _HANGERS.sub("", match[1]) if match else ""


def _word_after(text: str, position: int) -> str:
    """Return the word that begins at `position` or after spaces and opening quotes, without its marks."""
    match = _WORD_AFTER.match(text, position, position + _REACH)
    return _HANGERS.sub("", match[1]) if match else ""


def _cut_long(text: str, start: int, end: int, max_chars: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a sentence, each of at most `max_chars` characters where its words allow it."""
    while end - start > max_chars:
        limit = start + max_chars
        clause = space = 0
        for match in _BREAKABLE.finditer(text, start + 1, limit + 1):
            if match.group() not in _CLAUSE_ENDERS:
                space = match.start()
            elif match.end() <= limit:
                clause = match.end()
        cut = clause if clause - start > max_chars // 2 else space
        if not cut:  # one word fills it all
            found = _BREAKABLE.search(text, limit, end)
            if not found:
                break
            cut = found.start() + (found.group() in _CLAUSE_ENDERS)
        next_start = cut
        while text[cut - 1].isspace():
            cut -= 1
        yield start, cut
        start = next_start
        while text[start].isspace():
            start += 1
    yield start, end

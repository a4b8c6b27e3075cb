"""The rewriting rules of the normaliser: the mended ones first, then AraBERT's own.

A rule takes a text and its `OffsetMap` and returns both rewritten. The mended rules do what AraBERT's cleaning means
to do without losing letters, digits or words; the `strict_` rules give what arabert 1.0.1 gives, faults included, and
`scripts/check_arabert_parity.py` holds them against it. Rules run in linear time and return at once where nothing
matches.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable

from rasd.text import charsets
from rasd.text.datelines import find_dateline
from rasd.text.markup import find_entities, find_tags
from rasd.text.offsets import Edit, OffsetMap, apply_edits, substitute

Rule = Callable[[str, OffsetMap], tuple[str, OffsetMap]]

_WHITESPACE = re.compile(r"\s{2,}|[^\S ]")
_REPEATS = re.compile(r"(\D)\1{2,}", re.DOTALL)
_MIXED = re.compile(rf"\d[{charsets.LETTER_SET}]|[{charsets.LETTER_SET}]\d")
_DIGIT_EDGE = re.compile(rf"(?<=\d)(?=[{charsets.LETTER_SET}])|(?<=[{charsets.LETTER_SET}])(?=\d)")

_PRESENTATION = re.compile(f"[{charsets.PRESENTATION_SET}]")
_DROPPED = re.compile(f"[{charsets.TASHKEEL_SET}{charsets.EXTRA_MARK_SET}{charsets.TATWEEL}{charsets.FORMAT_SET}]+")
_HAMZA_MARKS = re.compile(f"[اويى]?[{charsets.COMBINING_HAMZA_SET}]+")
_PERSIAN = re.compile(f"[{''.join(charsets.PERSIAN_LETTERS)}]")
_PERSIAN_TABLE = str.maketrans(charsets.PERSIAN_LETTERS)
_DIGITS = re.compile(f"[{charsets.ARABIC_INDIC_DIGITS}{charsets.PERSIAN_DIGITS}٫٬]")
_DIGIT_TABLE = str.maketrans(
    charsets.ARABIC_INDIC_DIGITS + charsets.PERSIAN_DIGITS + "".join(charsets.DECIMAL_SEPARATORS),
    charsets.ASCII_DIGITS * 2 + "".join(charsets.DECIMAL_SEPARATORS.values()),
)

# What AraBERT's vocabulary was built over: U+06DA and U+0B4D are oversights of its authors, kept for parity.
_ALPHABET_SET = (
    r"\s!-%'-~«·»،؛؟\u0621-\u063a\u0640-\u066c\u0671-\u0674\u06da\u0b4d\u2013\u2014\u2018\u2019\u201c\u201d\u2026"
)
_REJECTED = re.compile(f"[^{_ALPHABET_SET}]")
_ALLOWED = re.compile(f"[{_ALPHABET_SET}]*")
_PLAIN_LETTERS = re.compile(f"[{charsets.LETTER_SET}a-zA-Z0-9]+")
_EMOJI = re.compile(f"[{charsets.EMOJI_SET}]")

_SEPARATORS = re.compile(r"(?:[^\w\s\[\]]|_)+")
_STRICT_SEPARATORS = re.compile(rf"[^0-9{charsets.LETTER_SET}\u0660-\u0669a-zA-Z\[\]\s]+")

_LINK_END = r"[^\s<>\"«»،؛]*[^\s<>\"«»،؛.,:;!?؟…'’”)\]}]"
_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_LINK = re.compile(rf"(?<![A-Za-z0-9])(?:(?:https?|ftp)://|www\.){_LINK_END}", re.IGNORECASE)
_TOP_DOMAINS = (
    "com|net|org|edu|gov|mil|int|info|biz|news|tv|io|me|co|ly|"
    "ae|bh|dj|dz|eg|iq|jo|km|kw|lb|ma|mr|om|ps|qa|sa|sd|so|sy|tn|ye|il|ir|tr|uk|us|fr|de|ru|eu|ca|au|ch"
)
# A name of one letter is a site only with a path (t.co/x); `v.s.com` in running text is no site.
_DOMAIN = re.compile(
    r"(?<![A-Za-z0-9@._-])(?:[A-Za-z0-9-]+\.)*"
    rf"(?:[A-Za-z0-9-]{{2,}}\.(?:{_TOP_DOMAINS})|[A-Za-z0-9]\.(?:{_TOP_DOMAINS})(?=/))(?![A-Za-z0-9@_-]|\.[A-Za-z0-9])"
    rf"(?::\d+)?(?:/(?:{_LINK_END})?)?"
)
_MENTION = re.compile(r"(?<![\w@])@\w+(?![\w@])")
# Not the part of a page in a web address.
_HASHTAG = re.compile(r"(?<![A-Za-z0-9/])#(?=\w*[^\W\d_])\w+")


def decode_entities(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Decode HTML entities, as `html.unescape` does."""
    return apply_edits(text, offsets, list(find_entities(text)))


def remove_tags(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Put a space for each real HTML tag."""
    return apply_edits(text, offsets, [(start, end, " ") for start, end in find_tags(text)])


@functools.cache
def _expand_form(char: str) -> str:
    """Return the letters of a presentation form; stand-alone marks lose the space that carries them."""
    ornate = {"\ufd3e": ")", "\ufd3f": "("}
    return ornate.get(char) or unicodedata.normalize("NFKC", char).lstrip()


def expand_presentation_forms(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Write presentation forms and ligatures as ordinary letters."""
    if not _PRESENTATION.search(text):
        return text, offsets
    edits = [(match.start(), match.end(), _expand_form(match.group())) for match in _PRESENTATION.finditer(text)]
    return apply_edits(text, offsets, edits)


def cut_dateline(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Delete the dateline at the beginning."""
    end = find_dateline(text)
    return apply_edits(text, offsets, [(0, end, "")]) if end else (text, offsets)


def drop_marks(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Delete tashkeel, dagger alef, tatweel, bidi controls and zero-width characters; compose hamza marks."""
    text, offsets = substitute(text, offsets, _DROPPED, "")
    if not _HAMZA_MARKS.search(text):
        return text, offsets
    edits = []
    for match in _HAMZA_MARKS.finditer(text):
        group = match.group()
        composed = ""
        if group[0] in "اويى":
            composed = unicodedata.normalize("NFC", group[:2].replace("ى", "ي"))
            composed = composed if len(composed) == 1 else group[0]
        edits.append((match.start(), match.end(), composed))
    return apply_edits(text, offsets, edits)


def map_persian_letters(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Map letters of Persian, Urdu and kindred spelling to Arabic ones, one to one."""
    return (text.translate(_PERSIAN_TABLE), offsets) if _PERSIAN.search(text) else (text, offsets)


def map_digits(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Map Arabic-Indic and Persian digits and their separators to ASCII, one to one."""
    return (text.translate(_DIGIT_TABLE), offsets) if _DIGITS.search(text) else (text, offsets)


def email_rule(token: str) -> Rule:
    """Return the rule that puts `token` for e-mail addresses."""

    def replace_emails(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
        return substitute(text, offsets, _EMAIL, f" {token} ") if "@" in text else (text, offsets)

    return replace_emails


def link_rule(token: str) -> Rule:
    """Return the rule that puts `token` for web addresses."""

    def replace_links(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
        if "." not in text and ":" not in text:
            return text, offsets
        text, offsets = substitute(text, offsets, _LINK, f" {token} ")
        return substitute(text, offsets, _DOMAIN, f" {token} ")

    return replace_links


def mention_rule(token: str) -> Rule:
    """Return the rule that puts `token` for user names with an at-sign."""

    def replace_mentions(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
        return substitute(text, offsets, _MENTION, f" {token} ") if "@" in text else (text, offsets)

    return replace_mentions


def part_hashtags(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Put spaces round the sign of a hashtag and for its underscores, so that an encoder sees its words as words."""
    if "#" not in text:
        return text, offsets
    edits: list[Edit] = []
    for match in _HASHTAG.finditer(text):
        start, end = match.span()
        if start and text[start - 1].isalnum():
            edits.append((start, start, " "))
        edits.append((start + 1, start + 1, " "))
        edits += [(i, i + 1, " ") for i in range(start + 1, end) if text[i] == "_"]
    return apply_edits(text, offsets, edits)


@functools.cache
def _fold_char(char: str) -> str:
    """Return what stands for a character AraBERT's vocabulary lacks; letters with no counterpart stay."""
    folded = charsets.PUNCTUATION_FOLDS.get(char)
    if folded:
        return folded
    category = unicodedata.category(char)[0]
    if category in "LN":
        base = "".join(part for part in unicodedata.normalize("NFKD", char) if unicodedata.category(part)[0] != "M")
        digit = unicodedata.digit(base, None) if len(base) == 1 else None
        base = str(digit) if digit is not None else base
        return base if _PLAIN_LETTERS.fullmatch(base) else char
    if category == "M":
        return ""
    compatible = unicodedata.normalize("NFKC", char)
    return compatible if _ALLOWED.fullmatch(compatible) else " "


def alphabet_rule(*, keep_emoji: bool) -> Rule:
    """Return the rule that brings a text to AraBERT's alphabet, keeping every letter and number of other scripts."""

    def fold_alphabet(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
        if not _REJECTED.search(text):
            return text, offsets
        edits: list[Edit] = []
        for match in _REJECTED.finditer(text):
            char = match.group()
            folded = char if keep_emoji and _EMOJI.match(char) else _fold_char(char)
            if folded != char:
                edits.append((match.start(), match.end(), folded))
        return apply_edits(text, offsets, edits)

    return fold_alphabet


def cut_repeats(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Cut three or more of the same character, digits aside, to two."""
    return apply_edits(text, offsets, [(match.start() + 2, match.end(), "") for match in _REPEATS.finditer(text)])


def _space_runs(text: str, offsets: OffsetMap, pattern: re.Pattern[str], glue: str) -> tuple[str, OffsetMap]:
    """Put spaces round each character of the runs of `pattern`, but for `glue` alone between two digits."""
    edits: list[Edit] = []
    length = len(text)
    for match in pattern.finditer(text):
        start, end = match.span()
        before, after = text[max(start - 1, 0) : start], text[end : end + 1]
        if end - start == 1 and text[start] in glue and before.isdigit() and after.isdigit():
            continue
        if before and not before.isspace():
            edits.append((start, start, " "))
        edits += [(position, position, " ") for position in range(start + 1, end)]
        if end < length and not after.isspace():
            edits.append((end, end, " "))
    return apply_edits(text, offsets, edits)


def space_punctuation(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Put spaces round punctuation, square brackets and the signs inside numbers and dates aside."""
    return _space_runs(text, offsets, _SEPARATORS, ".,/:-")


def split_digits(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Put spaces between digits and Arabic letters."""
    return substitute(text, offsets, _DIGIT_EDGE, " ") if _MIXED.search(text) else (text, offsets)


def dash_slashes(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Put a dash for a slash, which AraBERT's vocabulary lacks."""
    return text.replace("/", "-"), offsets


def collapse_whitespace(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Make each run of white space one space, and trim both ends."""
    text, offsets = substitute(text, offsets, _WHITESPACE, " ")
    stripped = text.strip()
    if len(stripped) == len(text):
        return text, offsets
    start = len(text) - len(text.lstrip())
    return stripped, offsets.slice(start, start + len(stripped))


_TASHKEEL = re.compile(f"[{charsets.TASHKEEL_SET}]+")
_TATWEEL = re.compile(f"{charsets.TATWEEL}+")
_STRICT_DIGITS = re.compile(f"[{charsets.ARABIC_INDIC_DIGITS}]")
_STRICT_DIGIT_TABLE = str.maketrans(charsets.ARABIC_INDIC_DIGITS, charsets.ASCII_DIGITS)
_STRICT_DIGITS_LETTERS = re.compile(rf"(?<!\d)\d+[{charsets.LETTER_SET}]+")
_STRICT_LETTERS_DIGITS = re.compile(rf"(?<![{charsets.LETTER_SET}])[{charsets.LETTER_SET}]+\d+")
_STRICT_DOMAIN = re.compile(r"\.[a-z]{2,6}\b")
_STRICT_LINKS = (
    re.compile(r"(?:https?://.)?(?:www\.)?[-a-zA-Z0-9@:%._+~#=]{2,256}\.[a-z]{2,6}\b[-a-zA-Z0-9@:%_+.~#?&/=]*"),
    re.compile(r"https?://[a-zA-Z0-9_\-./~?=%&]+"),
    re.compile(r"www[a-zA-Z0-9_\-?=%&/.~]+"),
    re.compile(r"[a-zA-Z]+\.com"),
    re.compile(r"http\S*"),
    re.compile(r"www\S*"),
    re.compile(r"://"),
)
_STRICT_HINT = re.compile(r"http|www|\.com|://")
_STRICT_EMAILS = (re.compile(r"(?<![\w-])[\w-]+@(?:[\w-]+\.)+[\w-]+"), re.compile(r"(?<!\S)\S+@\S+"))
_STRICT_MENTION = re.compile(r"@\w+")
_STRICT_BREAK = re.compile("<br />")
_STRICT_TAG = re.compile(r"</?[^>]+>")


def strict_marks(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Delete tashkeel and tatweel only."""
    text, offsets = substitute(text, offsets, _TASHKEEL, "")
    return substitute(text, offsets, _TATWEEL, "") if charsets.TATWEEL in text else (text, offsets)


def strict_placeholders(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Put AraBERT's placeholders: most e-mail addresses and `v.s.com` come out as links."""
    links = _STRICT_LINKS[0 if _STRICT_DOMAIN.search(text) else 1 :]
    if len(links) == len(_STRICT_LINKS) or _STRICT_HINT.search(text):
        for pattern in links:
            text, offsets = substitute(text, offsets, pattern, " [رابط] ")
    if "@" in text:
        for pattern in _STRICT_EMAILS:
            text, offsets = substitute(text, offsets, pattern, " [بريد] ")
        text, offsets = substitute(text, offsets, _STRICT_MENTION, " [مستخدم] ")
    return text, offsets


def strict_tags(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Put a space for everything from a `<` to the next `>`."""
    if ">" not in text:
        return text, offsets
    text, offsets = substitute(text, offsets, _STRICT_BREAK, " ")
    # Stopping at the last `>` keeps the search linear in a text of many `<`.
    matches = _STRICT_TAG.finditer(text, 0, text.rfind(">") + 1)
    return apply_edits(text, offsets, [(*match.span(), " ") for match in matches])


def strict_digits(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Map Arabic-Indic digits only."""
    return (text.translate(_STRICT_DIGIT_TABLE), offsets) if _STRICT_DIGITS.search(text) else (text, offsets)


def strict_spacing(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Put spaces round everything but Arabic and Latin letters, digits and square brackets."""
    return _space_runs(text, offsets, _STRICT_SEPARATORS, "")


def strict_split_digits(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Put spaces between digits and Arabic letters, and round the pair."""
    if not _MIXED.search(text):
        return text, offsets
    for pattern in (_STRICT_DIGITS_LETTERS, _STRICT_LETTERS_DIGITS):
        edits: list[Edit] = []
        for match in pattern.finditer(text):
            start, end = match.span()
            middle = start + 1
            while text[middle].isdecimal() == text[start].isdecimal():
                middle += 1
            edits += [(position, position, " ") for position in (start, middle, end)]
        text, offsets = apply_edits(text, offsets, edits)
    return text, offsets


def strict_alphabet(text: str, offsets: OffsetMap) -> tuple[str, OffsetMap]:
    """Put a space for each character outside AraBERT's alphabet."""
    return _REJECTED.sub(" ", text), offsets

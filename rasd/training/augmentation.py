"""Training sentences written in other ways: spelled without hamza or dots, without punctuation, under a dateline.

News stands so on many sites, and a corpus from careful hands hardly shows it: where ta marbuta is written as ha or a
dateline comes first, a model that never saw it loses arguments. Gold spans are carried along.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace

from rasd.events import Event, Sentence, Span
from rasd.text.charsets import LETTER_SET, MARK_SET

_NO_HAMZA = str.maketrans("أإآ", "ااا")
_FINAL_YA = re.compile(f"(?<=[{LETTER_SET}{MARK_SET}])ي(?![{LETTER_SET}{MARK_SET}])")
# Not the points and commas inside numbers, nor what stands in hashtags and addresses.
_PUNCTUATION = re.compile(r"(?<!\d)[.,:]|[.,:](?!\d)|[،؛؟!?;()«»\"“”\[\]…]")
_PLACES = (
    "بغداد",
    "صنعاء",
    "طرابلس",
    "الخرطوم",
    "تونس",
    "جنيف",
    "عدن",
    "أنقرة",
    "رام الله",
    "الدوحة",
    "نواكشوط",
    "مقديشو",
)
_AGENCIES = ("وكالات", "خاص", "مراسلنا", "أخبار الوادي", "منصة المرقاب", "وكالة النخيل", "راديو الميناء")
_MONTHS = (
    "كانون الثاني",
    "فبراير",
    "آذار",
    "أبريل",
    "أيار",
    "حزيران",
    "جويلية",
    "أوت",
    "سبتمبر",
    "تشرين الأول",
    "ديسمبر",
)
_JOINTS = (" - ", ": ", " – ", " / ", " ـ ", " | ")


def vary(sentence: Sentence, rng: random.Random) -> Sentence:
    """Return a sentence written in another way, itself where that changes nothing or would lose a span.

    Args:
        sentence: A gold sentence.
        rng: Chooses the way.
    """
    way = rng.choice((_misspell, _misspell, _drop_punctuation, _put_dateline))
    text, places = way(sentence.text, rng)
    return sentence if text == sentence.text else _carry(sentence, text, places)


def _misspell(text: str, rng: random.Random) -> tuple[str, list[int]]:
    """Write ta marbuta as ha, leave out the hamza of alef, or the dots of final ya; often more than one of them."""
    ways = {name for name in ("ta", "hamza", "ya") if rng.random() < 0.5} or {"ta"}
    if "ta" in ways:
        text = text.replace("ة", "ه")
    if "hamza" in ways:
        text = text.translate(_NO_HAMZA)
    if "ya" in ways:
        text = _FINAL_YA.sub("ى", text)
    return text, list(range(len(text) + 1))


def _drop_punctuation(text: str, rng: random.Random) -> tuple[str, list[int]]:
    """Drop punctuation; a space stays where words would grow together."""
    pieces: list[str] = []
    places = [0]
    for i, char in enumerate(text):
        if _PUNCTUATION.match(text, i):
            char = " " if text[i - 1 : i].isalnum() and text[i + 1 : i + 2].isalnum() else ""
        pieces.append(char)
        places.append(places[-1] + len(char))
    return "".join(pieces), places


def _put_dateline(text: str, rng: random.Random) -> tuple[str, list[int]]:
    """Put a place, an agency or both before the text, sometimes with a date."""
    parts = rng.choice(((_PLACES,), (_AGENCIES,), (_PLACES, _AGENCIES)))
    words = [rng.choice(names) for names in parts]
    if rng.random() < 0.5:
        year = rng.choice(("", f" {rng.randint(2011, 2026)}"))
        words.insert(1, f"{rng.randint(1, 30)} {rng.choice(_MONTHS)}{year}")
    dateline = rng.choice((" ", "، ", " - ", "/")).join(words) + rng.choice(_JOINTS)
    return dateline + text, [len(dateline) + i for i in range(len(text) + 1)]


def _carry(sentence: Sentence, text: str, places: list[int]) -> Sentence:
    """Give a sentence another text; `places` says where each border between its code points stands in it."""

    def move(span: Span) -> Span:
        start, end = (places[offset - sentence.start] for offset in (span.start, span.end))
        piece = text[start:end]
        start += len(piece) - len(piece.lstrip())
        piece = piece.strip()
        return replace(span, start=sentence.start + start, end=sentence.start + start + len(piece), text=piece)

    def carry(event: Event) -> Event:
        trigger = None if event.trigger is None else move(event.trigger)
        arguments = None if event.arguments is None else tuple(move(item) for item in event.arguments)
        return replace(event, trigger=trigger, arguments=arguments)

    try:
        events = None if sentence.events is None else tuple(carry(event) for event in sentence.events)
    except ValueError:  # a span of which nothing is left
        return sentence
    return replace(sentence, text=text, events=events)

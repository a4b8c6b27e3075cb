"""Gold standard records of the Open Event Data Alliance, as `arabic_event_gsr` has them: two kinds of file.

`*_gsr.csv`: a sentence a row, with coders' votes on whether it reports an event of the file's type. "yes" becomes an
event without a trigger, "easy no" and "difficult no" a sentence without events, "ambiguous" one that is not annotated.
A "no" is about the file's own type alone.

`*_spans.json`: a list of accepted sentences. Each coder marked the event's verb, source actor and target actor as lists
of words without offsets; `verb_gold` and so on are the words that all coders share. Those are looked up in the text;
where coders share none, the words that more than half of them marked. The coders' lists go into `Sentence.extra`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rasd.errors import ReadError
from rasd.events import Event, Sentence
from rasd.formats.csv_rows import read_columns, read_rows
from rasd.formats.documents import ReadOptions, SourceDocument, SourceEvent, make_sentences
from rasd.formats.faults import CHANGED, LEFT_OUT, Fault
from rasd.formats.tokens import read_each

_COLUMNS = ("id", "event_type", "label", "accept", "reject", "total", "text")
_EVENTS = {"yes": True, "easy no": False, "difficult no": False, "hard no": False, "ambiguous": None}
_LAYERS = {"verb": "verb_gold", "source_actor": "source_gold", "target_actor": "target_gold"}

_IS_WORD = re.compile(r"\w")
_SIGNS = re.compile(r"[^\w]*")
_WORD = re.compile(r"\w\S*\s+")
# A span may pass over two words; more, and the words are no one phrase.
_GAP = 2


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of either kind of file.

    Raises:
        ReadError: If it is neither.
    """
    if path.suffix.lower() == ".csv":
        yield from _read_votes(path)
    else:
        yield from read_each(path, lambda record, place: _read_record(record, path, place))


def find_words(text: str, words: Sequence[str]) -> tuple[int, int, bool]:
    """Find words of a list that follow each other in a text.

    Returns:
        The span, and whether it passes over other words.

    Raises:
        ReadError: If the words stand there not at all, or at several places, or far apart.

    Example:
        >>> find_words("قتل مسلحون «ثلاثة» مدنيين", ["ثلاثة", "مدنيين"])
        (12, 25, False)
    """
    quoted = " ".join(words)
    if not all(words) or not words:
        raise ReadError(f"{quoted!r:.60} holds no words")
    close = _find_all(text, words, None)
    if len(close) == 1:
        return *close[0], False
    if close:
        raise ReadError(f"{quoted!r:.60} stands {len(close)} times in the text")
    loose = _find_all(text, words, _GAP)
    if len(loose) == 1:
        return *loose[0], True
    raise ReadError(f"{quoted!r:.60} stands {'at several places' if loose else 'scattered, or not,'} in the text")


def _find_all(text: str, words: Sequence[str], gap: int | None) -> list[tuple[int, int]]:
    """Return the spans of words that follow each other, with the marks that hang on the last letter.

    They stand on word edges, with nothing but signs between, or, with a gap, up to so many other words. Not by one
    pattern: where the words stand often in the text, that would try every way to pass over some of them.
    """
    # Where the words so far may end -> where the first of them began, as near as can be.
    reached = {match.end(): match.start() for match in re.finditer(rf"(?<!\w)(?={re.escape(words[0])})", text)}
    reached = {end + len(words[0]): start for end, start in reached.items()}
    for word in words[1:]:
        following: dict[int, int] = {}
        for end, start in reached.items():
            for at in _list_next(text, end, word, gap):
                following[at + len(word)] = max(start, following.get(at + len(word), 0))
        reached = following
    spans: list[tuple[int, int]] = []
    for end, start in sorted(reached.items()):
        if _IS_WORD.match(text, end) or (spans and start < spans[-1][1]):
            continue
        while end < len(text) and unicodedata.category(text[end]) == "Mn":
            end += 1
        spans.append((start, end))
    return spans


def _list_next(text: str, start: int, word: str, gap: int | None) -> Iterator[int]:
    """Yield where a word stands after what ends at `start`: behind signs alone, or up to `gap` other words."""
    at = start
    for num_passed in range((gap or 0) + 1):
        signs = _SIGNS.match(text, at)
        # Of a sign that stands several times between two words the first is the nearest.
        first = text.find(word, at + (gap is not None and at == start), signs.end() + len(word))
        if 0 <= first <= signs.end():
            yield first
        at = signs.end()
        passed = _WORD.match(text, at)
        if at == start or passed is None or num_passed == gap:
            return
        at = passed.end()


def _read_votes(path: Path) -> Iterator[Sentence | Fault]:
    """Yield a sentence for each row."""
    if not path.is_file():
        raise ReadError(f"no file {str(path)!r}")
    with open(path, "rb") as handle:
        header = read_columns(handle, str(path))
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise ReadError(f"{path}:1: no column {missing[0]!r}; the columns of a *_gsr.csv are: {', '.join(_COLUMNS)}")
    with open(path, "rb") as handle:
        for line, row in read_rows(handle, str(path)):
            reason = str(row) if isinstance(row, ReadError) else None
            if reason is None and row["label"] not in _EVENTS:
                reason = f"unknown label {row['label']!r:.40}; labels are: {', '.join(_EVENTS)}"
            if reason is None and not row["text"].strip():
                reason = "the text is empty"
            if reason is not None:
                yield Fault(path=str(path), place=str(line), kind="broken row", reason=reason, action=LEFT_OUT)
                continue
            has_event = _EVENTS[row["label"]]
            events = (Event(type=row["event_type"]),) if has_event else ()
            extra = {name: row[name] for name in ("event_type", "label", "accept", "reject", "total")}
            yield Sentence(id=row["id"], text=row["text"], events=None if has_event is None else events, extra=extra)


def _read_record(record: Mapping[str, Any], path: Path, place: str) -> Iterator[Sentence | Fault]:
    """Yield the sentence of a record.

    Raises:
        ReadError: If it has not what a record has.
    """
    text, event_type, coders = record.get("text"), record.get("event_type"), record.get("spans")
    if not (isinstance(text, str) and isinstance(event_type, str) and isinstance(coders, list)):
        raise ReadError(f"expected 'text', 'event_type' and 'spans', got the keys {', '.join(record) or 'none'}")
    faults: list[Fault] = []
    layers = {name: _find_layer(name, record, str(path), place, faults) for name in _LAYERS}
    roles = [(name, *span) for name, span in layers.items() if name != "verb" and span is not None]
    event = SourceEvent(type=event_type, place=place, trigger=layers["verb"], arguments=tuple(roles))
    document = SourceDocument(
        path=str(path),
        id=str(record.get("_id") or f"{path.stem}-{place}"),
        text=text,
        events=(event,),
        extra={"source": record.get("source"), "coders": coders},
        place=place,
    )
    yield from faults
    yield from make_sentences(document, ReadOptions(is_whole=True))


def _find_layer(
    name: str, record: Mapping[str, Any], path: str, place: str, faults: list[Fault]
) -> tuple[int, int] | None:
    """Return the span of the verb or of an actor; None where coders share none, or it cannot be placed."""
    gold = record.get(_LAYERS[name])
    marked = [coder[name] for coder in record["spans"] if isinstance(coder, dict) and isinstance(coder.get(name), list)]
    words = _order(gold.split() if isinstance(gold, str) else [], marked)
    if not words:
        words = _share_words(marked)
        if words:
            reason = f"coders share no word of {name}; most of them marked {' '.join(words)!r:.60}"
            faults.append(Fault(path=path, place=place, kind=f"{name} by majority", reason=reason, action=CHANGED))
    if not words:
        if any(marked):
            reason = f"no word of {name} is shared by more than half of {len(marked)} coders"
            faults.append(Fault(path=path, place=place, kind=f"{name} in dispute", reason=reason, action=LEFT_OUT))
        return None
    try:
        start, end, has_gap = find_words(record["text"], words)
    except ReadError as err:
        reason = f"{name}: {err}"
        faults.append(Fault(path=path, place=place, kind=f"{name} not placed", reason=reason, action=LEFT_OUT))
        return None
    if has_gap:
        reason = f"{name} {' '.join(words)!r:.60} has gaps; the span is now {record['text'][start:end]!r:.80}"
        faults.append(Fault(path=path, place=place, kind="span with gaps", reason=reason, action=CHANGED))
    return start, end


def _share_words(marked: Sequence[Sequence[Any]]) -> list[str]:
    """Return the words that more than half of the coders marked, in the order of the coder who marked most of them."""
    num = Counter(word for words in marked for word in {str(item) for item in words})
    shared = {word for word, count in num.items() if 2 * count > len(marked)}
    return _order(shared, marked)


def _order(words: Collection[str], marked: Sequence[Sequence[Any]]) -> list[str]:
    """Return words as they follow each other in the list of the coder who marked most of them: gold words do not."""
    longest = max(marked, key=lambda items: len({*words} & {str(item) for item in items}), default=[])
    return [word for word in map(str, longest) if word in words] or list(words)

"""Formats that count tokens: tokens laid onto their text, token spans checked against their words, and texts cut.

A token span is half-open, as TextEE and OneIE have it; DyGIE++ includes the end, and its reader adds one.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rasd.errors import ReadError
from rasd.events import Sentence
from rasd.formats.faults import LEFT_OUT, Fault
from rasd.formats.placing import read_text

_SPACES = re.compile(r"\s+")


def align_tokens(text: str, tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Find the spans of tokens that follow each other in a text, with nothing but white space between.

    Raises:
        ReadError: If a token does not follow, or text is left over.
    """
    spans: list[tuple[int, int]] = []
    at = 0
    for i, token in enumerate(tokens):
        while at < len(text) and text[at].isspace():
            at += 1
        if not token or not text.startswith(token, at):
            raise ReadError(f"token {i} is {token!r:.40}, but the text goes on with {text[at : at + 40]!r}")
        spans.append((at, at + len(token)))
        at += len(token)
    if text[at:].strip():
        raise ReadError(f"the tokens end before {text[at:].lstrip()[:40]!r}")
    return spans


def join_tokens(tokens: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """Return a text of tokens with a space between each, and their spans."""
    spans: list[tuple[int, int]] = []
    at = 0
    for token in tokens:
        spans.append((at, at + len(token)))
        at += len(token) + 1
    return " ".join(tokens), spans


def place_tokens(
    text: str, spans: Sequence[tuple[int, int]], start: int, end: int, words: str | None
) -> tuple[int, int, str | None]:
    """Return the characters that a token span means, and what was wrong with it.

    Args:
        text: The text.
        spans: The spans of its tokens.
        start: The first token.
        end: The token after the last.
        words: What the source says stands there, white space aside; None where it does not say.

    Raises:
        ReadError: If the span is not in the text, or known faults of counting do not lead to its words at one place.
    """
    if words is None or _holds(text, spans, start, end, words):
        if not 0 <= start < end <= len(spans):
            raise ReadError(f"the token span {start}-{end} lies outside the text's 0-{len(spans)}")
        return spans[start][0], spans[end - 1][1], None
    shifts = {(0, 1): "end included", (0, -1): "end one too far", (-1, -1): "one too far", (1, 1): "one too early"}
    found = [
        (start + first, end + last, name)
        for (first, last), name in shifts.items()
        if _holds(text, spans, start + first, end + last, words)
    ]
    got = _slice(text, spans, start, end)
    if len(found) != 1:
        hint = "known faults of counting lead to no one place" if found else "no known fault of counting leads to it"
        raise ReadError(f"tokens[{start}:{end}] are {got!r:.60}, not {words!r:.60}, and {hint}")
    first, last, name = found[0]
    return spans[first][0], spans[last - 1][1], f"tokens[{start}:{end}] are {got!r:.60}, not {words!r:.60}: {name}"


def cut_tokens(text: str, edges: Iterable[int] = ()) -> list[tuple[int, int]]:
    """Cut a text into tokens at white space, about punctuation and at `edges`; Arabic marks stay with their letter."""
    marks = {"L", "N", "M"}
    cuts = set(edges)
    spans: list[tuple[int, int]] = []
    was_word = False
    for i, char in enumerate(text):
        if char.isspace():
            was_word = False
            continue
        category = unicodedata.category(char)
        # Invisible characters and marks hang on what stands before them, be it a letter or an emoji.
        hangs = category[0] == "M" or category == "Cf"
        is_word = category[0] in marks or category == "Cf"
        follows = bool(spans) and spans[-1][1] == i and i not in cuts and (hangs or (is_word and was_word))
        if follows:
            spans[-1] = (spans[-1][0], i + 1)
        else:
            spans.append((i, i + 1))
        was_word = is_word if not hangs or not follows else was_word
    return spans


def token_edges(sentence: Sentence) -> set[int]:
    """Return where the spans of a sentence begin and end, in its own text."""
    edges: set[int] = set()
    for event in sentence.events or ():
        for span in (*(() if event.trigger is None else (event.trigger,)), *(event.arguments or ())):
            edges |= {span.start - sentence.start, span.end - sentence.start}
    for entity in sentence.extra.get("entities", ()):
        edges |= {entity["start"], entity["end"]}
    return edges


def read_records(path: str | Path) -> Iterator[tuple[str, dict[str, Any]] | Fault]:
    """Yield (place, record) of a JSON file: one object a line, or one list of objects.

    The place is the line, or the number of the object (from 1) in a list.

    Raises:
        ReadError: If the file cannot be read, or is one list that is not valid JSON.
    """
    faults: list[Fault] = []
    text, _ = read_text(path, faults)
    yield from faults
    if text.lstrip().startswith("["):
        try:
            items = list(enumerate(json.loads(text), 1))
        except (ValueError, RecursionError) as err:
            raise ReadError(f"{path}: not valid JSON: {err}") from err
    else:
        items = [(i, line) for i, line in enumerate(text.split("\n"), 1) if line.strip()]
    for number, item in items:
        reason = None
        if isinstance(item, str):
            try:
                item = json.loads(item)
            except (ValueError, RecursionError) as err:
                reason = f"not valid JSON: {err}"
        if reason is None and not isinstance(item, dict):
            reason = f"expected a JSON object, got {item!r:.60}"
        if reason is None:
            yield str(number), item
        else:
            yield Fault(path=str(path), place=str(number), kind="broken record", reason=reason, action=LEFT_OUT)


def read_each(
    path: str | Path, build: Callable[[dict[str, Any], str], Iterable[Sentence | Fault]]
) -> Iterator[Sentence | Fault]:
    """Yield what `build` makes of each record of a JSON file and its place; a record that is not in form is a fault.

    Raises:
        ReadError: If the file cannot be read, or is one list that is not valid JSON.
    """
    for item in read_records(path):
        if isinstance(item, Fault):
            yield item
            continue
        place, record = item
        try:
            built = list(build(record, place))
        except ReadError as err:
            reasons = str(err).split("\n")
        except (TypeError, AttributeError, KeyError, ValueError, IndexError) as err:
            # A number where a list should be, and the like: strangers' JSON has it in more places than can be checked.
            reasons = [f"the record is not in the form of the format: {err!r}"]
        else:
            yield from built
            continue
        for reason in reasons:
            yield Fault(path=str(path), place=place, kind="broken record", reason=reason, action=LEFT_OUT)


def _holds(text: str, spans: Sequence[tuple[int, int]], start: int, end: int, words: str) -> bool:
    if not 0 <= start < end <= len(spans):
        return False
    return _SPACES.sub("", _slice(text, spans, start, end)) == _SPACES.sub("", words)


def _slice(text: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> str:
    return text[spans[start][0] : spans[end - 1][1]] if 0 <= start < end <= len(spans) else ""

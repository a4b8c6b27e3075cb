"""How alike the sentences of a corpus are, and which words in a row they share with other texts.

Words are compared without marks, tatweel and punctuation.
"""

from __future__ import annotations

import functools
import lzma
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from rasd.errors import ReadError
from rasd.events import Sentence
from rasd.formats.jsonl import parse_json
from rasd.text.charsets import TATWEEL, all_marks_set

GRAM = 5
RUN = 8
MAX_LIKENESS = 0.6
LEAST_LIKENESS = 0.5  # pairs below it are not looked for


def alike_pairs(sentences: Sequence[Sentence], *, least: float = LEAST_LIKENESS) -> list[tuple[float, str, str]]:
    """Return every pair of sentences whose Jaccard likeness is `least` or more, the most alike first.

    The likeness of two sentences is that of their sets of character 5-grams. The search is exact: two sets that are so
    alike share one of the rarest `(1 - least) * n`, rounded down, plus one of the n grams of each (prefix filtering;
    Chaudhuri et al., 2006), so only these are indexed, and only sentences that share one are compared. Equally rare
    grams go by the alphabet.

    Args:
        sentences: Sentences with ids.
        least: Least likeness, above 0 and at most 1.

    Returns:
        Likeness and the ids of both, in the order of `sentences`.
    """
    grams = [grams_of(sentence.text) for sentence in sentences]
    rarity = Counter(gram for own in grams for gram in own)
    index: dict[str, list[int]] = defaultdict(list)
    found = []
    for row, own in enumerate(grams):
        num_indexed = len(own) - math.ceil(least * len(own) - 1e-9) + 1
        rarest = sorted(own, key=lambda gram: (rarity[gram], gram))[:num_indexed]
        for other in sorted({other for gram in rarest for other in index[gram]}):
            num_common = len(own & grams[other])
            likeness = num_common / (len(own) + len(grams[other]) - num_common)
            if likeness >= least:
                found.append((likeness, sentences[other].id or "", sentences[row].id or ""))
        for gram in rarest:
            index[gram].append(row)
    return sorted(found, key=lambda pair: (-pair[0], *pair[1:]))


def describe_likeness(pairs: Sequence[tuple[float, str, str]]) -> str:
    """Return a sentence on the greatest likeness and how it was measured."""
    greatest = f"{pairs[0][0]:.2f} ({pairs[0][1]} and {pairs[0][2]})" if pairs else f"below {LEAST_LIKENESS}"
    return (
        f"Greatest likeness of two sentences, within and across parts: {greatest}; it must be less than {MAX_LIKENESS}."
        f" Likeness is the Jaccard index of their sets of character {GRAM}-grams; marks, tatweel and punctuation do not"
        " count."
    )


def shared_runs(sentences: Sequence[Sentence], paths: Sequence[Path]) -> list[Sentence]:
    """Return the sentences that share a run of eight words with a text of the files.

    Raises:
        ReadError: If a file cannot be read, or a line of a .jsonl file has no text.
    """
    own: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, sentence in enumerate(sentences):
        for run in runs_of(sentence.text):
            own[run].append(row)
    found = {row for path in paths for text in texts_of(path) for run in runs_of(text) for row in own.get(run, ())}
    return [sentences[row] for row in sorted(found)]


def texts_of(path: Path) -> Iterator[str]:
    """Yield the texts of a file: its lines, or `text` of each line of a .jsonl; .xz is opened, blank lines left out."""
    is_json = ".jsonl" in path.suffixes
    try:
        with lzma.open(path) if path.suffix == ".xz" else open(path, "rb") as file:
            for number, raw in enumerate(file, 1):
                if raw.strip():
                    yield text_of(raw, f"{path}:{number}", is_json=is_json)
    except (lzma.LZMAError, EOFError) as err:
        raise ReadError(f"{path} is no whole .xz file: {err}") from err


def text_of(raw: bytes, where: str, *, is_json: bool) -> str:
    """Return the text of one line; raises ReadError where there is none."""
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError as err:
        raise ReadError(f"{where}: not UTF-8 ({err.reason} at byte {err.start}); convert the file") from err
    if not is_json:
        return line
    try:
        text = parse_json(line).get("text")
    except ReadError as err:
        raise ReadError(f"{where}: {err}") from err
    if not isinstance(text, str):
        raise ReadError(f"{where}: expected an object with 'text', got {line.strip()!r:.60}")
    return text


def grams_of(text: str) -> set[str]:
    """Return the character 5-grams of the words of a text; a shorter text is its own only gram."""
    joined = " ".join(words_of(text))
    return {joined[i : i + GRAM] for i in range(max(1, len(joined) - GRAM + 1))}


def runs_of(text: str) -> Iterator[tuple[str, ...]]:
    """Yield every eight words in a row."""
    words = words_of(text)
    return (tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))


def words_of(text: str) -> list[str]:
    """Return the words of a text without marks and tatweel; those of a hashtag are words of their own."""
    return re.findall(r"[^\W_]+", _marks().sub("", text))


@functools.cache
def _marks() -> re.Pattern[str]:
    return re.compile(f"[{TATWEEL}{all_marks_set()}]")

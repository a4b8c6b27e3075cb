"""Corpus formats: one file a format, each reading to `Sentence`s, most writing them too.

`read_corpus` and `format_corpus` are the way in and out; `FORMATS` says what there is. A format's module has
`read(path, options)`, which yields sentences and faults, and, where it can be written, `render(sentences, path)`.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rasd.events import Sentence
    from rasd.formats.documents import ReadOptions
    from rasd.formats.faults import Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A corpus format.

    Attributes:
        module: The module of `rasd.formats` that reads it.
        description: What it is, in one line.
        is_writable: Whether it can be written.
        is_folder: Whether it is written as a folder of files.
        kept_fields: What it holds of `Sentence.extra`; "jsonl" holds all.
        is_experimental: Whether its original form could not be seen, so that the reader goes by what is told of it.
    """

    module: str
    description: str
    is_writable: bool = True
    is_folder: bool = False
    kept_fields: tuple[str, ...] = ()
    is_experimental: bool = False


FORMATS: dict[str, Format] = {
    "jsonl": Format(module="jsonl", description="rasd's own: corpus lines, or what `rasd predict` writes"),
    "ace": Format(module="ace", description="ACE 2005 (LDC2006T06), .sgm with .apf.xml", is_writable=False),
    "brat": Format(
        module="brat",
        description="brat standoff, .txt with .ann",
        is_folder=True,
        kept_fields=("entities", "fragments"),
    ),
    "textee": Format(module="textee", description="TextEE's JSON lines, tokens counted", kept_fields=("entities",)),
    "oneie": Format(module="oneie", description="OneIE's JSON lines, tokens counted", kept_fields=("entities",)),
    "label-studio": Format(module="label_studio", description="Label Studio's JSON export", kept_fields=("entities",)),
    "doccano": Format(
        module="doccano", description="Doccano's JSONL export, with relations or without", kept_fields=("entities",)
    ),
    "conll": Format(module="conll", description="CoNLL columns of IOB2 tags, a token a line"),
    "csv": Format(module="csv_labels", description="CSV of sentences with event types alone"),
    "gsr": Format(module="gsr", description="openeventdata's gold standard records, .csv or .json", is_writable=False),
    "wojood-hadath": Format(
        module="wojood_hadath",
        description="WojoodHadath's pairs of events and arguments",
        is_writable=False,
        is_experimental=True,
    ),
    "dygie": Format(module="dygie", description="DyGIE++'s JSON lines, a document each", is_writable=False),
}


def read_corpus(path: str | Path, format: str, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of a corpus and the faults met on the way.

    Args:
        path: A file, or a folder where the format has one file a document.
        format: A name in `FORMATS`.
        options: How to read it.

    Raises:
        ReadError: If nothing of it can be read as that format.
    """
    yield from _load(format).read(Path(path), options)


def format_corpus(sentences: Sequence[Sentence], path: str | Path, format: str) -> tuple[dict[str, str], list[Fault]]:
    """Return a corpus in another format, and what the format cannot hold.

    Args:
        sentences: What to write.
        path: Where it will be written, for faults.
        format: A writable name in `FORMATS`.

    Returns:
        File name -> content, with the one name "" where the format is a single file.
    """
    files, faults = _load(format).render(sentences, str(path))
    return files, faults + _note_fields(sentences, str(path), format)


def _note_fields(sentences: Sequence[Sentence], path: str, format: str) -> list[Fault]:
    """Return a fault for each further field of sentences that a format has no place for."""
    from rasd.formats.faults import NOTED, Fault

    if format == "jsonl":
        return []
    kept = {"doc_id", "doc_start", *FORMATS[format].kept_fields}  # the former two are told by ids
    num = Counter(key for sentence in sentences for key in sentence.extra if key not in kept)
    return [
        Fault(
            path=path,
            place="1",
            kind=f"field {key!r}",
            reason=f"{count} sentences have the field {key!r}, which the format has no place for",
            action=NOTED,
            count=count,
        )
        for key, count in num.items()
    ]


def compare_corpus(sentences: Sequence[Sentence], format: str) -> list[str]:
    """Return lines that set the counts of a corpus beside published ones, where the format's module knows any."""
    compare = getattr(_load(format), "compare", None)
    return [] if compare is None else compare(sentences)


def _load(format: str) -> Any:
    return importlib.import_module(f"rasd.formats.{FORMATS[format].module}")

"""OneIE's input: a JSON object a line, tokens counted, arguments by the id of an entity mention.

Form: the pre-processing script of OneIE (Lin et al., 2020) and readers of its output. Of the word pieces that OneIE's
files carry too, nothing is written: they belong to one encoder's tokenizer, and OneIE's script makes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from rasd.events import Sentence
from rasd.formats.documents import ReadOptions
from rasd.formats.faults import Fault
from rasd.formats.token_events import Keys, note_unannotated, read_sentences, render_sentence

_KEYS = Keys(sentence_id="sent_id", text="sentence", has_argument_offsets=False)


def read(path: Path, options: ReadOptions) -> Iterator[Sentence | Fault]:
    """Yield the sentences of a file."""
    return read_sentences(path, options, _KEYS)


def render(sentences: Sequence[Sentence], path: str) -> tuple[dict[str, str], list[Fault]]:
    """Return a file of annotated sentences, and what it cannot hold."""
    faults = note_unannotated(sentences, path)
    lines = [
        json.dumps(render_sentence(sentence, i, _KEYS, path, faults), ensure_ascii=False) + "\n"
        for i, sentence in enumerate(sentences, 1)
        if sentence.events is not None
    ]
    return {"": "".join(lines)}, faults

"""TextEE's processed data: a JSON object a line, tokens counted, with the text beside them.

Form: `data/README.md` of the TextEE repository (Huang et al., 2024).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rasd.events import Sentence
from rasd.formats.documents import ReadOptions
from rasd.formats.faults import Fault
from rasd.formats.token_events import Keys, note_unannotated, read_sentences, render_sentence
from rasd.formats.tokens import token_edges

_KEYS = Keys(sentence_id="wnd_id", text="text", has_argument_offsets=True)


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


def render_pair(gold: Sequence[Sentence], predicted: Sequence[Sentence], path: str) -> tuple[str, str, list[Fault]]:
    """Return two files with the same tokens, gold and predicted, for TextEE's scorer.

    That scorer compares the numbers of tokens. Files that `render` wrote one by one do not fit together: each is cut
    at the spans of its own events, and where one has a token more, all that follow have other numbers.

    Args:
        gold: Annotated sentences; those whose `events` is None are left out of both files.
        predicted: The same sentences in the same order, with predicted events.
        path: Where gold will be written, for faults.

    Returns:
        The file of gold, that of predictions under the ids of gold, and what the format cannot hold.

    Raises:
        ValueError: If there are not as many predicted as gold sentences, or if two texts differ.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"got {len(predicted)} predicted sentences for {len(gold)} gold sentences; give one for each")
    lines: tuple[list[str], list[str]] = ([], [])
    faults = note_unannotated(gold, path)
    for i, (ours, theirs) in enumerate(zip(gold, predicted, strict=True), 1):
        if ours.text != theirs.text:
            raise ValueError(f"sentence {i} is {ours.text[:60]!r} in gold but {theirs.text[:60]!r} in the predictions")
        if ours.events is None:
            continue
        edges = token_edges(ours) | token_edges(theirs)
        doc_id = ours.extra.get("doc_id", ours.id or f"sentence-{i}")
        theirs = replace(theirs, id=ours.id, extra={**theirs.extra, "doc_id": doc_id})
        for sentence, side in zip((ours, theirs), lines, strict=True):
            record = render_sentence(sentence, i, _KEYS, path, faults, edges)
            side.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines[0]), "".join(lines[1]), faults

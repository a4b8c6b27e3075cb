"""Gold events as arrays over the words of an `Encoding`, with a mask for every layer that was not annotated.

A gold span becomes a first word, a last word and the number of leading letters to cut off the first. Where that does
not give the span back exactly (a span inside a word, a word that the encoder does not see) it is counted as lost, and
the nearest words are used if there are any.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rasd.encoding import Encoding
from rasd.events import Sentence, Span
from rasd.ontology import Ontology
from rasd.text.words import count_proclitics

IGNORED = -100
BEGIN, INSIDE = 1, 2


@dataclass(frozen=True, slots=True)
class Labels:
    """Gold arrays of one window; W words, N gold triggers in it, E types, R roles.

    Attributes:
        typing_labels: Which types the window's sentence has [E] float32.
        typing_mask: 1 where that is known [E] float32.
        trigger_labels: 0 outside, 1 first, 2 further word of a trigger of the type [W, E] int8.
        trigger_mask: 1 where the type's triggers are annotated [E] float32.
        cut_labels: Letters to cut off where a span begins, -100 elsewhere [W] int64.
        trigger_spans: First and last word [N, 2] int64.
        trigger_types: [N] int64.
        realis_labels: -100 where not annotated [N] int64.
        argument_labels: 0 outside, 1 first, 2 further word of an argument with the role [N, W, R] int8.
        argument_mask: 1 for roles that the type lists, where the event's arguments are annotated [N, R] float32.
    """

    typing_labels: np.ndarray
    typing_mask: np.ndarray
    trigger_labels: np.ndarray
    trigger_mask: np.ndarray
    cut_labels: np.ndarray
    trigger_spans: np.ndarray
    trigger_types: np.ndarray
    realis_labels: np.ndarray
    argument_labels: np.ndarray
    argument_mask: np.ndarray


@dataclass(frozen=True, slots=True)
class Words:
    """First and last word of a gold span, letters to cut off the first, and whether that gives the span back."""

    first: int
    last: int
    cut: int
    is_exact: bool


@dataclass
class LostGold:
    """How much gold the arrays cannot say: spans in all, and those among them that do not come back exactly."""

    spans: int = 0
    lost: int = 0


def add_labels(
    sentence: Sentence, encodings: Sequence[Encoding], ontology: Ontology, lost: LostGold | None = None
) -> list[Labels]:
    """Return the gold arrays of each window of a sentence.

    Args:
        sentence: A gold sentence of the corpus.
        encodings: Its windows.
        ontology: Where the ids come from.
        lost: Counts are added to it.

    Returns:
        One `Labels` a window.
    """
    placed = [{id(span): _find_words(span, sentence, encoding) for span in _spans(sentence)} for encoding in encodings]
    if lost is not None:
        for span in _spans(sentence):
            lost.spans += 1
            lost.lost += not any(words[id(span)] and words[id(span)].is_exact for words in placed)
    labels = [
        _label_window(sentence, encoding, words, ontology) for encoding, words in zip(encodings, placed, strict=True)
    ]
    for event in sentence.events or ():
        if event.trigger is not None and not any(words[id(event.trigger)] for words in placed):
            # The event is there, but no window shows it: neither a yes nor a no to learn.
            for item in labels:
                item.typing_mask[ontology.type_ids[event.type]] = 0
                item.trigger_mask[ontology.type_ids[event.type]] = 0
    return labels


def _label_window(
    sentence: Sentence, encoding: Encoding, placed: dict[int, Words | None], ontology: Ontology
) -> Labels:
    """Return the gold arrays of one window, given where each gold span stands in it."""
    num_words, num_types = encoding.num_words, len(ontology.types)
    known = float(sentence.events is not None)
    labels = Labels(
        typing_labels=np.zeros(num_types, np.float32),
        typing_mask=np.full(num_types, known, np.float32),
        trigger_labels=np.zeros((num_words, num_types), np.int8),
        trigger_mask=np.full(num_types, known, np.float32),
        cut_labels=np.full(num_words, IGNORED, np.int64),
        **_label_events(sentence, encoding, placed, ontology),
    )
    for event in sentence.events or ():
        type_id = ontology.type_ids[event.type]
        if event.trigger is None:
            labels.typing_labels[type_id] = 1
            labels.trigger_mask[type_id] = 0
        elif words := placed[id(event.trigger)]:
            # A window that does not hold the trigger does not show the event.
            labels.typing_labels[type_id] = 1
            labels.trigger_labels[words.first, type_id] = BEGIN
            labels.trigger_labels[words.first + 1 : words.last + 1, type_id] = INSIDE
    for words in placed.values():
        if words:
            labels.cut_labels[words.first] = words.cut
    return labels


def _label_events(
    sentence: Sentence, encoding: Encoding, placed: dict[int, Words | None], ontology: Ontology
) -> dict[str, np.ndarray]:
    """Return the arrays that have one row for each gold trigger in the window."""
    rows = [event for event in sentence.events or () if event.trigger is not None and placed[id(event.trigger)]]
    spans = [placed[id(event.trigger)] for event in rows]
    tags = np.zeros((len(rows), encoding.num_words, len(ontology.roles)), np.int8)
    mask = np.zeros((len(rows), len(ontology.roles)), np.float32)
    for i, event in enumerate(rows):
        if event.arguments is not None:
            mask[i, [ontology.role_ids[role] for role in ontology.roles_of(event.type)]] = 1
        for argument in event.arguments or ():
            if words := placed[id(argument)]:
                role_id = ontology.role_ids[argument.role]
                tags[i, words.first, role_id] = BEGIN
                tags[i, words.first + 1 : words.last + 1, role_id] = INSIDE
    return {
        "trigger_spans": np.array([[words.first, words.last] for words in spans], np.int64).reshape(-1, 2),
        "trigger_types": np.array([ontology.type_ids[event.type] for event in rows], np.int64),
        "realis_labels": np.array(
            [IGNORED if event.realis is None else ontology.realis_ids[event.realis] for event in rows], np.int64
        ),
        "argument_labels": tags,
        "argument_mask": mask,
    }


def _spans(sentence: Sentence) -> list[Span]:
    events = sentence.events or ()
    spans: list[Span] = [event.trigger for event in events if event.trigger is not None]
    return spans + [argument for event in events for argument in event.arguments or ()]


def _find_words(span: Span, sentence: Sentence, encoding: Encoding) -> Words | None:
    """Return where a span stands in a window, None where the window has no word of it."""
    start, end = span.start - sentence.start, span.end - sentence.start
    first = int(np.searchsorted(encoding.word_spans[:, 1], start, side="right"))
    last = int(np.searchsorted(encoding.word_spans[:, 0], end, side="left")) - 1
    if first > last:
        return None
    word_start, word_end = int(encoding.word_spans[first, 0]), int(encoding.word_spans[last, 1])
    cut = count_proclitics(sentence.text, word_start, start)
    return Words(first, last, cut or 0, is_exact=cut is not None and word_end == end)

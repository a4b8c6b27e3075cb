"""The one way out: scores become events here and nowhere else, under the ontology, in whole-array steps.

Letters as in `rasd.model.modeling_rasd`: B windows, W words, N triggers, E types, R roles, C realis values. Everything
is numpy, so training, torch and ONNX decode alike.

A sentence has the types whose probability reaches their threshold; each such type gives an event on the word most like
a trigger of it, unless that word is better taken for another type's, and further events on every word that reaches the
trigger threshold. The sentence's types are those of its events. A role is read off only where the event's type
lists it; spans of one role never overlap within an event, since one tag a word says where they are, and spans of two
roles may.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rasd.encoding import Encoding
from rasd.events import Argument, Event, Span
from rasd.ontology import Ontology
from rasd.text.charsets import PROCLITICS
from rasd.text.words import cut_proclitics

# Fixed terms have up to five words ("وقف إطلاق النار" has three).
MAX_TRIGGER_WORDS = 5
# Share of the argument threshold from which a word may join a span.
_GROWTH = 0.15
# Begin probability from which a word triggers a further type beside its likeliest.
_LESSER_TYPE = 0.7
_NUM_PROCLITIC_IDS = 2 + len(PROCLITICS)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Probabilities from which something is said: per type [E], for a trigger word, for a word of an argument."""

    types: np.ndarray
    trigger: float
    argument: float


@dataclass(frozen=True, slots=True)
class Triggers:
    """Triggers found in a batch, in text order: window [N], first and last word [N, 2], type [N] and score [N]."""

    windows: np.ndarray
    spans: np.ndarray
    types: np.ndarray
    scores: np.ndarray


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """Return probabilities of logits, without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * logits))


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities over the last axis."""
    exp = np.exp(logits - logits.max(-1, keepdims=True))
    return exp / exp.sum(-1, keepdims=True)


def find_triggers(
    types: np.ndarray, triggers: np.ndarray, word_mask: np.ndarray, owned: np.ndarray, thresholds: Thresholds
) -> Triggers:
    """Find the triggers of the types that windows have.

    Args:
        types: Type probabilities [B, E].
        triggers: Begin and inside probabilities [B, W, E, 2].
        word_mask: Which words are real [B, W] bool.
        owned: Words whose triggers belong to the window [B, W] bool.
        thresholds: From which probability on.

    Returns:
        The triggers in the order of windows, words and types.
    """
    begin = np.where(word_mask[..., None], triggers[..., 0], 0.0)  # [B, W, E]
    further = (triggers[..., 1] > 0.5) & (triggers[..., 1] > begin) & word_mask[..., None]
    present = types >= thresholds.types  # [B, E]
    found = (begin >= thresholds.trigger) & present[:, None] & ~further
    # A type with no word over the threshold stands on its likeliest word.
    window, type_id = np.nonzero(present & ~found.any(1))
    found[window, begin[window, :, type_id].argmax(1), type_id] = True
    # Hardly a word in a thousand is the trigger of two events of different types: a lesser type needs to be sure.
    best = np.where(found, begin, 0.0).max(-1, keepdims=True)  # [B, W, 1]
    found &= (begin == best) | (begin >= _LESSER_TYPE)
    windows, first, types_found = np.nonzero(found & owned[..., None])
    last, going = first.copy(), np.ones(len(first), bool)
    for _ in range(MAX_TRIGGER_WORDS - 1):
        following = np.minimum(last + 1, begin.shape[1] - 1)
        going &= (last + 1 < begin.shape[1]) & further[windows, following, types_found]
        last += going
    return Triggers(windows, np.stack([first, last], -1), types_found, begin[windows, first, types_found])


def find_arguments(
    arguments: np.ndarray, allowed: np.ndarray, threshold: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Find the argument spans of N triggers.

    A span grows over words that are well below the threshold and is kept if its mean reaches it: judging each word by
    itself would tear a name like "قرية الشعفة" in two where its words are not equally sure.

    Args:
        arguments: Outside, begin and inside probabilities [N, W, R, 3]; padding words must be outside.
        allowed: Which roles the trigger's type lists [N, R] bool.
        threshold: Mean probability of not being outside from which a span is kept.

    Returns:
        Trigger, role, first word, last word and score of each span, in the order of triggers, roles and words.
    """
    scores = np.swapaxes(1.0 - arguments[..., 0], 1, 2)  # [N, R, W]
    # A padding word is outside with certainty, whatever the threshold.
    inside = (scores >= _GROWTH * threshold) & (scores > 0) & allowed[..., None]
    begin = np.swapaxes(arguments[..., 1] >= arguments[..., 2], 1, 2)
    before = np.zeros_like(inside)
    before[..., 1:] = inside[..., :-1]
    starts = inside & (begin | ~before)
    after = np.zeros_like(inside)
    after[..., :-1] = inside[..., 1:] & ~starts[..., 1:]
    ends = inside & ~after
    # Starts and ends alternate along the words of one trigger and role, so the nth start belongs to the nth end.
    trigger, role, first = np.nonzero(starts)
    last = np.nonzero(ends)[2]
    total = np.concatenate([np.zeros((*scores.shape[:2], 1), scores.dtype), scores.cumsum(-1)], -1)
    mean = (total[trigger, role, last + 1] - total[trigger, role, first]) / (last - first + 1)
    kept = mean >= threshold
    return trigger[kept], role[kept], first[kept], last[kept], mean[kept]


def choose_cuts(cuts: np.ndarray, letters: np.ndarray) -> np.ndarray:
    """Choose how many leading letters of each word stay outside a span that begins there.

    Args:
        cuts: Logits of 0 to 3 letters [B, W, 4].
        letters: Ids of the letters [B, W, L], four or more; only proclitics can be cut, and never the whole word.

    Returns:
        Letter counts [B, W].
    """
    proclitic = (letters >= 2) & (letters < _NUM_PROCLITIC_IDS)
    allowed = np.ones(cuts.shape, bool)
    allowed[..., 1:] = np.logical_and.accumulate(proclitic[..., :3], -1) & (letters[..., 1:4] > 0)
    return np.where(allowed, cuts, -np.inf).argmax(-1)


def decode_events(
    texts: Sequence[tuple[str, int]],
    encodings: Sequence[Encoding],
    triggers: Triggers,
    arguments: np.ndarray | None,
    realis: np.ndarray | None,
    cuts: np.ndarray,
    ontology: Ontology,
    allowed: np.ndarray,
    thresholds: Thresholds,
) -> list[list[Event]]:
    """Build the events of each window.

    Args:
        texts: Text of each window's sentence and the sentence's offset in its document.
        encodings: The windows.
        triggers: What `find_triggers` found.
        arguments: Outside, begin, inside probabilities [N, W, R, 3], or None without that layer.
        realis: Realis probabilities [N, C], or None without that layer.
        cuts: Letters to cut off [B, W].
        ontology: Names of the ids.
        allowed: Roles of each type [E, R] bool.
        thresholds: From which probability on.

    Returns:
        Events of each window in text order, offsets into the document, with raw scores.
    """
    spans_of: list[list[Argument]] = [[] for _ in triggers.types]

    def locate(window: int, first: int, last: int) -> tuple[int, int, str]:
        text, shift = texts[window]
        words = encodings[window].word_spans
        start, end = int(words[first, 0]), int(words[last, 1])
        count = int(cuts[window, first])
        if count:
            start = cut_proclitics(text, start, int(words[first, 1]), count)
        return start + shift, end + shift, text[start:end]

    if arguments is not None and len(triggers.types):
        found = find_arguments(arguments, allowed[triggers.types], thresholds.argument)
        for trigger, role, first, last, score in zip(*(array.tolist() for array in found), strict=True):
            start, end, text = locate(int(triggers.windows[trigger]), first, last)
            spans_of[trigger].append(
                Argument(role=ontology.roles[role].name, start=start, end=end, text=text, score=score)
            )
    events: list[list[Event]] = [[] for _ in encodings]
    values = None if realis is None else realis.argmax(-1).tolist()
    for i, (window, type_id, score) in enumerate(
        zip(triggers.windows.tolist(), triggers.types.tolist(), triggers.scores.tolist(), strict=True)
    ):
        start, end, text = locate(window, *triggers.spans[i].tolist())
        ordered = sorted(spans_of[i], key=lambda item: (item.start, item.end))
        events[window].append(
            Event(
                type=ontology.types[type_id].name,
                trigger=Span(start=start, end=end, text=text, score=score),
                arguments=None if arguments is None else tuple(ordered),
                realis=None if values is None else ontology.realis[values[i]].name,
                score=score,
            )
        )
    return events

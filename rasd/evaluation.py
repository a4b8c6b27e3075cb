"""Evaluation: a checkpoint against gold sentences, through the engine that users run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rasd.events import Sentence
from rasd.metrics import Scores, score_events

if TYPE_CHECKING:
    from rasd.inference.extractor import EventExtractor


def evaluate(
    extractor: EventExtractor, gold: Sequence[Sentence], *, min_score: float = 0.0
) -> tuple[Scores, list[Sentence]]:
    """Score a checkpoint on gold sentences.

    Args:
        extractor: The loaded checkpoint.
        gold: Sentences of a corpus file, checked against the checkpoint's ontology.
        min_score: Score from 0 to 1 that predicted events and arguments must reach.

    Returns:
        The scores, and the predicted sentences that they are of.
    """
    predicted = extractor.predict_sentences(gold, min_score=min_score)
    return score_events(gold, predicted), predicted

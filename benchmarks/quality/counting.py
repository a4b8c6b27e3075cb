"""Counts of gold, predicted and matched items of single sentences, from which any sample of sentences can be scored."""

from __future__ import annotations

from pathlib import Path

from rasd.events import Sentence
from rasd.formats.jsonl import read_sentences
from rasd.metrics import METRICS, score_events
from rasd.ontology import Ontology


def count(gold_path: Path, predicted_path: Path) -> list[list[int]]:
    """Return gold, predicted and matched items of every metric for each sentence."""
    ontology = Ontology.load("conflict")
    gold, predicted = read_sentences(gold_path, ontology), read_sentences(predicted_path, ontology)
    return [row(ours, theirs) for ours, theirs in zip(gold, predicted, strict=True)]


def row(gold: Sentence, predicted: Sentence) -> list[int]:
    """Return the counts of one sentence."""
    scores = score_events([gold], [predicted], num_resamples=0)
    kept = (getattr(scores, name) for name in METRICS)
    return [value for score in kept for value in (score.num_gold, score.num_predicted, score.num_matched)]

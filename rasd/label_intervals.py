"""Intervals of the scores of single event types and roles, which `score_events` leaves without.

As for the whole: percentile bootstrap at 95% of F1 over sentences (Efron, 1979), a resample with nothing to count
scoring 0.0. Most sentences hold nothing of a label, and such sentences are drawn together, so that it stays cheap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rasd.events import Sentence
from rasd.metrics import Score, Scores, pair_items

_Counts = dict[tuple[str, str], Counter[tuple[int, int, int]]]  # (metric, label) -> counts of a sentence -> sentences
_BY_TYPE = ("typing", "tri_c", "arg_c_plus")


def add_label_intervals(scores: Scores, gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> Scores:
    """Return scores whose event types and roles have intervals too, with the resamples and the seed of the others.

    Args:
        scores: What `score_events` returned for the same sentences.
        gold: Annotated sentences.
        predicted: The same sentences with predicted events.
    """
    counts = _count_labels(gold, predicted)

    def added(score: Score, metric: str, label: str) -> Score:
        rows = counts.get((metric, label))
        return score if rows is None else replace(score, interval=_interval(rows, scores))

    return replace(
        scores,
        by_type={
            name: {metric: added(score, metric, name) for metric, score in named.items()}
            for name, named in scores.by_type.items()
        },
        by_role={role: added(score, "role", role) for role, score in scores.by_role.items()},
    )


def _count_labels(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> _Counts:
    """Count gold, predicted and matched items of each label, sentence by sentence."""
    counts: _Counts = {}
    for _, _, _, ours, theirs in pair_items(gold, predicted):
        row: dict[tuple[str, str], list[int]] = {}
        for place, items in enumerate((ours, theirs, {name: ours[name] & theirs[name] for name in ours})):
            for key in _keys(items):
                row.setdefault(key, [0, 0, 0])[place] += 1
        for key, (num_gold, num_predicted, num_matched) in row.items():
            counts.setdefault(key, Counter())[num_gold, num_predicted, num_matched] += 1
    return counts


def _keys(items: Mapping[str, set[tuple[Any, ...]]]) -> list[tuple[str, str]]:
    """Return (metric, event type) of every item, and ("role", role) of every argument."""
    keys = [(metric, item[0]) for metric in _BY_TYPE for item in items[metric]]
    return keys + [("role", item[-1]) for item in items["arg_c_plus"]]


def _interval(rows: Counter[tuple[int, int, int]], scores: Scores) -> tuple[float, float] | None:
    """Return the interval of one label's F1, None where none was asked for."""
    if not scores.num_resamples:
        return None
    kinds = sorted(rows)
    repeats = [rows[kind] for kind in kinds]
    repeats.append(scores.num_sentences - sum(repeats))  # sentences without the label
    table = np.array([*kinds, (0, 0, 0)], dtype=np.float64)  # [U, 3]
    generator = np.random.default_rng(scores.seed)
    weights = generator.multinomial(
        scores.num_sentences, np.array(repeats) / scores.num_sentences, size=scores.num_resamples
    )
    totals = weights @ table  # [resamples, 3]
    below = totals[:, 0] + totals[:, 1]
    f1 = np.divide(2 * totals[:, 2], below, out=np.zeros_like(below), where=below > 0)
    low, high = np.percentile(f1, [2.5, 97.5])
    return float(low), float(high)

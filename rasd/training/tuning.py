"""Thresholds chosen on the dev sentences, and saved with the checkpoint.

Types first (with the trigger threshold, by trigger F1), then arguments (by attached argument F1). A type gets a
threshold of its own only where dev has enough of it to choose by; the others share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rasd.decoding import Thresholds
from rasd.events import Sentence
from rasd.inference.backends import TorchBackend
from rasd.inference.engine import Batch, Engine
from rasd.metrics import score_events

# Below this many dev sentences with a type, a threshold of its own would follow chance.
MIN_SENTENCES_PER_TYPE = 10
_GRID = np.arange(0.15, 0.96, 0.05)


def tune_thresholds(engine: Engine, model: Any, dev: Sequence[Sentence]) -> Thresholds:
    """Choose thresholds for a model on gold sentences.

    Args:
        engine: Predicts; its thresholds are set to those chosen.
        model: The trained model.
        dev: Gold sentences.

    Returns:
        The thresholds chosen.
    """
    engine.backend = TorchBackend(model, model.device)
    batches = list(engine.run(engine.encode(dev)))
    shared, trigger = _best_pair(engine, batches, dev)
    engine.thresholds = Thresholds(_per_type(engine, batches, dev, shared), trigger, 0.5)
    engine.thresholds = Thresholds(engine.thresholds.types, trigger, _best_argument(engine, batches, dev))
    return engine.thresholds


def _best_pair(engine: Engine, batches: list[Batch], dev: Sequence[Sentence]) -> tuple[float, float]:
    """Return the shared type threshold and the trigger threshold with the best trigger F1."""
    if "trigger" not in engine.layers:
        return 0.5, 0.5
    num_types = len(engine.ontology.types)
    best = (-1.0, 0.5, 0.5)
    layers, engine.layers = engine.layers, frozenset({"typing", "trigger"})
    for shared in _GRID:
        for trigger in _GRID:
            engine.thresholds = Thresholds(np.full(num_types, shared), float(trigger), 0.5)
            f1 = score_events(dev, engine.decode(batches, dev), num_resamples=0).tri_c.f1
            best = max(best, (f1, float(shared), float(trigger)))
    engine.layers = layers
    return best[1], round(best[2], 3)


def _per_type(engine: Engine, batches: list[Batch], dev: Sequence[Sentence], shared: float) -> np.ndarray:
    """Return a threshold for each type by its typing F1, drawn half-way to the shared one."""
    scores, gold = engine.score_types(batches, len(dev)), _gold_types(engine, dev)
    chosen = np.full(scores.shape[1], shared)
    for type_id in np.flatnonzero(gold.sum(0) >= MIN_SENTENCES_PER_TYPE):
        predicted = scores[:, type_id, None] >= _GRID  # [S, G]
        matched = (predicted & gold[:, type_id, None]).sum(0)
        f1 = 2 * matched / (predicted.sum(0) + gold[:, type_id].sum())
        # The middle of the best stretch moves least from one sample of sentences to the next.
        chosen[type_id] = (shared + np.median(_GRID[f1 >= f1.max() - 1e-9])) / 2
    return chosen.round(3)


def _best_argument(engine: Engine, batches: list[Batch], dev: Sequence[Sentence]) -> float:
    """Return the argument threshold with the best attached argument F1."""
    if "arguments" not in engine.layers:
        return 0.5
    best = (-1.0, 0.5)
    types = engine.thresholds
    for threshold in _GRID:
        engine.thresholds = Thresholds(types.types, types.trigger, float(threshold))
        f1 = score_events(dev, engine.decode(batches, dev), num_resamples=0).arg_c_plus.f1
        best = max(best, (f1, float(threshold)))
    return round(best[1], 3)


def _gold_types(engine: Engine, dev: Sequence[Sentence]) -> np.ndarray:
    """Return which types each gold sentence has [S, E] bool."""
    gold = np.zeros((len(dev), len(engine.ontology.types)), bool)
    for i, sentence in enumerate(dev):
        gold[i, [engine.ontology.type_ids[event.type] for event in sentence.events or ()]] = True
    return gold

"""Thresholds chosen on the dev sentences, and saved with the checkpoint.

Types first (with the trigger threshold, by trigger F1), then arguments (by attached argument F1). A type gets a
threshold of its own only where dev has enough of it to choose by; the others share one. A threshold whose layer dev
does not annotate, or that changes nothing on dev, stays at 0.5.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from rasd.decoding import Thresholds
from rasd.events import Sentence
from rasd.inference.backends import Backend, EncoderScores, TorchBackend
from rasd.inference.engine import Batch, Engine
from rasd.metrics import score_events

logger = logging.getLogger(__name__)

# With fewer events than this in dev, or sentences with a type, a threshold chosen by them would follow chance.
MIN_EVENTS = 50
MIN_SENTENCES_PER_TYPE = 10
DEFAULT = 0.5
_GRID = np.arange(15, 96, 5) / 100


def tune_thresholds(engine: Engine, model: Any, dev: Sequence[Sentence]) -> Thresholds:
    """Choose thresholds for a model on gold sentences.

    Args:
        engine: Predicts; its thresholds are set to those chosen.
        model: The trained model.
        dev: Gold sentences.

    Returns:
        The thresholds chosen. A warning names those that dev cannot tell.
    """
    num_events = sum(len(sentence.events or ()) for sentence in dev)
    if num_events < MIN_EVENTS:
        _warn("every threshold", f"dev has {num_events} events, and choosing takes {MIN_EVENTS}", stays="as it was")
        return engine.thresholds
    engine.backend = _LastArguments(TorchBackend(model, model.device))
    batches = list(engine.run(engine.encode(dev)))
    shared, trigger = _best_pair(engine, batches, dev)
    engine.thresholds = Thresholds(_per_type(engine, batches, dev, shared), trigger, DEFAULT)
    engine.thresholds = Thresholds(engine.thresholds.types, trigger, _best_argument(engine, batches, dev))
    return engine.thresholds


def pick(f1: np.ndarray) -> tuple[int, ...] | None:
    """Return the index of the best F1, None where all are the same.

    Of several that are equally good it is the one nearest to their middle, which moves least from one sample of
    sentences to the next.
    """
    best = np.argwhere(f1 >= f1.max() - 1e-9)
    if len(best) == f1.size:
        return None
    distances = ((best - np.median(best, 0)) ** 2).sum(1)
    return tuple(best[distances.argmin()].tolist())


def _best_pair(engine: Engine, batches: list[Batch], dev: Sequence[Sentence]) -> tuple[float, float]:
    """Return the shared type threshold and the trigger threshold with the best trigger F1."""
    if "trigger" not in engine.layers:
        return _best_shared(engine, batches, dev), DEFAULT
    if not any(event.trigger is not None for sentence in dev for event in sentence.events or ()):
        _warn("the trigger threshold", "dev has no triggers")
        return _best_shared(engine, batches, dev), DEFAULT
    num_types = len(engine.ontology.types)
    grid = _GRID[1::2]  # every pair is decoded and scored, so half the steps take a quarter of the time
    f1 = np.zeros((len(grid), len(grid)))
    layers, engine.layers = engine.layers, frozenset({"typing", "trigger"})
    for i, shared in enumerate(grid):
        for j, trigger in enumerate(grid):
            engine.thresholds = Thresholds(np.full(num_types, shared), float(trigger), DEFAULT)
            f1[i, j] = score_events(dev, engine.decode(batches, dev), num_resamples=0).tri_c.f1
    engine.layers = layers
    best = pick(f1)
    if best is None:
        _warn("the type and trigger thresholds", f"trigger F1 on dev is {f1.max():.3f} with every one")
        return DEFAULT, DEFAULT
    return float(grid[best[0]]), float(grid[best[1]])


def _best_shared(engine: Engine, batches: list[Batch], dev: Sequence[Sentence]) -> float:
    """Return the shared type threshold with the best typing F1, for models and dev data without triggers."""
    scores, gold = engine.score_types(batches, len(dev)), _gold_types(engine, dev)
    f1 = _f1(scores.ravel(), gold.ravel())
    best = pick(f1)
    if best is None:
        _warn("the type threshold", f"typing F1 on dev is {f1.max():.3f} with every one")
        return DEFAULT
    return float(_GRID[best])


def _per_type(engine: Engine, batches: list[Batch], dev: Sequence[Sentence], shared: float) -> np.ndarray:
    """Return a threshold for each type by its typing F1, drawn half-way to the shared one."""
    scores, gold = engine.score_types(batches, len(dev)), _gold_types(engine, dev)
    chosen = np.full(scores.shape[1], shared)
    for type_id in np.flatnonzero(gold.sum(0) >= MIN_SENTENCES_PER_TYPE):
        best = pick(_f1(scores[:, type_id], gold[:, type_id]))
        if best is not None:
            chosen[type_id] = (shared + _GRID[best]) / 2
    return chosen.round(3)


def _best_argument(engine: Engine, batches: list[Batch], dev: Sequence[Sentence]) -> float:
    """Return the argument threshold with the best attached argument F1."""
    if "arguments" not in engine.layers:
        return DEFAULT
    if not any(event.arguments for sentence in dev for event in sentence.events or ()):
        _warn("the argument threshold", "dev has no arguments")
        return DEFAULT
    types, f1 = engine.thresholds, np.zeros(len(_GRID))
    for i, threshold in enumerate(_GRID):
        engine.thresholds = Thresholds(types.types, types.trigger, float(threshold))
        f1[i] = score_events(dev, engine.decode(batches, dev), num_resamples=0).arg_c_plus.f1
    best = pick(f1)
    if best is None:
        _warn("the argument threshold", f"argument F1 on dev is {f1.max():.3f} with every one")
        return DEFAULT
    return float(_GRID[best])


def _warn(what: str, why: str, *, stays: str = str(DEFAULT)) -> None:
    logger.warning("%s cannot be chosen, %s; it stays %s", what, why, stays)


def _f1(scores: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """Return F1 of probabilities [N] against gold [N] bool at every threshold of the grid [G]."""
    predicted = scores[:, None] >= _GRID  # [N, G]
    matched = (predicted & gold[:, None]).sum(0)
    return 2 * matched / np.maximum(1, predicted.sum(0) + gold.sum())


def _gold_types(engine: Engine, dev: Sequence[Sentence]) -> np.ndarray:
    """Return which types each gold sentence has [S, E] bool."""
    gold = np.zeros((len(dev), len(engine.ontology.types)), bool)
    for i, sentence in enumerate(dev):
        gold[i, [engine.ontology.type_ids[event.type] for event in sentence.events or ()]] = True
    return gold


class _LastArguments:
    """A backend that remembers the last argument scores of each batch.

    The argument threshold is tried with the same triggers again and again, and their scores do not depend on it.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._known: dict[int, tuple[bytes, tuple[np.ndarray, np.ndarray]]] = {}

    def encode(self, batch: dict[str, np.ndarray]) -> EncoderScores:
        """Score a batch of windows."""
        return self.backend.encode(batch)

    def score_arguments(
        self, words: Any, windows: np.ndarray, spans: np.ndarray, types: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Score triggers, or return what the same triggers of the same batch scored."""
        triggers = b"".join(array.tobytes() for array in (windows, spans, types))
        # The batches live as long as this object does, so an id is not given twice.
        known = self._known.get(id(words))
        if known is None or known[0] != triggers:
            known = self._known[id(words)] = (triggers, self.backend.score_arguments(words, windows, spans, types))
        return known[1]

"""Calibration fitted on the dev sentences, and saved with the checkpoint.

For each kind of score (see `rasd.calibration`) a temperature is chosen so that the reported scores of what the model
finds in dev have the lowest negative log-likelihood (NLL) of being right. A bias is added where cross-validation over
sentences says that it lowers NLL beyond noise. A kind of which dev has too little stays uncalibrated.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np

from rasd.calibration import KINDS, Calibration, Scaling, logit
from rasd.events import Sentence
from rasd.inference.backends import TorchBackend
from rasd.inference.engine import Engine
from rasd.reliability import Judged, judge_items

logger = logging.getLogger(__name__)

# With fewer items than this in dev, or right or wrong ones among them, a scaling would follow chance.
MIN_ITEMS = 50
MIN_OF_EACH = 10
# Scores that say nothing of what is right, or everything, would have temperatures without bound.
_SLOPES = (1 / 20, 20.0)
_FOLDS = 10
# A bias must lower NLL by this many standard errors: about one chance in forty where it is worth nothing.
_ERRORS = 2.0
# Layer of the model without which there are no such scores.
_LAYERS = {"types": "typing", "triggers": "trigger", "arguments": "arguments"}


def calibrate(engine: Engine, model: Any, dev: Sequence[Sentence]) -> Calibration:
    """Fit the calibration of a model on gold sentences, at the thresholds that the engine has.

    Args:
        engine: Predicts; its calibration is set to what was fitted.
        model: The trained model.
        dev: Gold sentences.

    Returns:
        The calibration. A warning names the kinds of score that dev cannot tell, which stay as they are.
    """
    engine.backend = TorchBackend(model, model.device)
    judged = judge_items(dev, engine.decode_raw(engine.run(engine.encode(dev)), dev))
    scalings = {kind: fit_scaling(judged[kind], kind) for kind in KINDS if _LAYERS[kind] in engine.layers}
    engine.calibration = Calibration(**scalings)
    return engine.calibration


def fit_scaling(judged: Judged, kind: str) -> Scaling:
    """Fit the scaling of one kind of score.

    Args:
        judged: Raw scores, and which are right.
        kind: What it is called in the log.
    """
    num, num_right = len(judged.right), int(judged.right.sum())
    if num < MIN_ITEMS or min(num_right, num - num_right) < MIN_OF_EACH:
        logger.warning(
            "the scores of %s cannot be calibrated, dev has %d of them, %d right, and it takes %d, and %d right and "
            "wrong; they are reported as they are",
            *(kind, num, num_right, MIN_ITEMS, MIN_OF_EACH),
        )
        return Scaling()
    logits, right = np.array([logit(score) for score in judged.scores]), judged.right.astype(float)
    plain, biased = _fit(logits, right, has_bias=False), _fit(logits, right, has_bias=True)
    gain, error = _gain(logits, right, judged.sentences)
    chosen = biased if gain > _ERRORS * error and _is_bounded(biased) else plain
    scaling = Scaling(temperature=round(1 / chosen[0], 4), bias=round(chosen[1], 4))
    logger.info(
        "%s: temperature %.2f, bias %.2f, of %d items, %d right; NLL %.4f, was %.4f; a bias lowers it by %.4f with a "
        "standard error of %.4f in cross-validation",
        *(kind, scaling.temperature, scaling.bias, num, num_right),
        *(_nll(logits, right, chosen).mean(), _nll(logits, right, (1.0, 0.0)).mean(), gain, error),
    )
    return scaling


def _fit(logits: np.ndarray, right: np.ndarray, *, has_bias: bool) -> tuple[float, float]:
    """Return slope and bias of lowest NLL, the bias 0 where none is wanted, by Newton's method."""
    features = np.stack([logits, np.ones_like(logits)] if has_bias else [logits], -1)  # [N, 1 or 2]
    found = np.zeros(features.shape[1])
    lowest = _nll(logits, right, (0.0, 0.0)).sum()
    for _ in range(100):
        expected = 0.5 * (1 + np.tanh(0.5 * (features @ found)))
        gradient = features.T @ (expected - right)
        curvature = (features.T * (expected * (1 - expected))) @ features + 1e-9 * np.eye(len(found))
        step = np.linalg.solve(curvature, gradient)
        # NLL is convex, but far from its lowest point a whole step may lead up again.
        while (nll := _nll(logits, right, _pair(found - step)).sum()) > lowest and np.abs(step).max() > 1e-9:
            step = step / 2
        if np.abs(step).max() <= 1e-9:
            break
        found, lowest = found - step, nll
    slope, bias = _pair(found)
    return (slope, bias) if has_bias else (float(np.clip(slope, *_SLOPES)), bias)


def _gain(logits: np.ndarray, right: np.ndarray, sentences: np.ndarray) -> tuple[float, float]:
    """Return by how much a bias lowers the mean NLL of items held out, and its standard error over sentences.

    The items of one sentence are right and wrong together, so that they share a fold and count as one draw.
    """
    _, groups = np.unique(sentences, return_inverse=True)
    num = int(groups.max()) + 1
    folds = (np.random.default_rng(0).permutation(num) % _FOLDS)[groups]
    gains = np.zeros(len(right))
    for fold in range(min(_FOLDS, num)):
        held, kept = folds == fold, folds != fold
        if not 0 < right[kept].sum() < kept.sum():
            return 0.0, np.inf
        plain, biased = (_fit(logits[kept], right[kept], has_bias=has_bias) for has_bias in (False, True))
        gains[held] = _nll(logits[held], right[held], plain) - _nll(logits[held], right[held], biased)
    mean = gains.mean()
    # A ratio of two sums over sentences: of gains, and of items.
    strays = np.bincount(groups, gains - mean)
    return float(mean), float(np.sqrt((strays**2).sum() * num / max(1, num - 1)) / len(right))


def _nll(logits: np.ndarray, right: np.ndarray, scaling: tuple[float, float]) -> np.ndarray:
    """Return the negative log-likelihood of each item [N] under a slope and a bias."""
    scaled = logits * scaling[0] + scaling[1]
    return np.logaddexp(0, scaled) - right * scaled


def _pair(found: np.ndarray) -> tuple[float, float]:
    return float(found[0]), float(found[1]) if len(found) > 1 else 0.0


def _is_bounded(scaling: tuple[float, float]) -> bool:
    return _SLOPES[0] <= scaling[0] <= _SLOPES[1]

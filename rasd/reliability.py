"""How far scores can be believed: whether each predicted item is right, and how its score bears that out.

An item is right as the exact-span metrics of `rasd.metrics` say: a type if gold's sentence has it, a trigger as for
Tri-C, an argument as for Arg-C. Each argument of each event is an item, also where two events share it; what gold does
not annotate is left out, as there.

Expected calibration error (ECE; Naeini et al., 2015) sorts items into bins by their score and averages the gap between
mean score and share of right items, weighted by the number of items. Bins are of equal mass (as many items in each, but
equal scores are never parted) or of equal width (as many bins as [0, 1] holds steps). ECE is above 0 for a calibrated
model too, because few items fall into a bin; `expected_by_chance` says how much.

Letters: N items, D draws, M bins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rasd.calibration import KINDS
from rasd.events import Sentence
from rasd.metrics import pair_items

NUM_BINS = 15


@dataclass(frozen=True, slots=True)
class Judged:
    """Predicted items: score [N], whether it is right [N] bool, and the number of its sentence [N]."""

    scores: np.ndarray
    right: np.ndarray
    sentences: np.ndarray


@dataclass(frozen=True, slots=True)
class Bin:
    """The items of like score: how many, their mean score, and the share of them that is right."""

    num: int
    mean_score: float
    share_right: float


def judge_items(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> dict[str, Judged]:
    """Judge what was predicted.

    Args:
        gold: Annotated sentences.
        predicted: The same sentences in the same order, with predicted events.

    Returns:
        "types", "triggers" and "arguments" -> the judged items, in text order.
    """
    rows: dict[str, list[tuple[float, bool, int]]] = {kind: [] for kind in KINDS}
    for i, (_, theirs, _, right, known) in enumerate(pair_items(gold, predicted)):
        rows["types"] += [(score, (name,) in right["typing"], i) for name, score in theirs.types.items()]
        for event in theirs.events or ():
            if event.trigger is None:
                continue
            key = (event.type, event.trigger.start - theirs.start, event.trigger.end - theirs.start)
            if key in known["tri_c"]:
                rows["triggers"].append((event.score, key in right["tri_c"], i))
            for item in event.arguments or ():
                key = (event.type, item.start - theirs.start, item.end - theirs.start, item.role)
                if key in known["arg_c"]:
                    rows["arguments"].append((item.score, key in right["arg_c"], i))
    return {
        kind: Judged(
            np.array([score for score, _, _ in items], float),
            np.array([is_right for _, is_right, _ in items], bool),
            np.array([i for _, _, i in items], int),
        )
        for kind, items in rows.items()
    }


def bin_items(scores: np.ndarray, right: np.ndarray, *, is_equal_mass: bool, num_bins: int = NUM_BINS) -> list[Bin]:
    """Return the bins that hold items, from the lowest scores to the highest.

    Args:
        scores: In [0, 1], [N].
        right: Which items are right [N] bool.
        is_equal_mass: Whether bins hold as many items each, or are as wide as each other.
        num_bins: How many.
    """
    places = _place(scores, is_equal_mass, num_bins)
    return [
        Bin(int(chosen.sum()), float(scores[chosen].mean()), float(right[chosen].mean()))
        for chosen in (places == place for place in np.unique(places))
    ]


def calibration_error(scores: np.ndarray, right: np.ndarray, *, is_equal_mass: bool, num_bins: int = NUM_BINS) -> float:
    """Return the expected calibration error, 0.0 without items. Arguments as for `bin_items`."""
    bins = bin_items(scores, right, is_equal_mass=is_equal_mass, num_bins=num_bins)
    return sum(item.num * abs(item.mean_score - item.share_right) for item in bins) / max(1, len(scores))


def expected_by_chance(
    scores: np.ndarray, *, is_equal_mass: bool, num_bins: int = NUM_BINS, num_draws: int = 1000, seed: int = 0
) -> float:
    """Return the mean calibration error of a model with these scores [N] that is calibrated perfectly."""
    if not len(scores):
        return 0.0
    places = np.unique(_place(scores, is_equal_mass, num_bins), return_inverse=True)[1]
    holds = np.eye(places.max() + 1)[places]  # [N, M]
    right = np.random.default_rng(seed).random((num_draws, len(scores))) < scores  # [D, N]
    return float(np.abs((right - scores) @ holds).sum(1).mean() / len(scores))


def brier_score(scores: np.ndarray, right: np.ndarray) -> float:
    """Return the mean squared gap between score [N] and being right [N] bool (Brier, 1950), 0.0 without items."""
    return float(((scores - right) ** 2).mean()) if len(scores) else 0.0


def _place(scores: np.ndarray, is_equal_mass: bool, num_bins: int) -> np.ndarray:
    """Return the number of each score's bin [N]; a bin's lower bound belongs to it."""
    steps = np.arange(1, num_bins)
    bounds = np.sort(scores)[steps * len(scores) // num_bins] if is_equal_mass and len(scores) else steps / num_bins
    return np.searchsorted(np.unique(bounds), scores, side="right")

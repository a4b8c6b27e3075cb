"""What reported scores mean: of the items that a calibrated model gives 0.8, about eight in ten are right.

A network is surer than it should be, and more so of arguments than of types. A scaling, fitted on the dev sentences by
`rasd.training.calibration_fit`, brings a score back: temperature scaling (Guo et al., 2017), with a bias (Platt, 1999)
where dev shows that it pays. What is scaled is the score of the decoded item, after everything was decided: thresholds
and decoding know raw probabilities alone, so that a calibrated model finds the same events, in the same order of
scores.

There are three kinds of score: of the types of a sentence, of triggers (their events have the same), of arguments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from rasd.errors import did_you_mean
from rasd.events import Event, Sentence

KINDS = ("types", "triggers", "arguments")
# How near to 0 and 1 a score counts; the float32 of networks tells little beyond.
_NEAREST = 1e-6


@dataclass(frozen=True, slots=True)
class Scaling:
    """Maps scores to scores, keeping their order: `sigmoid(logit(score) / temperature + bias)`.

    Attributes:
        temperature: Above 1 it draws scores towards one half, below 1 away from it. Must be positive.
        bias: What all logits are moved by.
    """

    temperature: float = 1.0
    bias: float = 0.0

    def apply(self, score: float) -> float:
        """Return what a raw score is reported as, both in [0, 1]."""
        if self.temperature == 1.0 and self.bias == 0.0:
            return score
        return 0.5 * (1.0 + math.tanh(0.5 * (logit(score) / self.temperature + self.bias)))


@dataclass(frozen=True, slots=True)
class Calibration:
    """The scaling of each kind of score; as it comes, it changes none."""

    types: Scaling = Scaling()
    triggers: Scaling = Scaling()
    arguments: Scaling = Scaling()

    @classmethod
    def from_dict(cls, record: Mapping[str, Mapping[str, float]]) -> Calibration:
        """Return the calibration that `to_dict` wrote."""
        return cls(**{kind: Scaling(**scaling) for kind, scaling in record.items()})

    def to_dict(self) -> dict[str, dict[str, float]]:
        """Return the scalings that change something, as a JSON-ready dict."""
        scalings = {kind: getattr(self, kind) for kind in KINDS}
        return {
            kind: {"temperature": scaling.temperature, "bias": scaling.bias}
            for kind, scaling in scalings.items()
            if scaling != Scaling()
        }

    def report(self, sentence: Sentence) -> Sentence:
        """Return a decoded sentence with its raw scores calibrated, and rounded to what is worth printing."""
        return replace(
            sentence,
            types={name: _report(score, self.types) for name, score in sentence.types.items()},
            events=tuple(self._report_event(event) for event in sentence.events or ()),
        )

    def _report_event(self, event: Event) -> Event:
        if event.trigger is None:
            return replace(event, score=_report(event.score, self.types))
        score = _report(event.score, self.triggers)
        arguments = (
            None
            if event.arguments is None
            else tuple(replace(argument, score=_report(argument.score, self.arguments)) for argument in event.arguments)
        )
        return replace(event, score=score, trigger=replace(event.trigger, score=score), arguments=arguments)


IDENTITY = Calibration()
"""Changes no score."""


def logit(score: float) -> float:
    """Return the logit of a score in [0, 1]; 0 and 1 count as a millionth away."""
    score = min(max(float(score), _NEAREST), 1.0 - _NEAREST)
    return math.log(score / (1.0 - score))


def find_calibration_faults(record: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return what makes a record no calibration, each with its key; that the values are numbers is checked already."""
    faults = [
        f"calibration: unknown kind of score {kind!r}.{did_you_mean(kind, KINDS)}"
        for kind in record
        if kind not in KINDS
    ]
    for kind, settings in record.items():
        for name, value in settings.items():
            if name not in ("temperature", "bias"):
                faults.append(
                    f"calibration.{kind}: unknown setting {name!r}.{did_you_mean(name, ('temperature', 'bias'))}"
                )
            elif name == "temperature" and not (math.isfinite(value) and value > 0):
                faults.append(f"calibration.{kind}.temperature: expected a number above 0, got {value}")
            elif not math.isfinite(value):
                faults.append(f"calibration.{kind}.{name}: expected a finite number, got {value}")
    return faults


def _report(score: float | None, scaling: Scaling) -> float:
    """Return a raw score as it is reported, in [0, 1] also where float sums left it."""
    assert score is not None, "what a model decoded has a score"
    return round(scaling.apply(min(max(score, 0.0), 1.0)), 4)

"""How far two ways of running one checkpoint find the same events, and how far they must."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from rasd.events import Event, Sentence
from rasd.metrics import score_events

# Under int8 hardly a model keeps every event: those lost are about as many as those that are better taken, so that the
# scores against gold stay (docs/backends.md). What falls below these has lost more than rounding.
BOUNDS: Mapping[str, Mapping[str, float]] = {
    "fp32": {"max_changed_sentences": 0, "max_score_change": 0.001},
    "int8": {"min_typing": 0.95, "min_tri_c": 0.95, "min_arg_c": 0.95},
}
"""Precision -> what `rasd export` asks for; the F1 are of the predictions, with those of torch in fp32 as gold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How far predictions agree with those expected.

    Attributes:
        num_sentences: Sentences compared.
        num_events, num_arguments: What was expected in them.
        num_changed: Sentences in which anything but scores differs.
        max_score_change: Largest difference of a score in the others.
        typing, tri_c, arg_c: F1 of the predictions with those expected as gold, None where neither has any.
    """

    num_sentences: int
    num_events: int
    num_arguments: int
    num_changed: int
    max_score_change: float
    typing: float | None
    tri_c: float | None
    arg_c: float | None

    def find_faults(self, precision: str) -> list[str]:
        """Return what falls short of the bounds of a precision, in words."""
        if not self.num_events:
            return [
                f"no event was found in the {self.num_sentences} sentences to compare, which tells nothing; "
                "name a file of texts with events: --check FILE"
            ]
        bounds, faults = BOUNDS[precision], []
        if self.num_changed > bounds.get("max_changed_sentences", self.num_changed):
            faults.append(f"the events of {self.num_changed} of {self.num_sentences} sentences differ")
        if self.max_score_change > bounds.get("max_score_change", 1.0):
            faults.append(
                f"a score differs by {self.max_score_change:.4f}, at most {bounds['max_score_change']} may be"
            )
        for name, what in (("typing", "Typing"), ("tri_c", "Tri-C"), ("arg_c", "Arg-C")):
            least, score = bounds.get(f"min_{name}"), getattr(self, name)
            if least is not None and score is not None and score < least:
                faults.append(f"{what} against torch is {100 * score:.1f}, at least {100 * least:.1f} is asked for")
        return faults

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as a JSON-ready dict."""
        return asdict(self)


def compare_predictions(expected: Sequence[Sentence], predicted: Sequence[Sentence]) -> Parity:
    """Compare predictions of the same sentences.

    Args:
        expected: What the checkpoint finds under torch in fp32.
        predicted: What the other way of running it finds.
    """
    scores = score_events(expected, predicted, num_resamples=0)
    pairs = list(zip(expected, predicted, strict=True))
    same = [(one, other) for one, other in pairs if _without_scores(one) == _without_scores(other)]
    changes = [abs(a - b) for one, other in same for a, b in zip(_scores(one), _scores(other), strict=True)]
    events = [event for sentence in expected for event in sentence.events or ()]
    return Parity(
        num_sentences=len(pairs),
        num_events=len(events),
        num_arguments=sum(len(event.arguments or ()) for event in events),
        num_changed=len(pairs) - len(same),
        max_score_change=max(changes, default=0.0),
        **{
            name: score.f1 if score.num_gold + score.num_predicted else None
            for name, score in (("typing", scores.typing), ("tri_c", scores.tri_c), ("arg_c", scores.arg_c))
        },
    )


def _without_scores(sentence: Sentence) -> list[Event]:
    return [
        replace(
            event,
            score=None,
            trigger=event.trigger and replace(event.trigger, score=None),
            arguments=event.arguments and tuple(replace(item, score=None) for item in event.arguments),
        )
        for event in sentence.events or ()
    ]


def _scores(sentence: Sentence) -> Iterator[float]:
    """Yield every score of a sentence, in order."""
    for event in sentence.events or ():
        for item in (event, event.trigger, *(event.arguments or ())):
            if item is not None and item.score is not None:
                yield item.score

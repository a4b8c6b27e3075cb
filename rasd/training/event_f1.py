"""The event scores behind the interface of Hugging Face `evaluate`, loaded from this file and without the network.

What each score counts is said in `rasd.metrics`. Example, with a sentence that is predicted as it is in gold:

    >>> import evaluate, rasd.training.event_f1
    >>> metric = evaluate.load(rasd.training.event_f1.__file__)
    >>> gold = {
    ...     "start": 0,
    ...     "text": "فاز الفريق",
    ...     "events": [{"type": "Win", "trigger": {"start": 0, "end": 3, "text": "فاز"}}],
    ... }
    >>> metric.compute(predictions=[gold], references=[gold])["tri_c_f1"]
    1.0
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import datasets
import evaluate

from rasd.events import Sentence
from rasd.metrics import METRICS, score_events

_DESCRIPTION = """\
Event typing, trigger identification and classification (Tri-I, Tri-C), argument identification and classification
(Arg-I, Arg-C) and the same with the argument attached to its trigger (Arg-I+, Arg-C+), on exact character spans.
"""
_INPUTS = """
Args:
    predictions: Sentences with predicted events, each as `Sentence.to_dict()` gives it or as JSON of that.
    references: The same sentences in the same order, with gold events; layers left out were not annotated.
    num_resamples: Bootstrap resamples for 95% intervals, 0 (the default) for none.
    seed: Seed of the bootstrap.

Returns:
    A flat dict of floats: `typing_f1`, `typing_precision` and `typing_recall`, the same three for `tri_i`, `tri_c`,
    `arg_i`, `arg_c`, `arg_i_plus`, `arg_c_plus` and `realis`, with `num_resamples` also `_f1_low` and `_f1_high` of
    what was scored, and `typing_macro_f1` and `realis_accuracy`.
"""
_CITATION = """\
@inproceedings{huang-etal-2024-textee,
    title = "{T}ext{EE}: Benchmark, Reevaluation, Reflections, and Future Challenges in Event Extraction",
    author = "Huang, Kuan-Hao and others",
    booktitle = "Findings of the Association for Computational Linguistics: ACL 2024",
    year = "2024",
}
"""


@evaluate.utils.file_utils.add_start_docstrings(_DESCRIPTION, _INPUTS)
class EventF1(evaluate.Metric):
    """`rasd.metrics.score_events` as an `evaluate` metric."""

    def add_batch(self, *, predictions: Any = None, references: Any = None, **kwargs: Any) -> None:
        """Add sentences, as dicts or as JSON."""
        super().add_batch(predictions=_to_json(predictions), references=_to_json(references), **kwargs)

    def add(self, *, prediction: Any = None, reference: Any = None, **kwargs: Any) -> None:
        """Add one sentence, as a dict or as JSON."""
        self.add_batch(predictions=[prediction], references=[reference], **kwargs)

    def _info(self) -> evaluate.MetricInfo:
        """Return what the metric is; a sentence travels as JSON, because Arrow has no place for a layer left out."""
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(
                {"predictions": datasets.Value("string"), "references": datasets.Value("string")}
            ),
        )

    def _compute(
        self, *, predictions: Iterable[str], references: Iterable[str], num_resamples: int = 0, seed: int = 0
    ) -> dict[str, float]:
        """Return the scores of everything added."""
        gold, predicted = (
            [Sentence.from_dict(json.loads(item)) for item in side] for side in (references, predictions)
        )
        scores = score_events(gold, predicted, num_resamples=num_resamples, seed=seed)
        flat: dict[str, float] = {}
        for name in METRICS:
            score = getattr(scores, name)
            flat |= {f"{name}_precision": score.precision, f"{name}_recall": score.recall, f"{name}_f1": score.f1}
            if score.interval is not None:
                flat[f"{name}_f1_low"], flat[f"{name}_f1_high"] = score.interval
        return flat | {"typing_macro_f1": scores.typing_macro_f1, "realis_accuracy": scores.realis_accuracy}


def _to_json(sentences: Iterable[str | Mapping[str, Any]]) -> list[str]:
    """Return the sentences as JSON."""
    return [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in sentences]

"""The `evaluate` metric loads from its file without the network and gives what `score_events` gives."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import rasd
from rasd.events import Argument, Event, Sentence, Span
from rasd.metrics import METRICS, score_events

evaluate = pytest.importorskip("evaluate")
pytest.importorskip("datasets")

TEXT = "سلّم العمال رسالتهم إلى البلدية"
EVENT = Event(
    type="Diplomacy.Demand",
    trigger=Span(start=0, end=4, text="سلّم"),
    arguments=(Argument(start=5, end=11, text="العمال", role="Agent"),),
    realis="Actual",
)
GOLD = [Sentence(text=TEXT, events=(EVENT,)), Sentence(text=TEXT, events=()), Sentence(text=TEXT)]
PREDICTED = [Sentence(text=TEXT, events=(EVENT,)), Sentence(text=TEXT, events=(EVENT,)), Sentence(text=TEXT, events=())]


@pytest.fixture
def metric(tmp_path, monkeypatch):
    monkeypatch.setattr("evaluate.config.HF_EVALUATE_OFFLINE", True)
    monkeypatch.setattr("evaluate.config.HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr("sys.path", [*sys.path])
    for name in [name for name in sys.modules if name.split(".")[0] == "evaluate_modules"]:
        monkeypatch.delitem(sys.modules, name)
    path = Path(rasd.__file__).parent / "training" / "event_f1.py"
    return evaluate.load(str(path), cache_dir=str(tmp_path / "cache"))


def test_metric_gives_the_scores_of_score_events(metric):
    flat = metric.compute(
        predictions=[item.to_dict() for item in PREDICTED], references=[item.to_dict() for item in GOLD]
    )
    scores = score_events(GOLD, PREDICTED)
    assert {name: flat[f"{name}_f1"] for name in METRICS} == {name: getattr(scores, name).f1 for name in METRICS}
    assert all(isinstance(value, float) for value in flat.values())
    assert "tri_c_f1_low" not in flat


def test_intervals_come_with_resamples(metric):
    record = GOLD[0].to_dict()
    flat = metric.compute(predictions=[record], references=[record], num_resamples=10, seed=1)
    assert (flat["tri_c_f1_low"], flat["tri_c_f1_high"]) == (1.0, 1.0)


def test_sentences_may_come_one_by_one_and_as_json(metric):
    for ours, theirs in zip(GOLD, PREDICTED, strict=True):
        metric.add(prediction=json.dumps(theirs.to_dict()), reference=json.dumps(ours.to_dict(), ensure_ascii=False))
    flat = metric.compute()
    assert flat["tri_c_f1"] == score_events(GOLD, PREDICTED).tri_c.f1


def test_differing_texts_are_refused(metric):
    with pytest.raises(ValueError, match="give the same sentences in the same order"):
        metric.compute(predictions=[Sentence(text="نص آخر").to_dict()], references=[GOLD[0].to_dict()])

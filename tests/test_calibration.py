"""Calibration: it changes scores, in their order, and nothing else."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import replace

import pytest
from conftest import SENTENCES
from hypothesis import given
from hypothesis import strategies as st

import rasd
from rasd.calibration import IDENTITY, Calibration, Scaling, find_calibration_faults, logit
from rasd.events import Argument, Event, Sentence, Span

UNSURE = Calibration(types=Scaling(2.0), triggers=Scaling(3.0, 0.5), arguments=Scaling(2.3, -0.7))
TEXTS = [*SENTENCES, " ".join(SENTENCES)]
shares = st.floats(0, 1)
scalings = st.builds(Scaling, st.floats(0.05, 20), st.floats(-5, 5))


@pytest.fixture
def extractor(tiny_checkpoint):
    return rasd.load(tiny_checkpoint, device="cpu", local_files_only=True)


def scores_of(sentences):
    """Scores of types, triggers and arguments, in the order of the text."""
    events = [event for sentence in sentences for event in sentence.events]
    return {
        "types": [score for sentence in sentences for score in sentence.types.values()],
        "triggers": [event.score for event in events],
        "arguments": [argument.score for event in events for argument in event.arguments],
    }


def without_scores(sentence):
    """What a sentence holds beside its scores."""
    events = [
        (event.type, event.realis, event.trigger.start, [(item.role, item.start, item.end) for item in event.arguments])
        for event in sentence.events
    ]
    return sentence.text, list(sentence.types), events


def test_temperature_divides_the_logit_and_bias_moves_it():
    assert Scaling(2.0).apply(0.9) == pytest.approx(0.75)  # logit ln 9, half of it ln 3
    assert Scaling(1.0, math.log(3)).apply(0.75) == pytest.approx(0.9)
    assert Scaling(4.0).apply(0.5) == 0.5


@given(scalings, shares, shares)
def test_scaling_keeps_scores_in_order_and_between_0_and_1(scaling, one, other):
    low, high = scaling.apply(min(one, other)), scaling.apply(max(one, other))
    assert 0 <= low <= high <= 1


@given(shares)
def test_scaling_of_no_effect_gives_back_the_very_score(score):
    assert Scaling().apply(score) == score


def test_certain_scores_have_a_finite_logit():
    assert -20 < logit(0.0) < 0 < logit(1.0) < 20


def test_each_kind_of_score_takes_its_own_scaling_and_the_event_that_of_its_trigger():
    span = {"start": 0, "end": 3, "text": "عاد"}
    event = Event(
        type="A", trigger=Span(**span, score=0.9), arguments=(Argument(**span, role="R", score=0.9),), score=0.9
    )
    sentence = Sentence(text="عاد", types={"A": 0.9, "B": 0.9}, events=(event, Event(type="B", score=0.9)))
    halves = Calibration(types=Scaling(2.0), triggers=Scaling(1.0, -math.log(9)), arguments=Scaling(1.0, -math.log(3)))
    reported = halves.report(sentence)
    first, second = reported.events
    assert dict(reported.types) == {"A": 0.75, "B": 0.75}
    assert (first.score, first.trigger.score, first.arguments[0].score) == (0.5, 0.5, 0.75)
    assert second.score == 0.75, "an event without a trigger has the score of its type"


def test_reported_scores_are_rounded_and_within_bounds():
    event = Event(type="A", trigger=Span(start=0, end=1, text="ع", score=1.0000001), score=1.0000001)
    reported = IDENTITY.report(Sentence(text="ع", types={"A": 0.123456}, events=(event,)))
    assert (reported.types["A"], reported.events[0].score) == (0.1235, 1.0)


def test_calibrated_model_finds_the_same_events_with_other_scores(extractor):
    sentences, engine = [Sentence(text=text) for text in TEXTS], extractor.engine
    before = engine.decode_raw(engine.run(engine.encode(sentences)), sentences)
    engine.calibration = UNSURE
    after = extractor.predict_sentences(sentences)
    assert list(map(without_scores, after)) == list(map(without_scores, before))
    for kind, raw in scores_of(before).items():
        scaling, reported = getattr(UNSURE, kind), scores_of(after)[kind]
        assert len(raw) > 10 and reported == pytest.approx([scaling.apply(score) for score in raw], abs=1e-4)
        assert sum(abs(one - other) > 0.01 for one, other in zip(raw, reported, strict=True)) > 5
        assert [score for _, score in sorted(zip(raw, reported, strict=True))] == sorted(reported)


def test_typing_alone_is_calibrated_as_types(extractor):
    extractor.engine.layers = frozenset({"typing"})
    raw = extractor.predict(TEXTS)
    extractor.engine.calibration = UNSURE
    for before, after in zip(raw, extractor.predict(TEXTS), strict=True):
        assert [event.type for event in after.events] == [event.type for event in before.events]
        for one, other in zip(before.events, after.events, strict=True):
            assert other.score == pytest.approx(UNSURE.types.apply(one.score), abs=0.01)
    assert raw[0].events


def test_checkpoint_keeps_its_calibration(tiny_checkpoint, extractor, tmp_path):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    model = extractor.engine.backend.model
    model.config.calibration = UNSURE.to_dict()
    model.save_pretrained(folder)
    loaded = rasd.load(folder, device="cpu", local_files_only=True)
    assert loaded.engine.calibration == UNSURE
    extractor.engine.calibration = UNSURE
    assert loaded.predict(TEXTS) == extractor.predict(TEXTS)


def test_checkpoint_from_before_reports_raw_scores(tiny_checkpoint, extractor):
    config = json.loads((tiny_checkpoint / "config.json").read_text(encoding="utf-8"))
    assert not config.get("calibration")
    assert extractor.engine.calibration == IDENTITY


def test_only_what_changes_scores_is_written():
    assert IDENTITY.to_dict() == {}
    record = replace(UNSURE, triggers=Scaling()).to_dict()
    assert list(record) == ["types", "arguments"]
    assert Calibration.from_dict(record) == replace(UNSURE, triggers=Scaling())


@pytest.mark.parametrize(
    ("record", "faults"),
    [
        ({}, []),
        ({"types": {"temperature": 2.0}}, []),
        ({"trigger": {}}, ["calibration: unknown kind of score 'trigger'. Did you mean 'triggers'?"]),
        (
            {"types": {"temprature": 1.0}},
            ["calibration.types: unknown setting 'temprature'. Did you mean 'temperature'?"],
        ),
        ({"types": {"temperature": 0.0}}, ["calibration.types.temperature: expected a number above 0, got 0.0"]),
        (
            {"types": {"temperature": math.inf}, "arguments": {"bias": math.nan}},
            [
                "calibration.types.temperature: expected a number above 0, got inf",
                "calibration.arguments.bias: expected a finite number, got nan",
            ],
        ),
    ],
)
def test_every_fault_of_a_calibration_is_told(record, faults):
    assert find_calibration_faults(record) == faults

"""Thresholds: ties take the middle, and what dev cannot tell stays as it was."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from rasd.events import Argument, Event, Sentence, Span
from rasd.training import tuning
from rasd.training.tuning import _LastArguments, pick, tune_thresholds


@pytest.fixture(autouse=True)
def few_events_are_enough(monkeypatch):
    monkeypatch.setattr(tuning, "MIN_EVENTS", 0)


@pytest.fixture
def engine(tiny_checkpoint):
    import rasd

    return rasd.load(tiny_checkpoint, device="cpu").engine


@pytest.mark.parametrize(
    ("f1", "best"),
    [
        ([0.1, 0.5, 0.2], (1,)),
        ([0.0, 0.4, 0.4, 0.4, 0.0], (2,)),
        ([0.0, 0.4, 0.4, 0.4, 0.4], (2,)),
        ([0.0, 0.0, 0.0], None),
        ([0.7, 0.7], None),
        ([[0.0, 0.0, 0.0], [0.6, 0.6, 0.6], [0.0, 0.0, 0.0]], (1, 1)),
    ],
)
def test_ties_take_the_middle_of_the_plateau(f1, best):
    assert pick(np.array(f1)) == best


SENTENCE = Sentence(text="قصفت الطائرات القرية.", events=())
TRIGGER = Span(start=0, end=4, text="قصفت")


def test_dev_without_triggers_and_arguments_leaves_their_thresholds(engine, caplog):
    dev = [replace(SENTENCE, events=(Event(type="Attack.AirStrike"),))]
    with caplog.at_level(logging.WARNING):
        chosen = tune_thresholds(engine, engine.backend.model, dev)
    assert (chosen.trigger, chosen.argument) == (0.5, 0.5)
    assert "trigger threshold cannot be chosen, dev has no triggers" in caplog.text
    assert "argument threshold cannot be chosen, dev has no arguments" in caplog.text


def test_thresholds_that_change_nothing_stay_at_one_half(engine, caplog):
    # No model says that the full stop triggers an event.
    missed = Event(type="Attack.AirStrike", trigger=Span(start=20, end=21, text="."), arguments=())
    with caplog.at_level(logging.WARNING):
        chosen = tune_thresholds(engine, engine.backend.model, [replace(SENTENCE, events=(missed,))])
    assert set(chosen.types.tolist()) == {0.5} and chosen.trigger == 0.5
    assert "trigger F1 on dev is 0.000 with every one" in caplog.text


def test_tuned_thresholds_are_the_same_as_with_arguments_scored_anew(engine, monkeypatch):
    place = Argument(role="Place", start=14, end=20, text="القرية")
    dev = [replace(SENTENCE, events=(Event(type="Attack.AirStrike", trigger=TRIGGER, arguments=(place,)),))]
    calls = []
    score = type(engine.backend).score_arguments
    monkeypatch.setattr(type(engine.backend), "score_arguments", lambda *args: calls.append(1) or score(*args))
    remembered, num_calls = tune_thresholds(engine, engine.backend.model, dev), len(calls)
    monkeypatch.setattr(_LastArguments, "score_arguments", lambda self, *args: self.backend.score_arguments(*args))
    assert num_calls < 3
    assert str(tune_thresholds(engine, engine.backend.backend.model, dev)) == str(remembered)


def test_dev_with_few_events_leaves_every_threshold_as_it_was(engine, caplog, monkeypatch):
    monkeypatch.setattr(tuning, "MIN_EVENTS", 50)
    before, dev = engine.thresholds, [replace(SENTENCE, events=(Event(type="Attack.AirStrike", trigger=TRIGGER),))] * 3
    assert tune_thresholds(engine, engine.backend.model, dev) is before
    assert "dev has 3 events, and choosing takes 50" in caplog.text

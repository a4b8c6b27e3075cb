"""Fitting: the scaling that made the scores is found again, and chance is not fitted."""

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import replace

import calibrate as script
import numpy as np
import pytest

import rasd
from rasd.calibration import IDENTITY, Scaling, logit
from rasd.errors import CheckpointError
from rasd.events import Argument, Event, Sentence, Span
from rasd.formats.jsonl import write_sentences
from rasd.reliability import Judged, calibration_error, judge_items
from rasd.training import calibration_fit
from rasd.training.calibration_fit import _fit, _nll, calibrate, fit_scaling


def draw(scaling, num=20_000, *, seed=0, lowest=0.3):
    """Scores, with items right as often as the scaled score says; ten items a sentence."""
    random = np.random.default_rng(seed)
    scores = random.uniform(lowest, 0.9999, num)
    right = random.random(num) < [scaling.apply(score) for score in scores]
    return Judged(scores, right, np.arange(num) // 10)


@pytest.mark.parametrize(
    "scaling", [Scaling(2.5), Scaling(0.5), Scaling(1.0), Scaling(2.0, -0.8), Scaling(3.0, 1.0)], ids=str
)
def test_scaling_that_made_the_scores_is_found_again(scaling):
    found = fit_scaling(draw(scaling), "items")
    assert found.temperature == pytest.approx(scaling.temperature, rel=0.12)
    assert found.bias == pytest.approx(scaling.bias, abs=0.1)
    assert (found.bias == 0) == (scaling.bias == 0), "a bias only where there is one"


def test_fit_lowers_the_calibration_error_of_items_it_has_not_seen():
    scaling, held = Scaling(2.3, -0.7), draw(Scaling(2.3, -0.7), 3000, seed=1)
    found = fit_scaling(draw(scaling, 3000), "items")
    after = np.array([found.apply(score) for score in held.scores])
    for is_equal_mass in (True, False):
        before = calibration_error(held.scores, held.right, is_equal_mass=is_equal_mass)
        assert calibration_error(after, held.right, is_equal_mass=is_equal_mass) < before / 3


def test_no_other_scaling_has_a_lower_likelihood():
    judged = draw(Scaling(2.0, -0.8), 500)
    logits, right = np.array([logit(score) for score in judged.scores]), judged.right.astype(float)
    slope, bias = _fit(logits, right, has_bias=True)
    lowest = _nll(logits, right, (slope, bias)).mean()
    for other in ((slope * 1.02, bias), (slope * 0.98, bias), (slope, bias + 0.02), (slope, bias - 0.02)):
        assert _nll(logits, right, other).mean() > lowest
    (slope, bias), alone = _fit(logits, right, has_bias=False), _nll
    assert bias == 0.0
    assert all(
        alone(logits, right, (slope * by, 0.0)).mean() > alone(logits, right, (slope, 0.0)).mean()
        for by in (0.98, 1.02)
    )


def test_bias_that_only_follows_chance_is_left_out():
    biases = [fit_scaling(draw(Scaling(2.5), 300, seed=seed), "items").bias for seed in range(20)]
    assert sum(bias != 0 for bias in biases) <= 2


def test_items_of_one_sentence_count_as_one_draw():
    # Copies of each item in its sentence make nothing surer.
    judged = draw(Scaling(2.0, -0.35), 300)
    copied = Judged(*(np.repeat(array, 20) for array in (judged.scores, judged.right, judged.sentences)))
    logits = np.array([logit(score) for score in judged.scores])
    one = calibration_fit._gain(logits, judged.right.astype(float), judged.sentences)
    many = calibration_fit._gain(np.repeat(logits, 20), copied.right.astype(float), copied.sentences)
    assert many == pytest.approx(one, rel=1e-4)


@pytest.mark.parametrize(
    "is_right", [lambda scores: scores > 0.6, lambda scores: scores < 0.6], ids=["all", "reversed"]
)
def test_temperature_has_bounds_where_scores_tell_everything_or_the_reverse(is_right):
    scores = np.linspace(0.3, 0.99, 200)
    found = fit_scaling(Judged(scores, is_right(scores), np.arange(200)), "items")
    assert 0.05 <= found.temperature <= 20
    assert [found.apply(score) for score in scores] == sorted(found.apply(score) for score in scores)


@pytest.mark.parametrize(
    ("num", "num_right"), [(0, 0), (49, 25), (60, 60), (60, 51), (60, 9)], ids=lambda number: str(number)
)
def test_too_few_items_leave_scores_as_they_are(num, num_right, caplog):
    right = np.arange(num) < num_right
    with caplog.at_level(logging.WARNING):
        found = fit_scaling(Judged(np.linspace(0.5, 0.9, num), right, np.arange(num)), "triggers")
    assert found == Scaling()
    assert f"the scores of triggers cannot be calibrated, dev has {num} of them, {num_right} right" in caplog.text


@pytest.fixture
def engine(tiny_checkpoint):
    return rasd.load(tiny_checkpoint, device="cpu").engine


@pytest.fixture
def dev(engine):
    """Sentences with gold that bears out what the model finds as often as half the logit of its score says."""
    texts = [f"قصفت الطائرات القرية وأغلقت الشرطة الجسر {i}." for i in range(60)]
    random, halved = np.random.default_rng(0), Scaling(2.0)

    def is_right(item):
        return random.random() < halved.apply(item.score)

    def gold_of(event):
        arguments = (Argument(**vars_of(item), role=item.role) for item in event.arguments if is_right(item))
        return Event(type=event.type, trigger=Span(**vars_of(event.trigger)), arguments=tuple(arguments))

    def vars_of(span):
        return {"start": span.start, "end": span.end, "text": span.text}

    predicted = engine.predict([Sentence(text=text) for text in texts])
    return [
        Sentence(text=item.text, events=tuple(gold_of(event) for event in item.events if is_right(event)))
        for item in predicted
    ]


def test_calibrating_a_model_changes_its_scores_and_nothing_it_decides(engine, dev):
    before, thresholds = engine.predict(dev), engine.thresholds
    found = calibrate(engine, engine.backend.model, dev)
    assert engine.calibration is found != IDENTITY
    assert engine.thresholds is thresholds
    after = engine.predict(dev)
    for one, other in zip(before, after, strict=True):
        spans = [
            [(event.type, event.trigger.start, len(event.arguments)) for event in item.events] for item in (one, other)
        ]
        assert spans[0] == spans[1] and list(one.types) == list(other.types)
    assert found.triggers.temperature == pytest.approx(2.0, rel=0.3)
    judged = judge_items(dev, after)["triggers"]
    assert judged.scores.mean() == pytest.approx(judged.right.mean(), abs=0.05)


def test_calibrating_again_starts_from_raw_scores(engine, dev):
    found = calibrate(engine, engine.backend.model, dev)
    assert calibrate(engine, engine.backend.model, dev) == found


def test_dev_without_triggers_leaves_triggers_and_arguments(engine, dev, caplog):
    types = [tuple(event.type for event in item.events) if i % 2 else ("Civic.Protest",) for i, item in enumerate(dev)]
    types_alone = [
        replace(item, events=tuple(Event(type=name) for name in kept)) for item, kept in zip(dev, types, strict=True)
    ]
    with caplog.at_level(logging.WARNING):
        found = calibrate(engine, engine.backend.model, types_alone)
    assert (found.triggers, found.arguments) == (Scaling(), Scaling()) and found.types != Scaling()
    assert caplog.text.count("cannot be calibrated, dev has 0 of them") == 2


def test_model_without_a_layer_is_not_warned_of_it(engine, dev, caplog):
    engine.layers = frozenset({"typing"})
    with caplog.at_level(logging.WARNING):
        calibrate(engine, engine.backend.model, dev)
    assert "triggers" not in caplog.text and "arguments" not in caplog.text


@pytest.fixture
def run_script(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["calibrate.py", *map(str, arguments)])
        return script.main(), capsys.readouterr().err

    return run


def test_script_writes_the_calibration_into_the_config_and_nothing_else(tiny_checkpoint, tmp_path, dev, run_script):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    write_sentences(tmp_path / "dev.jsonl", dev)
    before = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert run_script("--model", folder, "--dev", tmp_path / "dev.jsonl") == (0, "")
    after = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    loaded = rasd.load(folder, device="cpu").engine
    assert loaded.calibration == calibrate(loaded, loaded.backend.model, dev) != IDENTITY
    assert after.pop("calibration") == loaded.calibration.to_dict()
    before.pop("calibration", None)
    assert after == before
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in tiny_checkpoint.iterdir())


def test_script_tells_what_is_at_fault(tiny_checkpoint, tmp_path, run_script):
    code, err = run_script("--model", tmp_path / "none", "--dev", "dev.jsonl")
    assert code == 2 and "has no config.json" in err
    (tmp_path / "dev.jsonl").write_text("{}\n", encoding="utf-8")
    code, err = run_script("--model", tiny_checkpoint, "--dev", tmp_path / "dev.jsonl")
    assert code == 2 and "dev.jsonl:1" in err
    with pytest.raises(CheckpointError):
        script.run(tmp_path / "none", "dev.jsonl")

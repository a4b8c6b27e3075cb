"""Calibration error against values worked out by hand, and what counts as right."""

from __future__ import annotations

import numpy as np
import pytest

from rasd.events import Argument, Event, Sentence, Span
from rasd.metrics import score_events
from rasd.reliability import Bin, bin_items, brier_score, calibration_error, expected_by_chance, judge_items

SCORES = np.array([0.1, 0.3, 0.6, 0.8, 0.9, 1.0])
RIGHT = np.array([False, True, False, True, True, True])


def near(bins):
    return [(item.num, pytest.approx(item.mean_score), pytest.approx(item.share_right)) for item in bins]


def test_bins_of_equal_mass_hold_as_many_items_each():
    bins = bin_items(SCORES, RIGHT, is_equal_mass=True, num_bins=3)
    assert near(bins) == [(2, 0.2, 0.5), (2, 0.7, 0.5), (2, 0.95, 1.0)]
    # (2 * 0.3 + 2 * 0.2 + 2 * 0.05) / 6
    assert calibration_error(SCORES, RIGHT, is_equal_mass=True, num_bins=3) == pytest.approx(1.1 / 6)


def test_bins_of_equal_width_have_their_lower_bound_and_the_last_has_1():
    bins = bin_items(SCORES, RIGHT, is_equal_mass=False, num_bins=5)
    assert near(bins) == [(1, 0.1, 0.0), (1, 0.3, 1.0), (1, 0.6, 0.0), (3, 0.9, 1.0)]
    # (0.1 + 0.7 + 0.6 + 3 * 0.1) / 6
    assert calibration_error(SCORES, RIGHT, is_equal_mass=False, num_bins=5) == pytest.approx(1.7 / 6)


def test_one_bin_has_the_gap_between_mean_score_and_share_right():
    for is_equal_mass in (True, False):
        error = calibration_error(SCORES, RIGHT, is_equal_mass=is_equal_mass, num_bins=1)
        assert error == pytest.approx(abs(3.7 - 4) / 6)


def test_equal_scores_are_never_parted_and_their_order_tells_nothing():
    scores = np.array([0.5, 1.0, 1.0, 1.0, 1.0, 1.0])
    right = np.array([True, True, False, True, False, True])
    assert bin_items(scores, right, is_equal_mass=True, num_bins=3) == [Bin(1, 0.5, 1.0), Bin(5, 1.0, 0.6)]
    shuffled = bin_items(scores[::-1], right[::-1], is_equal_mass=True, num_bins=3)
    assert shuffled == bin_items(scores, right, is_equal_mass=True, num_bins=3)
    assert calibration_error(scores, right, is_equal_mass=True, num_bins=3) == pytest.approx((0.5 + 5 * 0.4) / 6)


def test_brier_score_is_the_mean_squared_gap():
    assert brier_score(np.array([0.8, 0.4]), np.array([True, False])) == pytest.approx((0.04 + 0.16) / 2)


def test_nothing_predicted_gives_zeros():
    none = np.zeros(0), np.zeros(0, bool)
    for is_equal_mass in (True, False):
        assert calibration_error(*none, is_equal_mass=is_equal_mass) == 0.0
        assert bin_items(*none, is_equal_mass=is_equal_mass) == []
        assert expected_by_chance(none[0], is_equal_mass=is_equal_mass) == 0.0
    assert brier_score(*none) == 0.0


def test_error_by_chance_is_that_of_a_model_calibrated_perfectly():
    # One item of score one half is off by one half, whatever comes.
    assert expected_by_chance(np.array([0.5]), is_equal_mass=False) == pytest.approx(0.5)
    # Of two in one bin the mean is right half of the time, and off by one half the other half.
    assert expected_by_chance(np.array([0.5, 0.5]), is_equal_mass=True, num_bins=1) == pytest.approx(0.25, abs=0.03)
    scores = np.random.default_rng(1).random(3000)
    right = np.random.default_rng(2).random(3000) < scores
    chance = expected_by_chance(scores, is_equal_mass=True)
    assert 0.005 < chance < 0.03
    assert calibration_error(scores, right, is_equal_mass=True) < 2 * chance
    assert calibration_error(np.sqrt(scores), right, is_equal_mass=True) > 5 * chance


TEXT = "قصف الجيش القرية"
TRIGGER = Span(start=0, end=3, text="قصف", score=0.9)


def argument(role, start, end, score=None):
    return Argument(role=role, start=start, end=end, text=TEXT[start:end], score=score)


def judge(gold, *predicted, types=None, start=0):
    sentence = Sentence(text=TEXT, events=tuple(predicted), types=types or {}, start=start)
    return judge_items([Sentence(text=TEXT, events=gold)], [sentence])


def pairs(judged):
    return list(zip(judged.scores.tolist(), judged.right.tolist(), strict=True))


def test_items_are_right_as_the_metrics_on_exact_spans_say():
    gold = (Event(type="A", trigger=TRIGGER, arguments=(argument("Agent", 4, 9), argument("Target", 10, 16))),)
    roles = (argument("Agent", 4, 9, 0.8), argument("Agent", 10, 16, 0.7), argument("Target", 9, 16, 0.6))
    predicted = Event(type="A", trigger=TRIGGER, score=0.9, arguments=roles)
    moved = Event(type="A", trigger=Span(start=4, end=9, text="الجيش"), score=0.5, arguments=roles[:1])
    other = Event(type="B", trigger=TRIGGER, score=0.4, arguments=roles[:1])
    judged = judge(gold, predicted, moved, other, types={"A": 0.95, "B": 0.45})
    assert pairs(judged["types"]) == [(0.95, True), (0.45, False)]
    assert pairs(judged["triggers"]) == [(0.9, True), (0.5, False), (0.4, False)]
    # As for Arg-C the trigger does not count, the type does.
    shares = [(0.8, True), (0.7, False), (0.6, False), (0.8, True), (0.8, False)]
    assert pairs(judged["arguments"]) == shares
    assert judged["arguments"].sentences.tolist() == [0] * 5


def test_as_many_items_are_right_as_the_metrics_match():
    gold = [Sentence(text=TEXT, events=(Event(type="A", trigger=TRIGGER, arguments=(argument("Agent", 4, 9),)),))] * 2
    gold.append(Sentence(text=TEXT))
    event = Event(type="A", trigger=TRIGGER, score=0.9, arguments=(argument("Agent", 4, 9, 0.8),))
    predicted = [Sentence(text=TEXT, events=(event,), types={"A": 0.7})] * 3
    scores, judged = score_events(gold, predicted, num_resamples=0), judge_items(gold, predicted)
    for kind, metric in (("types", "typing"), ("triggers", "tri_c"), ("arguments", "arg_c")):
        score = getattr(scores, metric)
        assert (judged[kind].right.sum(), len(judged[kind].right)) == (score.num_matched, score.num_predicted) == (2, 2)


def test_what_gold_does_not_annotate_is_not_judged():
    event = Event(type="A", trigger=TRIGGER, score=0.9, arguments=(argument("Agent", 4, 9, 0.8),))
    bare = judge((Event(type="A"),), event, types={"A": 0.7})
    assert [len(bare[kind].scores) for kind in ("types", "triggers", "arguments")] == [1, 0, 0]
    no_arguments = judge((Event(type="A", trigger=TRIGGER),), event, types={"A": 0.7})
    assert [len(no_arguments[kind].scores) for kind in ("types", "triggers", "arguments")] == [1, 1, 0]
    nothing = judge(None, event, types={"A": 0.7})
    assert [len(nothing[kind].scores) for kind in ("types", "triggers", "arguments")] == [0, 0, 0]


def test_spans_are_compared_from_the_start_of_the_sentence():
    shifted = Span(start=103, end=106, text="قصف")
    event = Event(type="A", trigger=shifted, score=0.9, arguments=())
    gold = (Event(type="A", trigger=TRIGGER, arguments=()),)
    assert pairs(judge(gold, event, start=103)["triggers"]) == [(0.9, True)]

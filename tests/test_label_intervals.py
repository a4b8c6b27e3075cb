"""Intervals of single event types and roles."""

from __future__ import annotations

import dataclasses
import random

import pytest

from rasd.events import Argument, Event, Sentence, Span
from rasd.label_intervals import add_label_intervals
from rasd.metrics import score_events

TEXT = "أغلقت الشرطة الجسر القديم"


def sentence(*types, role="Target"):
    events = tuple(
        Event(
            type=name,
            trigger=Span(start=0, end=5, text=TEXT[:5]),
            arguments=(Argument(role=role, start=13, end=18, text=TEXT[13:18]),),
        )
        for name in types
    )
    return Sentence(text=TEXT, events=events)


def scored(gold, predicted, **options):
    return add_label_intervals(score_events(gold, predicted, **options), gold, predicted)


def test_label_that_stands_alone_has_the_interval_of_the_whole():
    rng = random.Random(3)
    gold = [sentence(*["A"] * (rng.random() < 0.7)) for _ in range(60)]
    predicted = [sentence(*["A"] * (rng.random() < 0.7)) for _ in range(60)]
    scores = scored(gold, predicted, num_resamples=4000)
    for metric in ("typing", "tri_c", "arg_c_plus"):
        whole, label = getattr(scores, metric), scores.by_type["A"][metric]
        assert label.f1 == whole.f1
        # Other draws of the same distribution.
        assert label.interval == pytest.approx(whole.interval, abs=0.03)
    assert scores.by_role["Target"].interval == pytest.approx(scores.arg_c_plus.interval, abs=0.03)


def test_rare_label_has_a_wider_interval_than_a_frequent_one():
    gold = [sentence("A", "B") if i < 8 else sentence("A") for i in range(200)]
    predicted = [sentence("A", "B") if i % 2 else sentence() for i in range(200)]
    scores = scored(gold, predicted)
    widths = {name: named["tri_c"].interval[1] - named["tri_c"].interval[0] for name, named in scores.by_type.items()}
    assert widths["B"] > widths["A"] > 0
    for named in scores.by_type.values():
        low, high = named["tri_c"].interval
        assert low <= named["tri_c"].f1 <= high


def test_nothing_but_intervals_changes_and_none_are_added_unasked():
    gold, predicted = [sentence("A"), sentence("B")], [sentence("A"), sentence("A")]
    plain = score_events(gold, predicted, num_resamples=0)
    assert add_label_intervals(plain, gold, predicted) == plain
    with_intervals = scored(gold, predicted)
    assert {name: {key: dataclasses.replace(score, interval=None) for key, score in named.items()}
            for name, named in with_intervals.by_type.items()} == dict(plain.by_type)  # fmt: skip
    assert with_intervals.by_type["A"]["tri_c"].interval is not None

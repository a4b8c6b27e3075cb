"""Scores to events: types, triggers, argument spans, cuts."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rasd.decoding import Thresholds, choose_cuts, find_arguments, find_triggers, sigmoid, softmax

HALF = Thresholds(np.array([0.5, 0.5]), 0.5, 0.5)


def triggers_of(types, begin, inside=None, *, mask=None, owned=None):
    begin = np.array(begin, float)  # [W, E]
    inside = np.zeros_like(begin) if inside is None else np.array(inside, float)
    mask = np.ones(len(begin), bool) if mask is None else np.array(mask, bool)
    owned = mask if owned is None else np.array(owned, bool)
    found = find_triggers(np.array([types]), np.stack([begin, inside], -1)[None], mask[None], owned[None], HALF)
    return [(*span, kind) for span, kind in zip(found.spans.tolist(), found.types.tolist(), strict=True)]


def test_trigger_of_a_type_that_the_sentence_lacks_is_dropped():
    assert triggers_of([0.2, 0.9], [[0.9, 0.1], [0.1, 0.8]]) == [(1, 1, 1)]


def test_type_without_a_word_over_the_threshold_stands_on_its_likeliest_word():
    assert triggers_of([0.9, 0.1], [[0.1, 0.0], [0.3, 0.0], [0.2, 0.0]]) == [(1, 1, 0)]


def test_type_never_stands_on_padding():
    assert triggers_of([0.9, 0.1], [[0.0, 0.0], [0.9, 0.0]], mask=[True, False]) == [(0, 0, 0)]


def test_trigger_runs_on_over_its_further_words():
    begin = [[0.9, 0], [0.6, 0], [0.1, 0], [0.9, 0]]
    inside = [[0, 0], [0.8, 0], [0.9, 0], [0.2, 0]]
    assert triggers_of([0.9, 0.0], begin, inside) == [(0, 2, 0), (3, 3, 0)]


def test_word_triggers_two_types_only_where_both_are_sure():
    assert triggers_of([0.9, 0.9], [[0.9, 0.8]]) == [(0, 0, 0), (0, 0, 1)]
    assert triggers_of([0.9, 0.9], [[0.9, 0.4]]) == [(0, 0, 0)]


def test_window_gives_only_triggers_that_it_owns():
    assert triggers_of([0.9, 0.0], [[0.9, 0], [0.9, 0]], owned=[False, True]) == [(1, 1, 0)]


def spans_of(tags, *, allowed=None, threshold=0.5):
    """Spans read off tags given as one text of O, B, I a role."""
    probabilities = np.stack([np.eye(3)[["OBI".index(tag) for tag in role]] for role in tags], 1)[None]  # [1, W, R, 3]
    allowed = np.ones((1, len(tags)), bool) if allowed is None else np.array([allowed])
    found = find_arguments(probabilities, allowed, threshold)
    return [(role, first, last) for _, role, first, last, _ in zip(*(item.tolist() for item in found), strict=True)]


def test_spans_of_two_roles_may_nest_and_those_of_one_never_overlap():
    assert spans_of(["BIIOB", "BOOOB"]) == [(0, 0, 2), (0, 4, 4), (1, 0, 0), (1, 4, 4)]


def test_neighbouring_spans_of_one_role_stay_two():
    assert spans_of(["BBIB"]) == [(0, 0, 0), (0, 1, 2), (0, 3, 3)]


def test_span_that_lacks_its_first_tag_begins_where_it_is_seen():
    assert spans_of(["OIIO"]) == [(0, 1, 2)]


def test_role_that_the_type_does_not_list_is_never_read_off():
    assert spans_of(["BI", "BI"], allowed=[False, True]) == [(1, 0, 1)]


@settings(deadline=None)
@given(arrays(float, (2, 6, 3, 3), elements=st.floats(-5, 5)), st.floats(0.1, 0.9))
def test_spans_lie_in_the_sentence_and_are_disjoint_within_a_role(logits, threshold):
    trigger, role, first, last, score = find_arguments(softmax(logits), np.ones((2, 3), bool), threshold)
    assert ((first <= last) & (last < 6) & (score >= threshold - 1e-9) & (score <= 1 + 1e-9)).all()
    keys = list(zip(trigger, role, first, last, strict=True))
    assert keys == sorted(keys)
    for (t1, r1, _, end), (t2, r2, start, _) in pairwise(keys):
        assert (t1, r1) != (t2, r2) or end < start


def test_span_grows_over_unsure_words_and_is_kept_or_dropped_whole():
    sure, unsure = [0.0, 0.9, 0.1], [0.6, 0.1, 0.3]
    probabilities = np.array([sure, unsure, [1.0, 0, 0], unsure])[None, :, None]  # [1, W, 1, 3]
    found = find_arguments(probabilities, np.ones((1, 1), bool), 0.6)
    assert [item.tolist() for item in found[2:4]] == [[0], [1]]


def test_only_proclitics_are_cut_and_never_the_whole_word():
    letters = np.array([[[2, 4, 1, 1], [1, 1, 1, 1], [2, 0, 0, 0], [2, 5, 8, 1]]])
    wants_three = np.tile([0.0, 1.0, 2.0, 3.0], (1, 4, 1))
    assert choose_cuts(wants_three, letters).tolist() == [[2, 0, 0, 2]]


def test_sigmoid_and_softmax_do_not_overflow():
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]
    assert softmax(np.array([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]

"""What counts as a match, what is left out, and how sure the scores are."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasd.events import Argument, Event, Sentence, Span
from rasd.metrics import METRICS, Score, Scores, format_table, score_events

TEXT = "أغلق المحتجون الطريق ثم اعتقلت الشرطة عددا منهم"
TRIGGERS = ["أغلق", "المحتجون", "اعتقلت"]
SPANS = ["المحتجون", "الطريق", "الشرطة", "عددا", "عددا منهم"]

quick = settings(max_examples=40, deadline=None)  # a busy machine is no failure


def locate(words: str, **fields: str) -> dict:
    start = TEXT.index(words)
    return {"start": start, "end": start + len(words), "text": words, **fields}


def event(type_name: str, trigger: str | None, *arguments: tuple[str, str], realis: str | None = "Actual") -> Event:
    return Event(
        type=type_name,
        trigger=None if trigger is None else Span(**locate(trigger)),
        arguments=tuple(Argument(**locate(words), role=role) for role, words in arguments),
        realis=realis,
    )


def sentence(*events: Event) -> Sentence:
    return Sentence(text=TEXT, events=events)


PROTEST = event("Unrest.Protest", "أغلق", ("Agent", "المحتجون"), ("Place", "الطريق"))
ARREST = event("Force.Arrest", "اعتقلت", ("Agent", "الشرطة"), ("Target", "عددا منهم"))


def counts(scores: Scores, metric: str) -> tuple[int, int, int]:
    score = getattr(scores, metric)
    return score.num_gold, score.num_predicted, score.num_matched


def score_one(gold: Sentence, predicted: Sentence) -> Scores:
    return score_events([gold], [predicted], num_resamples=0)


events_strategy = st.builds(
    event,
    st.sampled_from(["Unrest.Protest", "Force.Arrest", "Harm.Injury"]),
    st.sampled_from(TRIGGERS),
    st.tuples(st.sampled_from(["Agent", "Target"]), st.sampled_from(SPANS)),
    st.tuples(st.sampled_from(["Agent", "Place"]), st.sampled_from(SPANS)),
    realis=st.sampled_from(["Actual", "Planned", "Negated"]),
)
sentences_strategy = st.lists(events_strategy, max_size=3).map(lambda events: sentence(*events))
pairs_strategy = st.lists(st.tuples(sentences_strategy, sentences_strategy), min_size=1, max_size=6)


# What matches


@pytest.mark.parametrize(
    ("predicted", "matched"),
    [
        # typing, tri_i, tri_c, arg_i, arg_c, arg_i_plus, arg_c_plus, realis
        (PROTEST, (1, 1, 1, 2, 2, 2, 2, 1)),
        (replace(PROTEST, type="Unrest.Riot"), (0, 1, 0, 0, 0, 0, 0, 0)),
        (replace(PROTEST, trigger=Span(**locate("الطريق"))), (1, 0, 0, 2, 2, 0, 0, 0)),
        (event("Unrest.Protest", "أغلق", ("Target", "المحتجون"), ("Place", "الطريق")), (1, 1, 1, 2, 1, 2, 1, 1)),
        (event("Unrest.Protest", "أغلق", ("Agent", "المحتجون الطريق")), (1, 1, 1, 0, 0, 0, 0, 1)),
        (replace(PROTEST, realis="Planned"), (1, 1, 1, 2, 2, 2, 2, 0)),
    ],
    ids=["same", "other type", "other trigger", "other role", "other span", "other realis"],
)
def test_each_metric_asks_for_its_own_parts(predicted, matched):
    scores = score_one(sentence(PROTEST), sentence(predicted))
    assert tuple(getattr(scores, name).num_matched for name in METRICS) == matched


def test_arguments_of_the_wrong_event_of_a_type_match_only_unattached():
    second = event("Unrest.Protest", "اعتقلت")
    moved = replace(second, arguments=PROTEST.arguments)
    scores = score_one(sentence(PROTEST, second), sentence(replace(PROTEST, arguments=()), moved))
    assert (scores.arg_c.f1, scores.arg_c_plus.f1) == (1.0, 0.0)


def test_a_repeated_event_counts_once():
    scores = score_one(sentence(PROTEST), sentence(PROTEST, PROTEST))
    assert all(getattr(scores, name).f1 == 1.0 for name in METRICS)


def test_one_span_may_fill_two_roles():
    both = event("Force.Arrest", "اعتقلت", ("Agent", "الشرطة"), ("Target", "الشرطة"))
    scores = score_one(sentence(both), sentence(both))
    assert counts(scores, "arg_i_plus") == (1, 1, 1)
    assert counts(scores, "arg_c_plus") == (2, 2, 2)


def test_spans_are_compared_within_the_sentence():
    def shift(span, by):
        return replace(span, start=span.start + by, end=span.end + by)

    moved = replace(
        PROTEST, trigger=shift(PROTEST.trigger, 70), arguments=tuple(shift(a, 70) for a in PROTEST.arguments)
    )
    scores = score_one(sentence(PROTEST), Sentence(text=TEXT, start=70, events=(moved,)))
    assert all(getattr(scores, name).f1 == 1.0 for name in METRICS)


def test_precision_recall_and_f1_come_from_the_counts():
    score = Score(num_gold=4, num_predicted=2, num_matched=1)
    assert (score.precision, score.recall, score.f1) == (0.5, 0.25, pytest.approx(1 / 3))


def test_f1_is_rounded_in_the_steps_of_textee_so_that_half_a_digit_prints_the_same():
    score = Score(num_gold=14, num_predicted=18, num_matched=13)
    assert score.f1 == 2 * (13 / 18) * (13 / 14) / (13 / 18 + 13 / 14) == 0.8125000000000001
    assert f"{100 * score.f1:.1f}" == "81.3"  # of 2 * 13 / (14 + 18) it would be 81.2


def test_macro_typing_is_the_mean_over_gold_and_predicted_types():
    gold = [sentence(PROTEST), sentence(ARREST)]
    predicted = [sentence(PROTEST), sentence(event("Harm.Injury", "اعتقلت"))]
    scores = score_events(gold, predicted, num_resamples=0)
    assert scores.typing_macro_f1 == pytest.approx((1 + 0 + 0) / 3)
    assert scores.typing.f1 == pytest.approx(0.5)


def test_types_and_roles_have_scores_of_their_own():
    scores = score_one(sentence(PROTEST, ARREST), sentence(PROTEST, event("Force.Arrest", "اعتقلت", ("Agent", "عددا"))))
    assert list(scores.by_type) == ["Force.Arrest", "Unrest.Protest"]
    assert scores.by_type["Force.Arrest"]["tri_c"] == Score(num_gold=1, num_predicted=1, num_matched=1)
    assert scores.by_type["Force.Arrest"]["arg_c_plus"] == Score(num_gold=2, num_predicted=1)
    assert scores.by_role["Agent"] == Score(num_gold=2, num_predicted=2, num_matched=1)
    assert scores.by_role["Target"] == Score(num_gold=1)


# What gold lacks


def test_a_sentence_without_gold_events_layer_is_left_out():
    scores = score_events([Sentence(text=TEXT), sentence(PROTEST)], [sentence(ARREST), sentence(PROTEST)])
    assert scores.typing == Score(num_gold=1, num_predicted=1, num_matched=1, interval=(1.0, 1.0))
    assert (scores.num_sentences, scores.num_left_out) == (1, 1)


def test_a_sentence_with_an_event_without_trigger_counts_for_typing_only():
    scores = score_events(
        [sentence(PROTEST, event("Force.Arrest", None)), sentence(ARREST)], [sentence(PROTEST, ARREST), sentence()]
    )
    assert counts(scores, "typing") == (3, 2, 2)
    assert counts(scores, "tri_c") == (1, 0, 0)
    assert counts(scores, "arg_c") == (2, 0, 0)
    assert scores.num_typing_only == 1


def test_triggers_count_nowhere_where_gold_has_none():
    scores = score_events([sentence(event("Force.Arrest", None)), sentence()], [sentence(ARREST), sentence(PROTEST)])
    assert counts(scores, "typing") == (1, 2, 1)
    assert counts(scores, "tri_c") == counts(scores, "arg_c") == counts(scores, "realis") == (0, 0, 0)


def test_arguments_count_nowhere_where_gold_has_none():
    gold = [sentence(replace(ARREST, arguments=None)), sentence()]
    scores = score_events(gold, [sentence(ARREST), sentence(PROTEST)])
    assert counts(scores, "tri_c") == (1, 2, 1)
    assert counts(scores, "arg_c") == counts(scores, "arg_c_plus") == (0, 0, 0)
    assert scores.num_events_without_arguments == 1


def test_arguments_of_an_event_without_that_layer_are_left_out():
    twin = event("Force.Arrest", "المحتجون", ("Agent", "الشرطة"))
    gold = sentence(PROTEST, twin, replace(ARREST, arguments=None))
    scores = score_one(gold, sentence(PROTEST, twin, ARREST))
    assert counts(scores, "arg_c_plus") == (3, 3, 3)  # twin has another trigger and counts
    assert counts(scores, "arg_c") == (2, 2, 2)  # triggers are not looked at, so the whole type is left out


def test_arguments_of_an_invented_event_are_wrong():
    scores = score_one(sentence(PROTEST), sentence(PROTEST, ARREST))
    assert counts(scores, "arg_c_plus") == (2, 4, 2)


def test_realis_asks_only_about_found_events_with_gold_realis():
    unknown = event("Harm.Injury", "المحتجون", realis=None)
    scores = score_one(sentence(PROTEST, ARREST, unknown), sentence(replace(PROTEST, realis="Negated"), unknown))
    assert counts(scores, "realis") == (1, 1, 0)


def test_a_missing_realis_is_a_wrong_answer():
    scores = score_one(sentence(PROTEST, ARREST), sentence(replace(PROTEST, realis=None), ARREST))
    assert scores.realis_accuracy == 0.5


def test_predicted_layers_that_are_none_predict_nothing():
    gold = [sentence(PROTEST), sentence(PROTEST)]
    predicted = [Sentence(text=TEXT), sentence(replace(PROTEST, arguments=None))]
    scores = score_events(gold, predicted, num_resamples=0)
    assert counts(scores, "tri_c") == (2, 1, 1)
    assert counts(scores, "arg_c_plus") == (4, 0, 0)


def test_a_predicted_event_without_trigger_counts_for_typing_only():
    scores = score_one(sentence(PROTEST), sentence(replace(PROTEST, trigger=None)))
    assert counts(scores, "typing") == (1, 1, 1)
    assert counts(scores, "tri_i") == (1, 0, 0)
    assert counts(scores, "arg_c") == (2, 0, 0)


# Zero cases


@pytest.mark.parametrize("sentences", [[], [sentence()]], ids=["no sentences", "no events"])
def test_nothing_gold_and_nothing_predicted_scores_zero(sentences):
    scores = score_events(sentences, sentences)
    for name in METRICS:
        score = getattr(scores, name)
        assert (score.precision, score.recall, score.f1, score.interval) == (0.0, 0.0, 0.0, None)
    assert scores.typing_macro_f1 == 0.0


def test_nothing_predicted_scores_zero():
    scores = score_one(sentence(PROTEST), sentence())
    assert (scores.tri_c.precision, scores.tri_c.recall, scores.tri_c.f1) == (0.0, 0.0, 0.0)


def test_nothing_gold_scores_zero():
    scores = score_one(sentence(), sentence(PROTEST))
    assert (scores.tri_c.precision, scores.tri_c.recall, scores.tri_c.f1) == (0.0, 0.0, 0.0)


# What is refused


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="got 0 predicted sentences for 1 gold sentences"):
        score_events([sentence()], [])


def test_differing_texts_are_refused_with_their_place():
    with pytest.raises(ValueError, match=r"sentence 1 \(id 'a7'\) has the text"):
        score_events([sentence(), Sentence(text=TEXT, id="a7", events=())], [sentence(), Sentence(text="نص آخر")])


def test_negative_resamples_are_refused():
    with pytest.raises(ValueError, match="num_resamples must be 0 or more, got -1"):
        score_events([], [], num_resamples=-1)


# Properties


@quick
@given(pairs_strategy)
def test_gold_against_itself_scores_one(pairs):
    gold = [ours for ours, _ in pairs]
    scores = score_events(gold, gold, num_resamples=20)
    for name in METRICS:
        score = getattr(scores, name)
        assert score.num_gold == score.num_predicted == score.num_matched
        assert score.f1 == (1.0 if score.num_gold else 0.0)


@quick
@given(pairs_strategy, st.randoms(use_true_random=False))
def test_order_of_sentences_and_events_changes_nothing(pairs, rng):
    before = score_events([ours for ours, _ in pairs], [theirs for _, theirs in pairs], num_resamples=50)
    shuffled = [tuple(replace(s, events=tuple(rng.sample(s.events, len(s.events)))) for s in pair) for pair in pairs]
    rng.shuffle(shuffled)
    after = score_events([ours for ours, _ in shuffled], [theirs for _, theirs in shuffled], num_resamples=50)
    assert before == after


@quick
@given(pairs_strategy)
def test_swapping_gold_and_predicted_swaps_precision_and_recall(pairs):
    gold, predicted = [ours for ours, _ in pairs], [theirs for _, theirs in pairs]
    there = score_events(gold, predicted, num_resamples=0).to_dict()
    back = score_events(predicted, gold, num_resamples=0).to_dict()
    for name in METRICS:
        assert there[name]["precision"] == back[name]["recall"]
        assert there[name]["f1"] == back[name]["f1"]
    assert there["typing_macro_f1"] == back["typing_macro_f1"]


@quick
@given(sentences_strategy, sentences_strategy)
def test_arguments_hang_on_found_events_only(gold, predicted):
    scores = score_one(gold, predicted)
    assert scores.arg_c_plus.num_matched == 0 or scores.tri_c.num_matched > 0
    assert scores.realis.num_gold == 0 or scores.tri_c.num_matched > 0


@quick
@given(pairs_strategy)
def test_types_and_roles_sum_up_to_the_micro_counts(pairs):
    scores = score_events([ours for ours, _ in pairs], [theirs for _, theirs in pairs], num_resamples=0)
    for metric in ("typing", "tri_c", "arg_c_plus"):
        parts = [item[metric] for item in scores.by_type.values()]
        assert counts(scores, metric) == (
            sum(part.num_gold for part in parts),
            sum(part.num_predicted for part in parts),
            sum(part.num_matched for part in parts),
        )
    assert scores.arg_c_plus.num_gold == sum(part.num_gold for part in scores.by_role.values())


# Intervals


def test_intervals_hold_the_score_and_repeat_with_the_seed():
    gold = [sentence(PROTEST, ARREST)] * 60
    predicted = [sentence(PROTEST, ARREST)] * 40 + [sentence(PROTEST)] * 20
    first, second, other = (score_events(gold, predicted, num_resamples=99, seed=seed) for seed in (3, 3, 4))
    low, high = first.tri_c.interval
    assert low < first.tri_c.f1 < high
    assert first == second
    assert first != replace(other, seed=3)


def test_intervals_are_as_wide_as_theory_says():
    gold = [sentence(PROTEST)] * 400
    predicted = [sentence(PROTEST)] * 200 + [sentence(replace(PROTEST, realis="Planned"))] * 200
    low, high = score_events(gold, predicted).realis.interval
    assert high - low == pytest.approx(2 * 1.96 * 0.5 / 20, rel=0.15)


def test_resampling_in_pieces_changes_nothing(monkeypatch):
    gold = [sentence(PROTEST, ARREST), sentence(PROTEST), sentence()]
    predicted = [sentence(PROTEST), sentence(ARREST), sentence()]
    whole = score_events(gold, predicted, num_resamples=100)
    monkeypatch.setattr("rasd.metrics._MAX_WEIGHTS", 7)
    assert score_events(gold, predicted, num_resamples=100) == whole


def test_no_resamples_give_no_intervals():
    assert score_one(sentence(PROTEST), sentence(PROTEST)).tri_c.interval is None


# Records and tables


@quick
@given(pairs_strategy)
def test_scores_survive_json(pairs):
    scores = score_events([ours for ours, _ in pairs], [theirs for _, theirs in pairs], num_resamples=10)
    assert Scores.from_dict(json.loads(json.dumps(scores.to_dict()))) == scores


def test_table_shows_percent_counts_and_dashes():
    scores = score_one(sentence(PROTEST, ARREST), sentence(replace(PROTEST, arguments=None, realis=None)))
    assert format_table(scores) == (
        "                  P     R    F1  gold  predicted  matched\n"
        "Typing        100.0  50.0  66.7     2          1        1\n"
        "Typing macro               50.0\n"
        "Tri-I         100.0  50.0  66.7     2          1        1\n"
        "Tri-C         100.0  50.0  66.7     2          1        1\n"
        "Arg-I             -   0.0   0.0     4          0        0\n"
        "Arg-C             -   0.0   0.0     4          0        0\n"
        "Arg-I+            -   0.0   0.0     4          0        0\n"
        "Arg-C+            -   0.0   0.0     4          0        0\n"
        "Realis            -   0.0   0.0     1          0        0"
    )


def test_table_has_types_roles_and_intervals_on_request():
    table = format_table(score_events([sentence(PROTEST)], [sentence(PROTEST)]), by_type=True, by_role=True)
    assert "100.0 - 100.0" in table
    assert "Tri-C by event type" in table
    assert table.splitlines()[-1].split() == ["Place", "100.0", "100.0", "100.0", "1", "1", "1"]


def test_table_of_nothing_is_all_dashes():
    table = format_table(score_events([], []), by_type=True, by_role=True)
    assert table.splitlines()[1].split() == ["Typing", "-", "-", "-", "0", "0", "0"]
    assert "by" not in table

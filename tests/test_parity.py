"""How far two predictions agree, and when that is too little."""

from __future__ import annotations

from dataclasses import replace

import pytest
from corpus_lines import ARREST, TEXT

from rasd.events import Event, Sentence, Span
from rasd.formats.jsonl import parse_sentence
from rasd.inference.parity import Parity, compare_predictions

SENTENCE = parse_sentence({"text": TEXT, "events": [ARREST]})
EMPTY = Sentence(text=TEXT, events=())
FINE = Parity(
    num_sentences=9,
    num_events=8,
    num_arguments=7,
    num_changed=0,
    max_score_change=0.0,
    typing=1.0,
    tri_c=1.0,
    arg_c=None,
)


def scored(score):
    [event] = SENTENCE.events
    trigger = replace(event.trigger, score=score)
    arguments = tuple(replace(item, score=score) for item in event.arguments)
    return replace(SENTENCE, events=(replace(event, score=score, trigger=trigger, arguments=arguments),))


def test_same_events_with_other_scores_are_unchanged():
    parity = compare_predictions([scored(0.5), EMPTY], [scored(0.75), EMPTY])
    assert (parity.num_sentences, parity.num_events, parity.num_changed) == (2, 1, 0)
    assert parity.max_score_change == 0.25 and parity.tri_c == parity.arg_c == parity.typing == 1.0
    assert parity.num_arguments == len(SENTENCE.events[0].arguments) > 0


@pytest.mark.parametrize(
    "other",
    [
        EMPTY,
        replace(SENTENCE, events=SENTENCE.events * 2),
        replace(SENTENCE, events=(replace(SENTENCE.events[0], arguments=()),)),
        replace(SENTENCE, events=(replace(SENTENCE.events[0], realis="Negated"),)),
        replace(SENTENCE, events=(replace(SENTENCE.events[0], trigger=Span(start=0, end=2, text=TEXT[:2])),)),
    ],
    ids=["lost", "twice", "arguments", "realis", "trigger"],
)
def test_any_other_event_is_a_change(other):
    assert compare_predictions([SENTENCE], [other]).num_changed == 1
    assert compare_predictions([SENTENCE], [other]).find_faults("fp32") == ["the events of 1 of 1 sentences differ"]


def test_types_without_triggers_are_compared_as_types():
    typed = Sentence(text=TEXT, events=(Event(type="Coerce.Arrest", score=0.9),))
    parity = compare_predictions([typed], [typed])
    assert (parity.typing, parity.tri_c, parity.arg_c) == (1.0, None, None) and not parity.find_faults("int8")


def test_nothing_found_is_no_agreement():
    [fault] = compare_predictions([EMPTY], [EMPTY]).find_faults("fp32")
    assert fault.startswith("no event was found in the 1 sentences to compare") and "--check FILE" in fault


@pytest.mark.parametrize(
    ("precision", "change", "faults"),
    [
        ("fp32", {}, []),
        ("int8", {}, []),
        ("fp32", {"max_score_change": 0.002}, ["a score differs by 0.0020, at most 0.001 may be"]),
        ("fp32", {"num_changed": 3}, ["the events of 3 of 9 sentences differ"]),
        ("int8", {"max_score_change": 0.2, "num_changed": 3, "tri_c": 0.95, "arg_c": 0.95}, []),
        ("int8", {"tri_c": 0.949}, ["Tri-C against torch is 94.9, at least 95.0 is asked for"]),
        ("int8", {"arg_c": 0.5}, ["Arg-C against torch is 50.0, at least 95.0 is asked for"]),
        ("int8", {"typing": 0.1}, ["Typing against torch is 10.0, at least 95.0 is asked for"]),
    ],
)
def test_bounds(precision, change, faults):
    assert replace(FINE, **change).find_faults(precision) == faults

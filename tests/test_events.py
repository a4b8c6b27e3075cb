"""The data types: checks and round trips."""

from __future__ import annotations

import dataclasses
import json

import pytest

from rasd import Argument, Document, Event, Sentence, Span

TEXT = "قصفت القوات المدينة"
EVENT = Event(
    type="Attack.Shelling",
    trigger=Span(start=0, end=4, text="قصفت", score=0.9),
    arguments=(Argument(role="Agent", start=5, end=11, text="القوات", score=0.5),),
    realis="Actual",
    score=0.9,
)
SENTENCE = Sentence(text=TEXT, events=(EVENT,), types={"Attack.Shelling": 0.8})


@pytest.mark.parametrize(
    "item",
    [
        EVENT,
        Event(type="Harm.Death"),
        Event(type="Harm.Death", trigger=EVENT.trigger, arguments=()),
        SENTENCE,
        Sentence(text=TEXT, id="a", extra={"source": "x"}),
        Document(text=TEXT, sentences=(SENTENCE,), id="d", meta={"date": "2020"}),
        Document(text=""),
    ],
)
def test_dict_form_survives_json_and_comes_back_equal(item):
    assert type(item).from_dict(json.loads(json.dumps(item.to_dict()))) == item


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (4, 4), (4, 0)])
def test_span_needs_start_before_end(start, end):
    with pytest.raises(ValueError, match="0 <= start < end"):
        Span(start=start, end=end, text="قصفت")


def test_span_needs_as_many_code_points_as_its_text():
    with pytest.raises(ValueError, match="cannot hold"):
        Span(start=0, end=3, text="قصفت")


def test_data_types_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        EVENT.type = "other"


def test_layers_that_are_none_are_left_out_of_the_dict_and_empty_ones_are_kept():
    assert Event(type="Harm.Death").to_dict() == {"type": "Harm.Death"}
    assert Event(type="Harm.Death", arguments=()).to_dict() == {"type": "Harm.Death", "arguments": []}


def test_document_gives_all_events():
    assert Document(text=TEXT, sentences=(SENTENCE,)).events == (EVENT,)

"""Values beside quotes: by role, with offsets into a document, kept by JSON and Parquet, shown to people."""

from __future__ import annotations

import datetime
import io
import json
import logging
from dataclasses import replace

import pytest
from values.test_gazetteer import PLACES, line

from rasd.cli.show import format_document
from rasd.events import Argument, Document, Event, Sentence, Span
from rasd.formats import parquet
from rasd.formats.jsonl import format_sentence
from rasd.render import render_html
from rasd.values import ValueReader, add_values, build_gazetteer, parse_date
from rasd.values.summary import VALUE_COLUMNS, flatten_values, summarize_values

LEAD = "عاد الهدوء. "
TEXT = "سقط قتيلان وأكثر من 180 جريحا في النخيل فجر الاثنين بنيران للميليشيات ثلاثة جنود منها."


def span(words, role=None):
    start = len(LEAD) + TEXT.index(words)
    fields = {"start": start, "end": start + len(words), "text": words}
    return Span(**fields) if role is None else Argument(**fields, role=role)


def sentence(realis="Actual"):
    roles = [("أكثر من 180", "Count"), ("النخيل", "Place"), ("فجر الاثنين", "Time"), ("لميليشيات", "Agent")]
    arguments = tuple(span(words, role) for words, role in [*roles, ("ثلاثة جنود", "Target"), ("جنود", "Source")])
    event = Event(type="Harm.Death", trigger=span("قتيلان"), arguments=arguments, realis=realis, score=0.5)
    return Sentence(text=TEXT, start=len(LEAD), events=(event,))


def document(**meta):
    return Document(text=LEAD + TEXT, sentences=(Sentence(text=LEAD.strip(), events=()), sentence()), meta=meta)


@pytest.fixture
def gazetteer(tmp_path):
    (tmp_path / "XA.txt").write_text("\n".join(map(line, PLACES)), encoding="utf-8")
    build_gazetteer(tmp_path / "XA.txt", tmp_path / "places.sqlite")
    return tmp_path / "places.sqlite"


def values_of(found):
    (event,) = found.events
    return {item.text: item.values for item in (event.trigger, *event.arguments)}


def test_values_go_by_role_and_leave_the_quotes(gazetteer):
    [found] = add_values([sentence()], document_date="2016-03-16", gazetteer=gazetteer)
    values = values_of(found)
    assert values["قتيلان"] == {"readable": "قتيلان", "number": {"value": 2}}
    assert values["أكثر من 180"] == {"readable": "أكثر من 180", "number": {"min": 181}}
    assert [place["id"] for place in values["النخيل"]["place"]["candidates"]] == [2, 1]
    assert values["فجر الاثنين"]["time"]["iso"] == "2016-03-14" and values["فجر الاثنين"]["time"]["part"] == "dawn"
    assert values["لميليشيات"] == {"readable": "الميليشيات"}
    assert values["ثلاثة جنود"] == {"readable": "ثلاثة جنود", "number": {"value": 3}}
    assert values["جنود"] == {"readable": "جنود"}
    (event,) = found.events
    bare = replace(
        event,
        trigger=replace(event.trigger, values=None),
        arguments=tuple(replace(argument, values=None) for argument in event.arguments),
    )
    assert replace(found, events=(bare,)) == sentence()


def test_without_date_and_gazetteer_times_are_unresolved_and_places_have_no_value():
    values = values_of(add_values([sentence()])[0])
    assert values["فجر الاثنين"]["time"] == {"unresolved": "no document date to count from"}
    assert values["النخيل"] == {"readable": "النخيل"}


def test_planned_event_is_dated_ahead():
    values = values_of(add_values([sentence("Planned")], document_date=datetime.date(2016, 3, 16))[0])
    assert values["فجر الاثنين"]["time"]["iso"] == "2016-03-21"


def test_layers_that_were_not_annotated_stay_so():
    sentences = [Sentence(text=TEXT), Sentence(text=TEXT, events=(Event(type="Harm.Death"),))]
    assert add_values(sentences) == sentences


def test_date_of_the_document_comes_before_the_one_given(caplog):
    own, given, unread = "2016-03-23", datetime.date(2016, 3, 16), document(date="the day after")
    with caplog.at_level(logging.WARNING), ValueReader(given) as reader:
        dates = [
            values_of(reader.add(item))["فجر الاثنين"]["time"]["iso"]
            for item in (document(date=own), document(), document(date=None), unread)
        ]
    assert dates == ["2016-03-21", "2016-03-14", "2016-03-14", "2016-03-14"]
    assert caplog.messages == [
        "1 documents have a date that cannot be read, expected such as 2016-03-14; 2016-03-16 was taken instead"
    ]


@pytest.mark.parametrize("value", ["2016-03-14", "2016-03-14T09:30:00Z", "20160314", "2016/03/14", " 2016-03-14 x"])
def test_date_is_read_from_the_forms_of_iso(value):
    assert parse_date(value) == parse_date(datetime.datetime(2016, 3, 14, 9)) == datetime.date(2016, 3, 14)


@pytest.mark.parametrize("value", ["14 March", "", "2016-13-01", "2016-03-145", 7])
def test_what_is_no_date_is_refused(value):
    with pytest.raises(ValueError, match="expected a date such as 2016-03-14"):
        add_values([], document_date=value)


def test_values_survive_json_and_parquet_and_stay_out_of_corpora():
    pytest.importorskip("pyarrow")
    with ValueReader(datetime.date(2016, 3, 16)) as reader:
        found = reader.add(document())
    assert Document.from_dict(json.loads(json.dumps(found.to_dict()))) == found != document()
    file = io.BytesIO()
    with parquet.DocumentWriter(file, has_values=True) as writer:
        writer.write(found)
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(io.BytesIO(file.getvalue()))
    [event] = table["sentences"][0][1]["events"].as_py()
    assert json.loads(event["trigger"]["values"]) == {"readable": "قتيلان", "number": {"value": 2}}
    assert format_sentence(found.sentences[1]) == format_sentence(document().sentences[1])


def test_parquet_with_values_is_read_back(tmp_path):
    pytest.importorskip("pyarrow")
    with ValueReader() as reader:
        found = reader.add(document())
    with open(tmp_path / "a.parquet", "wb") as file, parquet.DocumentWriter(file, has_values=True) as writer:
        writer.write(found)
        writer.write(document())
    assert list(parquet.read_documents(tmp_path / "a.parquet")) == [found, document()]


def test_people_see_how_a_quote_reads_and_its_values():
    bare, found = document(), None
    with ValueReader(datetime.date(2016, 3, 16)) as reader:
        found = reader.add(bare)
    lines = [line.split() for line in format_document(bare)]
    assert ["Agent", "لميليشيات", "[الميليشيات]"] in lines and ["Time", "فجر", "الاثنين"] in lines
    lines = [" ".join(line.split()) for line in format_document(found)]
    assert "Time فجر الاثنين = 2016-03-14 dawn" in lines and "Count أكثر من 180 = 181 or more" in lines
    page = render_html([found])
    assert "<bdi>لميليشيات</bdi>" in page and "[الميليشيات]" in page and "[2016-03-14 dawn]" in page
    assert "[الميليشيات]" in render_html([bare]) and "dawn" not in render_html([bare])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (None, ""),
        ({"readable": "الجسر"}, ""),
        ({"number": {"unresolved": "no number"}}, ""),
        ({"number": {"value": 40, "approximate": True}}, "about 40"),
        ({"number": {"max": 9}}, "up to 9"),
        ({"number": {"value": 0.125, "share": True}}, "12.5%"),
        ({"time": {"iso": "P2D", "relation": "after"}}, "after P2D"),
        ({"time": {"min": "P3M", "max": "P9M", "approximate": True}}, "about P3M to P9M"),
        ({"time": {"min": "P10Y"}}, "P10Y or more"),
        ({"time": {"max": "PT1H"}}, "up to PT1H"),
        ({"place": {"candidates": [{"name": "Wadi", "country": "XA"}]}}, "Wadi, XA"),
        ({"place": {"candidates": [{"name": "Wadi", "country": "XA"}] * 3}}, "Wadi, XA and 2 more"),
    ],
)
def test_values_are_summed_up_on_one_line(values, words):
    assert summarize_values(values) == words


@pytest.mark.parametrize(
    ("values", "cells"),
    [
        (None, {}),
        (
            {"readable": "ثلاثة", "number": {"value": 3}},
            {"readable": "ثلاثة", "number_min": 3, "number_max": 3, "number_approximate": False},
        ),
        (
            {"number": {"value": 40, "approximate": True}},
            {"number_min": 40, "number_max": 40, "number_approximate": True},
        ),
        ({"number": {"min": 181}}, {"number_min": 181, "number_approximate": False}),
        ({"number": {"unresolved": "no number"}}, {"unresolved": "no number"}),
        ({"time": {"unresolved": "several times"}}, {"unresolved": "several times"}),
        (
            {"time": {"iso": "2016-W10", "granularity": "week", "start": "2016-03-07", "end": "2016-03-13"}},
            {"time": "2016-W10", "time_granularity": "week", "time_start": "2016-03-07", "time_end": "2016-03-13"}
            | {"time_approximate": False},
        ),
        (
            {"place": {"candidates": [dict(id=2, name="Wadi", country="XA", latitude=1.5, longitude=2), {"id": 1}]}},
            {"place_ids": "2|1", "place_name": "Wadi", "place_country": "XA", "latitude": 1.5, "longitude": 2},
        ),
    ],
)
def test_values_become_columns(values, cells):
    assert flatten_values(values) == {**dict.fromkeys(VALUE_COLUMNS), **cells}


def test_date_that_is_given_becomes_that_of_documents_without_one():
    reader = ValueReader(datetime.date(2016, 3, 14))
    assert reader.add(document()).meta == {"date": "2016-03-14"}
    assert reader.add(document(date="2015-01-02")).meta == {"date": "2015-01-02"}
    assert "date" not in ValueReader().add(document()).meta

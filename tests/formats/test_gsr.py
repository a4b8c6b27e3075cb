"""Gold standard records and WojoodHadath: words without offsets, found in the text where they stand at one place."""

from __future__ import annotations

import json
import re

import pytest
from formats_help import convert, read
from hypothesis import given, settings
from hypothesis import strategies as st

from rasd.errors import ReadError
from rasd.formats.gsr import find_words

TEXT = "وقال ان مسلحين 🔥 هاجموا «مقر» الشرطة المحليّة، ثم هاجموا حاجزا وقتلوا عددا من الحراس"


def record(coders, text=TEXT, **gold):
    """Return a record in the form of assault_spans.json."""
    spans = [
        {"source_actor": source, "verb": verb, "target_actor": target, "source_role": {}, "target_role": {}}
        for source, verb, target in coders
    ]
    gold = {"source_gold": "", "verb_gold": "", "target_gold": ""} | gold
    return {"source": "X-1", "_id": "5b52", "text": text, "spans": spans, "event_type": "ASSAULT"} | gold


def spans_file(tmp_path, *records):
    path = tmp_path / "spans.json"
    path.write_text(json.dumps(records, ensure_ascii=False, indent=0), encoding="utf-8")
    return path


def test_words_that_all_coders_share_are_found_in_the_text(tmp_path):
    coder = (["مسلحين"], ["قتلوا"], ["مقر", "الشرطة", "المحليّة"])
    # The shared words come as a set would give them, not in the order of the text.
    path = spans_file(
        tmp_path, record([coder], source_gold="مسلحين", verb_gold="وقتلوا", target_gold="الشرطة المحليّة مقر")
    )
    [sentence], faults = read(path, "gsr")
    [event] = sentence.events
    assert (event.type, event.trigger.text, event.realis) == ("ASSAULT", "وقتلوا", None)
    assert [(item.role, item.text) for item in event.arguments] == [
        ("source_actor", "مسلحين"),
        ("target_actor", "مقر» الشرطة المحليّة"),
    ]
    assert (sentence.id, sentence.extra["source"]) == ("5b52", "X-1")
    assert sentence.extra["coders"][0]["verb"] == ["قتلوا"] and faults == []


def test_words_of_most_coders_stand_in_where_not_all_agree(tmp_path):
    coders = [(["مسلحين"], ["وقتلوا"], []), ([], ["وقتلوا", "عددا"], ["الحراس"]), ([], ["هاجموا"], [])]
    [sentence], faults = read(spans_file(tmp_path, record(coders)), "gsr")
    [event] = sentence.events
    assert (event.trigger.text, event.arguments) == ("وقتلوا", ())
    assert [(fault.kind, fault.action) for fault in faults] == [
        ("verb by majority", "changed"),
        ("source_actor in dispute", "left out"),
        ("target_actor in dispute", "left out"),
    ]


def test_words_at_several_places_or_scattered_are_listed(tmp_path, capsys):
    twice = record([(["مسلحين"], ["هاجموا"], [])], verb_gold="هاجموا", source_gold="مسلحين")
    path = spans_file(tmp_path, twice, {"text": TEXT})
    code, out, err = convert(capsys, "--from", "gsr", "--to", "jsonl", path, tmp_path / "o.jsonl")
    assert code == 3 and "0 events with trigger, 1 without, 0 arguments" in out
    assert f"{path}:1: verb: 'هاجموا' stands 2 times in the text; left out" in err
    assert f"{path}:1: ASSAULT has 1 arguments and no trigger that they could hang on; left out" in err
    assert f"{path}:2: expected 'text', 'event_type' and 'spans', got the keys text; left out" in err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["مقر", "الشرطة"], ("مقر» الشرطة", False)),
        (["عددا", "الحراس"], ("عددا من الحراس", True)),
        (["المحليّة"], ("المحليّة", False)),
    ],
)
def test_words_are_found_through_punctuation_and_short_gaps(words, expected):
    start, end, has_gap = find_words(TEXT, words)
    assert (TEXT[start:end], has_gap) == expected


def test_marks_of_the_last_letter_belong_to_the_word():
    start, end, _ = find_words("قصفَ الجيشُ البلدةَ", ["الجيش"])
    assert "قصفَ الجيشُ البلدةَ"[start:end] == "الجيشُ"


@pytest.mark.parametrize("words", [["مسلحين", "الحراس"], ["الحراس", "مسلحين"], ["سلحين"], ["دمر"]])
def test_scattered_words_and_parts_of_words_are_not_found(words):
    with pytest.raises(ReadError, match="scattered, or not"):
        find_words(TEXT, words)


def test_votes_become_types_none_and_not_annotated(tmp_path):
    path = tmp_path / "assault_gsr.csv"
    path.write_text(
        "id,event_type,label,accept,reject,total,text\n"
        'a-1,ASSAULT,yes,3,0,3,"هاجموا، ثم فروا"\n'
        "a-2,ASSAULT,easy no,0,3,3,عاد الهدوء\na-3,ASSAULT,difficult no,1,2,3,عاد\n"
        "a-4,ASSAULT,ambiguous,1,1,2,قيل\na-5,ASSAULT,maybe,1,1,2,قيل\na-6,ASSAULT,yes,1,0,1,\n",
        encoding="utf-8",
    )
    sentences, faults = read(path, "gsr")
    assert [None if item.events is None else len(item.events) for item in sentences] == [1, 0, 0, None]
    assert sentences[0].events[0].type == "ASSAULT" and sentences[0].extra["accept"] == "3"
    assert [fault.place for fault in faults] == ["6", "7"] and "unknown label 'maybe'" in faults[0].reason


def pair(event, relation, argument):
    return {
        "TripleID": 1,
        "Subject": {"ID": 1, "Type": "EVENT", "Label": event},
        "Relation": relation,
        "Object": {"ID": 2, "Type": "PERS", "Label": argument},
        "confidence": " 0.99",
    }


def test_pairs_of_wojood_hadath_become_events(tmp_path):
    text = "افتتح الوزير مهرجان الزيتون 🫒 في بلدة الوادي أمس، وزار الوزير السوق"
    relations = [
        pair("مهرجان الزيتون", "location", "بلدة الوادي"),
        pair("مهرجان الزيتون", "happened at", "أمس"),
        pair("مهرجان الزيتون", "agent", "الوزير"),
        {"Subject": {}},
    ]
    path = spans_file(tmp_path, {"id": "w1", "sentence": text, "relations": relations}, {"text": text})
    [sentence], faults = read(path, "wojood-hadath")
    [event] = sentence.events
    assert (event.type, event.trigger.text) == ("EVENT", "مهرجان الزيتون")
    assert [(item.role, item.text) for item in event.arguments] == [("location", "بلدة الوادي"), ("happened at", "أمس")]
    assert [(fault.place, fault.action) for fault in faults] == [
        ("1", "left out"),
        ("1", "left out"),
        ("2", "left out"),
    ]
    assert "agent of 'مهرجان الزيتون': 'الوزير' stands 2 times in the text" in faults[0].reason


def test_pairs_of_wojood_hadath_in_rows(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text(
        "sentence,event,relation,argument\nبدأت معركة الجسر ليلا,معركة الجسر,happened at,ليلا\n"
        "بدأت معركة الجسر ليلا,معركة الجسر,agent,الجنود\nناقص\n",
        encoding="utf-8",
    )
    [sentence], faults = read(path, "wojood-hadath")
    assert [item.text for item in sentence.events[0].arguments] == ["ليلا"]
    assert [fault.place for fault in faults] == ["4", "2"]


def test_words_that_stand_often_are_looked_for_in_no_time():
    # Every way to pass over some of them would be 3 to the power of 40.
    with pytest.raises(ReadError, match="scattered, or not"):
        find_words("ثم " * 100, ["ثم"] * 40 + ["قصف"])
    with pytest.raises(ReadError, match="scattered, or not"):
        find_words("»" * 500, ["»"] * 40 + ["قصف"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["قصف", "من", "قصفَ", "»", "،", "د.", "قصفمن"]), max_size=9), st.data())
def test_words_are_found_where_a_pattern_finds_them(tokens, data):
    text = data.draw(st.sampled_from([" ", "  ", ""])).join(tokens)
    words = data.draw(st.lists(st.sampled_from(["قصف", "من"]), min_size=1, max_size=3))
    found = {}
    for name, between in (("close", r"[^\w]*"), ("loose", r"[^\w]+(?:\w[^\s]*\s+[^\w]*){0,2}?")):
        pattern = rf"(?<!\w){between.join(words)}(?!\w)[\u064b-\u0652]*"
        found[name] = [match.span() for match in re.finditer(pattern, text)]
    close, loose = found["close"], found["loose"]
    if len(close) == 1 or (not close and len(loose) == 1):
        (start, end), has_gap = (close or loose)[0], not close
        assert find_words(text, words)[1:] == (end, has_gap) and find_words(text, words)[0] >= start
    else:
        with pytest.raises(ReadError):
            find_words(text, words)


def test_words_of_half_of_the_coders_are_in_dispute(tmp_path):
    coders = [([], ["وقتلوا"], []), ([], ["وقتلوا"], []), ([], ["هاجموا"], []), ([], [], [])]
    [sentence], faults = read(spans_file(tmp_path, record(coders)), "gsr")
    assert sentence.events[0].trigger is None
    assert [(fault.kind, fault.action) for fault in faults] == [("verb in dispute", "left out")]

"""Rows of events: what counts what, where the parties go, and what no spreadsheet may run."""

from __future__ import annotations

import csv
import io

import pytest
from made_up import make_document, make_event

from rasd.coding.plover import make_record
from rasd.coding.rows import find_counts, list_columns, make_rows
from rasd.coding.tables import CsvTable, guard_formula
from rasd.coding.view import View

CLASH = "اشتبك لواء النخيل مع كتيبة السدر قرب بلدة السنديان."


def row_of(view, text, *events, **document):
    return next(make_rows(make_document(text, *events, **document), View.load(view), number=1))


@pytest.mark.parametrize(
    ("text", "trigger", "roles", "role", "of"),
    [
        (
            "اعتقلت الشرطة قرابة أربعين راكباً.",
            "اعتقلت",
            {"Target": "قرابة أربعين راكباً"},
            "Target",
            "قرابة أربعين راكباً",
        ),
        ("أوقع الانفجار تسعة جرحى.", "جرحى", {}, "trigger", "جرحى"),
        ("قُتل ثلاثة قرب النهر.", "قُتل", {}, "trigger", "قُتل"),
        ("توجهت ثلاثة أرتال تحمل مدرعات.", "توجهت", {"Item": "مدرعات"}, "", ""),
    ],
)
def test_count_says_what_it_counts(text, trigger, roles, role, of):
    number = next(words for words in ("قرابة أربعين", "تسعة", "ثلاثة") if words in text)
    event = make_event(text, "Coerce.Arrest", trigger, Count=number, **roles)
    assert find_counts(event) == [{"count": number, "role": role, "of": of}]


def test_row_has_places_arguments_code_and_rule():
    text = "نقلت الإذاعة أن الجيش قصف بلدة السنديان بالمدفعية أمس."
    roles = {"Agent": "الجيش", "Target": "بلدة السنديان", "Instrument": "المدفعية", "Time": "أمس", "Source": "الإذاعة"}
    row = row_of("plover", text, make_event(text, "Attack.Shelling", "قصف", **roles), date="2024-05-07")
    assert list(row) == list_columns(View.load("plover"))
    assert text[row["trigger_start"] : row["trigger_end"]] == row["trigger"] == "قصف"
    expected = {
        "document": "d1", "date": "2024-05-07", "sentence": 1, "event_id": "d1#1", "actor": ["الجيش"],
        "recipient": ["بلدة السنديان"], "source": ["الإذاعة"], "time": ["أمس"], "event": "ASSAULT",
        "mode": "heavy-weapons", "quad_code": 4, "event_scale": -9.5, "fit": "exact", "rule": "shelling",
        "view": "plover 1.0", "note": "",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert all(text[item["start"] : item["end"]] == item["text"] for item in row["arguments"])


def test_parties_without_direction_stand_as_each_code_book_wants_them():
    event = make_event(CLASH, "Attack.ArmedClash", "اشتبك", Agent=["لواء النخيل", "كتيبة السدر"], Place="بلدة السنديان")
    acled, plover = row_of("acled", CLASH, event), row_of("plover", CLASH, event)
    assert (acled["actor1"], acled["actor2"]) == (["لواء النخيل"], ["كتيبة السدر"])
    assert (plover["actor"], plover["recipient"]) == (["لواء النخيل", "كتيبة السدر"], [])


def test_more_than_two_parties_are_not_put_on_sides():
    agents = ["لواء النخيل", "كتيبة السدر", "بلدة السنديان"]
    row = row_of("acled", CLASH, make_event(CLASH, "Attack.ArmedClash", "اشتبك", Agent=agents))
    assert row["actor1"] == agents and row["actor2"] == []
    assert row["note"] == "Which of the parties stand together is not told. place is required and not told."


def test_what_a_code_book_requires_and_is_not_told_is_noted():
    text = "وصلت المساعدات إلى بلدة السنديان وبلدة الرمان."
    event = make_event(text, "Relief.Aid", "المساعدات", Destination=["بلدة السنديان", "بلدة الرمان"])
    assert (
        row_of("plover", text, event)["note"] == "actor is required and not told. recipient is required and not told."
    )
    raid = "أغارت الطائرات على بلدة السنديان وبلدة الرمان."
    strike = make_event(raid, "Attack.AirStrike", "أغارت", Agent="الطائرات", Place=["بلدة السنديان", "بلدة الرمان"])
    assert row_of("acled", raid, strike)["note"] == "Several are told where the code book has one place."


def test_roles_of_ace_stand_beside_our_own():
    text = "قتل القناص الطبيب."
    row = row_of("ace", text, make_event(text, "Harm.Death", "قتل", Agent="القناص", Target="الطبيب"))
    assert [(item["role"], item["as"]) for item in row["arguments"]] == [("Agent", "Agent"), ("Target", "Victim")]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=x", " =x", "＝x"])
def test_no_cell_begins_a_formula(start):
    assert guard_formula(start) == "'" + start
    assert guard_formula("قصف") == "قصف" and guard_formula(-9.0) == -9.0


def test_csv_reads_back_with_its_lists_in_one_cell():
    text = '=HYPERLINK("x"), قصف الجيش\nبلدة السنديان.'
    row = row_of("acled", text, make_event(text, "Attack.Shelling", "قصف", Agent="الجيش", Target="بلدة السنديان"))
    file = io.StringIO()
    columns = list_columns(View.load("acled"))
    with CsvTable(file, columns, has_mark=True) as table:
        table.write(row)
    assert file.getvalue().startswith("\ufeffdocument,date,")
    (back,) = csv.DictReader(io.StringIO(file.getvalue().removeprefix("\ufeff"), newline=""))
    assert list(back) == columns
    assert back["text"] == "'" + text and back["actor1"] == "الجيش" and back["score"] == ""


def test_plover_record_has_the_fields_of_the_manual():
    text = "اعتقلت الشرطة عشرة عمال في بلدة السنديان أمس."
    event = make_event(
        text,
        "Coerce.Arrest",
        "اعتقلت",
        Agent="الشرطة",
        Target="عشرة عمال",
        Count="عشرة",
        Place="بلدة السنديان",
        Time="أمس",
    )
    record = make_record(row_of("plover", text, event, date="2024-05-07T10:00"))
    assert record["id"] == "d1#1" and record["date"] == "2024-05-07"
    assert record["actor"] == [{"entity_text": "الشرطة"}] and record["recipient"] == [{"entity_text": "عشرة عمال"}]
    assert (record["event"], record["mode"], record["quad_code"]) == (["COERCE"], ["arrest"], 4)
    assert record["event_loc"] == {"extracted_place": "بلدة السنديان"} and record["event_text"] == ["اعتقلت"]
    assert record["text_info"] == {"sequence": 1, "start": 0, "end": len(text)} and "text" not in record
    assert "time as told: أمس" in record["comment"] and "counts: عشرة" in record["comment"]


def test_plover_record_keeps_required_fields_and_leaves_uncoded_events_out():
    text = "تعرضت بلدة السنديان لقصف."
    record = make_record(row_of("plover", text, make_event(text, "Attack.Shelling", "قصف", Target="بلدة السنديان")))
    assert record["date"] is None and record["actor"] == [] and "actor is required and not told" in record["comment"]
    planned = make_event(text, "Attack.Shelling", "قصف", "Planned", Target="بلدة السنديان")
    assert make_record(row_of("plover", text, planned)) is None

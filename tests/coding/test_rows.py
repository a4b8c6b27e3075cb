"""Rows of events: what counts what, where the parties go, and what no spreadsheet may run."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date

import pytest
from made_up import make_document, make_event

from rasd.coding.plover import make_record
from rasd.coding.rows import find_counts, list_columns, make_rows
from rasd.coding.tables import CsvTable, guard_formula
from rasd.coding.value_cells import VALUE_COLUMNS
from rasd.coding.view import View
from rasd.events import Argument
from rasd.values import ValueReader

PLACE = {"id": 7, "name": "Rumman", "latitude": -3.5, "longitude": 44.0, "country": "XB"}
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
            "قرابة أربعين راكبا",
        ),
        ("أوقع الانفجار تسعة جرحى.", "جرحى", {}, "trigger", "جرحى"),
        ("قُتل ثلاثة قرب النهر.", "قُتل", {}, "trigger", "قتل"),
        ("توجهت ثلاثة أرتال تحمل مدرعات.", "توجهت", {"Item": "مدرعات"}, "", ""),
    ],
)
def test_count_says_what_it_counts(text, trigger, roles, role, of):
    number = next(words for words in ("قرابة أربعين", "تسعة", "ثلاثة") if words in text)
    event = make_event(text, "Coerce.Arrest", trigger, Count=number, **roles)
    assert [count for _, count in find_counts(event, text)] == [{"count": number, "role": role, "of": of}]


def test_several_counts_do_not_all_count_the_trigger():
    text = "وصلت تعزيزات من مئات السيارات وعشرات الجنود."
    event = make_event(text, "Force.Deployment", "تعزيزات", Count=["مئات", "عشرات"])
    assert [count["of"] for _, count in find_counts(event, text)] == ["", ""]


def test_columns_have_readable_forms_and_arguments_the_quotes():
    text = "نُقل للميليشيات عتـــاد قرب بلدة السنديان."
    event = make_event(text, "Force.Deployment", "نُقل", Agent="لميليشيات", Item="عتـــاد", Place="بلدة السنديان")
    row = row_of("acled", text, event)
    assert (row["actor1"], row["item"], row["trigger"]) == (["الميليشيات"], ["عتاد"], "نُقل")
    assert [(item["text"], item["readable"]) for item in row["arguments"]] == [
        ("لميليشيات", "الميليشيات"),
        ("عتـــاد", "عتاد"),
        ("بلدة السنديان", "بلدة السنديان"),
    ]
    assert all(text[item["start"] : item["end"]] == item["text"] for item in row["arguments"])


def test_who_is_told_on_both_sides_is_noted():
    text = "قصف لواء النخيل بلدة السنديان ورد لواء النخيل."
    event = make_event(text, "Attack.Shelling", "قصف", Agent="لواء النخيل", Place="بلدة السنديان")
    start = text.rindex("لواء النخيل")
    again = Argument(role="Target", start=start, end=start + len("لواء النخيل"), text="لواء النخيل")
    row = row_of("acled", text, replace(event, arguments=(*event.arguments, again)))
    assert row["note"].endswith("Told as both actor and target: لواء النخيل.")
    assert "both" not in row_of("acled", text, event)["note"]


@pytest.mark.parametrize(("target", "is_noted"), [("بلدة السنديان", True), ("أماكن", True), ("سكان السنديان", False)])
def test_place_in_a_column_of_actors_is_noted(target, is_noted):
    text = f"قصف الحرس {target} قرب النهر."
    event = make_event(text, "Attack.Shelling", "قصف", Agent="الحرس", Target=target, Place="النهر")
    assert (f"actor2 is a place by its first word: {target}." in row_of("acled", text, event)["note"]) is is_noted
    assert ("target is a place" in row_of("cameo", text, event)["note"]) is is_noted
    assert "first word" not in row_of("ace", text, event)["note"]


def test_values_stand_in_columns_of_their_own():
    text = "منذ الأحد أصيب قتيلان وأكثر من 20 جريحا ونصف الحراس ونحو 40 جنديا في الرمان."
    place = {"readable": "الرمان", "place": {"match": "name", "candidates": [PLACE, PLACE | {"id": 9}]}}
    event = make_event(
        text, "Harm.Injury", "أصيب", Target="قتيلان", Count=["أكثر من 20", "نصف", "نحو 40"], Time="الأحد"
    )
    with ValueReader(date(2024, 5, 8)) as reader:
        event = reader.add(make_document(text, event)).events[0]
    start = text.index("الرمان")
    argument = Argument(role="Place", start=start, end=start + 6, text="الرمان", values=place)
    event = replace(event, arguments=(*event.arguments, argument))
    row = next(make_rows(make_document(text, event), View.load("acled"), number=1, is_valued=True))
    assert list(row) == list_columns(View.load("acled"), is_valued=True)
    assert [item["count"] for item in row["counts"]] == ["قتيلان", "أكثر من 20", "نصف", "نحو 40"]
    expected = {
        "count_min": [2, 21, None, 40], "count_max": [2, None, None, 40],
        "count_approximate": [False, False, None, True],
        "time_start": "2024-05-05", "time_end": None, "time_granularity": "day", "time_approximate": False,
        "place_ids": ["7|9"], "place_name": ["Rumman"], "place_country": ["XB"],
        "latitude": [-3.5], "longitude": [44.0], "unresolved": [],
    }  # fmt: skip
    assert {name: row[name] for name in VALUE_COLUMNS} == expected
    file = io.StringIO()
    with CsvTable(file, list(row)) as table:
        table.write(row)
    (back,) = csv.DictReader(io.StringIO(file.getvalue()))
    assert (back["count_min"], back["count_max"], back["latitude"]) == ("2 | 21 |  | 40", "2 |  |  | 40", "-3.5")
    assert (back["count_approximate"], back["time_approximate"]) == ("no | no |  | yes", "no")
    assert json.loads(back["arguments"])[-1]["values"] == place
    record = make_record(
        next(make_rows(make_document(text, event), View.load("plover"), number=1, is_valued=True))
        | {"event": "ASSAULT"}
    )
    assert "days: 2024-05-05 to .. (day); places in GeoNames: 7 or 9" in record["comment"]


def test_without_values_the_cells_are_empty_and_reasons_are_told():
    text = "قصف الحرس بلدة الرمان أمس."
    event = make_event(text, "Attack.Shelling", "قصف", Agent="الحرس", Place="بلدة الرمان", Time="أمس")
    bare = next(make_rows(make_document(text, event), View.load("acled"), number=1, is_valued=True))
    assert not any(bare[name] for name in VALUE_COLUMNS)
    with ValueReader() as reader:
        valued = reader.add(make_document(text, event))
    row = next(make_rows(valued, View.load("acled"), number=1, is_valued=True))
    assert row["unresolved"] == ["أمس: no document date to count from"] and row["place_ids"] == []


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
        "view": "plover 1.1", "note": "recipient is a place by its first word: بلدة السنديان.",
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


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=x", "\n=x", " =x", "＝x"])
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


@pytest.mark.parametrize(
    ("time", "realis", "expected", "told"),
    [
        ("أمس", "Actual", ("2024-05-06", None), "by its time"),
        ("فجر الأحد", "Actual", ("2024-05-05", None), "by its time"),
        ("السبت والأحد", "Actual", ("2024-05-04", "2024-05-05"), "by its time"),
        ("منذ السبت", "Actual", ("2024-05-04", None), "by its time"),
        ("قبل أسبوعين", "Actual", ("2024-05-07", None), "of the document"),  # not told to the day
        ("الشهر الماضي", "Actual", ("2024-05-07", None), "of the document"),
        ("حتى الأحد", "Actual", ("2024-05-07", None), "of the document"),
        ("الخميس المقبل", "Actual", ("2024-05-07", None), "of the document"),  # not yet come
        ("الخميس", "Planned", ("2024-05-07", None), "of the document"),  # agreed today
        ("مؤخرا", "Actual", ("2024-05-07", None), "of the document"),
    ],
)
def test_plover_record_has_the_day_of_the_event(time, realis, expected, told):
    text = f"التقى الوزير الوفد {time}."
    event = make_event(text, "Diplomacy.Meeting", "التقى", realis, Agent=["الوزير", "الوفد"], Time=time)
    with ValueReader(date(2024, 5, 7)) as reader:
        document = reader.add(make_document(text, event))
    record = make_record(next(make_rows(document, View.load("plover"), number=1, is_valued=True)))
    assert (record["date"], record.get("enddate")) == expected and told in record["comment"]


def test_plover_record_keeps_required_fields_and_leaves_uncoded_events_out():
    text = "تعرضت بلدة السنديان لقصف."
    record = make_record(row_of("plover", text, make_event(text, "Attack.Shelling", "قصف", Target="بلدة السنديان")))
    assert record["date"] is None and record["actor"] == [] and "actor is required and not told" in record["comment"]
    planned = make_event(text, "Attack.Shelling", "قصف", "Planned", Target="بلدة السنديان")
    assert make_record(row_of("plover", text, planned)) is None


def test_numbers_stand_as_they_are_and_text_in_their_place_is_guarded():
    text = "قتل ثلاثة في بلدة السنديان."
    row = row_of("acled", text, make_event(text, "Harm.Death", "قتل", Count="ثلاثة", Place="بلدة السنديان"))
    row |= {"latitude": [-33.5], "count_min": ["=1+1"]}
    file = io.StringIO()
    with CsvTable(file, ["latitude", "count_min"]) as table:
        table.write(row)
    assert file.getvalue().split("\n")[1] == "-33.5,'=1+1"


def test_count_counts_the_closest_filler_that_holds_it():
    text = "فرقت الشرطة حشدا يضم ثلاثة عمال."
    targets = ["حشدا يضم ثلاثة عمال", "ثلاثة عمال"]
    event = make_event(text, "Coerce.Arrest", "فرقت", Count="ثلاثة", Target=targets)
    assert [count["of"] for _, count in find_counts(event, text)] == ["ثلاثة عمال"]

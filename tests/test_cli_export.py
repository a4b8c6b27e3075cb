"""`rasd export-events`: every form of predictions in, every form of table out."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pytest
from conftest import SENTENCES
from corpus_lines import read
from made_up import make_document, make_event

TEXTS = {
    "a": (
        "قصفت مدفعية الحرس بلدة السنديان فجر الاثنين.",
        "قصفت",
        {"Agent": "مدفعية الحرس", "Target": "بلدة السنديان", "Time": "فجر الاثنين"},
    ),
    "b": ("تعرضت السنديان أمس لقصف من الحرس.", "قصف", {"Agent": "الحرس", "Target": "السنديان", "Time": "أمس"}),
    "c": (
        "قصف الحرس بلدة الرمان صباح الاثنين.",
        "قصف",
        {"Agent": "الحرس", "Target": "بلدة الرمان", "Time": "صباح الاثنين"},
    ),
}


@pytest.fixture
def predictions(tmp_path):
    """Three made-up reports: a and b tell of one bombardment, c of another."""
    path = tmp_path / "events.jsonl"
    days = {"a": "2024-05-06", "b": "2024-05-07", "c": "2024-05-06"}
    with open(path, "w", encoding="utf-8") as file:
        for name, (text, trigger, roles) in TEXTS.items():
            event = make_event(text, "Attack.Shelling", trigger, **roles)
            record = make_document(text, event, name=name, date=days[name]).to_dict()
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return path


def rows_of(out):
    return list(csv.DictReader(io.StringIO(out)))


def test_csv_has_a_row_an_event_and_says_how_much_was_coded(run, predictions):
    code, out, err = run("export-events", predictions, "--view", "acled")
    rows = rows_of(out)
    assert code == 0 and [row["document"] for row in rows] == ["a", "b", "c"]
    assert {row["sub_event_type"] for row in rows} == {"Shelling/artillery/missile attack"}
    assert [row["rule"] for row in rows] == ["shelling", "bombardment", "bombardment"]
    assert err == "rasd export-events: 3 events: 1 coded exactly, 2 with a loss, 0 undecided, 0 without a code\n"


def test_group_gives_each_incident_an_id_and_keeps_every_report(run, predictions):
    code, out, err = run("export-events", predictions, "--view", "acled", "--group")
    rows = rows_of(out)
    assert code == 0 and [(row["incident"], row["reports"]) for row in rows] == [
        ("a#1", "2"),
        ("a#1", "2"),
        ("c#1", "1"),
    ]
    assert {row["incident_event_type"] for row in rows} == {"Explosions/Remote violence"}
    assert "3 events in 2 incidents" in err


def test_json_and_parquet_hold_the_same_rows(run, predictions, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    for view in ("acled", "plover", "cameo", "ace"):
        lines, table = tmp_path / "rows.jsonl", tmp_path / "rows.parquet"
        assert run("export-events", predictions, "--view", view, "--group", "--to", "json", "--output", lines)[0] == 0
        assert (
            run("export-events", predictions, "--view", view, "--group", "--to", "parquet", "--output", table)[0] == 0
        )
        expected = read(lines)
        for row in expected:
            row["arguments"] = [{"score": None, "as": None} | item for item in row["arguments"]]
        assert parquet.read_table(table).to_pylist() == expected


def test_parquet_of_predictions_and_of_rows_keeps_values(run, predictions, tmp_path):
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    from rasd.events import Document
    from rasd.formats.parquet import DocumentWriter
    from rasd.values import ValueReader

    stored = tmp_path / "events.parquet"
    with ValueReader() as reader, open(stored, "wb") as file, DocumentWriter(file, has_values=True) as writer:
        for record in read(predictions):
            writer.write(reader.add(Document.from_dict(record)))
    lines, table = tmp_path / "rows.jsonl", tmp_path / "rows.parquet"
    for to, output in (("json", lines), ("parquet", table)):
        assert run("export-events", stored, "--view", "acled", "--to", to, "--output", output)[0] == 0
    expected, found = read(lines), parquet.read_table(table).to_pylist()
    for row in found:
        for item in row["arguments"]:
            item["values"] = json.loads(item["values"])
    for row in expected:
        row["arguments"] = [{"score": None, "as": None} | item for item in row["arguments"]]
    assert found == expected
    assert [row["time_start"] for row in found] == ["2024-05-06"] * 3
    assert found[0]["arguments"][2]["values"]["time"]["part"] == "dawn"


def test_values_are_read_where_asked_for_or_carried(run, predictions, tmp_path):
    bare = rows_of(run("export-events", predictions, "--view", "acled")[1])
    assert "time_start" not in bare[0] and "count_min" not in bare[0]
    code, out, err = run("export-events", predictions, "--view", "acled", "--values")
    assert code == 0 and [row["time_start"] for row in rows_of(out)] == ["2024-05-06"] * 3
    carrying = tmp_path / "carrying.jsonl"
    records = read(predictions)
    records[1]["sentences"][0]["events"][0]["arguments"][0]["values"] = {"readable": "الحرس"}
    carrying.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    code, out, err = run("export-events", carrying, "--view", "acled")
    assert "time_start" not in rows_of(out)[0] and "1 of the documents have values and the first has none" in err


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ([], "'values' must be an object"),
        ({"readable": 3}, "'readable' must be text"),
        ({"time": "أمس"}, "'time' of 'values' must be an object"),
        ({"time": {"start": "2024-05-06"}}, "'time' of 'values' must have 'iso', 'granularity', 'start', 'end'"),
        ({"time": {"granularity": "hour"}}, "'time' of 'values' must have 'iso', 'granularity'"),
        ({"time": {"iso": "x", "granularity": "day", "start": "x", "end": "x"}}, "Invalid isoformat string: 'x'"),
        ({"place": {"candidates": [{"name": "Rumman"}]}}, "must be a list of objects with an 'id'"),
    ],
)
def test_values_that_are_none_are_refused(run, predictions, tmp_path, values, fault):
    records = read(predictions)
    records[1]["sentences"][0]["events"][0]["arguments"][0]["values"] = values
    path = tmp_path / "faulty.jsonl"
    path.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    code, _, err = run("export-events", path, "--view", "acled")
    assert code == 2 and "faulty.jsonl:2: " in err and fault in err


def test_documents_get_the_date_that_is_given_and_are_joined_by_it(run, tmp_path):
    path = tmp_path / "events.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        for name in ("a", "b"):
            text, trigger, roles = TEXTS["a"]
            document = make_document(text, make_event(text, "Attack.Shelling", trigger, **roles), name=name)
            file.write(json.dumps(document.to_dict(), ensure_ascii=False) + "\n")
    assert len({row["incident"] for row in rows_of(run("export-events", path, "--view", "acled", "--group")[1])}) == 2
    dated = ("--values", "--document-date", "2024-05-08")
    rows = rows_of(run("export-events", path, "--view", "acled", "--group", *dated)[1])
    assert {(row["incident"], row["date"], row["time_start"]) for row in rows} == {("a#1", "2024-05-08", "2024-05-06")}
    out = run("export-events", path, "--view", "plover", "--to", "plover", *dated)[1]
    record = json.loads(out.splitlines()[0])
    assert record["date"] == "2024-05-06" and "days: 2024-05-06 to 2024-05-06 (part of day)" in record["comment"]


def test_what_cannot_be_read_is_told_once_also_where_input_is_read_twice(run, predictions, caplog):
    text = predictions.read_text(encoding="utf-8").replace("2024-05-07", "yesterday")
    predictions.write_text(text, encoding="utf-8")
    code, _, err = run("export-events", predictions, "--view", "acled", "--group", "--values")
    assert code == 0 and "3 events in" in err
    assert caplog.text.count("1 documents have a date that cannot be read") == 1


def test_from_text_to_table(run, tiny_checkpoint, tmp_path):
    folder = tmp_path / "eager"
    shutil.copytree(tiny_checkpoint, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"threshold": 0.0, "type_thresholds": {}}))
    source, events, table = (tmp_path / name for name in ("news.jsonl", "events.jsonl", "events.csv"))
    source.write_text(json.dumps({"id": "n1", "text": " ".join(SENTENCES), "day": "2016-03-16"}), encoding="utf-8")
    predict = ("predict", "--model", folder, "--device", "cpu", "--input", source, "--output", events)
    assert run(*predict, "--values", "--date-field", "day")[0] == 0
    assert run("export-events", events, "--view", "acled", "--output", table)[0] == 0
    rows = rows_of(table.read_text(encoding="utf-8"))
    found = [(sentence, event) for sentence in read(events)[0]["sentences"] for event in sentence["events"]]
    assert found and len(rows) == len(found)
    for row, (sentence, event) in zip(rows, found, strict=True):
        assert (row["document"], row["date"], row["text"]) == ("n1", "2016-03-16", sentence["text"])
        assert (row["type"], row["trigger"]) == (event["type"], event["trigger"]["text"])
        arguments = json.loads(row["arguments"])
        assert [item["values"] for item in arguments] == [item["values"] for item in event["arguments"]]
        assert [item["readable"] for item in arguments] == [item["values"]["readable"] for item in event["arguments"]]


def test_plover_records_leave_out_what_has_no_event(run, tmp_path):
    text = "نفى الحرس قصف بلدة السنديان."
    denied = make_event(text, "Attack.Shelling", "قصف", "Negated", Target="بلدة السنديان")
    happened = make_event(text, "Attack.Shelling", "قصف", Target="بلدة السنديان")
    path = tmp_path / "events.jsonl"
    path.write_text(json.dumps(make_document(text, happened, denied).to_dict(), ensure_ascii=False), encoding="utf-8")
    code, out, err = run("export-events", path, "--view", "plover", "--to", "plover")
    (record,) = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and record["event"] == ["ASSAULT"] and record["id"] == "d1#1"
    assert err.endswith("; 1 without a PLOVER event left out\n")


def test_corpus_lines_and_min_score_are_understood(run, tmp_path):
    text = "قصف الحرس بلدة الرمان."
    line = {"id": "s1", "text": text, "events": [{"type": "Attack.Shelling", "trigger": "قصف", "start": 0, "end": 3}]}
    corpus = tmp_path / "gold.jsonl"
    corpus.write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
    (row,) = rows_of(run("export-events", corpus, "--view", "cameo", "--min-score", "0.9")[1])
    assert (row["document"], row["trigger"], row["root"], row["rule"]) == ("s1", "قصف", "", "nothing-told")


@pytest.mark.parametrize("output_format", ["jsonl", "parquet"])
def test_what_predict_writes_is_read_as_a_file_and_as_a_corpus_run(run, tiny_checkpoint, tmp_path, output_format):
    source = tmp_path / "texts"
    source.mkdir()
    (source / "a.txt").write_text(" ".join(SENTENCES), encoding="utf-8")
    model = ("--model", tiny_checkpoint, "--device", "cpu")
    single = tmp_path / "single.jsonl"
    assert run("predict", *model, "--input", source / "a.txt", "--output", single)[0] == 0
    folder = tmp_path / "run"
    assert run("predict", *model, "--input", source, "--output", f"{folder}/", "--output-format", output_format)[0] == 0
    one, other = (rows_of(run("export-events", path, "--view", "plover")[1]) for path in (single, folder))
    assert one and [row["trigger"] for row in one] == [row["trigger"] for row in other]
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    del record["report"]
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    code, _, err = run("export-events", folder, "--view", "plover")
    assert code == 2 and "is of a run that is not done" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--view", "acledd"], "Did you mean 'acled'?"),
        (["--view", "acled", "--to", "plover"], "--to plover goes with --view plover"),
        (["--view", "acled", "--to", "parquet"], "--to parquet needs a file"),
        (["--view", "acled", "--to", "json", "--bom"], "--bom goes with --to csv"),
    ],
)
def test_what_cannot_work_is_refused(run, predictions, arguments, message):
    code, out, err = run("export-events", predictions, *arguments)
    assert code == 2 and out == "" and message in err


def test_input_that_cannot_be_read_twice_or_holds_nothing_is_refused(run, predictions, tmp_path):
    assert "reads its input twice" in run("export-events", "-", "--view", "acled", "--group")[2]
    assert "has no shards" in run("export-events", tmp_path, "--view", "acled")[2]
    assert "is also an input" in run("export-events", predictions, "--view", "acled", "--output", predictions)[2]


def test_excel_gets_its_mark_and_no_formula(run, tmp_path):
    text = "=cmd قصف الحرس بلدة الرمان."
    event = make_event(text, "Attack.Shelling", "قصف", Agent="الحرس")
    path, output = tmp_path / "events.jsonl", tmp_path / "events.csv"
    path.write_text(json.dumps(make_document(text, event, name="@x").to_dict(), ensure_ascii=False), encoding="utf-8")
    assert run("export-events", path, "--view", "acled", "--bom", "--output", output)[0] == 0
    assert output.read_bytes().startswith(b"\xef\xbb\xbfdocument,")
    (row,) = rows_of(output.read_text(encoding="utf-8-sig"))
    assert row["text"] == "'" + text and row["document"] == "'@x" and row["event_id"] == "'@x#1"


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ({"values": {"number": {"value": "=1+1"}}}, "'value' must be a number, got '=1+1'"),
        ({"values": {"number": {"min": float("nan")}}}, "'min' must be a number, got nan"),
        ({"values": {"place": {"candidates": [{"id": 1, "latitude": "=1"}]}}}, "'latitude' must be a number"),
        ({"values": {"time": {"unresolved": "x", "part": ["dawn"]}}}, "'part' of a time must be text"),
        ({"values": {"time": {"unresolved": {}}}}, "'unresolved' of 'time' must be text"),
        (
            {"values": {"time": {"iso": "9", "granularity": "hour", "start": "2024-05-06", "end": "2024-05-06"}}},
            "must have a clock time such as T09:00",
        ),
        ({"score": "0.9"}, "'score' must be a number, got '0.9'"),
        ({"score": float("nan")}, "'score' must be a number, got nan"),
        ({"role": 5}, "'role' must be text, got 5"),
    ],
)
@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_what_is_no_prediction_is_refused_with_its_line(run, tmp_path, part, fault, to):
    text = "قصفت المدفعية بلدة السنديان."
    record = make_document(text, make_event(text, "Attack.Shelling", "قصفت", Agent="المدفعية")).to_dict()
    record["sentences"][0]["events"][0]["arguments"][0] |= part
    path = tmp_path / "odd.jsonl"
    path.write_text(json.dumps(record), encoding="utf-8")
    options = ("--view", "acled", "--group", "--to", to, "--output", tmp_path / "table")
    code, _, err = run("export-events", path, *options)
    assert code == 2 and f"{path}:1: " in err and fault in err
    assert not (tmp_path / "table").exists()


def test_documents_of_one_id_have_events_of_different_ids(run, predictions):
    rows = rows_of(run("export-events", predictions, "--view", "acled")[1])
    code, out, err = run("export-events", predictions, predictions, predictions, "--view", "acled", "--group")
    again = rows_of(out)
    assert code == 0 and "6 documents have the id of an earlier one" in err
    assert [row["event_id"] for row in again[:6]] == [row["event_id"] for row in rows] + ["a~2#1", "b~2#1", "c~2#1"]
    assert len({row["event_id"] for row in again}) == len(again) == 9
    assert {row["incident"] for row in again} == {"a#1", "c#1"}

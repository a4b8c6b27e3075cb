"""The commands that need no model: `show` and `validate` on files of events."""

from __future__ import annotations

import pytest
from corpus_lines import ARREST, TEXT, read, write

from rasd.events import Argument, Document, Event, Sentence, Span


def test_show_prints_events_under_their_sentence(run, tmp_path):
    trigger = Span(start=8, end=13, text="أوقفت", score=0.987)
    argument = Argument(start=14, end=20, text="الشرطة", score=0.5, role="Agent")
    event = Event(type="Coerce.Arrest", trigger=trigger, arguments=(argument,), realis="Actual", score=0.9)
    sentences = (Sentence(text="خبر\x1b[2J", events=()), Sentence(text=TEXT, start=8, events=(event,)))
    document = Document(text="خبر\x1b[2J\n" + TEXT, sentences=sentences, id="د١", meta={"date": "2024"})
    code, out, _ = run("show", write(tmp_path / "a.jsonl", document.to_dict()))
    assert code == 0 and out.splitlines() == [
        "# د١: 2 sentences, 1 event  date=2024",
        "",
        TEXT,
        "  Coerce.Arrest  Actual  0.90",
        "    trigger  0.99  أوقفت",
        "    Agent    0.50  الشرطة",
        "",
    ]


def test_show_isolates_arabic_on_a_terminal_alone(run, corpus, monkeypatch):
    assert "\u2068" not in run("show", corpus)[1]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert "    Agent    \u2068الشرطة\u2069\n" in run("show", corpus)[1]


def test_show_does_not_pass_on_what_a_terminal_obeys(run, tmp_path):
    path = write(tmp_path / "a.jsonl", {"text": "\x1b]0;x\x07\u202eأوقفت", "events": [{"type": "Coerce.Arrest"}]})
    assert "<U+001B>]0;x<U+0007><U+202E>أوقفت\n" in run("show", path)[1]


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"text": "خبر", "sentences": [{"text": "خبر"}]}, "'start' is missing"),
        ({"text": "خبر", "sentences": [{"text": "نبأ", "start": 0, "end": 3}]}, "its offsets do not fit its text"),
        ({"text": "خبر", "sentences": 3}, "not a document as `rasd predict` writes it"),
        ({"events": []}, "'text' is missing"),
    ],
)
def test_show_names_the_line_that_is_no_prediction(run, tmp_path, record, message):
    path = write(tmp_path / "a.jsonl", {"text": "خبر"}, record)
    code, _, err = run("show", path)
    assert code == 2 and err.startswith(f"rasd show: {path}:2: ") and message in err


def test_validate_counts_what_is_there(run, corpus):
    counts = "5 sentences, 1 events, 1 arguments, 3 sentences without events, 1 not annotated"
    assert run("validate", corpus) == (0, f"{corpus}: {counts}\n", "")


def test_validate_refuses_a_file_without_sentences(run, tmp_path):
    (tmp_path / "a.jsonl").write_text("", encoding="utf-8")
    code, _, err = run("validate", tmp_path / "a.jsonl")
    assert code == 2 and "no sentences; expected one a line" in err


def test_validate_names_every_fault_with_its_line(run, corpus, tmp_path):
    off_edge = ARREST | {"trigger": "وقفت", "start": 1}
    records = [{"id": "x", "text": TEXT, "events": [off_edge]}, {"id": "a", "text": ""}, {"id": "a", "text": ""}]
    bad = write(tmp_path / "bad.jsonl", *records, {"text": TEXT, "events": [{"type": "Coerce.Arest"}]})
    code, out, err = run("validate", corpus, bad, "none.jsonl")
    assert code == 2 and out.count("\n") == 3 and f"{bad}: 2 sentences" in out and "; faults: 3\n" in out
    faults = err.splitlines()
    assert faults[0].startswith(f"{bad}:1: Coerce.Arrest: 'وقفت' at 1-5 is not on word edges")
    assert faults[1] == f"{bad}:3: id 'a' stands on line 2 already; ids must be unique"
    assert faults[2].startswith(f"{bad}:4: events[0]: unknown event type 'Coerce.Arest'")
    assert faults[3:] == ["no file 'none.jsonl'"]


def test_resolve_adds_offsets_in_place_or_elsewhere(run, tmp_path):
    bare = {"type": "Coerce.Arrest", "trigger": "أوقفت", "arguments": [{"role": "Place", "text": "الحاجز", "nth": 1}]}
    record = {"id": "a", "text": TEXT, "events": [bare], "note": "كما هي"}
    path = write(tmp_path / "a.jsonl", record)
    assert run("validate", path)[0] == 2
    assert run("validate", "--resolve", "--output", tmp_path / "b.jsonl", path)[0] == 0
    assert read(path) == [record]
    assert run("validate", "--resolve", "--in-place", path)[0] == 0
    (resolved,) = read(path)
    assert read(tmp_path / "b.jsonl") == [resolved] and resolved["note"] == "كما هي"
    assert resolved["events"][0]["arguments"] == [{"role": "Place", "text": "الحاجز", "start": 24, "end": 30}]
    assert run("validate", path)[0] == 0


def test_resolve_writes_nothing_where_there_are_faults(run, tmp_path):
    record = {"text": TEXT, "events": [{"type": "Coerce.Arrest", "trigger": "أوقفت", "nth": 2}]}
    path = write(tmp_path / "a.jsonl", record)
    code, _, err = run("validate", "--resolve", "--in-place", path)
    assert code == 2 and f"{path}:1: trigger 'أوقفت': occurrence 2 not found" in err and read(path) == [record]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--resolve"], "--resolve goes with either --output FILE or --in-place"),
        (["--in-place"], "--resolve goes with either --output FILE or --in-place"),
        (["--resolve", "--output", "b.jsonl", "--", "c.jsonl"], "--output takes one file, got 2"),
        (["--ontology", "conflit"], "no ontology 'conflit'"),
    ],
)
def test_validate_refuses_options_that_do_not_go_together(run, corpus, options, message):
    code, _, err = run("validate", *options, corpus)
    assert code == 2 and err.startswith("rasd validate: ") and message in err

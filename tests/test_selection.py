"""`min_score`: the same events whichever way it is given."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from conftest import SENTENCES
from corpus_lines import read

import rasd
from rasd.events import Argument, Document, Event, Sentence, Span
from rasd.selection import check_min_score, select_document, select_sentence

TEXT = "اعتقلت الشرطة رجلين"
TRIGGER = Span(start=0, end=6, text="اعتقلت", score=0.8)
POLICE = Argument(start=7, end=13, text="الشرطة", role="Agent", score=0.9)
MEN = Argument(start=14, end=19, text="رجلين", role="Target", score=0.6)
ARREST = Event(type="Coerce.Arrest", trigger=TRIGGER, arguments=(POLICE, MEN), score=0.8)
THREAT = Event(type="Coerce.Threat", trigger=TRIGGER, arguments=(POLICE,), score=0.5)
SENTENCE = Sentence(text=TEXT, events=(ARREST, THREAT), types={"Coerce.Arrest": 0.7, "Coerce.Threat": 0.95})


def test_argument_below_goes_and_an_event_below_goes_with_its_arguments():
    kept = select_sentence(SENTENCE, 0.7)
    assert [event.type for event in kept.events] == ["Coerce.Arrest"]
    assert kept.events[0].arguments == (POLICE,)
    assert kept.events[0].trigger == TRIGGER


def test_score_of_min_score_itself_stays():
    assert [event.arguments for event in select_sentence(SENTENCE, 0.6).events] == [(POLICE, MEN)]
    assert select_sentence(SENTENCE, 0.5) == SENTENCE


def test_types_are_those_of_the_events_that_stay():
    assert select_sentence(SENTENCE, 0.7).types == {"Coerce.Arrest": 0.7}
    assert select_sentence(SENTENCE, 0.9).types == {} and select_sentence(SENTENCE, 0.9).events == ()


def test_what_has_no_score_stays():
    gold = Sentence(text=TEXT, events=(Event(type="Coerce.Arrest", trigger=Span(start=0, end=6, text="اعتقلت")),))
    assert select_sentence(gold, 1.0) == gold
    assert select_sentence(Sentence(text=TEXT), 1.0) == Sentence(text=TEXT)


def test_document_keeps_its_sentences_id_and_meta():
    document = Document(text=TEXT, sentences=(SENTENCE,), id="a", meta={"date": "2024"})
    kept = select_document(document, 0.9)
    assert (kept.text, kept.id, kept.meta, len(kept.sentences), kept.events) == (TEXT, "a", {"date": "2024"}, 1, ())
    assert select_document(document, 0.0) is document


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.5), np.float64(1.0)])
def test_numbers_from_0_to_1_are_taken(value):
    check_min_score(value)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (-0.1, ValueError),
        (1.01, ValueError),
        (math.nan, ValueError),
        (80, ValueError),
        ("0.5", TypeError),
        (None, TypeError),
        (True, TypeError),
    ],
)
def test_anything_else_is_refused_in_every_entry(tiny_checkpoint, value, error):
    extractor = rasd.load(tiny_checkpoint, device="cpu", local_files_only=True)
    for predict, item in (
        (extractor.predict, TEXT),
        (extractor.predict_documents, Document(text=TEXT)),
        (extractor.predict_sentences, Sentence(text=TEXT)),
    ):
        with pytest.raises(error, match=rf"min_score must be a number from 0 to 1, got {value!r}"):
            predict([item], min_score=value)


@pytest.fixture
def texts(tmp_path):
    (tmp_path / "in.txt").write_text("\n".join([*SENTENCES, " ".join(SENTENCES)]), encoding="utf-8")
    return tmp_path / "in.txt"


def test_every_entry_leaves_out_the_same(run, tiny_checkpoint, texts, tmp_path):
    extractor = rasd.load(tiny_checkpoint, device="cpu", local_files_only=True)
    lines = texts.read_text(encoding="utf-8").split("\n")
    whole = extractor.predict(lines)
    events = [event for document in whole for event in document.events]
    scores = sorted(argument.score for event in events for argument in event.arguments)
    least = scores[len(scores) // 2]
    kept = [list(document.events) for document in extractor.predict(lines, min_score=least)]
    assert 0 < sum(map(len, kept)) < len(events)
    assert sum(len(event.arguments) for events in kept for event in events) > 0
    assert kept == [list(select_document(document, least).events) for document in whole]
    documents = extractor.predict_documents([Document(text=line) for line in lines], min_score=least)
    assert [list(document.events) for document in documents] == kept
    # A line is one sentence or several; one by one they have the events of the line.
    one = extractor.predict_sentences([Sentence(text=line) for line in SENTENCES], min_score=least)
    assert [list(sentence.events) for sentence in one] == kept[: len(SENTENCES)]

    command = ("predict", "--model", tiny_checkpoint, "--device", "cpu", "--lines", "--input", texts)
    code, out, _ = run(*command, "--min-score", least)
    assert code == 0
    assert [list(Document.from_dict(json.loads(line)).events) for line in out.splitlines()] == kept


def test_leaving_out_of_a_file_of_predictions_is_predicting_with_min_score(run, tiny_checkpoint, texts, tmp_path):
    command = ("predict", "--model", tiny_checkpoint, "--device", "cpu", "--lines", "--input", texts)
    run(*command, "--output", tmp_path / "all.jsonl")
    run(*command, "--output", tmp_path / "sure.jsonl", "--min-score", "0.9")
    assert read(tmp_path / "all.jsonl") != read(tmp_path / "sure.jsonl")
    assert run("show", tmp_path / "all.jsonl", "--min-score", "0.9") == run("show", tmp_path / "sure.jsonl")
    for name, option in (("all", ("--min-score", "0.9")), ("sure", ())):
        run("render", tmp_path / f"{name}.jsonl", "--output", tmp_path / f"{name}.html", *option)
    page = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert page == (tmp_path / "sure.html").read_text(encoding="utf-8") and "score" in page


def test_evaluate_scores_what_stays(run, tiny_checkpoint, corpus, tmp_path):
    command = ("evaluate", "--model", tiny_checkpoint, "--device", "cpu", "--data", corpus)
    counts = []
    for least in ("0", "0.9", "1"):
        output = tmp_path / f"{least}.json"
        assert run(*command, "--output", output, "--min-score", least)[0] == 0
        record = json.loads(output.read_text(encoding="utf-8"))
        assert record["min_score"] == float(least)
        counts.append(record["tri_c"]["num_predicted"])
    assert counts[0] > counts[1] > counts[2]


@pytest.mark.parametrize("command", ["predict", "evaluate", "show", "render"])
@pytest.mark.parametrize("value", ["1.5", "-1", "nan", "high"])
def test_command_line_refuses_anything_but_a_share(run, command, value):
    code, _, err = run(command, "--min-score", value)
    assert code == 2 and f"expected a number from 0 to 1, got {value!r}" in err

"""`rasd convert`: what is listed, what is written, and how it ends."""

from __future__ import annotations

import importlib
import json
import re
import shlex
from pathlib import Path

import pytest
from formats_help import NEWS, QUIET, SENTENCE, convert, read_jsonl

from rasd.cli import build_parser, main
from rasd.formats import FORMATS
from rasd.formats.jsonl import format_sentence


def corpus(tmp_path, *lines):
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_corpus_lines_come_out_as_they_went_in(tmp_path, capsys):
    path = corpus(tmp_path, *map(format_sentence, (SENTENCE, QUIET)))
    code, out, err = convert(capsys, "--from", "jsonl", "--to", "jsonl", path, tmp_path / "out.jsonl")
    assert (code, err) == (0, "")
    assert out == "2 sentences, 3 events with trigger, 0 without, 7 arguments\n"
    assert read_jsonl(tmp_path / "out.jsonl") == [format_sentence(SENTENCE), format_sentence(QUIET)]


def test_predicted_documents_become_corpus_lines(tmp_path, capsys):
    text = "تمهيد. " + NEWS
    record = {"start": 7, "end": len(text), "text": NEWS, "types": {}, "events": []}
    path = corpus(tmp_path, {"id": "d", "text": text, "sentences": [record]})
    assert convert(capsys, "--from", "jsonl", "--to", "jsonl", path, tmp_path / "out.jsonl")[0] == 0
    assert read_jsonl(tmp_path / "out.jsonl") == [
        {"id": "d-1", "text": NEWS, "events": [], "doc_id": "d", "doc_start": 7}
    ]


def test_broken_lines_are_listed_with_file_and_line_and_the_rest_goes_on(tmp_path, capsys):
    path = corpus(tmp_path, {"text": "وصل", "id": "a"}, "{", {"txt": "وصل"})
    faults = tmp_path / "faults.jsonl"
    code, out, err = convert(
        capsys, "--from", "jsonl", "--to", "jsonl", "--faults", faults, path, tmp_path / "out.jsonl"
    )
    assert code == 3 and len(read_jsonl(tmp_path / "out.jsonl")) == 1
    assert f"{path}:2: not valid JSON" in err and f"{path}:3: 'text' is missing" in err
    assert "left out: 2 x broken record" in out
    assert [(item["place"], item["action"]) for item in read_jsonl(faults)] == [("2", "left out"), ("3", "left out")]


def test_strict_writes_nothing(tmp_path, capsys):
    path = corpus(tmp_path, {"text": "وصل"}, "{")
    code, _, err = convert(capsys, "--from", "jsonl", "--to", "jsonl", "--strict", path, tmp_path / "out.jsonl")
    assert code == 2 and "--strict" in err and not (tmp_path / "out.jsonl").exists()


def test_nothing_read_is_an_error(tmp_path, capsys):
    path = corpus(tmp_path, "{")
    code, _, err = convert(capsys, "--from", "jsonl", "--to", "jsonl", path, tmp_path / "out.jsonl")
    assert code == 2 and "nothing could be read as jsonl" in err and not (tmp_path / "out.jsonl").exists()
    assert convert(capsys, "--from", "jsonl", "--to", "jsonl", tmp_path / "no", tmp_path / "o")[0] == 2


def test_labels_that_the_ontology_does_not_have_are_kept_and_listed(tmp_path, capsys):
    line = format_sentence(SENTENCE)
    line["events"][0]["arguments"][0]["role"] = "Perpetrator"
    line["events"][1]["type"] = "Visit"
    path = corpus(tmp_path, line)
    code, out, err = convert(
        capsys, "--from", "jsonl", "--to", "jsonl", "--ontology", "conflict", path, tmp_path / "out.jsonl"
    )
    assert code == 0 and read_jsonl(tmp_path / "out.jsonl") == [line]
    assert "no role 'Perpetrator' of Attack.Shelling, which stands 1 times, here first; kept" in err
    assert "kept: 1 x type that the ontology does not have" in out


def test_an_id_that_stands_twice_is_made_another(tmp_path, capsys):
    path = corpus(tmp_path, {"text": "وصل", "id": "a"}, {"text": "غادر", "id": "a"})
    assert convert(capsys, "--from", "jsonl", "--to", "jsonl", path, tmp_path / "out.jsonl")[0] == 0
    assert [line["id"] for line in read_jsonl(tmp_path / "out.jsonl")] == ["a", "a~2"]


def test_an_input_is_not_overwritten(tmp_path, capsys):
    path = corpus(tmp_path, {"text": "وصل"})
    assert convert(capsys, "--from", "jsonl", "--to", "jsonl", path, path)[0] == 2


DOCS = (Path(__file__).resolve().parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_commands_in_the_docs_exist():
    commands = re.findall(r"^    rasd (convert .*)$", DOCS, re.M)
    assert len(commands) > 12
    for command in commands:
        words = shlex.split(command, comments=True)
        if "FORMAT" not in words:
            build_parser().parse_args(words)


def test_docs_have_a_row_for_each_format():
    rows = {
        row[0].strip("` "): row for row in (line.strip("|").split("|") for line in DOCS.splitlines()) if len(row) == 6
    }
    rows = {name: row for name, row in rows.items() if row[1].strip() in ("yes", "no")}
    assert list(rows) and set(rows) == set(FORMATS)
    for name, format in FORMATS.items():
        assert (rows[name][2].strip() == "yes") == format.is_writable
        assert ("experimental" in rows[name][4]) == format.is_experimental
        module = importlib.import_module(f"rasd.formats.{format.module}")
        assert ("Experimental:" in module.__doc__) == format.is_experimental
        assert hasattr(module, "read") and hasattr(module, "render") == format.is_writable


def test_help_tells_which_formats_are_experimental(capsys):
    assert main(["convert", "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    marked = {line.split()[0] for line in lines if "experimental" in line}
    assert marked == {name for name, format in FORMATS.items() if format.is_experimental}


def test_gold_and_predictions_come_out_in_the_same_tokens(tmp_path, capsys):
    text = "وقصفت المدفعية القرية."
    gold = {"id": "a", "text": text, "events": [{"type": "A", "trigger": "قصفت", "start": 1, "end": 5}]}
    event = {"type": "A", "score": 0.9, "trigger": {"start": 6, "end": 14, "text": "المدفعية", "score": 0.9}}
    sentence = {"start": 0, "end": len(text), "text": text, "types": {}, "events": [{**event, "arguments": []}]}
    path = corpus(tmp_path, gold)
    predicted, outs = tmp_path / "predicted.jsonl", (tmp_path / "gold.json", tmp_path / "pred.json")
    predicted.write_text(json.dumps({"id": "a", "text": text, "sentences": [sentence]}), encoding="utf-8")
    options = ("--from", "jsonl", "--to", "textee", path, outs[0], "--predictions", predicted)
    code, _, err = convert(capsys, *options, outs[1])
    assert (code, err) == (0, "")
    [ours], [theirs] = map(read_jsonl, outs)
    assert ours["tokens"] == theirs["tokens"] == ["و", "قصفت", "المدفعية", "القرية", "."]
    assert [side["event_mentions"][0]["trigger"]["text"] for side in (ours, theirs)] == ["قصفت", "المدفعية"]
    predicted.write_text(json.dumps({"id": "a", "text": "غيره", "sentences": []}), encoding="utf-8")
    code, _, err = convert(capsys, *options, outs[1])
    assert code == 2 and "0 predicted sentences for 1 gold" in err and "rasd evaluate" in err
    code, _, err = convert(capsys, *options, outs[0])
    assert code == 2 and "name another file" in err
    code, _, err = convert(
        capsys, "--from", "jsonl", "--to", "oneie", path, outs[0], "--predictions", predicted, outs[1]
    )
    assert code == 2 and "--predictions goes with --to textee" in err


def test_a_new_id_is_not_one_that_stands_already(tmp_path, capsys):
    lines = [{"id": name, "text": "عاد الهدوء."} for name in ("a", "a~2", "a", "a~2", "a")]
    code, out, _ = convert(capsys, "--from", "jsonl", "--to", "jsonl", corpus(tmp_path, *lines), tmp_path / "o.jsonl")
    ids = [item["id"] for item in read_jsonl(tmp_path / "o.jsonl")]
    assert code == 0 and len(set(ids)) == 5 and ids[:2] == ["a", "a~2"] and "changed: 3 x id twice" in out


def test_fields_of_a_predicted_document_stay_with_its_sentences(tmp_path, capsys):
    sentence = {"start": 0, "end": 11, "text": "عاد الهدوء.", "types": {}, "events": []}
    meta = {"date": "2024-05-06", "text": "not this one"}
    path = corpus(tmp_path, {"id": "d", "meta": meta, "text": "عاد الهدوء.", "sentences": [sentence]})
    assert convert(capsys, "--from", "jsonl", "--to", "jsonl", path, tmp_path / "o.jsonl")[0] == 0
    [line] = read_jsonl(tmp_path / "o.jsonl")
    assert (line["id"], line["text"], line["date"]) == ("d-1", "عاد الهدوء.", "2024-05-06")


@pytest.mark.parametrize("target", ["brat", "textee", "oneie", "label-studio", "doccano", "conll", "csv"])
def test_fields_that_a_format_has_no_place_for_are_told(tmp_path, capsys, target):
    entity = {"type": "Force", "start": 0, "end": 3, "text": "عاد"}
    path = corpus(tmp_path, {"id": "a", "text": "عاد الهدوء.", "events": [], "page": 3, "entities": [entity]})
    _, out, _ = convert(capsys, "--from", "jsonl", "--to", target, path, tmp_path / "o")
    assert "not carried: 1 x field 'page'" in out
    assert ("field 'entities'" in out) == (target in ("conll", "csv"))


def test_strict_refuses_what_was_changed_alone(tmp_path, capsys):
    path = corpus(tmp_path, {"id": "a", "text": "عاد الهدوء."}, {"id": "a", "text": "عاد الهدوء."})
    code, _, err = convert(capsys, "--from", "jsonl", "--to", "jsonl", "--strict", path, tmp_path / "o.jsonl")
    assert code == 2 and "--strict" in err and not (tmp_path / "o.jsonl").exists()
    path = corpus(tmp_path, {"id": "a", "text": "عاد الهدوء.", "events": [], "page": 3})
    assert convert(capsys, "--from", "jsonl", "--to", "csv", "--strict", path, tmp_path / "o.csv")[0] == 0

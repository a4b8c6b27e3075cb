"""Stand-off annotations joined with the user's copy of the texts."""

from __future__ import annotations

import json

import pytest
import rehydrate

from rasd.formats.jsonl import read_sentences
from rasd.ontology import Ontology

PARAGRAPH = "مقدمة الخبر هنا. قصفت المدفعية قرية النخيل فجر اليوم."
SENTENCE = PARAGRAPH[17:]
RECORD = {
    "id": "x1",
    "file": "Outlet/news/a.txt",
    "paragraph_sha256": rehydrate.sha256(PARAGRAPH),
    "offset": 17,
    "length": len(SENTENCE),
    "sentence_sha256": rehydrate.sha256(SENTENCE),
    "events": [
        {
            "type": "Attack.Shelling",
            "start": 0,
            "end": 4,
            "realis": "Actual",
            "arguments": [{"role": "Target", "start": 14, "end": 25}],
        }
    ],
}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs the script on a source with these paragraphs and returns its exit code, its output file and what it said."""

    def run(paragraphs, *, is_table=False, records=(RECORD,)):
        annotations = tmp_path / "annotations.jsonl"
        annotations.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
        if is_table:
            source = tmp_path / "news.tsv"
            source.write_text("".join(f"f\to\td\t{text}\n" for text in paragraphs), encoding="utf-8")
        else:
            source = tmp_path / "corpus"
            (source / "Outlet/news").mkdir(parents=True, exist_ok=True)
            body = "\n".join(paragraphs)
            (source / "Outlet/news/a.txt").write_text(f"<DOC><TEXT>\n{body}\n</TEXT></DOC>", encoding="utf-8")
        output = tmp_path / "out.jsonl"
        arguments = ["rehydrate", "--source", source, "--annotations", annotations, "--output", output]
        monkeypatch.setattr("sys.argv", [str(item) for item in arguments])
        return rehydrate.main(), output, capsys.readouterr()

    return run


@pytest.mark.parametrize("is_table", [False, True])
def test_annotations_become_training_lines(run, is_table):
    spaced = PARAGRAPH if is_table else f"  {PARAGRAPH.replace('قرية ', 'قرية  ')} "
    code, output, _ = run(["أخرى", spaced], is_table=is_table)
    [sentence] = read_sentences(output, Ontology.load("conflict"))
    assert code == 0 and sentence.text == SENTENCE
    assert [sentence.events[0].trigger.text, sentence.events[0].arguments[0].text] == ["قصفت", "قرية النخيل"]


def test_changed_text_is_named_and_left_out(run):
    code, output, said = run([PARAGRAPH.replace("فجر", "مساء")])
    assert code == 3 and output.read_text(encoding="utf-8") == ""
    assert "x1 (Outlet/news/a.txt): the paragraph is missing, or its text has changed" in said.err


def test_sentence_that_is_not_at_its_place_is_left_out(run):
    code, _, said = run([PARAGRAPH], records=[{**RECORD, "offset": 16}])
    assert code == 3 and "not at its place" in said.err


def test_file_outside_the_source_is_not_read(run, tmp_path):
    (tmp_path / "secret.txt").write_text(f"<TEXT>{PARAGRAPH}</TEXT>", encoding="utf-8")
    code, _, said = run(["أخرى"], records=[{**RECORD, "file": "../secret.txt"}])
    assert code == 3 and "missing" in said.err


def test_shipped_annotations_hold_no_word_of_the_texts():
    path = rehydrate.ROOT / "data/conflict_real/annotations.jsonl"
    text = path.read_text(encoding="utf-8")
    assert text.isascii() and text.count("\n") == 1200 and '"text"' not in text

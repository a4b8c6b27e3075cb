"""rasd's corpus format: what is read, what is refused and how it is said."""

from __future__ import annotations

import json

import pytest

from rasd.errors import ReadError
from rasd.formats.jsonl import format_sentence, parse_sentence, read_sentences, write_sentences
from rasd.formats.spans import check_spans, find_span, resolve_line
from rasd.ontology import Ontology

TEXT = "وقصفت القوات القرية، ثم القرية المجاورة"
LINE = {
    "id": "a1",
    "text": TEXT,
    "events": [
        {
            "type": "Attack.Shelling",
            "trigger": "قصفت",
            "start": 1,
            "end": 5,
            "realis": "Actual",
            "arguments": [{"role": "Agent", "text": "القوات", "start": 6, "end": 12}],
        }
    ],
    "meta": {"region": "x"},
}


def write(tmp_path, *lines):
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def changed(**fields):
    line = json.loads(json.dumps(LINE))
    line["events"][0] |= fields
    return line


def test_line_comes_back_as_it_was_with_its_unknown_keys(tmp_path):
    path = write(tmp_path, LINE, "", {"text": "بلا طبقات"}, {"text": "بلا أحداث", "events": []})
    sentences = read_sentences(path, Ontology.load("conflict"))
    assert [sentence.events is None for sentence in sentences] == [False, True, False]
    assert sentences[0].extra == {"meta": {"region": "x"}}
    assert format_sentence(sentences[0]) == LINE
    write_sentences(tmp_path / "again.jsonl", sentences)
    assert read_sentences(tmp_path / "again.jsonl") == sentences


def test_missing_keys_are_layers_that_were_not_annotated():
    sentence = parse_sentence({"text": TEXT, "events": [{"type": "Harm.Death"}]})
    [event] = sentence.events
    assert (event.trigger, event.arguments, event.realis) == (None, None, None)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "expected a JSON object"),
        ({"text": 3}, "'text' must be text"),
        ({"txt": "a"}, "'text' is missing; the keys are: txt"),
        ({"sentence_sha256": "a", "events": []}, "the keys are: sentence_sha256, events; .*rehydrate.py"),
        ({"text": "a", "sentences": []}, "a document with 'sentences', as `rasd predict` writes it"),
        ("[" * 100_000, "not valid JSON"),
        ('{"text": "\\ud800"}', "UTF-8 can hold"),
        ({"text": "a", "id": 7}, "'id' must be text"),
        ({"text": "a", "events": {}}, "'events' must be a list"),
        (changed(start=2), r"text\[2:5\] is 'صفت', not 'قصفت'"),
        (changed(end=400), "outside the text's 0-39"),
        (changed(rolls=[]), "unknown key 'rolls'"),
        (changed(nth=1), "'nth' is for `rasd validate --resolve --in-place FILE`"),
        (changed(type="Attack.Shell"), r"Did you mean 'Attack\.Shelling'"),
        (changed(arguments=[{"role": "Agnt", "text": "القوات", "start": 6, "end": 12}]), "Did you mean 'Agent'"),
        (changed(arguments=[{"role": "Agent", "text": "القوات"}]), "has no 'start' and 'end' offsets"),
        (changed(realis="Maybe"), "unknown realis value 'Maybe'"),
        ({**LINE, "events": LINE["events"] * 2}, "two Attack.Shelling events on one trigger"),
    ],
)
def test_fault_of_a_line_is_told_with_file_and_line(tmp_path, line, message):
    path = write(tmp_path, {"text": "سليم", "events": []}, line)
    with pytest.raises(ReadError, match=message) as error:
        read_sentences(path, Ontology.load("conflict"))
    assert str(error.value).startswith(f"{path}:2: ")


def test_all_faults_of_a_file_come_at_once(tmp_path):
    with pytest.raises(ReadError) as error:
        read_sentences(write(tmp_path, "{", LINE, LINE))
    assert [line.split(": ")[0].rpartition(":")[2] for line in str(error.value).splitlines()] == ["1", "3"]


def test_byte_order_mark_other_encodings_and_missing_files_are_refused_with_a_hint(tmp_path):
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(b"\xef\xbb\xbf{}")
    with pytest.raises(ReadError, match="byte order mark"):
        read_sentences(path)
    path.write_bytes('{"text": "نص"}'.encode("cp1256"))
    with pytest.raises(ReadError, match=r"not UTF-8.*iconv"):
        read_sentences(path)
    with pytest.raises(ReadError, match="no file"):
        read_sentences(tmp_path / "none.jsonl")


def test_failed_write_leaves_the_old_file_and_no_part(tmp_path):
    path = write(tmp_path, LINE)
    before = path.read_bytes()

    def failing():
        yield parse_sentence(LINE)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_sentences(path, failing())
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_nth_is_resolved_on_word_edges_after_proclitics():
    event = {"type": "Attack.Shelling", "trigger": "قصفت", "arguments": [{"role": "Place", "text": "القرية", "nth": 2}]}
    resolved = resolve_line({"text": TEXT, "events": [event]})
    assert (resolved["events"][0]["start"], resolved["events"][0]["end"]) == (1, 5)
    argument = resolved["events"][0]["arguments"][0]
    assert argument == {"role": "Place", "text": "القرية", "start": 24, "end": 30}
    assert parse_sentence(resolved) and check_spans(parse_sentence(resolved)) == []


def test_occurrence_that_is_not_there_is_told():
    with pytest.raises(ReadError, match=r"occurrence 3 not found on word edges \(2 found\)"):
        resolve_line({"text": TEXT, "events": [{"type": "T", "trigger": "القرية", "nth": 3}]})


@pytest.mark.parametrize(
    ("text", "words", "found"),
    [
        ("بالمدرعات", "المدرعات", [1]),
        ("للنازحين", "لنازحين", [1]),
        ("القصف", "قصف", []),
        ("قصفت", "قصف", []),
        ("", "", []),
    ],
)
def test_spans_are_found_only_at_word_edges(text, words, found):
    assert list(find_span(text, words)) == found


def test_span_rules_name_what_breaks_them():
    agents = [{"role": "Agent", "text": TEXT[a:b], "start": a, "end": b} for a, b in ((6, 19), (13, 19), (7, 12))]
    sentence = parse_sentence(changed(arguments=agents))
    faults = check_spans(sentence)
    assert any("two overlapping Agent" in fault for fault in faults)
    assert any("'لقوات' at 7-12 is not on word edges" in fault for fault in faults)

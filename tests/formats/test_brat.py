"""brat standoff: files in the form of brat's own, there and back."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from formats_help import NEWS, QUIET, SENTENCE, by_type, convert, news, read, write
from hypothesis import given, settings

from rasd.events import Event, Sentence, Span

TEXT = "هاجم مسلحون 🔥 حاجزَ الوادي ليلًا.\nولم يُعلَن عن الضحايا. وعقد الأهالي اجتماعًا طارئًا"
ANN = """T1	Attack 0 4	هاجم
T2	Person 5 11	مسلحون
T3	Facility 14 26	حاجزَ الوادي
T4	Report 38 44;48 55	يُعلَن الضحايا
T5	Meet 58 61;70 78	عقد اجتماعًا
T6	Person 62 69	الأهالي
T7	Time 27 32	ليلًا
E1	Attack:T1 Attacker:T2 Target:T3
E2	Report:T4 Topic:E1
E3	Meet:T5 Entity:T6
A1	Negation E2
A2	Realis E3 Planned
A3	Confidence E1 L1
R1	Located Arg1:T2 Arg2:T3
*	Equiv T2 T6
#1	AnnotatorNotes T3	للمراجعة
"""


def folder(tmp_path, ann=ANN, text=TEXT):
    path = tmp_path / "corpus"
    path.mkdir()
    (path / "doc.txt").write_bytes(text.encode())
    (path / "doc.ann").write_text(ann, encoding="utf-8")
    return path


def test_document_becomes_sentences_with_their_events(tmp_path):
    sentences, faults = read(folder(tmp_path), "brat")
    assert [sentence.id for sentence in sentences] == ["doc-1", "doc-2", "doc-3"]
    assert sentences[0].text == "هاجم مسلحون 🔥 حاجزَ الوادي ليلًا."
    [attack] = sentences[0].events
    assert (attack.type, attack.trigger.text, attack.realis) == ("Attack", "هاجم", None)
    assert [(item.role, item.text) for item in attack.arguments] == [("Attacker", "مسلحون"), ("Target", "حاجزَ الوادي")]
    assert sentences[0].extra["entities"] == [{"type": "Time", "start": 27, "end": 32, "text": "ليلًا"}]
    [report] = sentences[1].events
    assert (report.trigger.text, report.realis, report.arguments) == ("يُعلَن عن الضحايا", "Negated", ())
    [meeting] = sentences[2].events
    assert (meeting.trigger.text, meeting.realis) == ("عقد الأهالي اجتماعًا", "Planned")
    assert sentences[2].extra["doc_start"] == TEXT.index("وعقد")
    kinds = sorted((fault.kind, fault.action) for fault in faults)
    assert kinds == [
        ("argument in another sentence", "left out"),
        ("attributes", "not carried"),
        ("equivalences", "not carried"),
        ("event as argument", "changed"),
        ("notes", "not carried"),
        ("relations", "not carried"),
        ("span with gaps", "changed"),
        ("span with gaps", "changed"),
    ]


def test_spans_with_gaps_come_back_with_their_gaps(tmp_path):
    sentences, _ = read(folder(tmp_path), "brat", is_whole=True)
    assert write(tmp_path / "out", sentences, "brat") == []
    written = (tmp_path / "out" / "doc.ann").read_text(encoding="utf-8")
    assert "Report 38 44;48 55\tيُعلَن الضحايا" in written and "Meet 58 61;70 78" in written
    again, _ = read(tmp_path / "out", "brat", is_whole=True)
    assert again == sentences


def test_sentences_come_back_as_they_were(tmp_path):
    bare = Sentence(id="n3", text="بلا طبقات")
    assert write(tmp_path / "out", [SENTENCE, QUIET, bare], "brat") == []
    sentences, faults = read(tmp_path / "out", "brat", is_whole=True)
    assert (sentences, faults) == ([SENTENCE, QUIET, bare], [])


@settings(max_examples=15, deadline=None)
@given(news(lines=True))
def test_any_sentence_comes_back(sentence):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "out"
        assert write(path, [sentence], "brat") == []
        [again], faults = read(path, "brat", is_whole=True)
        assert faults == [] and again.text == sentence.text and by_type(again) == by_type(sentence)


def test_offsets_of_other_tools_are_mended_and_listed(tmp_path):
    text = "\ufeff🔥 قصف الجيش البلدة\r\nثم انسحب"
    ann = "T1\tAttack 4 7\tقصف\nT2\tForce 8 13\tالجيش\nT3\tForce 24 29\tانسحب\nE1\tAttack:T1 Agent:T2\nE2\tGo:T3\n"
    path = folder(tmp_path, ann, text)
    sentences, faults = read(path, "brat")
    assert [event.trigger.text for sentence in sentences for event in sentence.events] == ["قصف", "انسحب"]
    repaired = [(fault.place, fault.kind) for fault in faults if fault.action == "repaired" and fault.place != "1"]
    assert len(faults) == 4 and [place for place, _ in repaired] == ["2", "3"]
    assert all(fault.path == str(path / "doc.ann") for fault in faults[1:])


def test_what_cannot_be_placed_is_listed_with_file_line_and_reason(tmp_path, capsys):
    ann = "T1\tAttack 0 4\tقصفت\nT2\tPerson 5 11\tمسلحون\nE1\tAttack:T1 Attacker:T2\nE2\tMeet\nX\nT9 1 2\n"
    path = folder(tmp_path, ann)
    code, out, err = convert(capsys, "--from", "brat", "--to", "jsonl", path, tmp_path / "out.jsonl")
    assert code == 3 and "0 events with trigger" in out
    place = path / "doc.ann"
    assert f"{place}:1: text[0:4] is 'هاجم', not 'قصفت', which stands nowhere in the text; left out" in err
    assert f"{place}:E1: the trigger T1 of Attack is not there, or could not be placed; left out" in err
    assert f"{place}:4: expected 'TYPE:TRIGGER" in err and f"{place}:5: expected a line that begins" in err
    assert f"{place}:6: expected 'TYPE START END'" in err


def test_events_without_trigger_and_labels_that_brat_cannot_have_are_told(tmp_path):
    bare = Event(type="Harm.Death")
    odd = Event(type="Conflict:Attack", trigger=Span(start=8, end=14, text=NEWS[8:14]), arguments=())
    faults = write(tmp_path / "out", [Sentence(id="n1", text=NEWS, events=(bare, odd))], "brat")
    assert [(fault.kind, fault.action) for fault in faults] == [
        ("event without trigger", "left out"),
        ("label in another form", "changed"),
    ]


def test_annotations_without_text_and_folders_without_documents(tmp_path, capsys):
    path = folder(tmp_path)
    (path / "lost.ann").write_text("", encoding="utf-8")
    assert "annotations without text" in [fault.kind for fault in read(path, "brat")[1]]
    (tmp_path / "empty").mkdir()
    code, _, err = convert(capsys, "--from", "brat", "--to", "jsonl", tmp_path / "empty", tmp_path / "o.jsonl")
    assert code == 2 and "none is there" in err


def test_a_folder_that_is_not_empty_is_not_written_into(tmp_path, capsys):
    path = folder(tmp_path)
    code, _, err = convert(capsys, "--from", "brat", "--to", "brat", "--whole", path, path)
    assert code == 2 and "not an empty folder" in err
    code, _, err = convert(capsys, "--from", "brat", "--to", "brat", "--whole", path, tmp_path / "new")
    assert code == 0 and sorted(item.name for item in (tmp_path / "new").iterdir()) == ["doc.ann", "doc.txt"]


def test_ids_that_stand_twice_and_lines_without_one_are_listed(tmp_path):
    ann = "T1\tAttack 0 4\tهاجم\nT1\tMeet 58 61\tعقد\nE1\tAttack:T1\nE1\tMeet:T1\n\tلا شيء\n"
    sentences, faults = read(folder(tmp_path, ann), "brat")
    assert [event.type for item in sentences for event in item.events] == ["Attack"]
    assert [(fault.place, fault.action) for fault in faults] == [
        ("2", "left out"),
        ("4", "left out"),
        ("5", "left out"),
    ]
    assert "T1 stands twice" in faults[0].reason


def test_negated_counts_of_two_realis_values(tmp_path):
    ann = "T1\tAttack 0 4\tهاجم\nE1\tAttack:T1\nA1\tSpeculation E1\nA2\tNegation E1\n"
    sentences, faults = read(folder(tmp_path, ann), "brat")
    assert sentences[0].events[0].realis == "Negated"
    assert [(fault.place, fault.kind) for fault in faults] == [("4", "two realis values")]


def test_spans_in_no_sentence_and_events_that_stand_twice_are_told(tmp_path):
    text = "هاجم مسلحون الحاجز. وعاد الهدوء."
    ann = "T1\tAttack 0 4\tهاجم\nT2\tPhrase 12 24\tالحاجز. وعاد\nE1\tAttack:T1\nE2\tAttack:T1\n"
    sentences, faults = read(folder(tmp_path, ann, text), "brat")
    assert len(sentences) == 2 and not any("entities" in item.extra for item in sentences)
    kinds = ["annotated spans that lie in no sentence", "event that stands twice"]
    assert [(fault.kind, fault.action) for fault in faults] == [(kind, "not carried") for kind in kinds]


def test_layers_of_a_long_document_go_to_their_sentences(tmp_path):
    text = " ".join(f"هاجم مسلحون بلدة {i}." for i in range(40))
    spans = [(match.start(), match.end()) for match in re.finditer(r"بلدة \d+", text)]
    ann = "".join(f"T{i}\tTown {start} {end}\t{text[start:end]}\n" for i, (start, end) in enumerate(spans))
    sentences, faults = read(folder(tmp_path, ann, text), "brat")
    assert [item["text"] for one in sentences for item in one.extra["entities"]] == [f"بلدة {i}" for i in range(40)]
    assert len(sentences) == 40 and not faults


def test_ids_that_are_no_file_names_are_told(tmp_path):
    odd = Sentence(id="../x:1", text="عاد الهدوء.", events=())
    faults = write(tmp_path / "out", [odd, QUIET], "brat")
    assert [(fault.kind, fault.action) for fault in faults] == [("id in another form", "changed")]
    assert sorted(path.name for path in (tmp_path / "out").iterdir())[:1] == [".._x_1.ann"]


def test_sentence_break_inside_an_argument_is_no_break(tmp_path):
    text = "هاجم مسلحون الحاجز. وعادوا. ثم رحلوا. وعاد الهدوء."
    ann = "T1\tAttack 0 4\tهاجم\nT2\tTopic 12 36\tالحاجز. وعادوا. ثم رحلوا\nE1\tAttack:T1 Topic:T2\n"
    sentences, faults = read(folder(tmp_path, ann, text), "brat")
    assert [item.text for item in sentences] == ["هاجم مسلحون الحاجز. وعادوا. ثم رحلوا.", "وعاد الهدوء."]
    assert [item.text for item in sentences[0].events[0].arguments] == ["الحاجز. وعادوا. ثم رحلوا"] and not faults

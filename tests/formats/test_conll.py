"""CoNLL columns and CSV of types: files in the forms of the originals, there and back."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from formats_help import QUIET, SENTENCE, convert, news, read, write
from hypothesis import given, settings

from rasd.errors import ReadError
from rasd.events import Argument, Event, Sentence, Span

SRL = """# id = s1
# text = قصف الجيشُ بلدة الكروم، ثم انسحب
قصف\tB-Attack\tO\t_
الجيشُ\tO\tB-Agent\t_
بلدة\tO\tB-Target\t_
الكروم\tO\tI-Target|B-Place\t_
،\tO\tO\t_
ثم\tO\tO\t_
انسحب\tB-Go\tO\t_

# id = s2
عاد\tO
الهدوء\tO

خبر\t_
"""
NER = """-DOCSTART- -X- O O

قصف VB I-VP O
الجيش NN B-NP I-ORG
السوري JJ I-NP I-ORG
حلب NN B-NP B-LOC
"""


def plain(sentence):
    return replace(sentence, events=tuple(replace(event, realis=None) for event in sentence.events))


def file(tmp_path, content, name="in.conll"):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("content", [SRL, SRL.replace("\n", "\r\n"), "\ufeff" + SRL])
def test_columns_of_arguments_are_read(tmp_path, content):
    [first, second, third], faults = read(file(tmp_path, content), "conll")
    assert (first.id, first.text) == ("s1", "قصف الجيشُ بلدة الكروم، ثم انسحب")
    attack, go = first.events
    assert [(item.role, item.text) for item in attack.arguments] == [
        ("Agent", "الجيشُ"),
        ("Target", "بلدة الكروم"),
        ("Place", "الكروم"),
    ]
    assert (go.trigger.text, go.arguments) == ("انسحب", None)
    assert (second.id, second.text, second.events) == ("s2", "عاد الهدوء", ())
    assert (third.id, third.events) == ("in-3", None)
    assert [fault.kind for fault in faults] == (["byte order mark"] if content.startswith("\ufeff") else [])


def test_last_column_of_conll_2003_is_read_and_iob1_is_told(tmp_path):
    [sentence], [fault] = read(file(tmp_path, NER), "conll")
    assert sentence.text == "قصف الجيش السوري حلب"
    assert [(event.type, event.trigger.text, event.arguments) for event in sentence.events] == [
        ("ORG", "الجيش السوري", None),
        ("LOC", "حلب", None),
    ]
    assert (fault.place, fault.kind, fault.action) == ("3", "span that begins with I-", "repaired")


def test_sentences_come_back_but_for_realis(tmp_path):
    faults = write(tmp_path / "out.conll", [SENTENCE, QUIET, Sentence(id="n3", text="بلا طبقات")], "conll")
    assert [(fault.place, fault.reason) for fault in faults] == [("n1", "3 realis values: no place for them")]
    sentences, faults = read(tmp_path / "out.conll", "conll")
    assert faults == [] and sentences == [plain(SENTENCE), QUIET, Sentence(id="n3", text="بلا طبقات")]


@settings(max_examples=20, deadline=None)
@given(news(has_realis=False))
def test_any_sentence_comes_back_or_is_listed(sentence):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "out.conll"
        lost = write(path, [sentence], "conll")
        [again], faults = read(path, "conll")
        assert faults == [] and again.text == sentence.text
        assert {fault.kind for fault in lost} <= {
            "arguments over others of their role",
            "triggers over others of their type",
        }
        if not lost:
            assert set(again.events) == set(sentence.events)


def test_what_columns_cannot_hold_is_told(tmp_path):
    text = "قصف الجيش"
    arguments = tuple(Argument(role="Agent", start=0, end=end, text=text[:end]) for end in (3, 9))
    events = (Event(type="A", trigger=Span(start=4, end=9, text=text[4:]), arguments=arguments), Event(type="B"))
    faults = write(tmp_path / "o.conll", [Sentence(id="x", text=text, events=events)], "conll")
    assert [fault.reason for fault in faults] == [
        "1 events without trigger: no place for them",
        "1 arguments over others of their role: no place for them",
    ]
    faults = write(tmp_path / "p.conll", [Sentence(text="سطر\nآخر", events=())], "conll")
    assert [fault.kind for fault in faults] == ["line breaks"]
    assert read(tmp_path / "p.conll", "conll")[0][0].text == "سطر آخر"


def test_broken_sentences_are_left_out_with_their_line(tmp_path):
    content = "قصف\tO\nالجيش\n\nقصف\tB-A\tO\tO\n\nقصف\tX\n\n# text = دمر\nقصف\tO\n"
    sentences, faults = read(file(tmp_path, content), "conll")
    assert [(fault.place, fault.action) for fault in faults] == [
        ("1", "left out"),
        ("4", "left out"),
        ("6", "left out"),
        ("8", "changed"),
    ]
    assert "lines of 1, 2 columns" in faults[0].reason and "got 'X'" in faults[2].reason
    assert sentences[0].events[0].arguments is None and sentences[1].text == "قصف"


CSV = 'id,text,labels,outlet\n1,"قصف، ثم هدوء 🔥",Attack.Shelling|Harm.Death,و\n2,عاد الهدوء,,و\n3,,A,و\n4,قصف\n'


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_types_of_sentences_are_read_from_csv(tmp_path, mark):
    [first, second], faults = read(file(tmp_path, mark + CSV, "in.csv"), "csv")
    assert first.events == (Event(type="Attack.Shelling"), Event(type="Harm.Death"))
    assert (first.id, first.text, first.extra) == ("1", "قصف، ثم هدوء 🔥", {"outlet": "و"})
    assert second.events == ()
    assert [(fault.place, fault.reason) for fault in faults] == [
        ("4", "the text is empty"),
        ("5", "the row has 2 columns, the header 4"),
    ]


def test_types_come_back_from_csv_and_the_rest_is_counted(tmp_path):
    types = Sentence(id="t", text='قال: "نعم"،\nثم خرج', events=(Event(type="A"), Event(type="B")))
    faults = write(tmp_path / "o.csv", [SENTENCE, QUIET, types, Sentence(text="وصل")], "csv")
    assert sorted(fault.reason.split(":")[0] for fault in faults) == [
        "1 sentences not annotated",
        "3 realis values",
        "3 triggers",
        "7 arguments",
    ]
    sentences, faults = read(tmp_path / "o.csv", "csv")
    assert faults == [] and sentences[1:] == [QUIET, types]
    assert [event.type for event in sentences[0].events] == [event.type for event in SENTENCE.events]


def test_types_parted_by_other_signs_are_several_types_and_listed(tmp_path):
    content = "text,labels\nقصف وقتل,Attack;Death\nقصف,Attack\nقصف وأسر,Attack، Arrest\nقصف ونفى,Attack|De;ny\n"
    sentences, faults = read(file(tmp_path, content, "in.csv"), "csv")
    assert [[event.type for event in sentence.events] for sentence in sentences] == [
        ["Attack", "Death"],
        ["Attack"],
        ["Attack", "Arrest"],
        ["Attack", "De;ny"],
    ]
    assert [(fault.place, fault.action) for fault in faults] == [("2", "repaired"), ("4", "repaired")]


def test_csv_without_labels_is_refused(tmp_path, capsys):
    path = file(tmp_path, "id,txet,labels\n", "in.csv")
    code, _, err = convert(capsys, "--from", "csv", "--to", "jsonl", path, tmp_path / "o.jsonl")
    assert code == 2 and "no column 'text'; the columns are: id, txet, labels. Did you mean 'txet'?" in err


ODD = Sentence(
    id="a\nX\tB-Die",
    text="قصف الجيش",
    events=(
        Event(
            type="A|B C",
            trigger=Span(start=0, end=3, text="قصف"),
            arguments=(Argument(role="Ag\tent", start=4, end=9, text="الجيش"),),
        ),
    ),
)


def test_ids_and_labels_that_would_break_the_lines_are_changed_and_told(tmp_path):
    faults = write(tmp_path / "o.conll", [ODD, Sentence(id="w", text="  ")], "conll")
    changed = ["label in another form", "label in another form", "id in another form"]
    assert [fault.kind for fault in faults] == [*changed, "empty text"]
    [sentence], faults = read(tmp_path / "o.conll", "conll")
    [event] = sentence.events
    assert (sentence.id, event.type, event.arguments[0].role) == ("a X B-Die", "A_B_C", "Ag_ent") and not faults


def test_csv_runs_in_no_spreadsheet_and_reads_back(tmp_path):
    texts = ["=cmd|' /C calc'!A0", "- قال شاهد", "قصف"]
    sentences = [Sentence(id=f"@{i}", text=text, events=()) for i, text in enumerate(texts)]
    assert write(tmp_path / "o.csv", sentences, "csv") == []
    lines = (tmp_path / "o.csv").read_text(encoding="utf-8").split("\n")
    assert lines[1:4] == ["'@0,'=cmd|' /C calc'!A0,", "'@1,'- قال شاهد,", "'@2,قصف,"]
    assert read(tmp_path / "o.csv", "csv")[0] == sentences
    faults = write(tmp_path / "bar.csv", [ODD], "csv")
    assert "label in another form" in [fault.kind for fault in faults]
    assert [event.type for event in read(tmp_path / "bar.csv", "csv")[0][0].events] == ["A_B C"]


def test_csv_with_a_column_twice_is_refused(tmp_path):
    path = file(tmp_path, "text,labels,source,source\nقصف,A,x,y\n", "twice.csv")
    with pytest.raises(ReadError, match="the column 'source' stands 2 times"):
        read(path, "csv")

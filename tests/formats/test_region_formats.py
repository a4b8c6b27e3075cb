"""Label Studio and Doccano: exports in the form of the originals, there and back."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

from formats_help import NEWS, QUIET, SENTENCE, by_type, convert, news, read, read_jsonl, write
from hypothesis import given, settings

from rasd.events import Event, Sentence
from rasd.formats.placing import count_utf16

TEXT = "🚨 قصف الجيشُ بلدة الكروم 🔥 ثم انسحب. وعاد الهدوء"


def utf16(words):
    start = len(TEXT[: TEXT.index(words)].encode("utf-16-le")) // 2
    return {"start": start, "end": start + len(words.encode("utf-16-le")) // 2}


def region(ref, words, label, **value):
    return {
        "id": ref,
        "from_name": "label",
        "to_name": "text",
        "type": "labels",
        "origin": "manual",
        "value": utf16(words) | {"text": words, "labels": [label]} | value,
    }


def relation(source, target, *labels, direction="right"):
    return {"type": "relation", "from_id": source, "to_id": target, "direction": direction, "labels": list(labels)}


def task(*result, **further):
    """Return a task in the form of Label Studio's export, offsets in UTF-16 units as its front end counts them."""
    annotation = {"id": 11, "completed_by": 1, "was_cancelled": False, "created_at": "2024-05-02", "result": result}
    return {"id": 4, "data": {"text": TEXT}, "annotations": [annotation], "predictions": [], "project": 2} | further


RESULT = (
    region("aa", "قصف", "Attack"),
    region("bb", "الجيشُ", "Force"),
    region("cc", "بلدة الكروم", "Place"),
    region("dd", "انسحب", "Withdrawal"),
    relation("aa", "bb", "Agent"),
    relation("cc", "aa", "Target", direction="left"),
    relation("dd", "bb", "Agent"),
    {"id": "dd", "from_name": "status", "to_name": "text", "type": "choices", "value": {"choices": ["Planned"]}},
)


def tasks_file(tmp_path, *tasks):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return path


def test_task_is_read_and_utf16_offsets_are_mended(tmp_path):
    sentences, faults = read(tasks_file(tmp_path, task(*RESULT)), "label-studio")
    assert [sentence.id for sentence in sentences] == ["export-4-1", "export-4-2"]
    attack, withdrawal = sentences[0].events
    assert (attack.type, attack.trigger.text, attack.realis) == ("Attack", "قصف", None)
    assert [(item.role, item.text) for item in attack.arguments] == [("Agent", "الجيشُ"), ("Target", "بلدة الكروم")]
    assert (withdrawal.type, withdrawal.realis, withdrawal.arguments[0].text) == ("Withdrawal", "Planned", "الجيشُ")
    assert [entity["type"] for entity in sentences[0].extra["entities"]] == ["Force", "Place"]
    assert sentences[1].events == ()
    assert {fault.kind for fault in faults} == {"UTF-16 units"} and len(faults) == 4


def test_end_one_past_the_text_after_an_emoji_is_mended(tmp_path):
    last = region("aa", "الهدوء", "Calm")
    last["value"]["end"] += 1
    sentences, [fault] = read(tasks_file(tmp_path, task(last)), "label-studio")
    assert sentences[1].events[0].trigger.text == "الهدوء"
    assert fault.kind == "UTF-16 units and end one too far" and fault.place == "1"


def test_latest_annotation_is_taken_and_what_is_passed_over_is_told(tmp_path):
    old = {"id": 9, "created_at": "2024-01-01", "result": [region("aa", "قصف", "Old")]}
    off = {"id": 10, "was_cancelled": True, "result": [region("aa", "قصف", "Cancelled")]}
    record = task(region("aa", "قصف", "New"), {"type": "textarea", "value": {"text": ["?"]}, "id": "z"})
    record["annotations"] += [old, off]
    record["predictions"] = [{"result": []}]
    sentences, faults = read(tasks_file(tmp_path, record), "label-studio")
    assert [event.type for event in sentences[0].events] == ["New"]
    assert [fault.kind for fault in faults if fault.action == "not carried"] == [
        "cancelled annotations",
        "predictions",
        "further annotations of a task",
        "result of type textarea",
    ]


def test_tasks_that_are_not_annotated_and_labels_of_the_whole_text(tmp_path):
    bare = task() | {"annotations": []}
    typed = task({"id": "q", "type": "choices", "from_name": "types", "value": {"choices": ["Harm.Death"]}})
    sentences, faults = read(tasks_file(tmp_path, bare, typed), "label-studio", is_whole=True)
    assert sentences[0].events is None and sentences[1].events == (Event(type="Harm.Death"),)
    assert faults == []


def test_what_cannot_be_placed_is_left_out_with_file_and_place(tmp_path, capsys):
    wrong = region("aa", "قصف", "Attack", text="دمر")
    lone = {"type": "relation", "from_id": "aa", "to_id": "bb", "labels": []}
    path = tasks_file(
        tmp_path,
        task(wrong, relation("bb", "aa", "Agent"), lone, region("bb", "انسحب", "Go"), {"type": "labels"}),
        {"text": TEXT, "label": []},
        {"id": 9, "data": {"image": "/data/upload/29/a.png"}, "annotations": []},
    )
    code, _, err = convert(capsys, "--from", "label-studio", "--to", "jsonl", path, tmp_path / "out.jsonl")
    assert code == 3
    assert f"{path}:1: Attack: text[3:6] is 'صف ', not 'دمر', which stands nowhere in the text; left out" in err
    assert f"{path}:1: the relation 'Agent' leads to or from 'aa', which is not there or was left out" in err
    assert f"{path}:1: the relation from aa to bb has no label" in err
    assert f"{path}:1: expected 'value' with 'start', 'end' and 'labels', got None" in err
    assert f"{path}:2: expected a task with 'data' and 'annotations', got the keys text, label" in err
    assert f"{path}:3: the task has the address '/data/upload/29/a.png' and no text" in err


def test_label_studio_sentences_come_back_as_they_were(tmp_path):
    sentences = [SENTENCE, QUIET, Sentence(id="n3", text="بلا طبقات")]
    sentences.append(replace(QUIET, id="n4", events=(Event(type="Harm.Death"),)))
    assert write(tmp_path / "out.json", sentences, "label-studio") == []
    assert read(tmp_path / "out.json", "label-studio", is_whole=True) == (sentences, [])


@settings(max_examples=15, deadline=None)
@given(news(lines=True))
def test_any_sentence_comes_back_from_label_studio(sentence):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "out.json"
        assert write(path, [sentence], "label-studio") == []
        [again], faults = read(path, "label-studio", is_whole=True)
        assert faults == [] and again.text == sentence.text and by_type(again) == by_type(sentence)


def test_doccano_lines_of_all_three_projects_are_read(tmp_path):
    text = "قصف الجيشُ بلدة الكروم. وعاد الهدوء"
    entities = [
        {"id": 31, "label": "Attack", "start_offset": 0, "end_offset": 3},
        {"id": 32, "label": "Force", "start_offset": 4, "end_offset": 10},
    ]
    relations = [{"id": 5, "from_id": 31, "to_id": 32, "type": "Agent"}]
    path = tmp_path / "all.jsonl"
    lines = [
        {"id": 1, "text": text, "entities": entities, "relations": relations, "Comments": ["؟"]},
        {"id": 2, "text": text, "label": [[0, 3, "Attack"]], "Comments": []},
        {"id": 3, "text": "قصف الجيشُ بلدة الكروم.", "label": ["Attack", "Force"], "Comments": []},
        {"id": 4, "text": text},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    sentences, faults = read(path, "doccano")
    assert [sentence.id for sentence in sentences if sentence.events][:3] == ["all-1-1", "all-2-1", "all-3-1"]
    [attack] = sentences[0].events
    assert (attack.trigger.text, attack.arguments[0].role, attack.arguments[0].text) == ("قصف", "Agent", "الجيشُ")
    assert sentences[0].extra["entities"][0]["type"] == "Force"
    assert sentences[2].events[0].arguments is None, "a project without relations has no arguments to annotate"
    assert sentences[2].events[0].trigger.text == "قصف" and sentences[3].events == ()
    assert [event.trigger for event in sentences[4].events] == [None, None]
    assert sentences[5].events is None
    assert [fault.kind for fault in faults] == ["comments"]


def test_doccano_sentences_come_back_but_for_realis(tmp_path):
    faults = write(tmp_path / "out.jsonl", [SENTENCE, QUIET], "doccano")
    assert [(fault.place, fault.kind, fault.action) for fault in faults] == [("n1", "realis values", "left out")]
    plain = replace(SENTENCE, events=tuple(replace(event, realis=None) for event in SENTENCE.events))
    assert read(tmp_path / "out.jsonl", "doccano", is_whole=True) == ([plain, QUIET], [])
    line = read_jsonl(tmp_path / "out.jsonl")[0]
    # UTF-16 units, as Doccano counts: the text begins with an emoji.
    assert line["entities"][0] == {"id": 1, "label": "Attack.Shelling", "start_offset": 9, "end_offset": 16}
    assert line["offsets"] == "UTF-16 units"
    assert set(line["relations"][0]) == {"id", "from_id", "to_id", "type"}


@settings(max_examples=15, deadline=None)
@given(news(lines=True, has_realis=False))
def test_any_sentence_comes_back_from_doccano(sentence):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "out.jsonl"
        assert write(path, [sentence], "doccano") == []
        [again], faults = read(path, "doccano", is_whole=True)
        assert faults == [] and again.text == sentence.text and by_type(again) == by_type(sentence)


def doccano_line(words, count, **more):
    """Return a line of a project without relations, its offsets counted in either way."""
    text, labels = "🚨 قصف الجيشُ بلدة الكروم، وعاد الهدوء.", []
    for label in words:
        start = text.index(label)
        labels.append([count(text, start), count(text, start + len(label)), label])
    return {"text": text, "label": labels} | more


def code_points(text, offset):
    return offset


def read_doccano(tmp_path, *lines):
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    sentences, faults = read(path, "doccano", is_whole=True)
    return [[(event.type, event.trigger.text) for event in sentence.events] for sentence in sentences], faults


def test_doccano_offsets_are_read_in_the_count_that_gives_whole_words(tmp_path):
    words = ["قصف", "بلدة الكروم"]
    for count, kinds in ((count_utf16, {"UTF-16 units"}), (code_points, set())):
        found, faults = read_doccano(tmp_path, doccano_line(words, count))
        assert found == [[(word, word) for word in words]] and {fault.kind for fault in faults} == kinds
        assert all(fault.action == "repaired" for fault in faults)


def test_doccano_text_that_does_not_tell_goes_by_the_others_of_its_file(tmp_path):
    unsure = doccano_line(["وعاد"], count_utf16, id=1)  # in code points «عاد», which is a word as well
    found, faults = read_doccano(tmp_path, unsure)
    assert found == [[]] and "'عاد ', or 'وعاد' if it is counted in UTF-16 units" in faults[0].reason
    torn = doccano_line(["جيش"], count_utf16, id=2)  # a part of a word, which fits neither count
    found, faults = read_doccano(tmp_path, unsure, torn, doccano_line(["قصف"], count_utf16, id=3))
    assert found == [[("وعاد", "وعاد")], [("جيش", "جيش")], [("قصف", "قصف")]]
    assert {fault.action for fault in faults} == {"repaired"}
    mixed = [doccano_line(["الهدوء"], count, id=number) for number, count in enumerate((count_utf16, code_points), 4)]
    found, faults = read_doccano(tmp_path, unsure, *mixed)
    assert found == [[], [("الهدوء", "الهدوء")], [("الهدوء", "الهدوء")]]
    assert [fault.action for fault in faults] == ["left out", "repaired"]


def test_doccano_offsets_that_cannot_be_placed_are_left_out(tmp_path):
    path = tmp_path / "x.jsonl"
    place = utf16("الجيشُ")
    lines = [
        {"id": 1, "text": TEXT, "label": [[place["start"], place["end"], "Force"], [0, 900, "Far"], "Type", [1]]},
        {"id": 2, "text": TEXT, "entities": [{"id": 1}], "relations": [{"id": 1}]},
        {"id": 3},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    sentences, faults = read(path, "doccano", is_whole=True)
    assert [event.type for event in sentences[0].events] == ["Type"]
    assert [fault.place for fault in faults] == ["1", "1", "1", "2", "2", "3"]
    assert "UTF-16" in faults[1].reason and "outside" in faults[2].reason


def test_news_has_what_breaks_offsets():
    assert any(char > "\uffff" for char in NEWS) and "\u064e" in NEWS and "\u0640" in NEWS


def test_regions_without_id_or_with_one_twice_are_all_taken(tmp_path):
    lone = [{key: value for key, value in item.items() if key != "id"} for item in RESULT[:2]]
    twice = [region("aa", "انسحب", "Withdrawal"), RESULT[0], RESULT[1], relation("aa", "bb", "Agent")]
    sentences, faults = read(tasks_file(tmp_path, task(*lone), task(*twice, id=5)), "label-studio", is_whole=True)
    assert [sorted(event.type for event in item.events) for item in sentences] == [
        ["Attack", "Force"],
        ["Attack", "Withdrawal"],
    ]
    assert [fault.place for fault in faults if fault.kind == "id twice"] == ["2"]


def test_further_label_of_an_argument_is_no_event(tmp_path):
    both = region("bb", "الجيشُ", "Force", labels=["Force", "Army"])
    sentences, faults = read(tasks_file(tmp_path, task(RESULT[0], both, RESULT[4])), "label-studio", is_whole=True)
    assert [event.type for event in sentences[0].events] == ["Attack"]
    assert [item["type"] for item in sentences[0].extra["entities"]] == ["Force", "Army"]
    assert {fault.action for fault in faults} == {"repaired"}


def test_what_is_no_annotation_is_listed(tmp_path):
    blank = region("aa", "قصف", "Attack", labels=[])
    tasks = [task(blank), task(annotations=[12], id=5), task(annotations=[], completions=[{"result": []}], id=6)]
    sentences, faults = read(tasks_file(tmp_path, *tasks), "label-studio", is_whole=True)
    assert [item.events for item in sentences] == [(), None, None]
    kinds = ["region without label", "broken annotation", "broken annotation"]
    assert [fault.kind for fault in faults if fault.action == "left out"] == kinds


def test_doccano_labels_that_are_no_list_are_listed(tmp_path):
    path = tmp_path / "all.jsonl"
    records = [{"id": 1, "text": TEXT, "label": "Attack"}, {"id": 2, "text": TEXT, "entities": {"id": 1}}]
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    sentences, faults = read(path, "doccano")
    assert not sentences and [fault.place for fault in faults] == ["1", "2"]
    assert "must be a list, got 'Attack'" in faults[0].reason

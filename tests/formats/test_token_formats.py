"""OneIE, TextEE and DyGIE++: token offsets laid onto text, in files of the forms of the originals."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from formats_help import NEWS, QUIET, SENTENCE, argument, by_type, convert, news, read, read_jsonl, span, write
from hypothesis import given, settings

from rasd.errors import ReadError
from rasd.events import Event, Sentence, Span
from rasd.formats.textee import render_pair
from rasd.formats.tokens import align_tokens, cut_tokens, place_tokens

TOKENS = ["قصف", "الجيشُ", "🔥", "بلدة", "الكروم", "،", "ثم", "انسحب", "."]
TEXT = "قصف الجيشُ 🔥 بلدة الكروم، ثم انسحب."


def textee():
    """Return a line in the form of TextEE's data/README.md."""
    return {
        "doc_id": "DOC1",
        "wnd_id": "DOC1-0",
        "text": TEXT,
        "lang": "ar",
        "tokens": TOKENS,
        "entity_mentions": [
            {"id": "DOC1-0-E0", "entity_type": "ORG", "text": "الجيشُ", "start": 1, "end": 2},
            {"id": "DOC1-0-E1", "entity_type": "GPE", "text": "بلدة الكروم", "start": 3, "end": 5},
        ],
        "event_mentions": [
            {
                "id": "DOC1-0-EV0",
                "event_type": "Conflict:Attack",
                "trigger": {"text": "قصف", "start": 0, "end": 1},
                "arguments": [
                    {"entity_id": "DOC1-0-E0", "role": "Attacker", "text": "الجيشُ", "start": 1, "end": 2},
                    {"entity_id": "DOC1-0-E1", "role": "Target", "text": "بلدة الكروم", "start": 3, "end": 5},
                ],
            },
            {
                "id": "DOC1-0-EV1",
                "event_type": "Movement:Transport",
                "trigger": {"text": "انسحب", "start": 7, "end": 8},
                "arguments": [],
            },
        ],
        "relation_mentions": [{"id": "DOC1-0-R0", "relation_type": "PHYS", "arguments": []}],
    }


def oneie():
    """Return a line in the form of OneIE's pre-processing: arguments by id alone, pieces of an encoder."""
    line = textee()
    line = {"doc_id": "DOC1", "sent_id": "DOC1-0", "sentence": line.pop("text")} | line
    del line["wnd_id"]
    line |= {"pieces": TOKENS, "token_lens": [1] * len(TOKENS)}
    for mention in line["entity_mentions"]:
        mention |= {"mention_type": "NAM", "entity_subtype": "Other"}
    for event in line["event_mentions"]:
        event["arguments"] = [{key: item[key] for key in ("entity_id", "role", "text")} for item in event["arguments"]]
    return line


DYGIE = {
    "doc_key": "DOC1",
    "dataset": "ace-event",
    "sentences": [["عاد", "الهدوء"], TOKENS],
    "ner": [[], [[3, 3, "ORG"], [5, 6, "GPE"]]],
    "relations": [[], [[3, 3, 5, 6, "PHYS"]]],
    "clusters": [],
    "events": [[], [[[2, "Conflict.Attack"], [3, 3, "Attacker"], [5, 6, "Target"]], [[9, "Movement.Transport"]]]],
}
FORMS = {"textee": textee, "oneie": oneie}


def lines_file(tmp_path, *lines):
    path = tmp_path / "in.json"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("format", FORMS)
def test_sentence_of_the_original_form_is_read(tmp_path, format):
    [sentence], faults = read(lines_file(tmp_path, FORMS[format]()), format)
    assert (sentence.id, sentence.text, sentence.extra["doc_id"]) == ("DOC1-0", TEXT, "DOC1")
    assert [(event.type, event.trigger.text) for event in sentence.events] == [
        ("Conflict:Attack", "قصف"),
        ("Movement:Transport", "انسحب"),
    ]
    assert [(item.role, item.text) for item in sentence.events[0].arguments] == [
        ("Attacker", "الجيشُ"),
        ("Target", "بلدة الكروم"),
    ]
    assert [entity["type"] for entity in sentence.extra["entities"]] == ["ORG", "GPE"]
    assert [fault.kind for fault in faults] == ["relations"]


@pytest.mark.parametrize("format", FORMS)
def test_what_is_written_has_the_form_of_the_original(tmp_path, format):
    form = FORMS[format]()
    sentences, _ = read(lines_file(tmp_path, form), format)
    assert write(tmp_path / "out.json", sentences, format) == []
    [line] = read_jsonl(tmp_path / "out.json")
    assert line["tokens"] == TOKENS
    for mention in form["entity_mentions"]:
        del mention["id"]
        [same] = [item for item in line["entity_mentions"] if item["start"] == mention["start"]]
        assert mention.keys() <= same.keys() and same["text"] == mention["text"]
    for event, again in zip(form["event_mentions"], line["event_mentions"], strict=True):
        assert again["trigger"] == event["trigger"] and again["event_type"] == event["event_type"]
        assert [item.keys() for item in again["arguments"]] == [item.keys() for item in event["arguments"]]


@pytest.mark.parametrize("format", FORMS)
def test_sentences_come_back_as_they_were(tmp_path, format):
    assert write(tmp_path / "out.json", [SENTENCE, QUIET], format) == []
    [again, quiet], faults = read(tmp_path / "out.json", format)
    assert faults == [] and again.text == NEWS and again.events == SENTENCE.events
    assert (quiet.text, quiet.events) == (QUIET.text, ())


@pytest.mark.parametrize("format", FORMS)
@settings(max_examples=15, deadline=None)
@given(news(lines=True))
def test_any_sentence_comes_back(format, sentence):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "out.json"
        assert write(path, [sentence], format) == []
        [again], faults = read(path, format)
        assert faults == [] and again.text == sentence.text and by_type(again) == by_type(sentence)


def test_ends_that_are_included_are_mended_and_listed(tmp_path):
    line = textee()
    line["event_mentions"][0]["arguments"][1]["end"] = 4
    [sentence], faults = read(lines_file(tmp_path, line), "textee")
    assert sentence.events[0].arguments[1].text == "بلدة الكروم"
    [fault] = [fault for fault in faults if fault.action == "repaired"]
    assert fault.place == "1" and fault.reason.endswith("not 'بلدة الكروم': end included")


def test_what_cannot_be_placed_is_left_out_with_file_and_line(tmp_path, capsys):
    broken, unnamed = textee(), oneie()
    broken["event_mentions"][0]["trigger"] |= {"start": 5, "end": 6}
    broken["event_mentions"][1]["arguments"] = [{"role": "Origin", "entity_id": "x", "start": 50, "end": 51}]
    path = lines_file(tmp_path, broken, {"tokens": []}, "x")
    code, _, err = convert(capsys, "--from", "textee", "--to", "jsonl", path, tmp_path / "out.jsonl")
    assert code == 3
    assert f"{path}:1: trigger of Conflict:Attack: tokens[5:6] are '،', not 'قصف'" in err
    assert f"{path}:1: Origin of Movement:Transport: the token span 50-51 lies outside the text's 0-9" in err
    assert f"{path}:2: 'tokens' must be a list of words, got []" in err
    assert f"{path}:3: expected a JSON object, got 'x'" in err
    unnamed["event_mentions"][0]["arguments"][0]["entity_id"] = "nobody"
    [fault] = [fault for fault in read(lines_file(tmp_path, unnamed), "oneie")[1] if fault.action == "left out"]
    assert fault.reason.startswith("Attacker of Conflict:Attack: no entity mention has the id 'nobody'")


def test_tokens_that_do_not_fit_the_text_replace_it(tmp_path):
    line = textee() | {"text": TEXT.replace("ثم", "و")}
    [sentence], faults = read(lines_file(tmp_path, line), "textee")
    assert sentence.text == " ".join(TOKENS) and sentence.events[0].arguments[1].text == "بلدة الكروم"
    assert faults[0].action == "changed" and "token 6 is 'ثم', but the text goes on with 'و انسحب.'" in faults[0].reason


def test_types_alone_and_sentences_not_annotated_are_told(tmp_path):
    bare = replace(QUIET, events=(Event(type="Harm.Death"),))
    faults = write(tmp_path / "out.json", [bare, Sentence(text="وصل")], "textee")
    assert sorted(fault.kind for fault in faults) == ["event without trigger", "sentences not annotated"]
    assert len(read_jsonl(tmp_path / "out.json")) == 1


def test_dygie_documents_are_read_with_offsets_into_the_document(tmp_path):
    sentences, faults = read(lines_file(tmp_path, DYGIE), "dygie")
    assert [(sentence.id, sentence.text) for sentence in sentences] == [
        ("DOC1-1", "عاد الهدوء"),
        ("DOC1-2", " ".join(TOKENS)),
    ]
    assert sentences[0].events == ()
    attack, move = sentences[1].events
    assert (attack.type, attack.trigger.text, move.trigger.text) == ("Conflict.Attack", "قصف", "انسحب")
    assert [(item.role, item.text) for item in attack.arguments] == [("Attacker", "الجيشُ"), ("Target", "بلدة الكروم")]
    assert [fault.kind for fault in faults] == ["relations"]


def test_dygie_predictions_and_broken_events(tmp_path):
    line = {key: value for key, value in DYGIE.items() if key not in ("events", "ner", "relations")}
    good = [[2, "Conflict.Attack", 9.1, 0.98], [5, 6, "Target", 3.2, 0.7]]
    line["predicted_events"] = [[[[5, "Life.Die"]], "x"], [good, [[9, 9, "Movement.Transport"], [90, 91, "Agent"]]]]
    sentences, faults = read(lines_file(tmp_path, line, {"sentences": [["a"]], "events": []}), "dygie")
    assert [event.type for event in sentences[1].events] == ["Conflict.Attack", "Movement.Transport"]
    assert [(fault.place, fault.action) for fault in faults] == [
        ("1, sentence 1", "left out"),
        ("1, sentence 1", "left out"),
        ("1, sentence 2", "left out"),
        ("2", "left out"),
    ]


def test_tokens_are_cut_at_spaces_punctuation_and_edges_and_marks_stay():
    def cut(text, edges=()):
        return [text[start:end] for start, end in cut_tokens(text, edges)]

    assert cut("وقَصَفَ، بلدةً(٣).") == ["وقَصَفَ", "،", "بلدةً", "(", "٣", ")", "."]
    assert cut("وقصف", [1]) == ["و", "قصف"]
    assert cut("👨‍👩 🕊️") == ["👨‍", "👩", "🕊️"]
    assert cut("\n ") == []


def test_token_errors_say_what_was_got():
    with pytest.raises(ReadError, match="the tokens end before 'الجيش'"):
        align_tokens("قصف الجيش", ["قصف"])
    with pytest.raises(ReadError, match="lead to no one place"):
        place_tokens("ا ب ا", [(0, 1), (2, 3), (4, 5)], 1, 2, "ا")


def test_gold_and_predictions_written_together_have_the_same_tokens():
    text = "وللقوات قتلى"
    gold = Event(type="X", trigger=Span(**span("وللقوات", text)))
    event = Event(type="X", trigger=Span(**span("قتلى", text)), arguments=(argument("Target", "لقوات", text),))
    gold = Sentence(text=text, id="a", extra={"doc_id": "d"}, events=(gold,))
    ours, theirs, faults = render_pair([gold], [Sentence(text=text, events=(event,))], "x.json")
    ours, theirs = json.loads(ours), json.loads(theirs)
    assert ours["tokens"] == theirs["tokens"] == ["ول", "لقوات", "قتلى"]
    assert (ours["doc_id"], ours["wnd_id"]) == (theirs["doc_id"], theirs["wnd_id"]) == ("d", "a")
    assert ours["event_mentions"][0]["trigger"] == {"text": "وللقوات", "start": 0, "end": 2}
    assert theirs["event_mentions"][0]["trigger"] == {"text": "قتلى", "start": 2, "end": 3}
    assert not faults


def test_a_pair_leaves_out_what_gold_does_not_annotate_and_says_so():
    pair = [Sentence(text="قتلى", id="a"), Sentence(text="جرحى", id="b", events=())]
    predicted = [Sentence(text="قتلى", events=()), Sentence(text="جرحى")]
    ours, theirs, faults = render_pair(pair, predicted, "x.json")
    assert [json.loads(lines)["wnd_id"] for lines in (ours, theirs)] == ["b", "b"]
    assert [fault.kind for fault in faults] == ["sentences not annotated"]


def test_a_pair_of_other_sentences_is_refused():
    with pytest.raises(ValueError, match="sentence 1 is 'قتلى' in gold but 'جرحى' in the predictions"):
        render_pair([Sentence(text="قتلى", events=())], [Sentence(text="جرحى", events=())], "x.json")
    with pytest.raises(ValueError, match="got 0 predicted sentences for 1 gold sentences"):
        render_pair([Sentence(text="قتلى", events=())], [], "x.json")


@pytest.mark.parametrize("format", ["textee", "oneie"])
def test_entity_mentions_without_id_are_kept_and_fill_no_role(tmp_path, format):
    tokens = ["قصف", "الجيش", "البلدة"]
    entities = [{"start": i, "end": i + 1, "text": tokens[i], "entity_type": "ORG"} for i in (1, 2)]
    arguments = [{"role": "Agent", "text": "الجيش"}]
    event = {"event_type": "Attack", "trigger": {"start": 0, "end": 1, "text": "قصف"}, "arguments": arguments}
    record = {"tokens": tokens, "entity_mentions": entities, "event_mentions": [event]}
    sentences, faults = read(lines_file(tmp_path, record), format)
    assert [item["text"] for item in sentences[0].extra["entities"]] == ["الجيش", "البلدة"]
    assert sentences[0].events[0].arguments == ()
    assert "argument not there" in [fault.kind for fault in faults]


def test_entity_ids_that_stand_twice_are_told(tmp_path):
    record = textee()
    record["entity_mentions"] = [dict(item, id="e") for item in record["entity_mentions"][:2]]
    sentences, faults = read(lines_file(tmp_path, record), "textee")
    assert "id twice" in [fault.kind for fault in faults]
    assert len(sentences[0].extra["entities"]) == 2

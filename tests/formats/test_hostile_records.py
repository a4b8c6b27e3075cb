"""Records of strangers: whatever stands where, a reader lists it and goes on."""

from __future__ import annotations

import copy
import json
import tempfile
from pathlib import Path

import pytest
from formats_help import SENTENCE, convert, read
from hypothesis import given, settings
from hypothesis import strategies as st

from rasd.formats import format_corpus
from rasd.formats.jsonl import format_sentence

JUNK = st.sampled_from([None, 5, -1, 1.5, True, "", "x", "\ud83d", [], [1], [[]], {}, {"a": 1}, [{"id": 1}], [None]])
DYGIE = {
    "doc_key": "d",
    "sentences": [["قصف", "الجيش"], ["عاد"]],
    "ner": [[[1, 1, "ORG"]], []],
    "events": [[[[0, "Attack"], [1, 1, "Agent"]]], []],
}
GSR = {
    "_id": "g",
    "text": "قصف الجيش بلدة",
    "event_type": "ASSAULT",
    "spans": [{"verb": ["قصف"], "source_actor": ["الجيش"], "target_actor": []}],
    "verb_gold": "قصف",
    "source_gold": "",
    "target_gold": "",
}
HADATH = {
    "sentence": "بدأت معركة الجسر ليلا",
    "relations": [{"Subject": {"Label": "معركة الجسر"}, "Relation": "happened at", "Object": {"Label": "ليلا"}}],
}


def written(format):
    return json.loads(format_corpus([SENTENCE], "x", format)[0][""].strip().removeprefix("[").removesuffix("]"))


RECORDS = {name: written(name) for name in ("textee", "oneie", "label-studio", "doccano")}
RECORDS |= {"jsonl": format_sentence(SENTENCE), "dygie": DYGIE, "gsr": GSR, "wojood-hadath": HADATH}


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


@pytest.mark.parametrize("format", RECORDS)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_junk_in_a_record_is_no_crash_and_the_next_is_read(format, data):
    record = copy.deepcopy(RECORDS[format])
    path = data.draw(st.sampled_from([place for place in places(record) if place]))
    holder = record
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = data.draw(JUNK)
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "in.json"
        file.write_text(json.dumps(record) + "\n" + json.dumps(RECORDS[format]) + "\n", encoding="utf-8")
        sentences, faults = read(file, format, is_whole=True)
    assert sentences and all(fault.place.startswith(("1", "2")) for fault in faults)
    for sentence in sentences:
        for event in sentence.events or ():
            for span in (*([event.trigger] if event.trigger else []), *(event.arguments or ())):
                assert sentence.text[span.start : span.end] == span.text


def test_half_an_emoji_is_left_out_and_told(tmp_path, capsys):
    path = tmp_path / "in.jsonl"
    path.write_text('{"id": 1, "text": "قصف \\ud83d", "label": []}\n{"id": 2, "text": "عاد", "label": []}\n')
    faults = tmp_path / "faults.jsonl"
    code, _, err = convert(
        capsys, "--from", "doccano", "--to", "jsonl", "--faults", faults, path, tmp_path / "out.jsonl"
    )
    assert code == 3 and "half a character beyond U+FFFF" in err
    assert json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))["text"] == "عاد"

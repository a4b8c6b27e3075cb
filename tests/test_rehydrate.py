"""Stand-off annotations joined with the user's copy of the texts."""

from __future__ import annotations

import json
import lzma
import re
import shutil
import subprocess
from types import SimpleNamespace

import pytest
import rehydrate

from rasd.formats.jsonl import read_sentences
from rasd.ontology import Ontology

FILE = "Outlet/news/a.txt"
PARAGRAPH = "مقدمة الخبر هنا. قصفت المدفعية قرية النخيل فجر اليوم."
SENTENCE = PARAGRAPH[17:]
ARGUMENT = {"role": "Target", "start": 14, "end": 25}
EVENT = {"type": "Attack.Shelling", "start": 0, "end": 4, "realis": "Actual", "arguments": [ARGUMENT]}
RECORD = {
    "id": "x1",
    "file": FILE,
    "paragraph_sha256": rehydrate.sha256(PARAGRAPH),
    "offset": 17,
    "length": len(SENTENCE),
    "sentence_sha256": rehydrate.sha256(SENTENCE),
    "events": [EVENT],
}
OTHER = {**RECORD, "id": "x2", "file": "Outlet/news/b.txt", "paragraph_sha256": rehydrate.sha256("خبر آخر.")}


@pytest.fixture
def place(tmp_path):
    """A folder with annotations, and the same source as a folder of the corpus and as a table."""
    place = SimpleNamespace(
        root=tmp_path,
        annotations=tmp_path / "annotations.jsonl",
        folder=tmp_path / "corpus",
        table=tmp_path / "news.tsv",
        output=tmp_path / "out.jsonl",
    )
    place.corpus_file = place.folder / FILE
    place.corpus_file.parent.mkdir(parents=True)
    write_records(place, [RECORD])
    write_source(place, PARAGRAPH)
    return place


@pytest.fixture
def run(place, monkeypatch, capsys):
    """Runs the script on the folder, or on what is given, and returns its exit code and what it said."""

    def run(source=None, *, output=None):
        options = {"--source": source or place.folder, "--annotations": place.annotations}
        arguments = [str(part) for option in options.items() for part in option]
        monkeypatch.setattr("sys.argv", ["rehydrate", *arguments, "--output", str(output or place.output)])
        code = rehydrate.main()
        return code, capsys.readouterr()

    return run


def write_records(place, records):
    place.annotations.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")


def write_source(place, text):
    """Put a text into the corpus file, and into the table as one cell."""
    place.corpus_file.write_bytes(f"<DOC>\n<TEXT>\n{text}\n</TEXT></DOC>".encode())
    place.table.write_bytes(f"{FILE}\toutlet\t2018-01-01\t{text}\n".encode())


def with_event(**changes):
    return {**RECORD, "events": [{**EVENT, **changes}]}


def with_argument(**changes):
    return with_event(arguments=[{**ARGUMENT, **changes}])


@pytest.mark.parametrize("source", ["folder", "table"])
def test_annotations_become_training_lines(run, place, source):
    code, said = run(getattr(place, source))
    [sentence] = read_sentences(place.output, Ontology.load("conflict"))
    assert code == 0 and sentence.text == SENTENCE and sentence.id == "x1"
    assert [sentence.events[0].trigger.text, sentence.events[0].arguments[0].text] == ["قصفت", "قرية النخيل"]
    assert said.out == f"1 of 1 sentences written to {place.output}, 0 left out\n"


def test_compressed_table_is_read(run, place):
    place.table.with_suffix(".xz").write_bytes(lzma.compress(place.table.read_bytes()))
    assert run(place.table.with_suffix(".xz"))[0] == 0


def test_folder_of_the_output_is_made(run, place):
    assert run(output=place.root / "new/folder/out.jsonl")[0] == 0
    assert (place.root / "new/folder/out.jsonl").is_file()


# What a paragraph is.


@pytest.mark.parametrize("source", ["folder", "table"])
@pytest.mark.parametrize(
    "space", ["  ", "\u00a0", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", " \u200a "]
)
def test_run_of_white_space_is_one_space(run, place, source, space):
    write_source(place, f"{space}{PARAGRAPH.replace(' ', space)}{space}\r")
    assert run(getattr(place, source))[0] == 0


def test_paragraph_ends_at_a_newline(run, place):
    write_source(place, f"خبر آخر.\n{PARAGRAPH}\r\nخاتمة.")
    assert run()[0] == 0
    write_source(place, PARAGRAPH.replace(" قصفت", "\nقصفت"))
    assert run()[0] == 3


def test_line_outside_text_is_no_paragraph(run, place):
    place.corpus_file.write_text(f"<TITLE>\n{PARAGRAPH}\n</TITLE><TEXT>\n</TEXT>", encoding="utf-8")
    assert run()[0] == 3


# What is missing.


@pytest.mark.parametrize("source", ["folder", "table"])
def test_changed_paragraph_and_missing_file_are_told_apart(run, place, source):
    write_records(place, [RECORD, {**RECORD, "id": "x2", "file": "Outlet/news/b.txt"}])
    write_source(place, PARAGRAPH.replace("فجر", "مساء"))
    code, said = run(getattr(place, source))
    assert code == 3 and "rehydrate: 2 left out:\n" in said.err
    assert f"x1 ({FILE}): the paragraph is not in the corpus file; its text has changed\n" in said.err
    assert "x2 (Outlet/news/b.txt): the corpus file is not there\n" in said.err


def test_rest_is_written_where_some_is_left_out(run, place):
    write_records(place, [OTHER, RECORD])
    code, said = run()
    assert code == 3 and [sentence.id for sentence in read_sentences(place.output)] == ["x1"]
    assert said.out == f"1 of 2 sentences written to {place.output}, 1 left out\n"


@pytest.mark.parametrize("source", ["folder", "table"])
def test_nothing_is_written_where_nothing_is_found(run, place, source):
    place.output.write_text("what was there", encoding="utf-8")
    write_records(place, [OTHER, {**OTHER, "id": "x3", "paragraph_sha256": "0" * 64}])
    source = getattr(place, source)
    code, said = run(source)
    assert code == 3 and place.output.read_text(encoding="utf-8") == "what was there" and not said.out
    assert f"rehydrate: none of the 2 paragraphs is under {source}; nothing is written\n" in said.err
    assert run(source, output=place.root / "new/out.jsonl")[0] == 3 and not (place.root / "new").exists()


def test_ten_missing_items_are_named(run, place):
    write_records(place, [{**OTHER, "id": f"x{i}"} for i in range(13)])
    _, said = run()
    assert said.err.count("the corpus file is not there") == 10 and "\n... and 3 more\n" in said.err


@pytest.mark.parametrize("change", [{"offset": 16}, {"length": len(SENTENCE) + 1}, {"sentence_sha256": "0" * 64}])
def test_sentence_that_is_not_at_its_place_is_left_out(run, place, change):
    write_records(place, [{**RECORD, **change}])
    code, said = run()
    assert code == 3 and "the sentence is not at its place in the paragraph" in said.err
    assert "rehydrate: no sentence is under" in said.err and not place.output.exists()


def test_corpus_file_that_is_not_utf8_is_named_and_the_rest_written(run, place):
    place.corpus_file.write_bytes(place.corpus_file.read_bytes() + b"\xe3\xe6")
    other = "نص آخر لخبر قصير."
    place.corpus_file.with_name("b.txt").write_text(f"<TEXT>{other}</TEXT>", encoding="utf-8")
    digest = rehydrate.sha256(other)
    sound = {**OTHER, "paragraph_sha256": digest, "offset": 0, "length": len(other), "sentence_sha256": digest}
    write_records(place, [RECORD, {**sound, "events": []}])
    code, said = run()
    assert code == 3 and [sentence.text for sentence in read_sentences(place.output)] == [other]
    assert f"x1 ({FILE}): the corpus file is not UTF-8 (invalid continuation byte at byte " in said.err


# Nothing outside the source is read.


@pytest.mark.parametrize("kind", ["dots", "absolute", "link to a file", "link to a folder", "link in a circle"])
def test_file_outside_the_source_is_not_read(run, place, kind):
    outside = place.root / "outside"
    outside.mkdir()
    shutil.move(place.corpus_file, outside / "a.txt")
    name = {"dots": "../outside/a.txt", "absolute": str(outside / "a.txt"), "link to a folder": "link/a.txt"}
    write_records(place, [{**RECORD, "file": name.get(kind, FILE)}])
    if kind == "link to a file":
        place.corpus_file.symlink_to(outside / "a.txt")
    elif kind == "link to a folder":
        (place.folder / "link").symlink_to(outside)
    elif kind == "link in a circle":
        place.corpus_file.symlink_to(place.corpus_file)
    code, said = run()
    assert code == 3 and "the corpus file is not there" in said.err and not place.output.exists()


def test_link_within_the_source_is_read(run, place):
    shutil.move(place.corpus_file, place.folder / "elsewhere.txt")
    place.corpus_file.symlink_to(place.folder / "elsewhere.txt")
    assert run()[0] == 0


# The output overwrites no input.


@pytest.mark.parametrize("kind", ["table", "annotations", "corpus_file", "link", "dots"])
def test_output_that_is_an_input_is_refused(run, place, kind):
    output = {"link": place.root / "link", "dots": place.root / "new/../annotations.jsonl"}.get(kind)
    if kind == "link":
        output.symlink_to(place.annotations)
    inputs = {path: path.read_bytes() for path in (place.table, place.annotations, place.corpus_file)}
    source = place.table if kind == "table" else place.folder
    code, said = run(source, output=output or getattr(place, kind))
    assert code == 2 and "is also an input" in said.err
    assert all(path.read_bytes() == content for path, content in inputs.items())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("corpus", "it is a folder; name a file in it"),
        ("news.tsv/out.jsonl", "news.tsv is a file, not a folder"),
        ("news.tsv/new/out.jsonl", "news.tsv is a file, not a folder"),
        ("/", "it is a folder; name a file in it"),
    ],
)
def test_output_that_cannot_be_made_is_refused(run, place, name, message):
    code, said = run(output=place.root / name)
    assert code == 2 and "cannot write" in said.err and message in said.err


# Bad input.


def test_source_that_is_not_there_is_an_error(run, place):
    code, said = run(place.root / "nowhere")
    assert code == 2 and "no folder or file" in said.err and "--source" in said.err


@pytest.mark.parametrize("kind", ["truncated", "no xz", "empty"])
def test_damaged_table_is_an_error(run, place, kind):
    packed = lzma.compress(place.table.read_bytes())
    path = place.root / "news.tsv.xz"
    path.write_bytes({"truncated": packed[:-10], "no xz": place.table.read_bytes(), "empty": b""}[kind])
    code, said = run(path)
    assert code == 2 and said.err.startswith(f"rehydrate: cannot read {path}: ") and not place.output.exists()


def test_table_that_is_not_utf8_is_an_error(run, place):
    place.table.write_bytes(place.table.read_bytes() + PARAGRAPH.encode("windows-1256"))
    code, said = run(place.table)
    assert code == 2 and f"{place.table}:2 is not UTF-8" in said.err and not place.output.exists()


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_empty_annotations_are_an_error(run, place, text):
    place.annotations.write_text(text, encoding="utf-8")
    code, said = run()
    assert code == 2 and f"{place.annotations}: no annotations in the file" in said.err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not valid JSON"),
        ("[]", "expected a JSON object"),
        ({**RECORD, "text": SENTENCE}, "the record: expected an object with the keys id, "),
        (RECORD, "id 'x1' stands on line 1 already"),
        ({**OTHER, "offset": "17"}, "the record: 'offset' must be a whole number, got '17'"),
        ({**OTHER, "offset": True}, "the record: 'offset' must be a whole number, got True"),
        ({**OTHER, "offset": -1}, "no place in a paragraph: offset=-1"),
        ({**OTHER, "length": 0}, "no place in a paragraph: offset=17, length=0"),
        ({**OTHER, "length": 10**12}, "no place in a paragraph"),
        ({**OTHER, "file": "a\0.txt"}, "'file' must be text that a file name can hold, got 'a\\x00.txt'"),
        ({**OTHER, "file": ""}, "'file' must be text that a file name can hold"),
        ({**OTHER, "id": "\ud800"}, "'id' must be text"),
        ({**OTHER, "id": None}, "the record: 'id' must be text, got None"),
        ({**OTHER, "paragraph_sha256": "ABC"}, "'paragraph_sha256' must be a SHA-256"),
        ({**OTHER, "events": {}}, "the record: 'events' must be a list"),
        ({**OTHER, "events": [3]}, "events[0]: expected an object with the keys type, start, end, "),
        ({**with_event(trigger="قصفت"), "id": "x2"}, "events[0]: expected an object with the keys"),
        ({**with_event(end=500), "id": "x2"}, "events[0]: start=0, end=500 is no span"),
        ({**with_event(start=4), "id": "x2"}, "events[0]: start=4, end=4 is no span"),
        ({**with_event(start=-1), "id": "x2"}, "events[0]: start=-1, end=4 is no span"),
        ({**with_event(start=0.0), "id": "x2"}, "events[0]: 'start' must be a whole number, got 0.0"),
        ({**with_event(arguments=None), "id": "x2"}, "events[0]: 'arguments' must be a list, got None"),
        ({**with_argument(end=500), "id": "x2"}, "events[0].arguments[0]: start=14, end=500 is no span"),
        ({**with_argument(role=3), "id": "x2"}, "events[0].arguments[0]: 'role' must be text, got 3"),
        ({**with_argument(role="Targt"), "id": "x2"}, "unknown role 'Targt'"),
        ({**with_event(type="Attack.Shell"), "id": "x2"}, "unknown event type 'Attack.Shell'"),
        ({**with_event(realis="Real"), "id": "x2"}, "unknown realis value 'Real'"),
        ({**OTHER, "events": [EVENT, EVENT]}, "two Attack.Shelling events on one trigger"),
    ],
)
def test_record_at_fault_is_named_with_file_and_line(run, place, line, message):
    text = line if isinstance(line, str) else json.dumps(line)
    place.annotations.write_text(f"{json.dumps(RECORD)}\n\n{text}\n", encoding="utf-8")
    code, said = run()
    assert code == 2 and said.err.startswith(f"rehydrate: {place.annotations}:3: ") and message in said.err
    assert not place.output.exists()


@pytest.mark.parametrize("key", RECORD)
def test_record_without_a_key_is_an_error(run, place, key):
    write_records(place, [{name: value for name, value in RECORD.items() if name != key}])
    code, said = run()
    assert code == 2 and f"{place.annotations}:1: the record: expected an object with the keys" in said.err


def test_every_fault_is_told_at_once(run, place):
    write_records(place, [{**RECORD, "offset": None}, RECORD, RECORD])
    code, said = run()
    assert code == 2 and said.err.count(str(place.annotations)) == 2


# What the repository holds.


def test_shipped_annotations_hold_no_word_of_the_texts():
    path = rehydrate.ROOT / "data/conflict_real/annotations.jsonl"
    text = path.read_text(encoding="utf-8")
    assert text.isascii() and "\\u" not in text
    ontology = Ontology.load("conflict")
    records = [json.loads(line) for line in text.splitlines()]
    assert len(records) == len({record["id"] for record in records}) == 1200
    for record in records:
        check_shape(record, RECORD)
        assert re.fullmatch(r"ant-\d{4}", record["id"])
        assert re.fullmatch(r"\w+/\w+/[A-Z]{2,3}-\w+-\d+-\d{8}\.txt", record["file"])
        assert all(re.fullmatch("[0-9a-f]{64}", record[key]) for key in ("paragraph_sha256", "sentence_sha256"))
        assert record["offset"] >= 0 and record["length"] > 0
        for event in record["events"]:
            check_shape(event, EVENT)
            for argument in event["arguments"]:
                check_shape(argument, ARGUMENT)
            for span in (event, *event["arguments"]):
                assert 0 <= span["start"] < span["end"] <= record["length"]
            roles = tuple(argument["role"] for argument in event["arguments"])
            ontology.check_event(event["type"], roles, event["realis"])


def check_shape(item, model):
    """The same keys as the model, and values of its kinds: there is no room for a text."""
    assert {key: type(value) for key, value in item.items()} == {key: type(value) for key, value in model.items()}


def test_texts_beside_the_annotations_are_ignored_by_git():
    if not (rehydrate.ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a checkout, or no git")
    names = ["train.jsonl", "news.tsv.xz", "texts/a.txt", "README.md", "annotations.jsonl"]
    command = ["git", "-C", str(rehydrate.ROOT), "check-ignore", "--no-index"]
    run = subprocess.run([*command, *(f"data/conflict_real/{name}" for name in names)], capture_output=True, text=True)
    assert run.stdout.split() == [f"data/conflict_real/{name}" for name in names[:3]]

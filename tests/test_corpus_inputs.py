"""What a corpus run reads: which files, in which order, under which ids, and from any record on."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from corpus_lines import write

from rasd.errors import ConfigError, ReadError
from rasd.inference.corpus_inputs import Position, find_corpus, read_corpus
from rasd.inputs import InputOptions, Reject


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("نص", encoding="utf-8")


def find(*paths, output="out", **options):
    return find_corpus([str(path) for path in paths], InputOptions(**options), output=Path(output))


def places(inputs):
    return [file.place for file in inputs.files]


def test_folder_is_read_in_one_order_without_what_is_hidden(tmp_path):
    make(tmp_path, "b/2.txt", "b/10.TXT", "a.txt", "c.txt", "b/a/x.txt", ".git/x.txt", ".hidden.txt", "b/.x/y.txt")
    make(tmp_path, "b/readme.md", "noending")
    inputs = find(tmp_path)
    assert places(inputs) == ["a.txt", "c.txt", "b/10.TXT", "b/2.txt", "b/a/x.txt"]
    assert inputs.skipped == {
        str(tmp_path / "noending"): "of unknown ending ''",
        str(tmp_path / "b/readme.md"): "of unknown ending '.md'",
    }


def test_format_that_is_said_holds_for_every_file(tmp_path):
    make(tmp_path, "a.md", "b")
    assert [file.format for file in find(tmp_path, format="txt").files] == ["txt", "txt"]


def test_links_in_a_folder_are_not_followed(tmp_path):
    make(tmp_path, "in/a.txt", "out/secret.txt")
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "out" / "secret.txt")
    (tmp_path / "in" / "folder").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "door").symlink_to(tmp_path / "in")
    for folder in (tmp_path / "in", tmp_path / "door"):
        inputs = find(folder)
        assert places(inputs) == ["a.txt"]
        assert inputs.skipped == {str(folder / name): "a symbolic link" for name in ("link.txt", "folder", "loop")}


def test_same_names_in_several_folders_are_told_apart(tmp_path):
    make(tmp_path, "x/a.txt", "y/a.txt", "y/z/a.txt")
    assert places(find(tmp_path / "x", tmp_path / "y")) == ["x/a.txt", "y/a.txt", "y/z/a.txt"]
    assert places(find(tmp_path / "y")) == ["a.txt", "z/a.txt"]
    assert places(find(tmp_path / "x" / "a.txt", tmp_path / "y" / "a.txt")) == ["x/a.txt", "y/a.txt"]


def test_file_that_is_named_twice_is_read_once(tmp_path):
    make(tmp_path, "x/a.txt", "x/b.txt")
    assert places(find(tmp_path / "x" / "b.txt", tmp_path / "x", tmp_path / "x" / ".." / "x")) == ["b.txt", "a.txt"]


def test_output_within_an_input_is_not_read(tmp_path):
    make(tmp_path, "a.txt", "out/part.txt", "b/out/c.txt")
    assert places(find(tmp_path, output=tmp_path / "out")) == ["a.txt", "b/out/c.txt"]


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_name_that_is_not_utf8_gives_an_id_that_is(tmp_path):
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xe3.txt")).write_text("نص", encoding="utf-8")
    except OSError:
        pytest.skip("the file system takes UTF-8 names alone")
    assert places(find(tmp_path)) == ["\\udce3.txt"]


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.jsonl", {"is_lined": True}, "--lines is for txt, and no input is txt"),
        ("a.txt", {"date_field": "day"}, "all inputs are txt and have no fields such as 'day'"),
        ("a.jsonl", {"keep_fields": ("input",)}, "would both be called 'input'"),
    ],
)
def test_option_that_concerns_no_input_is_refused(tmp_path, name, options, message):
    make(tmp_path, name)
    with pytest.raises(ConfigError, match=message):
        find(tmp_path, **options)


def test_what_cannot_be_read_again_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"x")))
    with pytest.raises(ReadError, match="standard input cannot be read again when a run goes on"):
        find("-")
    with pytest.raises(ReadError, match="/dev/null cannot be read again"):
        find("/dev/null")
    with pytest.raises(ReadError, match=r"no file '.*none\.txt'"):
        find(tmp_path / "none.txt")


@pytest.fixture
def mixed(tmp_path):
    make(tmp_path, "a.txt", "z.txt")
    write(tmp_path / "b.jsonl", {"text": "١"}, {"text": 2}, {"id": "ج", "text": "٣"})
    (tmp_path / "c.csv").write_text("text,id\nأول,1\nناقص\nثان,\n", encoding="utf-8")
    (tmp_path / "d.csv").write_text("نص\nأول\n", encoding="utf-8")
    (tmp_path / "e.jsonl").write_bytes(
        '{"text": "قبل"}\n\n{"text": "\xe3"}\n{"text": "بعد"}\n'.encode("latin-1", "replace")
    )
    (tmp_path / "f.txt").write_bytes("نص".encode("utf-16"))
    return find(tmp_path)


def describe(record):
    item = record.record.item
    return (record.place, None if isinstance(item, Reject) else item.text, record.end)


def test_records_of_all_formats_come_with_ids_and_faults(mixed):
    records = list(read_corpus(mixed, InputOptions(), Position()))
    rejects = {item.place: item.record.item.reason for item in records if isinstance(item.record.item, Reject)}
    assert [item.place for item in records] == [
        "a.txt",
        *(f"b.jsonl:{i}" for i in (1, 2, 3)),
        *(f"c.csv:{i}" for i in (2, 3, 4)),
        "d.csv:1",
        *(f"e.jsonl:{i}" for i in (1, 3, 4)),
        "f.txt",
        "z.txt",
    ]
    assert list(rejects) == ["b.jsonl:2", "c.csv:3", "d.csv:1", "e.jsonl:3", "f.txt"]
    assert "no column 'text'" in rejects["d.csv:1"] and "not UTF-8 but UTF-16" in rejects["f.txt"]
    assert "not UTF-8 (byte 0xe3)" in rejects["e.jsonl:3"]
    documents = {item.place: item.record.item for item in records if item.place not in rejects}
    assert documents["b.jsonl:3"].id == "ج" and documents["b.jsonl:3"].meta == {"input": "b.jsonl:3"}
    assert documents["c.csv:4"].id == "c.csv:4" and documents["c.csv:4"].meta == {}


def test_reading_goes_on_from_any_record(mixed):
    records = list(read_corpus(mixed, InputOptions(), Position()))
    for i, record in enumerate(records, 1):
        rest = read_corpus(mixed, InputOptions(), record.end)
        assert [describe(item) for item in rest] == [describe(item) for item in records[i:]]


def test_file_that_is_gone_is_one_reject(mixed, tmp_path):
    (tmp_path / "a.txt").unlink()
    first = next(read_corpus(mixed, InputOptions(), Position()))
    assert first.record.item.reason == "cannot be read: No such file or directory" and first.end == Position(1, 0)

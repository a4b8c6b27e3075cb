"""A corpus run: every document once, whatever ends the run and however often."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from corpus_lines import read, shards_of, write
from stub_engine import StubEngine

from rasd import inputs as reading
from rasd.errors import ConfigError, OutputError, ReadError
from rasd.events import Document
from rasd.inference import corpus, pools
from rasd.inputs import InputOptions
from rasd.values.add import ValueReader


class Killed(BaseException):
    """Ends a run where it stands."""


def documents_of(folder):
    return [Document.from_dict(item) for path in sorted(folder.glob("part-*.jsonl")) for item in read(path)]


def test_every_record_is_a_document_or_a_reject(run, tmp_path, inputs):
    report, _ = run()
    documents, rejects = documents_of(tmp_path / "out"), read(tmp_path / "out" / "rejects.jsonl")
    assert (report.documents, report.rejects, report.shards, report.is_complete) == (10, 3, 5, True)
    assert [document.id for document in documents] == [
        *(f"{i}.txt" for i in range(4)),
        "b/0.txt",
        *(f"b/c.jsonl:{i}" for i in range(1, 5)),
        "0",
    ]
    assert documents[-1].meta == {"input": "b/c.jsonl:6"} and documents[0].meta == {}
    assert documents[0].text == (inputs / "0.txt").read_text(encoding="utf-8")
    assert report.sentences == sum(len(document.sentences) for document in documents) == report.events
    assert [(Path(item["path"]).name, item["line"]) for item in rejects] == [
        ("bad.txt", 1),
        ("c.jsonl", 5),
        ("c.jsonl", 7),
    ]
    assert "not UTF-8 (byte 0xce); convert it" in rejects[0]["reason"]
    assert rejects[2]["reason"] == "cannot be predicted: RuntimeError: poisoned"
    assert report.skipped == {str(inputs / "notes.pdf"): "of unknown ending '.pdf'"}
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["report"]["documents"] == 10 and record["inputs"]["b/0.txt"]["size"] == 14
    states = [json.loads(path.read_text()) for path in sorted((tmp_path / "out" / "state").iterdir())]
    assert [(state["first"], state["last"]) for state in states[:2]] == [("0.txt", "2.txt"), ("3.txt", "b/bad.txt")]


def test_poisoned_document_takes_no_other_with_it(run, tmp_path, monkeypatch):
    alone, _ = run("alone", shard_documents=100)
    monkeypatch.setattr(pools, "POOL_SENTENCES", 4)
    small, _ = run("small", shard_documents=100)
    assert documents_of(tmp_path / "alone") == documents_of(tmp_path / "small")
    assert alone.documents == small.documents == 10


def test_text_that_cannot_be_split_is_rejected_alone(run, tmp_path, monkeypatch):
    split = pools.split_sentences

    def split_or_fail(text):
        if text == "خبر آخر.":
            raise RecursionError("too deep")
        return split(text)

    run("straight")
    monkeypatch.setattr(pools, "split_sentences", split_or_fail)
    assert run()[0].documents == 9
    straight, found = documents_of(tmp_path / "straight"), documents_of(tmp_path / "out")
    assert found == [document for document in straight if document.id != "b/0.txt"]
    reasons = [item["reason"] for item in read(tmp_path / "out" / "rejects.jsonl")]
    assert "cannot be predicted: RecursionError: too deep" in reasons


def test_run_stops_where_nothing_can_be_predicted_any_more(run, tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise RuntimeError("the device is gone")

    engine = StubEngine()
    monkeypatch.setattr(engine, "run", fail)
    with pytest.raises(RuntimeError, match="the device is gone"):
        run(engine=engine)
    assert shards_of(tmp_path / "out") == {} and run()[0].documents == 10


def survives(run, monkeypatch, limit):
    """Run, but end as a kill would before or after a file is made whole, when that happens the nth time."""
    left = limit
    replace = Path.replace

    def step():
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed

    def replace_and_step(path, target):
        replace(path, target)
        step()

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda number: step())
        patch.setattr(Path, "replace", replace_and_step)
        patch.setattr(Path, "unlink", lambda path, missing_ok=False: None)  # a killed process cleans nothing up
        try:
            run()
        except Killed:
            return False
    return True


def test_run_killed_at_any_file_goes_on_to_the_same_shards(run, tmp_path, monkeypatch):
    run("straight", shard_documents=5)
    straight = shards_of(tmp_path / "straight")
    for limit in range(100):
        killed = partial(run, f"killed{limit}", shard_documents=5)
        if survives(killed, monkeypatch, limit):
            break
        report, _ = killed()
        output = tmp_path / f"killed{limit}"
        assert shards_of(output) == straight and report.documents == 10 and report.is_complete
        assert read(output / "rejects.jsonl") == read(tmp_path / "straight" / "rejects.jsonl")
        assert not list(output.rglob("*.part"))
    assert limit > 15


def test_run_killed_again_and_again_ends(run, tmp_path, monkeypatch):
    run("straight")
    num_runs = 1
    while not survives(run, monkeypatch, 4):
        num_runs += 1
    assert num_runs > 3 and shards_of(tmp_path / "out") == shards_of(tmp_path / "straight")


def test_document_whose_values_cannot_be_read_is_rejected_alone(run, tmp_path, monkeypatch):
    add = ValueReader.add

    def add_or_fail(reader, document):
        if document.id == "2.txt":
            raise IndexError("list index out of range")
        return add(reader, document)

    run("straight", values=(None, None))
    monkeypatch.setattr(ValueReader, "add", add_or_fail)
    report, _ = run(values=(None, None))
    assert (report.documents, report.rejects, report.is_complete) == (9, 4, True)
    straight, found = documents_of(tmp_path / "straight"), documents_of(tmp_path / "out")
    assert found == [document for document in straight if document.id != "2.txt"]
    reasons = [item["reason"] for item in read(tmp_path / "out" / "rejects.jsonl")]
    assert "its values cannot be read: IndexError: list index out of range" in reasons


def test_fault_of_the_gazetteer_ends_the_run_and_rejects_nothing(run, tmp_path, monkeypatch):
    def fail(reader, document):
        raise ReadError("the gazetteer is damaged")

    monkeypatch.setattr(ValueReader, "add", fail)
    with pytest.raises(ReadError, match="gazetteer"):
        run(values=(None, None))
    assert shards_of(tmp_path / "out") == {}


def test_gaps_in_a_large_file_are_filled_in_one_reading(run, tmp_path, monkeypatch):
    path, num_lines = tmp_path / "large.jsonl", 60
    write(path, *({"text": f"سطر رقم {i}."} for i in range(num_lines)), {"text": 3})
    run(paths=[path], worker=(0, 2))
    num_read = 0

    def count(file):
        nonlocal num_read
        for item in read_lines(file):
            num_read += 1
            yield item

    read_lines = reading.read_lines
    monkeypatch.setattr(reading, "read_lines", count)
    report, _ = run(paths=[path])
    assert (report.documents, report.rejects, report.is_complete) == (num_lines, 1, True)
    assert num_read == num_lines + 1
    run("straight", paths=[path])
    assert shards_of(tmp_path / "out") == shards_of(tmp_path / "straight")


def test_any_gaps_are_filled(run, tmp_path, inputs):
    report, _ = run("straight", shard_documents=1)
    wanted = shards_of(tmp_path / "straight")
    run(shard_documents=1)
    for seed in range(12):
        for number in random.Random(seed).sample(range(report.shards), 1 + seed % report.shards):
            (tmp_path / "out" / f"part-{number:05d}.jsonl").unlink()
        found, _ = run(shard_documents=1)
        assert found == replace(report, seconds=found.seconds, sentences_per_second=found.sentences_per_second)
        assert shards_of(tmp_path / "out") == wanted


def test_whole_shards_are_not_predicted_again(run, tmp_path, monkeypatch):
    survives(run, monkeypatch, 10)
    done = {sentence.text for document in documents_of(tmp_path / "out") for sentence in document.sentences}
    report, engine = run()
    predicted = {sentence.text for part in engine.encoded for sentence in part}
    assert len(done) > 3 and "خبر رقم 0." in done and "خبر رقم 0." not in predicted and report.documents == 10


def test_run_that_is_done_loads_nothing_and_reports_again(run):
    first, _ = run()
    again, engine = run()
    assert again == first and engine.encoded == []


@pytest.mark.parametrize("content", ["{}", '{"rejected": []}', '{"rejected": [], "end": 3}', "{"])
def test_state_that_is_none_is_named(run, tmp_path, content):
    run("out")
    path = tmp_path / "out" / "state" / "00000.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match=r"00000\.json is .*; remove it, and .* is done again"):
        run("out")
    path.unlink()
    assert run("out")[0].is_complete


def test_shard_that_was_lost_is_done_again(run, tmp_path):
    run()
    straight = shards_of(tmp_path / "out")
    (tmp_path / "out" / "part-00001.jsonl").unlink()
    (tmp_path / "out" / "part-00003.jsonl").write_text("")
    report, engine = run()
    assert shards_of(tmp_path / "out") == straight and report.documents == 10
    assert "خبر رقم 0." not in {sentence.text for part in engine.encoded for sentence in part}


@pytest.mark.parametrize("output_format", ["jsonl", "parquet"])
def test_full_disk_leaves_whole_shards_and_the_way_on(run, tmp_path, monkeypatch, output_format):
    if output_format == "parquet":
        pytest.importorskip("pyarrow")
    num_calls = 0
    settle = corpus._settle

    def fill(item, outcomes, reader):
        nonlocal num_calls
        num_calls += 1
        if num_calls == 8:
            raise OSError(28, "No space left on device")
        return settle(item, outcomes, reader)

    with monkeypatch.context() as patch:
        patch.setattr(corpus, "_settle", fill)
        with pytest.raises(OutputError, match=r"cannot write .*part-00002\.\w+: No space left .* the same command"):
            run(output_format=output_format)
    whole = shards_of(tmp_path / "out")
    assert len(whole) == 2 and not list((tmp_path / "out").glob(".*.part"))
    assert run(output_format=output_format)[0].documents == 10
    assert shards_of(tmp_path / "out").items() >= whole.items()


def test_field_that_no_record_has_is_told_once(run, caplog, inputs):
    run(reading=InputOptions(keep_fields=("palce",)))
    assert [record.getMessage() for record in caplog.records] == ["no record that was read has the field 'palce'"]


def test_nothing_to_read_is_an_error(run, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "a.doc").write_text("x")
    with pytest.raises(ReadError, match=r"no file to read in .*; files end in \.txt, .*a\.doc is of unknown"):
        run(paths=[tmp_path / "empty"])
    assert not (tmp_path / "out").exists()


def test_records_without_any_document_give_a_whole_run(run, tmp_path):
    report, engine = run(paths=[write(tmp_path / "a.jsonl", *[{"text": i} for i in range(7)])])
    assert (report.documents, report.rejects, report.shards) == (0, 7, 3) and engine.encoded == [[]] * 3
    assert set(shards_of(tmp_path / "out").values()) == {b""}

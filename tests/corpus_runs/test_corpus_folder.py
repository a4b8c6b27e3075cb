"""The folder of a corpus run: one run in it, the same one, by one process or by several workers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from corpus_lines import shards_of

from rasd.errors import ConfigError
from rasd.inference.corpus import CorpusOptions
from rasd.inference.manifest import RunFolder, describe_run
from rasd.inputs import InputOptions


def change(path):
    path.write_text("غيره", encoding="utf-8")


@pytest.mark.parametrize(
    ("edit", "options", "message"),
    [
        (lambda folder: change(folder / "0.txt"), {}, "inputs: changed: 0.txt"),
        (lambda folder: (folder / "b" / "0.txt").unlink(), {}, "inputs: no longer there: b/0.txt"),
        (lambda folder: change(folder / "9.txt"), {}, "inputs: not there before: 9.txt"),
        (lambda folder: change(folder.parent / "model" / "config.json"), {}, "model: .* which differ in config.json"),
        (lambda folder: None, {"min_score": 0.5}, "--min-score: it was begun with 0.0, now 0.5"),
        (lambda folder: None, {"reading": InputOptions(is_lined=True)}, "--lines: it was begun with False, now True"),
        (lambda folder: None, {"backend": "onnx"}, "--backend: it was begun with 'torch', now 'onnx'"),
        (lambda folder: None, {"dtype": "bf16"}, "--dtype: it was begun with 'fp32', now 'bf16'"),
        (lambda folder: None, {"output_format": "parquet"}, "--output-format: it was begun with 'jsonl'"),
    ],
)
def test_another_run_is_refused_in_the_same_folder(run, tmp_path, inputs, edit, options, message):
    if options.get("output_format") == "parquet":
        pytest.importorskip("pyarrow")
    run()
    straight = shards_of(tmp_path / "out")
    edit(inputs)
    with pytest.raises(ConfigError, match=f"holds another run:\n  {message}(.|\n)*name another folder for a new run"):
        run(**options)
    assert shards_of(tmp_path / "out") == straight


def test_the_model_is_what_its_backend_reads(tmp_path):
    (tmp_path / "onnx").mkdir()
    for name in ("config.json", "model.safetensors", "onnx/encode.onnx", "run.json"):
        (tmp_path / name).write_text(name)
    run = {
        backend: describe_run("model", tmp_path, {}, CorpusOptions(backend=backend).describe())
        for backend in ("torch", "onnx")
    }
    assert list(run["torch"]["model"]["sha256"]) == ["config.json", "model.safetensors"]
    assert list(run["onnx"]["model"]["sha256"]) == ["config.json", "onnx/encode.onnx"]


def test_another_version_is_refused(run, monkeypatch):
    run()
    monkeypatch.setattr("rasd.inference.manifest.__version__", "9.9")
    with pytest.raises(ConfigError, match=r"rasd: it was begun with version .*, this is 9\.9"):
        run()


@pytest.mark.parametrize("name", ["events.jsonl", "run.json"])
def test_folder_of_something_else_is_left_alone(run, tmp_path, name):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text("{}")
    with pytest.raises(ConfigError, match="name a new or an empty folder"):
        run()
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]


def test_second_run_in_a_folder_is_refused_while_one_writes(run, tmp_path):
    pytest.importorskip("fcntl")
    run()
    description = json.loads((tmp_path / "out" / "run.json").read_text())
    with RunFolder(tmp_path / "out", "jsonl").enter(description):
        with pytest.raises(ConfigError, match=r"another run is writing into .*; wait for its end"):
            run()
        with pytest.raises(ConfigError, match="another run is writing"):
            run(worker=(0, 2))
    with RunFolder(tmp_path / "out", "jsonl").enter(description, "worker-0-of-2"):
        with pytest.raises(ConfigError, match="another run is writing"):
            run()
        with pytest.raises(ConfigError, match="another run is writing"):
            run(worker=(0, 2))
        run(worker=(1, 2))


def test_workers_share_a_run(run, tmp_path):
    run("straight")
    first, _ = run(worker=(1, 2))
    assert not first.is_complete and list(shards_of(tmp_path / "out")) == ["part-00001.jsonl", "part-00003.jsonl"]
    assert not (tmp_path / "out" / "rejects.jsonl").exists()
    last, _ = run(worker=(0, 2))
    assert last.is_complete and last.documents == 10 and shards_of(tmp_path / "out") == shards_of(tmp_path / "straight")
    assert run()[1].encoded == []


def test_workers_may_begin_a_run_at_the_same_moment(run, tmp_path, monkeypatch):
    run("straight")
    exists = Path.exists
    has_begun = False

    def exists_before_the_other_begins(path):
        nonlocal has_begun
        if path.name != "run.json" or has_begun:
            return exists(path)
        has_begun = True
        was_there = exists(path)
        run(worker=(1, 2))
        return was_there

    monkeypatch.setattr(Path, "exists", exists_before_the_other_begins)
    report, _ = run(worker=(0, 2))
    assert report.is_complete and shards_of(tmp_path / "out") == shards_of(tmp_path / "straight")

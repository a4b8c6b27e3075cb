"""`rasd predict` on folders: shards, report and exit code, what it refuses, and real kills."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import SENTENCES
from corpus_lines import TEXT, read, write
from onnx_graphs import write_empty_export

from rasd.inference.loading import load_config
from rasd.inference.onnx_backend import fingerprint

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def predict(run, tiny_checkpoint):
    return lambda *rest: run("predict", "--model", tiny_checkpoint, "--device", "cpu", *rest)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    for i, text in enumerate(SENTENCES):
        (folder / f"{i}.txt").write_text(text, encoding="utf-8")
    write(folder / "sub" / "more.jsonl", {"text": TEXT}, {"text": 1}, {"text": " ".join(SENTENCES)})
    return folder


def documents_of(output):
    return [record for path in sorted(Path(output).glob("part-*.jsonl")) for record in read(path)]


def test_folder_becomes_shards_and_a_report(predict, folder, tmp_path):
    (folder / "photo.jpg").write_bytes(b"\xff")
    code, out, err = predict("--input", folder, "--output", tmp_path / "out", "--shard-documents", 4)
    documents = documents_of(tmp_path / "out")
    assert (code, out) == (3, "") and len(list((tmp_path / "out").glob("part-*"))) == 2
    num_sentences = sum(len(item["sentences"]) for item in documents)
    num_events = sum(len(sentence["events"]) for item in documents for sentence in item["sentences"])
    assert num_events and err.splitlines()[0] == (
        f"rasd predict: 5 documents, {num_sentences} sentences, {num_events} events in {tmp_path / 'out'}"
    )
    assert "sentences a second" in err.splitlines()[1]
    assert err.splitlines()[2:] == [
        f"rasd predict: 1 records rejected: {tmp_path / 'out' / 'rejects.jsonl'}",
        "rasd predict: 1 files skipped:",
        f"rasd predict:   {folder / 'photo.jpg'} is of unknown ending '.jpg'",
    ]
    assert predict("--input", folder, "--output", tmp_path / "out", "--shard-documents", 4)[::2] == (code, err)


def test_folder_gives_what_its_files_give(predict, folder, tmp_path):
    paths = [folder / f"{i}.txt" for i in range(3)]
    out = predict("--input", *paths, folder / "sub" / "more.jsonl")[1]
    assert predict("--input", folder, "--output", f"{tmp_path}/new/folder/")[0] == 3
    alone, shared = [json.loads(line) for line in out.splitlines()], documents_of(tmp_path / "new" / "folder")
    assert [item["id"] for item in shared] == ["0.txt", "1.txt", "2.txt", "sub/more.jsonl:1", "sub/more.jsonl:3"]
    assert [item | {"id": ""} for item in shared] == [item | {"id": ""} for item in alone]


def test_parquet_holds_the_same_documents(predict, run, folder, tmp_path):
    pytest.importorskip("pyarrow")
    from rasd.formats.parquet import read_documents

    predict("--input", folder, "--output", tmp_path / "lines")
    assert predict("--input", folder, "--output", tmp_path / "rows", "--output-format", "parquet")[0] == 3
    shard = tmp_path / "rows" / "part-00000.parquet"
    assert [item.to_dict() for item in read_documents(shard)] == documents_of(tmp_path / "lines")
    assert run("show", shard) == run("show", tmp_path / "lines" / "part-00000.jsonl")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "in"], "in: a folder is predicted into a folder; name one: --output DIR/"),
        (["--input", "in", "--output", "file"], "cannot write file: it is a file, and a folder is predicted into a"),
        (
            ["--input", "in", "--output", "out", "--rejects", "r"],
            "--rejects goes with one output file; a corpus run has",
        ),
        (["--input", "in", "none", "--output", "out"], "no file 'none'"),
        (["--output", "out/"], "standard input cannot be read again when a run goes on; save it as a file"),
        (["--input", "file", "--worker", "0/2"], "--worker goes with a folder to write into: --output DIR/"),
        (["--input", "file", "--shard-documents", "2"], "--shard-documents goes with a folder to write into"),
        (["--input", "in", "--output", "out", "--device", "tpu"], "unknown device 'tpu'"),
    ],
)
def test_what_cannot_work_is_refused(predict, folder, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("x")
    code, out, err = predict(*arguments)
    assert (code, out) == (2, "") and err.startswith(f"rasd predict: {message}") and err.count("\n") == 1


def test_without_pyarrow_the_parquet_among_the_inputs_is_named(predict, folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (folder / "stray.parquet").write_bytes(b"PAR1")
    code, out, err = predict("--input", folder, "--output", tmp_path / "out")
    assert (code, out) == (2, "") and not (tmp_path / "out").exists()
    assert "stray.parquet is Parquet, among the inputs" in err and "pip install pyarrow, or move it away" in err


@pytest.mark.parametrize("value", ["2/2", "1", "-1/2", "a/b", "0/0"])
def test_worker_must_be_one_of_several(predict, value):
    code, _, err = predict("--output", "out/", f"--worker={value}")
    assert code == 2 and f"expected I/N with I from 0 to N-1, such as 0/4, got {value!r}" in err


def test_interrupt_says_that_the_command_goes_on(predict, folder, tmp_path, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("rasd.inference.engine.Engine.decode", interrupt)
    code, _, err = predict("--input", folder, "--output", tmp_path / "out")
    assert code == 130 and err == "\nrasd predict: stopped; the same command goes on from the last whole shard\n"


def test_run_is_not_gone_on_with_by_graphs_that_came_meanwhile(run, tiny_checkpoint, folder, tmp_path):
    model = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    words = ("predict", "--model", model, "--device", "cpu", "--input", folder, "--output", tmp_path / "out")
    assert run(*words)[0] == 3
    weights = fingerprint(model / "model.safetensors")
    write_empty_export(model, load_config(model).load_ontology(), precision="int8", source=weights)
    code, _, err = run(*words)
    assert code == 2 and "--backend: it was begun with 'torch', now 'onnx'" in err
    assert "--dtype: it was begun with 'fp32', now 'int8'" in err and "model:" in err
    assert run(*words, "--backend", "torch")[0] == 3


@pytest.mark.slow
def test_killed_processes_lose_and_double_nothing(tiny_checkpoint, tmp_path):
    for i in range(120):
        (tmp_path / "in").mkdir(exist_ok=True)
        text = " ".join(f"{SENTENCES[j % 3]} وذلك للمرة {i * 7 + j}." for j in range(i % 9))
        (tmp_path / "in" / f"{i:03}.txt").write_text(text, encoding="utf-8")
    write(tmp_path / "in" / "more.jsonl", *({"text": TEXT} if i % 10 else {} for i in range(80)))

    def start(output):
        code = "import sys; from rasd.cli import main; sys.exit(main(sys.argv[1:]))"
        words = ["predict", "--model", tiny_checkpoint, "--device", "cpu", "--shard-documents", 5]
        words += ["--input", tmp_path / "in", "--output", tmp_path / output]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        return subprocess.Popen([sys.executable, "-c", code, *map(str, words)], cwd=ROOT, env=environment)

    def num_whole():
        return len(list((tmp_path / "killed" / "state").glob("*.json")))

    assert start("straight").wait() == 3
    num_kills = 0
    while True:
        wanted, process = num_whole() + random.randrange(1, 9), start("killed")
        while num_whole() < wanted and process.poll() is None:
            time.sleep(0.001)
        time.sleep(random.random() / 20)
        process.kill()
        if process.wait() != -signal.SIGKILL:  # it was done before
            break
        num_kills += 1
    assert process.returncode == 3 and num_kills > 2
    straight, killed = documents_of(tmp_path / "straight"), documents_of(tmp_path / "killed")
    assert len(straight) == 192 and len({item["id"] for item in straight}) == 192
    assert killed == straight
    assert read(tmp_path / "killed" / "rejects.jsonl") == read(tmp_path / "straight" / "rejects.jsonl")
    assert not list((tmp_path / "killed").rglob("*.part"))

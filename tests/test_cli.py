"""The command line: what goes in, what comes out, exit codes, and one clear error for each fault."""

from __future__ import annotations

import gc
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SENTENCES
from corpus_lines import ARREST, TEXT, read, write

from rasd import __version__
from rasd.events import Document
from rasd.inference import pools

ROOT = Path(__file__).resolve().parents[1]
SCORE = re.compile(r"(?<=score\": )[\d.]+")


@pytest.fixture
def run_model(run, tiny_checkpoint):
    """Run a command with the tiny checkpoint."""
    return lambda command, *rest: run(command, "--model", tiny_checkpoint, "--device", "cpu", *rest)


@pytest.fixture
def eager_checkpoint(tiny_checkpoint, tmp_path):
    """A checkpoint that finds every event type in whatever has a word."""
    folder = tmp_path / "eager"
    shutil.copytree(tiny_checkpoint, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"threshold": 0.0, "type_thresholds": {}}))
    return folder


def test_version_and_usage(run):
    assert run("--version") == (0, f"rasd {__version__}\n", "")
    assert run()[0] == 2
    assert run("predict")[0] == 2


def test_predict_writes_a_document_a_line_with_exact_offsets(run_model, tmp_path):
    texts = [" ".join(SENTENCES), "سطر أول\r\n\n" + SENTENCES[1] + "\n"]
    for i, text in enumerate(texts):
        (tmp_path / f"{i}.txt").write_bytes(text.encode())
    code, out, err = run_model("predict", "--input", tmp_path / "0.txt", tmp_path / "1.txt")
    documents = [Document.from_dict(json.loads(line)) for line in out.splitlines()]
    assert (code, err) == (0, "") and [(item.id, item.text) for item in documents] == [*zip("01", texts, strict=True)]
    for document in documents:
        assert document.events
        for event in document.events:
            for span in (event.trigger, *event.arguments):
                assert document.text[span.start : span.end] == span.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t\u00a0\n",
        "... 🙂 !!",
        "٣٤ 12",
        "The bridge was closed on Sunday.",
    ],
    ids=["empty", "white space", "no words", "numbers", "not Arabic"],
)
def test_text_without_arabic_words_gives_no_events(run, eager_checkpoint, tmp_path, text):
    for name, content in (("a.txt", text), ("b.txt", TEXT)):
        (tmp_path / name).write_text(content, encoding="utf-8")
    paths = (tmp_path / "a.txt", tmp_path / "b.txt")
    code, out, _ = run("predict", "--model", eager_checkpoint, "--device", "cpu", "--input", *paths)
    document, arabic = (Document.from_dict(json.loads(line)) for line in out.splitlines())
    assert (code, document.text, document.events) == (0, text, ()) and arabic.events


def test_predict_reads_standard_input_and_writes_a_whole_file(run_model, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("\n".join(SENTENCES).encode())))
    assert run_model("predict", "--lines", "--output", tmp_path / "out.jsonl") == (0, "", "")
    assert [record["id"] for record in read(tmp_path / "out.jsonl")] == ["stdin:1", "stdin:2", "stdin:3"]
    assert list(tmp_path.iterdir()) == [tmp_path / "out.jsonl"]


def test_predict_gives_the_same_in_any_pools(run_model, tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("\n".join(SENTENCES * 3), encoding="utf-8")
    arguments = ("predict", "--lines", "--input", tmp_path / "a.txt")
    whole = run_model(*arguments)[1]
    monkeypatch.setattr(pools, "POOL_SENTENCES", 2)
    pooled = run_model(*arguments, "--batch-tokens", 64)[1]
    # On some processors a matrix product is rounded in another way where a batch has another shape.
    assert SCORE.sub("", pooled) == SCORE.sub("", whole)
    assert list(map(float, SCORE.findall(pooled))) == pytest.approx(list(map(float, SCORE.findall(whole))), abs=1e-3)


def test_predict_carries_fields_and_lists_rejects(run_model, tmp_path):
    path = tmp_path / "in.csv"
    path.write_text(f"doc,body,day,place\n1,{SENTENCES[0]},2024-01-02,حمص\n2,ناقص\n3,,,\n", encoding="utf-8")
    fields = ("--text-field", "body", "--id-field", "doc", "--date-field", "day", "--keep-fields", "place, doc")
    code, out, err = run_model("predict", "--input", path, "--rejects", tmp_path / "rejects.jsonl", *fields)
    first, last = map(json.loads, out.splitlines())
    assert first["id"] == "1" and first["meta"] == {"date": "2024-01-02", "place": "حمص", "doc": "1"}
    assert last["id"] == "3" and last["sentences"] == []
    reason = "the row has 2 columns, the header 4"
    assert code == 3 and err == f"rasd predict: rejected {path}:3: {reason}\nrasd predict: 1 records rejected\n"
    assert read(tmp_path / "rejects.jsonl") == [{"path": str(path), "line": 3, "reason": reason}]


def test_many_rejects_are_not_all_printed(run_model, tmp_path):
    path = write(tmp_path / "in.jsonl", *[{}] * 60)
    code, out, err = run_model("predict", "--input", path)
    assert (code, out) == (3, "") and len(err.splitlines()) == 51
    assert err.endswith("60 records rejected, of which 50 are listed; --rejects lists all\n")


def test_failure_in_the_middle_leaves_no_output_and_keeps_its_traceback(run_model, tmp_path, monkeypatch):
    def fail(*arguments, **options):
        raise AssertionError("a broken invariant")

    monkeypatch.setattr("rasd.inference.engine.Engine.decode", fail)
    path = write(tmp_path / "in.jsonl", {"text": TEXT})
    (tmp_path / "out.jsonl").write_text("old")
    with pytest.raises(AssertionError, match="broken invariant"):
        run_model("predict", "--input", path, "--output", tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == "old" and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "none.txt"], "no file 'none.txt'"),
        (["--device", "tpu"], "unknown device 'tpu'"),
        (["--output", "."], ". holds in.jsonl, but no corpus run; name a new or an empty folder"),
        (["--output", "none/out.jsonl"], "no folder none; make it first: mkdir -p"),
        (["--output", "in.jsonl"], "--output in.jsonl is also an input or the other output"),
        (["--output", "out.parquet"], "for Parquet name a folder: --output DIR/ --output-format parquet"),
        (["--output", "out.CSV"], "out.CSV would hold JSONL; name it .jsonl"),
        (["--rejects", "-"], "--rejects - is also an input or the other output"),
    ],
)
def test_predict_refuses_what_cannot_work(run_model, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.jsonl", {"text": TEXT})
    code, out, err = run_model("predict", "--input", "in.jsonl", *arguments)
    assert (code, out) == (2, "") and err.startswith("rasd predict: ") and message in err
    assert err.count("\n") == 1


def test_batch_tokens_must_be_positive(run_model):
    code, _, err = run_model("predict", "--batch-tokens", "0")
    assert code == 2 and "expected a whole number of at least 1, got '0'" in err


def test_input_is_checked_before_the_model_is_loaded(run):
    code, _, err = run("predict", "--model", "none", "--input", "none.txt")
    assert (code, err) == (2, "rasd predict: no file 'none.txt'\n")


def _cut(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def _make_foreign(folder):
    (folder / "config.json").write_text('{"model_type": "bert"}')


def _shrink_ontology(folder):
    config = json.loads((folder / "config.json").read_text())
    config["ontology"]["types"].pop()
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "config.json").unlink(), "has no config.json"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json is damaged"),
        (lambda folder: (folder / "model.safetensors").unlink(), "has no model.safetensors"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "has no tokenizer.json"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "cannot be read as a tokenizer"),
        (_cut, "model.safetensors is damaged"),
        (_make_foreign, "holds a model of type 'bert', not a rasd checkpoint"),
        (_shrink_ontology, "model.safetensors does not fit"),
    ],
)
def test_spoilt_checkpoint_gives_one_error(run, tiny_checkpoint, tmp_path, spoil, message):
    folder = tmp_path / "model"
    shutil.copytree(tiny_checkpoint, folder)
    spoil(folder)
    path = write(tmp_path / "in.jsonl", {"text": TEXT})
    code, out, err = run("predict", "--model", folder, "--device", "cpu", "--input", path)
    assert (code, out) == (2, "") and err.startswith("rasd predict: ") and message in err


def test_output_never_overwrites_an_input_or_the_other_output(run, corpus, tmp_path):
    content = Path(corpus).read_bytes()
    link = tmp_path / "link.jsonl"
    link.hardlink_to(corpus)
    ontology = tmp_path / "own.yaml"
    ontology.write_text("x")
    new = tmp_path / "new.json"
    for option, *arguments in (
        ("--output", "evaluate", "--model", "none", "--data", corpus, "--output", corpus),
        ("--output", "evaluate", "--model", "none", "--data", corpus, "--output", link),
        ("--predictions", "evaluate", "--model", "none", "--data", corpus, "--predictions", corpus),
        ("--predictions", "evaluate", "--model", "none", "--data", corpus, "--output", new, "--predictions", new),
        ("--output", "predict", "--model", "none", "--input", corpus, "--output", link),
        ("--rejects", "predict", "--model", "none", "--input", corpus, "--output", new, "--rejects", new),
        ("--output", "render", corpus, "--output", corpus),
        ("--output", "render", corpus, "--ontology", ontology, "--output", ontology),
        ("--output", "validate", "--resolve", corpus, "--output", corpus),
    ):
        code, out, err = run(*arguments)
        assert (code, out) == (2, "") and f"{option} " in err and "is also an input or the other output" in err
    assert Path(corpus).read_bytes() == content and ontology.read_text() == "x" and not new.exists()


def test_half_a_surrogate_pair_is_rejected_by_its_line(run_model, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "خبر"}\n{"text": "خبر \\ud83d"}\n', encoding="utf-8")
    code, out, err = run_model("predict", "--input", path)
    assert code == 3 and len(out.splitlines()) == 1 and f"rejected {path}:2: " in err and "surrogate" in err


def test_corpus_with_half_a_surrogate_pair_gives_one_error(run_model, tmp_path):
    path = tmp_path / "in.jsonl"
    path.write_text('{"text": "خبر \\ud83d", "events": []}\n', encoding="utf-8")
    code, _, err = run_model("evaluate", "--data", path)
    assert code == 2 and f"{path}:1" in err


def test_hub_id_that_is_not_in_the_cache_gives_one_error(run, corpus):
    code, _, err = run("evaluate", "--model", "nobody/nothing", "--offline", "--data", corpus)
    assert code == 2 and err.startswith(
        "rasd evaluate: no checkpoint 'nobody/nothing': the model 'nobody/nothing' is not in the Hub's cache"
    )


def test_garbage_is_collected_again_once_the_model_is_loaded_or_not(run, tiny_checkpoint):
    for model, expected in ((tiny_checkpoint, 0), ("none", 2)):
        assert run("predict", "--model", model, "--input", __file__, "--input-format", "txt")[0] == expected
        assert gc.isenabled()


def test_evaluate_prints_and_writes_scores(run_model, corpus, tmp_path):
    outputs = ("--output", tmp_path / "scores.json", "--predictions", tmp_path / "predicted.jsonl")
    code, out, err = run_model("evaluate", "--data", corpus, *outputs)
    assert (code, err) == (0, "") and "95% interval" in out and "by event type" not in out
    record = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    assert record["data"] == corpus and len(record["data_sha256"]) == 64 and record["rasd"] == __version__
    assert record["num_sentences"] == 4 and record["num_left_out"] == 1
    assert (record["backend"], record["dtype"]) == ("torch", "fp32")
    predicted = [Document.from_dict(item) for item in read(tmp_path / "predicted.jsonl")]
    assert [item.id for item in predicted] == ["a", "s0", "s1", "s2", None]
    assert "Tri-C by event type" in run_model("evaluate", "--data", corpus, "--details")[1]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": ', ":2: not valid JSON"),
        ('{"text": "خبر", "events": [{"type": "Sport.Match"}]}', "does not fit the ontology 'conflict' of "),
        ('{"text": "خبر", "events": [{"type": "Sport.Match"}]}', ":2: events[0]: unknown event type 'Sport.Match'"),
    ],
)
def test_evaluate_names_the_line_at_fault(run_model, tmp_path, line, message):
    (tmp_path / "a.jsonl").write_text(f'{{"text": "خبر"}}\n{line}\n', encoding="utf-8")
    code, out, err = run_model("evaluate", "--data", tmp_path / "a.jsonl")
    assert (code, out) == (2, "") and message in err


def test_evaluate_refuses_an_empty_corpus(run_model, tmp_path):
    message = "a.jsonl has no annotated sentences; each needs 'events', [] where there are none\n"
    assert run_model("evaluate", "--data", write(tmp_path / "a.jsonl"))[2].endswith(message)
    (tmp_path / "a.jsonl").write_text('{"text": "خبر"}\n', encoding="utf-8")
    assert run_model("evaluate", "--data", tmp_path / "a.jsonl")[2].endswith(message)


def test_render_makes_a_page_of_predictions_and_of_a_corpus(run, run_model, corpus, tmp_path):
    (tmp_path / "a.txt").write_text(SENTENCES[0], encoding="utf-8")
    run_model("predict", "--input", tmp_path / "a.txt", "--output", tmp_path / "predicted.jsonl")
    for path, word in ((tmp_path / "predicted.jsonl", "أغلقت"), (corpus, "أوقفت")):
        assert run("render", path, "--output", tmp_path / "page.html") == (0, "", "")
        page = (tmp_path / "page.html").read_text(encoding="utf-8")
        assert page.startswith("<!doctype html>") and 'dir="rtl"' in page and word in page
    assert "توقيف" in page or "اعتقال" in page


def test_interrupt_ends_quietly(run, corpus, monkeypatch):
    def interrupt(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("rasd.formats.jsonl.read_lines", interrupt)
    assert run("validate", corpus) == (130, "", "")


def test_file_that_must_not_be_read_gives_one_error(run, corpus, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied", corpus)

    monkeypatch.setattr("rasd.formats.jsonl.read_lines", refuse)
    assert run("validate", corpus) == (2, "", f"rasd validate: {corpus}: Permission denied\n")


def test_reader_that_goes_away_is_no_fault(tmp_path):
    path = write(tmp_path / "a.jsonl", *[{"text": TEXT, "events": [ARREST]}] * 2000)
    code = "import sys; from rasd.cli import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", code, "show", path], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_evaluate_records_scores_in_the_checkpoint_for_its_card(run, tiny_checkpoint, corpus, tmp_path):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    words = ("evaluate", "--model", folder, "--device", "cpu", "--data", corpus)
    assert run(*words, "--record", "test")[0] == 0
    code, _, err = run(*words, "--record", "real", "--about", "Invented.")
    assert code == 0 and f"kept in {folder / 'scores.json'} as 'real'" in err
    book = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    assert list(book["sets"]) == ["test", "real"] and book["sets"]["real"]["about"] == "Invented."
    record = book["sets"]["test"]
    assert record["data"] == "corpus.jsonl" and len(record["data_sha256"]) == 64 and record["num_sentences"] == 4
    assert (record["backend"], record["dtype"]) == ("torch", "fp32")
    assert record["speed"]["sentences_per_second"] > 0 and "thread" in record["speed"]["hardware"]
    assert all(len(item["typing"]["interval"]) == 2 for item in record["by_type"].values())
    (folder / "scores.json").write_text("[]")
    code, _, err = run(*words, "--record", "test")
    assert code == 2 and f"{folder / 'scores.json'} is no file of scores" in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--record", "test", "--min-score", "0.5"), "leave --min-score out"),
        (("--about", "x"), "give --record test or --record real with it"),
        (("--record", "test", "--model", "nobody/nothing"), "'nobody/nothing' is none; download it first"),
    ],
)
def test_scores_that_cannot_be_recorded_are_refused_before_the_work(run_model, corpus, options, message):
    code, _, err = run_model("evaluate", "--data", corpus, *options)
    assert code == 2 and message in err

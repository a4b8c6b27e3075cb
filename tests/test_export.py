"""Exporting a checkpoint: the graphs find what it finds under torch, need no torch, and a failed export leaves nothing.

Tracing takes ten seconds even of the tiny checkpoint, so what needs graphs of it is in the second tier.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import SENTENCES
from corpus_lines import TEXT, write
from onnx_graphs import write_empty_export
from tiny import SIZES
from transformers import AutoModel

import rasd
from rasd.cli import main
from rasd.collator import pad_encodings
from rasd.encoding import NUM_LETTERS
from rasd.errors import BackendError, CheckpointError, ConfigError, ExportError, MissingExtraError
from rasd.inference import export, openvino_backend, parity
from rasd.inference.backends import TorchBackend
from rasd.inference.export import export_checkpoint
from rasd.inference.loading import load_config, load_engine, load_model
from rasd.inference.onnx_backend import OnnxBackend, open_graph
from rasd.inference.tracing import write_graphs
from rasd.model.configuration_rasd import RasdConfig
from rasd.model.modeling_rasd import RasdModel, build_encoder_config
from rasd.model.settings import ENCODER_TYPES

ROOT = Path(__file__).resolve().parents[1]
TEXTS = [*SENTENCES, "قصفتِ الطائراتُ قريةَ «الشعفة» فجر الاثنين، وقُتل ٣٥ مدنيّاً. " * 12, "", "خبر", "The bridge."]


@pytest.fixture(scope="module")
def exported(tiny_checkpoint, tmp_path_factory):
    """The tiny checkpoint as graphs in fp32."""
    folder = tmp_path_factory.mktemp("exported") / "fp32"
    export_checkpoint(tiny_checkpoint, folder, texts=SENTENCES)
    return folder


@pytest.fixture(scope="module")
def quantized(tiny_checkpoint, tmp_path_factory):
    """The tiny checkpoint as graphs in int8, which an untrained model's gate may refuse."""
    folder = tmp_path_factory.mktemp("exported") / "int8"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(parity.BOUNDS, "int8", {})
        export_checkpoint(tiny_checkpoint, folder, precision="int8", texts=SENTENCES)
    return folder


def make_batch(rng, num_sentences, num_pieces, num_words, vocab_size):
    """A batch of random pieces and words, every sentence but the first padded to the longest."""
    pieces = np.concatenate([[num_pieces], rng.integers(2, num_pieces + 1, num_sentences - 1)])
    words = np.concatenate([[num_words], rng.integers(1, num_words + 1, num_sentences - 1)])
    mask = np.arange(num_pieces) < pieces[:, None]
    owner = np.sort(rng.integers(-1, words[:, None], (num_sentences, num_pieces)), -1)
    letters = rng.integers(1, 5, (num_sentences, num_words, NUM_LETTERS))
    return {
        "input_ids": rng.integers(0, vocab_size, (num_sentences, num_pieces)),
        "attention_mask": mask.astype(np.int64),
        "piece_words": np.where(mask, owner, -1),
        "letters": np.where((np.arange(num_words) < words[:, None])[..., None], letters, 0),
    }


def make_triggers(rng, num_triggers, batch):
    num_words = (batch["letters"][..., 0] > 0).sum(-1)
    windows = rng.integers(0, len(num_words), num_triggers)
    first = rng.integers(0, num_words[windows])
    last = np.minimum(first + rng.integers(0, 3, num_triggers), num_words[windows] - 1)
    return windows, np.stack([first, last], -1), rng.integers(0, 29, num_triggers)


def assert_same_scores(one, other, batch, rng, num_triggers, atol=2e-4):
    """Compare two backends on a batch; padding words may score as they like."""
    first, second = one.encode(batch), other.encode(batch)
    is_word = batch["letters"][..., 0] > 0
    np.testing.assert_allclose(second.typing, first.typing, atol=atol)
    for a, b in ((first.triggers, second.triggers), (first.cuts, second.cuts)):
        np.testing.assert_allclose(b[is_word], a[is_word], atol=atol)
    triggers = make_triggers(rng, num_triggers, batch)
    (roles, realis), (onnx_roles, onnx_realis) = (
        backend.score_arguments(scores.words, *triggers) for backend, scores in ((one, first), (other, second))
    )
    np.testing.assert_allclose(onnx_roles[is_word[triggers[0]]], roles[is_word[triggers[0]]], atol=atol)
    np.testing.assert_allclose(onnx_realis, realis, atol=atol)


SHAPES = [(1, 2, 1, 1), (1, 8, 1, 3), (2, 16, 5, 1), (3, 17, 9, 40), (5, 40, 30, 7), (2, 128, 60, 2)]


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_graphs_score_as_torch_does_whatever_the_shapes(tiny_checkpoint, exported, shape):
    rng = np.random.default_rng(0)
    model = load_model(tiny_checkpoint)
    onnx = OnnxBackend(exported, model.config.load_ontology())
    *sizes, num_triggers = shape
    assert_same_scores(TorchBackend(model), onnx, make_batch(rng, *sizes, 373), rng, num_triggers)


@pytest.mark.slow
@pytest.mark.parametrize("model_type", ENCODER_TYPES)
def test_every_encoder_can_be_exported(tiny_checkpoint, tmp_path, model_type):
    encoder_config = build_encoder_config(SIZES | {"model_type": model_type})
    old = json.loads((tiny_checkpoint / "config.json").read_text())
    config = RasdConfig.from_dict(old | {"encoder_config": encoder_config.to_dict(), "max_length": 64})
    model = RasdModel.from_encoder(AutoModel.from_config(encoder_config), config).eval()
    rng = np.random.default_rng(0)
    batch = make_batch(rng, 3, 24, 9, 373)
    expected = TorchBackend(model).encode(batch)
    write_graphs(model, batch, tmp_path)
    inputs, outputs = tuple(batch), ("words", "typing", "triggers", "cuts")
    session = open_graph(tmp_path / "encode.onnx", inputs, outputs)
    for size in ((1, 8, 1), (3, 24, 9), (2, 33, 12)):
        batch = make_batch(rng, *size, 373)
        model.encoder.set_attn_implementation("eager")
        expected = TorchBackend(model).encode(batch)
        _, typing, triggers, cuts = session.run(list(outputs), batch)
        is_word = batch["letters"][..., 0] > 0
        np.testing.assert_allclose(typing, expected.typing, atol=2e-4)
        np.testing.assert_allclose(triggers[is_word], expected.triggers[is_word], atol=2e-4)
        np.testing.assert_allclose(cuts[is_word], expected.cuts[is_word], atol=2e-4)


@pytest.mark.slow
def test_int8_layers_of_onnx_runtime_are_those_of_torch(tiny_checkpoint, quantized):
    from rasd.inference.tracing import quantize

    model = load_model(tiny_checkpoint)
    engine = load_engine(tiny_checkpoint, model.config, TorchBackend(model))
    windows = [window for found in engine.sentence_encoder.encode(export._default_texts()) for window in found]
    quantize(model, (pad_encodings([window], pad_token_id=engine.pad_token_id, multiple_of=1) for window in windows))
    rng = np.random.default_rng(0)
    onnx = OnnxBackend(quantized, model.config.load_ontology())
    # A value between two steps may be rounded either way.
    assert_same_scores(TorchBackend(model), onnx, make_batch(rng, 4, 40, 20, 373), rng, 9, atol=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("batch_tokens", [64, 4096])
def test_exported_checkpoint_finds_the_same_events(tiny_checkpoint, exported, batch_tokens):
    expected = rasd.load(tiny_checkpoint, device="cpu").predict(TEXTS, batch_tokens=batch_tokens)
    found = rasd.load(exported, backend="onnx").predict(TEXTS, batch_tokens=batch_tokens)
    assert [document.text for document in found] == TEXTS
    same = [parity.compare_predictions(a.sentences, b.sentences) for a, b in zip(expected, found, strict=True)]
    assert sum(item.num_events for item in same) > 10 and not sum(item.num_changed for item in same)
    assert max(item.max_score_change for item in same) <= 0.001


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
def test_openvino_finds_the_same_events(tiny_checkpoint, exported, dtype):
    pytest.importorskip("openvino")
    if dtype == "bf16" and not openvino_backend.has_bf16():
        with pytest.raises(BackendError, match="this CPU has no instructions for bf16"):
            rasd.load(exported, backend="openvino", dtype=dtype)
        return
    expected = rasd.load(tiny_checkpoint, device="cpu", backend="torch").predict(TEXTS)
    extractor = rasd.load(exported, backend="openvino", dtype=dtype)
    assert (extractor.engine.backend.name, extractor.engine.backend.dtype) == ("openvino", dtype)
    found = extractor.predict(TEXTS)
    one, other = ([sentence for item in documents for sentence in item.sentences] for documents in (expected, found))
    same = parity.compare_predictions(one, other)
    assert same.num_events > 10 and same.tri_c > 0.9 and (dtype == "bf16" or same.num_changed == 0)


@pytest.mark.slow
def test_int8_finds_the_same_in_any_batches(quantized):
    extractor = rasd.load(quantized)
    one, other = (extractor.predict(TEXTS, batch_tokens=size) for size in (32, 4096))
    for first, second in zip(one, other, strict=True):
        assert parity.compare_predictions(first.sentences, second.sentences).tri_c in (None, 1.0)


@pytest.mark.slow
def test_exported_checkpoint_predicts_without_torch_and_transformers(tiny_checkpoint, exported):
    code = (
        "import json, sys\nsys.modules.update(dict.fromkeys(['torch', 'transformers', 'onnx']))\nimport rasd\n"
        "documents = rasd.load(sys.argv[1], backend='onnx').predict(json.loads(sys.argv[2]))\n"
        "print(json.dumps([document.to_dict() for document in documents]))"
    )
    arguments = [sys.executable, "-c", code, str(exported), json.dumps(SENTENCES)]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
    found = [rasd.Document.from_dict(record) for record in json.loads(done.stdout)]
    expected = rasd.load(tiny_checkpoint, device="cpu").predict(SENTENCES)
    assert done.stderr == ""
    for one, other in zip(expected, found, strict=True):
        assert parity.compare_predictions(one.sentences, other.sentences).num_changed == 0


@pytest.mark.slow
def test_exported_folder_holds_what_predicting_needs_and_says_how_it_was_made(tiny_checkpoint, exported):
    files = {path.relative_to(exported).as_posix() for path in exported.rglob("*") if path.is_file()}
    assert {"config.json", "tokenizer.json", *(f"onnx/{name}" for name in ("encode.onnx", "arguments.onnx"))} < files
    assert "model.safetensors" not in files and list(exported.parent.iterdir()) == [exported]
    record = json.loads((exported / "onnx" / "export.json").read_text())
    assert record["precision"] == "fp32" and record["check"]["num_changed"] == 0 and record["check"]["num_events"] > 0
    assert record["versions"].keys() == {"rasd", "torch", "onnx", "onnxruntime", "onnxscript", "transformers"}
    for name in ("encode", "arguments"):
        assert str(ROOT).encode() not in (exported / "onnx" / f"{name}.onnx").read_bytes(), "paths of who exported"


@pytest.mark.slow
def test_graph_of_an_export_in_other_numbers_is_refused(exported, quantized, tmp_path):
    folder = shutil.copytree(exported, tmp_path / "mixed")
    assert rasd.load(folder, backend="onnx").predict(SENTENCES)
    shutil.copy(quantized / "onnx" / "encode.onnx", folder / "onnx" / "encode.onnx")
    with pytest.raises(CheckpointError, match=r"encode\.onnx is not the graph that"):
        rasd.load(folder, backend="onnx")


@pytest.mark.slow
def test_checkpoints_own_folder_then_holds_both_forms(run, tiny_checkpoint, tmp_path):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    path = write(tmp_path / "check.jsonl", *({"text": text} for text in SENTENCES))
    code, out, err = run("export", "--model", folder, "--output", folder, "--check", path)
    assert (code, err) == (0, "") and f"{folder}: fp32 graphs" in out and "in every sentence" in out
    assert sorted(item.name for item in tmp_path.iterdir()) == ["check.jsonl", "model"]
    assert (folder / "model.safetensors").is_file() and rasd.load(folder, backend="onnx").predict([TEXT])
    before = (folder / "onnx" / "encode.onnx").stat().st_ino
    assert run("export", "--model", folder, "--output", folder, "--check", path)[0] == 0
    assert (folder / "onnx" / "encode.onnx").stat().st_ino != before and not (folder / "onnx" / "old").exists()
    assert run("predict", "--model", folder, "--backend", "onnx", "--input", path)[0] == 0


@pytest.mark.slow
def test_export_that_changes_events_fails_and_leaves_all_as_it_was(run, tiny_checkpoint, tmp_path, monkeypatch):
    monkeypatch.setitem(parity.BOUNDS, "int8", {"min_arg_c": 1.1})
    monkeypatch.setattr(export, "_default_texts", lambda: list(SENTENCES))
    new, old = tmp_path / "new", tmp_path / "old"
    ontology = load_config(tiny_checkpoint).load_ontology()
    shutil.copy(tiny_checkpoint / "config.json", write_export(old, ontology))
    before = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    for folder in (new, old):
        code, out, err = run("export", "--model", tiny_checkpoint, "--output", folder, "--precision", "int8")
        assert (code, out) == (2, "") and "the int8 graphs of" in err and "Arg-C against torch is" in err
    assert list(tmp_path.iterdir()) == [old]
    assert {path: path.read_bytes() for path in old.rglob("*") if path.is_file()} == before


def write_export(folder, ontology):
    folder.mkdir()
    write_empty_export(folder, ontology)
    return folder


def test_failure_while_writing_leaves_nothing(tiny_checkpoint, tmp_path, monkeypatch):
    def fail(*arguments):
        raise AssertionError("a broken invariant")

    monkeypatch.setattr(export, "_write", fail)
    with pytest.raises(AssertionError, match="broken invariant"):
        export_checkpoint(tiny_checkpoint, tmp_path / "new", texts=SENTENCES)
    assert list(tmp_path.iterdir()) == []


def test_output_that_holds_something_else_is_refused(tiny_checkpoint, tmp_path):
    folder = tmp_path / "full"
    folder.mkdir()
    (folder / "mine.txt").write_text("x")
    with pytest.raises(ConfigError, match="is not empty, and neither the checkpoint's own folder nor an earlier"):
        export_checkpoint(tiny_checkpoint, folder)
    other = shutil.copytree(tiny_checkpoint, tmp_path / "other")
    with pytest.raises(ConfigError, match="is not empty"):
        export_checkpoint(tiny_checkpoint, other)
    with pytest.raises(ConfigError, match="there is a file of that name"):
        export_checkpoint(tiny_checkpoint, folder / "mine.txt")
    with pytest.raises(ConfigError, match=r"no folder .*; make it first: mkdir -p"):
        export_checkpoint(tiny_checkpoint, tmp_path / "a" / "b")
    assert (folder / "mine.txt").read_text() == "x"


def test_unknown_precision_is_refused(tiny_checkpoint, tmp_path):
    with pytest.raises(ConfigError, match="unknown precision 'int4'; use one of fp32, int8"):
        export_checkpoint(tiny_checkpoint, tmp_path / "new", precision="int4")


def test_missing_packages_are_named_with_their_command(run, tiny_checkpoint, tmp_path, monkeypatch):
    for name in ("onnx", "onnxscript"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtraError, match="rasd export needs onnx, onnxscript: pip install onnx onnxscript"):
        export_checkpoint(tiny_checkpoint, tmp_path / "new")


def test_torch_that_is_too_old_is_told(tiny_checkpoint, tmp_path, monkeypatch):
    monkeypatch.delattr(torch.onnx, "ops")
    with pytest.raises(MissingExtraError, match=r"rasd export needs torch 2\.8 or newer, got 2\."):
        export_checkpoint(tiny_checkpoint, tmp_path / "new")


def test_network_that_one_file_cannot_hold_is_refused(tiny_checkpoint, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "_MAX_BYTES", 1000)
    with pytest.raises(ExportError, match="one ONNX file holds less than 2 GiB"):
        export_checkpoint(tiny_checkpoint, tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [("", " has no texts"), ('{"text": 3}\n', ":1: "), ('{"text": "خبر"}\n{', ":2: ")],
)
def test_check_file_that_cannot_be_read_is_refused(run, tmp_path, content, message):
    path = tmp_path / "check.jsonl"
    path.write_text(content, encoding="utf-8")
    code, out, err = run("export", "--model", "none", "--output", tmp_path / "new", "--check", path)
    assert (code, out) == (2, "") and err.startswith("rasd export: ") and f"check.jsonl{message}" in err


def test_sentences_that_come_with_rasd_are_of_many_lengths():
    texts = export._default_texts()
    lengths = [len(text.split()) for text in texts]
    assert len(texts) == len(set(texts)) >= 30 and min(lengths) <= 3 and max(lengths) >= 60


def test_scores_of_graphs_are_not_recorded_as_those_of_the_weights(exported, tmp_path, capsys):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "خبر", "events": []}\n', encoding="utf-8")
    words = ["evaluate", "--model", str(exported), "--data", str(path), "--backend", "onnx", "--record", "test"]
    assert main(words) == 2 and "graphs may find other events: --backend torch" in capsys.readouterr().err
    assert not (exported / "scores.json").exists()

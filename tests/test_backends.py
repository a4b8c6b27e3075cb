"""Which backend runs a checkpoint, and what is told where none can."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import pytest
import torch
from conftest import SENTENCES
from onnx_graphs import write_empty_export

import rasd
from rasd.errors import BackendError, CheckpointError, MissingExtraError
from rasd.inference import backends, choosing, openvino_backend
from rasd.inference.batching import BATCH_TOKENS
from rasd.inference.choosing import choose_backend
from rasd.inference.loading import find_checkpoint, load_config, load_model
from rasd.inference.onnx_backend import OnnxBackend, check_source, fingerprint
from rasd.inference.parity import compare_predictions

TORCH = ("torch", "fp32")


@pytest.fixture(scope="module")
def ontology(tiny_checkpoint):
    return load_config(tiny_checkpoint).load_ontology()


@pytest.fixture
def folder(tiny_checkpoint, tmp_path):
    """A copy of the tiny checkpoint to be changed."""
    return shutil.copytree(tiny_checkpoint, tmp_path / "model")


@pytest.fixture
def both(folder, ontology):
    """A checkpoint with int8 graphs beside its weights."""
    write_empty_export(folder, ontology, precision="int8", source=fingerprint(folder / "model.safetensors"))
    return folder


def hide(monkeypatch, *names):
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)


def test_checkpoint_without_graphs_runs_under_torch(folder):
    assert choose_backend(folder) == choose_backend(folder, backend="torch") == TORCH


@pytest.mark.parametrize(
    ("precision", "options", "expected"),
    [
        ("int8", {}, ("onnx", "int8")),
        ("int8", {"device": "cpu"}, ("onnx", "int8")),
        ("int8", {"dtype": "int8"}, ("onnx", "int8")),
        ("int8", {"dtype": "bf16"}, ("torch", "bf16")),
        ("int8", {"dtype": "fp32"}, ("torch", "fp32")),
        ("int8", {"device": "cuda"}, ("torch", "fp32")),
        ("int8", {"backend": "torch"}, ("torch", "fp32")),
        ("fp32", {}, ("torch", "fp32")),
        ("fp32", {"backend": "onnx"}, ("onnx", "fp32")),
    ],
)
def test_the_faster_backend_that_can_is_taken(monkeypatch, folder, ontology, precision, options, expected):
    monkeypatch.setattr(choosing, "_sees_gpu", lambda: False)
    monkeypatch.setattr(openvino_backend, "is_installed", lambda: False)
    write_empty_export(folder, ontology, precision=precision)
    assert choose_backend(folder, **options) == expected


@pytest.mark.parametrize(
    ("precision", "options", "expected"),
    [
        ("fp32", {}, ("openvino", "fp32")),
        ("fp32", {"dtype": "bf16"}, ("openvino", "bf16")),
        ("fp32", {"dtype": "fp16"}, ("torch", "fp16")),
        ("fp32", {"device": "cuda"}, ("torch", "fp32")),
        ("fp32", {"backend": "onnx"}, ("onnx", "fp32")),
        ("int8", {}, ("onnx", "int8")),
    ],
)
def test_openvino_comes_first_for_graphs_in_fp32(monkeypatch, folder, ontology, precision, options, expected):
    monkeypatch.setattr(choosing, "_sees_gpu", lambda: False)
    monkeypatch.setattr(openvino_backend, "is_installed", lambda: True)
    monkeypatch.setattr(openvino_backend, "has_bf16", lambda: True)
    write_empty_export(folder, ontology, precision=precision)
    assert choose_backend(folder, **options) == expected


def test_bf16_runs_under_torch_where_openvino_has_no_instructions_for_it(monkeypatch, folder, ontology):
    monkeypatch.setattr(choosing, "_sees_gpu", lambda: False)
    monkeypatch.setattr(openvino_backend, "is_installed", lambda: True)
    monkeypatch.setattr(openvino_backend, "has_bf16", lambda: False)
    write_empty_export(folder, ontology)
    assert choose_backend(folder, dtype="bf16") == ("torch", "bf16")
    with pytest.raises(BackendError, match="this CPU has no instructions for bf16; use dtype 'fp32'"):
        choose_backend(folder, backend="openvino", dtype="bf16")


def test_gpu_comes_before_openvino(monkeypatch, folder, ontology):
    monkeypatch.setattr(choosing, "_sees_gpu", lambda: True)
    monkeypatch.setattr(openvino_backend, "is_installed", lambda: True)
    write_empty_export(folder, ontology)
    assert choose_backend(folder) == TORCH


@pytest.mark.parametrize(
    ("precision", "options", "error", "message"),
    [
        ("int8", {}, BackendError, "'openvino' runs graphs in fp32, and those of .* are int8; export them so"),
        ("fp32", {"dtype": "int8"}, BackendError, "'openvino' computes with fp32, bf16, got dtype 'int8'"),
        ("fp32", {"device": "cuda"}, BackendError, "'openvino' runs on the CPU, got device 'cuda'"),
        ("fp32", {}, MissingExtraError, "'openvino' needs OpenVINO: pip install openvino"),
    ],
)
def test_what_openvino_cannot_do_is_told(monkeypatch, folder, ontology, precision, options, error, message):
    hide(monkeypatch, "openvino")
    write_empty_export(folder, ontology, precision=precision)
    with pytest.raises(error, match=message):
        rasd.load(folder, backend="openvino", **options)


@pytest.mark.parametrize(
    ("precision", "threads", "expected"),
    [("int8", "1", 512), ("int8", "3", 1536), ("int8", "64", BATCH_TOKENS), ("fp32", "1", BATCH_TOKENS)],
)
def test_int8_has_small_batches_for_each_thread(monkeypatch, folder, ontology, precision, threads, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    write_empty_export(folder, ontology, precision=precision, source=fingerprint(folder / "model.safetensors"))
    engine = rasd.load(folder, backend="onnx").engine
    assert engine.runner.budget == expected


def test_gpu_comes_before_int8(monkeypatch, both):
    monkeypatch.setattr(choosing, "_sees_gpu", lambda: True)
    assert choose_backend(both) == TORCH and choose_backend(both, device="cpu") == ("onnx", "int8")
    (both / "model.safetensors").unlink()
    assert choose_backend(both) == ("onnx", "int8")


def test_backend_that_is_not_installed_is_passed_over(monkeypatch, both):
    hide(monkeypatch, "onnxruntime")
    assert choose_backend(both) == TORCH
    hide(monkeypatch, "torch")
    with pytest.raises(MissingExtraError, match="the backend 'torch' needs torch: pip install torch"):
        choose_backend(both)


def test_graphs_in_fp32_run_where_torch_is_not_installed(monkeypatch, folder, ontology):
    write_empty_export(folder, ontology)
    hide(monkeypatch, "torch", "openvino")
    assert choose_backend(folder) == ("onnx", "fp32")


def test_gpu_is_not_looked_for_without_torch(monkeypatch):
    hide(monkeypatch, "torch")
    assert not choosing._sees_gpu()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"backend": "onxx"},
            r"unknown backend 'onxx'; use one of auto, torch, onnx, openvino\. Did you mean 'onnx'\?",
        ),
        ({"dtype": "fp64"}, r"unknown dtype 'fp64'; use one of auto, fp32, bf16, fp16, int8\."),
        ({"backend": "torch", "dtype": "int8"}, "torch computes with fp32, bf16, fp16, got dtype 'int8'"),
        ({"dtype": "int8"}, "torch computes with fp32, bf16, fp16, got dtype 'int8'"),
        ({"backend": "onnx"}, "has no ONNX graphs; make them: rasd export --model "),
        ({"device": "gpu"}, "unknown device 'gpu'"),
    ],
)
def test_what_a_checkpoint_cannot_do_is_told(folder, options, message):
    with pytest.raises(BackendError, match=message):
        rasd.load(folder, **options)
    with pytest.raises(ValueError, match=message):
        rasd.load(folder, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"device": "cuda"}, "the backend 'onnx' runs on the CPU, got device 'cuda'"),
        ({"dtype": "fp32"}, "are int8, got dtype 'fp32'"),
    ],
)
def test_what_graphs_cannot_do_is_told(both, options, message):
    with pytest.raises(BackendError, match=message):
        rasd.load(both, backend="onnx", **options)


def test_missing_onnx_runtime_is_told(monkeypatch, both):
    hide(monkeypatch, "onnxruntime")
    for options in ({"backend": "onnx"}, {"backend": "auto"}):
        (both / "model.safetensors").unlink(missing_ok=True)
        with pytest.raises(MissingExtraError, match="pip install onnxruntime"):
            rasd.load(both, **options)


def test_missing_form_is_told(both):
    (both / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"has no model\.safetensors; .* it has graphs: use backend 'onnx'"):
        rasd.load(both, backend="torch")
    shutil.rmtree(both / "onnx")
    with pytest.raises(CheckpointError, match=r"has no model\.safetensors; the checkpoint is incomplete$"):
        rasd.load(both)


def test_graphs_of_other_weights_are_refused(both):
    weights = both / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"was exported from other weights .*--precision int8"):
        rasd.load(both, backend="onnx")


@pytest.mark.parametrize("name", ["encode", "arguments"])
def test_graph_of_another_export_is_refused(folder, ontology, name):
    write_empty_export(folder, ontology)
    (folder / "model.safetensors").unlink()
    graphs, path = folder / "onnx", folder / "onnx" / "export.json"
    record = json.loads(path.read_text())
    record["graphs"] = {graph: fingerprint(graphs / f"{graph}.onnx") for graph in ("encode", "arguments")}
    path.write_text(json.dumps(record))
    check_source(folder)
    with (graphs / f"{name}.onnx").open("ab") as file:
        file.write(b"\x32\0")  # still the same graph to whoever reads it: an empty text of documentation
    with pytest.raises(CheckpointError, match=rf"{name}\.onnx is not the graph that .*export\.json tells of"):
        check_source(folder)


@pytest.mark.parametrize(
    ("what", "named"), [("typing", "event types"), ("roles", "roles"), ("realis", "realis values")]
)
def test_graphs_of_another_ontology_are_refused(tmp_path, ontology, what, named):
    write_empty_export(tmp_path, ontology, **{what: 77})
    with pytest.raises(CheckpointError, match=rf"do not fit .*config\.json: it has \d+ {named}, their output '{what}'"):
        OnnxBackend(tmp_path, ontology)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("{", "export.json cannot be read"),
        ("[]", "is not of format 1"),
        ('{"format": 2}', "is not of format 1"),
        ('{"format": 1, "precision": "int4", "source": ""}', "is damaged: precision 'int4'"),
        ('{"format": 1, "precision": "fp32"}', "is damaged: precision 'fp32', source None"),
    ],
)
def test_damaged_record_is_refused(both, record, message):
    (both / "onnx" / "export.json").write_text(record)
    with pytest.raises(CheckpointError, match=message):
        rasd.load(both)


@pytest.mark.parametrize(
    ("dtype", "kind"), [("bf16", torch.bfloat16), ("fp16", torch.float16), ("fp32", torch.float32)]
)
def test_torch_computes_with_the_numbers_asked_for(tiny_checkpoint, dtype, kind):
    extractor = rasd.load(tiny_checkpoint, device="cpu", backend="torch", dtype=dtype)
    assert extractor.engine.backend.dtype == dtype
    assert {weight.dtype for weight in extractor.engine.backend.model.parameters()} == {kind}
    expected = rasd.load(tiny_checkpoint, device="cpu").predict(SENTENCES)
    found = extractor.predict(SENTENCES)
    parity = compare_predictions([item.sentences[0] for item in expected], [item.sentences[0] for item in found])
    assert parity.num_events and parity.tri_c > 0.9 and (dtype != "fp32" or parity.num_changed == 0)


def test_attention_is_torchs_own_fused_one(tiny_checkpoint):
    assert load_model(tiny_checkpoint).encoder.config._attn_implementation == "sdpa"


def test_threads_are_lowered_to_what_the_container_allows_and_never_raised(monkeypatch, tiny_checkpoint):
    model, found = load_model(tiny_checkpoint), []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    monkeypatch.setattr(torch, "set_num_threads", found.append)
    for allowed in (2, 8, 16):
        monkeypatch.setattr(backends, "count_threads", lambda allowed=allowed: allowed)
        backends.TorchBackend(model, "cpu")
    assert found == [2]


@pytest.mark.parametrize(
    ("backend", "is_installed", "expected"),
    [
        ("torch", True, (True, False)),
        ("onnx", True, (False, True)),
        ("onnx", False, (False, True)),
        ("openvino", True, (False, True)),
        ("auto", True, (True, True)),
        ("auto", False, (True, False)),
    ],
)
def test_only_what_the_backend_can_use_is_downloaded(monkeypatch, tmp_path, backend, is_installed, expected):
    asked = []

    def download(name, *, allow_patterns, **options):
        asked.extend(allow_patterns)
        return tmp_path

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    if not is_installed:
        hide(monkeypatch, "onnxruntime", "openvino")
    find_checkpoint("somebody/something", backend=backend)
    assert ("model.safetensors" in asked, "onnx/encode.onnx" in asked) == expected and "config.json" in asked


def test_fingerprint_tells_a_change_at_either_end_and_of_size(tmp_path):
    path, seen = tmp_path / "weights", set()
    data = np.arange(100_000, dtype=np.uint32).tobytes()
    for content in (data, data[:-1] + b"\1", b"\1" + data[1:], data + b"\0", b"", b"1"):
        path.write_bytes(content)
        seen.add(fingerprint(path))
        assert fingerprint(path) in seen
    assert len(seen) == 6

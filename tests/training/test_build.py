"""The model to train: weights without code, and ontologies without roles; the arguments HF gets."""

from __future__ import annotations

import shutil

import pytest

from rasd.errors import CheckpointError, ConfigError
from rasd.ontology import EventType, Ontology
from rasd.training.arguments import make_arguments
from rasd.training.build import _load_encoder, _load_tokenizer
from rasd.training.transfer import _rows


@pytest.fixture
def encoder(tmp_path):
    from tiny import build_tiny_encoder

    return build_tiny_encoder(tmp_path / "tiny")


def to_pickle(folder, *extra):
    """Turn the weights of a folder into a PyTorch file."""
    import torch
    from safetensors.torch import load_file

    state = load_file(folder / "model.safetensors")
    torch.save({**state, **dict(extra)}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return state


def test_pytorch_weights_are_read_with_a_warning(encoder, caplog):
    state = to_pickle(encoder)
    model, _ = _load_encoder(str(encoder), None)
    name = "encoder.layer.0.output.dense.weight"
    assert (model.state_dict()[name] == state[name]).all()
    assert "has no model.safetensors" in caplog.text


class Malicious:
    def __reduce__(self):
        import os

        return os.mkdir, ("executed",)


def test_pickle_that_holds_code_is_refused_and_not_run(encoder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    to_pickle(encoder, ("x", Malicious()))
    with pytest.raises(ConfigError, match="cannot be loaded"):
        _load_encoder(str(encoder), None)
    assert not (tmp_path / "executed").exists()


def test_encoder_without_weights_is_a_fault(encoder):
    (encoder / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match="cannot be loaded"):
        _load_encoder(str(encoder), None)


def test_checkpoint_without_tokenizer_is_a_fault(tiny_checkpoint, tmp_path):
    shutil.copy(tiny_checkpoint / "config.json", tmp_path)
    with pytest.raises(CheckpointError, match=r"tokenizer of .* cannot be loaded"):
        _load_tokenizer(str(tmp_path))


def test_rows_of_no_roles_are_no_rows():
    import torch

    ontology = Ontology(name="x", version="1", types=(EventType(name="A"),))
    state = torch.zeros(0, 4)
    assert state[_rows("arguments.roles.1.weight", ontology, ontology)].shape == (0, 4)


def test_two_gpus_without_a_launcher_are_used_as_one(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    arguments = make_arguments({"use_cpu": False, "per_device_train_batch_size": 8}, output_dir="x", seed=1)
    assert (arguments.n_gpu, arguments.train_batch_size) == (1, 8)


def test_bfloat16_is_not_asked_of_the_gpu_where_the_cpu_trains(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: pytest.fail("asked the GPU"))
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False, raising=False)
    assert not make_arguments({"use_cpu": True}, output_dir="x", seed=1).bf16

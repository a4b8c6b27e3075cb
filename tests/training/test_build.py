"""The model to train: weights without code, and ontologies without roles; the arguments HF gets."""

from __future__ import annotations

import shutil

import pytest

from rasd.errors import CheckpointError, ConfigError
from rasd.model.settings import ENCODER_TYPES
from rasd.ontology import EventType, Ontology
from rasd.training.arguments import make_arguments
from rasd.training.build import _load_encoder, _load_tokenizer, find_commit, load_masked_lm, num_positions
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


def test_encoder_under_a_masked_lm_head_is_taken_without_a_word(encoder, caplog, capfd):
    model, _ = load_masked_lm(str(encoder), None)
    model.save_pretrained(encoder)
    caplog.clear()
    capfd.readouterr()
    loaded, _ = _load_encoder(str(encoder), None)
    told = caplog.text + capfd.readouterr().err
    assert "MISSING" not in told and "UNEXPECTED" not in told and not caplog.records
    state = model.bert.state_dict()
    assert all((value == state[name]).all() for name, value in loaded.state_dict().items())


def test_encoder_that_lacks_weights_of_its_own_is_told(encoder, caplog):
    from safetensors.torch import load_file, save_file

    state = load_file(encoder / "model.safetensors")
    del state["encoder.layer.0.output.dense.weight"]
    save_file(state, encoder / "model.safetensors", metadata={"format": "pt"})
    for load, name in ((_load_encoder, "encoder.layer.0"), (load_masked_lm, "bert.encoder.layer.0")):
        caplog.clear()
        load(str(encoder), None)
        assert f"lacks 1 of the encoder's own weights, such as {name}.output.dense.weight" in caplog.text


def small_encoder(kind, folder, **settings):
    """Write a random encoder of a kind, without a head, for the vocabulary of the folder's tokenizer."""
    import torch
    from transformers import AutoConfig, AutoModel

    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    if kind == "distilbert":
        sizes = {"dim": 16, "n_layers": 1, "n_heads": 2, "hidden_dim": 16}
    ids = {"pad_token_id": 0, "bos_token_id": 2, "cls_token_id": 2, "eos_token_id": 3, "sep_token_id": 3}
    settings = {"vocab_size": 400, "max_position_embeddings": 66, **sizes, **ids, **settings}
    torch.manual_seed(0)
    AutoModel.from_config(AutoConfig.for_model(kind, **settings)).save_pretrained(folder)


@pytest.mark.parametrize("kind", ENCODER_TYPES)
def test_every_kind_of_encoder_can_be_adapted(kind, encoder, caplog):
    import numpy as np

    from rasd.training.masked_trainer import masked_loss
    from rasd.training.masking import MaskingCollator

    small_encoder(kind, encoder, **({"embedding_size": 8} if kind == "electra" else {}))
    model, _ = load_masked_lm(str(encoder), None)
    assert "comes without a masked-language-model head" in caplog.text
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    ids = np.array([2, *range(20, 50), 3])
    window = {"input_ids": ids, "words": np.array([-1, *range(30), -1]), "epoch": 0, "row": 0}
    collator = MaskingCollator(4, 0, np.arange(5, 300), num_positions(model), 1)
    batch = collator([window])
    labels = batch.pop("labels")
    masked_loss(model(**batch), labels).backward()
    assert model.get_input_embeddings().weight.grad.abs().sum() > 0
    model.save_pretrained(encoder)
    caplog.clear()
    again, _ = load_masked_lm(str(encoder), None)
    loaded, _ = _load_encoder(str(encoder), None)
    assert not caplog.records
    assert all((value == model.state_dict()[name]).all() for name, value in again.state_dict().items())
    prefix = model.base_model_prefix
    assert all((value == model.state_dict()[f"{prefix}.{name}"]).all() for name, value in loaded.state_dict().items())


def test_fresh_head_is_tied_though_the_config_says_otherwise(encoder):
    small_encoder("bert", encoder, tie_word_embeddings=False)
    model, _ = load_masked_lm(str(encoder), None)
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    model.save_pretrained(encoder)
    again, _ = load_masked_lm(str(encoder), None)
    assert again.get_output_embeddings().weight is again.get_input_embeddings().weight


@pytest.mark.parametrize(("kind", "positions"), [("bert", 66), ("camembert", 65), ("roberta", 65), ("xlm-roberta", 65)])
def test_encoder_reads_as_many_pieces_as_it_has_positions(kind, positions, encoder):
    import torch

    small_encoder(kind, encoder)
    model, _ = load_masked_lm(str(encoder), None)
    assert num_positions(model) == positions
    assert model(torch.full((1, positions), 9)).logits.shape == (1, positions, 400)
    with pytest.raises((IndexError, RuntimeError)):
        model(torch.full((1, positions + 1), 9))


def test_encoder_that_rasd_cannot_use_is_told(encoder):
    import json

    record = json.loads((encoder / "config.json").read_text(encoding="utf-8"))
    (encoder / "config.json").write_text(json.dumps(record | {"model_type": "gpt2"}), encoding="utf-8")
    for load in (_load_encoder, load_masked_lm):
        with pytest.raises(ConfigError, match="cannot use an encoder with model_type 'gpt2'; it can use: bert"):
            load(str(encoder), None)


def test_tokenizer_without_a_mask_token_is_told(encoder):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(encoder)
    tokenizer.mask_token = None
    tokenizer.save_pretrained(encoder)
    with pytest.raises(ConfigError, match="no mask token, which adapting needs"):
        load_masked_lm(str(encoder), None)


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


def test_commit_of_an_encoder_is_read_from_the_cache(tmp_path, monkeypatch):
    commit, repo = "c" * 40, tmp_path / "cache" / "models--acme--encoder"
    for path, text in ((repo / "refs" / "main", commit), (repo / "snapshots" / commit / "config.json", "{}")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    assert find_commit("acme/encoder", None) == find_commit("acme/encoder", commit) == commit
    assert find_commit("acme/gone", None) is None and find_commit(str(tmp_path), None) is None

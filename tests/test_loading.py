"""Loading checkpoints: every damage is one error that names file and key, and nothing is fetched or run."""

from __future__ import annotations

import json
import os
import shutil
import socket
import traceback

import pytest
import torch
from conftest import SENTENCES
from safetensors.torch import load_file
from transformers import AutoModel

import rasd
from rasd.errors import CheckpointError
from rasd.files import open_whole
from rasd.inference.loading import find_checkpoint, load_model
from rasd.model.configuration_rasd import RasdConfig
from rasd.model.modeling_rasd import RasdModel, build_encoder_config, pooling_options
from rasd.model.settings import ENCODER_TYPES

SMALL = {
    "vocab_size": 400,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
DISTILBERT = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, "vocab_size": 400}
SPECIAL_TOKENS = {"cls_token_id": 2, "sep_token_id": 3, "pad_token_id": 0}


@pytest.fixture
def folder(tiny_checkpoint, tmp_path):
    """A copy of the tiny checkpoint to be spoilt."""
    return shutil.copytree(tiny_checkpoint, tmp_path / "model")


def change(folder, **settings):
    """Set keys of a checkpoint's config."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def change_encoder(folder, **settings):
    change(folder, encoder_config=json.loads((folder / "config.json").read_text())["encoder_config"] | settings)


def test_config_refuses_values_of_another_kind():
    for name, value in (("max_length", "512"), ("layers", "typing"), ("max_length", 1.5), ("threshold", True)):
        with pytest.raises(Exception, match=f"'{name}'"):
            RasdConfig(**{name: value})


def test_config_takes_whole_numbers_for_fractions():
    config = RasdConfig(threshold=1, trigger_threshold=0, type_thresholds={"Attack.Shelling": 1})
    values = (config.threshold, config.trigger_threshold, *config.type_thresholds.values())
    assert values == (1.0, 0.0, 1.0) and {type(value) for value in values} == {float}
    settings = RasdConfig(calibration={"types": {"temperature": 2}}).calibration["types"]
    assert type(settings["temperature"]) is float


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": []}, "layers: expected some of typing, trigger"),
        ({"layers": ["triger"]}, r"layers: unknown layer 'triger'\. Did you mean 'trigger'\?"),
        ({"layers": "typing"}, "'layers'"),
        ({"layers": [["typing"]]}, "'layers'"),
        ({"max_length": "512"}, "'max_length'"),
        ({"max_length": 8}, "max_length: expected at least 16, got 8"),
        ({"max_length": 100_000}, "max_length: the encoder reads 512 pieces at most"),
        ({"threshold": float("nan")}, "threshold: expected a number from 0 to 1, got nan"),
        ({"trigger_threshold": 1.5}, "trigger_threshold: expected a number from 0 to 1, got 1.5"),
        ({"argument_threshold": None}, "'argument_threshold'"),
        ({"type_thresholds": {"Attack.Sheling": 0.5}}, r"unknown event type .* Did you mean 'Attack.Shelling'"),
        ({"type_thresholds": {"Attack.Shelling": -1}}, r"type_thresholds\.Attack\.Shelling: expected a number"),
        ({"type_thresholds": [0.5]}, "'type_thresholds'"),
        (
            {"calibration": {"types": {"temperature": -1}}},
            r"calibration\.types\.temperature: expected a number above 0",
        ),
        ({"calibration": {"trigers": {}}}, r"calibration: unknown kind .* Did you mean 'triggers'"),
        ({"calibration": {"types": 2}}, "'calibration'"),
        ({"calibration": {"types": {"temperature": "2"}}}, "'calibration'"),
        ({"cls_token_id": -1}, "cls_token_id: expected an id below the encoder's vocab_size"),
        ({"sep_token_id": 10**6}, "sep_token_id: expected an id below"),
        ({"pad_token_id": None}, "pad_token_id: expected an id below"),
        ({"head_size": 0}, "head_size: expected at least 1"),
        ({"num_argument_heads": 0}, "num_argument_heads: expected at least 1"),
        ({"num_argument_heads": 5}, "num_argument_heads: 5 does not divide head_size 32"),
        ({"max_distance": -3}, "max_distance: expected at least 1"),
        ({"head_size": 64}, "model.safetensors does not fit"),
        ({"ontology": None}, "ontology: the checkpoint's ontology: expected a mapping"),
        ({"ontology": {"name": "x", "language": "ar", "types": 3}}, "types: expected a mapping"),
        ({"normalizer": None}, "normalizer: it is missing"),
        ({"normalizer": {"strikt": True}}, "normalizer: unknown normalizer setting 'strikt'"),
        ({"normalizer": {"strict": 3}}, "normalizer: normalizer setting 'strict' is 3"),
        ({"encoder_config": None}, "encoder_config.model_type: None is none of bert"),
        ({"encoder_config": {"model_type": "gpt2"}}, "encoder_config.model_type: 'gpt2' is none of"),
        ({"encoder_config": {"model_type": "bert"}}, "encoder_config.vocab_size: expected a whole number, got None"),
        ({"dtype": "float23"}, "float23"),
        ({"thresold": 0.5}, r"unknown setting 'thresold' .* Did you mean 'threshold'\?"),
    ],
)
def test_damaged_config_is_refused_with_file_and_key(folder, settings, message):
    change(folder, **settings)
    with pytest.raises(CheckpointError, match=message) as caught:
        rasd.load(folder, device="cpu")
    assert "config.json" in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [{"hidden_size": "wide"}, {"num_attention_heads": 5}, {"hidden_act": "none"}, {"num_hidden_layers": -1}],
    ids=lambda settings: next(iter(settings)),
)
def test_damaged_encoder_config_is_refused(folder, settings):
    change_encoder(folder, **settings)
    with pytest.raises(CheckpointError, match=r"config\.json"):
        rasd.load(folder, device="cpu")


def test_several_faults_are_told_at_once(folder):
    change(folder, layers=[], max_length=1, threshold=2)
    with pytest.raises(CheckpointError, match=r"(?s)layers: .*max_length: .*\nthreshold: "):
        rasd.load(folder, device="cpu")


def test_ontology_without_language_is_refused(folder):
    ontology = json.loads((folder / "config.json").read_text())["ontology"]
    del ontology["language"]
    change(folder, ontology=ontology)
    with pytest.raises(CheckpointError, match="ontology: the key 'language' is missing"):
        rasd.load(folder, device="cpu")


def test_tokenizer_with_more_pieces_than_the_encoder_is_refused(folder):
    path = folder / "tokenizer.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    record["model"]["vocab"]["##زائد"] = 5000
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(
        CheckpointError, match=r"tokenizer\.json has piece ids up to 5000, but the encoder .* knows 373"
    ):
        rasd.load(folder, device="cpu")


def test_hostile_encoder_config_fetches_nothing_and_changes_no_score(folder, tiny_checkpoint, monkeypatch):
    asked = []

    def refuse(*arguments, **options):
        asked.append(arguments)
        raise OSError("closed")

    change_encoder(
        folder,
        _attn_implementation="somebody/kernel",
        attn_implementation="somebody/kernel",
        _experts_implementation="somebody/kernel",
        auto_map={"AutoModel": "somebody/code--modeling.Model"},
        backbone="resnet50",
        use_pretrained_backbone=True,
        use_timm_backbone=True,
        return_dict=False,
        output_attentions=True,
        chunk_size_feed_forward=7,
    )
    expected = rasd.load(tiny_checkpoint, device="cpu").predict(SENTENCES)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert rasd.load(folder, device="cpu").predict(SENTENCES) == expected
    assert asked == []


@pytest.mark.parametrize("name", ["runs/mini-typo", "encoders/mini-typo", "here/typo", "./typo", "../typo", "a/b/c"])
def test_path_that_is_not_there_is_no_hub_id(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here" / "typos").mkdir(parents=True)
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *arguments, **options: pytest.fail("asked the Hub"))
    with pytest.raises(CheckpointError, match="no such folder"):
        find_checkpoint(name)


def test_folder_with_a_typo_is_answered_with_what_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "mini").mkdir(parents=True)
    with pytest.raises(CheckpointError, match=r"no such folder\. Did you mean 'runs/mini'\?"):
        find_checkpoint("runs/minni")


def test_loading_leaves_the_random_state_and_sets_every_weight(tiny_checkpoint):
    before = torch.random.get_rng_state()
    model = load_model(tiny_checkpoint)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(torch.nn.Linear(3, 3).weight, _next_weight(before)), "torch initialises as before"
    weights = load_file(tiny_checkpoint / "model.safetensors")
    assert model.state_dict().keys() == weights.keys()
    assert all(torch.equal(value, weights[name]) for name, value in model.state_dict().items())


def _next_weight(state):
    with torch.random.fork_rng(devices=[]):
        torch.random.set_rng_state(state)
        return torch.nn.Linear(3, 3).weight


@pytest.mark.parametrize("model_type", ENCODER_TYPES)
def test_loaded_model_scores_as_the_built_one(tiny_checkpoint, tmp_path, model_type):
    settings = (DISTILBERT if model_type == "distilbert" else SMALL) | {"model_type": model_type}
    encoder_config = build_encoder_config(settings)
    encoder = AutoModel.from_config(encoder_config, **pooling_options(model_type))
    old = json.loads((tiny_checkpoint / "config.json").read_text())
    config = RasdConfig.from_dict(old | SPECIAL_TOKENS | {"encoder_config": encoder_config.to_dict(), "max_length": 64})
    built = RasdModel.from_encoder(encoder, config).eval()
    built.save_pretrained(tmp_path)
    loaded = load_model(tmp_path)
    buffers = dict(built.named_buffers())
    assert all(torch.equal(value, buffers[name]) for name, value in loaded.named_buffers())
    batch = {
        "input_ids": torch.tensor([[2, 11, 12, 13, 3], [2, 14, 3, 0, 0]]),
        "attention_mask": torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]),
        "piece_words": torch.tensor([[-1, 0, 0, 1, -1], [-1, 0, -1, -1, -1]]),
        "letters": torch.tensor([[[1, 1, 1, 1], [1, 2, 0, 0]], [[1, 0, 0, 0], [0, 0, 0, 0]]]),
    }
    with torch.inference_mode():
        for one, other in zip(built.encode(**batch), loaded.encode(**batch), strict=True):
            torch.testing.assert_close(one, other)  # how weights lie in memory decides how sums are rounded


def test_encoder_whose_weights_are_not_all_there_is_an_assertion(tiny_checkpoint):
    model = load_model(tiny_checkpoint)
    deeper = model.encoder.config.to_dict() | {"num_hidden_layers": 3}
    config = RasdConfig.from_dict(model.config.to_dict() | {"encoder_config": deeper})
    with pytest.raises(AssertionError, match=r"not those of its config: \['encoder\.layer\.2"):
        RasdModel.from_encoder(model.encoder, config)


def test_pooling_layer_of_an_encoder_is_left_out(tiny_checkpoint):
    model = load_model(tiny_checkpoint)
    pooled = AutoModel.from_config(model.encoder.config)
    assert any(name.startswith("pooler.") for name in pooled.state_dict())
    taken = RasdModel.from_encoder(pooled, model.config)
    assert not [name for name in taken.state_dict() if "pooler" in name]


def test_file_is_written_whole_under_a_name_that_is_nobody_elses(tmp_path):
    path, own = tmp_path / "a.jsonl", tmp_path / "a.jsonl.part"
    own.write_text("the user's")
    with open_whole(path) as first, open_whole(path) as second:
        first.write("first")
        second.write("second")
        assert not path.exists()
    assert path.read_text() == "first" and own.read_text() == "the user's"
    assert sorted(tmp_path.iterdir()) == [path, own]


def test_file_has_the_permissions_that_the_user_asks_for(tmp_path):
    before = os.umask(0o027)
    try:
        with open_whole(tmp_path / "a.txt") as file:
            file.write("نص")
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o640


def test_file_that_fails_half_way_leaves_nothing(tmp_path):
    with pytest.raises(KeyError), open_whole(tmp_path / "a.txt") as file:
        file.write("half")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_error_of_writing_names_the_file_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, open_whole(tmp_path / "none" / "a.txt"):
        pass
    assert caught.value.filename == str(tmp_path / "none" / "a.txt")


def test_hub_id_without_a_network_is_one_error_that_says_what_to_do():
    with pytest.raises(CheckpointError) as caught:
        rasd.load("nobody/nothing", device="cpu", revision="v2")
    message = str(caught.value)
    assert message.startswith("no checkpoint 'nobody/nothing': the model 'nobody/nothing' at 'v2' is not in the Hub's")
    assert message.endswith(
        "HF_HUB_OFFLINE is set; run it once with a network, or copy the checkpoint's folder here and give its path"
    )
    shown = "".join(traceback.format_exception(caught.value))
    assert "\n" not in message and shown.count("Traceback") == 1


def test_hub_id_that_only_the_cache_may_answer_is_one_error(tmp_path):
    with pytest.raises(CheckpointError, match="and the network was not to be asked; run it once with a network"):
        find_checkpoint("nobody/nothing", local_files_only=True)


def test_wrong_path_names_the_nearest_folder(tiny_checkpoint):
    wrong = tiny_checkpoint.with_name(tiny_checkpoint.name + "s")
    with pytest.raises(CheckpointError, match=r"no such folder, and it is no Hub id .* Did you mean '/.*checkpoint0'"):
        rasd.load(wrong, device="cpu")

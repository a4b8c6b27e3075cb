"""Remote code: plain transformers, without rasd, gives the events that rasd gives."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from conftest import SENTENCES
from safetensors.torch import load_file, save_file
from test_loading import DISTILBERT, SMALL, SPECIAL_TOKENS
from tokenizers import Tokenizer

import rasd
from rasd.errors import CheckpointError
from rasd.hub import handler
from rasd.hub.flatten import REMOTE_FILES, REQUIREMENTS, find_stale_code, write_remote_code
from rasd.inference.loading import load_model
from rasd.model.configuration_rasd import RasdConfig
from rasd.model.heads import OUTSIDE
from rasd.model.modeling_rasd import RasdModel, build_encoder_config
from rasd.model.settings import ENCODER_TYPES, REMOTE_KEYS
from rasd.scorebook import fingerprint, hide_origin
from rasd.training.transfer import take_over

ROOT = Path(__file__).resolve().parents[2]
NUM_SENTENCES = 32
# Marks, tatweel, entities, tags, invisible characters, other scripts, a sentence longer than a window, and nothing.
ODD_TEXTS = (
    "أَعلَنَتِ الـــشرطةُ&nbsp;توقيف <b>٣٫٥</b> آلاف شخصٍ\u200f في المدينة.\nNo Arabic here! \U0001f600 وبالسوق #حظر_التجول",
    "وصلت القافلة إلى المدينة ثم عادت، " * 5,
    "",
)


@pytest.fixture(scope="module")
def published(tiny_checkpoint, tmp_path_factory):
    """The tiny checkpoint with remote code; its model sees fewer events, of which some hundreds are enough."""
    folder = shutil.copytree(tiny_checkpoint, tmp_path_factory.mktemp("published") / "model-1.0")
    state = load_file(folder / "model.safetensors")
    state["triggers.layers.3.bias"] -= 60.0
    state["arguments.roles.1.bias"].view(-1, 3)[:, OUTSIDE] += 4.0
    save_file(state, folder / "model.safetensors", {"format": "pt"})
    assert set(write_remote_code(folder)) == {*REMOTE_FILES, "config.json", "tokenizer_config.json"}
    return folder


@pytest.fixture(scope="module")
def texts():
    lines = (ROOT / "data/conflict/dev.jsonl").read_text(encoding="utf-8").splitlines()[:NUM_SENTENCES]
    return [*(json.loads(line)["text"] for line in lines), *ODD_TEXTS]


@pytest.fixture(scope="module")
def models(tiny_checkpoint, tmp_path_factory):
    """Checkpoints without tokenizer over every kind of encoder, and the scores that rasd gives for one batch."""
    old = json.loads((tiny_checkpoint / "config.json").read_text())
    batch = {
        "input_ids": torch.tensor([[2, 11, 12, 13, 3]]),
        "attention_mask": torch.ones(1, 5, dtype=torch.long),
        "piece_words": torch.tensor([[-1, 0, 0, 1, -1]]),
        "letters": torch.tensor([[[1, 1, 1, 1], [1, 2, 0, 0]]]),
    }
    found = {}
    for model_type in ENCODER_TYPES:
        settings = (DISTILBERT if model_type == "distilbert" else SMALL) | {"model_type": model_type}
        encoder = build_encoder_config(settings).to_dict()
        model = RasdModel(RasdConfig.from_dict(old | SPECIAL_TOKENS | {"encoder_config": encoder, "max_length": 64}))
        folder = tmp_path_factory.mktemp(model_type)
        model.save_pretrained(folder)
        shutil.copy(tiny_checkpoint / "tokenizer_config.json", folder)
        write_remote_code(folder)
        with torch.inference_mode():
            output = load_model(folder)(**batch)
        found[str(folder)] = (output.typing_logits, output.trigger_logits, output.cut_logits)
    return found


@pytest.fixture(scope="module")
def remote(published, texts, models, tmp_path_factory):
    """What plain transformers gives in a process without rasd; see remote_use.py."""
    folder = tmp_path_factory.mktemp("remote")
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(
        [
            sys.executable,
            ROOT / "tests/hub/remote_use.py",
            folder / "texts.json",
            folder / "out.json",
            published,
            *models,
        ],
        cwd=folder,
        env=environment | {"HF_HOME": str(folder / "cache"), "HF_HUB_OFFLINE": "1"},
        check=True,
    )
    return json.loads((folder / "out.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def extractor(published):
    return rasd.load(published, device="cpu")


def predict(extractor, texts, **options):
    return [document.to_dict() for document in extractor.predict(texts, **options)]


def spans(documents):
    """Everything but the scores, which depend in their last digits on what stands in one batch."""
    if isinstance(documents, dict):
        return {name: spans(value) for name, value in documents.items() if name not in ("score", "types")}
    return [spans(item) for item in documents] if isinstance(documents, list) else documents


@pytest.fixture(scope="module")
def expected(extractor, texts):
    """What rasd gives."""
    return predict(extractor, texts)


def test_events_are_those_of_rasd(remote, expected, texts):
    assert remote["has_rasd"] is False
    assert remote["list"] == expected
    events = [event for document in expected for sentence in document["sentences"] for event in sentence["events"]]
    assert len(texts) > 30 and len(events) > 100 and any(event["arguments"] for event in events)


def test_offsets_are_into_the_text_as_given(remote, texts):
    for text, document in zip(texts, remote["list"], strict=True):
        assert document["text"] == text
        for sentence in document["sentences"]:
            for event in sentence["events"]:
                for span in (event["trigger"], *event["arguments"]):
                    assert text[span["start"] : span["end"]] == span["text"]


@pytest.mark.parametrize("way", ["generator", "rows"])
def test_iterators_give_what_lists_give(remote, expected, way):
    assert spans(remote[way]) == spans(expected[:4])


def test_one_text_a_data_set_and_no_text_give_what_lists_give(remote):
    assert spans(remote["one"]) == spans(remote["list"][0])
    assert remote["dataset"] == remote["generator"]
    assert remote["empty"] == []


def test_batch_size_changes_no_event(remote):
    assert spans(remote["batch_size"]) == spans(remote["generator"])


def test_min_score_is_that_of_rasd(remote, extractor, texts):
    expected = predict(extractor, texts[:4], min_score=0.9)
    assert remote["min_score"] == remote["of_the_pipeline"] == expected
    assert spans(expected) != spans(remote["generator"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("bytes", "TypeError: expected a text, or a list or iterator of texts, got bytes"),
        ("number", "TypeError: expected a text, or a list or iterator of texts, got int"),
        ("item", "TypeError: .* got NoneType at position 1"),
        ("surrogate", "ValueError: .* half a surrogate pair"),
        ("mapping", "TypeError: expected a text, or a mapping with 'text', got one with 'txt'"),
        ("option", "TypeError: .*top_k"),
        ("score", "ValueError: min_score must be a number from 0 to 1, got 2"),
        ("size", "ValueError: a batch needs"),
    ],
)
def test_bad_input_is_refused(remote, call, message):
    assert re.match(message, remote["errors"][call]), remote["errors"][call]


def test_automatic_classes_load_config_model_and_tokenizer(remote, published):
    assert remote["classes"] == ["RasdModel", "RasdConfig"]
    assert remote["config"]["ontology"] == json.loads((published / "config.json").read_text())["ontology"]
    pieces = json.loads(Tokenizer.from_file(str(published / "tokenizer.json")).to_str())
    assert json.loads(remote["pieces"])["model"] == pieces["model"]


def test_models_over_every_encoder_score_as_in_rasd(remote, models):
    assert len(remote["scores"]) == 1 + len(ENCODER_TYPES)
    for folder, expected, got in zip(models, models.values(), remote["scores"][1:], strict=True):
        for one, other in zip(expected, got, strict=True):
            torch.testing.assert_close(torch.tensor(other), one, rtol=1e-4, atol=1e-5, msg=folder)


def test_saved_pipeline_loads_without_rasd(remote):
    assert remote["saved"] == remote["generator"]


def test_endpoint_answers_as_the_pipeline(remote):
    several, one = remote["handler"]
    assert several == remote["generator"]
    assert spans(one) == spans(remote["min_score"][0])
    assert "min_score must be a number from 0 to 1, got 'high'" in remote["handler_error"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, '"inputs" must be a text or a list of texts, got None'),
        ({"inputs": ["نص", 3]}, '"inputs" must be a text or a list of texts'),
        ({"inputs": "نص", "parameters": 0.5}, '"parameters" must be a mapping of name to value, got 0.5'),
        ({"inputs": "نص", "parameters": {"top_k": 3}}, "unknown parameter 'top_k'; parameters are: min_score"),
    ],
)
def test_endpoint_refuses_other_requests(monkeypatch, data, message):
    monkeypatch.setattr(handler, "pipeline", lambda *arguments, **options: None)
    with pytest.raises(ValueError, match=re.escape(message)):
        handler.EndpointHandler("folder")(data)


def test_completing_a_checkpoint_again_changes_nothing(published):
    assert write_remote_code(published) == []
    assert find_stale_code(published) == []


def test_rasd_reads_the_checkpoint_as_before(published, tiny_checkpoint, extractor):
    before = json.loads((tiny_checkpoint / "config.json").read_text())
    before["encoder_config"] = hide_origin(before["encoder_config"])
    assert extractor.engine.backend.model.config.to_dict() == before | {
        name: extractor.engine.backend.model.config.to_dict()[name] for name in REMOTE_KEYS
    }
    assert predict(extractor, SENTENCES)[0]["sentences"][0]["events"]


def test_changed_or_missing_code_is_stale(tiny_checkpoint, tmp_path):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    assert find_stale_code(folder) == list(REMOTE_FILES)
    write_remote_code(folder)
    path = folder / "modeling_rasd.py"
    path.write_text(path.read_text(encoding="utf-8") + "#\n", encoding="utf-8")
    assert find_stale_code(folder) == ["modeling_rasd.py"]
    assert write_remote_code(folder) == ["modeling_rasd.py"]


def test_folders_of_this_machine_are_not_told_and_scores_stay_those_of_the_model(tiny_checkpoint, tmp_path):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    before = json.loads((folder / "config.json").read_text())["encoder_config"]["_name_or_path"]
    state = fingerprint(folder)
    write_remote_code(folder)
    assert Path(before).is_absolute() and str(Path(before).parent) not in (folder / "config.json").read_text()
    assert fingerprint(folder) == state


def test_tokenizer_is_read_as_it_stands(published):
    record = json.loads((published / "tokenizer_config.json").read_text())
    assert record["tokenizer_class"] == "TokenizersBackend"
    assert not {"is_local", "local_files_only"} & record.keys()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("config.json", "{}", "not a rasd checkpoint"),
        ("tokenizer_config.json", None, "has no tokenizer_config.json"),
        ("tokenizer_config.json", "{", r"tokenizer_config\.json is damaged"),
        ("tokenizer_config.json", "[]", "expected a mapping of settings"),
    ],
)
def test_incomplete_checkpoint_is_refused_and_left_as_it_was(tiny_checkpoint, tmp_path, name, text, message):
    folder = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    (folder / name).unlink() if text is None else (folder / name).write_text(text)
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(CheckpointError, match=message):
        write_remote_code(folder)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_training_on_from_a_published_checkpoint_leaves_its_code_behind(published):
    old = load_model(published)
    assert set(REMOTE_KEYS) <= old.config.to_dict().keys()
    new = take_over(old, old.config.load_ontology(), layers=())
    assert not set(REMOTE_KEYS) & new.config.to_dict().keys()


def test_requirements_are_those_of_the_package():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = re.findall(r'"(.+)"', text.partition("\ndependencies = [")[2].partition("]")[0])
    assert {*REQUIREMENTS} == {item for item in needed if not item.startswith("pyyaml")}

"""Splits and data sets: what is left out, what is noted, and what checkpoints are chosen by."""

from __future__ import annotations

import json

import pytest

from rasd.ontology import Ontology
from rasd.training.config import DataConfig, ModelConfig, TrainConfig
from rasd.training.data import encode_split, layers_of, load_splits
from rasd.training.trainer import choice_of

FULL = {
    "text": "قصفت الطائرات القرية.",
    "events": [{"type": "Attack.AirStrike", "trigger": "قصفت", "start": 0, "end": 4, "arguments": []}],
}


@pytest.fixture
def splits(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, [FULL, {"text": "لم يعلق أحد."}])), encoding="utf-8")
    data = DataConfig(train=str(path), dev=str(path))
    config = TrainConfig(name="x", output_dir="x", data=data, model=ModelConfig(encoder="x"))
    return load_splits(config, Ontology.load("conflict"))


def test_sentences_that_were_not_annotated_are_no_negatives(splits):
    assert len(splits.train) == len(splits.dev) == 1


def test_checksums_are_of_the_files_that_were_read(splits):
    [digest] = splits.checksums.values()
    assert len(digest) == 64


def test_data_set_hands_out_arrays_by_reference_and_without_pickling_them(splits, tiny_checkpoint, monkeypatch):
    import datasets.fingerprint

    import rasd

    pickled = []
    dumps = datasets.fingerprint.dumps
    monkeypatch.setattr(datasets.fingerprint, "dumps", lambda value: pickled.append(dumps(value)) or pickled[-1])
    engine = rasd.load(tiny_checkpoint, device="cpu").engine
    dataset = encode_split(splits.train * 2, engine.sentence_encoder, engine.ontology)
    assert not any(b"numpy" in item for item in pickled)
    assert dataset[0]["encoding"] is dataset[0]["encoding"]
    assert dataset[0]["length"] == len(dataset[0]["encoding"].input_ids)


@pytest.mark.parametrize(
    ("train", "dev", "choice"),
    [
        (["typing", "trigger", "arguments"], ["typing", "trigger", "arguments"], ["arg_c", "tri_c", "typing"]),
        (["typing", "trigger", "arguments"], ["typing", "trigger"], ["tri_c", "typing"]),
        (["typing"], ["typing", "trigger", "arguments", "realis"], ["typing"]),
    ],
)
def test_checkpoints_are_chosen_by_the_deepest_layer_of_both(train, dev, choice):
    assert choice_of(train, dev) == choice


def test_layers_are_those_that_any_event_has(splits):
    assert layers_of(splits.dev) == ["typing", "trigger", "arguments"]
    assert layers_of([]) == ["typing"]

"""What matters only while training: `TrainConfig`, read from a YAML file with `key=value` overrides.

Every fault is found before anything is downloaded or trained, and all are shown at once with key path, value and the
nearest valid name. The `trainer` part takes any field of HF `TrainingArguments`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasd.errors import CheckpointError, OntologyError, did_you_mean
from rasd.inference.loading import read_config
from rasd.ontology import Ontology
from rasd.training.settings import check_encoder, check_files, check_run, expecting, read_settings


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Corpus files or data sets of the Hub (`ORG/NAME`, see `rasd.training.hub_data`), one or a list of them.

    `max_train_sentences` takes a seeded sample of the training data.

    `augmentation` is the share of the times that a training sentence is read written in another way (see
    `rasd.training.augmentation`), for Arabic.
    """

    train: str | list[str]
    dev: str | list[str]
    ontology: str = "conflict"
    max_train_sentences: int | None = None
    augmentation: float = 0.0


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Where the model starts and how it is built.

    `encoder` is a Hub id or a folder; `checkpoint` is a rasd checkpoint to go on from, in the encoder's place and with
    the normaliser, maximum length and head sizes that it was built with.
    `normalizer` takes settings of `NormalizerConfig`, over the preset that fits the encoder. `num_letter_filters` is
    how many filters of each width read words letter by letter; 0 leaves that out. `freeze_embeddings` keeps the
    encoder's word embeddings as they are, which small corpora cannot improve.
    """

    encoder: str | None = None
    revision: str | None = None
    checkpoint: str | None = None
    normalizer: dict[str, Any] = field(default_factory=dict)
    max_length: int = 512
    num_mixed_layers: int = 8
    num_letter_filters: int = 96
    head_size: int = 256
    num_argument_layers: int = 2
    num_argument_heads: int = 4
    head_dropout: float = 0.2
    freeze_embeddings: bool = False


@dataclass(frozen=True, kw_only=True)
class OptimConfig:
    """Settings that HF `TrainingArguments` has no field for."""

    head_learning_rate: float = 1e-3
    loss_weights: dict[str, float] = field(default_factory=dict)
    tune_thresholds: bool = True


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """A training run: name, seed, output folder, data, model, optimiser and HF trainer settings."""

    name: str
    output_dir: str
    data: DataConfig
    model: ModelConfig
    seed: int = 13
    resume: bool = False
    optim: OptimConfig = field(default_factory=OptimConfig)
    trainer: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the config in the shape of its YAML file."""
        return dataclasses.asdict(self)

    @classmethod
    def from_yaml(cls, path: str | Path, overrides: Sequence[str] = ()) -> TrainConfig:
        """Read a config file.

        Args:
            path: The YAML file.
            overrides: `key=value` with dots in the key and YAML in the value, such as `trainer.max_steps=10`.

        Raises:
            ConfigError: If anything is at fault; every fault at once.
        """
        return read_settings(cls, path, overrides, check_record=_check_record, check_values=_check_values)


_LOSSES = ("typing", "trigger", "argument", "realis", "cut")
# What configs/mini-real.yaml trains on and a clone does not have.
_REHYDRATED = "runs/conflict_real/train.jsonl"
# Settings that a checkpoint was built with and that cannot be changed in it.
_BUILT = (
    "max_length",
    "num_mixed_layers",
    "num_letter_filters",
    "head_size",
    "num_argument_layers",
    "num_argument_heads",
    "head_dropout",
)


def _check_record(record: Mapping[str, Any], faults: list[str]) -> None:
    """Check what must be seen as it was written: the keys beside a checkpoint, and the HF settings."""
    _check_checkpoint(record.get("model"), faults)
    # It imports torch, which reading and writing configs must not wait for.
    from rasd.training.arguments import check_trainer

    check_trainer(record.get("trainer"), faults)


def _check_values(config: TrainConfig, faults: list[str]) -> None:
    """Check what types cannot say: files, ids, names of losses, ranges."""
    for key in ("train", "dev"):
        hints = {_REHYDRATED: "; scripts/rehydrate.py makes it"}
        names = getattr(config.data, key)
        check_files(f"data.{key}", names, "a JSONL file", faults, hints=hints, may_be_on_hub=True)
    try:
        Ontology.load(config.data.ontology)
    except OntologyError as err:
        faults.append(f"data.ontology: {err}")
    for key in config.optim.loss_weights:
        if key not in _LOSSES:
            near = did_you_mean(key, _LOSSES)
            faults.append(f"optim.loss_weights.{key}: unknown loss; losses are: {', '.join(_LOSSES)}.{near}")
    check_run(config, faults)
    model = config.model
    if model.encoder is None and model.checkpoint is None:
        faults.append("model: give `encoder`, to start from a pretrained encoder, or `checkpoint`, to go on from one")
    if model.encoder is not None and model.checkpoint is None:
        check_encoder(model.encoder, model.normalizer, faults)
    _check_ranges(config, faults)


def _check_ranges(config: TrainConfig, faults: list[str]) -> None:
    """Check numbers."""
    model, optim = config.model, config.optim
    expect = expecting(faults)
    limit = config.data.max_train_sentences
    share = config.data.augmentation
    expect(0 <= share <= 1, "data.augmentation", share, "a number from 0 to 1")
    expect(limit is None or limit >= 1, "data.max_train_sentences", limit, "at least 1, or null for all")
    expect(model.max_length >= 16, "model.max_length", model.max_length, "at least 16")
    for key in ("num_mixed_layers", "head_size", "num_argument_layers", "num_argument_heads"):
        expect(getattr(model, key) >= 1, f"model.{key}", getattr(model, key), "at least 1")
    expect(model.num_letter_filters >= 0, "model.num_letter_filters", model.num_letter_filters, "0 (none) or more")
    expect(0 <= model.head_dropout < 1, "model.head_dropout", model.head_dropout, "a number from 0 to below 1")
    if model.head_size >= 1 and model.num_argument_heads >= 1:
        multiple = f"a multiple of num_argument_heads = {model.num_argument_heads}"
        expect(model.head_size % model.num_argument_heads == 0, "model.head_size", model.head_size, multiple)
    rates = {"head_learning_rate": optim.head_learning_rate}
    rates |= {f"loss_weights.{key}": value for key, value in optim.loss_weights.items()}
    for key, value in rates.items():
        expect(math.isfinite(value) and value >= 0, f"optim.{key}", value, "a finite number of 0 or more")


def _check_checkpoint(model: Any, faults: list[str]) -> None:
    """Check that the keys set beside `model.checkpoint`, which brings its own settings, say what it has.

    `encoder` and `revision` may stand: the shipped configurations have them, and `checkpoint` takes their place.
    """
    if not isinstance(model, Mapping) or not isinstance(model.get("checkpoint"), str):
        return
    folder = model["checkpoint"]
    if not (Path(folder) / "config.json").is_file():
        faults.append(f"model.checkpoint = {folder!r}: no rasd checkpoint in that folder")
        return
    try:
        built = read_config(Path(folder))
    except CheckpointError as err:
        faults.append(f"model.checkpoint = {folder!r}: {err}")
        return
    settings = {key: (model[key], built.get(key)) for key in _BUILT if key in model}
    normalizer = model.get("normalizer")
    if isinstance(normalizer, Mapping):
        has = built.get("normalizer") or {}
        settings |= {f"normalizer.{key}": (value, has.get(key)) for key, value in normalizer.items()}
    for key, (got, has) in settings.items():
        if got != has:
            faults.append(
                f"model.{key} = {got!r:.60}: the checkpoint was built with {has!r:.60} and keeps it; remove the key"
            )

"""What matters only while training: `TrainConfig`, read from a YAML file with `key=value` overrides.

Every fault is found before anything is downloaded or trained, and all are shown at once with key path, value and the
nearest valid name. The `trainer` part takes any field of HF `TrainingArguments`.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

import yaml

from rasd.errors import CheckpointError, ConfigError, OntologyError, did_you_mean, summarize_faults
from rasd.inference.loading import read_config
from rasd.ontology import Ontology, UniqueKeyLoader
from rasd.text.normalize import NormalizerConfig
from rasd.training.kinds import describe, fits, float_hint


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Corpus files, one or a list of them; `max_train_sentences` takes a seeded sample of the training data."""

    train: str | list[str]
    dev: str | list[str]
    ontology: str = "conflict"
    max_train_sentences: int | None = None


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Where the model starts and how it is built.

    `encoder` is a Hub id or a folder; `checkpoint` is a rasd checkpoint to go on from, in the encoder's place and with
    the normaliser, maximum length and head sizes that it was built with.
    `normalizer` takes settings of `NormalizerConfig`, over the preset that fits the encoder. `freeze_embeddings` keeps
    the encoder's word embeddings as they are, which small corpora cannot improve.
    """

    encoder: str | None = None
    revision: str | None = None
    checkpoint: str | None = None
    normalizer: dict[str, Any] = field(default_factory=dict)
    max_length: int = 512
    num_mixed_layers: int = 8
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
        try:
            record = yaml.load(Path(path).read_text(encoding="utf-8"), Loader=UniqueKeyLoader)
        except OSError as err:
            raise ConfigError(f"cannot read the configuration {str(path)!r}: {err.strerror}") from err
        except (yaml.YAMLError, ValueError) as err:  # a ValueError for bytes that are not UTF-8 and impossible dates
            raise ConfigError(f"{path}: not valid YAML: {err}") from err
        if not isinstance(record, Mapping):
            raise ConfigError(f"{path}: expected a mapping with name, data, model, ...; got {record!r:.60}")
        faults: list[str] = []
        record = _override(dict(record), overrides, faults)
        config = _build(cls, record, "", faults)
        _check_checkpoint(record.get("model"), faults)
        # It imports torch, which reading and writing configs must not wait for.
        from rasd.training.arguments import check_trainer

        check_trainer(record.get("trainer"), faults)
        if config is not None:
            _check_values(config, faults)
        if faults:
            raise ConfigError(f"{path} is at fault:\n" + summarize_faults(faults))
        return config


_LOSSES = ("typing", "trigger", "argument", "realis", "cut")
# What configs/mini-real.yaml trains on and a clone does not have.
_REHYDRATED = "runs/conflict_real/train.jsonl"
# Settings that a checkpoint was built with and that cannot be changed in it.
_BUILT = ("max_length", "num_mixed_layers", "head_size", "num_argument_layers", "num_argument_heads", "head_dropout")


def _override(record: dict[str, Any], overrides: Sequence[str], faults: list[str]) -> dict[str, Any]:
    """Set dotted keys; a fault where the form is wrong or a parent is no mapping."""
    for item in overrides:
        key, equals, value = item.partition("=")
        if not equals or not key:
            faults.append(f"override {item!r}: expected key=value, for example trainer.max_steps=10")
            continue
        *parents, last = key.split(".")
        place: Any = record
        for parent in parents:
            place = place.setdefault(parent, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict):
            faults.append(f"override {item!r}: {'.'.join(parents)} is not a mapping")
            continue
        try:
            place[last] = yaml.load(value, Loader=UniqueKeyLoader)
        except (yaml.YAMLError, ValueError):
            faults.append(f"override {item!r}: {value!r} is not valid YAML")
    return record


def _build(kind: type, record: Any, path: str, faults: list[str]) -> Any:
    """Build a dataclass from a mapping, None where required keys are missing or at fault or the value is no mapping."""
    if not isinstance(record, Mapping):
        faults.append(f"{path or 'config'}: expected a mapping, got {record!r:.60}")
        return None
    hints, known = get_type_hints(kind), {item.name: item for item in dataclasses.fields(kind)}
    prefix = f"{path}." if path else ""
    values: dict[str, Any] = {}
    parts: list[Any] = []
    for key, value in record.items():
        if key not in known:
            near = did_you_mean(str(key), known)
            faults.append(f"{prefix}{key} = {value!r:.60}: unknown key; keys are: {', '.join(known)}.{near}")
        elif dataclasses.is_dataclass(hints[key]):
            values[key] = _build(hints[key], value, prefix + key, faults)
            parts.append(values[key])
        elif fits(value, hints[key]):
            values[key] = float(value) if hints[key] is float else value
        else:
            faults.append(f"{prefix}{key} = {value!r:.60}: expected {describe(hints[key])}{float_hint(value)}")
    required = [
        name
        for name, item in known.items()
        if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
    ]
    faults += [f"{prefix}{name}: missing" for name in required if name not in record]
    is_whole = all(name in values for name in required) and all(part is not None for part in parts)
    return kind(**values) if is_whole else None


def _check_values(config: TrainConfig, faults: list[str]) -> None:
    """Check what types cannot say: files, ids, names of losses, ranges."""
    for key in ("train", "dev"):
        value = getattr(config.data, key)
        if not value:
            faults.append(f"data.{key} = {value!r}: expected a JSONL file or a list of them")
        for name in [value] if isinstance(value, str) else value:
            if name and not Path(name).is_file():
                hint = "; scripts/rehydrate.py makes it" if name == _REHYDRATED else ""
                faults.append(f"data.{key} = {name!r}: no such file{hint}")
    try:
        Ontology.load(config.data.ontology)
    except OntologyError as err:
        faults.append(f"data.ontology: {err}")
    for key in config.optim.loss_weights:
        if key not in _LOSSES:
            near = did_you_mean(key, _LOSSES)
            faults.append(f"optim.loss_weights.{key}: unknown loss; losses are: {', '.join(_LOSSES)}.{near}")
    for key in ("name", "output_dir"):
        if not getattr(config, key).strip():
            faults.append(f"{key} = {getattr(config, key)!r}: expected a name that is not empty")
    if Path(config.output_dir).exists() and not Path(config.output_dir).is_dir():
        faults.append(f"output_dir = {config.output_dir!r}: a file stands there; give a folder")
    model = config.model
    if model.encoder is None and model.checkpoint is None:
        faults.append("model: give `encoder`, to start from a pretrained encoder, or `checkpoint`, to go on from one")
    if model.encoder is not None and model.checkpoint is None:
        _check_encoder(model.encoder, model.normalizer, faults)
    _check_ranges(config, faults)


def _check_ranges(config: TrainConfig, faults: list[str]) -> None:
    """Check numbers."""
    model, optim = config.model, config.optim

    def expect(is_right: bool, key: str, value: Any, expected: str) -> None:
        if not is_right:
            faults.append(f"{key} = {value}: expected {expected}")

    limit = config.data.max_train_sentences
    expect(limit is None or limit >= 1, "data.max_train_sentences", limit, "at least 1, or null for all")
    # numpy takes no other seeds.
    expect(0 <= config.seed < 2**32, "seed", config.seed, "a whole number from 0 to 4294967295")
    expect(model.max_length >= 16, "model.max_length", model.max_length, "at least 16")
    for key in ("num_mixed_layers", "head_size", "num_argument_layers", "num_argument_heads"):
        expect(getattr(model, key) >= 1, f"model.{key}", getattr(model, key), "at least 1")
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


def _check_encoder(encoder: str, normalizer: Mapping[str, Any], faults: list[str]) -> None:
    """Check an encoder's name, as far as can be told without the network, and the normaliser settings."""
    try:
        preset = NormalizerConfig.for_encoder(encoder).to_dict()
        NormalizerConfig.from_dict({**preset, **normalizer})
    except (ValueError, TypeError) as err:
        faults.append(f"model: {err}")
    if Path(encoder).is_dir():
        if not (Path(encoder) / "config.json").is_file():
            faults.append(f"model.encoder = {encoder!r}: the folder has no config.json")
    elif not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", encoder) or Path(encoder).parts[0] in ("encoders", "runs", ".", ".."):
        faults.append(
            f"model.encoder = {encoder!r}: no such folder, and no Hub id either; "
            "the small encoders are built by scripts/build_mini_encoder.py and scripts/build_tiny_encoder.py"
        )

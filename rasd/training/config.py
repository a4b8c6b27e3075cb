"""What matters only while training: `TrainConfig`, read from a YAML file with `key=value` overrides.

Every fault is found before anything is downloaded or trained, and all are shown at once with key path, value and the
nearest valid name. The `trainer` part takes any field of HF `TrainingArguments`.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import yaml

from rasd.errors import ConfigError, OntologyError, did_you_mean, summarize_faults
from rasd.ontology import Ontology
from rasd.text.normalize import NormalizerConfig


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

    `encoder` is a Hub id or a folder; `checkpoint` is a rasd checkpoint to go on from, in the encoder's place.
    `normalizer` takes settings of `NormalizerConfig`, over the preset that fits the encoder. `freeze_embeddings` keeps
    the encoder's word embeddings as they are, which small corpora cannot improve.
    """

    encoder: str | None = None
    revision: str | None = None
    checkpoint: str | None = None
    normalizer: dict[str, Any] = field(default_factory=dict)
    max_length: int = 512
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
            record = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except OSError as err:
            raise ConfigError(f"cannot read the configuration {str(path)!r}: {err.strerror}") from err
        except (yaml.YAMLError, UnicodeDecodeError) as err:
            raise ConfigError(f"{path}: not valid YAML: {err}") from err
        if not isinstance(record, Mapping):
            raise ConfigError(f"{path}: expected a mapping with name, data, model, ...; got {record!r:.60}")
        faults: list[str] = []
        record = _override(dict(record), overrides, faults)
        config = _build(cls, record, "", faults)
        _check_trainer(record.get("trainer"), faults)
        if config is not None:
            _check_values(config, faults)
        if faults:
            raise ConfigError(f"{path} is at fault:\n" + summarize_faults(faults))
        return config


# Settings of TrainingArguments that rasd sets itself, with what to use instead.
_OWNED = {
    "output_dir": "write it at the top level",
    "seed": "write it at the top level",
    "data_seed": "write `seed` at the top level",
    "resume_from_checkpoint": "write `resume: true` at the top level",
    "remove_unused_columns": "rasd sets it",
    "save_strategy": "rasd saves and evaluates every epoch",
    "eval_strategy": "rasd saves and evaluates every epoch",
    "load_best_model_at_end": "the best checkpoint by dev argument F1 is always taken",
    "metric_for_best_model": "the best checkpoint by dev argument F1 is always taken",
    "greater_is_better": "the best checkpoint by dev argument F1 is always taken",
    "push_to_hub": "publish the finished checkpoint instead",
}
_LOSSES = ("typing", "trigger", "argument", "realis", "cut")


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
            place[last] = yaml.safe_load(value)
        except yaml.YAMLError:
            faults.append(f"override {item!r}: {value!r} is not valid YAML")
    return record


def _build(kind: type, record: Any, path: str, faults: list[str]) -> Any:
    """Build a dataclass from a mapping, None where required keys are missing or the value is no mapping."""
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
        elif _fits(value, hints[key]):
            values[key] = float(value) if hints[key] is float else value
        else:
            faults.append(f"{prefix}{key} = {value!r:.60}: expected {_describe(hints[key])}{_float_hint(value)}")
    missing = [
        name
        for name, item in known.items()
        if name not in record and item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
    ]
    faults += [f"{prefix}{name}: missing" for name in missing]
    return None if missing or any(part is None for part in parts) else kind(**values)


def _fits(value: Any, hint: Any) -> bool:
    """Whether a YAML value is of a type such as `int`, `str | None` or `list[str]`; a bool is no number."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(_fits(value, item) for item in get_args(hint))
    if hint is type(None):
        return value is None
    if origin is list:
        return isinstance(value, list) and all(_fits(item, get_args(hint)[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(_fits(item, get_args(hint)[1]) for item in value.values())
    if hint is Any:
        return True
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def _describe(hint: Any) -> str:
    text = hint.__name__ if isinstance(hint, type) and get_origin(hint) is None else str(hint)
    return text.replace("str", "text").replace("int", "a whole number").replace("float", "a number")


def _float_hint(value: Any) -> str:
    """YAML reads 1e-5 as text; say how to write it."""
    if isinstance(value, str) and (number := re.fullmatch(r"([+-]?\d+)(\.\d+)?([eE][+-]?\d+)", value)):
        whole, fraction, exponent = number.groups()
        return f"; YAML takes {value} for text, write {whole}{fraction or '.0'}{exponent}"
    return ""


def _check_trainer(trainer: Any, faults: list[str]) -> None:
    """Check keys and kinds of the `trainer` part against HF `TrainingArguments`."""
    from transformers import TrainingArguments

    if not isinstance(trainer, Mapping):
        return
    known = {item.name: item for item in dataclasses.fields(TrainingArguments) if item.init}
    hints = get_type_hints(TrainingArguments)
    for key, value in trainer.items():
        if key in _OWNED:
            faults.append(f"trainer.{key} = {value!r:.60}: not to be set here; {_OWNED[key]}")
        elif key not in known:
            near = did_you_mean(str(key), known)
            faults.append(f"trainer.{key} = {value!r:.60}: HF TrainingArguments has no such field.{near}")
        elif hints[key] in (int, float, bool) and not _fits(value, hints[key]):
            faults.append(f"trainer.{key} = {value!r:.60}: expected {_describe(hints[key])}{_float_hint(value)}")


def _check_values(config: TrainConfig, faults: list[str]) -> None:
    """Check what types cannot say: files, ids, names of losses, ranges."""
    for key in ("train", "dev"):
        value = getattr(config.data, key)
        for name in [value] if isinstance(value, str) else value:
            if not Path(name).is_file():
                faults.append(f"data.{key} = {name!r}: no such file")
    try:
        Ontology.load(config.data.ontology)
    except OntologyError as err:
        faults.append(f"data.ontology: {err}")
    for key in config.optim.loss_weights:
        if key not in _LOSSES:
            near = did_you_mean(key, _LOSSES)
            faults.append(f"optim.loss_weights.{key}: unknown loss; losses are: {', '.join(_LOSSES)}.{near}")
    model = config.model
    if model.encoder is None and model.checkpoint is None:
        faults.append("model: give `encoder`, to start from a pretrained encoder, or `checkpoint`, to go on from one")
    if model.checkpoint is not None and not (Path(model.checkpoint) / "config.json").is_file():
        faults.append(f"model.checkpoint = {model.checkpoint!r}: no rasd checkpoint in that folder")
    if model.encoder is not None and model.checkpoint is None:
        _check_encoder(model.encoder, model.normalizer, faults)
    if model.max_length < 16:
        faults.append(f"model.max_length = {model.max_length}: expected at least 16")
    if model.head_size % model.num_argument_heads:
        faults.append(
            f"model.head_size = {model.head_size}: expected a multiple of "
            f"num_argument_heads = {model.num_argument_heads}"
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

"""How a configuration is read, whatever it configures: a YAML file with `key=value` overrides becomes a dataclass.

A kind of run has a frozen dataclass, of which the parts are dataclasses too, and a function for what types cannot say.
Faults are collected in a list, so that all are told at once.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import yaml

from rasd.errors import ConfigError, did_you_mean, summarize_faults
from rasd.ontology import UniqueKeyLoader
from rasd.text.normalize import NormalizerConfig
from rasd.training.kinds import describe, fits, float_hint

Config = TypeVar("Config")


def read_settings(
    kind: type[Config],
    path: str | Path,
    overrides: Sequence[str],
    *,
    check_record: Callable[[Mapping[str, Any], list[str]], None],
    check_values: Callable[[Config, list[str]], None],
) -> Config:
    """Read a configuration file.

    Args:
        kind: The dataclass to build.
        path: The YAML file.
        overrides: `key=value` with dots in the key and YAML in the value, such as `trainer.max_steps=10`.
        check_record: Adds the faults of what was written.
        check_values: Adds the faults of the built dataclass, where it could be built.

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
    config = _build(kind, record, "", faults)
    check_record(record, faults)
    if config is not None:
        check_values(config, faults)
    if faults:
        raise ConfigError(f"{path} is at fault:\n" + summarize_faults(faults))
    return config


def expecting(faults: list[str]) -> Callable[[bool, str, Any, str], None]:
    """Return a function that adds a fault for a value of a key unless it is right."""

    def expect(is_right: bool, key: str, value: Any, expected: str) -> None:
        if not is_right:
            faults.append(f"{key} = {value}: expected {expected}")

    return expect


def check_run(config: Any, faults: list[str]) -> None:
    """Check `name`, `output_dir` and `seed`, which every kind of run has."""
    for key in ("name", "output_dir"):
        if not getattr(config, key).strip():
            faults.append(f"{key} = {getattr(config, key)!r}: expected a name that is not empty")
    if Path(config.output_dir).exists() and not Path(config.output_dir).is_dir():
        faults.append(f"output_dir = {config.output_dir!r}: a file stands there; give a folder")
    # numpy takes no other seeds.
    expecting(faults)(0 <= config.seed < 2**32, "seed", config.seed, "a whole number from 0 to 4294967295")


@dataclasses.dataclass(frozen=True)
class HubData:
    """A data set of the Hub: `ORG/NAME`, `ORG/NAME@REVISION`, `ORG/NAME:SPLIT` or `ORG/NAME@REVISION:SPLIT`."""

    repo_id: str
    revision: str | None = None
    split: str | None = None

    @classmethod
    def parse(cls, name: str) -> HubData | None:
        """Return the data set that a name means, None where it is that of a file, here or missing."""
        found = re.fullmatch(r"([\w-][\w.-]*/[\w-][\w.-]*)(?:@([\w./-]+))?(?::(\w+))?", name)
        if found is None or Path(name).exists():
            return None
        path = Path(found[1])
        is_file = path.suffix in (".jsonl", ".json", ".txt", ".csv", ".tsv", ".parquet")
        if is_file or path.parts[0] in ("data", "encoders", "runs", "..") or path.parent.is_dir():
            return None
        return cls(*found.groups())

    def __str__(self) -> str:
        revision = f"@{self.revision}" if self.revision else ""
        return self.repo_id + revision + (f":{self.split}" if self.split else "")


def check_files(
    key: str,
    value: str | list[str],
    what: str,
    faults: list[str],
    *,
    hints: Mapping[str, str] | None = None,
    may_be_on_hub: bool = False,
) -> None:
    """Check that one file or each of a list is there.

    Args:
        key: Where the names stand.
        value: The name or names.
        what: What a file should be, with its article.
        faults: Gets what is wrong.
        hints: What to add for certain files that are missing.
        may_be_on_hub: Whether a name may be that of a data set of the Hub, which is not looked for here.
    """
    if not value:
        faults.append(f"{key} = {value!r}: expected {what} or a list of them")
    for name in as_list(value):
        if name and not Path(name).is_file() and not (may_be_on_hub and HubData.parse(name)):
            faults.append(f"{key} = {name!r}: no such file{(hints or {}).get(name, '')}")


def check_encoder(encoder: str, normalizer: Mapping[str, Any], faults: list[str]) -> None:
    """Check an encoder's name, as far as can be told without the network, and the normaliser settings."""
    try:
        normalizer_of(encoder, normalizer)
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


def normalizer_of(encoder: str, settings: Mapping[str, Any]) -> NormalizerConfig:
    """Return how text is normalised for an encoder: its preset, and settings over it.

    Raises:
        ValueError, TypeError: If the encoder cannot be used, or settings are at fault.
    """
    return NormalizerConfig.from_dict({**NormalizerConfig.for_encoder(encoder).to_dict(), **settings})


def as_list(paths: str | list[str]) -> list[str]:
    """Return one or several paths as a list."""
    return [paths] if isinstance(paths, str) else paths


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
            inside = [name for name in known if str(key) in getattr(hints[name], "__dataclass_fields__", ())]
            near = did_you_mean(str(key), known) or "".join(f" Did you mean {prefix}{name}.{key}?" for name in inside)
            if not near and "trainer" in known:
                near = " Settings of TrainingArguments stand under trainer, as trainer.max_steps=10."
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

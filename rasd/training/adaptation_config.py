"""The settings of adapting an encoder to raw text: `AdaptConfig`, read and checked as `TrainConfig` is."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasd.inputs import FORMATS
from rasd.training.settings import as_list, check_encoder, check_files, check_run, expecting, read_settings


@dataclass(frozen=True, kw_only=True)
class RawTextConfig:
    """Files of raw text, one or a list of them, and the share of their lines that the loss is measured on."""

    text: str | list[str]
    held_out: float = 0.05


@dataclass(frozen=True, kw_only=True)
class StartConfig:
    """The encoder to adapt, a Hub id or a folder.

    `normalizer` takes settings of `NormalizerConfig`, over the preset that fits the encoder; `max_length` is the size
    of the longest window in pieces, special tokens included.
    """

    encoder: str
    revision: str | None = None
    normalizer: dict[str, Any] = field(default_factory=dict)
    max_length: int = 512


@dataclass(frozen=True, kw_only=True)
class AdaptConfig:
    """An adaptation run: name, seed, output folder, text, encoder and HF trainer settings."""

    name: str
    output_dir: str
    data: RawTextConfig
    model: StartConfig
    seed: int = 13
    resume: bool = False
    trainer: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the config in the shape of its YAML file."""
        return dataclasses.asdict(self)

    @classmethod
    def from_yaml(cls, path: str | Path, overrides: Sequence[str] = ()) -> AdaptConfig:
        """Read a config file.

        Args:
            path: The YAML file.
            overrides: `key=value` with dots in the key and YAML in the value, such as `data.text=news.txt`.

        Raises:
            ConfigError: If anything is at fault; every fault at once.
        """
        return read_settings(cls, path, overrides, check_record=_check_record, check_values=_check_values)


def _check_record(record: Mapping[str, Any], faults: list[str]) -> None:
    """Check the HF settings."""
    # It imports torch, which reading and writing configs must not wait for.
    from rasd.training.arguments import ADAPTATION, check_trainer

    check_trainer(record.get("trainer"), faults, ADAPTATION)


def _check_values(config: AdaptConfig, faults: list[str]) -> None:
    """Check what types cannot say: files, ids, ranges."""
    expect = expecting(faults)
    endings = ", ".join(f".{name}" for name in FORMATS)
    check_run(config, faults)
    check_files("data.text", config.data.text, f"a file of raw text ({endings})", faults)
    for name in as_list(config.data.text):
        if Path(name).is_file():
            is_known = Path(name).suffix.lower().removeprefix(".") in FORMATS
            expect(is_known, "data.text", repr(name), f"a file that ends in one of {endings}")
    expect(0 < config.data.held_out <= 0.5, "data.held_out", config.data.held_out, "a share above 0, up to 0.5")
    expect(config.model.max_length >= 16, "model.max_length", config.model.max_length, "at least 16")
    check_encoder(config.model.encoder, config.model.normalizer, faults)
    # Its weights are read while the output is written.
    is_same = Path(config.model.encoder).is_dir() and (
        Path(config.model.encoder).resolve() == Path(config.output_dir).resolve()
    )
    expect(not is_same, "output_dir", repr(config.output_dir), "another folder than that of the encoder to adapt")

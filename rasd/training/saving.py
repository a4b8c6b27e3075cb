"""Writing what a run leaves: a folder of model, tokenizer and `run.json` that appears whole or not at all."""

from __future__ import annotations

import json
import logging
import platform
import shutil
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainingArguments

from rasd import __version__

_PACKAGES = ("torch", "transformers", "datasets", "accelerate", "tokenizers", "numpy", "safetensors")
# What a checkpoint's card and checks need of the runs before its own.
_ORIGIN = ("config", "data", "num_train_sentences", "num_dev_sentences")

logger = logging.getLogger(__name__)


def describe_run(config: Any, checksums: Mapping[str, str], arguments: TrainingArguments) -> dict[str, Any]:
    """Return the part of `run.json` that every kind of run has: configuration, data, versions, machine.

    Args:
        config: The configuration, with `to_dict`.
        checksums: SHA-256 of each data file.
        arguments: HF's settings of the run.
    """
    return {
        "rasd": __version__,
        "config": config.to_dict(),
        "data": {path: {"sha256": digest} for path, digest in checksums.items()},
        "versions": {"python": platform.python_version()} | {name: metadata.version(name) for name in _PACKAGES},
        "machine": {
            "system": platform.platform(),
            "device": str(arguments.device),
            "num_processes": arguments.world_size,
            "bf16": arguments.bf16,
        },
    }


def read_origin(checkpoint: str) -> dict[str, Any] | None:
    """Return what `run.json` beside a checkpoint says of encoder and data, None where none can be read."""
    path = Path(checkpoint) / "run.json"
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        return {name: run[name] for name in _ORIGIN} | {"before": run.get("before")}
    except (OSError, ValueError, TypeError, KeyError):
        logger.warning("%s: no record of what the checkpoint was trained on; its card will not know it", path)
        return None


def save_whole(
    output: Path,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    records: Mapping[str, Mapping[str, Any]],
) -> None:
    """Write a model beside its place, then move it there, `config.json` last: without it nothing loads.

    Args:
        output: The folder; files of an earlier run in it are replaced.
        model: What is saved.
        tokenizer: Its tokenizer.
        records: JSON files to save with them, by name; at least one.

    Raises:
        OSError: If the disk is full or may not be written.
    """
    part = output / "checkpoint.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        model.save_pretrained(part)
    except SafetensorError as err:
        raise OSError(f"cannot write {part}: {err}") from err
    tokenizer.save_pretrained(part)
    for name, record in records.items():
        (part / name).write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    # safetensors writes a file for its owner alone, whatever the umask; the records were written under it.
    mode = (part / next(iter(records))).stat().st_mode
    for path in part.iterdir():
        path.chmod(mode)
    (output / "config.json").unlink(missing_ok=True)
    for path in sorted(part.iterdir(), key=lambda path: path.name == "config.json"):
        path.replace(output / path.name)
    part.rmdir()

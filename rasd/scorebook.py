"""The scores that a checkpoint carries: `scores.json` in its folder, which its card is made from.

    {"rasd": "0.1.0", "checkpoint_sha256": "...", "sets": {"test": {"data": "...", "tri_c": {...}, ...}, "real": {...}}}

"test" is the test part of the corpus that the model was trained for, "real" are sentences of real news. Each set holds
what `Scores.to_dict` gives, what data it is of, and how fast they were read. Scores are of one state of a checkpoint:
those of another are thrown away when new ones are recorded, and `rasd publish` refuses them.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasd import __version__
from rasd.errors import CheckpointError
from rasd.files import checksum, hide_folders, open_whole
from rasd.inference.loading import read_config
from rasd.metrics import Scores

SCORES_FILE = "scores.json"
SETS = {"test": "the test part of the corpus", "real": "real news"}
# Keys of config.json that transformers notes for itself.
_NOTES = {"architectures", "auto_map", "custom_pipelines", "dtype", "model_type", "transformers_version"}


def fingerprint(folder: Path) -> str:
    """Return a SHA-256 of everything in a checkpoint folder that decides which events it finds.

    Raises:
        CheckpointError: If files are missing or damaged.
    """
    settings = select_settings(read_config(folder))
    # How sure the scores reported are changes no event.
    settings.pop("calibration", None)
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, ensure_ascii=False).encode())
    for name in ("model.safetensors", "tokenizer.json"):
        if not (folder / name).is_file():
            raise CheckpointError(f"{folder} has no {name}; the checkpoint is incomplete")
        digest.update(checksum(folder / name).encode())
    return digest.hexdigest()


def select_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a `config.json` decides what is predicted, the same here and where others have it."""
    settings = {name: value for name, value in config.items() if name not in _NOTES}
    encoder = settings.get("encoder_config")
    return settings | ({"encoder_config": hide_origin(encoder)} if isinstance(encoder, Mapping) else {})


def hide_origin(encoder: Mapping[str, Any]) -> dict[str, Any]:
    """Return an encoder's settings without the folder of this machine that they were read from."""
    return {name: hide_folders(value) if name == "_name_or_path" else value for name, value in encoder.items()}


def record_scores(folder: Path, name: str, record: Mapping[str, Any]) -> bool:
    """Add the scores of a set to a checkpoint's `scores.json`, in the place of earlier ones of that set.

    Args:
        folder: The checkpoint.
        name: A key of `SETS`.
        record: What to keep of it: `Scores.to_dict` and what the scores are of.

    Returns:
        Whether sets were thrown away that were of another state of the checkpoint.

    Raises:
        CheckpointError: If the folder is no checkpoint, or its `scores.json` is damaged.
        OSError: If the file cannot be written.
    """
    assert name in SETS, name
    state, book = fingerprint(folder), read_scores(folder) or {}
    is_same = book.get("checkpoint_sha256") == state
    sets = (book["sets"] if is_same else {}) | {name: dict(record)}
    known = {"rasd": __version__, "checkpoint_sha256": state, "sets": {key: sets[key] for key in SETS if key in sets}}
    with open_whole(folder / SCORES_FILE) as file:
        file.write(json.dumps(known, ensure_ascii=False, indent=2) + "\n")
    return bool(book) and not is_same


def read_scores(folder: Path) -> dict[str, Any] | None:
    """Return what `scores.json` holds, None where there is none.

    Raises:
        CheckpointError: If it is none that `record_scores` wrote.
    """
    path = folder / SCORES_FILE
    if not path.is_file():
        return None
    try:
        book = json.loads(path.read_text(encoding="utf-8"))
        for item in book["sets"].values():
            Scores.from_dict(item)
        assert isinstance(book["checkpoint_sha256"], str)
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError) as err:
        raise CheckpointError(
            f"{path} is no file of scores ({type(err).__name__}: {err}); remove it, and write it anew with "
            "`rasd evaluate --record test`"
        ) from err
    return book


def name_of_data(path: str) -> str:
    """Return how a data file is called in public: its path where that is relative, else its name alone."""
    given = Path(path)
    return given.name if given.is_absolute() or ".." in given.parts else given.as_posix()


def name_hardware(device: str) -> str:
    """Return the name of the processor that a device is, with the number of threads where it is the CPU.

    Args:
        device: As torch names it: "cpu", "cuda:0", "mps".
    """
    if device.startswith("cuda"):
        import torch

        return torch.cuda.get_device_name(device)
    from rasd.inference.threads import count_threads

    threads = count_threads()
    named = f"{_name_cpu()}, {threads} thread{'s' * (threads > 1)}"
    return f"{named}, {device}" if device != "cpu" else named


def _name_cpu() -> str:
    """Return the name of the CPU, as well as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or f"{platform.machine()} CPU with {os.cpu_count()} cores"

"""Loading a checkpoint: from a folder or the Hub, checked, and never running code that came with it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasd.errors import CheckpointError

if TYPE_CHECKING:
    from rasd.model.modeling_rasd import RasdModel

# What a checkpoint is made of; anything else in a repository is not downloaded.
CHECKPOINT_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "run.json")


def find_checkpoint(name: str | Path, *, revision: str | None = None, local_files_only: bool = False) -> Path:
    """Return the folder of a checkpoint; a Hub id is downloaded into the Hub's cache.

    Args:
        name: A folder, or a Hub id such as "ORG/NAME".
        revision: Branch, tag or commit on the Hub.
        local_files_only: Take what the cache has and ask no network.

    Raises:
        CheckpointError: If there is neither such a folder nor such a repository.
    """
    folder = Path(name)
    if folder.is_dir():
        return folder
    if not re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", str(name)):
        raise CheckpointError(
            f"no checkpoint {str(name)!r}: there is no such folder, and it is no Hub id like ORG/NAME"
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                str(name), revision=revision, allow_patterns=list(CHECKPOINT_FILES), local_files_only=local_files_only
            )
        )
    except LocalEntryNotFoundError as err:
        raise CheckpointError(
            f"{str(name)!r} is neither a folder here nor in the Hub's cache, and the Hub cannot be reached: {err}"
        ) from err
    except (HfHubHTTPError, OSError, ValueError) as err:
        raise CheckpointError(f"cannot get {str(name)!r} from the Hub: {err}") from err


def read_config(folder: Path) -> dict[str, Any]:
    """Read and check a checkpoint's `config.json`.

    Raises:
        CheckpointError: If the folder holds no rasd checkpoint.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise CheckpointError(
            f"{folder} has no config.json; it is no rasd checkpoint, or its training has not finished"
        )
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as err:
        raise CheckpointError(f"{path} is damaged: {err}") from err
    kind = record.get("model_type") if isinstance(record, dict) else None
    if kind != "rasd":
        raise CheckpointError(
            f"{folder} holds a model of type {kind!r}, not a rasd checkpoint; an encoder is fine-tuned first: "
            "python train/train.py --config configs/mini.yaml"
        )
    return record


def load_model(folder: str | Path) -> RasdModel:
    """Load the network of a checkpoint folder, weights memory-mapped.

    Raises:
        CheckpointError: If config or weights are missing, damaged, or do not fit each other.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from rasd.model.configuration_rasd import RasdConfig
    from rasd.model.modeling_rasd import RasdModel

    folder = Path(folder)
    record = read_config(folder)
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise CheckpointError(f"{folder} has no model.safetensors; the checkpoint is incomplete")
    try:
        config = RasdConfig.from_dict(record)
        config.load_ontology()
        model = RasdModel(config)
    except Exception as err:  # every fault of a foreign or edited config, from any part of transformers
        raise CheckpointError(f"{folder / 'config.json'} does not describe a rasd model: {err}") from err
    try:
        state = load_file(weights)
    except (SafetensorError, OSError) as err:
        raise CheckpointError(f"{weights} is damaged: {err}; download or train it again") from err
    try:
        model.load_state_dict(state, assign=True)
    except RuntimeError as err:
        raise CheckpointError(f"{weights} does not fit {folder / 'config.json'}: {err}") from err
    return model.eval()

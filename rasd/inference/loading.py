"""Loading a checkpoint: from a folder or the Hub, checked, and never running code that came with it."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rasd.errors import CheckpointError, did_you_mean, summarize_faults

if TYPE_CHECKING:
    from rasd.encoding import SentenceEncoder
    from rasd.inference.backends import Backend
    from rasd.inference.engine import Engine
    from rasd.model.modeling_rasd import RasdModel
    from rasd.model.settings import RasdSettings

# What a checkpoint is made of; anything else in a repository is not downloaded.
CHECKPOINT_FILES = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "run.json")
ONNX_FILES = ("onnx/encode.onnx", "onnx/arguments.onnx", "onnx/export.json")
# Folders of this repository; a name in one of them is never a Hub id, whether the folder is here or not.
_LOCAL_FOLDERS = ("runs", "encoders")


def find_checkpoint(
    name: str | Path, *, revision: str | None = None, local_files_only: bool = False, backend: str = "auto"
) -> Path:
    """Return the folder of a checkpoint; a Hub id is downloaded into the Hub's cache.

    Args:
        name: A folder, or a Hub id such as "ORG/NAME".
        revision: Branch, tag or commit on the Hub.
        local_files_only: Take what the cache has and ask no network.
        backend: What it is to run under; the weights of the other one are not downloaded, and with "auto" no graphs
            where neither ONNX Runtime nor OpenVINO is installed.

    Raises:
        CheckpointError: If there is neither such a folder nor such a repository.
    """
    folder = Path(name)
    if folder.is_dir():
        return folder
    if not is_hub_id(str(name)):
        raise CheckpointError(
            f"no checkpoint {str(name)!r}: there is no such folder, and it is no Hub id like ORG/NAME."
            f"{did_you_mean(str(name), _folders_beside(folder))}"
        )
    if folder.parent.is_dir() or folder.parts[0] in _LOCAL_FOLDERS:
        raise CheckpointError(
            f"no checkpoint {str(name)!r}: no such folder.{did_you_mean(str(name), _folders_beside(folder))}"
        )
    from huggingface_hub import snapshot_download

    from rasd.hub_faults import HUB_ERRORS, explain

    try:
        return Path(
            snapshot_download(
                str(name), revision=revision, allow_patterns=files_for(backend), local_files_only=local_files_only
            )
        )
    except (*HUB_ERRORS, ValueError) as err:
        # Not chained: the Hub's client piles up a page of tracebacks, of which the last line says it all.
        raise CheckpointError(f"no checkpoint {str(name)!r}: {explain(err, str(name), revision=revision)}") from None


def is_hub_id(name: str) -> bool:
    """Return whether a name could be a repository's on the Hub: ORG/NAME."""
    return re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", name) is not None


def _folders_beside(folder: Path) -> list[str]:
    """Return the folders that stand where a missing one should, to guess which was meant."""
    return sorted(path.as_posix() for path in folder.parent.glob("*/")) if folder.parent.is_dir() else []


def files_for(backend: str) -> list[str]:
    """Return the files of a checkpoint that a backend can use, "auto" for all that one of the installed ones can."""
    runs_graphs = backend in ("onnx", "openvino")
    files = [name for name in CHECKPOINT_FILES if not runs_graphs or name != "model.safetensors"]
    has_runtime = any(find_spec(name) is not None for name in ("onnxruntime", "openvino"))
    return files + (list(ONNX_FILES) if runs_graphs or (backend == "auto" and has_runtime) else [])


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


def load_config(folder: Path) -> RasdSettings:
    """Read a checkpoint's `config.json` as settings every one of which was checked.

    Raises:
        CheckpointError: If there is none, or settings are at fault; with the file and every key at fault.
    """
    from rasd.model.settings import RasdSettings

    record, path = read_config(folder), folder / "config.json"
    try:
        config = RasdSettings.from_record(record)
        faults = config.find_faults()
    except Exception as err:  # every fault of a foreign or edited config, of whatever kind its check raises
        raise CheckpointError(f"{path} does not describe a rasd model: {err}") from err
    if faults:
        raise CheckpointError(f"{path} does not describe a rasd model:\n{summarize_faults(faults)}")
    return config


def load_model(folder: str | Path) -> RasdModel:
    """Load the network of a checkpoint folder, weights memory-mapped; the caller's random state is left as it was.

    Raises:
        CheckpointError: If config or weights are missing, damaged, or do not fit each other.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    folder = Path(folder)
    load_config(folder)
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise CheckpointError(f"{folder} has no model.safetensors; the checkpoint is incomplete")
    try:
        model = _build_empty(read_config(folder))
    except Exception as err:  # as in load_config; what remains are settings of the encoder
        raise CheckpointError(
            f"{folder / 'config.json'} does not describe a rasd model: encoder_config: {err}"
        ) from err
    try:
        state = load_file(weights)
    except (SafetensorError, OSError) as err:
        raise CheckpointError(f"{weights} is damaged: {err}; download or train it again") from err
    try:
        model.load_state_dict(state, assign=True)
    except RuntimeError as err:
        raise CheckpointError(f"{weights} does not fit {folder / 'config.json'}: {err}") from err
    return model.eval()


def load_engine(folder: Path, config: RasdSettings, backend: Backend) -> Engine:
    """Set up all that runs a checkpoint under a backend.

    Raises:
        CheckpointError: If the tokenizer is missing, damaged or of another model.
    """
    from rasd.inference.engine import Engine

    return Engine.from_config(config, backend, load_sentence_encoder(folder, config))


def load_sentence_encoder(folder: str | Path, config: RasdSettings) -> SentenceEncoder:
    """Load the tokenizer and normaliser of a checkpoint folder, which must fit its config.

    Raises:
        CheckpointError: If they are missing or damaged, or the tokenizer has pieces that the model does not know.
    """
    from rasd.encoding import SentenceEncoder

    encoder = SentenceEncoder.from_checkpoint(folder, config)
    num_known = config.encoder_config["vocab_size"]
    last_id = max(encoder.tokenizer.get_vocab().values(), default=-1)
    if last_id >= num_known:
        raise CheckpointError(
            f"{Path(folder) / 'tokenizer.json'} has piece ids up to {last_id}, but the encoder of config.json "
            f"knows {num_known} pieces; the tokenizer is of another model"
        )
    return encoder


def _build_empty(record: dict[str, Any]) -> RasdModel:
    """Build a model whose weights are yet to be set; buffers that no checkpoint holds, such as position ids, are."""
    import torch
    from transformers.initialization import no_init_weights

    from rasd.model.configuration_rasd import RasdConfig
    from rasd.model.modeling_rasd import RasdModel

    with torch.random.fork_rng(devices=[]), no_init_weights():
        return RasdModel(RasdConfig.from_dict(record))

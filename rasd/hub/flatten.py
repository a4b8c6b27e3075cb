"""Remote code: what makes a checkpoint folder whole for plain `transformers`, without rasd installed.

The code is made from the package's own modules each time (see `bundles`), so the two cannot drift apart: what is
published is what this version of rasd runs. After `write_remote_code` a folder, or the Hub repository that it becomes,
loads through `AutoConfig`, `AutoModel` and `AutoTokenizer`, through `pipeline("event-extraction", ...)`, and as an
inference endpoint. rasd itself never runs that code.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from rasd.errors import CheckpointError
from rasd.files import open_whole
from rasd.hub.bundles import Plan, bundle
from rasd.inference.loading import read_config
from rasd.scorebook import hide_origin

TASK = "event-extraction"
# What the network needs lies apart from what reads and writes text; the settings are alone, as their annotations are
# evaluated. The Hub's loader wants all files in one folder.
REMOTE_PLAN = Plan(
    roots=[("rasd.hub.pipeline", "EventExtractionPipeline"), ("rasd.model.modeling_rasd", "RasdModel")],
    files={
        "common_rasd.py": (),
        "configuration_rasd.py": ("rasd.model.settings", "rasd.model.configuration_rasd"),
        "modeling_rasd.py": ("rasd.model.heads", "rasd.model.modeling_rasd"),
        "pipeline_rasd.py": (
            "rasd.collator",
            "rasd.decoding",
            "rasd.selection",
            "rasd.inference.ahead",
            "rasd.inference.backends",
            "rasd.inference.batching",
            "rasd.inference.engine",
            "rasd.inference.extractor",
            "rasd.inference.pools",
            "rasd.inference.progress",
            "rasd.inference.running",
            "rasd.inference.threads",
            "rasd.hub.pipeline",
        ),
    },
    # transformers finds and loads the files; the ontology comes with the config.
    omitted={
        "rasd.encoding": ["SentenceEncoder.from_checkpoint"],
        "rasd.inference.extractor": ["EventExtractor.from_pretrained"],
        "rasd.model.modeling_rasd": ["RasdModel.from_encoder"],
        "rasd.ontology": ["Ontology.load"],
        "rasd.text.normalize": ["NormalizerConfig.for_encoder", "NormalizerConfig._from_file"],
    },
)
# What the code needs, for whoever serves it; the bounds are those of pyproject.toml.
REQUIREMENTS = (
    "huggingface_hub>=1.5",
    "numpy>=1.26",
    "safetensors>=0.4.3",
    "tokenizers>=0.22",
    "torch>=2.4",
    "tqdm>=4.42",
    "transformers>=5.4",
)
REMOTE_FILES = (*REMOTE_PLAN.files, "handler.py", "requirements.txt")
"""The files that `write_remote_code` adds to a checkpoint."""

_CONFIG_KEYS = {
    "auto_map": {"AutoConfig": "configuration_rasd.RasdConfig", "AutoModel": "modeling_rasd.RasdModel"},
    "custom_pipelines": {
        TASK: {"impl": "pipeline_rasd.EventExtractionPipeline", "pt": ["AutoModel"], "type": "text"},
    },
}
# Reads tokenizer.json as it stands, as rasd does; the classes of single models build their own from its vocabulary.
_TOKENIZER_CLASS = "TokenizersBackend"
# What transformers notes of the machine on which a tokenizer was saved.
_MACHINE_KEYS = ("is_local", "local_files_only")


@cache
def make_remote_code() -> dict[str, str]:
    """Return the files that make a checkpoint whole for plain `transformers`: name -> text."""
    handler = Path(__file__).with_name("handler.py").read_text(encoding="utf-8")
    requirements = "".join(f"{line}\n" for line in REQUIREMENTS)
    return {**bundle(REMOTE_PLAN), "handler.py": handler, "requirements.txt": requirements}


def complete_checkpoint(folder: str | Path) -> dict[str, str]:
    """Return what makes a checkpoint whole for plain `transformers`: name -> text; the folder stays as it is.

    Args:
        folder: A checkpoint.

    Returns:
        The code first, and `config.json`, which points to it and names no folder of this machine, last.

    Raises:
        CheckpointError: If it is no checkpoint, or its tokenizer config is missing or damaged.
    """
    folder = Path(folder)
    config = read_config(folder) | _CONFIG_KEYS
    if isinstance(config.get("encoder_config"), dict):
        config["encoder_config"] = hide_origin(config["encoder_config"])
    tokenizer = _read_tokenizer_config(folder) | {"tokenizer_class": _TOKENIZER_CLASS}
    for key in _MACHINE_KEYS:
        tokenizer.pop(key, None)
    return {**make_remote_code(), "tokenizer_config.json": _to_json(tokenizer), "config.json": _to_json(config)}


def write_remote_code(folder: str | Path) -> list[str]:
    """Make a checkpoint folder whole for plain `transformers`; done again, it changes nothing.

    The code is written first and `config.json`, which points to it, last; each file appears whole or not at all.

    Args:
        folder: A checkpoint; its config and tokenizer config are completed in place.

    Returns:
        Names of the files that were added or changed.

    Raises:
        CheckpointError: If it is no checkpoint, or its tokenizer config is missing or damaged.
    """
    folder = Path(folder)
    return [name for name, text in complete_checkpoint(folder).items() if _write(folder / name, text)]


def find_stale_code(folder: str | Path) -> list[str]:
    """Return the names of remote files that a folder lacks, or that are not what this version of rasd writes."""
    return [name for name, text in make_remote_code().items() if not _holds(Path(folder) / name, text)]


def _read_tokenizer_config(folder: Path) -> dict[str, Any]:
    path = folder / "tokenizer_config.json"
    if not path.is_file():
        raise CheckpointError(f"{folder} has no tokenizer_config.json; the checkpoint is incomplete")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as err:
        raise CheckpointError(f"{path} is damaged: {err}") from err
    if not isinstance(record, dict):
        raise CheckpointError(f"{path} is damaged: expected a mapping of settings, got {record!r:.60}")
    return record


def _to_json(record: dict[str, Any]) -> str:
    """Return a record as transformers writes it."""
    return json.dumps(record, indent=2, sort_keys=True) + "\n"


def _write(path: Path, text: str) -> bool:
    """Write a file unless it holds the text already; return whether it was written."""
    if _holds(path, text):
        return False
    with open_whole(path) as file:
        file.write(text)
    return True


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_bytes() == text.encode()

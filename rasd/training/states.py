"""The states that a run can resume from, in the folder `trainer` of its output folder.

A fingerprint beside them says which run they are of: going on with other data or settings would give a checkpoint that
no configuration describes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasd.errors import ConfigError
from rasd.ontology import Ontology
from rasd.training.config import TrainConfig
from rasd.training.settings import as_list

logger = logging.getLogger(__name__)

FINGERPRINT = "fingerprint.json"
_CORPUS = ("train", "dev")  # keys of `data` that name corpus files


def hash_ontology(ontology: Ontology) -> str:
    """Return the SHA-256 of an ontology's content, whatever file it came from."""
    return hashlib.sha256(json.dumps(ontology.to_dict(), ensure_ascii=False).encode()).hexdigest()


def fingerprint_of(config: TrainConfig, ontology: Ontology, checksums: Mapping[str, str]) -> dict[str, Any]:
    """Return what must be the same for a run to resume, as dotted keys and JSON-ready values.

    Files count by their content, so that they may be moved.
    """
    contents = {f"data.{key}": [checksums[path] for path in as_list(getattr(config.data, key))] for key in _CORPUS}
    return make_fingerprint(config.to_dict(), {**contents, "data.ontology": hash_ontology(ontology)})


def make_fingerprint(record: Mapping[str, Any], contents: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration as dotted keys and JSON-ready values, without what a run may change when it resumes.

    Args:
        record: The configuration as a dict.
        contents: By dotted key, what stands in the place of a name, such as the checksums of files.
    """
    flat = {key: value for key, value in _flatten(record).items() if key not in ("name", "output_dir", "resume")}
    return json.loads(json.dumps({**flat, **contents}, default=str))


def check_resume(folder: Path, fingerprint: Mapping[str, Any]) -> None:
    """Check that the states of a folder are of the run that is to resume.

    Raises:
        ConfigError: If they are of another, naming what differs.
    """
    if not _states(folder):
        return
    path = folder / FINGERPRINT
    remedy = "start anew with resume=false, which removes those states"
    if not path.is_file():
        raise ConfigError(f"resume: {path} is missing, so that nothing says which run the states are of; {remedy}")
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as err:
        raise ConfigError(f"resume: {path} is damaged: {err}; {remedy}") from err
    faults = [
        f"{key} = {fingerprint.get(key)!r:.80}, the states were trained with {known.get(key)!r:.80}"
        for key in dict.fromkeys([*fingerprint, *known])
        if fingerprint.get(key) != known.get(key)
    ]
    if faults:
        raise ConfigError(
            f"resume: the states in {folder} are of another run:\n"
            + "\n".join(faults)
            + f"\nGive the same, or {remedy}"
        )


def prepare_states(folder: Path, fingerprint: Mapping[str, Any], *, resume: bool, is_main: bool) -> str | None:
    """Return the last whole state to resume from, None to start from the beginning.

    Args:
        folder: Where the states are.
        fingerprint: Of the run that begins.
        resume: Whether it goes on from a state; if not, old states are removed, which HF would count among its own.
        is_main: Whether this process is the one that may write. The others must wait until it is done.
    """
    whole = None
    for state in _states(folder):
        if resume and (state / "trainer_state.json").is_file() and _is_json(state / "trainer_state.json"):
            # The Trainer writes that file last.
            whole = state
            break
        if is_main:
            logger.warning("%s is %s and is removed", state, "incomplete" if resume else "of an earlier run")
            shutil.rmtree(state)
    if resume and whole is None and is_main:
        logger.warning("resume: no saved state in %s; training starts from the beginning", folder)
    if is_main:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(fingerprint, ensure_ascii=False, indent=2) + "\n"
        (folder / FINGERPRINT).write_text(text, encoding="utf-8")
    return None if whole is None else str(whole)


def _states(folder: Path) -> list[Path]:
    """Return the folders that the Trainer wrote, the latest first."""
    named = [(path, re.fullmatch(r"checkpoint-(\d+)", path.name)) for path in folder.glob("checkpoint-*")]
    numbered = [(int(match[1]), path) for path, match in named if match and path.is_dir()]
    return [path for _, path in sorted(numbered, reverse=True)]


def _flatten(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in record.items():
        flat |= _flatten(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return True

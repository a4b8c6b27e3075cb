"""Data sets of the Hub as training data: `ORG/NAME`, with a revision and a split where they are wanted.

    data.train: ORG/NAME                 # its split "train"; of data.dev its split "validation", or "dev"
    data.train: ORG/NAME@v1:train        # a branch, tag or commit, and a split

A row is a line of the corpus format: `text`, and `events` where they are annotated. Columns that a row has no value for
are None in a table; they count as missing keys.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import yaml
from huggingface_hub import metadata_load, snapshot_download

from rasd.errors import ConfigError, ReadError, summarize_faults
from rasd.events import Sentence
from rasd.formats.jsonl import parse_sentence
from rasd.hub_faults import HUB_ERRORS, explain
from rasd.ontology import Ontology
from rasd.training.settings import HubData

_SPLITS = {"train": ("train",), "dev": ("validation", "dev")}


@dataclass(frozen=True, kw_only=True)
class HubSentences:
    """What was read: the sentences, a digest of their lines, and where they come from for `run.json`."""

    sentences: list[Sentence]
    sha256: str
    origin: dict[str, str]


def read_hub_sentences(data: HubData, ontology: Ontology, *, part: str) -> HubSentences:
    """Read a split of a data set of the Hub, from the cache where there is no network.

    Args:
        data: Which one.
        ontology: Labels are checked against it.
        part: "train" or "dev", which says the split where `data` does not.

    Raises:
        ConfigError: If the data set cannot be read, or has no such split.
        ReadError: If rows are at fault; every fault with the split and the row's number, at once.
    """
    where = f"data.{part} = {str(data)!r}"
    origin = _find_origin(data, where)
    try:
        # The commit, not the branch: what is trained on is what `run.json` names.
        loaded = datasets.load_dataset(data.repo_id, revision=origin["commit"])
    except (*HUB_ERRORS, ValueError, RuntimeError, datasets.exceptions.DatasetsError) as err:
        raise ConfigError(f"{where}: the data set cannot be loaded: {str(err).strip().splitlines()[0]}") from None
    splits = [data.split] if data.split else _SPLITS[part]
    split = next((name for name in splits if name in loaded), None)
    if split is None:
        raise ConfigError(f"{where}: it has no split {' or '.join(splits)!r}; it has: {', '.join(loaded)}")
    # Without a network `datasets` takes the last version that it has kept, whatever was asked for.
    kept = [Path(file["filename"]).parent.name for file in loaded[split].cache_files]
    if datasets.config.HF_HUB_OFFLINE and any(name != origin["commit"] for name in kept):
        raise ConfigError(
            f"{where}: the cache of `datasets` holds commit {kept[0]} of it, not {origin['commit']}; run it once with "
            "a network"
        )
    return _parse_rows(loaded[split], f"{data.repo_id}:{split}", ontology, origin)


def _find_origin(data: HubData, where: str) -> dict[str, str]:
    """Return the data set's id, the commit that is read, and the licence that its card names."""
    try:
        folder = Path(
            snapshot_download(data.repo_id, repo_type="dataset", revision=data.revision, allow_patterns=["README.md"])
        )
    except HUB_ERRORS as err:
        why = explain(err, data.repo_id, kind="dataset", revision=data.revision)
        raise ConfigError(f"{where}: no such file, and {why}") from None
    card = folder / "README.md"
    named = read_license(card) if card.is_file() else None
    return {"hub_id": data.repo_id, "commit": folder.name} | ({"license": named} if named else {})


def read_license(card: Path) -> str | None:
    """Return the licence that a card's metadata names, None where they name none, several, or cannot be read."""
    try:
        named = (metadata_load(card) or {}).get("license")
    except (ValueError, yaml.YAMLError):
        return None
    if isinstance(named, list) and len(named) == 1:
        named = named[0]
    return named if isinstance(named, str) else None


def _parse_rows(rows: Any, name: str, ontology: Ontology, origin: dict[str, str]) -> HubSentences:
    """Return the sentences of a split."""
    sentences: list[Sentence] = []
    faults: list[str] = []
    digest = hashlib.sha256()
    for number, row in enumerate(rows):
        record = _without_none(row)
        digest.update(json.dumps(record, ensure_ascii=False, sort_keys=True).encode() + b"\n")
        try:
            sentences.append(parse_sentence(record, ontology))
        except ReadError as err:
            faults += [f"{name}, row {number}: {fault}" for fault in str(err).split("\n")]
    if faults:
        raise ReadError(summarize_faults(faults))
    return HubSentences(sentences=sentences, sha256=digest.hexdigest(), origin=origin)


def _without_none(value: Any) -> Any:
    """Return a row without the keys that have no value, at any depth."""
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    return [_without_none(item) for item in value] if isinstance(value, list) else value

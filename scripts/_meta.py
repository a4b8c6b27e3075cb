"""The check that the `meta` of the corpus is written in its closed lists, which lie in data/conflict/meta.yaml."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from rasd.events import Sentence

LISTS = Path(__file__).resolve().parents[1] / "data" / "conflict" / "meta.yaml"
KEYS = frozenset({"theme", "region", "manner", "batch"})


@functools.cache
def load_lists() -> dict[str, Any]:
    """Return `manners`, `regions` and `topics`, each a list of words, and `theme_of_type`."""
    return yaml.safe_load(LISTS.read_text(encoding="utf-8"))


def meta_faults(sentence: Sentence) -> Iterator[str]:
    """Yield what is wrong with the `meta` of a sentence: a missing or unknown key, or a word outside the lists."""
    meta, lists = sentence.extra["meta"], load_lists()
    wanted = KEYS if sentence.events else KEYS | {"hard_negative"}
    if set(meta) != wanted:
        yield f"meta has the keys {sorted(meta)}, expected {sorted(wanted)}"
        return
    themes = [lists["theme_of_type"][event.type] for event in sentence.events or ()] or lists["topics"]
    for key, words in (("region", lists["regions"]), ("manner", lists["manners"]), ("theme", themes)):
        if meta[key] not in words:
            yield f"{key} {meta[key]!r} is none of: {', '.join(dict.fromkeys(words))}"
    if not isinstance(meta["batch"], str) or not meta["batch"]:
        yield f"batch is {meta['batch']!r}, expected its name"
    if not isinstance(meta.get("hard_negative", False), bool):
        yield f"hard_negative is {meta['hard_negative']!r}, expected true or false"

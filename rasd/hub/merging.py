"""A new card and the one that stands on the Hub become one: rasd's sections are replaced, what others put in stays.

A section is what stands between `<!-- rasd:begin NAME -->` and `<!-- rasd:end NAME -->`. Text outside of sections, the
title too, is nobody's but the author's: it stays byte for byte, in its place. In the metadata rasd sets its own keys,
adds to the lists of tags, languages, metrics and data sets, and replaces those results of the model-index that it
wrote. What its metadata told of an earlier model goes with that.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from huggingface_hub.utils import yaml_dump

from rasd.errors import PublishError

_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_SECTION = re.compile(r"<!-- rasd:begin (\w+) -->.*?<!-- rasd:end \1 -->", re.S)
_MARK = re.compile(r"<!-- rasd:(?:begin|end) \w+ -->")
# Lists that others may add to.
_SHARED_LISTS = ("tags", "language", "metrics", "datasets")
# What goes with a key of rasd's, and is wrong where rasd no longer says it.
_COMPANIONS = {"license": ("license_name", "license_link"), "base_model": ("base_model_relation",)}


def merge_cards(new: str, old: str | None, *, source_name: str) -> str:
    """Return the card to put up.

    Args:
        new: The card as it was just made.
        old: The card that stands there, None where there is none.
        source_name: The source that marks results of the model-index as rasd's.

    Raises:
        PublishError: If the old card's metadata or marks are broken, so that nobody can say what is whose.
    """
    if old is None:
        return new
    new_data, new_body = split_card(new)
    old_data, old_body = split_card(old)
    data = _merge_metadata(new_data, _drop_stale(new_data, old_data, old_body), source_name)
    return f"---\n{yaml_dump(data, sort_keys=False).strip()}\n---\n{_merge_bodies(new_body, old_body)}"


def split_card(text: str) -> tuple[dict[str, Any], str]:
    """Return the metadata and the body of a card.

    Raises:
        PublishError: If the metadata is no YAML mapping.
    """
    front = _FRONT.match(text)
    if front is None:
        return {}, text
    try:
        data = yaml.safe_load(front[1])
    except yaml.YAMLError as err:
        raise PublishError(
            f"the metadata of the card on the Hub is not valid YAML; mend it there first: {err}"
        ) from err
    if data is not None and not isinstance(data, dict):
        raise PublishError("the metadata of the card on the Hub is no mapping; mend it there first")
    return data or {}, text[front.end() :]


def list_sections(text: str) -> dict[str, str]:
    """Return the generated sections of a card, by name, marks included."""
    return {found[1]: found[0] for found in _SECTION.finditer(text)}


def _merge_bodies(new: str, old: str) -> str:
    """Put the new sections into the places of the old ones."""
    loose = _MARK.search(_SECTION.sub("", old))
    if loose is not None:
        raise PublishError(
            f"the card on the Hub has the mark '{loose[0]}' without its counterpart, so that rasd cannot tell its own "
            "text from that of others; put the counterpart there, or remove the mark"
        )
    sections, there = list_sections(new), list(list_sections(old))
    if not there:
        foreign = old.strip("\r\n")
        return f"{new.rstrip()}\n\n{foreign}\n" if foreign.strip() else new
    # A section that is new comes behind the one that it follows in the new card.
    texts = {name: sections.get(name, "") for name in there}
    before, first = None, ""
    for name, text in sections.items():
        if name in texts:
            before = name
        elif before is None:
            first += f"{text}\n\n"
        else:
            texts[before] = f"{texts[before]}\n\n{text}"
    texts[there[0]] = first + texts[there[0]]
    # `pop`: where somebody copied a section, the copy goes.
    merged = _SECTION.sub(lambda found: texts.pop(found[1], ""), old)
    return merged if merged.startswith(("\n", "\r")) else f"\n{merged}"


def _drop_stale(new: dict[str, Any], old: dict[str, Any], old_body: str) -> dict[str, Any]:
    """Return the old metadata without what rasd told there of an earlier encoder, earlier data or an earlier licence.

    An encoder and data sets that stand in rasd's own sections are those that rasd wrote; others are somebody else's.
    """
    told = "\n".join(list_sections(old_body).values())
    kept = dict(old)
    if "base_model" not in new and str(old.get("base_model")) in told:
        kept.pop("base_model", None)
    for key, companions in _COMPANIONS.items():
        if key in new or key not in kept:
            kept = {name: value for name, value in kept.items() if name not in companions}
    if "datasets" in old:
        kept["datasets"] = [name for name in _as_list(old["datasets"]) if f"datasets/{name})" not in told]
    return kept


def _merge_metadata(new: dict[str, Any], old: dict[str, Any], source_name: str) -> dict[str, Any]:
    """Return the metadata: rasd's keys as they are now, then those of others."""
    merged = {**new, **{key: value for key, value in old.items() if key not in new}}
    for key in _SHARED_LISTS:
        if key in old:
            merged[key] = list(dict.fromkeys([*_as_list(new.get(key)), *_as_list(old[key])]))
            if not merged[key]:
                del merged[key]
    foreign = [model for model in old.get("model-index") or [] if isinstance(model, dict)]
    kept = [
        {**model, "results": [item for item in model.get("results") or [] if not _is_own(item, source_name)]}
        for model in foreign
    ]
    if new.get("model-index") and any(model["results"] for model in kept):
        ours = new["model-index"][0]
        of_name = [item for model in kept if model.get("name") == ours["name"] for item in model["results"]]
        others = [model for model in kept if model.get("name") != ours["name"] and model["results"]]
        merged["model-index"] = [{**ours, "results": [*ours["results"], *of_name]}, *others]
    return merged


def _is_own(result: Any, source_name: str) -> bool:
    """Return whether rasd wrote a result of the model-index."""
    return isinstance(result, dict) and (result.get("source") or {}).get("name") == source_name


def _as_list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]

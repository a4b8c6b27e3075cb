"""What a checkpoint was made from, and under which licences: its encoder, its data, and what follows for the weights.

Encoders and corpora that rasd ships configurations for are known here. What else a checkpoint was made from is told in
`card.yaml` beside it:

    name: rasd for my newsroom          # title of the card
    license: apache-2.0                 # of the weights; the encoder's where this is missing
    space: ORG/SPACE                    # a demo on the Hub
    repository: https://...             # where the code of rasd is
    encoder: {id: ORG/ENCODER, license: mit, link: https://...}
    data:
      - {path: corpora/mine.jsonl, name: My corpus, license: cc-by-4.0, id: ORG/CORPUS, link: ..., about: ...}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from rasd.errors import did_you_mean
from rasd.inference.loading import is_hub_id
from rasd.ontology import UniqueKeyLoader

CARD_FILE = "card.yaml"
# Licence ids that the Hub's cards take; "other" needs a name and a link beside it.
_LICENSE_IDS = """
afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsd bsd-2-clause bsd-3-clause bsl-1.0 c-uda cc cc-by-2.0 cc-by-3.0
cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0
cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc0-1.0 cdla-permissive-1.0 cdla-permissive-2.0 cdla-sharing-1.0 epl-2.0
eupl-1.2 gemma gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 mit mpl-2.0 ms-pl odbl odc-by openrail osl-3.0 pddl
postgresql unlicense wtfpl zlib other
"""
LICENSES = frozenset(_LICENSE_IDS.split())
# Licences that what is made from a work must have too.
_SHARE_ALIKE = re.compile(r"cc-by(-nc)?-sa-.+|[al]?gpl.*|osl-3\.0|eupl-1\.2|odbl|cdla-sharing-1\.0")


@dataclass(frozen=True, kw_only=True)
class Source:
    """An encoder or a data set that a checkpoint was made from.

    Attributes:
        name: What it is called.
        license: Its licence, as the Hub names it.
        id: Its Hub id.
        link: Where it or its page is.
        license_name: The licence's name, where the Hub has no id for it.
        license_link: Where the licence stands.
        is_share_alike: Whether what is made from it must have the same licence.
        about: What else is to be said of it, in full sentences.
        citation: How to cite it.
        part: What a data set was used for: "train" or "dev".
        sha256: Digest of a data file.
        commit: Commit of the Hub that it was taken from.
    """

    name: str
    license: str
    id: str | None = None
    link: str | None = None
    license_name: str | None = None
    license_link: str | None = None
    is_share_alike: bool = False
    about: str = ""
    citation: str = ""
    part: str = ""
    sha256: str | None = None
    commit: str | None = None

    @property
    def spoken_license(self) -> str:
        """The licence as readers know it."""
        return self.license_name or {"apache-2.0": "Apache-2.0"}.get(self.license, self.license.upper())


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Where a checkpoint comes from, and the licence of its weights."""

    encoder: Source
    data: tuple[Source, ...]
    weights: Source


_ARABERT = {
    "license": "other",
    "license_name": "AraBERT's licence",
    "license_link": "https://github.com/aub-mind/arabert/blob/master/arabert/LICENSE",
    "is_share_alike": True,
    "about": "AraBERT, Copyright 2020 by American University of Beirut, all rights reserved. Its licence is "
    "share-alike: whoever builds on it must distribute the result under the same licence, with its notice and "
    "disclaimer on all copies.",
    "citation": 'Wissam Antoun, Fady Baly and Hazem Hajj (2020), "AraBERT: Transformer-based Model for Arabic Language '
    'Understanding", Workshop on Open-Source Arabic Corpora and Processing Tools at LREC 2020.',
}
_E5 = (
    'Liang Wang, Nan Yang, Xiaolong Huang, Linjun Yang, Rangan Majumder and Furu Wei (2024), "Multilingual E5 Text '
    'Embeddings: A Technical Report".'
)
# Pattern of a Hub id, or of a folder that rasd's scripts make -> what is known of it.
_ENCODERS: tuple[tuple[str, dict[str, Any]], ...] = (
    (r"aubmindlab/.+", _ARABERT),
    (r"CAMeL-Lab/bert-base-arabic-camelbert-.+", {"license": "apache-2.0"}),
    (r"intfloat/multilingual-e5-(small|base|large)", {"license": "mit", "citation": _E5}),
    (r"FacebookAI/xlm-roberta-(base|large)", {"license": "mit"}),
    (r"microsoft/mdeberta-v3-base", {"license": "mit"}),
    (
        r"(.*/)?encoders/mini",
        {
            "id": "intfloat/multilingual-e5-small",
            "license": "mit",
            "citation": _E5,
            "about": "Of its pieces those stayed that Arabic news needs (20,000 of 250,002), and its weights are those "
            "of a 4-bit form, as scripts/build_mini_encoder.py of the rasd repository takes them.",
        },
    ),
)
_DATA: tuple[tuple[str, dict[str, Any]], ...] = (
    (
        r"(.*/)?data/conflict/(train|dev)\.jsonl",
        {
            "name": "the rasd conflict corpus",
            "license": "cc-by-4.0",
            "about": "Arabic sentences written by a language model in the manner of news, with invented happenings, "
            "each annotated by written guidelines and read again by a second annotator. No sentence is from an outlet.",
        },
    ),
    (
        r"(.*/)?runs/conflict_real/train\.jsonl",
        {
            "name": "the real sentences of the rasd conflict corpus",
            "license": "cc-by-4.0",
            "about": "Sentences of Arabic news outlets out of the ANT corpus. The licence is that of the annotations; "
            "the texts belong to their outlets and are not handed out.",
        },
    ),
)
_KEYS = ("name", "about", "license", "license_name", "license_link", "space", "repository", "encoder", "data")
_SOURCE_KEYS = ("name", "about", "license", "license_name", "license_link", "id", "link", "about")


def read_card_settings(folder: Path, faults: list[str]) -> dict[str, Any]:
    """Return what `card.yaml` beside a checkpoint says, empty where there is none; what is wrong with it is added."""
    path = folder / CARD_FILE
    if not path.is_file():
        return {}
    try:
        record = yaml.load(path.read_text(encoding="utf-8"), Loader=UniqueKeyLoader) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as err:
        faults.append(f"{CARD_FILE}: not valid YAML: {' '.join(str(err).split())}")
        return {}
    if not isinstance(record, Mapping):
        faults.append(f"{CARD_FILE}: expected a mapping with {', '.join(_KEYS)}; got {record!r:.60}")
        return {}
    encoder, data = record.get("encoder") or {}, record.get("data") or []
    if not isinstance(encoder, Mapping) or not isinstance(data, list) or not all(isinstance(i, Mapping) for i in data):
        faults.append(f"{CARD_FILE}: 'encoder' must be a mapping, and 'data' a list of mappings")
        return {}
    before = len(faults)
    _check_texts(record, _KEYS, "", faults)
    _check_texts(encoder, _SOURCE_KEYS, "encoder.", faults)
    for i, item in enumerate(data):
        _check_texts(item, ("path", *_SOURCE_KEYS), f"data[{i}].", faults)
    return {**record, "encoder": dict(encoder), "data": data} if len(faults) == before else {}


def list_runs(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return a run and those before it, whose checkpoints were gone on from, as far as is known; the last first."""
    runs = [run]
    while isinstance(runs[-1].get("before"), Mapping):
        runs.append(runs[-1]["before"])
    return runs


def trace_chain(run: Mapping[str, Any], settings: Mapping[str, Any], faults: list[str]) -> Chain | None:
    """Return where a checkpoint comes from, None where that cannot be said; what is missing is added to `faults`.

    Args:
        run: The checkpoint's `run.json`.
        settings: What `read_card_settings` returned.
        faults: Gets what is missing, each with what to do.
    """
    before = len(faults)
    runs = list_runs(run)
    # What was gone on from brought the encoder.
    encoder = _find_encoder(runs[-1]["config"]["model"], settings.get("encoder") or {}, faults)
    given = settings.get("data") or []
    data = [
        _find_data(path, part, item["data"], given, faults)
        for item in runs
        for part in ("train", "dev")
        for path in _as_list(item["config"]["data"].get(part))
    ]
    if len(faults) > before:
        return None
    weights = _find_weights(encoder, settings, faults)
    return None if weights is None else Chain(encoder=encoder, data=tuple(data), weights=weights)


def describe_corpus(folder: Path, settings: Mapping[str, Any], faults: list[str]) -> Source | None:
    """Return the name and licence of a corpus, None where they cannot be said; what is missing is added to `faults`.

    Args:
        folder: Holds its train.jsonl.
        settings: What `read_card_settings` returned of it.
        faults: Gets what is missing, with what to do.
    """
    told = {name: value for name, value in settings.items() if name in _SOURCE_KEYS}
    record = {**_look_up(_DATA, (folder / "train.jsonl").as_posix()), **told}
    if not record.get("name") or not record.get("license"):
        faults.append(f"licence: rasd does not know it; put {CARD_FILE} beside the data, with name: and license:")
        return None
    before = len(faults)
    _check_license(record, "the data", faults)
    return Source(**record) if len(faults) == before else None


def _find_encoder(model: Mapping[str, Any], given: Mapping[str, Any], faults: list[str]) -> Source | None:
    """Return the encoder, as it is known and as `card.yaml` tells it."""
    # A checkpoint that was gone on from brings an encoder of its own, which this run knows nothing of.
    name = "" if model.get("checkpoint") else model.get("encoder") or ""
    known = _look_up(_ENCODERS, given.get("id") or name)
    record = {"id": name if is_hub_id(name) and not name.startswith(("encoders/", "runs/")) else None, **known, **given}
    if known.get("is_share_alike") and given.get("license", known["license"]) != known["license"]:
        faults.append(
            f"licence: {record['id']} has {known['license_name']}, which is share-alike, and {CARD_FILE} says "
            f"{given['license']!r} for it; remove that line"
        )
    if "license" not in record or not (record["id"] or record.get("name")):
        got = f"the checkpoint {model['checkpoint']!r}" if model.get("checkpoint") else repr(name)
        faults.append(
            f"licence: rasd does not know the licence of the encoder behind {got}; name it in {CARD_FILE}: "
            "encoder: {id: ORG/NAME, license: ...}"
        )
        return None
    _check_license(record, "the encoder", faults)
    link = None if record["id"] is None else f"https://huggingface.co/{record['id']}"
    record.setdefault("is_share_alike", _SHARE_ALIKE.fullmatch(record["license"]) is not None)
    if "-nd-" in record["license"]:
        faults.append(
            f"licence: {record['license']} of {record['id'] or record['name']} forbids handing out what is made from it"
        )
    return Source(**{"name": record["id"], "link": link, "commit": None, **record})


def _find_data(
    path: str, part: str, digests: Mapping[str, Any], given: list[Mapping[str, Any]], faults: list[str]
) -> Source | None:
    """Return a data set of the run, as it is known, as the Hub told it then, and as `card.yaml` tells it."""
    told = next((dict(item) for item in given if PurePosixPath(item.get("path", "")) == PurePosixPath(path)), {})
    told.pop("path", None)
    found = digests.get(f"{path}:{part}") or digests.get(path) or {}
    from_hub = {"license": found.get("license"), "id": found.get("hub_id"), "commit": found.get("commit")}
    record = {**_look_up(_DATA, path), **{name: value for name, value in from_hub.items() if value}, **told}
    record.setdefault("name", record.get("id"))
    if not record.get("license") or not record["name"]:
        faults.append(
            f"data: rasd does not know the licence of data.{part} = {path!r}; name it in {CARD_FILE}: "
            f"data: [{{path: {path}, name: ..., license: ...}}]"
        )
        return None
    _check_license(record, f"data.{part} = {path!r}", faults)
    if record.get("id"):
        record.setdefault("link", f"https://huggingface.co/datasets/{record['id']}")
    return Source(**record, part=part, sha256=found.get("sha256"))


def _find_weights(encoder: Source, settings: Mapping[str, Any], faults: list[str]) -> Source | None:
    """Return the licence of the weights: the encoder's own where that is share-alike or nothing else is said."""
    own = settings.get("license")
    if own is None or own == encoder.license:
        shared = {item.name: getattr(encoder, item.name) for item in fields(Source) if "license" in item.name}
        return Source(name="weights", is_share_alike=encoder.is_share_alike, **shared)
    if encoder.is_share_alike:
        faults.append(
            f"licence: the weights are made from {encoder.name}, whose licence is share-alike; {CARD_FILE} says "
            f"license: {own!r}, and must say nothing else than {encoder.license!r}, or nothing"
        )
        return None
    if "-nc-" in encoder.license and "-nc-" not in own and own != "other":
        faults.append(
            f"licence: {encoder.license} of {encoder.name} forbids commercial use, and {CARD_FILE} says "
            f"license: {own!r} of the weights, which allows it"
        )
        return None
    _check_license(settings, "the weights", faults)
    return Source(
        name="weights",
        license=own,
        license_name=settings.get("license_name"),
        license_link=settings.get("license_link"),
    )


def _check_license(record: Mapping[str, Any], what: str, faults: list[str]) -> None:
    """Check that the Hub knows the licence, or that it is named."""
    name = record["license"]
    if name not in LICENSES:
        faults.append(
            f"licence of {what}: {name!r} is no id of the Hub's; write 'other', with license_name and license_link, "
            f"where it has none.{did_you_mean(name, LICENSES)}"
        )
    elif name == "other" and not (record.get("license_name") and record.get("license_link")):
        faults.append(f"licence of {what}: 'other' needs license_name and license_link beside it")


def _as_list(paths: str | list[str] | None) -> list[str]:
    return [paths] if isinstance(paths, str) else paths or []


def _look_up(table: tuple[tuple[str, dict[str, Any]], ...], name: str) -> dict[str, Any]:
    """Return a copy of what is known of a name."""
    return next((dict(known) for pattern, known in table if re.fullmatch(pattern, name)), {})


def _check_texts(record: Mapping[str, Any], keys: tuple[str, ...], where: str, faults: list[str]) -> None:
    """Check that a mapping of `card.yaml` has known keys alone, and texts under them."""
    for key, value in record.items():
        if key not in keys:
            faults.append(
                f"{CARD_FILE}: unknown key '{where}{key}'; keys are: {', '.join(keys)}.{did_you_mean(key, keys)}"
            )
        elif key not in ("encoder", "data") and not isinstance(value, str):
            faults.append(f"{CARD_FILE}: {where}{key}: expected text, got {value!r:.60}; put it in quotes")

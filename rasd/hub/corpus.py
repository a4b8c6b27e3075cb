"""A corpus goes up to the Hub as a data set: JSONL files with typed columns, and a card made from its datasheet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import DatasetCardData, HfApi

from rasd import __version__
from rasd.errors import OntologyError, PublishError, ReadError, summarize_faults
from rasd.events import Sentence
from rasd.files import checksum
from rasd.formats.jsonl import read_sentences
from rasd.hub import tables
from rasd.hub.card import TASK, render_template
from rasd.hub.merging import merge_cards
from rasd.hub.origins import Source, describe_corpus, read_card_settings
from rasd.hub.pushing import CARD, File, Plan, Target, fetch_text, look, make_plan
from rasd.ontology import Ontology

# File in the folder -> split on the Hub, where "dev" is called "validation".
SPLITS = {"train": "train", "dev": "validation", "test": "test"}
_GUIDELINES = "GUIDELINES.md"
_ONTOLOGY = "ontology.yaml"
_SPAN = [("start", "int32"), ("end", "int32")]
_KINDS = {str: "string", bool: "bool", int: "int64", float: "float64"}
_SIZES = ((1e3, "n<1K"), (1e4, "1K<n<10K"), (1e5, "10K<n<100K"), (1e6, "100K<n<1M"))


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """A corpus that may go up.

    Attributes:
        folder: Where its files are.
        splits: Split on the Hub -> its sentences.
        ontology: Its ontology.
        source: Its name and licence.
        datasheet: The body of the folder's README.md, empty where there is none.
    """

    folder: Path
    splits: Mapping[str, Sequence[Sentence]]
    ontology: Ontology
    source: Source
    datasheet: str


def check_corpus(folder: str | Path, ontology_name: str) -> Corpus:
    """Check everything that must hold of a corpus before it goes up.

    Args:
        folder: Holds train.jsonl and perhaps dev.jsonl and test.jsonl, README.md, its datasheet, and GUIDELINES.md.
        ontology_name: A packaged ontology, or a YAML file.

    Raises:
        PublishError: If anything is missing or at fault; everything at once.
    """
    folder = Path(folder)
    faults: list[str] = []
    settings = read_card_settings(folder, faults)
    try:
        ontology = Ontology.load(ontology_name)
    except OntologyError as err:
        raise PublishError(f"{folder} cannot be published: {err}") from err
    splits: dict[str, list[Sentence]] = {}
    for name, split in SPLITS.items():
        path = folder / f"{name}.jsonl"
        if not path.is_file():
            continue
        try:
            splits[split] = read_sentences(path, ontology)
        except ReadError as err:
            faults += str(err).split("\n")
    if not (folder / "train.jsonl").is_file():
        faults.append(f"files: {folder / 'train.jsonl'} is missing")
    datasheet = folder / CARD
    if not datasheet.is_file():
        faults.append(f"card: {datasheet} is missing; tell there how the corpus was made, and what it is not for")
    source = describe_corpus(folder, settings, faults)
    _find_features([item for items in splits.values() for item in items], faults)
    if faults:
        told = summarize_faults([f"- {fault}" for fault in faults])
        raise PublishError(f"{folder} cannot be published; this must be mended first:\n{told}")
    assert source is not None, "a fault was found and not told"
    return Corpus(
        folder=folder,
        splits=splits,
        ontology=ontology,
        source=source,
        datasheet=_localize(datasheet.read_text(encoding="utf-8"), folder),
    )


def plan_corpus(api: HfApi, corpus: Corpus, target: Target) -> Plan:
    """Compare a corpus with what is on the Hub.

    Raises:
        PublishError: If the Hub cannot be asked, or what stands there must not be overwritten.
    """
    remote = look(api, target)
    old_card = fetch_text(api, target, remote, CARD)
    own = {name for name in remote.files if name not in (CARD, ".gitattributes")}
    if own and "<!-- rasd:begin" not in (old_card or ""):
        raise PublishError(f"{target.repo_id!r} holds another data set already; choose another name for this one")
    files = list_corpus_files(corpus, target.repo_id, old_card=old_card)
    managed = {_GUIDELINES, _ONTOLOGY, *(f"data/{split}.jsonl" for split in SPLITS.values())}
    return make_plan(target, remote, files, managed=managed)


def list_corpus_files(corpus: Corpus, repo_id: str, *, old_card: str | None = None) -> list[File]:
    """Return everything that goes up: the splits, the ontology, the guidelines and the card."""
    card = merge_cards(render_corpus_card(corpus, repo_id), old_card, source_name="")
    files = [File(CARD, card.encode())]
    names = {split: name for name, split in SPLITS.items()}
    files += [File(f"data/{split}.jsonl", corpus.folder / f"{names[split]}.jsonl") for split in corpus.splits]
    ontology = yaml.safe_dump(corpus.ontology.to_dict(), sort_keys=False, allow_unicode=True, width=120)
    files.append(File(_ONTOLOGY, ontology.encode()))
    if (corpus.folder / _GUIDELINES).is_file():
        files.append(File(_GUIDELINES, corpus.folder / _GUIDELINES))
    agreement = corpus.folder / "agreement"
    files += [File(f"agreement/{path.name}", path) for path in sorted(agreement.glob("*.jsonl"))]
    return sorted(files, key=lambda file: file.name)


def render_corpus_card(corpus: Corpus, repo_id: str) -> str:
    """Return the card of a data set, metadata and text."""
    names = {split: name for name, split in SPLITS.items()}
    rows = [[split, *_count(items)] for split, items in corpus.splits.items()]
    values = {
        "name": corpus.source.name[0].upper() + corpus.source.name[1:],
        "repo_id": repo_id,
        "source": corpus.source,
        "ontology": corpus.ontology,
        "ontology_tables": tables.ontology_tables(corpus.ontology),
        "counts": tables.markdown_table(["split", "sentences", "without events", "events", "arguments"], rows),
        "digests": {split: checksum(corpus.folder / f"{names[split]}.jsonl") for split in corpus.splits},
        "datasheet": corpus.datasheet,
        "rasd_version": __version__,
    }
    body = render_template("data_card_template.md", values)
    return f"---\n{_make_metadata(corpus).to_yaml()}\n---\n\n{body}"


def _make_metadata(corpus: Corpus) -> DatasetCardData:
    """Return what the Hub sorts a data set by, and what `datasets` types its columns by."""
    source, sentences = corpus.source, [item for items in corpus.splits.values() for item in items]
    files = [{"split": split, "path": f"data/{split}.jsonl"} for split in corpus.splits]
    named = {"license_name": source.license_name, "license_link": source.license_link}
    return DatasetCardData(
        language=[corpus.ontology.language],
        license=source.license,
        **(named if source.license == "other" else {}),
        pretty_name=corpus.source.name,
        task_categories=[TASK],
        tags=["event-extraction", "information-extraction", "news", "rasd"],
        size_categories=[next((name for most, name in _SIZES if len(sentences) < most), "n>1M")],
        configs=[{"config_name": "default", "data_files": files}],
        dataset_info={"config_name": "default", "features": _find_features(sentences, [])},
    )


def _find_features(sentences: Sequence[Sentence], faults: list[str]) -> list[dict[str, Any]]:
    """Return the columns and their types; faults are further keys that have no one type."""
    argument = [("role", "string"), ("text", "string"), *_SPAN]
    event = [("type", "string"), ("trigger", "string"), *_SPAN, ("realis", "string")]
    events = [*_columns(event), {"name": "arguments", "list": _columns(argument)}]
    features = [*_columns([("id", "string"), ("text", "string")]), {"name": "events", "list": events}]
    return [*features, *_find_extra([sentence.extra for sentence in sentences], "", faults)]


def _find_extra(records: Sequence[Mapping[str, Any]], where: str, faults: list[str]) -> list[dict[str, Any]]:
    """Return the columns of the keys beyond the corpus format, in the order in which they are met."""
    features = []
    for key in dict.fromkeys(key for record in records for key in record):
        values = [record[key] for record in records if record.get(key) is not None]
        kinds = {type(value) for value in values}
        if kinds == {dict}:
            features.append({"name": key, "struct": _find_extra(values, f"{where}{key}.", faults)})
        elif len(kinds) == 1 and kinds <= set(_KINDS):
            features.append({"name": key, "dtype": _KINDS[kinds.pop()]})
        else:
            got = ", ".join(sorted(kind.__name__ for kind in kinds)) or "none"
            faults.append(
                f"columns: '{where}{key}' must be text, a number or a mapping in every line; kinds are: {got}"
            )
    return features


def _columns(named: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    return [{"name": name, "dtype": kind} for name, kind in named]


def _count(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """Return sentences, those without events, events and arguments."""
    events = [event for sentence in sentences for event in sentence.events or ()]
    empty = sum(not sentence.events for sentence in sentences)
    return tuple(f"{n:,}" for n in (len(sentences), empty, len(events), sum(len(e.arguments or ()) for e in events)))


def _localize(text: str, folder: Path) -> str:
    """Return a datasheet whose links lead to what goes up with it, without its title; other links keep their words."""

    def lead(found: re.Match[str]) -> str:
        words, link = found[1], found[2]
        if "://" in link or link.startswith("#") or (folder / link).resolve().parent == folder.resolve():
            return found[0]
        is_ontology = link.split("#")[0].endswith("ontologies/conflict.yaml")
        return f"[{words}]({_ONTOLOGY})" if is_ontology else words

    body = re.sub(r"\A# .*\n+", "", text)
    # Headings go one level down, below that of the datasheet.
    body = re.sub(r"^(#+ )", r"#\1", body, flags=re.M)
    return re.sub(r"\[([^\]]+)\]\(([^)\s]+)\)", lead, body).strip()

"""The corpus as read for its report, and its figures as Markdown tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import _meta
import numpy as np

from rasd.errors import ReadError
from rasd.events import Event, Sentence
from rasd.formats.jsonl import read_sentences
from rasd.ontology import Ontology

SPLITS = ("train", "dev", "test")
Splits = dict[str, list[Sentence]]


def read_splits(folder: Path, ontology: Ontology) -> Splits:
    """Return train, dev and test of a folder.

    Raises:
        ReadError: If a file is missing or not fully annotated, or lines have no id or no `meta`.
    """
    splits = {name: read_annotated(folder / f"{name}.jsonl", ontology) for name in SPLITS}
    for name, sentences in splits.items():
        for sentence in sentences:
            if sentence.id is None or not isinstance(sentence.extra.get("meta"), dict):
                what = "id" if sentence.id is None else "meta"
                raise ReadError(f"{folder / name}.jsonl: {sentence.id or sentence.text[:40]!r} has no {what}")
    return splits


def read_annotated(path: Path, ontology: Ontology) -> list[Sentence]:
    """Return the sentences of a file that has every layer: events, triggers, arguments and realis.

    Raises:
        ReadError: If the file cannot be read, has no sentence or no event, or lacks a layer somewhere.
    """
    sentences = read_sentences(path, ontology)
    for sentence in sentences:
        for event in (None,) if sentence.events is None else sentence.events:
            if event is None or event.trigger is None or event.arguments is None or event.realis is None:
                what = "no events layer" if event is None else f"a {event.type} without trigger, arguments or realis"
                raise ReadError(f"{path}: {sentence.id or sentence.text[:40]!r} has {what}")
    if not events_of(sentences):
        raise ReadError(f"{path} has {len(sentences)} sentences and no event; expected annotated sentences")
    return sentences


def all_of(splits: Splits) -> list[Sentence]:
    """Return the sentences of all parts."""
    return [sentence for part in splits.values() for sentence in part]


def summary(splits: Splits) -> str:
    """Return sentences, events, arguments, lengths and realis of each part as a table."""
    facts = {name: facts_of(sentences) for name, sentences in splits.items()}
    for name, sentences in splits.items():
        facts[name]["hard negatives, of those without events"] = f"{share_of_hard(sentences):.0%}"
    rows = [[key, *(facts[name][key] for name in splits)] for key in facts["train"]]
    return table(["", *splits], rows)


def facts_of(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Return the figures of one part."""
    with_events = [sentence for sentence in sentences if sentence.events]
    events = events_of(sentences)
    num_arguments = sum(len(event.arguments or ()) for event in events)
    words = lengths_of(sentences)
    realis = Counter(event.realis for event in events)
    return {
        "sentences": str(len(sentences)),
        "without events": f"{1 - len(with_events) / len(sentences):.0%}",
        "words a sentence": f"{np.mean(words):.1f} ({min(words)}-{max(words)})",
        "events": str(len(events)),
        "events a sentence with events": f"{len(events) / len(with_events):.2f}",
        "sentences with several events, of those with any": f"{share_of_several(sentences):.0%}",
        "arguments": str(num_arguments),
        "arguments an event": f"{num_arguments / len(events):.2f}",
        **{name: f"{realis[name] / len(events):.1%}" for name in ("Actual", "Planned", "Negated")},
    }


def by_label(splits: Splits, ontology: Ontology) -> str:
    """Return the events of each type and the arguments of each role in each part as a table."""
    counts = {name: types_of(part) + roles_of(part) for name, part in splits.items()}
    labels = [*ontology.type_ids, *ontology.role_ids]
    return table(
        ["type or role", *splits], [[label, *(str(counts[name][label]) for name in splits)] for label in labels]
    )


def by_meta(splits: Splits) -> str:
    """Return the sentences of each manner, region, theme and batch as a table."""
    sentences = all_of(splits)
    parts = {
        "manner": ("manner", sentences),
        "region": ("region", sentences),
        "theme, with events": ("theme", [item for item in sentences if item.events]),
        "theme, without events": ("theme", [item for item in sentences if not item.events]),
        "batch": ("batch", sentences),
    }
    rows = []
    for title, (key, part) in parts.items():
        counts = Counter(str(item.extra["meta"].get(key)) for item in part)
        listed = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        rows.append([title, ", ".join(f"{name} {count}" for name, count in listed)])
    return table(["", "sentences"], rows)


def meta_of(sentences: Sequence[Sentence]) -> list[str]:
    """Return a fault for each sentence whose `meta` is not in the words of the closed lists."""
    return [f"{item.id}: {fault}" for item in sentences for fault in _meta.meta_faults(item)]


def types_of(sentences: Sequence[Sentence]) -> Counter[str]:
    """Return how many events of each type there are."""
    return Counter(event.type for event in events_of(sentences))


def roles_of(sentences: Sequence[Sentence]) -> Counter[str]:
    """Return how many arguments of each role there are."""
    return Counter(argument.role for event in events_of(sentences) for argument in event.arguments or ())


def events_of(sentences: Sequence[Sentence]) -> list[Event]:
    """Return all events."""
    return [event for sentence in sentences for event in sentence.events or ()]


def lengths_of(sentences: Sequence[Sentence]) -> list[int]:
    """Return how many words each sentence has, split at white space."""
    return [len(sentence.text.split()) for sentence in sentences]


def share_of_several(sentences: Sequence[Sentence]) -> float:
    """Return the share of sentences with two events or more among those with any."""
    counts = [len(sentence.events) for sentence in sentences if sentence.events]
    return float(np.mean([count > 1 for count in counts]))


def share_of_hard(sentences: Sequence[Sentence]) -> float:
    """Return the share of hard negatives among the sentences without events, 0.0 where every sentence has some."""
    without = [sentence.extra["meta"].get("hard_negative") is True for sentence in sentences if not sentence.events]
    return sum(without) / max(1, len(without))


def table(head: list[str], rows: list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)

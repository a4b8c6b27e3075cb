"""What the corpus is held to, and which of it a corpus misses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from _corpus import Splits, all_of, events_of, lengths_of, roles_of, share_of_hard, share_of_several, types_of

from rasd.events import Sentence
from rasd.ontology import Ontology

# What the corpus was meant to cover from the start.
REGIONS = (
    "Syria",
    "Iraq",
    "Yemen",
    "Libya",
    "Sudan",
    "Palestine",
    "Israel",
    "Lebanon",
    "Egypt",
    "Tunisia",
    "Algeria",
    "Somalia",
    "Gulf",
    "Iran",
    "Afghanistan",
    "Turkey",
    "Sahel",
    "Ukraine",
)
Check = tuple[str, float, float, float]  # what is counted, what was got, the least and the most that is allowed


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """Least counts and shares; a pair is the least and the most.

    Attributes:
        sentences: Part -> sentences.
        of_type: "all" or part -> events of each type.
        of_role: Arguments of each role.
        of_region: Sentences of each of `REGIONS`.
        of_manner: Manners, and the sentences that each of so many has.
        without_events: Share of sentences without events.
        hard_negatives: Share of hard negatives among those.
        realis: Realis -> share of the events.
        mean_words: Mean words a sentence.
        shortest: Most words of the shortest sentence.
        longest: Least words of the longest sentence.
        several_events: Share of sentences with several events among those with any.
        events_a_sentence: Events a sentence with events.
        arguments_an_event: Arguments an event.
    """

    sentences: Mapping[str, int] = field(default_factory=lambda: {"train": 2400, "dev": 300, "test": 300})
    of_type: Mapping[str, int] = field(default_factory=lambda: {"all": 120, "dev": 12, "test": 12})
    of_role: int = 200
    of_region: int = 15
    of_manner: tuple[int, int] = (10, 20)
    without_events: tuple[float, float] = (0.25, 0.30)
    hard_negatives: tuple[float, float] = (0.45, 0.60)
    realis: Mapping[str, float] = field(default_factory=lambda: {"Planned": 0.12, "Negated": 0.05})
    mean_words: tuple[float, float] = (24, 30)
    shortest: int = 6
    longest: int = 60
    several_events: float = 0.60
    events_a_sentence: tuple[float, float] = (2.1, 2.5)
    arguments_an_event: float = 2.7


def missed_requirements(splits: Splits, ontology: Ontology, wanted: Requirements) -> list[str]:
    """Return what the corpus is held to and does not reach."""
    sentences = all_of(splits)
    checks = [
        *check_labels(splits, ontology, wanted),
        *check_meta(sentences, wanted),
        *check_density(sentences, wanted),
        *check_lengths(sentences, wanted),
    ]
    missed = [(what, got, low, high) for what, got, low, high in checks if not low <= got <= high]
    return [f"{what}: {got:.4g}, expected {low:.4g} to {high:.4g}" for what, got, low, high in missed]


def check_labels(splits: Splits, ontology: Ontology, wanted: Requirements) -> Iterator[Check]:
    """Yield the checks of how many sentences, events of each type and arguments of each role there are."""
    parts = {"all": all_of(splits), **splits}
    for name, least in wanted.sentences.items():
        yield f"sentences of {name}", len(parts[name]), least, np.inf
    for name, least in wanted.of_type.items():
        counts = types_of(parts[name])
        yield from ((f"{label} in {name}", counts[label], least, np.inf) for label in ontology.type_ids)
    roles = roles_of(parts["all"])
    yield from ((label, roles[label], wanted.of_role, np.inf) for label in ontology.role_ids)


def check_meta(sentences: list[Sentence], wanted: Requirements) -> Iterator[Check]:
    """Yield the checks of regions, manners and hard negatives."""
    regions, manners = (Counter(str(item.extra["meta"].get(key)) for item in sentences) for key in ("region", "manner"))
    yield from ((f"sentences of {region}", regions[region], wanted.of_region, np.inf) for region in REGIONS)
    num_manners, least = wanted.of_manner
    num_large = sum(count >= least for count in manners.values())
    yield f"manners with {least} sentences", num_large, num_manners, np.inf
    yield "share of hard negatives", share_of_hard(sentences), *wanted.hard_negatives


def check_density(sentences: list[Sentence], wanted: Requirements) -> Iterator[Check]:
    """Yield the checks of events a sentence, arguments an event and realis."""
    events = events_of(sentences)
    num_with = sum(bool(sentence.events) for sentence in sentences)
    num_arguments = sum(len(event.arguments or ()) for event in events)
    realis = Counter(event.realis for event in events)
    yield "share without events", 1 - num_with / len(sentences), *wanted.without_events
    yield "share with several events", share_of_several(sentences), wanted.several_events, 1
    yield "events a sentence with events", len(events) / num_with, *wanted.events_a_sentence
    yield "arguments an event", num_arguments / len(events), wanted.arguments_an_event, np.inf
    yield from ((f"share of {name}", realis[name] / len(events), least, 1) for name, least in wanted.realis.items())


def check_lengths(sentences: list[Sentence], wanted: Requirements) -> Iterator[Check]:
    """Yield the checks of words a sentence."""
    words = lengths_of(sentences)
    yield "mean words", float(np.mean(words)), *wanted.mean_words
    yield "words of the shortest sentence", min(words), 0, wanted.shortest
    yield "words of the longest sentence", max(words), wanted.longest, np.inf

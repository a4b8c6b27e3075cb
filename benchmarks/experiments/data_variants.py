"""Changes to the sentences that are trained on."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

import rasd
from rasd.events import Sentence
from rasd.training import run as training_run
from rasd.training.augmentation import _carry

# <mask> of encoders/mini.
MASK = 19999
# Raw sentences, one a line, as many as a user has; what `base` learnt on the same sentences labels them.
UNLABELLED = Path("runs/unlabelled.txt")
TEACHER = "runs/experiments/small-base-{seed}"


def joined_sentences(share: float) -> Callable[[], None]:
    """A share of the training sentences is doubled, joined to another one."""

    def patch() -> None:
        load = training_run.load_splits

        def shifted(event, by):
            def move(item):
                return replace(item, start=item.start + by, end=item.end + by)

            arguments = None if event.arguments is None else tuple(move(item) for item in event.arguments)
            return replace(event, trigger=move(event.trigger), arguments=arguments)

        def load_splits(config, ontology):
            splits = load(config, ontology)
            chance = random.Random(config.seed)
            short = [item for item in splits.train if len(item.text) < 250]
            more = []
            for _ in range(int(share * len(splits.train))):
                first, second = chance.sample(short, 2)
                by = len(first.text) + 1
                events = (*first.events, *(shifted(event, by) for event in second.events))
                more.append(replace(first, text=f"{first.text} {second.text}", events=events, types=None))
            return replace(splits, train=[*splits.train, *more])

        training_run.load_splits = load_splits

    return patch


def self_taught(count: int, certainty: float) -> Callable[[], None]:
    """As many raw sentences are added, with the events that a trained model finds in them.

    Three in four hold events, each of them as certain at least; the others hold none (Yarowsky 1995, one round).
    """

    def patch() -> None:
        load = training_run.load_splits

        def load_splits(config, ontology):
            splits = load(config, ontology)
            lines = UNLABELLED.read_text(encoding="utf-8").split("\n")
            found = rasd.load(TEACHER.format(seed=config.seed)).predict_sentences(
                [Sentence(text=line) for line in lines if line]
            )
            sure = [item for item in found if item.events and min(event.score for event in item.events) >= certainty]
            none = [item for item in found if not item.events]
            chance = random.Random(config.seed)
            more = chance.sample(sure, count * 3 // 4) + chance.sample(none, count // 4)
            return replace(splits, train=[*splits.train, *(replace(item, types=None) for item in more)])

        training_run.load_splits = load_splits

    return patch


def masked_words(share: float) -> Callable[[], None]:
    """In training, a share of the words is hidden behind the mask or unknown piece, letters and all."""

    def patch() -> None:
        collate = training_run.EventCollator.__call__

        def call(self, examples):
            batch = collate(self, examples)
            letters = batch["letters"]
            hidden = (torch.rand(letters.shape[:2]) < share) & (letters[..., 0] > 0)
            at = batch["piece_words"].clamp(min=0)
            pieces = hidden.gather(1, at) & (batch["piece_words"] >= 0)
            batch["input_ids"] = batch["input_ids"].masked_fill(pieces, MASK)
            letters[..., 1:] = letters[..., 1:].masked_fill(hidden[..., None], 0)
            letters[..., 0] = letters[..., 0].masked_fill(hidden, 1)
            return batch

        training_run.EventCollator.__call__ = call

    return patch


def swapped_places(share: float) -> Callable[[], None]:
    """A share of the training sentences is doubled, places and agents being those of other sentences."""

    def patch() -> None:
        load = training_run.load_splits

        def load_splits(config, ontology):
            splits = load(config, ontology)
            chance = random.Random(config.seed)
            fillers: dict[tuple[str, int], list[str]] = {}
            for sentence in splits.train:
                for span, role in swappable(sentence):
                    fillers.setdefault((role, len(span.text.split())), []).append(span.text)
            chosen = chance.sample(splits.train, int(share * len(splits.train)))
            more = [swap(sentence, fillers, chance) for sentence in chosen]
            return replace(splits, train=[*splits.train, *more])

        training_run.load_splits = load_splits

    return patch


def swappable(sentence: Sentence) -> list[tuple]:
    """Return places and agents that begin a word, in text order, none of which overlaps another span."""
    spans = [(item, item.role) for event in sentence.events or () for item in event.arguments or ()]
    spans += [(event.trigger, "trigger") for event in sentence.events or () if event.trigger is not None]
    found = {(item.start, item.end): (item, role) for item, role in spans}
    return [
        (item, role)
        for (start, end), (item, role) in sorted(found.items())
        if role in ("Place", "Agent")
        and (start == 0 or sentence.text[start - 1].isspace())
        and all(other == (start, end) or other[1] <= start or other[0] >= end for other in found)
    ]


def swap(sentence: Sentence, fillers: dict[tuple[str, int], list[str]], chance: random.Random) -> Sentence:
    """Put other fillers in, of as many words; gold spans are carried along."""
    text, pieces, places, at = sentence.text, [], [0], 0
    for span, role in swappable(sentence):
        filler = chance.choice(fillers[role, len(span.text.split())])
        for char in text[at : span.start]:
            pieces.append(char)
            places.append(places[-1] + 1)
        # Inner borders move to the filler's end: no span begins or ends there.
        pieces.append(filler)
        places += [places[-1] + len(filler)] * (span.end - span.start)
        at = span.end
    for char in text[at:]:
        pieces.append(char)
        places.append(places[-1] + 1)
    return _carry(sentence, "".join(pieces), places)

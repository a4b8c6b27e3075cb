"""Corpus files, or data sets of the Hub, become data sets of windows with their gold arrays."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import datasets

from rasd.encoding import Encoding, SentenceEncoder
from rasd.errors import ConfigError
from rasd.events import Sentence
from rasd.files import checksum
from rasd.formats.jsonl import read_sentences
from rasd.labels import Labels, LostGold, add_labels
from rasd.ontology import Ontology
from rasd.training.augmentation import vary
from rasd.training.config import TrainConfig
from rasd.training.hub_data import read_hub_sentences
from rasd.training.settings import HubData, as_list

logger = logging.getLogger(__name__)

# Other ways to write a sentence that are made ready, where any are asked for.
NUM_VARIANTS = 4


@dataclass(frozen=True)
class Splits:
    """Gold sentences to train on and to choose by, and where they come from.

    Attributes:
        train: Sentences to train on.
        dev: Sentences to choose by.
        checksums: File or data set -> SHA-256 of what it held when it was read.
        origins: Data set of the Hub -> its id, commit and licence.
    """

    train: list[Sentence]
    dev: list[Sentence]
    checksums: dict[str, str] = field(default_factory=dict)
    origins: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def layers(self) -> list[str]:
        """The annotation layers that the training data has anywhere."""
        return layers_of(self.train)


def layers_of(sentences: Sequence[Sentence]) -> list[str]:
    """Return the annotation layers that sentences have anywhere, the deepest last but for realis."""
    events = [event for sentence in sentences for event in sentence.events or ()]
    layers = ["typing"]
    layers += ["trigger"] * any(event.trigger is not None for event in events)
    layers += ["arguments"] * any(event.arguments is not None for event in events)
    return layers + ["realis"] * any(event.realis is not None for event in events)


def load_splits(config: TrainConfig, ontology: Ontology) -> Splits:
    """Read the corpus files or data sets of a config; sentences without an events layer are left out.

    Raises:
        ReadError: If lines are at fault.
        ConfigError: If there is nothing to train on or to choose by, or a data set of the Hub cannot be read.
    """
    checksums: dict[str, str] = {}
    origins: dict[str, dict[str, str]] = {}
    train = _read(config, "train", ontology, checksums, origins)
    dev = [item for item in _read(config, "dev", ontology, checksums, origins) if item.events is not None]
    limit = config.data.max_train_sentences
    if limit is not None and limit < len(train):
        train = random.Random(config.seed).sample(train, limit)
    annotated = [sentence for sentence in train if sentence.events is not None]
    if not any(sentence.events for sentence in annotated):
        raise ConfigError(f"data.train = {config.data.train!r}: no sentence has an event; there is nothing to learn")
    if not any(sentence.events for sentence in dev):
        raise ConfigError(f"data.dev = {config.data.dev!r}: no sentence has an event; there is nothing to choose by")
    return Splits(annotated, dev, checksums, origins)


def encode_split(
    sentences: Sequence[Sentence],
    encoder: SentenceEncoder,
    ontology: Ontology,
    *,
    augmentation: float = 0.0,
    seed: int = 0,
) -> datasets.Dataset:
    """Encode gold sentences into a data set of windows.

    The data set holds positions and lengths, which batches are sampled by; arrays are made once and handed out by
    reference.

    Args:
        sentences: Gold sentences.
        encoder: Makes the arrays.
        ontology: Where the ids come from.
        augmentation: Share of the times that a sentence is handed out written in another way.
        seed: Chooses those ways.

    Returns:
        A data set of `{"encoding": Encoding, "labels": Labels}`. A warning tells how much gold cannot be said.
    """
    windows: list[tuple[Encoding, Labels]] = []
    variants: list[list[tuple[Encoding, Labels]]] = []
    encoded_windows: list[tuple[Encoding, Labels]] = []
    lost = LostGold()
    encoded = encoder.encode([sentence.text for sentence in sentences])
    for sentence, encodings in zip(sentences, encoded, strict=True):
        encoded_windows += zip(encodings, add_labels(sentence, encodings, ontology, lost), strict=True)
    if lost.lost:
        share = lost.lost / lost.spans
        logger.warning("%d of %d gold spans (%.2f%%) cannot be given exactly", lost.lost, lost.spans, 100 * share)

    def fetch(batch: dict[str, list[int]]) -> dict[str, list]:
        chosen = (
            # The Trainer seeds this generator, and its state is among what a run resumes from.
            random.choice(variants[i]) if variants and variants[i] and random.random() < augmentation else windows[i]
            for i in batch["window"]
        )
        encodings, labels = zip(*chosen, strict=True)
        return {"encoding": encodings, "labels": labels, "length": batch["length"]}

    lengths = [len(encoding.input_ids) for encoding, _ in encoded_windows]
    columns = {"window": list(range(len(lengths))), "length": lengths}
    dataset = datasets.Dataset.from_dict(columns).with_transform(fetch)
    # Filled only now: `with_transform` pickles what `fetch` holds to make a fingerprint, which for all arrays of a
    # corpus takes as long as encoding it, and which nothing here uses.
    windows += encoded_windows
    if augmentation:
        variants += _encode_variants(sentences, encoded, encoder, ontology, seed)
    return dataset


def _encode_variants(
    sentences: Sequence[Sentence],
    encoded: Sequence[Sequence[Encoding]],
    encoder: SentenceEncoder,
    ontology: Ontology,
    seed: int,
) -> list[list[tuple[Encoding, Labels]]]:
    """Return other ways to write what each window holds, none for the windows of sentences that have several."""
    rng = random.Random(seed)
    varied = [[vary(sentence, rng) for _ in range(NUM_VARIANTS)] for sentence in sentences]
    variants: list[list[tuple[Encoding, Labels]]] = []
    encodings = iter(encoder.encode([item.text for items in varied for item in items]))
    for items, windows in zip(varied, encoded, strict=True):
        pairs = []
        for item in items:
            found = next(encodings)
            if len(windows) == len(found) == 1:
                pairs += zip(found, add_labels(item, found, ontology, LostGold()), strict=True)
        variants += [pairs] if len(windows) == 1 else [[] for _ in windows]
    return variants


def _read(
    config: TrainConfig,
    part: str,
    ontology: Ontology,
    checksums: dict[str, str],
    origins: dict[str, Any],
) -> list[Sentence]:
    """Read files and data sets of a part, "train" or "dev", and note their checksums and origins."""
    sentences: list[Sentence] = []
    for path in as_list(getattr(config.data, part)):
        data = HubData.parse(path)
        if data is None:
            checksums[path] = checksum(path)
            sentences += read_sentences(path, ontology)
        else:
            found = read_hub_sentences(data, ontology, part=part)
            # One data set may give both parts.
            name = path if path not in checksums else f"{path}:{part}"
            checksums[name], origins[name] = found.sha256, found.origin
            sentences += found.sentences
    return sentences

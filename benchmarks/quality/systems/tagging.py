"""BIO tags over words, read at the first piece of each, and back to character spans."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import torch
from fitting import batches, fit
from transformers import AutoModelForTokenClassification, AutoTokenizer
from words import words_of

IGNORED = -100
Spans = list[tuple[int, int, str]]


class WordTagger:
    """A token classifier over the words of a text, optionally followed by words that are not tagged."""

    def __init__(self, encoder: str, labels: Sequence[str]) -> None:
        self.tags = ["O"] + [f"{mark}-{label}" for label in labels for mark in "BI"]
        self.ids = {tag: i for i, tag in enumerate(self.tags)}
        self.tokenizer = AutoTokenizer.from_pretrained(encoder)
        self.model = AutoModelForTokenClassification.from_pretrained(encoder, num_labels=len(self.tags))

    def encode(self, text: str, second: Sequence[str] | None = None) -> dict[str, Any]:
        """Return piece ids, the words' spans, and the place of each word's first piece."""
        words = words_of(text)
        pieces = self.tokenizer(
            [text[start:end] for start, end in words],
            None if second is None else list(second),
            is_split_into_words=True,
            truncation="only_first",
            max_length=512,
        )
        firsts: dict[int, int] = {}
        for place, (word, part) in enumerate(zip(pieces.word_ids(), pieces.sequence_ids(), strict=True)):
            if part == 0:
                firsts.setdefault(word, place)
        kept = sorted(firsts)
        return {"ids": pieces["input_ids"], "words": [words[i] for i in kept], "firsts": [firsts[i] for i in kept]}

    def label(self, item: dict[str, Any], spans: Spans) -> dict[str, Any]:
        """Add the tags of gold spans; where spans overlap the first keeps the word."""
        tags = [IGNORED] * len(item["ids"])
        for place in item["firsts"]:
            tags[place] = 0
        for start, end, label in spans:
            mark = "B"
            for (left, right), place in zip(item["words"], item["firsts"], strict=True):
                if left < end and right > start and tags[place] == 0:
                    tags[place] = self.ids[f"{mark}-{label}"]
                    mark = "I"
        return {**item, "tags": tags}

    def collate(self, batch: list[dict[str, Any]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Pad ids."""
        width = max(len(item["ids"]) for item in batch)
        pad = self.tokenizer.pad_token_id
        ids = torch.tensor([item["ids"] + [pad] * (width - len(item["ids"])) for item in batch])
        mask = torch.tensor([[1] * len(item["ids"]) + [0] * (width - len(item["ids"])) for item in batch])
        return ids, mask

    def loss(self, batch: list[dict[str, Any]]) -> torch.Tensor:
        """Return the loss of a batch of labelled items."""
        ids, mask = self.collate(batch)
        width = ids.shape[1]
        tags = torch.tensor([item["tags"] + [IGNORED] * (width - len(item["tags"])) for item in batch])
        return self.model(input_ids=ids, attention_mask=mask, labels=tags).loss

    @torch.no_grad()
    def predict(self, items: Sequence[dict[str, Any]]) -> list[Spans]:
        """Return the spans of each item."""
        found: dict[int, Spans] = {}
        numbered = [{**item, "row": row} for row, item in enumerate(items)]
        for batch in batches(numbered, lambda item: len(item["ids"]), None):
            ids, mask = self.collate(batch)
            best = self.model(input_ids=ids, attention_mask=mask).logits.argmax(-1).tolist()
            for item, tags in zip(batch, best, strict=True):
                found[item["row"]] = self.spans(item, tags)
        return [found[row] for row in range(len(items))]

    def spans(self, item: dict[str, Any], tags: Sequence[int]) -> Spans:
        """Read spans off the tags of one item; an I that does not go on begins a span."""
        spans: Spans = []
        before = "O"
        for (start, end), place in zip(item["words"], item["firsts"], strict=True):
            name = self.tags[tags[place]]
            if name[0] == "I" and before[2:] == name[2:]:
                spans[-1] = (spans[-1][0], end, name[2:])
            elif name != "O":
                spans.append((start, end, name[2:]))
            before = name
        return spans


def train_tagger(
    tagger: WordTagger,
    train: Sequence[dict[str, Any]],
    dev: Sequence[dict[str, Any]],
    gold: Sequence[Spans],
    options: argparse.Namespace,
    name: str,
) -> None:
    """Train on labelled items and keep the epoch with the best F1 of labelled spans on dev."""

    def score() -> float:
        predicted = [set(spans) for spans in tagger.predict(dev)]
        matched = sum(len(own & set(right)) for own, right in zip(predicted, gold, strict=True))
        return 2 * matched / max(1, sum(map(len, predicted)) + sum(len(set(right)) for right in gold))

    fit(tagger.model, train, lambda item: len(item["ids"]), tagger.loss, score, options, name)

"""What most would build first: a multi-label sentence classifier for types, and a token classifier with type-role tags.

Triggers are tags like roles. A type that the classifier does not give is dropped; the triggers of a type are its
events, and its arguments go to the nearest of them.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
import torch
from fitting import arguments, batches, fit, read, write
from tagging import WordTagger, train_tagger
from transformers import AutoModel

TRIGGER = "trigger"
# At three times this rate, which serves the tagger, the classifier falls back to 12 points after its first epoch.
TYPER_RATE = 1e-4


def main() -> None:
    options = arguments(__doc__)
    roles = json.loads(options.ontology.read_text(encoding="utf-8"))
    train, dev = read(options.train), read(options.dev)
    labels = [f"{kind}|{role}" for kind, names in roles.items() for role in (TRIGGER, *names)]
    tagger = WordTagger(options.encoder, labels)
    items = [tagger.label(tagger.encode(item["text"]), spans_of(item)) for item in train]
    train_tagger(
        tagger, items, [tagger.encode(item["text"]) for item in dev], [spans_of(item) for item in dev], options, "tags"
    )
    typer = Typer(options, list(roles), tagger.tokenizer)
    typer.train(train, dev, options)
    for source, target in options.predict:
        sentences = read(source)
        encoded = [tagger.encode(item["text"]) for item in sentences]
        kinds, spans = typer.predict([item["ids"] for item in encoded]), tagger.predict(encoded)
        write(target, [build(*triple) for triple in zip(sentences, kinds, spans, strict=True)])


def spans_of(sentence: dict) -> list[tuple[int, int, str]]:
    """Return triggers, then arguments, as labelled spans."""
    events = sentence["events"]
    spans = [(event["start"], event["end"], f"{event['type']}|{TRIGGER}") for event in events]
    spans += [(a["start"], a["end"], f"{event['type']}|{a['role']}") for event in events for a in event["arguments"]]
    return list(dict.fromkeys(spans))


def build(sentence: dict, kinds: set[str], spans: list[tuple[int, int, str]]) -> dict:
    """Put events together."""
    text, events = sentence["text"], []
    parted = [(start, end, *label.split("|")) for start, end, label in spans]
    for kind in sorted(kinds):
        own = [
            {"type": kind, "trigger": text[start:end], "start": start, "end": end, "realis": "Actual", "arguments": []}
            for start, end, of, role in parted
            if of == kind and role == TRIGGER
        ]
        for start, end, of, role in parted:
            if of == kind and role != TRIGGER and own:
                nearest = min(own, key=lambda event: abs(event["start"] - start))
                nearest["arguments"].append({"role": role, "text": text[start:end], "start": start, "end": end})
        events += own
    return {"id": sentence["id"], "text": text, "events": sorted(events, key=lambda event: event["start"])}


class SentenceClassifier(torch.nn.Module):
    """Scores types by the mean of a sentence's pieces, normalised.

    `AutoModelForSequenceClassification` reads the first piece. Over the bench's encoder, which was made for means, that
    learns nothing in three epochs of the whole corpus, so this is what is compared.
    """

    base_model_prefix = "encoder"

    def __init__(self, encoder: str, num_labels: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(encoder)
        self.dropout = torch.nn.Dropout(0.1)
        self.classifier = torch.nn.Linear(self.encoder.config.hidden_size, num_labels)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state * mask[..., None]
        mean = states.sum(1) / mask.sum(1, keepdim=True)
        return self.classifier(self.dropout(torch.nn.functional.layer_norm(mean, mean.shape[-1:])))


class Typer:
    """The sentence classifier, with one threshold a type, chosen on dev."""

    def __init__(self, options, kinds: list[str], tokenizer) -> None:
        self.kinds, self.pad = kinds, tokenizer.pad_token_id
        self.encode = lambda text: tokenizer(text, truncation=True, max_length=512)["input_ids"]
        self.model = SentenceClassifier(options.encoder, len(kinds))
        self.thresholds = np.full(len(kinds), 0.5)

    def gold(self, sentence: dict) -> list[float]:
        present = {event["type"] for event in sentence["events"]}
        return [float(kind in present) for kind in self.kinds]

    def logits(self, batch: list[list[int]]) -> torch.Tensor:
        width = max(map(len, batch))
        ids = torch.tensor([ids + [self.pad] * (width - len(ids)) for ids in batch])
        mask = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids in batch])
        return self.model(ids, mask)

    def train(self, train: list[dict], dev: list[dict], options) -> None:
        items = [(self.encode(item["text"]), self.gold(item)) for item in train]
        dev_ids = [self.encode(item["text"]) for item in dev]
        right = np.array([self.gold(item) for item in dev], bool)

        def loss(batch: list) -> torch.Tensor:
            wanted = torch.tensor([gold for _, gold in batch])
            return torch.nn.functional.binary_cross_entropy_with_logits(self.logits([ids for ids, _ in batch]), wanted)

        def score() -> float:
            scores = self.probabilities(dev_ids)
            said = scores >= choose_thresholds(scores, right)
            return 2 * (said & right).sum() / max(1, said.sum() + right.sum())

        settings = argparse.Namespace(**{**vars(options), "rate": TYPER_RATE})
        fit(self.model, items, lambda item: len(item[0]), loss, score, settings, "types")
        self.thresholds = choose_thresholds(self.probabilities(dev_ids), right)

    @torch.no_grad()
    def probabilities(self, ids: list[list[int]]) -> np.ndarray:
        self.model.eval()
        scores = np.zeros((len(ids), len(self.kinds)))
        for batch in batches(list(enumerate(ids)), lambda item: len(item[1]), None):
            scores[[row for row, _ in batch]] = self.logits([own for _, own in batch]).sigmoid().numpy()
        return scores

    def predict(self, ids: list[list[int]]) -> list[set[str]]:
        said = self.probabilities(ids) >= self.thresholds
        return [{kind for kind, yes in zip(self.kinds, row, strict=True) if yes} for row in said]


def choose_thresholds(scores: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return for each type [E] the threshold with the best F1, the middle one of equals; scores and gold [S, E]."""
    cuts = np.arange(0.05, 0.81, 0.05)
    said = scores[..., None] >= cuts  # [S, E, cuts]
    f1 = 2 * (said & right[..., None]).sum(0) / np.maximum(1, said.sum(0) + right.sum(0)[:, None])
    return np.array([np.median(cuts[row == row.max()]) for row in f1])


if __name__ == "__main__":
    main()

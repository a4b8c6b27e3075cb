r"""SpanMarker (PyPI): every run of up to eight words gets one label, an event type or a role, or none.

Words are those of `words.py`: the package cannot begin a span within a word. Runs that end with a proclitic or begin or
end with a sign are left out. A run has one label: event types go before roles, and of
several roles that of the nearest trigger stays. Spans may be nested, as a Count in its Target is; the package's
`predict` would drop one, so labels are read off its scores here. An argument goes to the nearest trigger whose type
lists its role.

Model, markers and loss are the package's, the loop is that of the other rivals: its Trainer knows one rate for all
layers, and asks the Hub for its scorer. The vectors of the two markers are learnt, at the rate of new layers.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from fitting import arguments, batches, fit, read, write
from words import LETTER, words_of

WIDTH = 8
Spans = list[tuple[int, int, str]]
Scored = list[tuple[float, int, int, str]]


def main() -> None:
    label_spans(__doc__, SpanLabeller)


def label_spans(description: str, make: Callable[[argparse.Namespace, list[str]], Any]) -> None:
    """Run a labeller of spans: train it, and build events from what it finds in each file."""
    options = arguments(description)
    roles = json.loads(options.ontology.read_text(encoding="utf-8"))
    labeller = make(options, labels_of(roles))
    labeller.train(read(options.train), read(options.dev), options)
    for source, target in options.predict:
        sentences = read(source)
        found = labeller.find(sentences)
        write(target, [build(item, spans, roles) for item, spans in zip(sentences, found, strict=True)])


def labels_of(roles: dict[str, list[str]]) -> list[str]:
    """Return event types, then roles."""
    return [*roles, *sorted({role for own in roles.values() for role in own})]


def is_whole(text: str, start: int, end: int) -> bool:
    """Whether a span begins with a letter or number and ends where a word does, not behind a proclitic or a sign."""
    return text[start].isalnum() and re.match(LETTER, text[end - 1]) is not None and not re.match(LETTER, text[end:])


def labelled(sentence: dict[str, Any]) -> Spans:
    """Return triggers with their types, then arguments with their roles, those near their trigger first."""
    events = sentence["events"]
    triggers = [(event["start"], event["end"], event["type"]) for event in events]
    pairs = [(item, abs(event["start"] - item["start"])) for event in events for item in event["arguments"]]
    near = sorted(pairs, key=lambda pair: pair[1])
    return list(dict.fromkeys([*triggers, *((item["start"], item["end"], item["role"]) for item, _ in near)]))


def in_words(spans: Spans, words: Sequence[tuple[int, int]]) -> Spans:
    """Turn code points into word indices, widened to whole words."""
    touched = [([i for i, (a, b) in enumerate(words) if a < end and b > start], kind) for start, end, kind in spans]
    return [(own[0], own[-1] + 1, kind) for own, kind in touched if own]


def span_f1(predicted: Sequence[Spans], gold: Sequence[Spans]) -> float:
    """Return the F1 of labelled spans."""
    matched = sum(len(set(own) & set(right)) for own, right in zip(predicted, gold, strict=True))
    return 2 * matched / max(1, sum(len(set(spans)) for side in (predicted, gold) for spans in side))


def choose(scored: Scored) -> Spans:
    """Keep the best spans: none crosses another, and none meets one of its own label."""
    kept: Spans = []
    for _, start, end, kind in sorted(scored, reverse=True):
        meeting = [span for span in kept if span[0] < end and span[1] > start]
        nested = [(a <= start and end <= b) or (start <= a and b <= end) for a, b, _ in meeting]
        if all(nested) and all(span[2] != kind for span in meeting):
            kept.append((start, end, kind))
    return kept


def build(sentence: dict[str, Any], spans: Spans, roles: dict[str, list[str]]) -> dict[str, Any]:
    """Make events of triggers and hang each argument on the nearest that can have it."""
    text = sentence["text"]
    events = [
        {"type": kind, "trigger": text[start:end], "start": start, "end": end, "realis": "Actual", "arguments": []}
        for start, end, kind in sorted(spans)
        if kind in roles
    ]
    for start, end, role in sorted(spans):
        hosts = [event for event in events if role in roles[event["type"]]]
        if hosts:
            nearest = min(hosts, key=lambda event: abs(event["start"] - start))
            nearest["arguments"].append({"role": role, "text": text[start:end], "start": start, "end": end})
    return {"id": sentence["id"], "text": text, "events": events}


def learn_rows(model: torch.nn.Module, table: torch.nn.Embedding, ids: Sequence[int]) -> None:
    """Give the model vectors of its own for some tokens, so that they are learnt where the table is frozen."""
    model.markers = torch.nn.Parameter(table.weight[list(ids)].detach().clone())

    def replace(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        for row, token in enumerate(ids):
            output = torch.where((inputs[0] == token)[..., None], model.markers[row], output)
        return output

    table.register_forward_hook(replace)


class SpanLabeller:
    """A SpanMarker model with its samples and spans."""

    def __init__(self, options: argparse.Namespace, labels: Sequence[str]) -> None:
        # Imported here, so that other rivals can use the functions above without the package.
        from span_marker import SpanMarkerModel

        # Without dropout in attention torch has a fast kernel for it, and a step takes less than half the time.
        settings = {"entity_max_length": WIDTH, "attention_probs_dropout_prob": 0.0}
        with TemporaryDirectory() as folder:
            copy_encoder(Path(options.encoder), Path(folder))
            self.model = SpanMarkerModel.from_pretrained(folder, labels=["O", *labels], **settings)
        self.tokenizer, self.config = self.model.tokenizer, self.model.config
        ids = [self.tokenizer.start_marker_id, self.tokenizer.end_marker_id]
        learn_rows(self.model, self.model.get_input_embeddings(), ids)

    def train(self, train: list[dict[str, Any]], dev: list[dict[str, Any]], options: argparse.Namespace) -> None:
        """Train, and keep the epoch with the best F1 of labelled spans on dev."""
        items, samples, gold = self.samples(train, True), self.samples(dev), [labelled(item) for item in dev]

        def loss(batch: list[dict[str, Any]]) -> torch.Tensor:
            return self.model(**self.collate(batch)).loss

        fit(self.model, items, length_of, loss, lambda: span_f1(self.predict(samples), gold), options, "spans")

    def find(self, sentences: Sequence[dict[str, Any]]) -> list[Spans]:
        """Return the labelled spans of each sentence."""
        return self.predict(self.samples(sentences))

    def samples(self, sentences: Sequence[dict[str, Any]], with_gold: bool = False) -> list[dict[str, Any]]:
        """Encode sentences, each with its whole runs of words."""
        return [self.sample(row, sentence, with_gold) for row, sentence in enumerate(sentences)]

    def sample(self, row: int, sentence: dict[str, Any], with_gold: bool) -> dict[str, Any]:
        """Encode a sentence; the package wants gold as (label, first word, word after)."""
        text, words = sentence["text"], words_of(sentence["text"])
        columns: dict[str, Any] = {"tokens": [[text[start:end] for start, end in words]]}
        if with_gold:
            spans = reversed(in_words(labelled(sentence), words))  # of labels on one run the package takes the last
            columns["ner_tags"] = [[(self.config.label2id[kind], start, end) for start, end, kind in spans]]
        sample = {name: own[0] for name, own in self.tokenizer(columns, return_num_words=True).items()}
        runs = self.tokenizer.get_all_valid_spans(sample["num_words"], WIDTH)
        sample["runs"] = [(words[first][0], words[end - 1][1]) for first, end in runs]
        whole = [i for i, run in enumerate(sample["runs"]) if is_whole(text, *run)]
        names = sample.keys() & {"runs", "start_position_ids", "end_position_ids", "labels"}
        cut = {name: [sample[name][i] for i in whole] for name in names}
        return {**sample, **cut, "row": row, "num_spans": len(whole)}

    def collate(self, samples: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Pad to the longest sample; the package would pad to a fixed length and spread longer ones over several."""
        collator = self.model.data_collator
        collator.marker_max_length = (max(map(length_of, samples)) - self.tokenizer.model_max_length) // 2
        return collator(samples)

    @torch.no_grad()
    def predict(self, samples: Sequence[dict[str, Any]]) -> list[Spans]:
        """Return the spans of each sentence."""
        found: dict[int, Spans] = {}
        for batch in batches(samples, length_of, None):
            best = self.model(**self.collate(batch)).logits.softmax(-1).max(-1)
            for sample, scores, ids in zip(batch, best.values.tolist(), best.indices.tolist(), strict=True):
                triples = zip(scores, sample["runs"], map(self.config.id2label.get, ids), strict=False)
                found[sample["row"]] = choose([(score, *run, kind) for score, run, kind in triples if kind != "O"])
        return [found[row] for row in range(len(samples))]


def length_of(sample: dict[str, Any]) -> int:
    """Return the pieces and markers of a sample; markers begin at an even place."""
    return len(sample["input_ids"]) + len(sample["input_ids"]) % 2 + 2 * sample["num_spans"]


def copy_encoder(source: Path, target: Path) -> None:
    """Copy an encoder, its tokenizer under a class that transformers below 5 knows too."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    path = target / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings.pop("extra_special_tokens", None)
    path.write_text(json.dumps({**settings, "tokenizer_class": "PreTrainedTokenizerFast"}), encoding="utf-8")


if __name__ == "__main__":
    main()

"""GLiNER (PyPI): spans of up to twelve words against labels in a prompt, on our encoder with new heads.

The model is `UniEncoderSpanGLiNER` with `UniEncoderSpanConfig`: the encoder reads the Arabic names of all event types
and roles before the sentence, an LSTM goes over its words, and every span is scored against every label. Only the
encoder is pretrained. No labels are sampled, as a user with a fixed ontology would set it.

Words and the hanging of arguments on triggers are those of spanmarker.py; a span may have several labels, and spans
may be nested. The loop is that of the other rivals, the loss the package's; the vectors of the two tokens that the
package adds are learnt at the rate of new layers. Of the thresholds 0.05 to 0.6 that with the best F1 on dev is used,
one for triggers and one for arguments.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any

from fitting import BATCH, fit
from gliner.config import UniEncoderSpanConfig
from gliner.data_processing.collator import SpanDataCollator
from gliner.model import UniEncoderSpanGLiNER
from spanmarker import (
    Scored,
    Spans,
    choose,
    in_words,
    is_whole,
    label_spans,
    labelled,
    learn_rows,
    span_f1,
)
from transformers import AutoConfig
from words import words_of

WIDTH = 12
THRESHOLDS = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]


def main() -> None:
    label_spans(__doc__, PromptLabeller)


class PromptLabeller:
    """A GLiNER model, its labels in Arabic and its thresholds."""

    def __init__(self, options: argparse.Namespace, labels: Sequence[str]) -> None:
        # The encoder's own size spares a projection between it and the heads.
        size = AutoConfig.from_pretrained(options.encoder).hidden_size
        config = UniEncoderSpanConfig(model_name=options.encoder, hidden_size=size, max_width=WIDTH)
        self.model = UniEncoderSpanGLiNER.load_from_config(config)
        self.model.data_processor.words_splitter = split
        self.arabic = json.loads(options.ontology.with_name("names.json").read_text(encoding="utf-8"))
        self.names = {self.arabic[label]: label for label in labels}
        if len(self.names) < len(labels):
            raise ValueError(f"some labels have the same Arabic name: {sorted(self.arabic.items())}")
        self.net = self.model.model
        self.net.base_model_prefix = "token_rep_layer"  # where `fit` finds the pretrained layers
        tokenizer = self.model.data_processor.transformer_tokenizer
        ids = tokenizer.convert_tokens_to_ids([self.model.config.ent_token, self.model.config.sep_token])
        learn_rows(self.net, self.net.token_rep_layer.get_input_embeddings(), ids)
        types = json.loads(options.ontology.read_text(encoding="utf-8"))
        self.thresholds = [{label: 0.5 for label in labels if (label in types) == kind} for kind in (True, False)]

    def train(self, train: list[dict[str, Any]], dev: list[dict[str, Any]], options: argparse.Namespace) -> None:
        """Train, keep the epoch with the best F1 of labelled spans on dev, and choose the thresholds there."""
        collate = SpanDataCollator(self.model.config, data_processor=self.model.data_processor)
        gold = [labelled(item) for item in dev]
        fit(
            self.net,
            [self.example(item) for item in train],
            lambda item: len(item["tokenized_text"]),
            lambda batch: self.net(**collate(batch)).loss,
            lambda: self.choose_thresholds(self.predict(dev), gold),
            options,
            "spans",
        )
        reached = self.choose_thresholds(self.predict(dev), gold)
        print(f"thresholds {[sorted(set(own.values())) for own in self.thresholds]}, dev {reached:.4f}", flush=True)

    def choose_thresholds(self, scored: Sequence[Scored], gold: Sequence[Spans]) -> float:
        """Choose the threshold of triggers and that of arguments, the lowest of equals, and return the F1 of both."""
        for own in self.thresholds:
            own_gold = [[span for span in spans if span[2] in own] for spans in gold]
            reached = {}
            for cut in THRESHOLDS:
                own.update(dict.fromkeys(own, cut))
                reached[cut] = span_f1([above(own, spans) for spans in scored], own_gold)
            own.update(dict.fromkeys(own, max(reached, key=reached.__getitem__)))
        return span_f1([self.select(spans) for spans in scored], gold)

    def select(self, scored: Scored) -> Spans:
        """Return the spans over the thresholds, of one label none that meets a better one."""
        return above(self.thresholds[0] | self.thresholds[1], scored)

    def find(self, sentences: Sequence[dict[str, Any]]) -> list[Spans]:
        """Return the labelled spans of each sentence that pass the thresholds."""
        return [self.select(scored) for scored in self.predict(sentences)]

    def example(self, sentence: dict[str, Any]) -> dict[str, Any]:
        """Return a sentence in the package's format, where the last word of a span counts."""
        text, words = sentence["text"], words_of(sentence["text"])
        spans = in_words(labelled(sentence), words)
        return {
            "tokenized_text": [text[start:end] for start, end in words],
            "ner": [[start, end - 1, self.arabic[kind]] for start, end, kind in spans],
            "ner_labels": list(self.names),
        }

    def predict(self, sentences: Sequence[dict[str, Any]]) -> list[Scored]:
        """Return the spans of each sentence that pass the lowest threshold."""
        found = self.model.inference(
            [item["text"] for item in sentences],
            list(self.names),
            flat_ner=False,
            multi_label=True,
            threshold=THRESHOLDS[0],
            batch_size=BATCH,
        )
        return [
            [
                (span["score"], span["start"], span["end"], self.names[span["label"]])
                for span in own
                if is_whole(item["text"], span["start"], span["end"])
            ]
            for item, own in zip(sentences, found, strict=True)
        ]


def split(text: str) -> Iterator[tuple[str, int, int]]:
    """Split as the package wants it."""
    for start, end in words_of(text):
        yield text[start:end], start, end


def above(thresholds: dict[str, float], scored: Scored) -> Spans:
    """Return the spans over their label's threshold, if it has one, of one label none that meets a better one."""
    return choose([span for span in scored if span[0] > thresholds.get(span[3], 1)])


if __name__ == "__main__":
    main()

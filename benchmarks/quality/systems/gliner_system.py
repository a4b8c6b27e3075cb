"""GLiNER (PyPI): spans of up to twelve words against labels in a prompt, on our encoder with new heads.

The model is `UniEncoderSpanGLiNER` with `UniEncoderSpanConfig`: the encoder reads all event types and roles in plain
English (`air strike`, `agent`) before the sentence, an LSTM goes over its words, and every span is scored against every
label. Only the encoder is pretrained. No labels are sampled, as a user with a fixed ontology would set it.

Words and the hanging of arguments on triggers are those of spanmarker.py; a span may have several labels, and spans
may be nested. The loop is that of the other rivals, the loss the package's; the vectors of the two tokens that the
package adds are learnt at the rate of new layers. Of the thresholds 0.2 to 0.6 that with the best F1 of labelled spans
on dev is used.
"""

from __future__ import annotations

import argparse
import re
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
THRESHOLDS = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]


def main() -> None:
    label_spans(__doc__, PromptLabeller)


class PromptLabeller:
    """A GLiNER model, its labels in English and its threshold."""

    def __init__(self, encoder: str, labels: Sequence[str]) -> None:
        # The encoder's own size spares a projection between it and the heads.
        size = AutoConfig.from_pretrained(encoder).hidden_size
        config = UniEncoderSpanConfig(model_name=encoder, hidden_size=size, max_width=WIDTH)
        self.model = UniEncoderSpanGLiNER.load_from_config(config)
        self.model.data_processor.words_splitter = split
        self.names = {english(label): label for label in labels}
        if len(self.names) < len(labels):
            raise ValueError(f"some labels have the same English name: {sorted(labels)}")
        self.net = self.model.model
        self.net.base_model_prefix = "token_rep_layer"  # where `fit` finds the pretrained layers
        tokenizer = self.model.data_processor.transformer_tokenizer
        ids = tokenizer.convert_tokens_to_ids([self.model.config.ent_token, self.model.config.sep_token])
        learn_rows(self.net, self.net.token_rep_layer.get_input_embeddings(), ids)
        self.threshold = 0.5

    def train(self, train: list[dict[str, Any]], dev: list[dict[str, Any]], options: argparse.Namespace) -> None:
        """Train, keep the epoch with the best F1 of labelled spans on dev, and choose the threshold there."""
        collate = SpanDataCollator(self.model.config, data_processor=self.model.data_processor)
        gold = [labelled(item) for item in dev]
        fit(
            self.net,
            [self.example(item) for item in train],
            lambda item: len(item["tokenized_text"]),
            lambda batch: self.net(**collate(batch)).loss,
            lambda: best_threshold(self.predict(dev), gold)[0],
            options,
            "spans",
        )
        reached, self.threshold = best_threshold(self.predict(dev), gold)
        print(f"threshold {self.threshold}, dev {reached:.4f}", flush=True)

    def find(self, sentences: Sequence[dict[str, Any]]) -> list[Spans]:
        """Return the labelled spans of each sentence that pass the threshold."""
        return [above(self.threshold, scored) for scored in self.predict(sentences)]

    def example(self, sentence: dict[str, Any]) -> dict[str, Any]:
        """Return a sentence in the package's format, where the last word of a span counts."""
        text, words = sentence["text"], words_of(sentence["text"])
        spans = in_words(labelled(sentence), words)
        return {
            "tokenized_text": [text[start:end] for start, end in words],
            "ner": [[start, end - 1, english(kind)] for start, end, kind in spans],
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


def english(label: str) -> str:
    """Return the last part of a label in plain words: `Attack.AirStrike` is `air strike`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label.split(".")[-1]).lower()


def above(threshold: float, scored: Scored) -> Spans:
    """Return the spans over a threshold, of one label none that meets a better one."""
    return choose([span for span in scored if span[0] > threshold])


def best_threshold(scored: Sequence[Scored], gold: Sequence[Spans]) -> tuple[float, float]:
    """Return the best F1 on dev and the threshold that gives it, the lowest of equals."""
    reached = [(span_f1([above(cut, own) for own in scored], gold), -cut) for cut in THRESHOLDS]
    best, cut = max(reached)
    return best, -cut


if __name__ == "__main__":
    main()

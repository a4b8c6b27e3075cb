"""What a user could write instead of taking rasd, as systems of the speed bench.

Weights of heads are random: what is compared is how often the encoder runs, on what batches, and what is done around
it. How many event types a sentence has is given with it, from rasd's own predictions; of the scores of a random
classifier the highest are taken, as many as these. No head finds a span, so that nothing is counted for building them.

This runs in environments without rasd.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "quality" / "systems"))

SURE = 100.0
Item = dict[str, Any]


class TwoPipelines:
    """HF's text-classification for event types, then token-classification once for each type of a sentence.

    The name of the type stands before the sentence, since the tagger must know whose arguments to tag.
    """

    batch_sizes = (1, 2, 4, 8, 16, 32, 64)

    def __init__(self, settings: dict[str, Any]) -> None:
        self.names = settings["type_names"]
        self.typer = self._make("text-classification", list(self.names), settings, top_k=None)
        self.tagger = self._make("token-classification", tags_of(self._labels(settings)), settings)
        self.tagger.aggregation_strategy = "simple"
        self.encoders = [self.typer.model.base_model, self.tagger.model.base_model]

    def _labels(self, settings: dict[str, Any]) -> list[str]:
        return ["Trigger", *sorted({role for roles in settings["roles"].values() for role in roles})]

    def _make(self, task: str, labels: Sequence[str], settings: dict[str, Any], **options: Any) -> Any:
        from transformers import (
            AutoModelForSequenceClassification,
            AutoModelForTokenClassification,
            AutoTokenizer,
            pipeline,
        )

        kind = AutoModelForSequenceClassification if task.startswith("text") else AutoModelForTokenClassification
        model = kind.from_pretrained(settings["encoder"], num_labels=len(labels))
        model.config.id2label = dict(enumerate(labels))
        model.config.label2id = {label: i for i, label in enumerate(labels)}
        if task.startswith("token"):
            model.classifier.bias.data[0] = SURE
        model = model.to(getattr(torch, settings["dtype"]))
        tokenizer = AutoTokenizer.from_pretrained(settings["encoder"])
        return pipeline(task, model=model, tokenizer=tokenizer, device=settings["device"], **options)

    def run(self, items: Sequence[Item], batch_size: int) -> int:
        """Run sentences and return how often the encoder should have run."""
        texts = [item["text"] for item in items]
        scored = self.typer(texts, batch_size=batch_size, function_to_apply="sigmoid")
        asked = [
            (i, f"{self.names[score['label']]}: {text}")
            for i, (item, text, scores) in enumerate(zip(items, texts, scored, strict=True))
            for score in scores[: len(item["types"])]
        ]
        events: list[list[Any]] = [[] for _ in items]
        spans = self.tagger([text for _, text in asked], batch_size=batch_size) if asked else []
        for (i, _), found in zip(asked, spans, strict=True):
            events[i].append(found)
        assert sum(map(len, events)) == sum(len(item["types"]) for item in items)
        return len(texts) + len(asked)


class TwoPasses(TwoPipelines):
    """HF's text-classification for event types, then one token-classification with tags of type and role."""

    def _labels(self, settings: dict[str, Any]) -> list[str]:
        return [f"{kind}|{role}" for kind, roles in settings["roles"].items() for role in ("Trigger", *roles)]

    def run(self, items: Sequence[Item], batch_size: int) -> int:
        """Run sentences and return how often the encoder should have run."""
        texts = [item["text"] for item in items]
        self.typer(texts, batch_size=batch_size, function_to_apply="sigmoid")
        self.tagger(texts, batch_size=batch_size)
        return 2 * len(texts)


class SpanMarker:
    """SpanMarker's own `predict`: every run of up to eight words is a span with one label."""

    batch_sizes = (4, 16, 32)

    def __init__(self, settings: dict[str, Any]) -> None:
        from span_marker import SpanMarkerModel
        from spanmarker import WIDTH, copy_encoder, labels_of

        with TemporaryDirectory() as folder:
            copy_encoder(Path(settings["encoder"]), Path(folder))
            self.model = SpanMarkerModel.from_pretrained(
                folder, labels=["O", *labels_of(settings["roles"])], entity_max_length=WIDTH
            )
        self.model.classifier.bias.data[0] = SURE
        self.model.to(settings["device"], getattr(torch, settings["dtype"])).eval()
        self.encoders = [self.model.encoder]

    def run(self, items: Sequence[Item], batch_size: int) -> None:
        """Run sentences; how often the encoder runs depends on how many spans fit beside a sentence."""
        found = self.model.predict([item["text"] for item in items], batch_size=batch_size, show_progress_bar=False)
        assert len(found) == len(items)


class Gliner:
    """GLiNER's own `inference`: all labels stand before each sentence, and every span is scored against each."""

    batch_sizes = (4, 8, 16, 32)

    def __init__(self, settings: dict[str, Any]) -> None:
        from gliner.config import UniEncoderSpanConfig
        from gliner.model import UniEncoderSpanGLiNER
        from gliner_system import WIDTH
        from transformers import AutoConfig

        size = AutoConfig.from_pretrained(settings["encoder"]).hidden_size
        config = UniEncoderSpanConfig(model_name=settings["encoder"], hidden_size=size, max_width=WIDTH)
        self.model = UniEncoderSpanGLiNER.load_from_config(config)
        self.model.to(settings["device"], getattr(torch, settings["dtype"]))
        self.model.eval()
        self.labels = [*settings["type_names"].values(), *settings["role_names"].values()]
        self.encoders = [next(part for part in self.model.modules() if type(part).__name__ == "BertModel")]

    def run(self, items: Sequence[Item], batch_size: int) -> int:
        """Run sentences and return how often the encoder should have run."""
        found = self.model.inference(
            [item["text"] for item in items],
            self.labels,
            flat_ner=False,
            multi_label=True,
            threshold=1.0,
            batch_size=batch_size,
        )
        assert len(found) == len(items)
        return len(items)


def tags_of(labels: Sequence[str]) -> list[str]:
    """Return O and the tags B and I of each label."""
    return ["O", *(f"{mark}-{label}" for label in labels for mark in "BI")]

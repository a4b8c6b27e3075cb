"""rasd under each of its backends, as systems of the speed bench."""

from __future__ import annotations

import dataclasses
import inspect
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

import rasd
from rasd.inference.backends import Backend, EncoderScores

SURE = 30.0


class NotInstalledError(Exception):
    """This installation cannot load what was asked for; says why."""


class Rasd:
    """`rasd.load(...).predict(texts)`.

    With `forced` events the network runs as ever, and the scores that decoding sees say of each sentence what event
    types it has, on its first words: random weights would find nothing, or everything.
    """

    batch_sizes = (None,)  # nobody has to think about it

    def __init__(self, settings: dict[str, Any]) -> None:
        self.extractor = load(settings)
        engine = self.extractor.engine
        if settings["forced"]:
            engine.backend = ForcedEvents(engine.backend, self._wanted(settings["items"]))
        engine.backend = self.timed = TimedBackend(engine.backend)
        model = getattr(engine.backend, "model", None)
        self.encoders = [model.encoder] if model is not None else []

    def run(self, items: Sequence[dict[str, Any]], batch_size: None) -> int:
        """Run texts and return how often the encoder should have run: once for each sentence that is not a repeat."""
        documents = self.extractor.predict([item["text"] for item in items])
        return len({sentence.text for document in documents for sentence in document.sentences})

    def _wanted(self, items: Sequence[dict[str, Any]]) -> dict[bytes, list[int]]:
        ids = self.extractor.ontology.type_ids
        windows = self.extractor.engine.sentence_encoder.encode([item["text"] for item in items])
        return {
            window.input_ids.astype(np.int64).tobytes(): [ids[name] for name in item["types"]]
            for item, found in zip(items, windows, strict=True)
            for window in found
        }


def load(settings: dict[str, Any]) -> rasd.EventExtractor:
    """Load a checkpoint under a backend.

    Raises:
        NotInstalledError: If this installation of rasd has no such backend, or what it needs is not there.
    """
    backend, dtype = settings["backend"], settings["number"]
    options = {"device": settings["device"], "local_files_only": True}
    if "backend" in inspect.signature(rasd.load).parameters:
        options |= {"backend": backend, "dtype": dtype}
    elif (backend, dtype) != ("torch", "fp32"):
        raise NotInstalledError(f"this rasd knows no backend {backend} {dtype}")
    try:
        return rasd.load(settings["checkpoint"], **options)
    except (rasd.RasdError, ImportError) as err:
        raise NotInstalledError(str(err)) from err


class TimedBackend:
    """A backend that notes how long it takes and what it is given."""

    def __init__(self, backend: Backend) -> None:
        self.backend, self.on_gpu = backend, getattr(backend, "on_gpu", False)
        self.seconds = 0.0
        self.batches: list[tuple[tuple[int, int], int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def reset(self) -> None:
        self.seconds, self.batches = 0.0, []

    def encode(self, batch: dict[str, np.ndarray]) -> EncoderScores:
        started = time.perf_counter()
        scores = self.backend.encode(batch)
        self.seconds += time.perf_counter() - started
        self.batches.append((batch["input_ids"].shape, int(batch["attention_mask"].sum())))
        return scores

    def score_arguments(self, *args: Any) -> tuple[np.ndarray, np.ndarray]:
        started = time.perf_counter()
        scores = self.backend.score_arguments(*args)
        self.seconds += time.perf_counter() - started
        return scores


class ForcedEvents:
    """A backend whose scores say that sentences have certain event types.

    Args:
        backend: Runs the network.
        wanted: Piece ids of a window, as bytes of int64 -> the types.
    """

    def __init__(self, backend: Backend, wanted: dict[bytes, list[int]]) -> None:
        self.backend, self.wanted = backend, wanted

    def __getattr__(self, name: str) -> Any:
        return getattr(self.backend, name)

    def encode(self, batch: dict[str, np.ndarray]) -> EncoderScores:
        scores = self.backend.encode(batch)
        typing, triggers = np.full_like(scores.typing, -SURE), np.full_like(scores.triggers, -SURE)
        num_words = (batch["letters"][..., 0] > 0).sum(1)
        for row, (ids, mask) in enumerate(zip(batch["input_ids"], batch["attention_mask"], strict=True)):
            for place, type_id in enumerate(self.wanted.get(ids[mask > 0].tobytes(), ())):
                typing[row, type_id] = triggers[row, place % num_words[row], type_id, 0] = SURE
        return dataclasses.replace(scores, typing=typing, triggers=triggers)


def dtype_of(number: str) -> torch.dtype:
    """Return the numbers whose matrix products a backend is held against; 8-bit ones against fp32."""
    return {"bf16": torch.bfloat16, "fp16": torch.float16}.get(number, torch.float32)

"""The engine where memory is short."""

from __future__ import annotations

import pytest
import torch

import rasd
from rasd import Sentence
from rasd.inference import engine
from rasd.inference.backends import TorchBackend

TEXT = "قصفت الطائرات القرية فجر الاثنين، وقال الجيش إن المعارك انتهت."


def assert_same_events(found, expected):
    assert sum(len(sentence.events) for sentence in expected)
    for one, other in zip(found, expected, strict=True):
        assert [event.trigger for event in one.events] == [event.trigger for event in other.events]
        assert [[(a.role, a.start, a.end) for a in event.arguments] for event in one.events] == [
            [(a.role, a.start, a.end) for a in event.arguments] for event in other.events
        ]


@pytest.fixture
def extractor(tiny_checkpoint):
    return rasd.load(tiny_checkpoint, device="cpu", local_files_only=True)


def test_arguments_that_memory_cannot_hold_are_scored_in_halves(extractor, monkeypatch):
    sentences = [Sentence(text=TEXT)] * 3
    expected = extractor.engine.predict(sentences)
    score, sizes = extractor.engine.backend.score_arguments, []

    def limited(words, windows, spans, types):
        sizes.append(len(types))
        if len(types) > 2:
            raise MemoryError("full")
        return score(words, windows, spans, types)

    monkeypatch.setattr(extractor.engine.backend, "score_arguments", limited)
    found = extractor.engine.predict(sentences)
    assert max(sizes) > 2 and sum(size for size in sizes if size <= 2) == max(sizes)
    assert_same_events(found, expected)


def test_triggers_on_the_cpu_read_a_bounded_number_of_words_at_once(extractor, monkeypatch):
    sentences = [Sentence(text=TEXT)] * 6
    expected = extractor.engine.predict(sentences)
    score, sizes = extractor.engine.backend.score_arguments, []

    def watch(words, windows, spans, types):
        sizes.append((len(types), words[0].shape[1]))
        return score(words, windows, spans, types)

    monkeypatch.setattr(extractor.engine.backend, "score_arguments", watch)
    monkeypatch.setattr(engine, "_TRIGGER_WORDS", 30)
    found = extractor.engine.predict(sentences)
    assert len(sizes) > 1 and all(triggers * words <= 30 or triggers == 1 for triggers, words in sizes)
    assert_same_events(found, expected)


def test_arguments_of_one_trigger_that_do_not_fit_are_an_error(extractor, monkeypatch):
    def full(*args):
        raise MemoryError("full")

    monkeypatch.setattr(extractor.engine.backend, "score_arguments", full)
    with pytest.raises(MemoryError, match="full"):
        extractor.engine.predict([Sentence(text=TEXT)])


def test_a_full_gpu_is_told_as_such(extractor):
    class Full(torch.nn.Module):
        dtype = torch.float32

        def encode(self, **tensors):
            raise torch.cuda.OutOfMemoryError("2 GiB")

    backend = TorchBackend(Full())
    with pytest.raises(MemoryError, match="2 GiB"):
        backend.encode({"letters": torch.zeros(1, 1, 16).numpy()})
    assert not backend.on_gpu

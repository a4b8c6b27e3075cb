"""Running windows: batches, a device with too little memory, and what runs while the rest is decoded."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from rasd.encoding import NUM_LETTERS, Encoding
from rasd.inference.backends import EncoderScores
from rasd.inference.batching import BATCH_TOKENS, LEAST_TOKENS, MOST_TOKENS
from rasd.inference.running import Piece, Runner

LENGTHS = [12, 40, 7, 40, 23, 9, 31, 40, 5, 18]


class FakeBackend:
    """Gives the sum of a window's piece ids as its scores, and has memory for so many padded pieces."""

    def __init__(self, *, memory: int = 10**9, on_gpu: bool = False) -> None:
        self.memory, self.on_gpu = memory, on_gpu
        self.shapes: list[tuple[int, int]] = []

    def encode(self, batch):
        self.shapes.append(batch["input_ids"].shape)
        if batch["input_ids"].size > self.memory:
            raise MemoryError("full")
        sums = (batch["input_ids"] * batch["attention_mask"]).sum(1)
        return EncoderScores(sums, sums, sums, None)

    @property
    def run_shapes(self):
        """Those that had room."""
        return [shape for shape in self.shapes if np.prod(shape) <= self.memory]


def window(number, length, num_words=3):
    return Piece(
        number,
        Encoding(
            input_ids=np.full(length, number + 1, np.int32),
            piece_words=np.zeros(length, np.int32),
            word_spans=np.zeros((num_words, 2), np.int32),
            letters=np.ones((num_words, NUM_LETTERS), np.int8),
        ),
    )


def make_runner(backend):
    return Runner(backend, pad_token_id=0, max_length=64)


def run(runner, lengths=LENGTHS, **options):
    """Run windows of these lengths and return the score of each."""
    found = {}
    for batch, scores in runner.run([window(i, length) for i, length in enumerate(lengths)], **options):
        for piece, score in zip(batch, scores.typing.tolist(), strict=True):
            assert piece.sentence not in found
            found[piece.sentence] = score
    return [found[i] for i in range(len(lengths))]


EXPECTED = [length * (i + 1) for i, length in enumerate(LENGTHS)]


@pytest.mark.parametrize("on_gpu", [False, True])
def test_each_window_is_run_once_and_keeps_its_scores(on_gpu):
    assert run(make_runner(FakeBackend(on_gpu=on_gpu)), batch_tokens=80) == EXPECTED


@pytest.mark.parametrize("on_gpu", [False, True])
@pytest.mark.parametrize("memory", [40, 70, 100, 250])
def test_what_memory_cannot_hold_is_run_in_halves(memory, on_gpu):
    backend = FakeBackend(memory=memory, on_gpu=on_gpu)
    assert run(make_runner(backend), batch_tokens=1000) == EXPECTED
    assert len(backend.run_shapes) > 1


def test_a_window_that_is_too_large_alone_is_named():
    with pytest.raises(MemoryError, match="a window of 40 word pieces does not fit"):
        run(make_runner(FakeBackend(memory=39)), batch_tokens=1000)


def test_other_errors_are_not_taken_for_a_full_memory():
    backend = FakeBackend()
    backend.encode = lambda batch: 1 / 0
    with pytest.raises(ZeroDivisionError):
        run(make_runner(backend))


def test_on_the_cpu_the_budget_is_fixed_and_nothing_is_probed():
    backend = FakeBackend(memory=0)
    assert make_runner(backend).budget == BATCH_TOKENS and backend.shapes == []


def test_on_the_cpu_a_backend_says_which_batches_suit_it():
    backend = FakeBackend()
    backend.batch_tokens = 80
    runner = make_runner(backend)
    assert run(runner, batch_tokens=None) == EXPECTED
    assert runner.budget == 80 and all(rows * columns <= 80 for rows, columns in backend.shapes) and backend.shapes[1:]


def test_on_a_gpu_the_budget_is_half_of_what_fits_and_is_asked_once():
    backend = FakeBackend(memory=20_000, on_gpu=True)
    runner = make_runner(backend)
    assert runner.budget == runner.budget == 8192
    assert [rows * columns for rows, columns in backend.shapes] == [2 * MOST_TOKENS >> i for i in range(4)]


@pytest.mark.parametrize(("memory", "budget"), [(10**9, MOST_TOKENS), (1, LEAST_TOKENS)])
def test_the_probe_has_an_upper_and_a_lower_end(memory, budget):
    assert make_runner(FakeBackend(memory=memory, on_gpu=True)).budget == budget


def test_a_budget_that_turned_out_too_large_is_remembered():
    backend = FakeBackend(memory=10**9, on_gpu=True)
    runner = make_runner(backend)
    assert runner.budget == MOST_TOKENS
    backend.memory = 4000  # something else has taken the rest
    run(runner, [40] * 200, batch_tokens=None)
    assert runner.budget <= 4000
    backend.shapes.clear()
    run(runner, [40] * 200, batch_tokens=None)
    assert backend.shapes == backend.run_shapes


def test_a_budget_that_was_asked_for_is_taken():
    backend = FakeBackend(on_gpu=True)
    run(make_runner(backend), batch_tokens=40)
    assert all(rows * columns <= 40 for rows, columns in backend.shapes)


def test_the_cpu_computes_no_more_padding_than_it_must():
    cpu, gpu = FakeBackend(), FakeBackend(on_gpu=True)
    for backend in (cpu, gpu):
        run(make_runner(backend), [9, 9, 9], batch_tokens=100)
    assert cpu.shapes == [(3, 9)] and gpu.shapes == [(3, 16)]


def test_a_few_sentences_on_the_cpu_are_not_padded_to_the_longest_of_them():
    cpu, gpu = FakeBackend(), FakeBackend(on_gpu=True)
    for backend in (cpu, gpu):
        run(make_runner(backend), [64] * 8 + [16] * 40, batch_tokens=None)
    assert cpu.shapes == [(8, 64), (40, 16)]
    assert gpu.shapes[-1] == (48, 64)


def test_windows_of_one_length_are_batched_by_their_words():
    pieces = [window(i, 20, num_words=words) for i, words in enumerate([3, 17, 4, 16, 5, 15])]
    batches = [batch for batch, _ in make_runner(FakeBackend()).run(pieces, batch_tokens=60)]
    assert [[piece.encoding.num_words for piece in batch] for batch in batches] == [[17, 16, 15], [5, 4, 3]]


def test_on_a_gpu_the_next_batch_runs_while_one_is_decoded():
    backend = FakeBackend(on_gpu=True)
    encode, started = backend.encode, threading.Event()

    def watch(batch):
        if len(backend.shapes) == 1:
            started.set()
        return encode(batch)

    backend.encode = watch
    batches = make_runner(backend).run([window(0, 30), window(1, 20)], batch_tokens=32)
    next(batches)
    assert started.wait(5)
    assert len(list(batches)) == 1

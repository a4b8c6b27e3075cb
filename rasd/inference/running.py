"""Running the encoder over many windows: in which batches, how large, and what is done where memory does not suffice.

On the CPU batches are always the same under one backend and number of threads, so that predictions are, too. On a GPU
they are as large as its memory lets them be, and each runs in a thread while the one before is decoded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rasd.collator import pad_encodings
from rasd.encoding import NUM_LETTERS, Encoding
from rasd.inference.ahead import map_ahead
from rasd.inference.backends import Backend, EncoderScores
from rasd.inference.batching import BATCH_TOKENS, ENOUGH_TOKENS, LEAST_TOKENS, batch_by_tokens, probe_budget

# What the matrix kernels of GPUs prefer piece counts to be a multiple of; on the CPU it is arithmetic for nothing.
_GPU_MULTIPLE = 8


@dataclass(frozen=True, slots=True)
class Piece:
    """A window to run: the number of its sentence, and its arrays."""

    sentence: int
    encoding: Encoding


Batch = tuple[list[Piece], EncoderScores]


class Runner:
    """Runs windows through the encoder of a backend.

    Args:
        backend: Runs the network.
        pad_token_id: Piece id that fills up a batch.
        max_length: The most pieces of a window.
    """

    def __init__(self, backend: Backend, *, pad_token_id: int, max_length: int) -> None:
        self.backend, self.pad_token_id, self.max_length = backend, pad_token_id, max_length
        self._budget: int | None = None

    @property
    def on_gpu(self) -> bool:
        """Whether the backend runs on a GPU."""
        return getattr(self.backend, "on_gpu", False)

    @property
    def multiple(self) -> int:
        """What piece counts are rounded up to."""
        return _GPU_MULTIPLE if self.on_gpu else 1

    @property
    def budget(self) -> int:
        """Padded word pieces of one batch: on the CPU what suits the backend; a GPU is probed at first need."""
        if not self.on_gpu:
            return getattr(self.backend, "batch_tokens", BATCH_TOKENS)
        if self._budget is None:
            windows = [Piece(0, _make_window(self.max_length))]
            self._budget = probe_budget(
                lambda tokens: self._run_batch(windows * max(1, tokens // self.max_length)) is not None
            )
        return self._budget

    def run(self, pieces: Sequence[Piece], *, batch_tokens: int | None = BATCH_TOKENS) -> Iterator[Batch]:
        """Yield batches of windows with their scores, the longest windows first.

        A batch that does not fit into the memory of the device is run in halves, and so are those after it.

        Args:
            pieces: The windows.
            batch_tokens: Padded word pieces of one batch; None takes `budget`.

        Raises:
            MemoryError: If a single window does not fit.
        """
        lengths = [-(-len(piece.encoding.input_ids) // self.multiple) * self.multiple for piece in pieces]
        words = [piece.encoding.num_words for piece in pieces]
        enough = None if self.on_gpu else ENOUGH_TOKENS
        size = self.budget if batch_tokens is None else batch_tokens
        batches = [[pieces[i] for i in batch] for batch in batch_by_tokens(lengths, size, ties=words, enough=enough)]
        while batches:
            num_done = 0
            for batch, scores in self._run_all(batches):
                if scores is None:
                    break
                yield batch, scores
                num_done += 1
            batches = batches[num_done:]
            if batches:
                longest = len(batches[0][0].encoding.input_ids)
                if len(batches[0]) == 1:
                    raise MemoryError(
                        f"a window of {longest} word pieces does not fit into the memory of the device; "
                        "free some of it, or run on another one"
                    )
                if batch_tokens is None:
                    self._budget = max(LEAST_TOKENS, longest * len(batches[0]) // 2)
                batches = [half for batch in batches for half in _halve(batch)]

    def _run_all(self, batches: Sequence[list[Piece]]) -> Iterator[tuple[list[Piece], EncoderScores | None]]:
        """Yield each batch with its scores, None for one that does not fit."""
        if not self.on_gpu:
            yield from ((batch, self._run_batch(batch)) for batch in batches)
            return
        for batch, scores in map_ahead(self._run_batch, batches):
            yield batch, scores.result()

    def _run_batch(self, pieces: Sequence[Piece]) -> EncoderScores | None:
        """Return the scores of a batch, None if it does not fit; what it took up is free again by then."""
        padded = pad_encodings(
            [piece.encoding for piece in pieces],
            pad_token_id=self.pad_token_id,
            multiple_of=self.multiple,
        )
        try:
            return self.backend.encode(padded)
        except MemoryError:
            return None


def _make_window(num_pieces: int) -> Encoding:
    """Return the largest window there can be of so many pieces: a word for each but the special tokens."""
    num_words = num_pieces - 2
    return Encoding(
        input_ids=np.zeros(num_pieces, np.int32),
        piece_words=np.array([-1, *range(num_words), -1], np.int32),
        word_spans=np.zeros((num_words, 2), np.int32),
        letters=np.ones((num_words, NUM_LETTERS), np.int8),
        owned=(0, num_words),
    )


def _halve(batch: list[Piece]) -> Iterator[list[Piece]]:
    """Yield the halves of a batch, itself where it holds one window."""
    middle = (len(batch) + 1) // 2
    yield from (part for part in (batch[:middle], batch[middle:]) if part)

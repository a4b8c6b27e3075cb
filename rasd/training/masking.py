"""Masked words to be guessed: drawn anew each epoch, and drawn the same again when a run resumes.

15% of the words are chosen, as in BERT (Devlin, Chang, Lee and Toutanova, 2019): 80% of them become mask tokens, 10%
random pieces, 10% stay. They are chosen whole, as in the later BERT with whole word masking; unlike there, what becomes
of a word is one draw for all its pieces, as a piece that stays tells the others.

The draws of a window depend on the seed, the epoch and its row alone: not on the batch it is in, nor on the process or
the number of workers, nor on what a killed run had drawn ahead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import datasets
import numpy as np
import torch
from torch.utils.data import Dataset, Sampler

from rasd.labels import IGNORED

SHARE = 0.15
_MASKED, _RANDOM = 0.8, 0.1
# Batches among which windows are sorted by length: enough for like lengths, few enough to mix the text.
_SORTED_BATCHES = 50
_CHUNK_ROWS = 10_000


class Rows(Dataset):
    """Windows by epoch and row, or by row alone for windows that are masked the same each time.

    Args:
        windows: A data set of `input_ids` and `words`, as `rasd.training.raw_text` writes it.
    """

    def __init__(self, windows: datasets.Dataset) -> None:
        self.windows = windows.with_format("arrow")

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, key: int | tuple[int, int]) -> dict[str, Any]:
        return self.__getitems__([key])[0]

    def __getitems__(self, keys: Sequence[int | tuple[int, int]]) -> list[dict[str, Any]]:
        """Return `{"input_ids", "words", "epoch", "row"}` of each key; -1 is the epoch of a row alone."""
        pairs = [key if isinstance(key, tuple) else (-1, key) for key in keys]
        table = self.windows[[row for _, row in pairs]]
        columns = [table.column(name).to_numpy() for name in ("input_ids", "words")]
        return [
            {"input_ids": ids, "words": words, "epoch": epoch, "row": row}
            for ids, words, (epoch, row) in zip(*columns, pairs, strict=True)
        ]


class LengthGroupedOrder(Sampler):
    """Each epoch's own order of windows, such that those of like length share a batch.

    Args:
        lengths: Pieces of each window [N].
        batch_size: Windows of one step, over all processes.
        seed: Of the order; the order of an epoch is the same in every run.

    Attributes:
        epoch: Set before each epoch begins.
    """

    def __init__(self, lengths: np.ndarray, *, batch_size: int, seed: int) -> None:
        self.lengths, self.batch_size, self.seed, self.epoch = lengths, batch_size, seed, 0

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        order = self.order()
        # Rows become Python's numbers, which take five times the memory, a few at a time.
        for start in range(0, len(order), _CHUNK_ROWS):
            yield from ((self.epoch, row) for row in order[start : start + _CHUNK_ROWS].tolist())

    def order(self) -> np.ndarray:
        """Return the rows in the order of the epoch [N]."""
        rng = np.random.default_rng([self.seed, self.epoch])
        size, total = self.batch_size, len(self.lengths)
        order = rng.permutation(total)
        # A small text is sorted in four parts at least, or it would give the same batches each epoch.
        sorted_together = size * max(1, min(_SORTED_BATCHES, total // (4 * size)))
        order = order[np.lexsort((self.lengths[order], np.arange(total) // sorted_together))]
        # Batches are mixed, or lengths would rise and fall through the epoch. The last may be short and stays last.
        num_whole = total // size
        batches = order[: num_whole * size].reshape(num_whole, size)[rng.permutation(num_whole)]
        if num_whole:
            # The longest batch comes first, so that memory that does not suffice is found out at once.
            longest = int(self.lengths[batches].max(1).argmax())
            batches[[0, longest]] = batches[[longest, 0]]
        return np.concatenate([batches.ravel(), order[num_whole * size :]])


@dataclass(frozen=True)
class MaskingCollator:
    """Collates windows into the tensors of a masked language model.

    Attributes:
        mask_token_id: Id of the mask token.
        pad_token_id: Id that fills up.
        ordinary_ids: Ids that random pieces are drawn from.
        max_length: Most pieces that the encoder reads.
        seed: Of the draws.
    """

    mask_token_id: int
    pad_token_id: int
    ordinary_ids: np.ndarray
    max_length: int
    seed: int

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """Return input_ids, attention_mask and labels [B, T] int64; labels are -100 but for pieces to guess."""
        longest = max(len(example["input_ids"]) for example in examples)
        # Matrix kernels prefer multiples of 8.
        shape = len(examples), max(longest, min(-(-longest // 8) * 8, self.max_length))
        ids, words = np.full(shape, self.pad_token_id, np.int64), np.full(shape, -1, np.int64)
        mask = np.zeros(shape, np.int64)
        draws, rounding = np.ones((shape[0], 3, shape[1])), np.zeros(shape[0])
        for i, example in enumerate(examples):
            size = len(example["input_ids"])
            ids[i, :size], words[i, :size], mask[i, :size] = example["input_ids"], example["words"], 1
            rng = np.random.default_rng([self.seed, example["epoch"] + 1, example["row"]])
            rounding[i], draws[i, :, :size] = rng.random(), rng.random((3, size))
        is_chosen = choose_words(words, draws[:, 0], rounding)
        labels = np.where(is_chosen, ids, IGNORED)
        fate = np.take_along_axis(draws[:, 1], np.maximum(words, 0), 1)
        is_random = is_chosen & (fate >= _MASKED) & (fate < _MASKED + _RANDOM)
        ids[is_chosen & (fate < _MASKED)] = self.mask_token_id
        ids[is_random] = self.ordinary_ids[(draws[:, 2][is_random] * len(self.ordinary_ids)).astype(np.int64)]
        arrays = {"input_ids": ids, "attention_mask": mask, "labels": labels}
        return {name: torch.from_numpy(array) for name, array in arrays.items()}


def choose_words(words: np.ndarray, draws: np.ndarray, rounding: np.ndarray) -> np.ndarray:
    """Choose `SHARE` of the words of each window, one at least.

    Args:
        words: Number of the word of each piece, -1 for none [B, T].
        draws: A number from 0 to 1 for each word; those beyond a window's words are not looked at [B, T].
        rounding: A number from 0 to 1 that decides between the next lower and the next higher number of words [B].

    Returns:
        Whether a piece is of a chosen word [B, T].
    """
    num_words = words.max(1) + 1
    count = np.maximum(np.floor(SHARE * num_words + rounding).astype(np.int64), 1)
    keys = np.where(np.arange(words.shape[1]) < num_words[:, None], draws, np.inf)
    limit = np.take_along_axis(np.sort(keys, 1), count[:, None] - 1, 1)
    return (np.take_along_axis(keys, np.maximum(words, 0), 1) <= limit) & (words >= 0)

"""Windows of different lengths become one batch: `pad_encodings` in numpy, `EventCollator` in torch for the Trainer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rasd.encoding import NUM_LETTERS, Encoding
from rasd.labels import IGNORED, Labels


def pad_encodings(encodings: Sequence[Encoding], *, pad_token_id: int, multiple_of: int = 8) -> dict[str, np.ndarray]:
    """Pad windows to the longest of them.

    Args:
        encodings: B windows.
        pad_token_id: Piece id that fills up.
        multiple_of: Piece counts are rounded up to a multiple of this, which matrix kernels prefer.

    Returns:
        input_ids [B, T] int64, attention_mask [B, T] int64, piece_words [B, T] int64 (-1 where none),
        letters [B, W, L] int64 (0 where there is no letter).
    """
    longest = max(len(item.input_ids) for item in encodings)
    num_pieces = -(-longest // multiple_of) * multiple_of
    num_words = max(item.num_words for item in encodings)
    batch = {
        "input_ids": np.full((len(encodings), num_pieces), pad_token_id, np.int64),
        "attention_mask": np.zeros((len(encodings), num_pieces), np.int64),
        "piece_words": np.full((len(encodings), num_pieces), -1, np.int64),
        "letters": np.zeros((len(encodings), num_words, NUM_LETTERS), np.int64),
    }
    for i, item in enumerate(encodings):
        pieces = len(item.input_ids)
        batch["input_ids"][i, :pieces] = item.input_ids
        batch["attention_mask"][i, :pieces] = 1
        batch["piece_words"][i, :pieces] = item.piece_words
        batch["letters"][i, : item.num_words] = item.letters
    return batch


def pad_labels(labels: Sequence[Labels], num_words: int) -> dict[str, np.ndarray]:
    """Pad gold arrays to `num_words` words; the triggers of all windows become one axis, with the window of each."""
    stacked = {
        name: np.stack([getattr(item, name) for item in labels])
        for name in ("typing_labels", "typing_mask", "trigger_mask")
    }
    stacked["trigger_labels"] = pad_words([item.trigger_labels for item in labels], num_words, 0)
    stacked["cut_labels"] = pad_words([item.cut_labels for item in labels], num_words, IGNORED)
    joined = {
        name: np.concatenate([getattr(item, name) for item in labels])
        for name in ("trigger_spans", "trigger_types", "realis_labels", "argument_mask")
    }
    joined["argument_labels"] = pad_words([row for item in labels for row in item.argument_labels], num_words, 0)
    joined["trigger_sentences"] = np.repeat(np.arange(len(labels)), [len(item.trigger_types) for item in labels])
    if not len(joined["trigger_sentences"]):
        joined["argument_labels"] = np.zeros((0, num_words, labels[0].argument_labels.shape[-1]), np.int64)
    return stacked | joined


class EventCollator:
    """Collates `{"encoding": Encoding, "labels": Labels}` examples into the tensors of `RasdModel.forward`."""

    def __init__(self, pad_token_id: int) -> None:
        self.pad_token_id = pad_token_id

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, Any]:
        import torch

        encodings = [example["encoding"] for example in examples]
        batch = pad_encodings(encodings, pad_token_id=self.pad_token_id)
        if "labels" in examples[0]:
            batch |= pad_labels([example["labels"] for example in examples], batch["letters"].shape[1])
        return {name: torch.from_numpy(array) for name, array in batch.items()}


def pad_words(arrays: Sequence[np.ndarray], num_words: int, fill: int) -> np.ndarray:
    """Stack arrays whose first axis is words, filled up to `num_words`, as int64."""
    if not arrays:
        return np.zeros((0, num_words), np.int64)
    padded = np.full((len(arrays), num_words, *arrays[0].shape[1:]), fill, np.int64)
    for i, array in enumerate(arrays):
        padded[i, : len(array)] = array
    return padded

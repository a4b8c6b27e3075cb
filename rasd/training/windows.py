"""A line of raw text becomes windows of word pieces, in which each piece knows its word.

Which pieces make up a word is said by the words of the normalised text, not by the tokenizer, as each kind of tokenizer
splits words and punctuation in its own way. A word is what the heads of rasd call a word: a run of letters, digits and
marks with the proclitics that Arabic writes onto it. So «والمدينة» is masked as a whole: with «و» and «ال» left
standing the rest is guessed too easily, and of «و» alone there is nothing to learn. No preset of rasd writes proclitics
apart; where the text itself does («و+ المدينة»), they are words. Each punctuation mark is a word of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rasd.encoding import SentenceEncoder, join_words
from rasd.text.words import find_words

_BLANK = 32  # the only blank that normalised text has


@dataclass(frozen=True, slots=True)
class Window:
    """A line of text or a part of one; T pieces with special tokens.

    Attributes:
        input_ids: Piece ids [T] int32.
        words: Number of the word of each piece, from 0 without gaps; -1 for pieces that are never masked [T] int32.
    """

    input_ids: np.ndarray
    words: np.ndarray


def make_windows(
    lines: Sequence[str], encoder: SentenceEncoder, special_ids: np.ndarray
) -> list[tuple[str, list[Window]]]:
    """Return each line as the encoder sees it, with its windows.

    The windows of a line follow each other without overlap and leave nothing out but parts without a piece to mask.

    Args:
        lines: Texts as they came.
        encoder: Normalises and cuts into pieces; a window has at most its `max_length` of them.
        special_ids: Pieces that are never masked, such as the one for what the vocabulary lacks.
    """
    return [
        (seen.text, _windows_of(seen.text, np.array(pieces.ids, np.int32), pieces.offsets, encoder, special_ids))
        for seen, pieces in encoder.tokenize(lines)
    ]


def group_pieces(text: str, offsets: Sequence[tuple[int, int]]) -> np.ndarray:
    """Number the words of pieces.

    Args:
        text: The normalised text.
        offsets: Start and end of each piece in it, in order; at least one.

    Returns:
        The word of each piece, from 0, rising by 0 or 1 [T].
    """
    words = np.array(find_words(text), np.int64).reshape(-1, 2)
    starts, ends = np.array(offsets, np.int64).T
    ends = np.maximum(ends, starts + 1)
    first = np.searchsorted(words[:, 1], starts, side="right")
    last = np.searchsorted(words[:, 0], ends, side="left") - 1
    is_in_word = first <= last
    # A piece is known by its place, but in a word all are by the place of its first letter.
    keys = starts.copy()
    if is_in_word.any():
        group = join_words(first[is_in_word], last[is_in_word], len(words))
        keys[is_in_word] = words[np.searchsorted(group, group[first[is_in_word]]), 0]
    # A blank that is a piece of its own goes with the piece that follows.
    chars = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    is_blank = ~is_in_word & (chars[np.minimum(starts, len(chars) - 1)] == _BLANK)
    place = np.where(is_blank, len(keys) - 1, np.arange(len(keys)))
    keys = keys[np.minimum.accumulate(place[::-1])[::-1]]
    return np.concatenate([[0], np.cumsum(np.diff(keys) != 0)])


def cut(words: np.ndarray, room: int) -> list[tuple[int, int]]:
    """Cut pieces into windows of about the same size, between words where a word is not longer than a window.

    Args:
        words: The word of each piece, as from `group_pieces` [T].
        room: Pieces that a window holds.

    Returns:
        First and end piece of each window, from the first piece to the last without gap or overlap.
    """
    total = len(words)
    bounds = np.append(np.flatnonzero(np.diff(words)) + 1, total)
    windows: list[tuple[int, int]] = []
    start = 0
    while start < total:
        num_left = -(-(total - start) // room)
        target = start - (-(total - start) // num_left)
        before, after = np.searchsorted(bounds, [start, target], side="right")
        # Without a bound in between, a word is longer than the share of a window, and perhaps than the room.
        end = int(bounds[after - 1] if before < after else min(bounds[after], start + room))
        windows.append((start, end))
        start = end
    return windows


def _windows_of(
    text: str, ids: np.ndarray, offsets: Sequence[tuple[int, int]], encoder: SentenceEncoder, special_ids: np.ndarray
) -> list[Window]:
    """Cut the pieces of one line into windows."""
    if not len(ids):
        return []
    groups, is_maskable = group_pieces(text, offsets), ~np.isin(ids, special_ids)
    windows = []
    for start, end in cut(groups, encoder.max_length - 2):
        inside = is_maskable[start:end]
        if inside.any():
            words = np.full(end - start + 2, -1, np.int32)
            words[1:-1][inside] = np.unique(groups[start:end][inside], return_inverse=True)[1]
            framed = np.concatenate([[encoder.cls_token_id], ids[start:end], [encoder.sep_token_id]])
            windows.append(Window(framed.astype(np.int32), words))
    return windows

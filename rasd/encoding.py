"""The one way in: text becomes arrays here and nowhere else, for training, evaluation and every backend.

A sentence is normalised as its encoder expects, cut into word pieces, and each piece is given to the word of the
**source** text that it came from. Words are the unit of the heads; a word carries its source offsets, so whatever is
predicted over words is exact in the text as given. Words of which the encoder sees nothing (letters outside its
vocabulary's script, say) have no pieces and are left out.

A sentence longer than `max_length` pieces is read in overlapping windows; each word is owned by the one window in which
it stands farthest from the edge, and an event by the window that owns its trigger.
"""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers
from tokenizers import Tokenizer

from rasd.errors import CheckpointError
from rasd.text.charsets import LETTER_FOLDS, PROCLITICS
from rasd.text.normalize import NormalizedText, Normalizer, NormalizerConfig
from rasd.text.offsets import OffsetMap
from rasd.text.words import find_words, first_letters

# Words shown in both of two neighbouring windows; where windows hold few, half of a window.
OVERLAP_WORDS = 32
# Letters of a word that the heads see.
NUM_LETTERS = 16
# Words whose letters are remembered, since a few words make up most of any text; none that is longer than a word is.
_KNOWN_WORDS, _WORD_CHARS = 2**15, 64
# 0 is no letter, 1 any that is not listed; the proclitics come first.
_LETTERS = dict.fromkeys(PROCLITICS + "ابتثجحخدذرزسشصضطظعغفقكلمنهويء")
_LETTER_IDS = {letter: i + 2 for i, letter in enumerate(_LETTERS)}
_DIGIT_ID = len(_LETTER_IDS) + 2
_LETTER_IDS |= {letter: _LETTER_IDS[plain] for letter, plain in LETTER_FOLDS.items()}
# With the letters of other languages of the script and presentation forms, as the normaliser maps them.
_ARABIC_LETTER = re.compile("[\u0620-\u064a\u066e-\u06d3\u0750-\u077f\ufb50-\ufdfb\ufe70-\ufefc]")
NUM_LETTER_IDS = _DIGIT_ID + 1


@dataclass(frozen=True, slots=True)
class Encoding:
    """One window of a sentence as arrays; T pieces with special tokens, W words.

    Attributes:
        input_ids: Piece ids [T] int32.
        piece_words: Word of each piece, -1 for special tokens and punctuation [T] int32.
        word_spans: Source offsets of each word [W, 2] int32.
        letters: Ids of each word's first letters, 0 behind its last [W, 16] int8.
        owned: First and last-but-one word whose triggers belong to this window.
    """

    input_ids: np.ndarray
    piece_words: np.ndarray
    word_spans: np.ndarray
    letters: np.ndarray
    owned: tuple[int, int] = field(default=(0, 0))

    @property
    def num_words(self) -> int:
        """W."""
        return len(self.word_spans)


class SentenceEncoder:
    """Turns sentences into `Encoding`s.

    Args:
        tokenizer: The encoder's tokenizer.
        normalizer: What the encoder's pre-training text went through.
        language: The ontology's language; with "ar", a sentence without an Arabic letter is taken to say nothing.
        max_length: Pieces a window, special tokens included.
        cls_token_id: Id of the piece set before a sentence.
        sep_token_id: Id of the piece set after it.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        normalizer: Normalizer,
        *,
        max_length: int,
        cls_token_id: int,
        sep_token_id: int,
        language: str = "ar",
    ) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.tokenizer, self.normalizer, self.max_length = tokenizer, normalizer, max_length
        self.cls_token_id, self.sep_token_id = cls_token_id, sep_token_id
        self.is_arabic = language == "ar"

    @classmethod
    def from_checkpoint(cls, folder: str | Path, config: Any) -> SentenceEncoder:
        """Build the encoder of a checkpoint from its folder and its config (any object with the config's fields).

        Raises:
            CheckpointError: If the folder has no readable `tokenizer.json`.
        """
        path = Path(folder) / "tokenizer.json"
        if not path.is_file():
            raise CheckpointError(f"{folder} has no tokenizer.json; it is not a complete rasd checkpoint")
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as err:  # tokenizers raises bare Exception for every fault of the file
            raise CheckpointError(f"{path} cannot be read as a tokenizer: {err}") from err
        return cls.from_tokenizer(tokenizer, config)

    @classmethod
    def from_tokenizer(cls, tokenizer: Tokenizer, config: Any) -> SentenceEncoder:
        """Build the encoder from a checkpoint's tokenizer, which it takes for itself, and its config."""
        return cls(
            tokenizer,
            Normalizer(NormalizerConfig.from_dict(config.normalizer)),
            max_length=config.max_length,
            cls_token_id=config.cls_token_id,
            sep_token_id=config.sep_token_id,
            language=config.ontology["language"],
        )

    def encode(self, texts: Sequence[str]) -> list[list[Encoding]]:
        """Encode sentences; a list of windows each, empty for a sentence in which the encoder sees no word."""
        return [self._encode_one(text, *seen) for text, seen in zip(texts, self.tokenize(texts), strict=True)]

    def tokenize(self, texts: Sequence[str]) -> list[tuple[NormalizedText, tokenizers.Encoding]]:
        """Return what the encoder sees of texts: each normalised, and its pieces without special tokens.

        The offsets of the pieces are into the normalised text.
        """
        normalized = [self.normalizer.normalize(text) for text in texts]
        batch = self.tokenizer.encode_batch([item.text for item in normalized], add_special_tokens=False)
        return list(zip(normalized, batch, strict=True))

    def _encode_one(self, text: str, normalized: NormalizedText, pieces: tokenizers.Encoding) -> list[Encoding]:
        words = np.array(find_words(text), dtype=np.int32).reshape(-1, 2)
        if not len(words) or not len(pieces) or (self.is_arabic and not _has_arabic(text)):
            return []
        ids = np.array(pieces.ids, dtype=np.int32)
        piece_words, words = _assign(np.array(pieces.offsets, dtype=np.int64), normalized.map, words)
        seen = np.unique(piece_words[piece_words >= 0])
        if not len(seen):
            return []
        # Renumber over the words that have pieces; -1 stays -1.
        number = np.full(len(words) + 1, -1, dtype=np.int32)
        number[seen] = np.arange(len(seen), dtype=np.int32)
        words, piece_words = words[seen], number[piece_words]
        letters = _find_letters([text[start:end] for start, end in words.tolist()])
        return [self._window(ids, piece_words, words, letters, *bounds) for bounds in self._windows(piece_words)]

    def _windows(self, piece_words: np.ndarray) -> list[tuple[int, int, int, int]]:
        """Return (first piece, end piece, first owned word, end of owned words) of each window."""
        room, total = self.max_length - 2, len(piece_words)
        num_words = int(piece_words.max()) + 1
        if total <= room:
            return [(0, total, 0, num_words)]
        # Word boundaries in piece positions; a piece without word goes with the word before it, and of those before
        # the first word only the last are read.
        first_piece = np.full(num_words + 1, total, dtype=np.int64)
        at = np.flatnonzero(piece_words >= 0)
        np.minimum.at(first_piece, piece_words[at], at)
        first_piece[0] = max(0, first_piece[0] - room // 4)
        windows: list[tuple[int, int]] = []  # first and end word
        start = 0
        while True:
            end = int(np.searchsorted(first_piece, first_piece[start] + room, side="right")) - 1
            end = min(max(end, start + 1), num_words)
            windows.append((start, end))
            if end == num_words:
                break
            start = max(start + 1, end - min(OVERLAP_WORDS, (end - start) // 2))
        # Between two windows the overlap is owned half and half.
        cuts = [0, *((a_end + b_start) // 2 for (_, a_end), (b_start, _) in pairwise(windows)), num_words]
        return [
            (int(first_piece[a]), min(int(first_piece[b]), int(first_piece[a]) + room), cuts[i], cuts[i + 1])
            for i, (a, b) in enumerate(windows)
        ]

    def _window(
        self,
        ids: np.ndarray,
        piece_words: np.ndarray,
        words: np.ndarray,
        letters: np.ndarray,
        start: int,
        end: int,
        owned_start: int,
        owned_end: int,
    ) -> Encoding:
        part = piece_words[start:end]
        inside = part[part >= 0]
        first, last = int(inside.min()), int(inside.max()) + 1
        return Encoding(
            input_ids=np.concatenate([[self.cls_token_id], ids[start:end], [self.sep_token_id]]).astype(np.int32),
            piece_words=np.concatenate([[-1], np.where(part >= 0, part - first, -1), [-1]]).astype(np.int32),
            word_spans=words[first:last],
            letters=letters[first:last],
            owned=(max(owned_start - first, 0), min(owned_end, last) - first),
        )


def _assign(piece_offsets: np.ndarray, offsets: OffsetMap, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give pieces to words.

    Words that share a piece become one, as "٣" and "٥" of "٣٫٥" do where the encoder reads the number whole.

    Args:
        piece_offsets: Start and end of each piece in the normalised text [T, 2].
        offsets: The map to the source.
        words: Source offsets of the words [W, 2].

    Returns:
        The word of each piece, -1 for none [T], and the source offsets of the words [W', 2].
    """
    starts, ends = np.asarray(offsets.starts, dtype=np.int64), np.asarray(offsets.ends, dtype=np.int64)
    last_char = np.clip(piece_offsets[:, 1] - 1, piece_offsets[:, 0], len(ends) - 1)
    source_start, source_end = starts[np.minimum(piece_offsets[:, 0], len(starts) - 1)], ends[last_char]
    first = np.searchsorted(words[:, 1], source_start, side="right")
    last = np.searchsorted(words[:, 0], source_end, side="left") - 1
    overlaps = first <= last
    group = join_words(first[overlaps], last[overlaps], len(words))
    starts_of = np.searchsorted(group, np.arange(group[-1] + 1))
    ends_of = np.append(starts_of[1:], len(words)) - 1
    merged = np.stack([words[starts_of, 0], words[ends_of, 1]], -1)
    return np.where(overlaps, group[np.minimum(first, len(words) - 1)], -1).astype(np.int32), merged


def join_words(first: np.ndarray, last: np.ndarray, num_words: int) -> np.ndarray:
    """Number the words anew, such that those which share a piece have one number.

    Args:
        first: The first word that each piece touches [T].
        last: The last one [T].
        num_words: W.

    Returns:
        The new number of each word, from 0 [W].
    """
    joined = np.zeros(num_words + 1, np.int64)
    np.add.at(joined, first + 1, 1)
    np.add.at(joined, last + 1, -1)
    return np.cumsum(joined.cumsum()[:num_words] == 0) - 1  # a word goes with the one before it under one piece


def _find_letters(words: Sequence[str]) -> np.ndarray:
    """Return ids of the words' first letters, filled up with 0 [W, 16] int8."""
    rows = [_known_letters(word) if len(word) <= _WORD_CHARS else _letter_ids(word) for word in words]
    return np.frombuffer(bytearray().join(rows), dtype=np.int8).reshape(-1, NUM_LETTERS)


def _letter_ids(word: str) -> bytes:
    """Return ids of a word's first letters, filled up with 0; a word always has at least one."""
    letters = first_letters(word, 0, len(word), NUM_LETTERS)
    ids = [_LETTER_IDS.get(letter) or (_DIGIT_ID if letter.isdigit() else 1) for letter in letters] or [1]
    return bytes(ids).ljust(NUM_LETTERS, b"\0")


_known_letters = functools.lru_cache(_KNOWN_WORDS)(_letter_ids)


def _has_arabic(text: str) -> bool:
    """Whether a text has an Arabic letter, in whatever form it is written."""
    return bool(_ARABIC_LETTER.search(html.unescape(text) if "&#" in text else text))

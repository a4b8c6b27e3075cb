"""Windows of raw text: which pieces are a word, and where long lines are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasd.training.windows import cut, group_pieces, make_windows

# Longer than a window of 32 pieces of one letter each.
LONG = "وأعلنت البلدية، صباح الأحد، فتح 12 مركزًا لإيواء العائلات النازحة من القرى المحاذية للنهر."


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    from tiny import build_tiny_encoder
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(build_tiny_encoder(tmp_path_factory.mktemp("tiny"), arabert_shaped=True))


def encoder_of(tokenizer, max_length=32, preset="arabertv02"):
    from rasd.encoding import SentenceEncoder
    from rasd.text.normalize import Normalizer, NormalizerConfig

    return SentenceEncoder(
        tokenizer.backend_tokenizer,
        Normalizer(NormalizerConfig.preset(preset)),
        max_length=max_length,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
    )


def windows_of(tokenizer, line, **options):
    [(text, windows)] = make_windows([line], encoder_of(tokenizer, **options), np.array(tokenizer.all_special_ids))
    return text, windows


def words_in(tokenizer, window):
    """Return the words of a window as they are masked, each as its pieces put together."""
    tokens = np.array(tokenizer.convert_ids_to_tokens(window.input_ids.tolist()))
    return [
        "".join(token.removeprefix("##") for token in tokens[window.words == word])
        for word in range(window.words.max() + 1)
    ]


def test_words_are_those_of_the_normalised_text_with_their_proclitics(tokenizer):
    text, [window] = windows_of(tokenizer, "والمدينَةُ، 5كم شمـــالًا", max_length=64)
    assert text == "والمدينة ، 5 كم شمالا"
    assert words_in(tokenizer, window) == text.split()


def test_special_tokens_and_unknown_letters_are_no_words(tokenizer):
    _, [window] = windows_of(tokenizer, "زار https://example.com/x مع 中", max_length=64, preset="arabertv02")
    assert words_in(tokenizer, window) == ["زار", "مع"]
    _, [window] = windows_of(tokenizer, "هنا 中", max_length=64, preset="plain")
    tokens = tokenizer.convert_ids_to_tokens(window.input_ids.tolist())
    assert [tokens[i] for i in np.flatnonzero(window.words == -1)] == ["[CLS]", "[UNK]", "[SEP]"]


@pytest.mark.parametrize("line", ["", " \u200f ", "中", "\u064e"])
def test_line_without_a_piece_to_mask_gives_no_window(tokenizer, line):
    assert windows_of(tokenizer, line, preset="plain")[1] == []


def test_long_line_is_cut_between_words_with_nothing_lost(tokenizer):
    text, windows = windows_of(tokenizer, LONG)
    assert len(windows) > 2 and max(len(window.input_ids) for window in windows) <= 32
    assert [word for window in windows for word in words_in(tokenizer, window)] == text.split()
    for window in windows:
        assert (window.input_ids[0], window.input_ids[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)
        assert window.words[0] == window.words[-1] == -1 and window.words.min() >= -1


def test_word_longer_than_a_window_goes_on_in_the_next(tokenizer):
    _, windows = windows_of(tokenizer, "لا" * 40)
    assert "".join(word for window in windows for word in words_in(tokenizer, window)) == "لا" * 40
    assert [len(window.input_ids) for window in windows] == [32, 32, 22]


@pytest.mark.parametrize(
    ("text", "offsets", "groups"),
    [
        # Punctuation stands alone; a word is one group, however its pieces lie.
        ("قال:", [(0, 1), (1, 3), (3, 4)], [0, 0, 1]),
        # A piece for a blank, as byte-level tokenizers have them, goes with what follows.
        ("عاد ثم", [(0, 3), (3, 4), (4, 6)], [0, 1, 1]),
        ("عاد .", [(0, 3), (3, 4), (4, 5)], [0, 1, 1]),
        # A piece that takes the blank along.
        ("عاد ثم", [(0, 3), (3, 5), (5, 6)], [0, 1, 1]),
        # Several pieces for one letter or mark.
        ("ما؟", [(0, 1), (0, 1), (1, 2), (2, 3), (2, 3)], [0, 0, 0, 1, 1]),
        # The parts of a number are words, but a piece over two words joins them.
        ("13.52", [(0, 2), (2, 3), (3, 5)], [0, 1, 2]),
        ("13.52 طن", [(0, 1), (1, 4), (4, 5), (6, 8)], [0, 0, 0, 1]),
        # A piece without extent, as sentencepiece gives for the start of a word.
        ("عاد", [(0, 0), (0, 3)], [0, 0]),
        ("..", [(0, 1), (1, 2)], [0, 1]),
    ],
)
def test_pieces_are_grouped_by_words(text, offsets, groups):
    assert group_pieces(text, offsets).tolist() == groups


@given(st.lists(st.integers(1, 12), min_size=1, max_size=40), st.integers(1, 20))
def test_cut_covers_every_piece_once_and_no_word_in_two_where_it_fits(sizes, room):
    words = np.repeat(np.arange(len(sizes)), sizes)
    windows = cut(words, room)
    assert [start for start, _ in windows] == [0, *(end for _, end in windows[:-1])]
    assert windows[-1][1] == len(words) and all(0 < end - start <= room for start, end in windows)
    for _, end in windows[:-1]:
        if words[end - 1] == words[end]:
            assert sizes[words[end]] > 1 and _is_unavoidable(words, windows, end, room)


def _is_unavoidable(words, windows, end, room):
    """Whether the word that is cut at `end` begins its window, and so would not fit into it."""
    [start] = [first for first, last in windows if last == end]
    word_end = int(np.searchsorted(words, words[end], side="right"))
    return words[start] == words[end] and word_end - start > room

"""Text to arrays: words with exact source offsets, windows, letters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import build_tiny_encoder
from tokenizers import Tokenizer

from rasd.encoding import SentenceEncoder
from rasd.errors import CheckpointError
from rasd.text.normalize import Normalizer, NormalizerConfig

TEXT = "وقصفتِ الطائراتُ قريةَ «الشعفة»، وأُصيب ٣٥ مدنيّاً!"


@pytest.fixture(scope="module")
def tokenizer_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    build_tiny_encoder(folder / "tiny")
    return str(folder / "tiny" / "tokenizer.json")


def make_encoder(tokenizer_file, *, max_length=512, preset="plain"):
    return SentenceEncoder(
        Tokenizer.from_file(tokenizer_file),
        Normalizer(NormalizerConfig.preset(preset)),
        max_length=max_length,
        cls_token_id=2,
        sep_token_id=3,
    )


def words_of(text, encoding):
    return [text[start:end] for start, end in encoding.word_spans.tolist()]


@pytest.mark.parametrize("preset", ["plain", "arabertv02"])
def test_words_are_those_of_the_source_text(tokenizer_file, preset):
    [encoding] = make_encoder(tokenizer_file, preset=preset).encode([TEXT])[0]
    assert words_of(TEXT, encoding) == ["وقصفتِ", "الطائراتُ", "قريةَ", "الشعفة", "وأُصيب", "٣٥", "مدنيّاً"]


def test_every_word_has_pieces_and_punctuation_has_no_word(tokenizer_file):
    [encoding] = make_encoder(tokenizer_file).encode([TEXT])[0]
    assert set(encoding.piece_words.tolist()) == {-1, *range(encoding.num_words)}
    assert encoding.piece_words[0] == encoding.piece_words[-1] == -1
    inner = encoding.piece_words[encoding.piece_words >= 0]
    assert (np.diff(inner) >= 0).all()


@pytest.mark.parametrize("text", ["", "   ", "،؛؟!", "😀"])
def test_text_without_words_has_no_windows(tokenizer_file, text):
    assert make_encoder(tokenizer_file).encode([text]) == [[]]


def test_letters_pass_over_marks(tokenizer_file):
    encoder = make_encoder(tokenizer_file)
    [plain], [marked] = encoder.encode(["وبالقصف", "وَبِالقصف"])
    assert plain.letters.tolist() == marked.letters.tolist()


def test_long_sentence_is_read_in_windows_that_own_each_word_once(tokenizer_file):
    text = " ".join(f"كلمة{i}" for i in range(200))
    windows = make_encoder(tokenizer_file, max_length=300).encode([text])[0]
    assert len(windows) > 2
    assert all(len(window.input_ids) <= 300 for window in windows)
    owned = [tuple(span) for window in windows for span in window.word_spans[slice(*window.owned)].tolist()]
    assert [text[start:end] for start, end in owned] == text.split()


def test_word_longer_than_a_window_is_not_lost(tokenizer_file):
    text = "قصف " + "ا" * 500 + " قصف"
    windows = make_encoder(tokenizer_file, max_length=64).encode([text])[0]
    owned = [tuple(span) for window in windows for span in window.word_spans[slice(*window.owned)].tolist()]
    assert [end - start for start, end in owned] == [3, 500, 3]


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="وفبلقصةا َّـ٣7a.،&;<>\u200f\u200d😀\n", max_size=80), st.sampled_from([16, 40, 512]))
def test_every_seen_word_is_owned_exactly_once(tokenizer_file, text, max_length):
    windows = make_encoder(tokenizer_file, max_length=max_length).encode([text])[0]
    owned = [tuple(span) for window in windows for span in window.word_spans[slice(*window.owned)].tolist()]
    assert owned == sorted(set(owned))
    [whole] = make_encoder(tokenizer_file).encode([text])
    assert owned == [tuple(span) for window in whole for span in window.word_spans.tolist()]


def test_checkpoint_without_tokenizer_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"no tokenizer\.json"):
        SentenceEncoder.from_checkpoint(tmp_path, None)


@pytest.mark.parametrize("noise", ["😀🔥" * 300, "─┼│" * 300])
def test_long_run_without_words_before_the_first_is_passed_over(tokenizer_file, noise):
    text = f"{noise} قصفت الطائرات القرية {noise} ثم انسحبت"
    windows = make_encoder(tokenizer_file, max_length=64).encode([text])[0]
    owned = [tuple(span) for window in windows for span in window.word_spans[slice(*window.owned)].tolist()]
    assert [text[start:end] for start, end in owned] == ["قصفت", "الطائرات", "القرية", "ثم", "انسحبت"]


@pytest.mark.parametrize("max_length", [32, 64, 128, 512])
def test_windows_are_few_whatever_their_size(tokenizer_file, max_length):
    text = " ".join(["قصفت الطائرات القرية"] * 200)
    windows = make_encoder(tokenizer_file, max_length=max_length).encode([text])[0]
    num_pieces = len(make_encoder(tokenizer_file, max_length=100_000).encode([text])[0][0].input_ids)
    assert len(windows) <= 4 * num_pieces / max_length + 1


def test_words_that_share_a_piece_become_one():
    from rasd.encoding import _assign
    from rasd.text.offsets import OffsetMap

    words = np.array([[0, 1], [2, 3], [4, 6]])  # "٣٫٥ طن", of which the first piece covers "٣٫٥"
    piece_words, merged = _assign(np.array([[0, 3], [4, 6]]), OffsetMap.identity(6), words)
    assert piece_words.tolist() == [0, 1] and merged.tolist() == [[0, 3], [4, 6]]


@pytest.mark.parametrize("word", ["وبالقصف", "ﻭبالقصف", "&#1608;بالقصف", "وَـبالقصف"])
def test_letters_are_read_in_whatever_form_they_are_written(tokenizer_file, word):
    [[expected], [encoding]] = make_encoder(tokenizer_file).encode(["وبالقصف", word])
    assert encoding.letters.tolist() == expected.letters.tolist()


def test_placeholder_of_a_link_is_no_arabic_word(tokenizer_file):
    encoder = make_encoder(tokenizer_file, preset="arabertv02")
    assert encoder.encode(["The bridge was closed, see https://x.org/a or me@x.org"]) == [[]]


def test_letters_of_a_word_seen_before_are_the_same(tokenizer_file):
    encoder, long = make_encoder(tokenizer_file), "ب" + "َ" * 100 + "يت"
    texts = [TEXT, f"{TEXT} {TEXT}", f"عاد {long} ثم {long}"]
    first = [encoding.letters.tolist() for [encoding] in encoder.encode(texts)]
    again = [encoding.letters.tolist() for [encoding] in encoder.encode(texts)]
    assert first == again and first[1] == first[0] * 2
    assert first[2][1] == first[2][3] and first[2][1][3:] == [0] * 13 and 0 not in first[2][1][:3]


def test_a_dateline_is_not_read(tokenizer_file):
    dateline, report = "بيروت، ٢١ يناير (وكالة النخيل) ـ", " وصلت القافلة أمس"
    [[alone], [behind]] = make_encoder(tokenizer_file).encode([report, dateline + report])
    assert alone.num_words == 3 and alone.input_ids.tolist() == behind.input_ids.tolist()
    assert (alone.word_spans + len(dateline)).tolist() == behind.word_spans.tolist()
    assert alone.letters.tolist() == behind.letters.tolist()

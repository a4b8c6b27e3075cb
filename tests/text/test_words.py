"""Words of the source text, and proclitic letters cut off and counted."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasd.text.words import count_proclitics, cut_proclitics, find_words, first_letters


def words_of(text: str) -> list[str]:
    return [text[start:end] for start, end in find_words(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" ، . ", []),
        ("وصلت القافلةُ، أمس.", ["وصلت", "القافلةُ", "أمس"]),
        ("سـوق هـ", ["سـوق", "هـ"]),
        ("ﻻ ﷺ", ["ﻻ", "ﷺ"]),
        ("چاد ڤيينا", ["چاد", "ڤيينا"]),
        ("٣٫٥ و 1,200", ["٣", "٥", "و", "1", "200"]),
        ("30خيمة", ["30خيمة"]),
        ("#وسم_جديد", ["وسم", "جديد"]),
        ("قم\u200cح قمح\u200f \u202aقمح\u202c", ["قم\u200cح", "قمح", "قمح"]),
        ("َ ُ", ["َ", "ُ"]),
        ("cafe\u0301 Ω😀مرحبا", ["cafe\u0301", "Ω", "مرحبا"]),
        ("نفط&amp;غاز&nbsp;وماء&quot;", ["نفط", "غاز", "وماء"]),
        ("&#1602;مح &#x642;&#1614;مح", ["&#1602;مح", "&#x642;&#1614;مح"]),
        ("caf&eacute; 1&#178;", ["caf&eacute;", "1&#178;"]),
        ("قم&zwnj;ح قمح&rlm; ماء", ["قم&zwnj;ح", "قمح", "ماء"]),
        ("AT&T &كلمة", ["AT", "T", "كلمة"]),
        ("<p class='x'>ماء</p><br/>وملح", ["ماء", "وملح"]),
        ("4 < 9 و 8 > 2", ["4", "9", "و", "8", "2"]),
        ("<a title='&#1605;'>خبز</a>", ["خبز"]),
    ],
)
def test_words_are_found(text: str, words: list[str]):
    assert words_of(text) == words


def is_word_char(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


@given(st.text())
@settings(deadline=None)
def test_words_are_longest_runs_of_letters_numbers_and_marks(text: str):
    text = text.replace("&", "+").replace("<", "+")
    spans = find_words(text)
    covered = {position for start, end in spans for position in range(start, end)}
    assert covered >= {position for position, char in enumerate(text) if is_word_char(char)}
    assert all(is_word_char(text[start]) and is_word_char(text[end - 1]) for start, end in spans)
    assert all(unicodedata.category(text[position])[0] in "LNMC" for position in covered)
    for (_, end), (start, _) in itertools.pairwise(spans):
        assert end < start


@pytest.mark.parametrize(
    ("word", "count", "rest"),
    [
        ("وبالسوق", 0, "وبالسوق"),
        ("وبالسوق", 2, "السوق"),
        ("وَبِالسوق", 2, "السوق"),
        ("وـبالسوق", 1, "بالسوق"),
        ("و\u200fقال", 1, "قال"),
        ("و\u200fَقال", 1, "قال"),
        ("َوقال", 1, "قال"),
        ("وب", 3, "ب"),
        ("و", 1, "و"),
        ("َُ", 1, "َُ"),
        ("&#1608;&#1614;قال", 1, "قال"),
        ("\ufeed\ufef7\ufee3\ufeae", 1, "\ufef7\ufee3\ufeae"),
        ("\ufeed\ufef7\ufee3\ufeae", 2, "\ufef7\ufee3\ufeae"),
        ("\ufef7\ufee3\ufeae", 1, "\ufef7\ufee3\ufeae"),
        ("و\ufc60قال", 1, "قال"),
    ],
)
def test_cut_leaves_out_letters_with_all_that_hangs_on_them(word: str, count: int, rest: str):
    text = f"ثم {word} نعم"
    start = cut_proclitics(text, 3, 3 + len(word), count)
    assert text[start : 3 + len(word)] == rest


@pytest.mark.parametrize(
    ("word", "letters"),
    [
        ("وَـلأمر", "ولأم"),
        ("\ufeed\ufef7\ufee3\ufeae", "ولأم"),
        ("\ufdf2", "الله"),
        ("\ufc60گل", "كل"),
        ("&#1608;ل", "ول"),
        ("َ", ""),
    ],
)
def test_first_letters_are_plain_letters_ligatures_written_out(word: str, letters: str):
    assert first_letters(word, 0, len(word), 4) == list(letters)


@pytest.mark.parametrize(
    ("prefix", "count"),
    [
        ("", 0),
        ("و", 1),
        ("وَب", 2),
        ("فلـِ", 2),
        ("و\u200f", 1),
        ("&#1608;", 1),
        ("\ufeed", 1),
        ("وبک", 3),
        ("وبكل", None),
        ("ال", None),
        ("\ufefb", None),
        ("و ", None),
        ("َ", None),
        ("و-", None),
    ],
)
def test_only_proclitic_letters_are_counted(prefix: str, count: int | None):
    text = f"ثم {prefix}سوق"
    assert count_proclitics(text, 3, 3 + len(prefix)) == count


def test_span_before_its_word_has_no_count():
    assert count_proclitics("وسوق", 1, 0) is None


@given(
    st.lists(st.tuples(st.sampled_from("وفبلكس"), st.text("ًَُـ\u200f", max_size=3)), max_size=3),
    st.text("سوقعمل", min_size=1, max_size=5),
)
def test_cutting_undoes_counting(proclitics: list[tuple[str, str]], rest: str):
    prefix = "".join(letter + hanging for letter, hanging in proclitics)
    text = prefix + rest
    assert count_proclitics(text, 0, len(prefix)) == len(proclitics)
    assert cut_proclitics(text, 0, len(text), len(proclitics)) == len(prefix)


@given(st.text("وبسَـ\u200f", min_size=1, max_size=8), st.integers(0, 9))
def test_cut_never_takes_the_whole_word(text: str, count: int):
    for start, end in find_words(text):
        assert start <= cut_proclitics(text, start, end, count) < end

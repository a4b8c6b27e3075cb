"""Rewritten texts: that they say the same, that their maps are exact, and what each perturbation does to an example."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from perturbations import DATED, DATELINES, PERTURBATIONS, forms_of
from rewriting import rewrite

from rasd.text.words import find_words

TEXT = "أعلنت «كتائب الوادي» أنّ 12,5% من الجنود، ومنهم علي، وصلوا إلى مدينة الرملة (غرب البلاد): هل عادوا؟ لا."
REWRITES = {
    "hamza_dropped": TEXT.replace("أ", "ا").replace("إ", "ا"),
    "ya_to_maqsura": TEXT.replace("الوادي", "الوادى").replace("علي", "على"),
    "maqsura_to_ya": TEXT.replace("إلى", "إلي"),
    "ta_to_ha": TEXT.replace("ة", "ه"),
    "ha_to_ta": TEXT,
    "no_punctuation": "أعلنت كتائب الوادي أنّ 12,5% من الجنود ومنهم علي وصلوا إلى مدينة الرملة غرب البلاد هل عادوا لا",
    "punctuation_swapped": TEXT.replace("،", ",").replace("؟", "?"),
    "arabic_digits": TEXT.replace("12,5%", "١٢٬٥٪"),
    "latin_digits": TEXT,
}


def apply(name, text, seed=3):
    return PERTURBATIONS[name].apply(text, seed)


def span_of(text, piece, new):
    start = text.index(piece)
    place = new.map_span(start, start + len(piece))
    return None if place is None else new.text[slice(*place)]


@pytest.mark.parametrize("name", REWRITES)
def test_letters_and_signs_are_rewritten(name):
    assert apply(name, TEXT).text == REWRITES[name]


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_same_seed_gives_the_same_text(name):
    texts = [" ".join([TEXT] * 8), "", "أ", "12", "\n"]
    assert [apply(name, text) for text in texts] == [apply(name, text) for text in texts]


def plain_words(text):
    """Return words as plain letters: no mark, tatweel or invisible character, presentation forms written out."""
    letters = (
        "".join(char for char in unicodedata.normalize("NFKC", text[start:end]) if char.isalnum() and char != "ـ")
        for start, end in find_words(text)
    )
    return list(letters)


KEEP_WORDS = ("tashkeel_some", "tashkeel_full", "tatweel", "white_space", "line_break", "hashtags")


@pytest.mark.parametrize(
    "name", [*KEEP_WORDS, "presentation_forms", "invisible", "punctuation_swapped", "no_punctuation"]
)
@settings(deadline=None, max_examples=20)
@given(words=st.lists(st.text("أالبيةلى،(«", min_size=1, max_size=6), max_size=12), seed=st.integers(0, 99))
def test_words_stay_and_are_where_the_map_says(name, words, seed):
    text = " ".join(words)
    new = apply(name, text, seed)
    if name != "no_punctuation":  # what a quotation mark parted from its proclitic grows together again
        assert plain_words(new.text) == plain_words(text)
        assert [new.map_span(*span) for span in find_words(text)] == find_words(new.text)
    else:
        assert "".join(plain_words(new.text)) == "".join(plain_words(text))


@pytest.mark.parametrize("name", PERTURBATIONS)
@settings(deadline=None, max_examples=20)
@given(text=st.text('أالبيةىه هَـ#_،.؟"«(12٣\n\u200fpF-', max_size=40), seed=st.integers(0, 99))
def test_places_are_in_order_and_in_the_text(name, text, seed):
    new = apply(name, text, seed)
    assert len(new.places) == len(text)
    assert all(0 <= start <= end <= len(new.text) for start, end in new.places)
    assert list(new.places) == sorted(new.places)


def test_marks_that_follow_a_letter_belong_to_its_span():
    new = rewrite("في بلد", [(1, 2, "يِ"), (5, 6, "دٍ")])
    assert new.text == "فيِ بلدٍ"
    assert [new.map_span(0, 2), new.map_span(3, 6)] == [(0, 3), (4, 8)]


def test_span_that_begins_behind_a_proclitic_leaves_its_mark_outside():
    new = rewrite("بالبلد", [(0, 1, "بِـ")])
    assert span_of("بالبلد", "البلد", new) == "البلد"


def test_what_is_put_beside_a_word_is_in_no_span():
    new = rewrite("في بلد", [(3, 3, "#"), (6, 6, "\u200f")])
    assert span_of("في بلد", "بلد", new) == "بلد"


def test_span_maps_to_what_is_left_of_it():
    text = "قال «محمد، علي» ثم («»)"
    new = apply("no_punctuation", text)
    assert span_of(text, "«محمد، علي»", new) == "محمد علي"
    assert span_of(text, "(«»)", new) is None
    assert new.map_span(4, 4) is None


def test_dropped_sign_does_not_join_words_but_a_quotation_mark_does():
    text = "قال.وعاد و«الجسر»"
    new = apply("no_punctuation", text)
    assert new.text == "قال وعاد والجسر"
    assert span_of(text, "الجسر", new) == "الجسر"


def test_full_tashkeel_marks_each_letter_that_can_bear_one():
    new = apply("tashkeel_full", "وصلت قافلةٌ إلى الجسر").text
    marks = [unicodedata.category(char) == "Mn" for char in new]
    bare = [char for char, is_marked in zip(new, [*marks[1:], False], strict=True) if char.isalpha() and not is_marked]
    assert set(bare) == {"ا", "ى"}
    assert "ةٌ" in new and "إِلَى" in new


def test_tatweel_stands_between_joining_letters_of_a_word():
    text = " ".join(["الاجتماع وزارة دار لا"] * 20)
    new = apply("tatweel", text).text
    assert "ـ" in new and new.replace("ـ", "") == text
    before = {new[i - 1] for i, char in enumerate(new) if char == "ـ"} - {"ـ"}
    assert not before & set("اأدذرزوة ء")
    assert "لـا" not in new.replace("ــ", "ـ").replace("ــ", "ـ") and "ـ " not in new and not new.endswith("ـ")


def test_hamza_is_added_to_no_article():
    new = apply("hamza_added", " ".join(["اجتماع الوزراء انتهى"] * 20)).text
    assert "أجتماع" in new and "اجتماع" in new and "أنتهى" in new and "ألوزراء" not in new


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("بيت", "\ufe91\ufef4\ufe96"),
        ("دار", "\ufea9\ufe8d\ufead"),
        ("سلام", "\ufeb3\ufefc\ufee1"),
        ("لأب", "\ufef7\ufe8f"),
        ("بَيت", "\ufe91َ\ufef4\ufe96"),
        ("بـ", "\ufe91ـ"),
        ("شيء", "\ufeb7\ufef2\ufe80"),
        ("ب 7", "\ufe8f 7"),
    ],
)
def test_forms_are_those_that_neighbours_ask_for(text, forms):
    new = apply("presentation_forms", text)
    assert new.text == forms
    assert new.map_span(0, len(text)) == (0, len(forms))


def test_every_letter_has_forms():
    letters = {chr(code) for code in [*range(0x0621, 0x063B), *range(0x0641, 0x064B)]}
    assert letters == set(forms_of())
    assert {letter for letter, forms in forms_of().items() if "initial" not in forms} == set("ءآأؤإاةدذرزوى")


def test_span_inside_a_ligature_takes_all_of_it():
    new = apply("presentation_forms", "لأهل")
    assert new.map_span(1, 4) == (0, 3)


def test_hashtags_join_pairs_with_the_article():
    text = " ".join(["قال الجيش اللبناني في بيان."] * 20)
    new = apply("hashtags", text)
    assert "#الجيش_اللبناني" in new.text and "#الجيش اللبناني" in new.text
    assert new.text.replace("#", "").replace("_", " ") == text
    assert "##" not in new.text and "_#" not in new.text
    start = new.text.index("#الجيش_اللبناني")
    assert new.map_span(start - new.text[:start].count("#"), start - new.text[:start].count("#") + 14) == (
        start + 1,
        start + 15,
    )


def test_digits_of_names_stay():
    assert apply("arabic_digits", "F-16 و Su30 و 1.200 و 3-4").text == "F-16 و Su30 و ١٫٢٠٠ و ٣-٤"
    assert apply("latin_digits", "١٬٢٠٠ و ٢٫٥٪").text == "1,200 و 2.5%"


def test_invisible_characters_stand_in_words_and_beside_them():
    text = " ".join(["وصلت القافلة اليوم"] * 30)
    new = apply("invisible", text).text
    assert "".join(char for char in new if unicodedata.category(char) != "Cf") == text
    assert {"\u202b", "\u202c", "\u2067", "\u200d"} & set(new)


def test_boilerplate_surrounds_the_text():
    new = apply("boilerplate", "وصلت القافلة.")
    assert new.text.startswith((*DATELINES, *DATED)) and "\n" in new.text
    assert span_of("وصلت القافلة.", "القافلة", new) == "القافلة"
    assert "\n" not in apply("boilerplate_inline", "وصلت القافلة.").text
    assert apply("dateline", "وصلت.").text in [line + "وصلت." for line in DATELINES]
    assert apply("dateline_dated", "وصلت.").text in [line + "وصلت." for line in DATED]

"""Sentences of scraped Arabic news; where a case is shown as a list, each item is a sentence, joined by a space."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasd.text.sentences import split_sentences


def sentences_of(text: str, max_chars: int = 1000) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text, max_chars=max_chars)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["وصلت القافلة أمس.", "وعادت اليوم."],
        ["فتح المعبر أبوابه.,", "وعبرت منه الشاحنات.,", "ثم أُغلق"],
        ["هل وصلت؟", "نعم!", "Really?", "لا أدري…", "ربما..."],
        ["بلغ السعر 3.5 دينار و ٣٫٥ و 1.200 و 2.4%.", "ثم هبط."],
        ["التقى د. سامر و أ.د. وليد في ص.ب. 12 صباحا.", "وعادا."],
        ["كتب ف. س. ندى مقالا.", "ونُشر."],
        ["وصل J. Smith و Dr. Lee من U.S. Embassy أمس.", "ثم غادرا."],
        ["زار www.site.org/a.html?b=1 و info@site.org.", "ثم كتب."],
        ["كان ذلك عام 1435 هـ.", "وقال إنه قديم."],
        ["بُني سنة 300 ق.م. في الوادي."],
        ["نقلته (أ ف ب).", "وأكدته أ ف ب.", "وانتهى."],
        ["نشرته شبكة إن.بي.سي و(سي.إن.إن) وموقع البلد.نت اليوم.", "وحذفته."],
        ["قال: «وصلنا.»", "ثم مضى."],
        ['قال: "وصلنا."', "ثم مضى."],
        ["سأل «هل وصلتم؟» ثم صاح «هيا!» ومضى.", "وسكت."],
        ['سأل "هل وصلتم؟".', "وسكت."],
        ["رأى في الرد «تسرعا!».", "وسكت."],
        ["قال «لم نصل.»، وأضاف أنه عائد.", "ثم سكت."],
        ["ماء (...) وملح (!) وخبز [؟] وزيت."],
        ["الموسم.. بداية جديدة."],
        ["انتهى العرض .", "وخرج الناس ؟ ! .", "وعادوا"],
        ["وصل في 2019.", "3 شاحنات عادت."],
        ["ذكر الخضار إلخ.", "ولم يزد."],
        ["ذكر الخضار إلخ. في كتابه."],
        ['سأل "متى نصل؟"', "وأضاف أنه متعب."],
    ],
)
def test_sentences_are_split(sentences: list[str]):
    assert sentences_of(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("وصل القطار.وأضاف المدير!ثم سكت", ["وصل القطار.", "وأضاف المدير!", "ثم سكت"]),
        ("نزل المطر.#طقس", ["نزل المطر.", "#طقس"]),
        ("حدث عام 2010.وانتهى", ["حدث عام 2010.", "وانتهى"]),
        ("في ص.ب وفي ق.م وش.م.ل", ["في ص.ب وفي ق.م وش.م.ل"]),
        ("1. خبز\n2. ملح\n• زيت • سكر\n\n- شاي", ["1. خبز", "2. ملح", "• زيت", "• سكر", "- شاي"]),
        ("عنوان بلا نقطة\r\nنص\u2028آخر", ["عنوان بلا نقطة", "نص", "آخر"]),
        ("***\nنص.", ["***", "نص."]),
        ("سطر أول د.\nسطر ثان", ["سطر أول د.", "سطر ثان"]),
        ("نزل الوفد في\n#الميناء قرب\nالجسر", ["نزل الوفد في\n#الميناء قرب", "الجسر"]),
        ("قال المدير أنّ \r\n «الطريق» مغلق، \nوعاد.", ["قال المدير أنّ \r\n «الطريق» مغلق، \nوعاد."]),
        ("مساعدات إلى\n12 قرية", ["مساعدات إلى\n12 قرية"]),
        ("وصلت إلى\n\nالجسر", ["وصلت إلى", "الجسر"]),
        ("حضر من\n- سامر،\n- رنا،\n2 زيت،\n", ["حضر من", "- سامر،", "- رنا،", "2 زيت،"]),
        ("لم يصل بعد\nعاد الوفد", ["لم يصل بعد", "عاد الوفد"]),
        ("", []),
        (" \n\t\u00a0", []),
    ],
)
def test_lines_lists_and_missing_spaces(text: str, sentences: list[str]):
    assert sentences_of(text) == sentences


def test_long_sentence_is_cut_at_clause_punctuation():
    assert sentences_of("ماء وملح وخبز، زيت وسكر وشاي", max_chars=20) == ["ماء وملح وخبز،", "زيت وسكر وشاي"]


def test_long_sentence_without_punctuation_is_cut_at_a_space():
    assert sentences_of("كلمة " * 5, max_chars=11) == ["كلمة كلمة", "كلمة كلمة", "كلمة"]


def test_long_word_is_never_cut():
    assert sentences_of("ا" * 30 + " ب", max_chars=10) == ["ا" * 30, "ب"]


def test_length_below_one_is_refused():
    with pytest.raises(ValueError, match="max_chars is 0; expected 1 or more"):
        split_sentences("نص", max_chars=0)


PARTS = [
    "كلمة", "د", "أ", "هـ", "إن", "وقال", "U", "S", "org", "http://a.b/c?d", "٣", "3", "هل", "َ",
    *".,:;!?؟…،؛«»\"'()[]•-#%&", "..", "...", ".,", " ", " ", " ", " ", "\n", "\u00a0", "\u200f", "\u2028", "\x85",
]  # fmt: skip


@given(st.lists(st.sampled_from(PARTS), max_size=60).map("".join) | st.text(), st.integers(1, 60))
@settings(max_examples=500, deadline=None)
def test_each_visible_character_is_in_exactly_one_sentence(text: str, max_chars: int):
    spans = split_sentences(text, max_chars=max_chars)
    position = 0
    for start, end in spans:
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()


@given(st.lists(st.sampled_from(PARTS), max_size=60).map("".join), st.integers(1, 60))
@settings(max_examples=300, deadline=None)
def test_cutting_long_sentences_never_cuts_a_word(text: str, max_chars: int):
    whole = {end for _, end in split_sentences(text, max_chars=10_000)}
    for _, end in split_sentences(text, max_chars=max_chars):
        assert end in whole or text[end].isspace() or text[end - 1] in "،؛:,;"
        if end not in whole:
            assert not (text[end - 1].isalnum() and text[end].isalnum())

"""How spans read when they stand alone."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasd.text import charsets
from rasd.text.readable import clean, readable
from rasd.text.words import cut_proclitics, find_words


def read(text, span, nth=0):
    start = [match.start() for match in re.finditer(re.escape(span), text)][nth]
    return readable(text, start, start + len(span))


@pytest.mark.parametrize(
    ("text", "span", "form"),
    [
        ("سلاح للميليشيات", "لميليشيات", "الميليشيات"),
        ("بيان للحكومة الانتقالية", "لحكومة الانتقالية", "الحكومة الانتقالية"),
        ("بيان للحكومة", "حكومة", "الحكومة"),
        ("وللأهالي خيام", "لأهالي", "الأهالي"),
        ("فلِلْأهالي خيام", "لْأهالي", "الأهالي"),
        ("لـلأهالي خيام", "لأهالي", "الأهالي"),
        ("خيام للاجئين", "لاجئين", "اللاجئين"),
        ("رسالة لله", "له", "الله"),
    ],
)
def test_article_behind_a_stripped_lam_is_restored(text, span, form):
    assert read(text, span) == form


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("سافر للبنان", "لبنان"),
        ("مساعدات لليبيا", "ليبيا"),
        ("تقرير للجنة التحقيق", "لجنة التحقيق"),
        ("هجوم بالمدينة", "المدينة"),
        ("هجوم المدينة", "مدينة"),
        ("قال لوزير الدفاع", "وزير الدفاع"),
        ("قال لوزير الدفاع", "لوزير الدفاع"),
        ("«لجان» الأحياء", "لجان"),
    ],
)
def test_nothing_is_invented(text, span):
    assert read(text, span) == span


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("مُحمَّـــد", "محمد"),
        ("دير\u200f الزور", "دير الزور"),
        ("حيّ\n  الميدان\u00a0القديم", "حي الميدان القديم"),
        ("\ufedf\ufea0\ufee8\ufe94", "لجنة"),
        ("ﷲ", "الله"),
        ("شركة النقل &amp; التوزيع", "شركة النقل & التوزيع"),
        ("قرن ٢١ 😀", "قرن ٢١ 😀"),
    ],
)
def test_marks_forms_and_spaces_are_made_plain(text, form):
    assert readable(text, 0, len(text)) == form == clean(form)


@pytest.mark.parametrize(("start", "end"), [(3, 3), (-1, 2), (0, 9)])
def test_span_outside_the_text_is_refused(start, end):
    with pytest.raises(ValueError, match="does not lie in a text of 5 characters"):
        readable("الجسر", start, end)


@given(st.text("للاوبكمجنةَـّ 🙂\u200f", min_size=1, max_size=12), st.integers(0, 2))
def test_readable_form_adds_at_most_an_article(text, count):
    for start, end in find_words(text):
        start = cut_proclitics(text, start, end, count)
        form, quote = readable(text, start, end), clean(text[start:end])
        assert form in (quote, f"ا{quote}", f"ال{quote}")
        assert not re.search(f"[{charsets.MARK_SET}{charsets.TATWEEL}{charsets.FORMAT_SET}]", form)

"""Datelines are found, and what only looks like one is left."""

import pytest

from rasd.text.datelines import find_dateline
from rasd.text.normalize import Normalizer, NormalizerConfig

REPORT = " قتل ثلاثة جنود في كمين"
FOUND = (
    "عدن (وكالة النخيل) -",
    "صنعاء (أ ف ب) –",
    "دبي، الإمارات العربية المتحدة (CNN)--",
    "(رويترز) -",
    "الخرطوم 14 آذار/مارس (النخيل برس) ـ",
    "القاهرة في 3 أكتوبر (وكالة النخيل) --",
    "بيروت، ٢١ يناير ٢٠٢٣ (المرقاب) -",
    "طرابلس - وكالات:",
    "خاص - شبكة النخيل الإخبارية |",
    "رام الله / وفا /",
    "\u200fعَدَن  (سـانـا)\u00a0-",
    "\n عدن (وكاله النخيل) -",
)
LEFT = (
    "أعلنت حركة التحرير الوطني (فتح) -",
    "قالت الوكالة الرسمية (سانا) -",
    "وقالت وكالة النخيل للأنباء -",
    "وكالة النخيل:",
    "الرئيس السابق - سالم النجار -",
    "القيادي سالم النجار (45 عاما) -",
    "غزة - وكالة الغوث توقف توزيع الطحين:",
    "عدن -",
    "1967 -",
    "قتل جندي في عدن، وقال مراسل المدينة (رويترز) -",
)


@pytest.mark.parametrize("dateline", FOUND)
def test_a_dateline_is_found_up_to_its_dash(dateline):
    assert find_dateline(dateline + REPORT) == len(dateline)


@pytest.mark.parametrize("beginning", LEFT)
def test_what_may_tell_something_is_left(beginning):
    assert find_dateline(beginning + REPORT) == 0


def test_a_dash_within_a_word_ends_no_dateline():
    assert find_dateline("عدن (رويترز)-الحديدة") == 0


def test_long_beginnings_cost_no_more():
    hostile = "عدن 1 مايو (" * 100_000
    assert find_dateline(hostile) == 0
    assert find_dateline("عدن " * 100_000 + FOUND[0] + REPORT) == 0


def test_it_can_be_kept():
    text = FOUND[0] + REPORT
    assert Normalizer(NormalizerConfig(drop_dateline=False)).normalize(text).text == text

"""Counts: every expression of the table, numbers spelt by an independent speller, and what must never crash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from values.number_expressions import FURTHER_NUMBERS
from values.number_expressions import NUMBERS as FIRST_NUMBERS
from values.spelling import spell

from rasd.values import find_count, read_number
from rasd.values.words import fold

NUMBERS = FIRST_NUMBERS + FURTHER_NUMBERS


@pytest.mark.parametrize(("text", "expected"), NUMBERS, ids=[text for text, _ in NUMBERS])
def test_count_gives_its_exact_value(text, expected):
    assert read_number(text).to_dict() == expected


@given(st.one_of(st.integers(1, 2000), st.integers(1, 10**12 - 1)), st.booleans(), st.booleans())
def test_spelt_number_is_read_back(number, is_feminine, is_oblique):
    words = spell(number, is_feminine=is_feminine, is_oblique=is_oblique)
    assert read_number(f"{words} شيء").to_dict() == {"value": number}, words


@given(st.integers(1, 10**9), st.sampled_from(["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "0123456789"]), st.booleans())
def test_digits_of_any_script_are_read_back(number, digits, is_grouped):
    text = f"{number:,}" if is_grouped else str(number)
    text = text.translate(str.maketrans("0123456789,", f"{digits}{'٬' if digits[0] != '0' else ','}"))
    assert read_number(text).to_dict() == {"value": number}


@given(st.lists(st.sampled_from(" ".join(text for text, _ in NUMBERS).split()), max_size=8).map(" ".join))
def test_any_words_give_a_value_or_a_reason(text):
    record = read_number(text).to_dict()
    assert record.get("unresolved") or record.keys() & {"value", "min", "max"}
    if {"min", "max"} <= record.keys():
        assert record["min"] <= record["max"]


@given(st.text(max_size=40))
def test_any_text_gives_a_value_or_a_reason(text):
    assert read_number(text).to_dict()
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ثلاثة جنود", {"value": 3}),
        ("قرابة أربعين راكباً", {"value": 40, "approximate": True}),
        ("قتيلان", {"value": 2}),
        ("مدنيين", None),
        ("قوات الحدود", None),
        ("الكتيبة 14", None),
        ("14 آذار", None),
        ("طالبان", None),
        ("1.600 شخص", None),
        ("", None),
    ],
)
def test_phrase_has_a_count_only_where_it_begins_with_one(text, expected):
    found = find_count(text)
    assert (found and found.to_dict()) == expected


def test_endless_bounds_end():
    text = " و".join(["أقل من 20"] * 5000)
    assert read_number(text).to_dict() == {"unresolved": "several numbers"}

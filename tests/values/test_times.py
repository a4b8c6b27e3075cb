"""Times: every expression of the table, what stands around a time, and what must never crash."""

from __future__ import annotations

import sys
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from values.number_expressions import NUMBERS
from values.time_expressions import DOCUMENT_DATE, FURTHER_TIMES, HIJRI_TIMES, UNDATED_TIMES
from values.time_expressions import TIMES as FIRST_TIMES

from rasd.values import calendars, items, read_time

TIMES = FIRST_TIMES + FURTHER_TIMES
TODAY = date.fromisoformat(DOCUMENT_DATE)
MONTHS = ["يناير", "شباط", "مارس", "نيسان", "ماي", "حزيران", "جويلية", "غشت", "أيلول", "أكتوبر", "نونبر", "ديسمبر"]


def name(table):
    return [text for text, _ in table]


def test_table_is_large():
    assert len(dict(NUMBERS + TIMES + HIJRI_TIMES)) >= 250


@pytest.mark.parametrize(("text", "expected"), TIMES, ids=name(TIMES))
def test_time_gives_its_exact_value(text, expected):
    assert read_time(text, document_date=TODAY).to_dict() == expected


@pytest.mark.parametrize(("text", "expected"), UNDATED_TIMES, ids=name(UNDATED_TIMES))
def test_without_a_document_date_nothing_relative_is_resolved(text, expected):
    assert read_time(text).to_dict() == expected


@pytest.mark.parametrize(("text", "expected"), HIJRI_TIMES, ids=name(HIJRI_TIMES))
def test_hijri_date_is_converted(text, expected):
    pytest.importorskip("hijridate")
    assert read_time(text, document_date=TODAY).to_dict() == expected


def test_without_hijridate_a_hijri_date_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "hijridate", None)
    assert read_time("10 محرم 1437").to_dict() == {"unresolved": calendars.NO_HIJRIDATE}


@pytest.mark.parametrize(
    ("before", "text", "after", "expected"),
    [
        ("سقط الجسر قبل ", "ثلاثة أيام", " في السيول", "2016-03-13"),
        ("سقط الجسر قبل ", "ثلاثة أيام", " من افتتاحه", "P3D"),
        ("والطريق مقطوع ومنذ ", "أسبوعين", "", "2016-03-02/2016-03-16"),
        ("استمر الإضراب ", "أسبوعين", "", "P2W"),
        ("عاد الوفد بعد ", "أسبوعين", "", "P2W"),
    ],
)
def test_words_around_a_time_place_it(before, text, after, expected):
    assert read_time(text, document_date=TODAY, before=before, after=after).iso == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("الخميس", "2016-03-17"),
        ("10 كانون الثاني", "2016-01-10"),
        ("بعد ثلاثة أيام", "2016-03-19"),
        ("بعد أسبوعين", "2016-W13"),
        ("بعد ساعتين", "2016-03-16"),
    ],
)
def test_time_of_what_is_planned_is_the_coming_one(text, expected):
    assert read_time(text, document_date=TODAY, is_planned=True).iso == expected


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_written_date_is_read_back(day):
    for text in (
        f"{day.day} {MONTHS[day.month - 1]} {day.year}",
        f"{day.day}/{day.month}/{day.year}",
        day.isoformat(),
    ):
        value = read_time(text)
        assert (value.start, value.end, value.granularity) == (day, day, "day"), text


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.sampled_from(name(TIMES)))
def test_no_document_date_breaks_the_order_of_days(today, text):
    value = read_time(text, document_date=today)
    if value.unresolved is None and value.start is not None:
        assert value.start <= value.end


@settings(max_examples=200)
@given(st.lists(st.sampled_from(" ".join(name(TIMES)).split()), max_size=7).map(" ".join), st.booleans())
def test_any_words_give_a_value_or_a_reason(text, is_planned):
    value = read_time(text, document_date=TODAY, is_planned=is_planned)
    assert value.unresolved or value.iso or value.min or value.max


@given(st.text(max_size=40), st.text(max_size=20))
def test_any_text_gives_a_value_or_a_reason(text, around):
    value = read_time(text, document_date=TODAY, before=around, after=around)
    assert value.unresolved or value.iso or value.min or value.max


def test_day_beyond_the_calendar_is_unresolved():
    assert read_time("قبل 3000 عام", document_date=TODAY).unresolved in (calendars.NO_SUCH_DAY, items.NO_DATE)
    assert read_time("الشهر الماضي", document_date=date(1, 1, 1)).unresolved == calendars.NO_SUCH_DAY


def test_two_numbers_before_a_joined_unit_are_no_length():
    assert read_time("بين 3 2016 وسنوات", document_date=None).to_dict().keys() == {"unresolved"}
    assert read_time("10 20 و سنوات", document_date=None).to_dict().keys() == {"unresolved"}

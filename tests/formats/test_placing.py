"""Offsets of other tools: what is mended, what is refused, and that the two are told apart."""

from __future__ import annotations

import re
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasd.errors import ReadError
from rasd.formats import placing
from rasd.formats.faults import REPAIRED
from rasd.formats.placing import Placed, place_span, read_text

TEXT = "🚨 عاجل: قَصَفَ الجيش 🔥 بلدة الكروم، ثم دخل البلدة"
ALPHABET = st.sampled_from("ابجد َـ🔥🇸،.a1\n")


def utf16(text, offset):
    return len(text[:offset].encode("utf-16-le")) // 2


def at(words, text=TEXT):
    start = text.index(words)
    return start, start + len(words)


def test_right_offsets_are_taken_as_they_are():
    assert place_span(TEXT, *at("قَصَفَ"), "قَصَفَ") == Placed(start=8, end=14)


def test_utf16_offsets_are_mended():
    start, end = at("بلدة الكروم")
    placed = place_span(TEXT, utf16(TEXT, start), utf16(TEXT, end), "بلدة الكروم")
    assert placed == Placed(start=start, end=end, repair="UTF-16 units")


def test_end_one_past_the_text_is_mended():
    start, end = at("دخل البلدة")
    assert end == len(TEXT)
    assert place_span(TEXT, start, end + 1, "دخل البلدة").repair == "end one too far"
    assert place_span(TEXT, start + 1, end + 1, "دخل البلدة").repair == "one too far"
    placed = place_span(TEXT, utf16(TEXT, start), utf16(TEXT, end) + 1, "دخل البلدة")
    assert (placed.start, placed.end, placed.repair) == (start, end, "UTF-16 units and end one too far")


def test_byte_order_mark_that_was_counted_is_mended():
    start, end = at("الجيش")
    placed = place_span(TEXT, start + 1, end + 1, "الجيش", has_mark=True)
    assert placed == Placed(start=start, end=end, repair="byte order mark counted")


@pytest.mark.parametrize(
    ("text", "shift", "repair"),
    [
        ("وصل الوفد\r\nثم غادر\r\nمساء", -2, "line ends counted as one"),
        ("وصل الوفد\nثم غادر\nمساء", 2, "line ends counted as two"),
    ],
)
def test_line_ends_that_count_otherwise_are_mended(text, shift, repair):
    start, end = at("مساء", text)
    assert place_span(text, start + shift, end + shift, "مساء") == Placed(start=start, end=end, repair=repair)


def test_several_places_that_the_faults_lead_to_are_refused():
    with pytest.raises(ReadError, match="lead to several places: 1-2, 2-3, 4-5"):
        place_span("🔥اا ا", 3, 4, "ا")


def test_words_that_stand_once_are_found_wherever_the_offsets_point():
    assert place_span(TEXT, 0, 5, "الجيش").repair.startswith("offsets that fit no count")


def test_words_that_stand_nowhere_or_often_are_refused():
    with pytest.raises(ReadError, match="stands nowhere"):
        place_span(TEXT, 0, 5, "القرية")
    with pytest.raises(ReadError, match="several places"):
        place_span(TEXT, 0, 3, "بلد")


def test_white_space_in_the_quote_is_any_white_space_and_ends_are_trimmed():
    placed = place_span("دخل\nالجيش ", 0, 10, "دخل الجيش ")
    assert placed == Placed(start=0, end=9, repair="white space at its ends")


def test_without_words_only_what_cannot_be_is_refused():
    assert place_span("وصل الوفد", 4, 9, None) == Placed(start=4, end=9)
    assert place_span(TEXT, *at("الجيش"), None).repair is None
    with pytest.raises(ReadError, match="outside"):
        place_span("وصل", 2, 9, None)
    start, end = at("الجيش")
    with pytest.raises(ReadError, match="UTF-16"):
        place_span(TEXT, utf16(TEXT, start), utf16(TEXT, end), None)


@settings(max_examples=40, deadline=None)
@given(st.text(ALPHABET, min_size=1, max_size=30), st.data())
def test_what_is_placed_holds_the_quoted_words(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    words = text[start:end]
    shift = data.draw(st.sampled_from([(0, 0), (0, 1), (1, 1), (-1, -1), (5, 9)]))
    count = data.draw(st.sampled_from([lambda text, offset: offset, utf16]))
    try:
        placed = place_span(text, count(text, start) + shift[0], count(text, end) + shift[1], words)
    except ReadError:
        assert shift != (0, 0) or count is utf16 or not words.strip()
        return
    assert text[placed.start : placed.end].split() == words.split()
    if shift == (0, 0) and count is not utf16:
        assert start <= placed.start and placed.end <= end


def test_byte_order_mark_of_a_file_is_taken_off_and_told(tmp_path):
    faults = []
    (tmp_path / "a.txt").write_bytes("\ufeffوصل\r\n".encode())
    assert read_text(tmp_path / "a.txt", faults) == ("وصل\r\n", True)
    assert [(fault.kind, fault.action) for fault in faults] == [("byte order mark", REPAIRED)]


def test_other_encodings_are_refused_with_the_command_that_converts(tmp_path):
    (tmp_path / "a.txt").write_bytes("وصل".encode("cp1256"))
    with pytest.raises(ReadError, match=r"a\.txt:1: not UTF-8 .* iconv -f WINDOWS-1256"):
        read_text(tmp_path / "a.txt", [])
    (tmp_path / "b.txt").write_bytes("وصل".encode("utf-16"))
    with pytest.raises(ReadError, match="UTF-16"):
        read_text(tmp_path / "b.txt", [])


def test_words_that_stand_within_another_word_alone_are_refused():
    text = "في زمن الحرب وصل المسعفون إلى بلدة الكرمة"
    with pytest.raises(ReadError, match="within another word alone"):
        place_span(text, 90, 92, "من")
    with pytest.raises(ReadError, match="within another word alone"):
        place_span(text, 90, 94, "مسعف")
    placed = place_span("وبالكرمة", 40, 46, "الكرمة")
    assert (placed.start, placed.end) == (2, 8)


def test_offsets_of_a_long_text_are_counted_once(monkeypatch):
    text = "🔥 " + " ".join(f"بلدة{i}" for i in range(300))
    spans = [(match.start(), match.end()) for match in re.finditer(r"\S+", text)][1:]
    num = []
    monkeypatch.setattr(placing, "accumulate", lambda items: num.append(1) or accumulate(items))
    placing._count_otherwise.cache_clear()
    for start, end in spans:
        placed = place_span(text, start + 1, end + 1, text[start:end])
        assert (placed.start, placed.end, placed.repair) == (start, end, "UTF-16 units")
    assert len(num) == 1

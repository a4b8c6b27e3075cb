"""OffsetMap: rules compose, spans go both ways, nothing steps backwards."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasd.text.offsets import OffsetMap, apply_edits, substitute


def start(text: str) -> tuple[str, OffsetMap]:
    return text, OffsetMap.identity(len(text))


def test_identity_maps_each_character_to_itself():
    offsets = OffsetMap.identity(3)
    assert (offsets.starts, offsets.ends) == ([0, 1, 2], [1, 2, 3])
    assert len(offsets) == 3


def test_deleted_mark_stays_with_the_letter_before_it():
    text, offsets = apply_edits(*start("بِ ت"), [(1, 2, "")])
    assert text == "ب ت"
    assert offsets.to_source(0, 1) == (0, 2)
    assert offsets.to_source(1, 2) == (2, 3)


def test_deletion_with_nothing_before_it_belongs_to_no_character():
    text, offsets = apply_edits(*start("\u200fسد"), [(0, 1, "")])
    assert text == "سد"
    assert offsets.to_source(0, 2) == (1, 3)
    assert offsets.to_normalized(0, 1) == (0, 0)


def test_insertion_has_no_width():
    text, offsets = apply_edits(*start("3م"), [(1, 1, " ")])
    assert text == "3 م"
    assert [offsets.to_source(i, i + 1) for i in range(3)] == [(0, 1), (1, 1), (1, 2)]
    assert offsets.to_normalized(0, 1) == (0, 1)
    assert offsets.to_normalized(1, 2) == (2, 3)


@pytest.mark.parametrize(("position", "span"), [(0, (0, 0)), (2, (2, 2))])
def test_insertion_at_an_end_stands_at_that_end(position: int, span: tuple[int, int]):
    text, offsets = apply_edits(*start("نص"), [(position, position, "+")])
    assert offsets.to_source(text.index("+"), text.index("+") + 1) == span


def test_replacement_gives_every_character_the_whole_stretch():
    text, offsets = apply_edits(*start("ق &amp; ل"), [(2, 7, "[و]")])
    assert text == "ق [و] ل"
    assert offsets.starts[2:5] == [2, 2, 2]
    assert offsets.ends[2:5] == [7, 7, 7]
    assert offsets.to_normalized(3, 4) == (2, 5)


def test_insertion_inside_a_replacement_covers_the_whole_stretch():
    text, offsets = apply_edits(*start("½"), [(0, 1, "12")])
    text, offsets = apply_edits(text, offsets, [(1, 1, " ")])
    assert text == "1 2"
    assert offsets == OffsetMap([0, 0, 0], [1, 1, 1])


def test_edit_leaves_the_old_map_alone():
    offsets = OffsetMap.identity(2)
    offsets.edit([(1, 2, "")])
    assert offsets == OffsetMap.identity(2)


def test_no_edits_give_the_same_map():
    text, offsets = start("نص")
    assert apply_edits(text, offsets, [])[1] is offsets
    assert substitute(text, offsets, re.compile("x"), "y")[1] is offsets


def test_empty_spans_map_to_empty_spans():
    offsets = OffsetMap.identity(4).edit([(1, 3, "")])
    assert offsets.to_source(1, 1) == (3, 3)
    assert offsets.to_source(2, 2) == (4, 4)
    assert OffsetMap.identity(0).to_source(0, 0) == (0, 0)
    first, last = offsets.to_normalized(2, 2)
    assert first == last


@pytest.mark.parametrize("span", [(-1, 1), (2, 1), (0, 3)])
def test_span_outside_the_text_is_refused(span: tuple[int, int]):
    with pytest.raises(IndexError, match="not in a normalised text of 2 characters"):
        OffsetMap.identity(2).to_source(*span)


@st.composite
def edited_texts(draw: st.DrawFn) -> tuple[str, str, OffsetMap]:
    """A source, what several random rules make of it, and the map."""
    source = draw(st.text("ابتًـ 1٢.[", max_size=20))
    text, offsets = start(source)
    for _ in range(draw(st.integers(0, 4))):
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
        edits = []
        for first, last in zip(cuts[::2], cuts[1::2], strict=False):
            if not edits or first > edits[-1][1]:
                edits.append((first, last, draw(st.text("سك -", max_size=3))))
        text, offsets = apply_edits(text, offsets, edits)
    return source, text, offsets


@given(edited_texts())
def test_positions_never_step_backwards_nor_leave_the_source(case: tuple[str, str, OffsetMap]):
    source, text, offsets = case
    assert len(offsets) == len(offsets.ends) == len(text)
    assert offsets.starts == sorted(offsets.starts)
    assert offsets.ends == sorted(offsets.ends)
    assert all(0 <= low <= high <= len(source) for low, high in zip(offsets.starts, offsets.ends, strict=True))


@given(edited_texts())
def test_characters_follow_each_other_without_gaps(case: tuple[str, str, OffsetMap]):
    source, _, offsets = case
    assert all(low <= high for low, high in zip(offsets.starts[1:], offsets.ends, strict=False))
    assert not offsets.ends or offsets.ends[-1] <= len(source)


@given(edited_texts(), st.data())
def test_the_way_there_and_back_holds_the_span(case: tuple[str, str, OffsetMap], data: st.DataObject):
    _, text, offsets = case
    first = data.draw(st.integers(0, len(text)))
    last = data.draw(st.integers(first, len(text)))
    low, high = offsets.to_source(first, last)
    back = offsets.to_normalized(low, high)
    if low < high:
        # Characters without width at the edges of the span may be left out.
        kept = [i for i in range(first, last) if offsets.starts[i] < offsets.ends[i]]
        assert back[0] <= kept[0]
        assert kept[-1] < back[1]
        assert offsets.to_source(*back)[0] <= low

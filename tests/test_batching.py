"""Batches under a token budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasd.inference.batching import batch_by_tokens


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 1000))
def test_every_item_comes_once_within_the_budget_longest_first(lengths, max_tokens):
    batches = list(batch_by_tokens(lengths, max_tokens))
    assert sorted(item for batch in batches for item in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = max(lengths[item] for item in batch)
        assert len(batch) == 1 or longest * len(batch) <= max_tokens
    heads = [lengths[batch[0]] for batch in batches]
    assert heads == sorted(heads, reverse=True)


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(1, 1000), st.integers(1, 600))
def test_a_batch_that_is_large_enough_takes_items_of_like_length_alone(lengths, max_tokens, enough):
    batches = list(batch_by_tokens(lengths, max_tokens, enough=enough))
    assert sorted(item for batch in batches for item in batch) == list(range(len(lengths)))
    for batch in batches:
        longest = lengths[batch[0]]
        assert len(batch) == 1 or longest * len(batch) <= max_tokens
        for place, item in enumerate(batch):
            assert longest * place < enough or lengths[item] >= 0.9 * longest


def test_ties_decide_the_order_of_items_of_one_length():
    batches = list(batch_by_tokens([5, 7, 5, 5, 7], 10, ties=[1, 0, 3, 2, 4]))
    assert batches == [[4], [1], [2, 3], [0]]


def test_budget_below_one_token_is_refused():
    with pytest.raises(ValueError, match="at least 1 token"):
        list(batch_by_tokens([1], 0))

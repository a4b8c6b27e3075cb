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


def test_budget_below_one_token_is_refused():
    with pytest.raises(ValueError, match="at least 1 token"):
        list(batch_by_tokens([1], 0))

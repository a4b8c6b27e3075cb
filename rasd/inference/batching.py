"""Batches of like length under a token budget, the largest first, and the budget itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

# Padded word pieces of one batch on the CPU, where a backend has no other wish; enough to fill its cores. Always the
# same, so that predictions are, too.
BATCH_TOKENS = 4096
# Tokens from which on a larger batch gains less there than its padding costs, and what share of its longest item's
# length the others have in a batch with little padding.
ENOUGH_TOKENS, _LIKE = 512, 0.9
# On a GPU the most that can make it faster, and what is not gone below.
MOST_TOKENS, LEAST_TOKENS = 2**16, 512


def probe_budget(fits: Callable[[int], bool]) -> int:
    """Return how many padded word pieces a batch may hold on a device whose memory nobody knows.

    Half of what fits, since the scores of one batch are still in use, and its arguments computed, while the next runs.

    Args:
        fits: Whether a batch of so many pieces runs; asked for the largest first, then for half of it, and so on.
    """
    budget = MOST_TOKENS
    while budget > LEAST_TOKENS and not fits(2 * budget):
        budget //= 2
    return budget


def batch_by_tokens(
    lengths: Sequence[int], max_tokens: int, *, ties: Sequence[int] | None = None, enough: int | None = None
) -> Iterator[list[int]]:
    """Group items so that no batch, padded to its longest item, holds more than `max_tokens` tokens.

    The longest items come first, so that a device with too little memory shows it at once. An item longer than the
    budget is a batch of its own.

    Args:
        lengths: Tokens of each item.
        max_tokens: Budget of a batch, padding included.
        ties: What else is padded, such as the words of each item: items of one length come in its order.
        enough: Tokens from which on a batch takes no item that would be padded by more than a ninth of itself; None
            fills every batch.

    Yields:
        Positions of a batch's items; every position comes exactly once.

    Raises:
        ValueError: If the budget is not positive.
    """
    if max_tokens < 1:
        raise ValueError(f"a batch needs a budget of at least 1 token, got {max_tokens}")
    keys = lengths if ties is None else list(zip(lengths, ties, strict=True))
    order = sorted(range(len(lengths)), key=keys.__getitem__, reverse=True)
    batch: list[int] = []
    for item in order:
        size = lengths[batch[0]] if batch else 0
        is_shorter = enough is not None and size * len(batch) >= enough and lengths[item] < _LIKE * size
        if batch and (size * (len(batch) + 1) > max_tokens or is_shorter):
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch

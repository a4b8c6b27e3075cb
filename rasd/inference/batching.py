"""Batches of like length under a token budget, the largest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def batch_by_tokens(lengths: Sequence[int], max_tokens: int) -> Iterator[list[int]]:
    """Group items so that no batch, padded to its longest item, holds more than `max_tokens` tokens.

    The longest items come first, so that a device with too little memory shows it at once. An item longer than the
    budget is a batch of its own.

    Args:
        lengths: Tokens of each item.
        max_tokens: Budget of a batch, padding included.

    Yields:
        Positions of a batch's items; every position comes exactly once.

    Raises:
        ValueError: If the budget is not positive.
    """
    if max_tokens < 1:
        raise ValueError(f"a batch needs a budget of at least 1 token, got {max_tokens}")
    order = sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True)
    batch: list[int] = []
    for item in order:
        if batch and lengths[batch[0]] * (len(batch) + 1) > max_tokens:
            yield batch
            batch = []
        batch.append(item)
    if batch:
        yield batch

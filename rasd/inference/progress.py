"""A bar on standard error that counts documents, and moves while a pool of them is run."""

from __future__ import annotations

from types import TracebackType
from typing import Any


class Progress:
    """A context with a bar that counts documents.

    Args:
        total: How many there are, None where nobody knows.
        is_shown: Whether there is a bar; None shows one where standard error is a terminal.
        num_done: How many were done before.
    """

    def __init__(self, total: int | None = None, *, is_shown: bool | None = False, num_done: int = 0) -> None:
        self._total, self._is_shown, self._num_done = total, is_shown, num_done
        self._bar: Any = None
        self._size = self._told = 0

    def __enter__(self) -> Progress:
        if self._is_shown is not False:
            from tqdm import tqdm

            disable = None if self._is_shown is None else False  # tqdm takes None for "unless it is a terminal"
            self._bar = tqdm(
                total=self._total, initial=self._num_done, unit=" documents", disable=disable, dynamic_ncols=True
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def begin(self, num_documents: int) -> None:
        """Say how many documents are run next."""
        self._size, self._told = num_documents, 0

    def tell(self, share: float) -> None:
        """Say which share of them is done, from 0 to 1."""
        count = int(share * self._size)
        if self._bar is not None:
            self._bar.update(count - self._told)
        self._told = count

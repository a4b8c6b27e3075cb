"""Doing the next thing in a thread while the present one is in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def map_ahead(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[tuple[_Item, Future[_Result]]]:
    """Yield each item with the future of `function(item)`, which is computed while the item before is in use.

    `items` is read in the caller's thread, one item ahead: a database cursor or a generator may not like another, and
    no thread is ever stuck in it. What it raises comes after the items before. Closing the iterator waits for the one
    call in progress.
    """
    source = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="rasd-ahead") as worker:

        def take() -> tuple[_Item, Future[_Result]] | Exception | None:
            try:
                item = next(source)
            except StopIteration:
                return None
            except Exception as err:  # raised when its turn comes
                return err
            return item, worker.submit(function, item)

        coming = take()
        while coming is not None:
            if isinstance(coming, Exception):
                raise coming
            present = coming
            present[1].exception()  # waits, so that the thread is free when the next item comes
            coming = take()
            yield present

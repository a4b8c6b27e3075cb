"""Giving memory back to the system: what batches of many sizes leave free in the heap, glibc keeps.

Over a long stream the process would hold twice or three times what it uses; see docs/speed.md.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


def release_free_memory() -> None:
    """Return the free pages of the heap to the system where its allocator can be asked to; some ten milliseconds."""
    trim = _find_trim()
    if trim is not None:
        trim(0)


@cache
def _find_trim() -> Any:
    """Return glibc's `malloc_trim`, None where there is none; other allocators give pages back on their own."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None

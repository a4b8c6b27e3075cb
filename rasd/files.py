"""Writing files so that nothing half-written is taken for whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def open_whole(path: str | Path) -> Iterator[TextIO]:
    """Open a UTF-8 text file for writing that appears whole or not at all.

    It is written beside `path` under another name and renamed at the end; devices and pipes are written directly.
    """
    target = Path(path).resolve()
    if target.exists() and not target.is_file():
        with open(target, "w", encoding="utf-8", newline="\n") as file:
            yield file
        return
    part = target.with_name(target.name + ".part")
    try:
        with open(part, "w", encoding="utf-8", newline="\n") as file:
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)

"""Writing files so that nothing half-written is taken for whole."""

from __future__ import annotations

import secrets
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
    # A name that nobody else has: neither a file of the user's nor that of another run that writes the same file. Not
    # `tempfile`, whose files are readable by their owner alone.
    part = target.with_name(f".rasd-{secrets.token_hex(8)}.part")
    try:
        file = open(part, "x", encoding="utf-8", newline="\n")  # noqa: SIM115
    except OSError as err:
        raise OSError(err.errno, err.strerror, str(target)) from err
    try:
        with file:
            yield file
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)

"""Writing files so that nothing half-written is taken for whole, and telling files apart by what they hold."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath, PureWindowsPath
from typing import IO, Any, BinaryIO

from rasd.errors import OutputError

# What `open_whole` calls a file until it is whole.
PART_NAMES = ".rasd-*.part"


@contextmanager
def open_whole(path: str | Path, *, is_binary: bool = False) -> Iterator[IO[Any]]:
    """Open a file for writing, UTF-8 text or bytes, that appears whole or not at all, even if the power fails.

    It is written beside `path` under another name and renamed at the end; devices and pipes are written directly.
    """
    target = Path(path).resolve()
    how: dict[str, Any] = {} if is_binary else {"encoding": "utf-8", "newline": "\n"}
    if target.exists() and not target.is_file():
        with open(target, "wb" if is_binary else "w", **how) as file:
            yield file
        return
    # A name that nobody else has: neither a file of the user's nor that of another run that writes the same file. Not
    # `tempfile`, whose files are readable by their owner alone.
    part = target.with_name(f".rasd-{secrets.token_hex(8)}.part")
    try:
        file = open(part, "xb" if is_binary else "x", **how)  # noqa: SIM115
    except OSError as err:
        raise OSError(err.errno, err.strerror, str(target)) from err
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def hide_folders(value: Any) -> Any:
    """Return a record for others, in which paths that tell of this machine are cut down to their last name.

    Args:
        value: What JSON can hold; absolute paths of POSIX and Windows, and those that begin with ~, are cut at any
            depth, in keys too.
    """
    if isinstance(value, Mapping):
        return {hide_folders(key): hide_folders(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hide_folders(item) for item in value]
    if not isinstance(value, str) or "\n" in value:
        return value
    if PureWindowsPath(value).is_absolute():
        return PureWindowsPath(value).name or value
    return (PurePath(value).name or value) if value.startswith(("/", "~")) else value


def write_folder_whole(path: str | Path, files: Mapping[str, str]) -> None:
    """Write a folder of UTF-8 files that appears whole or not at all.

    Args:
        path: A folder that is not there yet, or is empty.
        files: Name -> content.

    Raises:
        OutputError: If something else is there.
    """
    target = Path(path).resolve()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise OutputError(f"cannot write {path}: it is there already and not an empty folder; name another one")
    part = target.with_name(f".rasd-{secrets.token_hex(8)}.part")
    part.mkdir()
    try:
        for name, content in files.items():
            with open_whole(part / name) as file:
                file.write(content)
        if target.exists():
            target.rmdir()  # on Windows a folder cannot be renamed onto another
        part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def checksum(path: str | Path) -> str:
    """Return the SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else _digest(file)


def _digest(file: BinaryIO) -> str:
    """Python 3.10 has no `hashlib.file_digest`."""
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()

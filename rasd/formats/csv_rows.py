"""CSV with a header: rows by column name, each with the line on which it begins."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from rasd.errors import ReadError

# What spreadsheets take for the start of a formula, also after blanks; a quotation mark before it makes it text.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_MAX_FIELD = 1 << 26  # code points of one field; Python's own limit is 128 Ki, less than a long report has


def read_columns(handle: BinaryIO, name: str) -> list[str]:
    """Return the names of the columns of an open file, whose own name is for errors.

    Raises:
        ReadError: If the first line has none.
    """
    with _open(handle) as reader:
        return _read_header(reader, name)


def read_rows(handle: BinaryIO, name: str) -> Iterator[tuple[int, dict[str, str] | ReadError]]:
    """Yield (line from 1, row or what is wrong with it); a row may go over several lines, empty lines are none.

    A byte that is not UTF-8 becomes half a surrogate pair.

    Raises:
        ReadError: If there is no header.
    """
    with _open(handle) as reader:
        header = _read_header(reader, name)
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader, None)
            except csv.Error as err:
                yield line, ReadError(f'not valid CSV: {err}; a quote inside a quoted field is doubled: ""')
                continue
            if row is None:
                return
            if len(row) == len(header):
                yield line, dict(zip(header, row, strict=True))
            elif row:
                hint = (
                    "; a field that holds commas, quotes or line ends must be quoted" if len(row) > len(header) else ""
                )
                yield line, ReadError(f"the row has {len(row)} columns, the header {len(header)}{hint}")


def guard_formula(cell: Any) -> Any:
    """Return a cell that no spreadsheet runs; numbers stay as they are.

    Example:
        >>> guard_formula("=1+1"), guard_formula(-9.0)
        ("'=1+1", -9.0)
    """
    if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell


def unguard_formula(cell: str) -> str:
    """Return a cell as it was before `guard_formula`."""
    return cell[1:] if cell.startswith("'") and guard_formula(cell[1:]) == cell else cell


@contextmanager
def _open(handle: BinaryIO) -> Iterator[Any]:
    """Return a strict reader of comma-separated values; the mark that Excel puts in front is no part of any field."""
    csv.field_size_limit(max(csv.field_size_limit(), _MAX_FIELD))
    text = io.TextIOWrapper(handle, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield csv.reader(text, strict=True)
    finally:
        text.detach()  # or it would close the handle


def _read_header(reader: Any, name: str) -> list[str]:
    try:
        header = next(reader, [])
    except csv.Error as err:
        raise ReadError(f"{name}:1: the header is not valid CSV: {err}") from err
    if not header:
        raise ReadError(f"{name}:1: the first line is empty; expected the names of the columns")
    return header

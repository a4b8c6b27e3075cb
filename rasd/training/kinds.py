"""Whether a value read from YAML is of the kind that a field's type says, and how to say what it should be."""

from __future__ import annotations

import re
import types
from typing import Any, Union, get_args, get_origin


def fits(value: Any, hint: Any) -> bool:
    """Return whether a YAML value is of a type such as `int`, `str | None` or `list[str]`; a bool is no number."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return any(fits(value, item) for item in get_args(hint))
    if hint is type(None):
        return value is None
    if origin is list:
        return isinstance(value, list) and all(fits(item, get_args(hint)[0]) for item in value)
    if origin is dict:
        key_hint, value_hint = get_args(hint)
        return isinstance(value, dict) and all(
            fits(key, key_hint) and fits(item, value_hint) for key, item in value.items()
        )
    if hint is Any:
        return True
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, hint)


def describe(hint: Any) -> str:
    """Return what a type is called in a message."""
    text = hint.__name__ if isinstance(hint, type) and get_origin(hint) is None else str(hint)
    return text.replace("str", "text").replace("int", "a whole number").replace("float", "a number")


def float_hint(value: Any) -> str:
    """Return how to write a number such as 1e-5, which YAML reads as text; nothing for other values."""
    if isinstance(value, str) and (number := re.fullmatch(r"([+-]?\d+)(\.\d+)?([eE][+-]?\d+)", value)):
        whole, fraction, exponent = number.groups()
        return f"; YAML takes {value} for text, write {whole}{fraction or '.0'}{exponent}"
    return ""

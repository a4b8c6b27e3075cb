"""Machine-readable values beside the exact quotes of arguments: numbers, dates, places, and a readable form.

    from rasd.values import add_values
    sentences = add_values(document.sentences, document_date="2016-03-14", gazetteer="places.sqlite")

docs/values.md says what each field means and what stays unresolved. Names are loaded on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Gazetteer": "rasd.values.gazetteer",
    "NumberValue": "rasd.values.numbers",
    "PlaceValue": "rasd.values.gazetteer",
    "TimeValue": "rasd.values.items",
    "ValueReader": "rasd.values.add",
    "VALUE_COLUMNS": "rasd.values.summary",
    "add_values": "rasd.values.add",
    "build_gazetteer": "rasd.values.gazetteer",
    "find_count": "rasd.values.numbers",
    "flatten_values": "rasd.values.summary",
    "parse_date": "rasd.values.add",
    "read_number": "rasd.values.numbers",
    "read_time": "rasd.values.times",
    "readable": "rasd.text.readable",
    "summarize_values": "rasd.values.summary",
}
__all__ = [
    "Gazetteer",
    "NumberValue",
    "PlaceValue",
    "TimeValue",
    "ValueReader",
    "VALUE_COLUMNS",
    "add_values",
    "build_gazetteer",
    "find_count",
    "flatten_values",
    "parse_date",
    "read_number",
    "read_time",
    "readable",
    "summarize_values",
]

if TYPE_CHECKING:
    from rasd.text.readable import readable
    from rasd.values.add import ValueReader, add_values, parse_date
    from rasd.values.gazetteer import Gazetteer, PlaceValue, build_gazetteer
    from rasd.values.items import TimeValue
    from rasd.values.numbers import NumberValue, find_count, read_number
    from rasd.values.summary import VALUE_COLUMNS, flatten_values, summarize_values
    from rasd.values.times import read_time


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rasd.values' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)

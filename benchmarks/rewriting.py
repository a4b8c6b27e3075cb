"""Edits of a text that keep where every character of it went."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Start and end in the old text, and what is put there; equal start and end insert beside what stands there.
Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Perturbed:
    """A rewritten text.

    Attributes:
        text: What became of the old text.
        places: Where each code point of the old text stands now, half-open; empty where it was dropped.
    """

    text: str
    places: tuple[tuple[int, int], ...]

    def map_span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return where a span of the old text stands now, without white space at its ends; None if nothing is left."""
        kept = [place for place in self.places[start:end] if place[0] < place[1]]
        if not kept:
            return None
        first, last = kept[0][0], kept[-1][1]
        piece = self.text[first:last]
        if not piece.strip():
            return None
        return first + len(piece) - len(piece.lstrip()), first + len(piece.rstrip())


def rewrite(text: str, edits: Iterable[Edit]) -> Perturbed:
    """Apply edits that are in order and apart; as many new code points as old ones stand for each other one by one."""
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    length = 0
    position = 0
    for start, end, new in (*edits, (len(text), len(text), "")):
        places += [(length + i, length + i + 1) for i in range(start - position)]
        length += start - position
        if len(new) == end - start:
            places += [(length + i, length + i + 1) for i in range(len(new))]
        else:
            places += [(length, length + len(new))] * (end - start)
        pieces += (text[position:start], new)
        length += len(new)
        position = end
    return Perturbed("".join(pieces), tuple(places))


def swap(text: str, table: dict[str, str], pattern: str = ".") -> Perturbed:
    """Put what the table says for each match of one character that it holds."""
    found = (match for match in re.finditer(pattern, text) if match.group() in table)
    return rewrite(text, [(*match.span(), table[match.group()]) for match in found])

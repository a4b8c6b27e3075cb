"""Positions of a normalised text in its source, kept exact while rules rewrite the text.

All spans are half-open and count code points. An `OffsetMap` holds, for each character of the normalised text, where
it starts and ends in the source; both lists never decrease.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

# Start and end in the text as it stands before the rule, and what is put there.
Edit = tuple[int, int, str]


class OffsetMap:
    """Where each character of a normalised text comes from.

    Rules compose: each `edit` takes the positions of the text before the rule and gives a new map that still points
    into the source.

    - A replaced stretch gives all its new characters the whole stretch.
    - A deleted stretch is joined to the character before it, so that a trailing mark stays with its letter. With no
      character before it, it belongs to none.
    - An inserted character has no width: it stands between its neighbours.

    Attributes:
        starts: source position at which each normalised character starts.
        ends: source position at which it ends.
    """

    __slots__ = ("ends", "starts")

    def __init__(self, starts: list[int], ends: list[int]) -> None:
        self.starts = starts
        self.ends = ends

    @classmethod
    def identity(cls, length: int) -> OffsetMap:
        """Return the map of a text of this length onto itself."""
        return cls(list(range(length)), list(range(1, length + 1)))

    def __len__(self) -> int:
        return len(self.starts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OffsetMap):
            return NotImplemented
        return self.starts == other.starts and self.ends == other.ends

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"OffsetMap(starts={self.starts}, ends={self.ends})"

    def edit(self, edits: Sequence[Edit]) -> OffsetMap:
        """Return the map after a rule.

        Args:
            edits: replaced stretches, in order and apart. Equal start and end insert; an empty string deletes.

        Returns:
            A new map; this one is left as it is.
        """
        old_starts, old_ends = self.starts, self.ends
        length = len(old_starts)
        starts: list[int] = []
        ends: list[int] = []
        position = 0
        for start, end, replacement in edits:
            starts += old_starts[position:start]
            ends += old_ends[position:start]
            position = end
            if start == end:
                before = old_ends[start - 1] if start else (old_starts[0] if length else 0)
                after = old_starts[start] if start < length else before
                # Inside a replaced stretch both neighbours cover all of it, and so does what comes between them.
                low, high = (before, after) if before <= after else (after, before)
            else:
                low, high = old_starts[start], old_ends[end - 1]
            size = len(replacement)
            if size == 1:
                starts.append(low)
                ends.append(high)
            elif size:
                starts += [low] * size
                ends += [high] * size
            elif ends and start < end:
                ends[-1] = high
        starts += old_starts[position:]
        ends += old_ends[position:]
        return OffsetMap(starts, ends)

    def slice(self, start: int, end: int) -> OffsetMap:
        """Return the map of normalised text `[start, end)`; positions still point into the whole source."""
        return OffsetMap(self.starts[start:end], self.ends[start:end])

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Return the source span of a span of the normalised text.

        Args:
            start: first normalised character.
            end: one past the last.

        Returns:
            The source span, deleted characters included. An empty span gives an empty one.

        Raises:
            IndexError: the span does not lie in the normalised text.
        """
        if not 0 <= start <= end <= len(self.starts):
            raise IndexError(f"span ({start}, {end}) is not in a normalised text of {len(self.starts)} characters")
        if start < end:
            return self.starts[start], self.ends[end - 1]
        if start < len(self.starts):
            return self.starts[start], self.starts[start]
        position = self.ends[-1] if self.ends else 0
        return position, position

    def to_normalized(self, start: int, end: int) -> tuple[int, int]:
        """Return the smallest span of the normalised text that holds a source span.

        Args:
            start: first source character.
            end: one past the last.

        Returns:
            The normalised span. It is empty where normalisation left nothing of the source span, or the source span
            is empty.
        """
        first = bisect_right(self.ends, start)
        last = bisect_left(self.starts, end)
        return (first, last) if first < last and start < end else (first, first)


def apply_edits(text: str, offsets: OffsetMap, edits: Sequence[Edit]) -> tuple[str, OffsetMap]:
    """Return the text and its map after a rule; both unchanged if there are no edits.

    Args:
        text: the text the edits point into.
        offsets: its map.
        edits: as in `OffsetMap.edit`.
    """
    if not edits:
        return text, offsets
    pieces: list[str] = []
    position = 0
    for start, end, replacement in edits:
        pieces.append(text[position:start])
        pieces.append(replacement)
        position = end
    pieces.append(text[position:])
    return "".join(pieces), offsets.edit(edits)


def substitute(text: str, offsets: OffsetMap, pattern: re.Pattern[str], replacement: str) -> tuple[str, OffsetMap]:
    """Return the text with each match of `pattern` replaced, and its map. `replacement` is taken as it stands."""
    return apply_edits(text, offsets, [(*match.span(), replacement) for match in pattern.finditer(text)])

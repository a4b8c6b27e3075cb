"""What an importer met that it could not take as it stood, and what it did about it.

Readers yield sentences and faults, one after another; nothing that stood in the source is dropped without a fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

REPAIRED = "repaired"
"""The source was wrong, what it meant is certain, and that was taken."""
CHANGED = "changed"
"""The source was right, and rasd's data types can hold it in another shape only."""
KEPT = "kept"
"""It was taken as it stood, though a checkpoint of the ontology cannot learn it."""
LEFT_OUT = "left out"
"""It was not taken."""
NOTED = "not carried"
"""A layer that rasd does not have, such as coreference, or something that says nothing about events."""

ACTIONS = (REPAIRED, CHANGED, KEPT, LEFT_OUT, NOTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that was not taken as it stood.

    Attributes:
        path: The file.
        place: Where in it: "12" for a line or row (from 1), or the name of the element, such as "T3".
        kind: What sort of fault it is, in few words, for counting.
        reason: What was got, what was expected.
        action: What was done: one of `ACTIONS`.
        count: How many things of the kind it speaks of.
    """

    path: str
    place: str
    kind: str
    reason: str
    action: str
    count: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.place}: {self.reason}; {self.action}"

    def to_dict(self) -> dict[str, str | int]:
        """Return the fault as a JSON-ready dict."""
        return asdict(self)


def count_faults(faults: Iterable[Fault]) -> list[str]:
    """Return lines such as "left out: 3 x argument in another sentence", in the order of `ACTIONS`."""
    num: Counter[tuple[str, str]] = Counter()
    for fault in faults:
        num[fault.action, fault.kind] += fault.count
    ordered = sorted(num.items(), key=lambda item: (ACTIONS.index(item[0][0]), -item[1], item[0][1]))
    return [f"{action}: {count:,} x {kind}" for (action, kind), count in ordered]

"""Print score files as the rows of docs/results.md: python scripts/results_table.py NAME=scores.json ...

Takes what `rasd evaluate --output` and `scripts/evaluate_real.py --output` write.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

METRICS = ("typing", "tri_i", "tri_c", "arg_i", "arg_c", "arg_c_plus", "realis")


def main() -> None:
    """Print one row a file."""
    print("| scored on | typing | Tri-I | Tri-C | Arg-I | Arg-C | Arg-C+ | realis |")
    print("|---" * (len(METRICS) + 1) + "|")
    for item in sys.argv[1:]:
        name, _, path = item.rpartition("=")
        record = json.loads(Path(path).read_text(encoding="utf-8"))
        scores = record.get("real", record)
        cells = [cell(scores[metric]) for metric in METRICS]
        print(f"| {name} | " + " | ".join(cells) + " |")


def cell(score: dict) -> str:
    """Return F1 and its interval in percent."""
    total = score["num_gold"] + score["num_predicted"]
    low, high = score["interval"]
    return f"{200 * score['num_matched'] / max(1, total):.1f} ({100 * low:.1f}-{100 * high:.1f})"


if __name__ == "__main__":
    main()

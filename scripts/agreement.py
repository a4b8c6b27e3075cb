"""Print how well the two blind annotations of dev and test agree: python scripts/agreement.py [--details].

The first annotation plays gold and the second prediction; F1 does not tell the two apart. What the corpus holds is the
adjudication of both.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.formats.jsonl import read_sentences
from rasd.metrics import format_table, score_events
from rasd.ontology import Ontology

FOLDER = Path(__file__).resolve().parents[1] / "data" / "conflict" / "agreement"


def main() -> None:
    """Print agreement over the sentences that were annotated twice."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--details", action="store_true", help="per type and per role")
    options = parser.parse_args()
    ontology = Ontology.load("conflict")
    first, second = (read_sentences(FOLDER / f"{name}.jsonl", ontology) for name in ("first", "second"))
    print(f"{len(first)} sentences annotated twice")
    print(format_table(score_events(first, second), by_type=options.details, by_role=options.details))


if __name__ == "__main__":
    main()

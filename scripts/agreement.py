"""Print how well the two blind annotations of dev and test agree: python scripts/agreement.py [--details].

The first annotation plays gold and the second prediction; F1 does not tell the two apart. What the corpus holds is the
adjudication of both. corpus_report.py puts the same scores into the datasheet.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.errors import RasdError, ReadError
from rasd.formats.jsonl import read_sentences
from rasd.metrics import METRICS, Score, Scores, format_table, score_events
from rasd.ontology import Ontology

FOLDER = Path(__file__).resolve().parents[1] / "data" / "conflict" / "agreement"


def main() -> int:
    """Print agreement over the sentences that were annotated twice; 2 where they cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--details", action="store_true", help="per type and per role")
    options = parser.parse_args()
    try:
        scores = score_agreement(FOLDER, Ontology.load("conflict"))
    except RasdError as err:
        print(f"agreement: {err}", file=sys.stderr)
        return 2
    print(f"{scores.num_sentences} sentences annotated twice")
    print(format_table(scores, by_type=options.details, by_role=options.details))
    return 0


def score_agreement(folder: Path, ontology: Ontology) -> Scores:
    """Return the scores of `second.jsonl` against `first.jsonl` of a folder.

    Raises:
        ReadError: If a file cannot be read, or the two do not hold the same sentences.
    """
    first, second = (read_sentences(folder / f"{name}.jsonl", ontology) for name in ("first", "second"))
    try:
        return score_events(first, second)
    except ValueError as err:
        raise ReadError(f"{folder}: the two annotations differ in more than events: {err}") from err


def agreement_tables(scores: Scores) -> str:
    """Return the scores with their intervals, and those of each event type, as Markdown."""
    lines = [
        f"Over {scores.num_sentences} sentences, in percent:",
        "",
        "| | F1 | 95% interval |",
        "| --- | --- | --- |",
    ]
    for name, label in METRICS.items():
        score: Score = getattr(scores, name)
        label, value = ("Realis (accuracy)", scores.realis_accuracy) if name == "realis" else (label, score.f1)
        interval = " - ".join(f"{100 * bound:.1f}" for bound in score.interval or ()) or "-"
        lines.append(f"| {label} | {100 * value:.1f} | {interval} |")
    lines += ["", "| event type | events, first / second | Tri-C F1 | Arg-C+ F1 |", "| --- | --- | --- | --- |"]
    for name, of_type in scores.by_type.items():
        triggers, arguments = of_type["tri_c"], of_type["arg_c_plus"]
        counts = f"{triggers.num_gold} / {triggers.num_predicted}"
        lines.append(f"| {name} | {counts} | {100 * triggers.f1:.1f} | {100 * arguments.f1:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

"""Score a checkpoint on real news that is not part of the project.

    python scripts/evaluate_real.py --model DIR [--real FILE.jsonl] [--gsr DIR] [--output FILE.json]

--real is a corpus file of annotated sentences. --gsr is a folder with `assault_gsr.csv` and `protest_gsr.csv` of the
Arabic event gold standard records (github.com/openeventdata/arabic_event_gsr): sentences on which people voted whether
each reports a PLOVER ASSAULT or PROTEST event. Positives are 'yes', negatives 'easy no' and 'difficult no', 'ambiguous'
is left out; a sentence counts as predicted if any type that the ontology maps to the PLOVER type is predicted. What is
not there is reported as "not checked: absent".
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rasd
from rasd.evaluation import evaluate
from rasd.events import Sentence
from rasd.formats.jsonl import read_sentences
from rasd.metrics import format_table

ABSENT = "not checked: absent"


def main() -> None:
    """Print the scores and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, help="checkpoint folder or Hub id")
    parser.add_argument("--real", type=Path, help="corpus file of real sentences")
    parser.add_argument("--gsr", type=Path, help="folder of the Arabic event gold standard records")
    parser.add_argument("--output", type=Path, help="JSON file to write")
    options = parser.parse_args()
    extractor = rasd.load(options.model)
    results: dict[str, object] = {"model": options.model, "real": ABSENT, "assault": ABSENT, "protest": ABSENT}
    if options.real is not None and options.real.is_file():
        scores, _ = evaluate(extractor, read_sentences(options.real, extractor.ontology))
        print(format_table(scores))
        results["real"] = scores.to_dict()
    for name in ("assault", "protest"):
        path = None if options.gsr is None else options.gsr / f"{name}_gsr.csv"
        if path is not None and path.is_file():
            results[name] = score_gsr(extractor, path, name.upper())
        print(f"{name.upper()}: {results[name]}")
    if results["real"] == ABSENT:
        print(f"real sentences: {ABSENT}")
    if options.output is not None:
        options.output.write_text(json.dumps(results, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def score_gsr(extractor: rasd.EventExtractor, path: Path, plover: str) -> dict[str, float | int]:
    """Return average precision and, at the checkpoint's thresholds, precision, recall and F1 of a PLOVER type."""
    csv.field_size_limit(10**7)
    with open(path, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] != "ambiguous"]
    gold = np.array([row["label"] == "yes" for row in rows])
    is_hard = np.array([row["label"] == "difficult no" for row in rows])
    engine = extractor.engine
    of_type = np.array([item.mappings.get("plover") == plover for item in engine.ontology.types])
    sentences = [Sentence(text=row["text"]) for row in rows]
    scores = engine.score_types(engine.run(engine.encode(sentences)), len(sentences))[:, of_type]
    predicted = (scores >= engine.thresholds.types[of_type]).any(1)
    matched = int((predicted & gold).sum())
    easy = ~is_hard
    return {
        "sentences": len(rows),
        "positives": int(gold.sum()),
        "average_precision": average_precision(scores.max(1), gold),
        "average_precision_without_difficult": average_precision(scores.max(1)[easy], gold[easy]),
        "precision": round(matched / max(1, int(predicted.sum())), 4),
        "recall": round(matched / max(1, int(gold.sum())), 4),
        "f1": round(2 * matched / max(1, int(predicted.sum() + gold.sum())), 4),
    }


def average_precision(scores: np.ndarray, gold: np.ndarray) -> float:
    """Return the mean, over the positives, of the precision at their rank."""
    ranked = gold[np.argsort(-scores, kind="stable")]
    precision = ranked.cumsum() / np.arange(1, len(ranked) + 1)
    return round(float(precision[ranked].mean()), 4)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    main()

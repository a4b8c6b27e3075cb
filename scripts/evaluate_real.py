"""Score a checkpoint on real news that is not part of the project.

    python scripts/evaluate_real.py --model DIR [--real FILE.jsonl] [--gsr DIR] [--output FILE.json]

--real is a corpus file of annotated sentences. --gsr is a folder with `assault_gsr.csv` and `protest_gsr.csv` of the
Arabic event gold standard records (github.com/openeventdata/arabic_event_gsr): sentences on which people voted whether
each reports a PLOVER ASSAULT or PROTEST event. Positives are 'yes', negatives 'easy no' and 'difficult no', 'ambiguous'
is left out; a sentence counts as predicted if any type is predicted that the PLOVER view gives that event type whatever
its arguments. The voters count what is reported as news, while types also count what is planned, denied or only
mentioned: a second score asks for an Actual event with a participant. What is not there is reported as "not checked:
absent".
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import sys
from collections.abc import Collection
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rasd
from rasd.coding.view import View
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
    """Return how well a PLOVER type is found, by sentence types and, under names with `actual`, by events.

    Average precision, and at the checkpoint's thresholds precision, recall and F1.
    """
    csv.field_size_limit(10**7)
    with open(path, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] != "ambiguous"]
    gold = np.array([row["label"] == "yes" for row in rows])
    is_easy = np.array([row["label"] != "difficult no" for row in rows])
    engine = extractor.engine
    names = View.load("plover").types_of(plover)
    of_type = np.array([item.name in names for item in engine.ontology.types])
    sentences = [Sentence(text=row["text"]) for row in rows]
    batches = list(engine.run(engine.encode(sentences)))
    by_type = engine.score_types(batches, len(sentences))[:, of_type]
    by_event = np.array([score_actual(item, names) for item in engine.decode(batches, sentences)])
    # What has no such event stands below what has one, in the order of its types.
    ranks = np.where(by_event > 0, 1 + by_event, by_type.max(1))
    is_typed = (by_type >= engine.thresholds.types[of_type]).any(1)
    record: dict[str, float | int] = {"sentences": len(rows), "positives": int(gold.sum())}
    for name, scores, predicted in (("", by_type.max(1), is_typed), ("actual_", ranks, by_event > 0)):
        matched = int((predicted & gold).sum())
        record |= {
            f"{name}average_precision": average_precision(scores, gold),
            f"{name}average_precision_without_difficult": average_precision(scores[is_easy], gold[is_easy]),
            f"{name}precision": round(matched / max(1, int(predicted.sum())), 4),
            f"{name}recall": round(matched / max(1, int(gold.sum())), 4),
            f"{name}f1": round(2 * matched / max(1, int(predicted.sum() + gold.sum())), 4),
        }
    return record


def score_actual(sentence: Sentence, names: Collection[str]) -> float:
    """Return the score of the likeliest Actual event of some types that has an Agent or a Target, 0 where none has."""
    found = (
        event.score
        for event in sentence.events
        if event.type in names and event.realis == "Actual"
        if any(argument.role in ("Agent", "Target") for argument in event.arguments or ())
    )
    return max(found, default=0.0)


def average_precision(scores: np.ndarray, gold: np.ndarray) -> float:
    """Return the mean, over the positives, of the precision at their rank."""
    ranked = gold[np.argsort(-scores, kind="stable")]
    precision = ranked.cumsum() / np.arange(1, len(ranked) + 1)
    return round(float(precision[ranked].mean()), 4)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    main()

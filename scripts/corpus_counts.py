"""Count the corpus and keep the table in its datasheet: python scripts/corpus_counts.py [--write]."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.events import Sentence
from rasd.formats.jsonl import read_sentences
from rasd.ontology import Ontology

SHEET = Path(__file__).resolve().parents[1] / "data" / "conflict" / "README.md"
SPLITS = ("train", "dev", "test")


def main() -> int:
    """Print the tables; with --write put them into the datasheet, without it fail where the sheet has others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the tables into the datasheet")
    options = parser.parse_args()
    ontology = Ontology.load("conflict")
    splits = {name: read_sentences(SHEET.parent / f"{name}.jsonl", ontology) for name in SPLITS}
    tables = f"{summary(splits)}\n\n{by_label(splits, ontology)}"
    print(tables)
    sheet = SHEET.read_text(encoding="utf-8")
    counted = re.sub(r"(?<=<!-- counts -->\n).*?(?=<!-- /counts -->)", lambda _: tables + "\n", sheet, flags=re.S)
    if options.write:
        SHEET.write_text(counted, encoding="utf-8")
    elif counted != sheet:
        print(f"{SHEET} has other counts; run with --write", file=sys.stderr)
        return 1
    return 0


def summary(splits: dict[str, list[Sentence]]) -> str:
    """Return sentences, events, arguments, length and realis of each part as a table."""
    rows = ["| | " + " | ".join(splits) + " |", "|---" * (len(splits) + 1) + "|"]
    facts = {name: facts_of(sentences) for name, sentences in splits.items()}
    for key in facts["train"]:
        rows.append(f"| {key} | " + " | ".join(facts[name][key] for name in splits) + " |")
    return "\n".join(rows)


def facts_of(sentences: list[Sentence]) -> dict[str, str]:
    """Return the figures of one part."""
    with_events = [sentence for sentence in sentences if sentence.events]
    events = [event for sentence in with_events for event in sentence.events]
    num_arguments = sum(len(event.arguments) for event in events)
    realis = Counter(event.realis for event in events)
    return {
        "sentences": str(len(sentences)),
        "without events": f"{1 - len(with_events) / len(sentences):.0%}",
        "words a sentence": f"{sum(len(sentence.text.split()) for sentence in sentences) / len(sentences):.1f}",
        "events": str(len(events)),
        "events a sentence with events": f"{len(events) / len(with_events):.2f}",
        "arguments": str(num_arguments),
        "arguments an event": f"{num_arguments / len(events):.2f}",
        **{name: f"{realis[name] / len(events):.0%}" for name in ("Actual", "Planned", "Negated")},
    }


def by_label(splits: dict[str, list[Sentence]], ontology: Ontology) -> str:
    """Return the events of each type and the arguments of each role in each part as a table."""
    events = {name: [event for item in part for event in item.events] for name, part in splits.items()}
    types = {name: Counter(event.type for event in part) for name, part in events.items()}
    roles = {name: Counter(item.role for event in part for item in event.arguments) for name, part in events.items()}
    rows = ["| type or role | " + " | ".join(splits) + " |", "|---" * (len(splits) + 1) + "|"]
    for labels, counts in ((ontology.type_ids, types), (ontology.role_ids, roles)):
        rows += [f"| {label} | " + " | ".join(str(counts[name][label]) for name in splits) + " |" for label in labels]
    return "\n".join(rows)


if __name__ == "__main__":
    sys.exit(main())

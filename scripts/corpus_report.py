"""Report on the corpus, keep the tables in its datasheet, and fail where a requirement does.

    python scripts/corpus_report.py [--write] [--apart-from TEXT ...] [--real FILE.jsonl] [--picture FILE.png]

--write puts the tables into the datasheet; without it the report fails where the datasheet has others.
--apart-from names files of texts (txt, tsv, csv, jsonl, also .xz) with which no sentence may share eight words in a
row.
--real is an annotated file of real news to show beside the corpus. What is not there is "not checked: absent".
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _corpus as corpus

from rasd.formats.jsonl import read_sentences
from rasd.formats.spans import check_spans
from rasd.ontology import Ontology

SHEET = Path(__file__).resolve().parents[1] / "data" / "conflict" / "README.md"
SPLITS = ("train", "dev", "test")


def main() -> int:
    """Print the report; 1 where a requirement fails."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="put the tables into the datasheet")
    parser.add_argument("--apart-from", nargs="*", default=[], type=Path, metavar="TEXT", help="texts of others")
    parser.add_argument("--real", type=Path, help="annotated real news to compare with")
    parser.add_argument("--picture", type=Path, help="PNG of both, side by side (needs matplotlib)")
    options = parser.parse_args()
    ontology = Ontology.load("conflict")
    splits = {name: read_sentences(SHEET.parent / f"{name}.jsonl", ontology) for name in SPLITS}
    tables = f"{corpus.summary(splits)}\n\n{corpus.by_label(splits, ontology)}\n\n{corpus.by_meta(splits)}"
    print(tables)
    sentences = [sentence for part in splits.values() for sentence in part]
    faults = [f"{item.id}: {fault}" for item in sentences for fault in check_spans(item)]
    faults += corpus.missed_requirements(splits, ontology)
    faults += [f"{a} and {b} are near-duplicates ({share:.2f})" for a, b, share in corpus.near_duplicates(sentences)]
    faults += check_apart(sentences, options.apart_from)
    show_beside(sentences, options.real, options.picture, ontology)
    sheet = SHEET.read_text(encoding="utf-8")
    counted = re.sub(r"(?<=<!-- counts -->\n).*?(?=<!-- /counts -->)", lambda _: tables + "\n", sheet, flags=re.S)
    if options.write:
        SHEET.write_text(counted, encoding="utf-8")
    elif counted != sheet:
        faults.append(f"{SHEET} has other counts; run with --write")
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    print(f"\n{len(faults)} faults")
    return 1 if faults else 0


def check_apart(sentences: list, paths: list[Path]) -> list[str]:
    """Return a fault for each sentence that shares eight words in a row with a text of others."""
    there = [path for path in paths if path.is_file()]
    for path in (path for path in paths if path not in there):
        print(f"runs of eight words shared with {path}: not checked: absent")
    if not there:
        return []
    return [
        f"{item.id} shares eight words in a row with a text of others" for item in corpus.shared_runs(sentences, there)
    ]


def show_beside(sentences: list, real: Path | None, picture: Path | None, ontology: Ontology) -> None:
    """Print, and draw where asked, the corpus beside real news."""
    if real is None or not real.is_file():
        print("\nbeside real news: not checked: absent")
        return
    others = read_sentences(real, ontology)
    print("\n" + corpus.beside(sentences, others))
    if picture is not None:
        corpus.draw_beside(sentences, others, picture)


if __name__ == "__main__":
    sys.exit(main())

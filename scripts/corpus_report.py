"""Report on the corpus, keep the tables in its datasheet, and fail where a requirement does.

    python scripts/corpus_report.py [--write] [--apart-from TEXT ...] [--real FILE.jsonl] [--picture FILE.png]

--write puts the tables into the datasheet, between the markers <!-- counts --> and <!-- agreement -->; without it the
report fails where the datasheet has others. --apart-from names files of texts (txt, tsv, csv, jsonl, also .xz) with
which no sentence may share eight words in a row. --real is an annotated file of real news to show beside the corpus.
What was not given is "not checked: absent". Exit codes: 0 all is well, 1 a requirement fails, 2 bad input.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import _beside
import _corpus as corpus
import _likeness as likeness
import agreement
from _requirements import Requirements, missed_requirements

from rasd.errors import RasdError
from rasd.events import Sentence
from rasd.files import open_whole
from rasd.formats.spans import check_spans
from rasd.ontology import Ontology

FOLDER = Path(__file__).resolve().parents[1] / "data" / "conflict"
ABSENT = "not checked: absent"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the report and return the exit code."""
    options = parse_options(argv)
    try:
        faults = report(options)
    except (RasdError, OSError) as err:
        print(f"corpus_report: {err}", file=sys.stderr)
        return 2
    for fault in faults:
        print(f"FAULT {fault}", file=sys.stderr)
    print(f"\n{len(faults)} faults")
    return 1 if faults else 0


def parse_options(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the options; ends the process with exit code 2 where a file that was named is none."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="put the tables into the datasheet")
    parser.add_argument("--apart-from", nargs="+", default=[], type=Path, metavar="TEXT", help="texts of others")
    parser.add_argument("--real", type=Path, help="annotated real news to compare with")
    parser.add_argument("--picture", type=Path, help="PNG of both, side by side (needs --real and matplotlib)")
    options = parser.parse_args(argv)
    for path in [*options.apart_from, *([options.real] if options.real else [])]:
        if not path.is_file():
            parser.error(f"{path} is {'a folder' if path.is_dir() else 'not there'}; name a file")
    if options.picture and not options.real:
        parser.error("--picture draws the corpus beside real news; give --real too")
    return options


def report(options: argparse.Namespace) -> list[str]:
    """Print the figures, write what was asked for, and return the faults."""
    ontology = Ontology.load("conflict")
    splits = corpus.read_splits(FOLDER, ontology)
    sentences = corpus.all_of(splits)
    pairs = likeness.alike_pairs(sentences)
    counts = [corpus.summary(splits), corpus.by_label(splits, ontology), corpus.by_meta(splits)]
    tables = {
        "counts": "\n\n".join([*counts, likeness.describe_likeness(pairs)]),
        "agreement": agreement.agreement_tables(agreement.score_agreement(FOLDER / "agreement", ontology)),
    }
    print("\n\n".join(tables.values()) + "\n")
    faults = [f"{item.id}: {fault}" for item in sentences for fault in check_spans(item)]
    faults += corpus.meta_of(sentences)
    faults += missed_requirements(splits, ontology, Requirements())
    faults += [
        f"{one} and {other} are near-duplicates ({share:.2f})"
        for share, one, other in pairs
        if share >= likeness.MAX_LIKENESS
    ]
    faults += check_apart(sentences, options.apart_from)
    show_beside(sentences, options, ontology)
    return faults + check_sheet(FOLDER / "README.md", tables, write=options.write)


def check_apart(sentences: list[Sentence], paths: list[Path]) -> list[str]:
    """Print how many sentences share eight words in a row with texts of others, and return a fault for each."""
    shared = likeness.shared_runs(sentences, paths)
    print(f"sentences that share eight words in a row with texts of others: {len(shared) if paths else ABSENT}")
    return [f"{item.id} shares eight words in a row with a text of others" for item in shared]


def show_beside(sentences: list[Sentence], options: argparse.Namespace, ontology: Ontology) -> None:
    """Print, and draw where asked, the corpus beside real news."""
    if options.real is None:
        print(f"beside real news: {ABSENT}")
        return
    others = corpus.read_annotated(options.real, ontology)
    print("\n" + _beside.beside(sentences, others, ontology))
    if options.picture is not None:
        _beside.draw_beside(sentences, others, options.picture)


def check_sheet(path: Path, tables: dict[str, str], *, write: bool) -> list[str]:
    """Return a fault where the tables between a datasheet's markers are others, or write them there.

    A table needs exactly one pair of markers, `<!-- name -->` and `<!-- /name -->`; without them nothing is written.
    """
    sheet = path.read_text(encoding="utf-8")
    new = sheet
    for name, table in tables.items():
        opening, closing = f"<!-- {name} -->", f"<!-- /{name} -->"
        if sheet.count(opening) != 1 or sheet.count(closing) != 1 or sheet.index(opening) > sheet.index(closing):
            return [f"{path} needs exactly one {opening} and one {closing} after it"]
        before, rest = new.split(opening)
        new = f"{before}{opening}\n{table}\n{closing}{rest.split(closing)[1]}"
    if new != sheet and write:
        with open_whole(path) as file:
            file.write(new)
    return [f"{path} has other tables; run with --write"] if new != sheet and not write else []


if __name__ == "__main__":
    sys.exit(main())

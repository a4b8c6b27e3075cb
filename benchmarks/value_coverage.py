"""How many counts and times of corpus files are resolved, and why the others are not.

    python benchmarks/value_coverage.py data/conflict/train.jsonl data/conflict/dev.jsonl
    python benchmarks/value_coverage.py REAL.jsonl --unresolved

A line's "date" is its document's; lines without one are read against 16 March 2016. --unresolved lists the expressions
as well. Whether what is resolved is right, the table in tests/values tells; read some of it with `rasd show`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.formats.jsonl import read_sentences
from rasd.values import add_values

DOCUMENT_DATE = "2016-03-16"


def main() -> None:
    """Print a line for counts and one for times, then the reasons."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", metavar="CORPUS.jsonl")
    parser.add_argument("--unresolved", action="store_true", help="list what is not resolved")
    args = parser.parse_args()
    sentences = [sentence for path in args.files for sentence in read_sentences(path)]
    totals: Counter[str] = Counter()
    faults: Counter[tuple[str, str]] = Counter()
    unread: Counter[tuple[str, str, str]] = Counter()
    started = time.perf_counter()
    for sentence in sentences:
        [found] = add_values([sentence], document_date=sentence.extra.get("date", DOCUMENT_DATE))
        for event in found.events or ():
            for argument in event.arguments or ():
                kind = {"Count": "number", "Time": "time"}.get(argument.role)
                if kind is None:
                    continue
                totals[kind] += 1
                reason = argument.values[kind].get("unresolved")
                if reason is not None:
                    faults[kind, reason] += 1
                    unread[kind, reason, argument.text] += 1
    seconds = time.perf_counter() - started
    for kind, total in sorted(totals.items()):
        num_read = total - sum(num for (other, _), num in faults.items() if other == kind)
        print(f"{kind}: {num_read} of {total} resolved ({num_read / total:.1%})")
        for (other, reason), num in faults.most_common():
            if other == kind:
                print(f"  {num:5d}  {reason}")
    print(f"{len(sentences)} sentences in {seconds:.1f} s")
    if args.unresolved:
        for (kind, reason, text), num in sorted(unread.items()):
            print(f"{kind}  {num:3d}  {reason}: {text}")


if __name__ == "__main__":
    main()

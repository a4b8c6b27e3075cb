"""What joining reports costs as their number grows: python benchmarks/incidents.py [--events 1000 10000 100000]

The events are made up: incidents with one to five reports each, spread over days, towns and forces, some reports vague.
Seconds are those that the processor took to read reports and join them, memory what the process grows by at its peak
(Linux counts it in KiB). It also says how many of the pairs of one incident were joined, and how many of the joined
pairs are of one incident; of invented happenings, and so no measure of how well real news is joined. The result is in
docs/views.md.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.coding.incidents import group_reports, make_reports
from rasd.coding.view import View
from rasd.events import Argument, Document, Event, Sentence, Span

TYPES = ("Attack.AirStrike", "Attack.Shelling", "Attack.ArmedClash", "Coerce.Arrest", "Civic.Protest", "Harm.Death")
FORCES = [
    f"{kind} {name}"
    for kind in ("لواء", "كتيبة", "قوات")
    for name in ("النخيل", "السدر", "الرمان", "الصنوبر", "البلوط")
]
FIRST = ("تل", "وادي", "عين", "بيت", "دير", "كفر")
SECOND = ("الزيتون", "الغزال", "السنديان", "الحجر", "القمر", "الريح", "الورد", "الملح")
DAYS_A_THOUSAND = 4  # incidents get denser with them only as far as news does: more events come from more days


def main() -> None:
    """Print a row a size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--events", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--view", default="acled")
    options = parser.parse_args()
    view = View.load(options.view)
    print("| events | incidents | CPU seconds | microseconds an event | MiB | pairs joined | joined pairs right |")
    print("|---|---|---|---|---|---|---|")
    for size in options.events:
        print(f"| {' | '.join(measure(size, view))} |", flush=True)


def measure(size: int, view: View) -> list[str]:
    """Return the cells of one size."""
    made = [(json.dumps(document.to_dict()), incident) for document, incident in make_documents(size)]
    truth = [incident for _, incident in made]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    reports = [
        report
        for i, (line, _) in enumerate(made)
        for report in make_reports(Document.from_dict(json.loads(line)), view, number=i)
    ]
    first = group_reports(reports)
    seconds = time.process_time() - started
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    joined, wanted = count_pairs(first), count_pairs(truth)
    both = count_pairs([(one, other) for one, other in zip(first, truth, strict=True)])
    return [
        f"{len(reports):,}",
        f"{len(set(first)):,} (true {len(set(truth)):,})",
        f"{seconds:.1f}",
        f"{1e6 * seconds / len(reports):.0f}",
        f"{memory:.0f}",
        f"{100 * both / wanted:.1f} %",
        f"{100 * both / joined:.1f} %",
    ]


def make_documents(size: int) -> Iterator[tuple[Document, int]]:
    """Yield documents of one event each, with the number of the incident it reports, in the order of publication."""
    rng = random.Random(13)
    num_days = max(7, size * DAYS_A_THOUSAND // 1000)
    made: list[tuple[date, int, dict[str, object]]] = []
    for incident in itertools.count():
        day = date(2024, 1, 1) + timedelta(days=rng.randrange(num_days))
        happening = {
            "type": rng.choice(TYPES),
            "day": day,
            "place": f"{rng.choice(FIRST)} {rng.choice(SECOND)}",
            "agent": rng.choice(FORCES),
            "target": rng.choice(FORCES),
        }
        for _ in range(rng.randint(1, 5)):
            made.append((day + timedelta(days=rng.randint(0, 2)), incident, happening))
        if len(made) >= size:
            break
    made = sorted(made[:size], key=lambda item: item[:2])
    for number, (published, incident, happening) in enumerate(made):
        yield make_document(f"d{number}", published, happening, rng), incident


def make_document(name: str, published: date, happening: dict, rng: random.Random) -> Document:
    """Return a report of a happening: it may leave out who, say only the force's last name, or name the day by word."""
    told = {"Place": rng.choice(["بلدة ", "قرية ", ""]) + happening["place"]}
    age = (published - happening["day"]).days
    told["Time"] = ["اليوم", "أمس", "أول أمس"][age]
    if rng.random() < 0.7:
        told["Agent"] = happening["agent"] if rng.random() < 0.7 else happening["agent"].split()[1]
    if rng.random() < 0.7:
        told["Target"] = happening["target"]
    text, arguments = "خبر", []
    for role, words in told.items():
        arguments.append(Argument(role=role, start=len(text) + 1, end=len(text) + 1 + len(words), text=words))
        text = f"{text} {words}"
    event = Event(
        type=happening["type"],
        trigger=Span(start=0, end=3, text="خبر"),
        arguments=tuple(arguments),
        realis="Actual",
    )
    meta = {"date": published.isoformat()}
    return Document(text=text, sentences=(Sentence(text=text, events=(event,)),), id=name, meta=meta)


def count_pairs(labels: list) -> int:
    """Return how many pairs have the same label."""
    sizes: dict = defaultdict(int)
    for label in labels:
        sizes[label] += 1
    return sum(size * (size - 1) // 2 for size in sizes.values())


if __name__ == "__main__":
    main()

"""How much of a checkpoint's scores is left when the same sentences are written in other ways.

    python benchmarks/robustness.py --model DIR [DIR ...] [--data FILE.jsonl] [--output RESULT.json]
    python benchmarks/robustness.py --report [--output RESULT.json] [--beside OTHER.json]

Each perturbation of `perturbations.py` rewrites the sentences, their gold spans are carried along, and what is
predicted from the new text is scored against them on exact spans; of several checkpoints, one a seed, the mean counts.
The result is a file in benchmarks/results/robustness; --report prints its table and writes it into docs/robustness.md.
Both exit with 1 where Arg-C drops by more than 2 points, but for what is marked there as not gated.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from perturbations import PERTURBATIONS, Perturbation
from quality.compare import f1, resampled
from rewriting import Perturbed

import rasd
from rasd.events import Argument, Event, Sentence, Span
from rasd.files import open_whole
from rasd.formats.jsonl import read_sentences
from rasd.metrics import score_events

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "robustness"
PAGE = ROOT / "docs" / "robustness.md"
BEGIN, END = "<!-- table: written by --report -->\n", "<!-- end of table -->"
METRICS = {"tri_c": "Tri-C", "arg_c": "Arg-C"}
# Points that Arg-C may drop.
MOST_DROP = 2.0
SEED = 13

logger = logging.getLogger("robustness")


def main() -> int:
    """Measure, report, or both; 1 where Arg-C drops too far."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", nargs="+", help="checkpoints to measure: folders or Hub ids, one a seed")
    parser.add_argument("--data", type=Path, default=Path("data/conflict/test.jsonl"), help="annotated sentences")
    parser.add_argument("--output", type=Path, help="the result; by default RESULTS/NAME_OF_THE_MODEL.json")
    parser.add_argument("--report", action="store_true", help="print the table and write it into docs/robustness.md")
    parser.add_argument("--beside", type=Path, help="another result whose drops the report shows too")
    options = parser.parse_args()
    if not options.model and not options.report:
        parser.error("give --model to measure one, --report to show a result, or both")
    if options.model and len(options.model) > 1 and not options.output:
        parser.error("several checkpoints need --output, whose name the result bears")
    output = options.output or RESULTS / f"{Path(options.model[0]).name if options.model else 'mini-full'}.json"
    if options.model:
        result = measure([rasd.load(model) for model in options.model], read_sentences(options.data))
        result = {**origin(options.model, options.data, output.stem), **result}
        output.parent.mkdir(parents=True, exist_ok=True)
        with open_whole(output) as file:
            file.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    elif not output.is_file():
        parser.error(f"no result {output}; measure first: --model DIR")
    result = json.loads(output.read_text(encoding="utf-8"))
    if options.report:
        report(result, json.loads(options.beside.read_text(encoding="utf-8")) if options.beside else None)
    gated = {name: item for name, item in result["perturbations"].items() if item["is_gated"]}
    failed = [name for name, item in gated.items() if item["arg_c"]["drop"] > MOST_DROP]
    print(f"Arg-C drops by more than {MOST_DROP} points for: {', '.join(failed) or 'none'}")
    return int(bool(failed))


def origin(models: Sequence[str], data: Path, name: str) -> dict[str, object]:
    """Return what a result is of: the checkpoint (several have a name), digests of weights, the data and its digest."""
    files = [Path(model) / "model.safetensors" for model in models]
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else None for file in files]
    return {
        "checkpoint": name if models[1:] else Path(models[0]).name,
        "weights_sha256": digests if models[1:] else digests[0],
        "data": data.name if data.is_absolute() else data.as_posix(),
        "data_sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
        "rasd": rasd.__version__,
    }


def measure(extractors: Sequence[rasd.EventExtractor], gold: Sequence[Sentence]) -> dict[str, object]:
    """Return the scores on the sentences as they are, as sentences and as documents, and of each perturbation."""
    plain = {key: [predict(extractor, gold, key) for extractor in extractors] for key in (False, True)}
    tables = {key: [count(gold, predicted) for predicted in own] for key, own in plain.items()}
    return {
        "seed": SEED,
        "num_sentences": len(gold),
        "baseline": {
            "document" if key else "sentence": {name: _percent(_mean_f1(part, name)) for name in METRICS}
            for key, part in tables.items()
        },
        "perturbations": {
            name: measure_one(extractors, gold, item, plain[item.is_document], tables[item.is_document])
            for name, item in PERTURBATIONS.items()
        },
    }


def measure_one(
    extractors: Sequence[rasd.EventExtractor],
    gold: Sequence[Sentence],
    perturbation: Perturbation,
    plain: Sequence[Sequence[Sentence]],
    tables: Sequence[dict[str, np.ndarray]],
) -> dict[str, object]:
    """Return the scores, drops and the share of events that stay, for one perturbation.

    Args:
        extractors: The checkpoints.
        gold: The sentences as they are.
        perturbation: What is done to them.
        plain: What each checkpoint predicts from the sentences as they are.
        tables: The counts of that.
    """
    rewritten = [perturbation.apply(sentence.text, SEED) for sentence in gold]
    moved = [move(sentence, new) for sentence, new in zip(gold, rewritten, strict=True)]
    counts, num_events, num_same = [], 0, 0
    for extractor, before in zip(extractors, plain, strict=True):
        predicted = predict(extractor, moved, perturbation.is_document)
        counts.append(count(moved, predicted))
        expected = [move(sentence, new) for sentence, new in zip(before, rewritten, strict=True)]
        num_events += sum(len(events_of(sentence)) for sentence in expected)
        num_same += sum(len(events_of(a) & events_of(b)) for a, b in zip(expected, predicted, strict=True))
    result: dict[str, object] = {
        "what": perturbation.what,
        "is_gated": perturbation.is_gated,
        "num_changed": sum(new.text != sentence.text for sentence, new in zip(gold, rewritten, strict=True)),
        "same_events": _percent(num_same / max(1, num_events)),
    }
    for name in METRICS:
        gap = resampled([own[name] for own in tables]) - resampled([own[name] for own in counts])
        after = _mean_f1(counts, name)
        result[name] = {
            "f1": _percent(after),
            "drop": _percent(_mean_f1(tables, name) - after),
            "interval": [_percent(bound) for bound in np.percentile(gap, [2.5, 97.5])],
        }
    logger.info("%s: Arg-C %s", perturbation.what, result["arg_c"])
    return result


def predict(extractor: rasd.EventExtractor, sentences: Sequence[Sentence], is_document: bool) -> list[Sentence]:
    """Return the sentences with predicted events; each text as one sentence, or split as users' documents are."""
    if not is_document:
        return extractor.predict_sentences(sentences)
    documents = extractor.predict([sentence.text for sentence in sentences])
    return [Sentence(text=document.text, events=document.events) for document in documents]


def move(sentence: Sentence, new: Perturbed) -> Sentence:
    """Return a sentence's events in its rewritten text; an argument of which nothing is left goes."""
    if sentence.events is None:
        return Sentence(text=new.text)
    events = []
    for event in sentence.events:
        trigger = None if event.trigger is None else _move_span(event.trigger, new)
        if event.trigger is not None and trigger is None:
            continue
        arguments = None
        if event.arguments is not None:
            kept = ((argument, _move_span(argument, new)) for argument in event.arguments)
            arguments = tuple(
                Argument(role=argument.role, start=span.start, end=span.end, text=span.text)
                for argument, span in kept
                if span is not None
            )
        events.append(dataclasses.replace(event, trigger=trigger, arguments=arguments))
    return Sentence(text=new.text, events=tuple(events))


def _move_span(span: Span, new: Perturbed) -> Span | None:
    place = new.map_span(span.start, span.end)
    return None if place is None else Span(start=place[0], end=place[1], text=new.text[slice(*place)])


def events_of(sentence: Sentence) -> set[tuple]:
    """Return each event as its type, trigger span, roles and argument spans."""
    return {_key(event) for event in sentence.events or ()}


def _key(event: Event) -> tuple:
    trigger = None if event.trigger is None else (event.trigger.start, event.trigger.end)
    return event.type, trigger, frozenset((item.role, item.start, item.end) for item in event.arguments or ())


def count(gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> dict[str, np.ndarray]:
    """Return gold, predicted and matched items of each sentence [sentences, 3] by metric."""
    scores = [score_events([ours], [theirs], num_resamples=0) for ours, theirs in zip(gold, predicted, strict=True)]
    return {
        name: np.array([[s.num_gold, s.num_predicted, s.num_matched] for s in (getattr(x, name) for x in scores)])
        for name in METRICS
    }


def _mean_f1(tables: Sequence[dict[str, np.ndarray]], name: str) -> float:
    return float(np.mean([f1(table[name].sum(0)) for table in tables]))


def _percent(share: float) -> float:
    return round(100 * float(share), 2)


def report(result: dict, beside: dict | None = None) -> None:
    """Print a result's table and write it into the page, between its two marks."""
    table = make_table(result, beside)
    print(table)
    page = PAGE.read_text(encoding="utf-8")
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        sys.exit(f"{PAGE} must hold {BEGIN.strip()!r} and {END!r} once each, so that the table can stand between them")
    head, rest = page.split(BEGIN)
    with open_whole(PAGE) as file:
        file.write(f"{head}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}")


def make_table(result: dict, beside: dict | None = None) -> str:
    """Return Markdown: what was measured, then a row a perturbation, those that drop too far in bold."""
    base = result["baseline"]
    lines = [
        f"`{result['checkpoint']}` on {result['num_sentences']} sentences of {result['data']}: Tri-C "
        f"{base['sentence']['tri_c']:.1f}, Arg-C {base['sentence']['arg_c']:.1f} as sentences, "
        f"{base['document']['tri_c']:.1f} and {base['document']['arg_c']:.1f} as documents.",
        "",
    ]
    head = ["perturbation", "what is done", "sentences changed", "Tri-C", "drop", "Arg-C", "drop", "same events"]
    rows = []
    for name, item in result["perturbations"].items():
        tri_c, arg_c = item["tri_c"], item["arg_c"]
        row = [
            name if item["is_gated"] else f"{name} (not gated)",
            item["what"],
            str(item["num_changed"]),
            f"{tri_c['f1']:.1f}",
            _drop(tri_c),
        ]
        row += [f"{arg_c['f1']:.1f}", _drop(arg_c, MOST_DROP), f"{item['same_events']:.0f}%"]
        if beside is not None:
            other = beside["perturbations"].get(name)
            row += ["-"] * 2 if other is None else [_drop(other["arg_c"], MOST_DROP), f"{other['same_events']:.0f}%"]
        rows.append(row)
    head += ["Arg-C drop before", "same events before"] if beside is not None else []
    lines += [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines) + "\n"


def _drop(item: dict, most: float | None = None) -> str:
    # Adding zero takes the sign off what is rounded to nothing.
    point, low, high = (f"{round(value, 1) + 0.0:.1f}" for value in (item["drop"], *item["interval"]))
    return f"{f'**{point}**' if most is not None and item['drop'] > most else point} ({low} to {high})"


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logger.setLevel(logging.INFO)
    sys.exit(main())

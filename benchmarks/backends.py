"""What each backend of a checkpoint costs in quality and gives in speed, side by side.

    python benchmarks/backends.py --model DIR --graphs DIR ... --data FILE [--output FILE]

The checkpoint runs under torch in fp32 and bf16 and each folder of `rasd export` under ONNX Runtime. Quality is Tri-C
and Arg-C on the file, and in how many of its sentences anything but scores differs from torch in fp32. For speed all
backends predict the same sentences in turns, so that what else the machine does hits all of them; a turn is timed by
the CPU's clock, which counts all threads and not what other processes took. Set OMP_NUM_THREADS=1, or threads that wait
for each other are counted, too. Speed is told as a ratio to torch in fp32: the median of the rounds, least and most.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd import __version__
from rasd.errors import RasdError
from rasd.events import Sentence
from rasd.files import checksum, open_whole
from rasd.formats.jsonl import read_sentences
from rasd.inference.extractor import EventExtractor, load
from rasd.inference.parity import compare_predictions
from rasd.metrics import score_events

BASE = "torch fp32"


def main() -> int:
    """Measure and print a table; 2 where a checkpoint or the data are at fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, help="checkpoint folder with weights")
    parser.add_argument("--graphs", nargs="*", default=[], metavar="DIR", help="folders that rasd export wrote of it")
    parser.add_argument("--data", required=True, metavar="FILE", help="annotated sentences")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each backend [7]")
    parser.add_argument("--timed", type=int, default=100, metavar="N", help="sentences of a turn [100]")
    parser.add_argument("--batch-tokens", type=int, default=512, help="word pieces of one batch when timed [512]")
    parser.add_argument("--output", metavar="FILE", help="JSON file for the figures")
    options = parser.parse_args()
    try:
        extractors = load_all(options.model, options.graphs)
        gold = read_sentences(options.data, extractors[BASE].ontology)
    except RasdError as err:
        print(f"backends.py: {err}", file=sys.stderr)
        return 2
    record = {
        "rasd": __version__,
        "weights_sha256": checksum(Path(options.model) / "model.safetensors"),
        "data": options.data,
        "data_sha256": checksum(options.data),
        "rounds": options.rounds,
        "timed": options.timed,
        "batch_tokens": options.batch_tokens,
        "backends": measure_quality(extractors, gold),
    }
    seconds = measure_seconds(extractors, gold[: options.timed], options.rounds, options.batch_tokens)
    for name, figures in record["backends"].items():
        figures |= summarize_speed(seconds[name], seconds[BASE], min(options.timed, len(gold)))
    print("\n".join(format_table(record["backends"])))
    if options.output is not None:
        with open_whole(options.output) as file:
            file.write(json.dumps(record, indent=1) + "\n")
    return 0


def load_all(model: str, graphs: list[str]) -> dict[str, EventExtractor]:
    """Load a checkpoint under all backends, on the CPU."""
    loaded = [load(model, device="cpu", backend="torch", dtype=dtype) for dtype in ("fp32", "bf16")]
    loaded += [load(folder, backend="onnx") for folder in graphs]
    backends = [extractor.engine.backend for extractor in loaded]
    return {f"{backend.name} {backend.dtype}": item for backend, item in zip(backends, loaded, strict=True)}


def measure_quality(extractors: dict[str, EventExtractor], gold: list[Sentence]) -> dict[str, dict[str, Any]]:
    """Return of each backend its scores and the share of sentences with the events that torch finds in fp32."""
    found = {name: extractor.predict_sentences(gold) for name, extractor in extractors.items()}
    figures = {}
    for name, predicted in found.items():
        scores = score_events(gold, predicted, num_resamples=0)
        parity = compare_predictions(found[BASE], predicted)
        figures[name] = {
            "tri_c": scores.tri_c.f1,
            "arg_c": scores.arg_c.f1,
            "same_sentences": 1 - parity.num_changed / parity.num_sentences,
        }
    return figures


def measure_seconds(
    extractors: dict[str, EventExtractor], sentences: list[Sentence], num_rounds: int, batch_tokens: int
) -> dict[str, list[float]]:
    """Return the CPU's seconds of each turn of each backend; the first of a round changes."""
    seconds: dict[str, list[float]] = {name: [] for name in extractors}
    names = list(extractors)
    for i in range(num_rounds):
        for name in names[i % len(names) :] + names[: i % len(names)]:
            started = time.process_time()
            extractors[name].predict_sentences(sentences, batch_tokens=batch_tokens)
            seconds[name].append(time.process_time() - started)
    return seconds


def summarize_speed(seconds: list[float], base: list[float], num_sentences: int) -> dict[str, Any]:
    """Return sentences a second of CPU time, and the ratio to the base's turns of the same rounds."""
    ratios = sorted(there / here for here, there in zip(seconds, base, strict=True))
    return {
        "sentences_per_cpu_second": num_sentences / statistics.median(seconds),
        "ratio": statistics.median(ratios),
        "ratio_least": ratios[0],
        "ratio_most": ratios[-1],
    }


def format_table(figures: dict[str, dict[str, Any]]) -> list[str]:
    """Return the figures as lines of a Markdown table."""
    lines = ["| backend | Tri-C | Arg-C | same sentences | sentences/s | to torch fp32 |", "| --- " * 6 + "|"]
    for name, row in figures.items():
        spread = f"{row['ratio']:.2f}x ({row['ratio_least']:.2f} to {row['ratio_most']:.2f})"
        lines.append(
            f"| {name} | {100 * row['tri_c']:.1f} | {100 * row['arg_c']:.1f} | {100 * row['same_sentences']:.1f}% | "
            f"{row['sentences_per_cpu_second']:.0f} | {spread} |"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())

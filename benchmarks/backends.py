"""What each backend of a checkpoint costs in quality and gives in speed, side by side.

    python benchmarks/backends.py --model DIR --graphs DIR ... --data FILE [--batch-tokens auto 4096] [--output FILE]

The checkpoint runs under torch in fp32 and bf16 and each folder of `rasd export` under ONNX Runtime, those in fp32
under OpenVINO as well where it is installed; without a checkpoint the graphs alone run. Quality is Tri-C and Arg-C on
the file, and in how many of its sentences anything but scores differs from the first backend, which is torch in fp32.
For speed all backends predict the same sentences in turns, with each of the batch sizes, so that what else the machine
does hits all of them; a turn is timed by the CPU's clock, which counts all threads and not what other processes took.
Set OMP_NUM_THREADS=1, or threads that wait for each other are counted, too. Speed is told as ratios of turns of one
round, their median, least and most: to the first backend in the first batch size, and to the same backend in the first
batch size.
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
from rasd.inference import openvino_backend
from rasd.inference.extractor import EventExtractor, load
from rasd.inference.onnx_backend import read_record
from rasd.inference.parity import compare_predictions
from rasd.metrics import score_events

_Extractors = dict[str, EventExtractor]
_Turns = dict[str, list[float]]


def main() -> int:
    """Measure and print a table; 2 where a checkpoint or the data are at fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", help="checkpoint folder with weights")
    parser.add_argument("--graphs", nargs="*", default=[], metavar="DIR", help="folders that rasd export wrote of it")
    parser.add_argument("--data", required=True, metavar="FILE", help="annotated sentences")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each backend [7]")
    parser.add_argument("--timed", type=int, default=100, metavar="N", help="sentences of a turn [100]")
    parser.add_argument(
        "--batch-tokens",
        nargs="+",
        default=["auto"],
        metavar="N",
        help="word pieces of one batch when timed, auto for what suits the backend; several are compared [auto]",
    )
    parser.add_argument("--output", metavar="FILE", help="JSON file for the figures")
    options = parser.parse_args()
    if not options.model and not options.graphs:
        parser.error("give --model, --graphs or both")
    sizes = {name: None if name == "auto" else int(name) for name in options.batch_tokens}
    try:
        extractors = load_all(options.model, options.graphs)
        gold = read_sentences(options.data, next(iter(extractors.values())).ontology)
    except RasdError as err:
        print(f"backends.py: {err}", file=sys.stderr)
        return 2
    record = {
        "rasd": __version__,
        "weights_sha256": checksum(Path(options.model) / "model.safetensors") if options.model else None,
        "data": options.data,
        "data_sha256": checksum(options.data),
        "rounds": options.rounds,
        "timed": options.timed,
        "batch_tokens": options.batch_tokens,
        "backends": measure_quality(extractors, gold),
    }
    seconds = measure_seconds(extractors, gold[: options.timed], options.rounds, sizes)
    record["speed"] = summarize_speed(seconds, min(options.timed, len(gold)))
    print("\n".join([*format_quality(record["backends"]), "", *format_speed(record["speed"])]))
    if options.output is not None:
        with open_whole(options.output) as file:
            file.write(json.dumps(record, indent=1) + "\n")
    return 0


def load_all(model: str | None, graphs: list[str]) -> _Extractors:
    """Load a checkpoint under all backends, on the CPU."""
    loaded = [load(model, device="cpu", backend="torch", dtype=dtype) for dtype in ("fp32", "bf16")] if model else []
    loaded += [load(folder, backend="onnx") for folder in graphs]
    if openvino_backend.is_installed():
        dtypes = ("fp32", "bf16") if openvino_backend.has_bf16() else ("fp32",)
        in_fp32 = [folder for folder in graphs if read_record(Path(folder)).precision == "fp32"]
        loaded += [load(folder, backend="openvino", dtype=dtype) for folder in in_fp32 for dtype in dtypes]
    backends = [extractor.engine.backend for extractor in loaded]
    return {f"{backend.name} {backend.dtype}": item for backend, item in zip(backends, loaded, strict=True)}


def measure_quality(extractors: _Extractors, gold: list[Sentence]) -> dict[str, dict[str, float]]:
    """Return of each backend its scores and the share of sentences with the events that the first one finds."""
    found = {name: extractor.predict_sentences(gold) for name, extractor in extractors.items()}
    base = next(iter(found.values()))
    figures = {}
    for name, predicted in found.items():
        scores = score_events(gold, predicted, num_resamples=0)
        parity = compare_predictions(base, predicted)
        figures[name] = {
            "tri_c": scores.tri_c.f1,
            "arg_c": scores.arg_c.f1,
            "same_sentences": 1 - parity.num_changed / parity.num_sentences,
        }
    return figures


def measure_seconds(
    extractors: _Extractors, sentences: list[Sentence], num_rounds: int, sizes: dict[str, int | None]
) -> dict[str, _Turns]:
    """Return the CPU's seconds of each turn of each backend, by batch size; the first of a round changes."""
    turns = [(name, size) for name in extractors for size in sizes]
    seconds: dict[str, _Turns] = {name: {size: [] for size in sizes} for name in extractors}
    for i in range(num_rounds):
        begin = i % len(turns)
        for name, size in turns[begin:] + turns[:begin]:
            started = time.process_time()
            extractors[name].predict_sentences(sentences, batch_tokens=sizes[size])
            seconds[name][size].append(time.process_time() - started)
    return seconds


def summarize_speed(seconds: dict[str, _Turns], num_sentences: int) -> list[dict[str, Any]]:
    """Return of each backend and batch size its sentences a second of CPU time, and its ratios."""
    first = next(iter(next(iter(seconds.values())).values()))
    return [
        {
            "backend": name,
            "batch_tokens": size,
            "sentences_per_cpu_second": num_sentences / statistics.median(turns),
            "to_first_backend": _compare(turns, first),
            "to_first_size": _compare(turns, next(iter(by_size.values()))),
        }
        for name, by_size in seconds.items()
        for size, turns in by_size.items()
    ]


def _compare(seconds: list[float], base: list[float]) -> dict[str, float]:
    """Return how many times faster turns are than those of the same rounds."""
    ratios = sorted(there / here for here, there in zip(seconds, base, strict=True))
    return {"median": statistics.median(ratios), "least": ratios[0], "most": ratios[-1]}


def format_quality(figures: dict[str, dict[str, float]]) -> list[str]:
    """Return scores as lines of a Markdown table."""
    lines = ["| backend | Tri-C | Arg-C | same sentences |", "| --- " * 4 + "|"]
    for name, row in figures.items():
        lines.append(
            f"| {name} | {100 * row['tri_c']:.1f} | {100 * row['arg_c']:.1f} | {100 * row['same_sentences']:.1f}% |"
        )
    return lines


def format_speed(rows: list[dict[str, Any]]) -> list[str]:
    """Return speeds as lines of a Markdown table."""
    first, size = rows[0]["backend"], rows[0]["batch_tokens"]
    lines = [f"| backend | batch | sentences/s | to {first} | to batch {size} |", "| --- " * 5 + "|"]
    for row in rows:
        spreads = (
            f"{ratio['median']:.2f}x ({ratio['least']:.2f} to {ratio['most']:.2f})"
            for ratio in (row["to_first_backend"], row["to_first_size"])
        )
        speed = f"{row['sentences_per_cpu_second']:.0f}"
        lines.append(f"| {row['backend']} | {row['batch_tokens']} | {speed} | {' | '.join(spreads)} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())

"""How fast rasd reads beside what a user could write instead: same machine, same encoder, same texts.

    python benchmarks/speed.py [--shapes mini base] [--systems NAME ...] [--rounds 5] [--quick]
    python benchmarks/speed.py --stream [--quick]
    python benchmarks/speed.py --report

Each system runs in a process of its own; those with requirements of their own in an environment that is made at first
need, or that `--python SYSTEM=PATH` names. In each round every system reads all texts once, in turn, so that what else
the machine does falls on all of them. What a system is, and how the numbers are read: docs/speed.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent / "speed"))

from launching import SYSTEMS, NotRunningError, Worker, start
from shapes import Shape, make_shape
from speed_table import join_shapes, write_report
from streaming import measure_streams

import rasd
from rasd.files import open_whole
from rasd.formats.jsonl import read_sentences
from rasd.text.sentences import split_sentences

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "speed"
WORK = ROOT / "runs" / "speed"
CORPUS = ROOT / "data" / "conflict"
SEED = 13


def main() -> None:
    """Measure what was asked for, and write the tables."""
    options = parse()
    output = RESULTS / f"{options.name}.json"
    record = json.loads(output.read_text(encoding="utf-8")) if output.is_file() else {}
    if not options.report:
        if options.stream:
            record["stream"] = measure_streams(options, WORK, ROOT)
        else:
            record["systems"] = join_shapes(record.get("systems", {}), measure(options))
        record["machine"] = describe_machine(options)
        output.parent.mkdir(parents=True, exist_ok=True)
        with open_whole(output) as file:
            file.write(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    elif not record:
        sys.exit(f"no result {output}; measure first: python benchmarks/speed.py --name {options.name}")
    print(write_report(record, output.with_suffix("")))


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--shapes", nargs="+", choices=("mini", "base"), default=["mini", "base"])
    parser.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS))
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "runs/mini-full", help="the mini checkpoint")
    parser.add_argument("--encoder", type=Path, default=ROOT / "encoders/mini", help="the encoder that it is over")
    parser.add_argument("--sentences", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="threads to compute with [as many as each chooses]")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--python", nargs="+", default=[], metavar="SYSTEM=PATH", help="environments there are already")
    parser.add_argument("--stream", action="store_true", help="cost and memory over long streams, instead of systems")
    parser.add_argument("--quick", action="store_true", help="32 sentences, 2 rounds: whether it works, not how fast")
    parser.add_argument("--report", action="store_true", help="print a result that is there")
    parser.add_argument("--name", default="cpu", help="name of the result in benchmarks/results/speed [cpu]")
    options = parser.parse_args()
    if options.quick:
        options.sentences, options.rounds = 32, 2
    options.python = dict(pair.split("=", 1) for pair in options.python)
    for what in ("checkpoint", "encoder"):
        if not options.report and not (getattr(options, what) / "config.json").is_file():
            parser.error(f"--{what}: {getattr(options, what)} is not there; scripts/quickstart.sh makes both")
    return options


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return the measurements of each shape's systems."""
    items = take_texts(options)
    WORK.mkdir(parents=True, exist_ok=True)
    texts = WORK / "texts.json"
    texts.write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")
    result: dict[str, Any] = {
        "num_sentences": len(items),
        "num_types": sum(len(item["types"]) for item in items),
        "num_rounds": options.rounds,
        "shapes": {},
    }
    for name in options.shapes:
        shape = make_shape(name, encoder=options.encoder, checkpoint=options.checkpoint, work=WORK)
        result["shapes"][name] = measure_shape(shape, texts, options)
    return result


def take_texts(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Return sentences of the corpus, all different, with the event types that rasd finds in each."""
    sentences = read_sentences(CORPUS / "train.jsonl") + read_sentences(CORPUS / "test.jsonl")
    texts = [text for text in dict.fromkeys(item.text for item in sentences) if len(split_sentences(text)) == 1]
    chosen = random.Random(SEED).sample(texts, options.sentences)
    documents = rasd.load(options.checkpoint, device=options.device, local_files_only=True).predict(chosen)
    return [{"text": document.text, "types": list(document.sentences[0].types)} for document in documents]


def measure_shape(shape: Shape, texts: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return what each system took in each round, or why it did not run."""
    record: dict[str, Any] = {}
    workers: dict[str, Worker] = {}
    for name in options.systems:
        try:
            workers[name], tuned = start(name, shape, texts, WORK, options)
        except NotRunningError as err:
            record[name] = {"missing": str(err)}
            print(f"{shape.name} {name}: not installed: {err}", flush=True)
            continue
        record[name] = {**tuned, "rounds": []}
    for number in range(options.rounds):
        for name, worker in workers.items():
            size = record[name]["batch_size"]
            found = worker.ask("round", size)
            found["product_rate"] = worker.ask("products")["rate"]
            if SYSTEMS[name][0] == "Rasd":
                found["bare_seconds"] = worker.ask("bare")["seconds"]
            record[name]["rounds"].append(found)
            print(f"{shape.name} {name} round {number + 1}: {found['seconds']:.2f} s", flush=True)
    for worker in workers.values():
        worker.close()
    return record


def describe_machine(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the numbers depend on."""
    import torch
    import transformers

    gpu = torch.cuda.get_device_name() if options.device == "cuda" else None
    cpu = next((line.split(":", 1)[1].strip() for line in _cpu_lines() if line.startswith("model name")), None)
    return {
        "processor": cpu or platform.processor(),
        "cores": os.cpu_count(),
        "gpu": gpu,
        "threads": options.threads or torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "rasd": rasd.__version__,
        "quick": options.quick,
    }


def _cpu_lines() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


if __name__ == "__main__":
    main()

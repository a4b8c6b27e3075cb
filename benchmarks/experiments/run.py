"""Try changes to rasd one at a time on a fixed small task, and say what each does beside the settings as they are.

    python benchmarks/experiments/run.py VARIANT[:SEED] ... [--real-train FILE] [--full]
    python benchmarks/experiments/run.py --list | --report

The small task: 600 sentences of data/conflict, 5 epochs, everything else as configs/mini-full.yaml; scored on the dev
part and on 400 sentences of real_train, of which nothing is trained on. `--full` takes the whole of the corpus and all
epochs; stopped, it goes on from the last. Variants are those of `variants.py`; a result is a file in
benchmarks/results/experiments with the counts of every sentence, and what has one is not run again. `--report` prints
differences to `base` with the same seed, and 95% intervals of a bootstrap over pairs of sentences.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "quality"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from compare import f1, resampled, table
from counting import row
from variants import ROUND, VARIANTS

import rasd
from rasd.files import open_whole
from rasd.formats.jsonl import read_sentences
from rasd.metrics import METRICS
from rasd.training.config import TrainConfig

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "experiments"
WORK = ROOT / "runs" / "experiments"
CORPUS = ROOT / "data" / "conflict"
CONFIG = ROOT / "configs" / "mini-full.yaml"
NUM_SENTENCES, NUM_EPOCHS, NUM_REAL = 600, 5, 400
SHOWN = ("typing", "tri_c", "arg_i", "arg_c")
BASE_SEED = 13


def main() -> None:
    """Run what has no result yet, list, or report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cells", nargs="*", metavar="VARIANT[:SEED]")
    parser.add_argument("--real-train", type=Path, default=ROOT / "runs/conflict_real/train.jsonl")
    parser.add_argument("--full", action="store_true", help="the whole corpus and all epochs")
    parser.add_argument("--list", action="store_true", help="print the variants")
    parser.add_argument("--report", action="store_true", help="print the table")
    options = parser.parse_args()
    for cell in options.cells:
        name, _, seed = cell.partition(":")
        if not set(name.split("+")) <= set(VARIANTS) or not (seed or "0").isdigit():
            parser.error(f"{cell!r}: expected some of {', '.join(VARIANTS)}, joined by +, and a seed after a colon")
        if len(options.cells) == 1:
            run(name, int(seed or BASE_SEED), options)
            continue
        # A patch changes the package for good, so every variant has a process of its own.
        command = [sys.executable, __file__, cell, "--real-train", str(options.real_train)]
        subprocess.run(command + ["--full"] * options.full, check=True)
    if options.list:
        for name, variant in VARIANTS.items():
            print(f"{name}: {variant.what}")
    if options.report:
        report()


def run(name: str, seed: int, options: argparse.Namespace) -> None:
    """Train and score one variant, unless its result is there."""
    scale = "full" if options.full else "small"
    target = RESULTS / f"round{ROUND}" / f"{scale}-{name}-{seed}.json"
    if target.exists():
        print(f"{name}:{seed}: there already")
        return
    from rasd.training.run import train

    folder = WORK / f"{scale}-{name}-{seed}"
    if not options.full:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    lines = [line for line in (CORPUS / "train.jsonl").read_text(encoding="utf-8").split("\n") if line]
    random.Random(13).shuffle(lines)
    settings = [f"seed={seed}", f"output_dir={folder}", "resume=true"]
    if not options.full:
        (folder / "train.jsonl").write_text("\n".join(lines[:NUM_SENTENCES]) + "\n", encoding="utf-8")
        settings += [f"data.train={folder / 'train.jsonl'}", f"trainer.num_train_epochs={NUM_EPOCHS}"]
    variants = [VARIANTS[part] for part in name.split("+")]
    for variant in variants:
        settings += variant.settings
        if variant.patch is not None:
            variant.patch()
    train(TrainConfig.from_yaml(CONFIG, settings))
    shutil.rmtree(folder / "trainer")
    provenance = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    extractor = rasd.load(str(folder))
    sets = {"dev": read_sentences(CORPUS / "dev.jsonl", extractor.ontology)}
    if options.real_train.is_file():
        real = read_sentences(options.real_train, extractor.ontology)
        sets["real"] = random.Random(13).sample(real, NUM_REAL)
    result = {
        "variant": name,
        "what": "; ".join(variant.what for variant in variants),
        "scale": scale,
        "seed": seed,
        "seconds": provenance["seconds"],
        "metrics": list(METRICS),
        "counts": {
            key: [row(ours, theirs) for ours, theirs in zip(gold, extractor.predict_sentences(gold), strict=True)]
            for key, gold in sets.items()
        },
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    with open_whole(target) as file:
        file.write(json.dumps(result, ensure_ascii=False) + "\n")
    print(f"{name}:{seed}: {describe(result)}")


def describe(result: dict) -> str:
    """Return the scores of a result in one line."""
    scores = (
        f"{key} " + " ".join(f"{metric} {100 * f1(table(result, key, metric).sum(0)):.1f}" for metric in SHOWN)
        for key in result["counts"]
    )
    return "; ".join(scores)


def report() -> None:
    """Print the tables of all rounds."""
    for folder in sorted(RESULTS.iterdir()):
        results = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
        for scale in sorted({item["scale"] for item in results}, reverse=True):
            print(f"\n{folder.name}, {scale}\n")
            report_part([item for item in results if item["scale"] == scale])


def report_part(results: list[dict]) -> None:
    """Print a row a result: scores, and differences to `base` of the same seed over all sentences."""
    columns = ["variant", "seed", "Tri-C dev", "Tri-C real", "Arg-C dev", "Arg-C real"]
    columns += ["Tri-C against base", "Arg-C against base", "seconds"]
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    bases = {item["seed"]: item for item in results if item["variant"] == "base"}
    for item in sorted(results, key=lambda item: (item["variant"] != "base", item["variant"], item["seed"])):
        scores = [
            f"{100 * f1(table(item, key, metric).sum(0)):.1f}" if key in item["counts"] else "not checked: absent"
            for metric in ("tri_c", "arg_c")
            for key in ("dev", "real")
        ]
        gaps = [gap(item, bases.get(item["seed"]), metric) for metric in ("tri_c", "arg_c")]
        cells = [f"{item['variant']}: {item['what']}", str(item["seed"]), *scores, *gaps, f"{item['seconds']:.0f}"]
        print(f"| {' | '.join(cells)} |")


def gap(item: dict, base: dict | None, metric: str) -> str:
    """Return the difference in points and its interval."""
    if base is None or base is item:
        return "-"
    keys = [key for key in item["counts"] if key in base["counts"]]
    ours, theirs = (resampled([np.concatenate([table(part, key, metric) for key in keys])]) for part in (item, base))
    low, high = np.percentile(100 * (ours - theirs), [2.5, 97.5])
    return f"{100 * (ours - theirs).mean():+.1f} ({low:+.1f} to {high:+.1f})"


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()

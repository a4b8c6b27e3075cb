"""What sentences of the written and of the real corpus are worth: train on samples, score each on the same sets.

    python benchmarks/learning_curve.py written:300 real:300 both:300 ... [--real-dev FILE] [--gsr DIR]
    python benchmarks/learning_curve.py --report

A cell names a corpus (`written` is data/conflict, `real` the output of scripts/rehydrate.py, `both` half of each) and a
number of sentences, or `all`. Samples are nested: the 300 are among the 600. Every cell is configs/mini-full.yaml on
its sample, with the same dev part of the written corpus, scored on dev, test, real news and gold standard records where
they are there. Its result is a file in benchmarks/results/learning_curve; a cell that has one is not run again.
--report prints the tables and draws docs/learning_curve.png (needs matplotlib).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import random
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluate_real import ABSENT, score_gsr

import rasd
from rasd.evaluation import evaluate
from rasd.files import open_whole
from rasd.formats.jsonl import read_sentences
from rasd.metrics import Scores
from rasd.training.config import TrainConfig

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "learning_curve"
WRITTEN = ROOT / "data" / "conflict" / "train.jsonl"
CORPORA = ("written", "real", "both")


def main() -> None:
    """Run the cells that have no result yet, or report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cells", nargs="*", metavar="CORPUS:SIZE", help="such as written:600 or both:all")
    parser.add_argument("--real-train", type=Path, default=ROOT / "runs/conflict_real/train.jsonl")
    parser.add_argument("--real-dev", type=Path, help="annotated real news to score on")
    parser.add_argument("--gsr", type=Path, help="folder of the Arabic event gold standard records")
    parser.add_argument("--report", action="store_true", help="print the tables and draw the picture")
    options = parser.parse_args()
    for cell in options.cells:
        corpus, _, size = cell.partition(":")
        if corpus not in CORPORA or not (size == "all" or size.isdigit()):
            parser.error(f"{cell!r}: expected {' or '.join(CORPORA)}, a colon, and a number of sentences or all")
        if (RESULTS / f"{corpus}-{size}.json").exists():
            print(f"{cell}: there already")
        else:
            run(corpus, size, options)
    if options.report:
        report()


def run(corpus: str, size: str, options: argparse.Namespace) -> None:
    """Train and score one cell, and keep its result."""
    from rasd.training.run import train

    folder = ROOT / "runs" / "learning_curve" / f"{corpus}-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = sample(corpus, size, options.real_train)
    (folder / "train.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    overrides = [f"data.train={folder / 'train.jsonl'}", f"output_dir={folder / 'model'}"]
    dev = train(TrainConfig.from_yaml(ROOT / "configs/mini-full.yaml", overrides))
    extractor = rasd.load(str(folder / "model"))
    provenance = json.loads((folder / "model" / "run.json").read_text(encoding="utf-8"))
    result = {
        "corpus": corpus,
        "num_sentences": len(lines),
        "sha256_train": hashlib.sha256("".join(lines).encode()).hexdigest(),
        "steps": provenance["steps"],
        "seconds": provenance["seconds"],
        "dev": brief(dev),
        **score(extractor, options),
    }
    with open_whole(RESULTS / f"{corpus}-{size}.json") as file:
        file.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    shutil.rmtree(folder / "model" / "trainer")


def sample(corpus: str, size: str, real_train: Path) -> list[str]:
    """Return the corpus lines of a cell: the head of a seeded shuffle, so that larger samples hold smaller ones."""
    paths = {"written": [WRITTEN], "real": [real_train], "both": [WRITTEN, real_train]}[corpus]
    picked: list[str] = []
    for path in paths:
        lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line]
        random.Random(13).shuffle(lines)
        wanted = len(lines) if size == "all" else int(size) // len(paths)
        if wanted > len(lines):
            sys.exit(f"{corpus}:{size} wants {wanted} sentences of {path}, which has {len(lines)}")
        picked += lines[:wanted]
    return picked


def score(extractor: rasd.EventExtractor, options: argparse.Namespace) -> dict[str, object]:
    """Score on test, on real news (whole, from the outlets of the real corpus, and from elsewhere), and on records."""
    gold = {"test": read_sentences(ROOT / "data/conflict/test.jsonl", extractor.ontology)}
    if options.real_dev is not None and options.real_dev.is_file():
        real = read_sentences(options.real_dev, extractor.ontology)
        same = [item for item in real if str(item.extra.get("source", "")).startswith("antcorpus")]
        apart = [item for item in real if item not in same]
        gold |= {"real": real, "real_same_corpus": same, "real_elsewhere": apart}
    results: dict[str, object] = dict.fromkeys(("real", "real_same_corpus", "real_elsewhere"), ABSENT)
    for name, sentences in gold.items():
        scores = evaluate(extractor, sentences)[0]
        results[name] = scores.to_dict() if name == "real" else brief(scores)
    for name in ("assault", "protest"):
        path = None if options.gsr is None else options.gsr / f"{name}_gsr.csv"
        there = path is not None and path.is_file()
        results[name] = score_gsr(extractor, path, name.upper()) if there else ABSENT
    return results


def brief(scores: Scores) -> dict[str, object]:
    """Return scores without those of single types and roles, which only real news is looked at for."""
    return {**scores.to_dict(), "by_type": {}, "by_role": {}}


def report() -> None:
    """Print the tables and draw the picture."""
    cells = [json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")]
    cells.sort(key=lambda cell: (CORPORA.index(cell["corpus"]), cell["num_sentences"]))
    sets = ("dev", "test", "real", "real_same_corpus", "real_elsewhere")
    shown = {name: [(cell, Scores.from_dict(cell[name])) for cell in cells if cell[name] != ABSENT] for name in sets}
    for metric in ("tri_c", "arg_c"):
        print(f"\n{metric}\n| trained on | sentences | {' | '.join(sets)} |\n|---|---{'|---' * len(sets)}|")
        for cell in cells:
            values = [getattr(scores, metric).f1 for name in sets for of, scores in shown[name] if of is cell]
            numbers = " | ".join(f"{100 * value:.1f}" for value in values)
            print(f"| {cell['corpus']} | {cell['num_sentences']} | {numbers} |")
    print("\naverage precision\n| trained on | sentences | ASSAULT | PROTEST |\n|---|---|---|---|")
    for cell in cells:
        values = [cell[name] for name in ("assault", "protest")]
        numbers = " | ".join(value if value == ABSENT else f"{value['average_precision']:.3f}" for value in values)
        print(f"| {cell['corpus']} | {cell['num_sentences']} | {numbers} |")
    draw(shown, ROOT / "docs" / "learning_curve.png")


def draw(shown: dict[str, list[tuple[dict, Scores]]], path: Path) -> None:
    """Draw Tri-C and Arg-C against the number of sentences: the written corpus on each set, all three on real news."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    colours = {"dev": "#8fb8a3", "test": "#3b7a57", "written": "#c98b2b", "real": "#7a3b5e", "both": "#3b5e7a"}
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4), constrained_layout=True, sharey=True)
    for axis, metric in zip(axes, ("tri_c", "arg_c"), strict=True):
        lines = [(name, name, "written", f"written, scored on {name}") for name in ("dev", "test")]
        lines += [(corpus, "real", corpus, f"{corpus}, scored on real news") for corpus in CORPORA]
        for colour, scored_on, corpus, label in lines:
            points = [
                (cell["num_sentences"], 100 * getattr(scores, metric).f1)
                for cell, scores in shown[scored_on]
                if cell["corpus"] == corpus
            ]
            numbers, values = zip(*points, strict=True) if points else ((), ())
            style = "--" if scored_on != "real" else "-"
            axis.plot(numbers, values, style, marker="o", color=colours[colour], label=label)
        axis.set(title={"tri_c": "Tri-C", "arg_c": "Arg-C"}[metric], xlabel="training sentences", xscale="log")
        ticks = [300, 600, 1200, 2400, 4800]
        axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axis.xaxis.minorticks_off()
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", alpha=0.3)
    axes[0].set_ylabel("F1, exact spans")
    axes[1].legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()

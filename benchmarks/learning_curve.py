"""What sentences of the written and of the real corpus are worth: train on samples, score each on the same sets.

    python benchmarks/learning_curve.py written:300 real:300 both:300 ... [--real-dev FILE] [--gsr DIR]
    python benchmarks/learning_curve.py --report

A cell names a corpus (`written` is data/conflict, `real` the output of scripts/rehydrate.py, `both` half of each) and a
number of sentences, or `all`. Samples of one file are nested: the 300 are among the 600. Every cell is
configs/mini-full.yaml on its sample, for 600 steps at least, with the same dev part of the written corpus, scored on
dev, test, real news and gold standard records where they are there. Its result is a file in
benchmarks/results/learning_curve, with what it was made of; a cell is run again only where that has changed. A model
that is there already is only scored.
--report prints the tables, says which cells were made of other versions of the data, and draws docs/learning_curve.png.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import math
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
from rasd.training.config import TrainConfig

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "learning_curve"
CONFLICT = ROOT / "data" / "conflict"
CONFIG = ROOT / "configs" / "mini-full.yaml"
CORPORA = ("written", "real", "both")
SETS = ("dev", "test", "real", "real_same_corpus", "real_elsewhere")
# Share of the real sentences' Arg-C on real news that as many written ones are to reach.
LEAST_WORTH, AT = 0.85, 1200
# Rarer types and roles of the real news are left out where the two are compared label by label: their F1 is chance.
LEAST_GOLD = 10
# A small sample is seen more often, so that a cell shows what its sentences are worth and not what too few steps are.
LEAST_STEPS = 600


def main() -> int:
    """Run the cells that have no result yet, or report; 1 where the written corpus falls short."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cells", nargs="*", metavar="CORPUS:SIZE", help="such as written:600 or both:all")
    parser.add_argument("--real-train", type=Path, default=ROOT / "runs/conflict_real/train.jsonl")
    parser.add_argument("--real-dev", type=Path, help="annotated real news to score on")
    parser.add_argument("--gsr", type=Path, help="folder of the Arabic event gold standard records")
    parser.add_argument(
        "--report", action="store_true", help="print the tables and draw the picture (needs matplotlib)"
    )
    options = parser.parse_args()
    if not options.cells and not options.report:
        parser.error("give cells to run, such as written:600, or --report")
    for cell in options.cells:
        corpus, _, size = cell.partition(":")
        if corpus not in CORPORA or not (size == "all" or (size.isascii() and size.isdigit() and int(size) >= 2)):
            parser.error(f"{cell!r}: expected {' or '.join(CORPORA)}, a colon, and a number of sentences or all")
        run(corpus, size, options)
    return report(options.real_train) if options.report else 0


def run(corpus: str, size: str, options: argparse.Namespace) -> None:
    """Train and score one cell, unless its result is there and made of the same data."""
    path = RESULTS / f"{corpus}-{size}.json"
    lines = sample(corpus, size, options.real_train)
    inputs = fingerprints(lines, options)
    if path.exists():
        if json.loads(path.read_text(encoding="utf-8"))["inputs"] == inputs:
            print(f"{corpus}:{size}: there already")
            return
        print(f"{corpus}:{size}: made of other data; running it again")
    folder = ROOT / "runs" / "learning_curve" / f"{corpus}-{size}"
    provenance = fit(folder, lines)
    result = {
        "corpus": corpus,
        "size": size,
        "num_sentences": len(lines),
        "inputs": inputs,
        "steps": provenance["steps"],
        "seconds": provenance["seconds"],
        **score(rasd.load(str(folder / "model")), options),
    }
    with open_whole(path) as file:
        file.write(json.dumps(result, ensure_ascii=False, indent=1) + "\n")


def fit(folder: Path, lines: list[str]) -> dict:
    """Train on a sample, unless the folder has a model of it, and return what its `run.json` says."""
    train, model = folder / "train.jsonl", folder / "model"
    text = "\n".join(lines) + "\n"
    if not ((model / "run.json").exists() and train.exists() and train.read_text(encoding="utf-8") == text):
        from rasd.training.run import train as train_model

        if not train.exists() or train.read_text(encoding="utf-8") != text:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            train.write_text(text, encoding="utf-8")
        settings = [f"data.train={train}", f"output_dir={model}", "resume=true"]
        trainer = TrainConfig.from_yaml(CONFIG, settings).trainer
        epochs = math.ceil(LEAST_STEPS * trainer["per_device_train_batch_size"] / len(lines))
        settings.append(f"trainer.num_train_epochs={max(trainer['num_train_epochs'], epochs)}")
        train_model(TrainConfig.from_yaml(CONFIG, settings))
        shutil.rmtree(model / "trainer")
    return json.loads((model / "run.json").read_text(encoding="utf-8"))


def sample(corpus: str, size: str, real_train: Path) -> list[str]:
    """Return the corpus lines of a cell: the head of a seeded shuffle, so that larger samples hold smaller ones."""
    written = CONFLICT / "train.jsonl"
    paths = {"written": [written], "real": [real_train], "both": [written, real_train]}[corpus]
    picked: list[str] = []
    for path in paths:
        if not path.is_file():
            sys.exit(f"{corpus}:{size} wants {path}, which is not there; scripts/rehydrate.py makes the real one")
        lines = [line for line in path.read_text(encoding="utf-8").split("\n") if line]
        random.Random(13).shuffle(lines)
        wanted = len(lines) if size == "all" else int(size) // len(paths)
        if wanted > len(lines):
            sys.exit(f"{corpus}:{size} wants {wanted} sentences of {path}, which has {len(lines)}")
        picked += lines[:wanted]
    return picked


def fingerprints(lines: list[str], options: argparse.Namespace) -> dict[str, str]:
    """Return a digest of the texts and events of each set that goes into a cell, and of the configuration."""
    files = {"dev": CONFLICT / "dev.jsonl", "test": CONFLICT / "test.jsonl", "real": options.real_dev}
    digests = {"train": digest_of(lines), "config": hashlib.sha256(CONFIG.read_bytes()).hexdigest()[:16]}
    for name, path in files.items():
        there = path is not None and path.is_file()
        digests[name] = digest_of(path.read_text(encoding="utf-8").split("\n")) if there else ABSENT
    return digests


def digest_of(lines: list[str]) -> str:
    """Return a digest of the texts and events of corpus lines; what else they say does not train or score."""
    records = (json.loads(line) for line in lines if line)
    kept = json.dumps([[record["text"], record["events"]] for record in records], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(kept.encode("utf-8")).hexdigest()[:16]


def score(extractor: rasd.EventExtractor, options: argparse.Namespace) -> dict[str, object]:
    """Score on dev, test, real news (whole, from the outlets of the real corpus, from elsewhere), and on records."""
    gold = {name: read_sentences(CONFLICT / f"{name}.jsonl", extractor.ontology) for name in ("dev", "test")}
    if options.real_dev is not None and options.real_dev.is_file():
        real = read_sentences(options.real_dev, extractor.ontology)
        from_same = [str(item.extra.get("source", "")).startswith("antcorpus") for item in real]
        gold["real"] = real
        gold["real_same_corpus"] = [item for item, same in zip(real, from_same, strict=True) if same]
        gold["real_elsewhere"] = [item for item, same in zip(real, from_same, strict=True) if not same]
    results: dict[str, object] = dict.fromkeys(SETS, ABSENT)
    for name, sentences in gold.items():
        scores = evaluate(extractor, sentences)[0].to_dict()
        # Types and roles are looked at on real news alone.
        results[name] = scores if name == "real" else {**scores, "by_type": {}, "by_role": {}}
    for name in ("assault", "protest"):
        path = None if options.gsr is None else options.gsr / f"{name}_gsr.csv"
        there = path is not None and path.is_file()
        results[name] = score_gsr(extractor, path, name.upper()) if there else ABSENT
    return results


def report(real_train: Path) -> int:
    """Print the tables, draw the picture, and return 1 where the written corpus is worth less than it should."""
    cells = [json.loads(path.read_text(encoding="utf-8")) for path in RESULTS.glob("*.json")]
    cells.sort(key=lambda cell: (CORPORA.index(cell["corpus"]), cell["num_sentences"]))
    for metric, title in (("typing", "Typing"), ("tri_c", "Tri-C"), ("arg_c", "Arg-C")):
        print_table(title, SETS, cells, [[show(cell[name], metric) for name in SETS] for cell in cells])
    precisions = [[show_precision(cell[name]) for name in ("assault", "protest")] for cell in cells]
    print_table("Average precision", ("ASSAULT", "PROTEST"), cells, precisions)
    print_gaps(cells)
    tell_versions(cells, real_train)
    draw(cells, ROOT / "docs" / "learning_curve.png")
    return tell_worth(cells)


def print_table(title: str, columns: tuple[str, ...], cells: list[dict], rows: list[list[str]]) -> None:
    """Print one Markdown table with a row a cell."""
    print(f"\n| {title}, trained on | sentences | {' | '.join(columns)} |\n|---|---{'|---' * len(columns)}|")
    for cell, row in zip(cells, rows, strict=True):
        print(f"| {cell['corpus']} | {cell['num_sentences']:,} | {' | '.join(row)} |")


def show(record: dict | str, metric: str) -> str:
    """Return F1 and its interval in percent."""
    if record == ABSENT:
        return ABSENT
    low, high = record[metric]["interval"]
    return f"{100 * record[metric]['f1']:.1f} ({100 * low:.1f}-{100 * high:.1f})"


def show_precision(record: dict | str) -> str:
    """Return an average precision."""
    return record if record == ABSENT else f"{record['average_precision']:.3f}"


def print_gaps(cells: list[dict]) -> None:
    """Print F1 on real news by event type and role, of 1,200 written and as many real sentences; what lacks most first.

    Nothing is printed where one of the two cells has not been scored on real news.
    """
    found = {cell["corpus"]: cell["real"] for cell in cells if cell["num_sentences"] == AT and cell["real"] != ABSENT}
    if not {"written", "real"} <= set(found):
        return
    for title, score_of in (("event type, Tri-C", type_scores), ("role, Arg-C+", role_scores)):
        written, real = score_of(found["written"]), score_of(found["real"])
        gaps = {label: written[label]["f1"] - real[label]["f1"] for label in real}
        labels = sorted((label for label in gaps if real[label]["num_gold"] >= LEAST_GOLD), key=gaps.__getitem__)
        print(f"\n| {title}, trained on {AT:,} | in gold | written | real | difference |\n|---|---|---|---|---|")
        for label in labels:
            shown = [f"{100 * scores[label]['f1']:.1f}" for scores in (written, real)]
            print(f"| {label} | {real[label]['num_gold']} | {' | '.join(shown)} | {100 * gaps[label]:+.1f} |")


def type_scores(record: dict) -> dict[str, dict]:
    """Return event type -> Tri-C of one scoring."""
    return {label: scores["tri_c"] for label, scores in record["by_type"].items()}


def role_scores(record: dict) -> dict[str, dict]:
    """Return role -> Arg-C+ of one scoring."""
    return record["by_role"]


def tell_versions(cells: list[dict], real_train: Path) -> None:
    """Say which cells were made with another version of the data or of the settings than the one that is here."""
    today = {name: digest_of((CONFLICT / f"{name}.jsonl").read_text("utf-8").split("\n")) for name in ("dev", "test")}
    today["config"] = hashlib.sha256(CONFIG.read_bytes()).hexdigest()[:16]
    for cell in cells:
        others = [name for name, digest in today.items() if cell["inputs"][name] != digest]
        if cell["corpus"] == "written" or real_train.is_file():
            lines = sample(cell["corpus"], cell["size"], real_train)
            others += ["train"] * (digest_of(lines) != cell["inputs"]["train"])
        if others:
            print(f"{cell['corpus']}:{cell['size']}: made with another version of {', '.join(others)}")


def tell_worth(cells: list[dict]) -> int:
    """Print what written sentences are worth beside as many real ones; 1 where that is less than it should."""
    named = {(cell["corpus"], cell["num_sentences"]): cell["real"] for cell in cells if cell["real"] != ABSENT}
    result = 0
    for (corpus, size), record in named.items():
        if corpus == "written" and ("real", size) in named:
            worth = record["arg_c"]["f1"] / named["real", size]["arg_c"]["f1"]
            print(f"{size} written sentences give {worth:.1%} of the Arg-C on real news of {size} real ones")
            result |= size == AT and worth < LEAST_WORTH
    return int(result)


def draw(cells: list[dict], path: Path) -> None:
    """Draw Tri-C and Arg-C against the number of sentences: the written corpus on each set, all three on real news."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [("written", "dev", "--", "#8fb8a3"), ("written", "test", "--", "#3b7a57")]
    lines += [("written", "real", "-", "#c98b2b"), ("real", "real", "-", "#7a3b5e"), ("both", "real", "-", "#3b5e7a")]
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4), constrained_layout=True, sharey=True)
    for axis, metric, title in zip(axes, ("tri_c", "arg_c"), ("Tri-C", "Arg-C"), strict=True):
        for corpus, scored_on, style, colour in lines:
            there = [cell for cell in cells if cell["corpus"] == corpus and cell[scored_on] != ABSENT]
            numbers = [cell["num_sentences"] for cell in there]
            values = [100 * cell[scored_on][metric]["f1"] for cell in there]
            label = f"{corpus}, scored on {'real news' if scored_on == 'real' else scored_on}"
            axis.plot(numbers, values, style, marker="o", color=colour, label=label)
        axis.set(title=title, xlabel="training sentences", xscale="log")
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
    sys.exit(main())

"""How far the scores of a checkpoint can be believed, and what `min_score` trades.

    python benchmarks/calibration.py --name NAME --model DIR --data dev=FILE test=FILE real=FILE ...
    python benchmarks/calibration.py --report NAME

For each file: calibration error of the scores of types, triggers and arguments, raw and as the checkpoint's calibration
reports them (see rasd/reliability.py), and precision, recall and F1 of triggers and arguments against min_score. The
result is benchmarks/results/calibration/NAME.json. --report prints its tables and draws docs/calibration.png and
docs/min_score.png of the files that are not called dev, since on dev the calibration was fitted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd import __version__
from rasd.calibration import IDENTITY, KINDS, Calibration
from rasd.errors import RasdError
from rasd.events import Sentence
from rasd.files import open_whole
from rasd.formats.jsonl import read_sentences
from rasd.metrics import Score, score_events
from rasd.reliability import (
    NUM_BINS,
    Judged,
    bin_items,
    brier_score,
    calibration_error,
    expected_by_chance,
    judge_items,
)
from rasd.selection import select_sentence

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "calibration"
DOCS = ROOT / "docs"
STAGES = ("raw", "calibrated")
BINNINGS = {"equal_mass": True, "equal_width": False}
GRID = [step / 50 for step in range(51)]
SHOWN = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.94)
# A bin of fewer items tells nothing to the eye.
LEAST_DRAWN = 10
METRICS = {"tri_c": "Tri-C", "arg_c": "Arg-C"}


def main() -> int:
    """Measure a checkpoint, or report; 2 where checkpoint or data are at fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--name", help="what the result is called")
    parser.add_argument("--model", help="checkpoint folder")
    parser.add_argument("--data", nargs="+", metavar="SET=FILE", help="annotated sentences: dev=FILE test=FILE ...")
    parser.add_argument("--report", metavar="NAME", help="print tables and draw pictures (needs matplotlib)")
    options = parser.parse_args()
    if options.report is None and None in (options.name, options.model, options.data):
        parser.error("give --name, --model and --data to measure, or --report NAME")
    pairs = [item.partition("=")[::2] for item in options.data or ()]
    for name, path in pairs:
        if not re.fullmatch(r"\w+", name) or not Path(path).is_file():
            parser.error(f"--data {name}={path}: expected a name, an equals sign and a file that is there")
    if pairs:
        try:
            record = measure(options.model, dict(pairs))
        except RasdError as err:
            print(f"calibration.py: {err}", file=sys.stderr)
            return 2
        RESULTS.mkdir(parents=True, exist_ok=True)
        with open_whole(RESULTS / f"{options.name}.json") as file:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    if options.report is not None:
        path = RESULTS / f"{options.report}.json"
        if not path.is_file():
            there = ", ".join(sorted(item.stem for item in RESULTS.glob("*.json"))) or "none"
            parser.error(f"--report {options.report}: no such result; there are: {there}")
        record = json.loads(path.read_text(encoding="utf-8"))
        print("\n".join(format_report(record)))
        draw_reliability(record, DOCS / "calibration.png")
        draw_curves(record, DOCS / "min_score.png")
    return 0


def measure(model: str, data: dict[str, str]) -> dict[str, Any]:
    """Return the result of a checkpoint on annotated files.

    Raises:
        RasdError: If the checkpoint or a file cannot be read.
    """
    from rasd.inference.extractor import EventExtractor

    engine = EventExtractor.from_pretrained(model).engine
    if engine.calibration == IDENTITY:
        logging.warning("%s is not calibrated; scripts/calibrate.py calibrates it", model)
    sets = {}
    for name, path in data.items():
        gold = read_sentences(path, engine.ontology)
        raw = engine.decode_raw(engine.run(engine.encode(gold)), gold)
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
        sets[name] = {"sha256": digest, **measure_set(gold, raw, engine.calibration)}
    return {"rasd": __version__, "calibration": engine.calibration.to_dict(), "sets": sets}


def measure_set(gold: list[Sentence], raw: list[Sentence], calibration: Calibration) -> dict[str, Any]:
    """Return what is known of one file, from its sentences and their predictions with raw scores."""
    reported = {
        stage: [scaling.report(sentence) for sentence in raw]
        for stage, scaling in zip(STAGES, (IDENTITY, calibration), strict=True)
    }
    judged = {stage: judge_items(gold, predicted) for stage, predicted in reported.items()}
    return {
        "num_sentences": len(gold),
        "scores": {kind: {stage: describe(judged[stage][kind]) for stage in STAGES} for kind in KINDS},
        "min_score": [{"min_score": least, **trade(gold, reported["calibrated"], least)} for least in GRID],
    }


def describe(judged: Judged) -> dict[str, Any]:
    """Return the reliability of one kind of score."""
    scores, right = judged.scores, judged.right
    record: dict[str, Any] = {"num": len(scores), "num_right": int(right.sum())}
    record |= {"mean_score": float(scores.mean()) if len(scores) else 0.0, "brier": brier_score(scores, right)}
    for name, is_equal_mass in BINNINGS.items():
        bins = bin_items(scores, right, is_equal_mass=is_equal_mass)
        record[name] = {
            "ece": calibration_error(scores, right, is_equal_mass=is_equal_mass),
            "ece_by_chance": expected_by_chance(scores, is_equal_mass=is_equal_mass),
            "bins": [[item.num, round(item.mean_score, 4), round(item.share_right, 4)] for item in bins],
        }
    return record


def trade(gold: list[Sentence], predicted: list[Sentence], min_score: float) -> dict[str, list[int]]:
    """Return gold, predicted and matched counts of triggers and arguments under one min_score."""
    scores = score_events(gold, [select_sentence(item, min_score) for item in predicted], num_resamples=0)
    counted = {name: getattr(scores, name) for name in METRICS}
    return {name: [item.num_gold, item.num_predicted, item.num_matched] for name, item in counted.items()}


def score_of(counts: list[int]) -> Score:
    """Return the score of what `trade` counted."""
    return Score(num_gold=counts[0], num_predicted=counts[1], num_matched=counts[2])


def format_report(record: dict[str, Any]) -> list[str]:
    """Return the lines of the tables in Markdown."""
    lines = ["| set | score | items | right | mean score | ECE, equal mass | ECE, equal width | Brier |"]
    lines.append("|---" * 8 + "|")
    for name, found in record["sets"].items():
        for kind in KINDS:
            lines.append(f"| {name} | {kind} | {' | '.join(reliability_cells(found['scores'][kind]))} |")
    lines += ["", "| kind of score | temperature | bias |", "|---|---|---|"]
    for kind in KINDS:
        scaling = getattr(Calibration.from_dict(record["calibration"]), kind)
        lines.append(f"| {kind} | {scaling.temperature:.2f} | {scaling.bias:+.2f} |")
    heads = [f"{metric} {part}" for metric in METRICS.values() for part in ("P", "R", "F1")]
    for name, found in record["sets"].items():
        lines += ["", f"| min_score, {name} | events | {' | '.join(heads)} |", "|---" * 8 + "|"]
        lines += [trade_row(point) for point in found["min_score"] if point["min_score"] in SHOWN]
    return lines


def reliability_cells(stages: dict[str, Any]) -> list[str]:
    """Return the cells of one kind of score, raw and calibrated, with what chance alone would give."""
    raw, calibrated = (stages[stage] for stage in STAGES)
    cells = [str(raw["num"]), f"{raw['num_right'] / max(1, raw['num']):.3f}"]
    cells.append(f"{raw['mean_score']:.3f} → {calibrated['mean_score']:.3f}")
    for name in BINNINGS:
        chance = calibrated[name]["ece_by_chance"]
        cells.append(f"{raw[name]['ece']:.3f} → {calibrated[name]['ece']:.3f} ({chance:.3f})")
    return [*cells, f"{raw['brier']:.3f} → {calibrated['brier']:.3f}"]


def trade_row(point: dict[str, Any]) -> str:
    """Return the row of one min_score, in percent."""
    cells = [f"{point['min_score']:.2f}", str(score_of(point["tri_c"]).num_predicted)]
    for name in METRICS:
        score = score_of(point[name])
        cells += [f"{100 * value:.1f}" for value in (score.precision, score.recall, score.f1)]
    return f"| {' | '.join(cells)} |"


def drawn_sets(record: dict[str, Any]) -> list[tuple[str, dict[str, Any], str]]:
    """Return the sets that pictures show, with a colour each; dev only where there is no other."""
    names = [name for name in record["sets"] if name != "dev"] or list(record["sets"])
    colours = ("#3b7a57", "#c98b2b", "#7a3b5e", "#3b5e7a")
    return [(name, record["sets"][name], colours[i % len(colours)]) for i, name in enumerate(names)]


def draw_reliability(record: dict[str, Any], path: Path) -> None:
    """Draw the share of right items against their score in bins of equal width, and how many items those hold."""
    pyplot = load_pyplot()
    figure, axes = pyplot.subplots(
        2, 3, figsize=(12, 5.4), constrained_layout=True, sharex=True, height_ratios=(3, 1), sharey="row"
    )
    sets = drawn_sets(record)
    for column, kind in enumerate(KINDS):
        above, below = axes[:, column]
        above.plot([0, 1], [0, 1], color="#999999", linewidth=1, zorder=0)
        for i, (name, found, colour) in enumerate(sets):
            for stage, style in zip(STAGES, ("--", "-"), strict=True):
                bins = [item for item in found["scores"][kind][stage]["equal_width"]["bins"] if item[0] >= LEAST_DRAWN]
                counts, means, shares = np.array(bins).reshape(-1, 3).T
                # As large as their bin is full: a point of three items says little.
                sizes = [8 + 90 * count / sum(counts) for count in counts]
                is_raw = stage == "raw"
                above.plot(means, shares, style, color=colour, linewidth=1.2, alpha=0.5 if is_raw else 1)
                faces = "white" if is_raw else colour
                above.scatter(means, shares, sizes, facecolors=faces, edgecolors=colour, label=f"{name}, {stage}")
                if not is_raw:
                    centres = [(min(int(mean * NUM_BINS), NUM_BINS - 1) + 0.5) / NUM_BINS for mean in means]
                    places = [centre + 0.024 * (i - (len(sets) - 1) / 2) for centre in centres]
                    bars = below.bar(places, counts, width=0.022, color=colour)
                    below.bar_label(bars, fmt="%d", fontsize=6, rotation=90, padding=2)
        above.set(title=kind, xlim=(0, 1.02), ylim=(0, 1.02))
        below.set(xlabel="score", yscale="log", ylim=(1, 10_000))
        for axis in (above, below):
            axis.spines[["top", "right"]].set_visible(False)
    axes[0, 0].set_ylabel("share that is right")
    axes[1, 0].set_ylabel("items, calibrated")
    axes[0, 0].legend(frameon=False, fontsize=8, loc="upper left")
    figure.savefig(path, dpi=110)


def draw_curves(record: dict[str, Any], path: Path) -> None:
    """Draw precision, recall and F1 against min_score."""
    pyplot = load_pyplot()
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4), constrained_layout=True, sharey=True)
    parts = {"precision": "--", "recall": ":", "f1": "-"}
    for axis, (metric, title) in zip(axes, METRICS.items(), strict=True):
        for name, found, colour in drawn_sets(record):
            # With nothing left there is no precision to draw.
            curve = [(point["min_score"], score_of(point[metric])) for point in found["min_score"]]
            curve = [(least, score) for least, score in curve if score.num_predicted]
            places = [least for least, _ in curve]
            for part, style in parts.items():
                values = [100 * getattr(score, part) for _, score in curve]
                label = f"{name}, {part.replace('f1', 'F1')}"
                axis.plot(places, values, style, color=colour, label=label)
        axis.set(title=title, xlabel="min_score", xlim=(0, 1), ylim=(0, 101))
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", alpha=0.3)
    axes[0].set_ylabel("percent, exact spans")
    axes[0].legend(frameon=False, fontsize=8, loc="lower left")
    figure.savefig(path, dpi=110)


def load_pyplot() -> Any:
    """Return matplotlib's interface, for pictures without a screen."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    sys.exit(main())

"""Train and score event extraction systems side by side: same encoder, same training data, same metrics.

    python benchmarks/quality/run.py SYSTEM:SEED ... [--training written|both] [--real-train FILE] [--real-dev FILE]
    python benchmarks/quality/run.py --report

Systems are those of `systems/`, and `rasd` itself. Each is trained on data/conflict (`both`: and on the output of
scripts/rehydrate.py), may choose by dev, and predicts dev, test and what real sentences are there; its predictions are
scored by rasd's metrics on exact character spans. With `both`, the real training sentences are predicted in five folds.
A result is a file in benchmarks/results/quality with the counts of every sentence, so that systems can be compared pair
by pair; what has a result is not run again. A system with requirements of its own gets an environment of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from compare import report
from counting import count

from rasd.files import open_whole
from rasd.metrics import METRICS
from rasd.ontology import Ontology

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "quality"
WORK = ROOT / "runs" / "quality"
CORPUS = ROOT / "data" / "conflict"
# System -> its script, the file of its own requirements (None where rasd's environment serves), and what it is told.
# An epoch of SpanMarker and GLiNER takes seven times as long as one of rasd, which trains for twelve. Of the rates 1e-4
# and 3e-4 the taggers learn more with the second: 24.6 against 20.7 points on dev from 600 sentences in 12 epochs.
SYSTEMS = {
    "rasd": ("rasd_itself.py", None, []),
    "two_step": ("two_step.py", None, ["--epochs", "12", "--rate", "3e-4"]),
    "tagprime": ("tagprime.py", None, ["--epochs", "12", "--rate", "3e-4"]),
    "floor": ("floor.py", "floor.txt", []),
    "spanmarker": ("spanmarker.py", "spanmarker.txt", ["--epochs", "4"]),
    "gliner": ("gliner_system.py", "gliner.txt", ["--epochs", "4"]),
}
NUM_FOLDS = 5


def main() -> None:
    """Run what has no result yet, or report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cells", nargs="*", metavar="SYSTEM:SEED", help="such as rasd:13 or two_step:17")
    parser.add_argument("--training", choices=("written", "both"), default="written")
    parser.add_argument("--real-train", type=Path, default=ROOT / "runs/conflict_real/train.jsonl")
    parser.add_argument("--real-dev", type=Path, help="annotated real news to score on")
    parser.add_argument("--encoder", default="encoders/mini")
    parser.add_argument("--report", action="store_true", help="print the tables")
    options = parser.parse_args()
    for cell in options.cells:
        system, _, seed = cell.partition(":")
        if system not in SYSTEMS or not seed.isdigit():
            parser.error(f"{cell!r}: expected one of {', '.join(SYSTEMS)}, a colon and a seed")
        target = RESULTS / f"{system}-{options.training}-{seed}.json"
        if target.exists():
            print(f"{cell} on {options.training}: there already")
            continue
        result = run(system, int(seed), options)
        target.parent.mkdir(parents=True, exist_ok=True)
        with open_whole(target) as file:
            file.write(json.dumps(result, ensure_ascii=False) + "\n")
    if options.report:
        report(RESULTS)


def run(system: str, seed: int, options: argparse.Namespace) -> dict[str, object]:
    """Train and predict, once or in folds, and return the counts of every sentence."""
    folder = WORK / f"{system}-{options.training}-{seed}"
    sets = {"dev": CORPUS / "dev.jsonl", "test": CORPUS / "test.jsonl"}
    if options.real_dev is not None and options.real_dev.is_file():
        sets["real_dev"] = options.real_dev
    real = options.real_train if options.real_train.is_file() else None
    if options.training == "written":
        sets |= {"real_train": real} if real else {}
        trains = [(CORPUS / "train.jsonl", sets)]
    elif real is None:
        sys.exit(f"--training both wants the real sentences, and {options.real_train} is not there")
    else:
        trains = list(folds(folder, real, sets))
    counts: dict[str, list[list[int]]] = {}
    for number, (train, predicted) in enumerate(trains):
        outputs = {name: folder / f"{name}-{number}.jsonl" for name in predicted}
        pairs = [f"{predicted[name]}={outputs[name]}" for name in predicted]
        encoder = options.encoder if system == "rasd" else shallower(options.encoder)
        launch(system, seed, folder, train, pairs, encoder)
        for name in predicted:
            counts.setdefault(name.split("-fold")[0], []).extend(count(predicted[name], outputs[name]))
    return {
        "system": system,
        "training": options.training,
        "seed": seed,
        "metrics": list(METRICS),
        "counts": counts,
    }


def folds(folder: Path, real: Path, sets: dict[str, Path]):
    """Yield a training file and what to predict: everything on all data, then each fifth of the real sentences."""
    folder.mkdir(parents=True, exist_ok=True)
    written = (CORPUS / "train.jsonl").read_text(encoding="utf-8")
    lines = [line for line in real.read_text(encoding="utf-8").split("\n") if line]
    for fold in (None, *range(NUM_FOLDS)):
        held = [line for i, line in enumerate(lines) if fold is not None and i % NUM_FOLDS == fold]
        kept = [line for i, line in enumerate(lines) if fold is None or i % NUM_FOLDS != fold]
        train = folder / f"train-{fold}.jsonl"
        train.write_text(written + "\n".join(kept) + "\n", encoding="utf-8")
        if fold is None:
            yield train, sets
            continue
        path = folder / f"held-{fold}.jsonl"
        path.write_text("\n".join(held) + "\n", encoding="utf-8")
        yield train, {f"real_train-fold{fold}": path}


def launch(system: str, seed: int, folder: Path, train: Path, pairs: list[str], encoder: str) -> None:
    """Run a system in its environment."""
    folder.mkdir(parents=True, exist_ok=True)
    ontology, loaded = folder / "ontology.json", Ontology.load("conflict")
    roles = {item.name: list(item.roles) for item in loaded.types}
    ontology.write_text(json.dumps(roles), encoding="utf-8")
    names = {label.name: label.ar for label in (*loaded.types, *loaded.roles)}
    (folder / "names.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
    script, _, settings = SYSTEMS[system]
    command = [str(python_of(system)), str(HERE / "systems" / script), "--train", str(train)]
    command += ["--dev", str(CORPUS / "dev.jsonl"), "--predict", *pairs, "--encoder", encoder]
    command += ["--ontology", str(ontology), "--seed", str(seed), *settings]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "TOKENIZERS_PARALLELISM": "false"})


def shallower(encoder: str) -> str:
    """Return a copy of an encoder whose last layer is not read.

    The rivals learn sooner from the layer below: of the bench's encoder the last one was made for means over sentences.
    `rasd` reads several layers.
    """
    copy = WORK / "encoders" / Path(encoder).name
    if not (copy / "config.json").exists():
        copy.mkdir(parents=True, exist_ok=True)
        for file in Path(encoder).iterdir():
            if file.name != "config.json":
                shutil.copyfile(file, copy / file.name)
        settings = json.loads((Path(encoder) / "config.json").read_text(encoding="utf-8"))
        settings["num_hidden_layers"] -= 1
        with open_whole(copy / "config.json") as file:
            file.write(json.dumps(settings))
    return str(copy)


def python_of(system: str) -> Path:
    """Return the Python of a system's environment, made at first need."""
    requirements = SYSTEMS[system][1]
    if requirements is None:
        return Path(sys.executable)
    venv = WORK / "venvs" / system
    python = venv / "bin" / "python"
    if not (venv / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "-r", str(HERE / "requirements" / requirements)], check=True)
        (venv / "ready").touch()
    return python


if __name__ == "__main__":
    main()

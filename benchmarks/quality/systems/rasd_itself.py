"""rasd itself, by its own training script and `rasd.load`, under configs/mini-full.yaml."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import rasd
from rasd.formats.jsonl import read_sentences, write_sentences

ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", required=True)
    parser.add_argument("--dev", required=True)
    parser.add_argument("--predict", required=True, nargs="+", metavar="IN=OUT")
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--ontology", help="not needed: the configuration names it")
    parser.add_argument("--seed", default="13")
    options = parser.parse_args()
    pairs = [tuple(map(Path, pair.split("="))) for pair in options.predict]
    model = pairs[0][1].parent / f"model-{Path(options.train).stem}"
    settings = [f"data.train={options.train}", f"data.dev={options.dev}", f"seed={options.seed}"]
    settings += [f"model.encoder={options.encoder}", f"output_dir={model}", "resume=true"]
    command = [sys.executable, "train/train.py", "--config", "configs/mini-full.yaml", *settings]
    subprocess.run(command, check=True, cwd=ROOT)
    predict(model, pairs)


def predict(model: Path, pairs: list[tuple[Path, Path]]) -> None:
    """Write what a checkpoint finds in each file of sentences, in the form of the file itself."""
    extractor = rasd.load(model, device="cpu", local_files_only=True)
    for source, target in pairs:
        write_sentences(target, extractor.predict_sentences(read_sentences(source)))


if __name__ == "__main__":
    main()

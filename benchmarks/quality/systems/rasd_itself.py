"""rasd itself, by its own commands, under configs/mini-full.yaml."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

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
    model = Path(options.predict[0].split("=")[1]).parent / f"model-{Path(options.train).stem}"
    settings = [f"data.train={options.train}", f"data.dev={options.dev}", f"seed={options.seed}"]
    settings += [f"model.encoder={options.encoder}", f"output_dir={model}", "resume=true"]
    run(sys.executable, "train/train.py", "--config", "configs/mini-full.yaml", *settings)
    for pair in options.predict:
        source, target = pair.split("=")
        # The command that was installed beside this Python.
        run(
            str(Path(sys.executable).with_name("rasd")),
            "evaluate",
            "--model",
            str(model),
            "--data",
            source,
            "--predictions",
            target,
        )


def run(*words: str) -> None:
    subprocess.run(words, check=True, cwd=ROOT)


if __name__ == "__main__":
    main()

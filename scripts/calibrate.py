"""Calibrate a checkpoint that is there already: python scripts/calibrate.py --model DIR --dev FILE.jsonl

Training does the same at its end; this is for checkpoints from before, and for scores that are to hold for other news.
`calibration` in the folder's config.json is fitted anew on the sentences of --dev, which the model must not have been
trained on. The events that the checkpoint finds stay the same, their scores change. docs/calibration.md says more.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.errors import RasdError
from rasd.files import open_whole


def main() -> int:
    """Calibrate; 2 where checkpoint or sentences are at fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", type=Path, required=True, help="checkpoint folder; its config.json is changed")
    parser.add_argument("--dev", required=True, metavar="FILE.jsonl", help="annotated sentences to fit on")
    options = parser.parse_args()
    try:
        run(options.model, options.dev)
    except RasdError as err:
        print(f"calibrate.py: {err}", file=sys.stderr)
        return 2
    return 0


def run(folder: Path, dev: str) -> None:
    """Fit the calibration of a checkpoint and write it into its config.

    Raises:
        RasdError: If the checkpoint cannot be loaded, or the sentences not read.
    """
    from rasd.formats.jsonl import read_sentences
    from rasd.inference.extractor import EventExtractor
    from rasd.inference.loading import read_config
    from rasd.training.calibration_fit import calibrate

    # A folder, never a Hub id: there is nothing to write into.
    record = read_config(folder)
    extractor = EventExtractor.from_pretrained(folder, local_files_only=True)
    sentences = read_sentences(dev, extractor.ontology)
    calibration = calibrate(extractor.engine, extractor.engine.backend.model, sentences).to_dict()
    with open_whole(folder / "config.json") as file:
        # As transformers writes it, so that nothing else in the file changes.
        file.write(json.dumps(record | {"calibration": calibration}, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(main())

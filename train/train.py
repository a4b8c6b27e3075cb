"""Fine-tune an encoder for event extraction: python train/train.py --config configs/NAME.yaml [key=value ...]."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

# Threads that spin while they wait halt each other when anything else runs on the machine: a tenfold loss seen on two
# cores, against a fifth gained where nothing does.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# A clone trains without being installed; this folder itself must not shadow packages (see train/README.md).
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from rasd.errors import RasdError  # noqa: E402


def main() -> int:
    """Run one training; 0 when done, 2 when input or configuration is at fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, help="YAML file, see configs/README.md")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="such as trainer.max_steps=10 resume=true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        from rasd.training.config import TrainConfig

        config = TrainConfig.from_yaml(options.config, options.overrides)
        from rasd.metrics import format_table
        from rasd.training.run import train

        print(format_table(train(config)))
    except RasdError as err:
        print(f"train.py: {err}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

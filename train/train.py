"""Fine-tune an encoder for event extraction: python train/train.py --config configs/NAME.yaml [key=value ...]."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Threads that spin while they wait halt each other when anything else runs on the machine: a tenfold loss seen on two
# cores, against a fifth gained where nothing does.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# A clone trains without being installed; this folder itself must not shadow packages (see train/README.md).
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from rasd.training.script import check_extra, run_script  # noqa: E402


def main() -> int:
    """Run one training; the exit code."""
    return run_script(run, name="train.py", description=__doc__)


def run(path: str, overrides: list[str]) -> str:
    """Train under a configuration file and return the table of scores."""
    check_extra()
    from rasd.training.config import TrainConfig

    config = TrainConfig.from_yaml(path, overrides)
    from rasd.metrics import format_table
    from rasd.training.run import train

    scores = format_table(train(config))
    dev = " ".join([config.data.dev] if isinstance(config.data.dev, str) else config.data.dev)
    return f"\nScores on {dev}, thresholds chosen there; docs/results.md says what they mean:\n{scores}"


if __name__ == "__main__":
    sys.exit(main())

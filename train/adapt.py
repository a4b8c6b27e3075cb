"""Adapt an encoder to raw text: python train/adapt.py --config configs/adapt-mini.yaml [key=value ...]."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# As in train.py.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from rasd.training.script import check_extra, run_script  # noqa: E402


def main() -> int:
    """Run one adaptation; the exit code."""
    return run_script(run, name="adapt.py", description=__doc__)


def run(path: str, overrides: list[str]) -> str:
    """Adapt under a configuration file and return loss and perplexity before and after."""
    check_extra()
    from rasd.training.adaptation_config import AdaptConfig

    config = AdaptConfig.from_yaml(path, overrides)
    from rasd.training.adaptation import adapt, format_report

    return format_report(adapt(config))


if __name__ == "__main__":
    sys.exit(main())

"""Fine-tune an encoder for event extraction: python train/train.py --config configs/NAME.yaml [key=value ...]."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import sys
from pathlib import Path

# Threads that spin while they wait halt each other when anything else runs on the machine: a tenfold loss seen on two
# cores, against a fifth gained where nothing does.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# A clone trains without being installed; this folder itself must not shadow packages (see train/README.md).
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from rasd.errors import MissingExtraError, RasdError  # noqa: E402

# What the extra [train] brings and training cannot do without.
_EXTRA = ("accelerate", "datasets")


def main() -> int:
    """Run one training; 0 when done, 2 when input, configuration, installation or disk are at fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", required=True, help="YAML file, see configs/README.md")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="such as trainer.max_steps=10 resume=true")
    options = parser.parse_args()
    # Launchers that start several processes number them here; one is enough to tell what happens.
    is_main = os.environ.get("RANK", "0") == "0"
    logging.basicConfig(level=logging.INFO if is_main else logging.ERROR, format="%(message)s")
    try:
        table = run(options.config, options.overrides)
    except RasdError as err:
        print(f"train.py: {err}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ntrain.py: stopped; the same command with resume=true goes on from the last epoch", file=sys.stderr)
        return 130
    except OSError as err:
        where = f"; check the space and the permissions of {err.filename}" if err.filename else ""
        print(f"train.py: {err}{where}", file=sys.stderr)
        return 2
    if is_main:
        print(table)
    return 0


def run(path: str, overrides: list[str]) -> str:
    """Train under a configuration file and return the table of scores."""
    missing = [name for name in _EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"training needs {' and '.join(missing)}, which the extra [train] brings: pip install -e '.[train]'"
        )
    from rasd.training.config import TrainConfig

    config = TrainConfig.from_yaml(path, overrides)
    from rasd.metrics import format_table
    from rasd.training.run import train

    return format_table(train(config))


if __name__ == "__main__":
    sys.exit(main())

"""What the scripts of `train/` share: their arguments, their exit codes, and how faults are told."""

from __future__ import annotations

import argparse
import importlib.util
import logging
import os
import sys
from collections.abc import Callable

from rasd.errors import MissingExtraError, RasdError

# What the extra [train] brings and training cannot do without.
_EXTRA = ("accelerate", "datasets")


def run_script(run: Callable[[str, list[str]], str], *, name: str, description: str) -> int:
    """Run a script of `train/`; 0 when done, 2 when input, configuration, installation or disk are at fault.

    Args:
        run: Does the work under a configuration file and overrides, and returns what to print.
        name: The script's name, which its errors begin with.
        description: What it does.
    """
    parser = argparse.ArgumentParser(prog=name, description=description)
    parser.add_argument("--config", required=True, help="YAML file, see configs/README.md")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="such as trainer.max_steps=10 resume=true")
    options = parser.parse_args()
    # Launchers that start several processes number them here; one is enough to tell what happens.
    is_main = os.environ.get("RANK", "0") == "0"
    logging.basicConfig(level=logging.INFO if is_main else logging.ERROR, format="%(message)s")
    try:
        report = run(options.config, options.overrides)
    except RasdError as err:
        print(f"{name}: {err}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\n{name}: stopped; the same command with resume=true goes on from the last state", file=sys.stderr)
        return 130
    except OSError as err:
        where = f"; check the space and the permissions of {err.filename}" if err.filename else ""
        print(f"{name}: {err}{where}", file=sys.stderr)
        return 2
    if is_main:
        print(report)
    return 0


def check_extra() -> None:
    """Check that what training needs is installed.

    Raises:
        MissingExtraError: If it is not, with the command that installs it.
    """
    missing = [name for name in _EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"training needs {' and '.join(missing)}, which the extra [train] brings: pip install -e '.[train]'"
        )

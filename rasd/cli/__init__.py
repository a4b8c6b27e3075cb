"""The command line: `rasd predict`, `evaluate`, `render`, `convert`, `export`, `publish`, `doctor` and the others.

Exit codes: 0 done, 2 bad input or configuration, 3 done with rejects; `ontology diff` ends with 1 where files differ.
What goes wrong by the user's hand is one message on standard error; anything else keeps its traceback. Nothing heavy is
imported before a command needs it.
"""

from __future__ import annotations

import argparse
import errno
import io
import logging
import os
import sys
from collections.abc import Sequence

from rasd import __version__
from rasd.cli import (
    convert,
    doctor,
    evaluate,
    export,
    export_events,
    gazetteer,
    ontology,
    predict,
    publish,
    publish_data,
    render,
    show,
    validate,
    view,
)
from rasd.errors import RasdError

_COMMANDS = (
    predict,
    evaluate,
    render,
    show,
    validate,
    convert,
    export,
    publish,
    publish_data,
    ontology,
    view,
    export_events,
    gazetteer,
    doctor,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: The arguments after the program's name; None takes those of the process.

    Returns:
        The exit code.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    logging.basicConfig(level=logging.WARNING, format="rasd: %(levelname)s: %(message)s")
    try:
        args = build_parser().parse_args(argv)
    except SystemExit as ending:  # --help, --version, or a fault that argparse has told
        return ending.code if isinstance(ending.code, int) else 2
    try:
        code = args.run(args)
        sys.stdout.flush()
        return code
    except RasdError as err:
        return _fail(args.command, err)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has gone, as with `| head`; nothing more may be flushed into the pipe when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as err:
        if err.filename is None and err.errno != errno.ENOSPC:
            raise
        return _fail(args.command, err if err.filename is None else f"{err.filename}: {err.strerror}")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="rasd", description="Event extraction from Arabic news.", allow_abbrev=False, epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=f"rasd {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        command.add_parser(subparsers)
    return parser


def _fail(command: str, err: Exception | str) -> int:
    """Print what went wrong and return the exit code of bad input."""
    print(f"rasd {command}: {err}", file=sys.stderr)
    return 2


_EPILOG = "Exit codes: 0 done, 2 bad input or configuration, 3 done with rejects. `rasd COMMAND --help` says more."

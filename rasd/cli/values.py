"""The options of `rasd predict` and `rasd export-events` that put values beside the quotes; see `rasd.values`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from rasd.errors import ConfigError

if TYPE_CHECKING:
    from rasd.events import Document


def add_value_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    group = parser.add_argument_group("values", "numbers, dates and places read from the arguments")
    group.add_argument("--values", action="store_true", help="add values and a readable form to triggers and arguments")
    group.add_argument(
        "--document-date",
        type=_date,
        metavar="YYYY-MM-DD",
        help="with --values: date of the documents that bring none of their own",
    )
    group.add_argument("--gazetteer", metavar="FILE", help="with --values: what `rasd gazetteer build` made")


def check_value_arguments(args: argparse.Namespace) -> None:
    """Check that what goes with --values does, and that the gazetteer is one, before a model is loaded.

    Raises:
        ConfigError: If an option was given without it.
        ReadError: If there is no such gazetteer.
    """
    if not args.values:
        for option in ("document_date", "gazetteer"):
            if getattr(args, option) is not None:
                raise ConfigError(f"--{option.replace('_', '-')} goes with --values")
    if args.gazetteer is not None:
        from rasd.values.gazetteer import Gazetteer

        Gazetteer(args.gazetteer).close()


@contextmanager
def open_values(args: argparse.Namespace, *, is_first: bool = True) -> Iterator[Callable[[Document], Document]]:
    """Return what adds values to a document, or leaves it as it is where they were not asked for.

    Args:
        args: With what `add_value_arguments` added.
        is_first: Whether the documents are read for the first time; of a second reading nothing is told again.
    """
    if not args.values:
        yield lambda document: document
        return
    from rasd.values.add import ValueReader

    with ValueReader(args.document_date, args.gazetteer) as reader:
        yield reader.add
        if not is_first:
            reader.num_unread_dates = 0


def _date(value: str) -> date:
    """Parse a date, for argparse."""
    from rasd.values.add import parse_date

    try:
        return parse_date(value)
    except ValueError as err:
        raise argparse.ArgumentTypeError(str(err)) from err

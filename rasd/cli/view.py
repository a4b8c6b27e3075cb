"""`rasd view`: check mapping files, show one as a table."""

from __future__ import annotations

import argparse
import sys

from rasd.errors import OntologyError


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "view",
        allow_abbrev=False,
        help="check and show mappings to other code books",
        description="Look at views, the mappings to other code books: packaged ones by name, others by their file.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="tell every fault; 2 where there are any")
    check.add_argument("sources", nargs="*", metavar="NAME_OR_FILE", help="[every packaged view]")
    check.set_defaults(run=run_check)
    show = actions.add_parser("show", help="print the rules as a Markdown table")
    show.add_argument("source", metavar="NAME_OR_FILE")
    show.set_defaults(run=run_show)


def run_check(args: argparse.Namespace) -> int:
    """Check every view named; 2 where one is at fault."""
    from rasd.coding.view import View, packaged_views

    is_sound = True
    for source in args.sources or packaged_views():
        try:
            view = View.load(source)
        except OntologyError as err:
            print(f"rasd view: {err}", file=sys.stderr)
            is_sound = False
            continue
        print(f"{source}: sound; {len(view.rules)} rules, {len(view.codes)} codes, for the ontology {view.ontology}")
    return 0 if is_sound else 2


def run_show(args: argparse.Namespace) -> int:
    """Print a view as a table."""
    from rasd.coding.describe import format_markdown
    from rasd.coding.view import View

    print(format_markdown(View.load(args.source)), end="")
    return 0

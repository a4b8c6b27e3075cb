"""`rasd doctor`: what is installed, what is missing, and the command that mends it."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "doctor",
        allow_abbrev=False,
        help="check the installation",
        description="Say what is installed, what is missing and how to mend it; 2 where predicting cannot work.",
    )
    parser.add_argument("--model", metavar="DIR_OR_ID", help="also load a checkpoint and predict a sentence")
    parser.add_argument("--online", action="store_true", help="also ask whether the Hub can be reached")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the report; 0 where predicting works."""
    from rasd.doctor import can_predict, format_json, format_report, run_checks

    checks = run_checks(model=args.model, is_online=args.online)
    print(format_json(checks) if args.json else format_report(checks))
    return 0 if can_predict(checks) else 2

"""`rasd render`: predictions as one self-contained right-to-left page."""

from __future__ import annotations

import argparse

from rasd.cli.common import add_min_score_argument, check_outputs, open_output, read_predictions


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "render",
        allow_abbrev=False,
        help="make a page of predictions",
        description="Make one self-contained HTML page of the events that `rasd predict` wrote, or of a corpus file.",
    )
    parser.add_argument("predictions", metavar="PREDICTIONS.jsonl", help="documents or sentences; - is stdin")
    parser.add_argument("--output", required=True, metavar="PAGE.html", help="page to write")
    parser.add_argument(
        "--ontology", default="conflict", metavar="NAME_OR_FILE", help="where the Arabic names come from [conflict]"
    )
    add_min_score_argument(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the page."""
    from rasd.ontology import Ontology
    from rasd.render import render_html

    check_outputs({"--output": args.output}, inputs=[args.predictions, args.ontology])
    labels = Ontology.load(args.ontology).labels_ar
    page = render_html(read_predictions(args.predictions, min_score=args.min_score), labels=labels)
    with open_output(args.output) as file:
        file.write(page)
    return 0

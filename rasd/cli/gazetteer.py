"""`rasd gazetteer build`: a GeoNames file becomes the gazetteer that `rasd predict --values --gazetteer` reads."""

from __future__ import annotations

import argparse
import sys

from rasd.cli.common import check_outputs


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "gazetteer",
        allow_abbrev=False,
        help="build a gazetteer for --values",
        description="Build a local gazetteer of places with Arabic names.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    build = actions.add_parser(
        "build",
        allow_abbrev=False,
        help="from a GeoNames file",
        description="Build an SQLite file from an unpacked GeoNames file, such as allCountries.txt or SY.txt of "
        "https://download.geonames.org/export/dump/ (CC BY 4.0).",
    )
    build.add_argument("source", metavar="GEONAMES.txt", help="file to read")
    build.add_argument("output", metavar="PLACES.sqlite", help="file to write")
    build.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build the gazetteer."""
    from rasd.values.gazetteer import build_gazetteer

    check_outputs({"PLACES.sqlite": args.output}, inputs=[args.source])
    num_places, num_lines = build_gazetteer(args.source, args.output)
    print(f"rasd gazetteer: {num_places:,} of {num_lines:,} places have an Arabic name: {args.output}", file=sys.stderr)
    return 0

"""`rasd ontology`: check ontology files, show one as a table, tell two apart."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rasd.errors import OntologyError

if TYPE_CHECKING:
    from rasd.ontology import Label, Ontology

_FIRST_STRONG, _POP = "\u2068", "\u2069"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "ontology",
        allow_abbrev=False,
        help="check, show and compare ontologies",
        description="Look at ontologies: packaged ones by name, others by their YAML file.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="tell every fault; 2 where there are any")
    check.add_argument("sources", nargs="+", metavar="NAME_OR_FILE")
    check.set_defaults(run=run_check)
    show = actions.add_parser("show", help="print types, roles and realis values with Arabic and English descriptions")
    show.add_argument("source", metavar="NAME_OR_FILE")
    show.set_defaults(run=run_show)
    diff = actions.add_parser("diff", help="print what differs; 1 where anything does")
    diff.add_argument("old", metavar="NAME_OR_FILE")
    diff.add_argument("new", metavar="NAME_OR_FILE")
    diff.set_defaults(run=run_diff)


def run_check(args: argparse.Namespace) -> int:
    """Check every ontology named; 2 where one is at fault."""
    from rasd.ontology import Ontology

    is_sound = True
    for source in args.sources:
        try:
            ontology = Ontology.load(source)
        except OntologyError as err:
            print(f"rasd ontology: {err}", file=sys.stderr)
            is_sound = False
            continue
        print(f"{source}: sound; {_describe(ontology)}")
        for line in find_gaps(ontology):
            print(f"  {line}")
    return 0 if is_sound else 2


def run_show(args: argparse.Namespace) -> int:
    """Print an ontology as tables."""
    from rasd.ontology import Ontology

    for line in format_ontology(Ontology.load(args.source), is_isolated=sys.stdout.isatty()):
        print(line)
    return 0


def run_diff(args: argparse.Namespace) -> int:
    """Print what differs between two ontologies; 1 where anything does."""
    from rasd.ontology import Ontology

    lines = list(diff_ontologies(Ontology.load(args.old), Ontology.load(args.new)))
    print("\n".join(lines) if lines else "no difference")
    return 1 if lines else 0


def find_gaps(ontology: Ontology) -> Iterator[str]:
    """Yield what an ontology lacks without being at fault: descriptions, and roles that no type lists."""
    for what, labels in (("types", ontology.types), ("roles", ontology.roles), ("realis values", ontology.realis)):
        for field, name in (("ar", "Arabic name"), ("definition", "definition")):
            bare = [label.name for label in labels if not getattr(label, field)]
            if bare:
                yield f"{what} without {name}: {', '.join(bare)}"
    used = {role for item in ontology.types for role in item.roles}
    idle = [role.name for role in ontology.roles if role.name not in used]
    if idle:
        yield f"roles that no type lists: {', '.join(idle)}"


def format_ontology(ontology: Ontology, *, is_isolated: bool = False) -> Iterator[str]:
    """Yield the lines that show an ontology.

    Args:
        ontology: What to show.
        is_isolated: Whether Arabic stands between bidi isolates, which terminals use and plain text is better without.
    """
    yield f"# {ontology.name} {ontology.version}: {_describe(ontology)}"
    for title, labels in (("types", ontology.types), ("roles", ontology.roles), ("realis", ontology.realis)):
        if labels:
            yield ""
            yield title
            yield from _format_labels(labels, is_isolated)


def diff_ontologies(old: Ontology, new: Ontology) -> Iterator[str]:
    """Yield a line for whatever differs: - what is gone, + what is new, ~ what is other than before."""
    for field in ("name", "version", "language"):
        if getattr(old, field) != getattr(new, field):
            yield f"~ {field}: {getattr(old, field)} -> {getattr(new, field)}"
    for what, before, after in (
        ("type", old.types, new.types),
        ("role", old.roles, new.roles),
        ("realis", old.realis, new.realis),
    ):
        yield from _diff_labels(what, {item.name: item for item in before}, {item.name: item for item in after})


def _format_labels(labels: Iterable[Label], is_isolated: bool) -> Iterator[str]:
    width = max(len(label.name) for label in labels)
    for label in labels:
        # The Arabic stands at the end of its line: in the middle, terminals would turn about what follows it.
        arabic = f"{_FIRST_STRONG}{label.ar}{_POP}" if is_isolated and label.ar else label.ar
        yield f"  {label.name.ljust(width)}  {arabic}".rstrip()
        indent = " " * (width + 4)
        if label.definition:
            yield indent + label.definition
        if roles := getattr(label, "roles", ()):
            yield f"{indent}roles: {', '.join(roles)}"


def _diff_labels(what: str, before: dict[str, Label], after: dict[str, Label]) -> Iterator[str]:
    for name in before:
        if name not in after:
            yield f"- {what} {name}"
    for name in after:
        if name not in before:
            yield f"+ {what} {name}"
    kept = [name for name in before if name in after]
    for name in kept:
        yield from _diff_label(f"{what} {name}", before[name], after[name])
    if kept != [name for name in after if name in before]:
        yield f"~ {what}s: the same names in another order, which changes their ids"


def _diff_label(what: str, old: Label, new: Label) -> Iterator[str]:
    for field in ("ar", "definition", "examples"):
        one, other = (getattr(label, field, ()) for label in (old, new))
        if one != other:
            one, other = (value if isinstance(value, str) else ", ".join(value) for value in (one, other))
            yield f"~ {what}: {field}: {one} -> {other}"
    one, other = getattr(old, "roles", ()), getattr(new, "roles", ())
    changes = [f"-{role}" for role in one if role not in other] + [f"+{role}" for role in other if role not in one]
    if changes:
        yield f"~ {what}: roles: {' '.join(changes)}"


def _describe(ontology: Ontology) -> str:
    counts = f"{len(ontology.types)} types, {len(ontology.roles)} roles"
    return counts + (f", {len(ontology.realis)} realis values" if ontology.realis else ", no realis")

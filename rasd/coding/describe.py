"""A view as a Markdown table: one row a rule, in the order in which they are tried."""

from __future__ import annotations

from collections import Counter

from rasd.coding.rules import FITS, Rule
from rasd.coding.view import View

_HEADER = ("rule", "event types", "realis", "if told", "code", "what is lost or not decided")
_SEPARATOR = " / "


def format_markdown(view: View) -> str:
    """Return a view's rules as a table, with a line before it that counts them."""
    fits = Counter(rule.fit for rule in view.rules)
    counts = ", ".join(f"{fits[fit]} {_FIT_NAMES[fit]}" for fit in FITS if fits[fit])
    values = {value for rule in view.rules for value in rule.realis}
    lines = [
        f"{view.name} {view.version}, from the ontology {view.ontology} to {view.target}. "
        f"{len(view.rules)} rules: {counts}.",
        "",
        f"| {' | '.join(_HEADER)} |",
        "|---" * len(_HEADER) + "|",
    ]
    lines += [f"| {' | '.join(_cells(rule, values))} |" for rule in view.rules]
    return "\n".join(lines) + "\n"


def _cells(rule: Rule, values: set[str]) -> list[str]:
    codes = [_SEPARATOR.join(code) for code in rule.candidates]
    code = _SEPARATOR.join(rule.code)
    if rule.candidates:
        code = f"{code or '-'}; undecided: {', '.join(codes)}"
    realis = "" if rule.realis == values else ", ".join(sorted(rule.realis))
    types = ", ".join(rule.types_as_written).replace("*", "\\*")
    return [rule.id, types, realis, rule.told.replace("*", "\\*"), code or "none", rule.note]


_FIT_NAMES = {"exact": "exact", "loses": "with a loss", "undecided": "undecided", "none": "without a code"}

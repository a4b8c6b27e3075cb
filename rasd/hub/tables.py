"""The tables of a card, as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rasd.events import Document
from rasd.metrics import METRICS, Score, Scores
from rasd.ontology import Ontology

_MARKUP = re.compile(r"[\\`*\[\]]")


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[object]], *, numbers_from: int | None = None) -> str:
    """Return a table; columns from `numbers_from` on are set to the right."""
    right = len(head) if numbers_from is None else numbers_from
    rule = ["---:" if i >= right else "---" for i in range(len(head))]
    cells = [list(map(str, row)) for row in rows]
    lines = [head, rule, *([_escape(cell) for cell in row] for row in cells)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def score_table(scores: Scores) -> str:
    """Return the scores over all types and roles, with intervals and counts."""
    head = ["", "P", "R", "F1", "95% interval", "gold", "predicted", "matched"]
    rows = [[label, *_cells(getattr(scores, name))] for name, label in METRICS.items()]
    return markdown_table(head, rows, numbers_from=1)


def type_table(scores: Scores, ontology: Ontology) -> str:
    """Return the scores of each event type, in the ontology's order: triggers with their type, attached arguments."""
    head = ["event type", "Tri-C P", "R", "F1", "95% interval", "events: gold / predicted / matched"]
    head += ["Arg-C+ F1", "95% interval", "arguments: gold / predicted / matched"]
    rows = []
    for item in ontology.types:
        named = scores.by_type.get(item.name, {})
        triggers, arguments = named.get("tri_c", Score()), named.get("arg_c_plus", Score())
        cells = [*_shares(triggers), _interval(triggers), _counts(triggers)]
        rows.append([plain(item.name), *cells, _shares(arguments)[2], _interval(arguments), _counts(arguments)])
    return markdown_table(head, rows, numbers_from=1)


def role_table(scores: Scores, ontology: Ontology) -> str:
    """Return the Arg-C+ scores of each role, in the ontology's order."""
    head = ["role", "P", "R", "F1", "95% interval", "gold", "predicted", "matched"]
    named = ((role.name, scores.by_role.get(role.name, Score())) for role in ontology.roles)
    return markdown_table(head, ([plain(name), *_cells(score)] for name, score in named), numbers_from=1)


def ontology_tables(ontology: Ontology) -> dict[str, str]:
    """Return the tables of "types", "roles" and "realis", each label in both languages, empty where there is none."""
    types = ([*_label(item), ", ".join(item.roles)] for item in ontology.types)
    tables = {"types": markdown_table(["event type", "بالعربية", "what it is", "roles"], types)}
    for what, labels, head in (("roles", ontology.roles, "role"), ("realis", ontology.realis, "value")):
        rows = [_label(label) for label in labels]
        tables[what] = markdown_table([head, "بالعربية", "what it is"], rows) if rows else ""
    return tables


def event_table(document: Document, ontology: Ontology) -> str:
    """Return what was found in a document, an event and each of its arguments a line; empty where there is nothing."""
    rows = []
    for event in document.events:
        name = f"**{plain(event.type)}**" + f" ({event.realis})" * (event.realis is not None)
        in_arabic = plain(ontology.labels_ar.get(event.type, ""))
        trigger = event.trigger
        place = ["", ""] if trigger is None else [trigger.text, f"{trigger.start}-{trigger.end}"]
        rows.append([name, in_arabic, *place, _fixed(event.score)])
        for item in event.arguments or ():
            in_arabic = plain(ontology.labels_ar.get(item.role, ""))
            place = [item.text, f"{item.start}-{item.end}"]
            rows.append([f"&nbsp;&nbsp;{plain(item.role)}", in_arabic, *place, _fixed(item.score)])
    return markdown_table(["event, argument", "بالعربية", "text", "offsets", "score"], rows) if rows else ""


def robustness_table(result: Mapping[str, Any]) -> str:
    """Return what `benchmarks/robustness.py` measured, in points of F1."""
    rows = []
    for item in result["perturbations"].values():
        cells = [item["what"], item["num_changed"]]
        for metric in ("tri_c", "arg_c"):
            low, high = item[metric]["interval"]
            cells += [f"{item[metric]['f1']:.1f}", f"{item[metric]['drop']:.1f} ({low:.1f} to {high:.1f})"]
        rows.append([*cells, f"{item['same_events']:.0f}%"])
    head = ["what is done to the text", "sentences changed", "Tri-C", "drop", "Arg-C", "drop", "same events"]
    return markdown_table(head, rows, numbers_from=1)


def calibration_table(result: Mapping[str, Any]) -> str:
    """Return how far scores can be believed on each set, raw and as they are reported."""
    rows = []
    for name, item in result["sets"].items():
        for kind, stages in item["scores"].items():
            raw, reported = stages["raw"], stages["calibrated"]
            share = reported["num_right"] / max(1, reported["num"])
            errors = [f"{stage['equal_mass']['ece']:.3f}" for stage in (raw, reported)]
            rows.append([name, kind, reported["num"], f"{share:.3f}", f"{reported['mean_score']:.3f}", *errors])
    return markdown_table(["set", "score of", "items", "right", "mean score", "ECE raw", "ECE"], rows, numbers_from=2)


def _label(item: Any) -> list[str]:
    """Return name, Arabic name and definition of a label of the ontology."""
    return [plain(item.name), plain(item.ar), plain(item.definition)]


def plain(text: str) -> str:
    """Return words of an ontology such that they are read as they stand, and neither as HTML nor as Markdown."""
    return _MARKUP.sub(r"\\\g<0>", text).replace("<", "&lt;")


def _escape(cell: str) -> str:
    """Keep a text inside its cell."""
    return cell.replace("|", "\\|").replace("\n", " ")


def _cells(score: Score) -> list[str]:
    """Return precision, recall, F1, interval and counts, in percent."""
    counts = (score.num_gold, score.num_predicted, score.num_matched)
    return [*_shares(score), _interval(score), *map(str, counts)]


def _shares(score: Score) -> list[str]:
    """Return precision, recall and F1 in percent, a dash where each is the share of nothing."""
    below = (score.num_predicted, score.num_gold, score.num_gold + score.num_predicted)
    shares = (score.precision, score.recall, score.f1)
    return [f"{100 * share:.1f}" if count else "-" for share, count in zip(shares, below, strict=True)]


def _interval(score: Score) -> str:
    """Return the interval of F1 in percent."""
    if score.interval is None or not score.num_gold + score.num_predicted:
        return "-"
    return f"{100 * score.interval[0]:.1f}-{100 * score.interval[1]:.1f}"


def _counts(score: Score) -> str:
    return f"{score.num_gold}/{score.num_predicted}/{score.num_matched}"


def _fixed(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"

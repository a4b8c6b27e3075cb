"""Scores of predicted events against gold events, sentence by sentence, on exact code-point spans.

The scores are those of TextEE (Huang et al., 2024). For each sentence gold and predicted items are compared as sets, so
a repeated item counts once, and counts are summed over sentences (micro average). An item is

    typing   event type                                   (which types the sentence has)
    Tri-I    trigger span                                 (trigger identification)
    Tri-C    event type, trigger span                     (trigger classification)
    Arg-I    event type, argument span                    (argument identification)
    Arg-C    event type, argument span, role              (argument classification)
    Arg-I+   event type, trigger span, argument span      (the argument hangs on the right event)
    Arg-C+   event type, trigger span, argument span, role
    Realis   event type, trigger span, realis             (of events whose type and trigger span gold has too)

Typing and Realis are not in TextEE. Where every predicted event has a realis, Realis precision, recall and F1 are all
the accuracy; a missing one is a wrong answer, so accuracy is the recall. Spans are compared relative to the start of
their sentence.

**Layers that gold lacks** are left out of both sides, so that nobody is blamed for what was not annotated:

- A sentence whose `events` is None counts nowhere.
- A sentence with a gold event without a trigger counts for typing only.
- For a gold event whose `arguments` is None, Arg-I+ and Arg-C+ leave out the arguments of the events with its trigger
  and type; Arg-I and Arg-C, which do not look at triggers, leave out the arguments of all events of its type in the
  sentence. Arguments of other predicted events still count.
- A gold event whose `realis` is None does not count for realis.
- Where gold has events, but none with a trigger (none with arguments), no sentence counts for triggers (arguments).

On the predicted side `None` means that nothing was predicted; an event without a trigger counts for typing only.

**Zero cases**: a score whose denominator is zero is 0.0, so a set with nothing gold and nothing predicted scores 0.0,
and the counts beside it tell why. A resample with nothing to count scores 0.0 likewise.

**Intervals** are percentile bootstrap intervals at 95% (Efron, 1979) of F1, over sentences. Sentences
with equal counts are drawn together from one multinomial: the same distribution, and cheap for large corpora.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from rasd.events import Event, Sentence

METRICS = {
    "typing": "Typing",
    "tri_i": "Tri-I",
    "tri_c": "Tri-C",
    "arg_i": "Arg-I",
    "arg_c": "Arg-C",
    "arg_i_plus": "Arg-I+",
    "arg_c_plus": "Arg-C+",
    "realis": "Realis",
}
"""Field of `Scores` -> its name in tables in their order."""

_BY_TYPE = ("typing", "tri_c", "arg_c_plus")
_MAX_WEIGHTS = 4_000_000  # resampling weights held at once, 32 MB
Items = dict[str, set[tuple[Any, ...]]]
_Tallies = dict[tuple[str, str], list[int]]  # (metric or "role", event type or role) -> counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Precision, recall and F1 in [0, 1] and the counts they come from.

    Attributes:
        num_gold: Gold items.
        num_predicted: Predicted items.
        num_matched: Items that are in both.
        interval: 95% interval of F1; None for single types and roles, and where none was asked for.
    """

    num_gold: int = 0
    num_predicted: int = 0
    num_matched: int = 0
    interval: tuple[float, float] | None = None

    @property
    def precision(self) -> float:
        """Share of the predicted items that are in gold, 0.0 where nothing was predicted."""
        return self.num_matched / self.num_predicted if self.num_predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold items that were predicted, 0.0 where there is no gold."""
        return self.num_matched / self.num_gold if self.num_gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0.0 where nothing matches."""
        # TextEE's steps: 2 * matched / (gold + predicted) may differ in the last bit, and then print another digit.
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the score as a JSON-ready dict; `interval` only where there is one."""
        return {"precision": self.precision, "recall": self.recall, "f1": self.f1} | _fields_of(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Score:
        """Return the score that `to_dict` wrote."""
        return cls(**_fields_from(cls, record))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What `score_events` found; what each score counts is said at the top of this module.

    Attributes:
        typing, tri_i, tri_c, arg_i, arg_c, arg_i_plus, arg_c_plus, realis: Micro scores.
        typing_macro_f1: Mean typing F1 of the types that are in gold or were predicted, 0.0 where there is none.
        by_type: Event type -> "typing", "tri_c" and "arg_c_plus" -> its score, in the order of the types' names.
        by_role: Role -> its Arg-C+ score over all event types, in the order of the roles' names.
        num_sentences: Sentences that count, and were resampled.
        num_left_out: Sentences left out because gold has no events layer for them.
        num_typing_only: Sentences among `num_sentences` that count for typing alone.
        num_events_without_arguments: Gold events whose arguments were left out of the argument scores.
        num_resamples: Bootstrap resamples behind the intervals, 0 where none were asked for.
        seed: Seed of the bootstrap.
    """

    typing: Score
    typing_macro_f1: float
    tri_i: Score
    tri_c: Score
    arg_i: Score
    arg_c: Score
    arg_i_plus: Score
    arg_c_plus: Score
    realis: Score
    by_type: Mapping[str, Mapping[str, Score]]
    by_role: Mapping[str, Score]
    num_sentences: int
    num_left_out: int
    num_typing_only: int
    num_events_without_arguments: int
    num_resamples: int
    seed: int

    @property
    def realis_accuracy(self) -> float:
        """Share of the events found, with type and trigger span, whose realis is right."""
        return self.realis.recall

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as a JSON-ready dict, shares in [0, 1]."""
        record = _fields_of(self) | {name: getattr(self, name).to_dict() for name in METRICS}
        record["by_type"] = {t: {name: s.to_dict() for name, s in named.items()} for t, named in self.by_type.items()}
        return record | {"by_role": {role: score.to_dict() for role, score in self.by_role.items()}}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Scores:
        """Return the scores that `to_dict` wrote."""
        known = _fields_from(cls, record) | {name: Score.from_dict(record[name]) for name in METRICS}
        types = record["by_type"].items()
        known["by_type"] = {t: {name: Score.from_dict(item) for name, item in named.items()} for t, named in types}
        return cls(**known | {"by_role": {role: Score.from_dict(item) for role, item in record["by_role"].items()}})


def score_events(
    gold: Sequence[Sentence], predicted: Sequence[Sentence], *, num_resamples: int = 1000, seed: int = 0
) -> Scores:
    """Score predicted events against gold events.

    The time taken is linear in the number of sentences. Example:

        >>> from rasd.events import Event, Sentence, Span
        >>> text = "قصفت الطائرات الميناء"
        >>> event = Event(type="Attack", trigger=Span(start=0, end=4, text="قصفت"))
        >>> scores = score_events([Sentence(text=text, events=(event,))], [Sentence(text=text, events=())])
        >>> scores.tri_c.recall, scores.tri_c.num_gold
        (0.0, 1)

    Args:
        gold: Annotated sentences.
        predicted: The same sentences in the same order, with predicted events.
        num_resamples: Bootstrap resamples for the intervals; 0 for no intervals.
        seed: Seed of the bootstrap. The order of the sentences changes nothing.

    Returns:
        The micro scores with their intervals, and the scores of each event type and each role.

    Raises:
        ValueError: If there are not as many predicted as gold sentences, if two texts differ, or if `num_resamples` is
            negative.
    """
    _check_pairs(gold, predicted, num_resamples)
    rows: Counter[tuple[int, ...]] = Counter()
    tallies: _Tallies = {}
    num_pairs = sum(ours.events is not None for ours in gold)
    facts = {"num_sentences": num_pairs, "num_left_out": len(gold) - num_pairs}
    facts |= {"num_typing_only": 0, "num_events_without_arguments": 0, "num_resamples": num_resamples, "seed": seed}
    for ours, _, is_full, gold_items, predicted_items in pair_items(gold, predicted):
        facts["num_typing_only"] += not is_full
        if is_full:
            facts["num_events_without_arguments"] += sum(event.arguments is None for event in ours.events or ())
        rows[_count(gold_items, predicted_items, tallies)] += 1
    return _collect(rows, tallies, facts)


def pair_items(
    gold: Sequence[Sentence], predicted: Sequence[Sentence]
) -> Iterator[tuple[Sentence, Sentence, bool, Items, Items]]:
    """Yield each annotated sentence, its prediction, whether its triggers count, and the items of both that count.

    Items are sets by metric, as at the top of this module; spans count from the start of the sentence.
    """
    pairs = [(ours, theirs) for ours, theirs in zip(gold, predicted, strict=True) if ours.events is not None]
    gold_events = [event for ours, _ in pairs for event in ours.events or ()]
    has_triggers = not gold_events or any(event.trigger is not None for event in gold_events)
    has_arguments = not gold_events or any(event.arguments is not None for event in gold_events)
    for ours, theirs in pairs:
        is_full = has_triggers and all(event.trigger is not None for event in ours.events or ())
        both = _items(ours), _items(theirs)
        _leave_out(ours, both, triggers=is_full, arguments=is_full and has_arguments)
        yield ours, theirs, is_full, *both


def format_table(scores: Scores, *, by_type: bool = False, by_role: bool = False) -> str:
    """Return the scores as a plain text table in percent, with a dash where there was nothing to score.

    Args:
        scores: What `score_events` returned.
        by_type: Whether tables of the event types follow.
        by_role: Whether a table of the roles follows.

    Returns:
        Aligned lines without a newline at the end.
    """
    head = ["P", "R", "F1", "95% interval", "gold", "predicted", "matched"]
    lines = [["", *head], *([label, *_cells(getattr(scores, name))] for name, label in METRICS.items())]
    lines.insert(2, ["Typing macro", "", "", _percent(scores.typing_macro_f1, len(scores.by_type)), "", "", "", ""])
    tables = [_align(lines)]
    for metric in _BY_TYPE if by_type and scores.by_type else ():
        named = ([name, *_cells(item[metric])] for name, item in scores.by_type.items())
        tables.append(_align([[f"{METRICS[metric]} by event type", *head], *named]))
    if by_role and scores.by_role:
        named = ([role, *_cells(item)] for role, item in scores.by_role.items())
        tables.append(_align([["Arg-C+ by role", *head], *named]))
    return "\n\n".join(tables)


def _check_pairs(gold: Sequence[Sentence], predicted: Sequence[Sentence], num_resamples: int) -> None:
    """Raise ValueError unless gold and predicted are the same sentences."""
    if len(gold) != len(predicted):
        raise ValueError(f"got {len(predicted)} predicted sentences for {len(gold)} gold sentences; give one for each")
    if num_resamples < 0:
        raise ValueError(f"num_resamples must be 0 or more, got {num_resamples}")
    for index, (ours, theirs) in enumerate(zip(gold, predicted, strict=True)):
        if ours.text != theirs.text:
            name = f" (id {ours.id!r})" if ours.id is not None else ""
            raise ValueError(
                f"sentence {index}{name} has the text {ours.text[:60]!r} in gold but {theirs.text[:60]!r} in the"
                " predictions; give the same sentences in the same order"
            )


def _items(sentence: Sentence) -> Items:
    """Return metric -> items of a sentence; the type comes first in all but Tri-I, the role last."""
    items: Items = {name: set() for name in METRICS}
    for event in sentence.events or ():
        items["typing"].add((event.type,))
        if event.trigger is None:
            continue
        key = _event_key(event, sentence.start)
        items["tri_i"].add(key[1:])
        items["tri_c"].add(key)
        for argument in event.arguments or ():
            span = (argument.start - sentence.start, argument.end - sentence.start)
            items["arg_i"].add((event.type, *span))
            items["arg_c"].add((event.type, *span, argument.role))
            items["arg_i_plus"].add((*key, *span))
            items["arg_c_plus"].add((*key, *span, argument.role))
        if event.realis is not None:
            items["realis"].add((*key, event.realis))
    return items


def _event_key(event: Event, sentence_start: int) -> tuple[Any, ...]:
    """Return the type and the trigger's span in its sentence, by which events are matched."""
    assert event.trigger is not None, "an event without a trigger cannot be matched"
    return event.type, event.trigger.start - sentence_start, event.trigger.end - sentence_start


def _leave_out(ours: Sentence, both: tuple[Items, Items], *, triggers: bool, arguments: bool) -> None:
    """Take out of the gold and the predicted items what gold does not annotate."""
    unknown = [event for event in ours.events or () if event.arguments is None and event.trigger is not None]
    types = {event.type for event in unknown}
    keys = {_event_key(event, ours.start) for event in unknown}
    met = {item[:3] for item in both[0]["realis"]} & both[1]["tri_c"] if triggers else set()
    for items in both:
        items["realis"] = {item for item in items["realis"] if item[:3] in met}
        for name in () if triggers else ("tri_i", "tri_c"):
            items[name] = set()
        for name in ("arg_i", "arg_c"):
            items[name] = {item for item in items[name] if arguments and item[0] not in types}
        for name in ("arg_i_plus", "arg_c_plus"):
            items[name] = {item for item in items[name] if arguments and item[:3] not in keys}


def _count(gold: Items, predicted: Items, tallies: _Tallies) -> tuple[int, ...]:
    """Return gold, predicted and matched counts, metric after metric, and add them to those of types and roles."""
    counts: list[int] = []
    for name in METRICS:
        for place, items in enumerate((gold[name], predicted[name], gold[name] & predicted[name])):
            counts.append(len(items))
            keys = [(name, item[0]) for item in items] if name in _BY_TYPE else []
            keys += [("role", item[-1]) for item in items] if name == "arg_c_plus" else []
            for key in keys:
                tallies.setdefault(key, [0, 0, 0])[place] += 1
    return tuple(counts)


def _collect(rows: Counter[tuple[int, ...]], tallies: _Tallies, facts: dict[str, int]) -> Scores:
    """Sum the sentences' counts up to scores."""
    table = np.array(sorted(rows), dtype=np.float64).reshape(len(rows), 3 * len(METRICS))  # [U, 24]
    repeats = np.array([count for _, count in sorted(rows.items())], dtype=np.int64)  # [U]
    totals = [int(total) for total in repeats @ table]
    intervals = _bootstrap(table, repeats, facts["num_resamples"], facts["seed"])
    micro = {name: _score(totals[3 * i : 3 * i + 3], intervals[i]) for i, name in enumerate(METRICS)}
    named = {key: _score(counts) for key, counts in tallies.items()}
    types = sorted({name for metric, name in named if metric == "typing"})
    return Scores(
        **micro,
        typing_macro_f1=sum(named["typing", name].f1 for name in types) / len(types) if types else 0.0,
        by_type={name: {metric: named.get((metric, name), Score()) for metric in _BY_TYPE} for name in types},
        by_role={role: score for (metric, role), score in sorted(named.items()) if metric == "role"},
        **facts,
    )


def _bootstrap(table: Any, repeats: Any, num_resamples: int, seed: int) -> list[tuple[float, float] | None]:
    """Return the interval of each micro F1 from the counts `table` [U, 24], a row for `repeats` [U] sentences."""
    if num_resamples == 0 or len(table) == 0:
        return [None] * len(METRICS)
    generator = np.random.default_rng(seed)
    num, shares = repeats.sum(), repeats / repeats.sum()
    above, below = 2 * table[:, 2::3], table[:, 0::3] + table[:, 1::3]  # [U, 8] over and under the line of F1
    values = []
    for done in range(0, num_resamples, step := max(1, _MAX_WEIGHTS // len(table))):
        weights = generator.multinomial(num, shares, size=min(step, num_resamples - done))
        drawn = weights @ below
        values.append(np.divide(weights @ above, drawn, out=np.zeros_like(drawn), where=drawn > 0))
    bounds = np.percentile(np.concatenate(values), [2.5, 97.5], axis=0).T  # [8, 2]
    is_scored = repeats @ below > 0
    return [(float(low), float(high)) if kept else None for (low, high), kept in zip(bounds, is_scored, strict=True)]


def _score(counts: Sequence[int], interval: tuple[float, float] | None = None) -> Score:
    """Return the score of a gold, a predicted and a matched count."""
    return Score(num_gold=counts[0], num_predicted=counts[1], num_matched=counts[2], interval=interval)


def _fields_of(scores: Any) -> dict[str, Any]:
    """Return the fields of a dataclass as a dict, an interval as a list, without what is None."""
    values = {item.name: getattr(scores, item.name) for item in fields(scores)}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value is not None
    }


def _fields_from(kind: type, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `_fields_of` wrote, an interval as a tuple again."""
    known = {item.name: record[item.name] for item in fields(kind) if item.name in record}
    return known | {"interval": tuple(known["interval"])} if "interval" in known else known


def _percent(share: float, num: int) -> str:
    """Return a share in percent, or a dash where it is the share of nothing."""
    return f"{100 * share:.1f}" if num else "-"


def _show(interval: tuple[float, float] | None) -> str:
    """Return an interval in percent."""
    return "" if interval is None else f"{100 * interval[0]:.1f} - {100 * interval[1]:.1f}"


def _cells(score: Score) -> list[str]:
    """Return the cells of one score's line."""
    counts = (score.num_predicted, score.num_gold, score.num_gold + score.num_predicted)
    shares = (score.precision, score.recall, score.f1)
    shown = [_percent(share, count) for share, count in zip(shares, counts, strict=True)]
    return [*shown, _show(score.interval), str(score.num_gold), str(score.num_predicted), str(score.num_matched)]


def _align(lines: list[list[str]]) -> str:
    """Return lines of cells as columns, the first to the left and the others to the right; empty columns go."""
    columns = [column for column in zip(*lines, strict=True) if any(column[1:])]
    widths = [max(map(len, column)) for column in columns]
    rows = zip(*columns, strict=True)
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]).rstrip()
        for row in rows
    )

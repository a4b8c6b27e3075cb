"""Where a model loses: gold and predicted triggers and arguments by kind of error, and what mending each kind is worth.

    python benchmarks/errors.py runs/mini-full data/conflict/test.jsonl REAL.jsonl [--examples 5]

Every gold and every predicted item without a match falls under one kind, the first that fits. A trigger is judged by
type and exact span (Tri-C), an argument by event type, trigger, role and exact span (Arg-C+). The last column is what
F1 would be with the errors of that kind mended and nothing else changed, in the manner of TIDE (Bolya et al., ECCV
2020): a wrong item put right, a missing one added, a needless one left out.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rasd
from rasd.events import Argument, Sentence, Span
from rasd.formats.jsonl import read_sentences


class Item(NamedTuple):
    """A trigger, or an argument of one: `owner` is what it hangs on, `label` what is said of the span."""

    owner: tuple
    label: str
    start: int
    end: int


# Kind of error -> whether an item of it is there in gold and in the prediction.
KINDS = {
    "other label": (True, True),
    "other boundary": (True, True),
    "other label and boundary": (True, True),
    "event not found": (True, False),
    "missed": (True, False),
    "of an event that is not there": (False, True),
    "spurious": (False, True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--examples", type=int, default=0, help="sentences to print for each kind of error")
    options = parser.parse_args()
    extractor = rasd.load(options.model)
    for path in options.data:
        gold = read_sentences(path, extractor.ontology)
        predicted = extractor.predict_sentences(gold)
        print(f"\n## {path.name}")
        for title, items in (("Triggers", triggers_of), ("Arguments", arguments_of)):
            show(title, study(gold, predicted, items), options.examples)


def triggers_of(sentence: Sentence) -> set[Item]:
    """Return the triggers of a sentence under their types."""
    return {Item((), event.type, *place(event.trigger, sentence)) for event in sentence.events or () if event.trigger}


def arguments_of(sentence: Sentence) -> set[Item]:
    """Return the arguments of a sentence under their roles; each hangs on its event's type and trigger."""
    return {
        Item((event.type, *place(event.trigger, sentence)), item.role, *place(item, sentence))
        for event in sentence.events or ()
        if event.trigger
        for item in event.arguments or ()
    }


def place(span: Span | Argument, sentence: Sentence) -> tuple[int, int]:
    """Return offsets into the sentence."""
    return span.start - sentence.start, span.end - sentence.start


class Study(NamedTuple):
    """Counts of matched, gold and predicted items, errors by kind, pairs of labels, and what to print of each kind."""

    counts: tuple[int, int, int]
    kinds: Counter
    labels: Counter
    examples: dict[str, list[str]]


def study(gold: Sequence[Sentence], predicted: Sequence[Sentence], items: Callable[[Sentence], set[Item]]) -> Study:
    """Put every item that does not match under its kind of error."""
    matched = num_gold = num_predicted = 0
    kinds, labels, examples = Counter(), Counter(), defaultdict(list)
    for ours, theirs in zip(gold, predicted, strict=True):
        right, said = items(ours), items(theirs)
        matched, num_gold, num_predicted = matched + len(right & said), num_gold + len(right), num_predicted + len(said)
        events = {owner_of(item) for item in triggers_of(ours)}, {owner_of(item) for item in triggers_of(theirs)}
        for kind, left, other in judge(right, said, *events):
            kinds[kind] += 1
            if left and other and left.label != other.label:
                labels[left.label, other.label] += 1
            examples[kind].append(describe(ours.text, left, other))
    return Study((matched, num_gold, num_predicted), kinds, labels, examples)


def judge(
    right: set[Item], said: set[Item], gold_events: set[tuple], said_events: set[tuple]
) -> Iterable[tuple[str, Item | None, Item | None]]:
    """Yield a kind, a gold item and a predicted item (one may be None) for every item that does not match."""
    missing, extra = sorted(right - said), sorted(said - right)
    for kind, fits in (
        ("other label", lambda a, b: a[2:] == b[2:]),
        ("other boundary", lambda a, b: a.label == b.label and overlap(a, b)),
        ("other label and boundary", overlap),
    ):
        for item in list(missing):
            partner = next((other for other in extra if other.owner == item.owner and fits(item, other)), None)
            if partner is not None:
                missing.remove(item)
                extra.remove(partner)
                yield kind, item, partner
    for item in missing:
        yield ("event not found" if item.owner and item.owner not in said_events else "missed"), item, None
    for item in extra:
        kind = "of an event that is not there" if item.owner and item.owner not in gold_events else "spurious"
        yield kind, None, item


def owner_of(trigger: Item) -> tuple:
    """Return what an argument of this trigger hangs on."""
    return trigger.label, trigger.start, trigger.end


def overlap(first: Item, second: Item) -> bool:
    """Tell whether two spans share a letter."""
    return first.start < second.end and second.start < first.end


def describe(text: str, gold: Item | None, said: Item | None) -> str:
    """Return one line on an error."""
    parts = []
    for name, item in (("gold", gold), ("said", said)):
        if item is not None:
            event = f" of {item.owner[0]} '{text[item.owner[1] : item.owner[2]]}'" if item.owner else ""
            parts.append(f"{name} {item.label} '{text[item.start : item.end]}'{event}")
    return f"{'; '.join(parts)}\n      {text}"


def show(title: str, found: Study, num_examples: int) -> None:
    """Print the table of kinds, the commonest pairs of labels, and examples."""
    matched, num_gold, num_predicted = found.counts
    print(f"\n{title}: {num_gold} gold, {num_predicted} predicted, {matched} right: F1 {f1(*found.counts)}")
    print("\n| kind of error | items | F1 if mended |\n|---|---|---|")
    for kind, (in_gold, in_predicted) in KINDS.items():
        count = found.kinds[kind]
        if count:
            mended = matched + count * in_gold, num_gold, num_predicted + count * (in_gold - in_predicted)
            print(f"| {kind} | {count} | {f1(*mended)} |")
    pairs = ", ".join(f"{gold} as {said} {count}" for (gold, said), count in found.labels.most_common(8))
    print(f"\nCommonest: {pairs or 'none'}")
    for kind, lines in found.examples.items() if num_examples else ():
        print(f"\n{kind}:")
        for line in random.Random(0).sample(lines, min(num_examples, len(lines))):
            print(f"    {line}")


def f1(matched: int, num_gold: int, num_predicted: int) -> str:
    """Return F1 in percent."""
    return f"{200 * matched / max(1, num_gold + num_predicted):.1f}"


if __name__ == "__main__":
    main()

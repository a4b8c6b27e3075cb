"""Whether rasd's scores are TextEE's: the same events scored by TextEE's own scorer and by rasd.

    git clone https://github.com/ej0cl6/TextEE
    rasd evaluate --model runs/mini-full --data data/conflict/dev.jsonl --predictions dev.pred.jsonl --output dev.json
    python benchmarks/scorer_parity.py --textee TextEE --gold data/conflict/dev.jsonl --predictions dev.pred.jsonl \
        --scores dev.json

Events go to TextEE through files that `rasd.formats.textee` writes and TextEE's own reader reads, and to rasd as they
are. Random events (`random_events.py`) are scored as one corpus and as many small ones; real ones are those of
`rasd evaluate`, whose own scores are taken with `--scores`. Exit code 1 where a count or a figure differs in any bit,
but not for the last table: it shows what the two count differently by definition. docs/formats.md has the result.

The code that is run is what lies in the folder: take it from where you trust it.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from random_events import make_corpus

from rasd.errors import ReadError
from rasd.events import Sentence
from rasd.formats import format_corpus, read_corpus
from rasd.formats.documents import ReadOptions
from rasd.formats.jsonl import read_sentences
from rasd.formats.textee import render_pair
from rasd.metrics import METRICS, score_events

NAMES = {
    "tri_i": "trigger_id",
    "tri_c": "trigger_cls",
    "arg_i": "argument_id",
    "arg_c": "argument_cls",
    "arg_i_plus": "argument_attached_id",
    "arg_c_plus": "argument_attached_cls",
}
"""Field of `rasd.metrics.Scores` -> its name in what TextEE's scorer returns."""


class TextEE(NamedTuple):
    """Functions of a clone: `read` a file's objects into events, and `score` predictions against gold."""

    read: Callable[..., Any]
    score: Callable[..., Any]

    def score_files(self, gold: str, predicted: str) -> dict[str, dict[str, float]]:
        """Return TextEE's scores of two files of its form."""
        return self.score(self._events(predicted), self._events(gold), "E2E")

    def _events(self, content: str) -> list[dict[str, Any]]:
        objects = [json.loads(line) for line in content.splitlines()]
        return self.read(objects, lambda instances, *_: instances, None)[0]


class Row(NamedTuple):
    """One score both ways: gold, predicted and matched counts; precision, recall and F1 in percent."""

    metric: str
    counts: tuple[int, int, int]
    their_counts: tuple[int, int, int]
    figures: tuple[float, float, float]
    their_figures: tuple[float, float, float]

    def is_equal(self) -> bool:
        """Whether all counts and all figures are the same, to the last bit."""
        return self.counts == self.their_counts and self.figures == self.their_figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--textee", type=Path, required=True, metavar="FOLDER", help="a clone of TextEE")
    parser.add_argument("--gold", type=Path, metavar="FILE.jsonl", help="annotated sentences")
    parser.add_argument("--predictions", type=Path, metavar="FILE.jsonl", help="what `rasd evaluate` predicted of them")
    parser.add_argument("--scores", type=Path, metavar="FILE.json", help="what `rasd evaluate --output` wrote of them")
    parser.add_argument("--corpora", type=int, default=1000, help="small random corpora")
    parser.add_argument("--seed", type=int, default=13)
    options = parser.parse_args()
    if (options.gold is None) != (options.predictions is None) or (options.scores and not options.gold):
        parser.error("--gold and --predictions go together, and --scores with both")
    try:
        textee = load_textee(options.textee)
    except (OSError, ReadError) as err:
        parser.error(str(err))
    gold, predicted = make_corpus(random.Random(options.seed), 5000)
    rows = compare(textee, gold, predicted)
    print(f"Random events, {len(gold):,} sentences, seed {options.seed}:\n\n{format_rows(rows)}\n")
    num_unequal = count_unequal(textee, options.corpora, options.seed)
    print(f"{options.corpora:,} random corpora of 0 to 12 sentences: {num_unequal} with a score that is not equal.")
    equal = not num_unequal and all(row.is_equal() for row in rows)
    if options.gold:
        try:
            gold, predicted = read_sentences(options.gold), list(read_predictions(options.predictions))
            scores = json.loads(options.scores.read_text("utf-8")) if options.scores else None
            rows = compare(textee, gold, predicted, scores)
        except (OSError, ReadError, ValueError) as err:
            parser.error(str(err))
        print(f"\nReal predictions on {options.gold.name}, {len(gold):,} sentences:\n\n{format_rows(rows)}")
        equal &= all(row.is_equal() for row in rows)
    print(f"\nWhat the two count differently by definition:\n\n{format_differences(textee, gold, predicted)}")
    print(f"\n{'Equal, every count and every figure.' if equal else 'NOT EQUAL.'}")
    return 0 if equal else 1


def load_textee(folder: Path) -> TextEE:
    """Return the functions of a clone that score and read; nothing else of it is run.

    Raises:
        ReadError: If they are not there.
    """
    scorer = load_functions(folder / "TextEE" / "scorer.py")
    reader = load_functions(folder / "TextEE" / "utils.py")
    try:
        return TextEE(read=reader["load_E2E_data"], score=scorer["compute_scores"])
    except KeyError as err:
        raise ReadError(f"{folder}/TextEE has no function {err}; expected a clone of ej0cl6/TextEE") from err


def load_functions(path: Path) -> dict[str, Any]:
    """Return the functions of a module without its imports, which would need a debugger and every model of TextEE."""
    tree = ast.parse(path.read_text("utf-8"), str(path))
    body = [item for item in tree.body if isinstance(item, ast.FunctionDef)]
    functions: dict[str, Any] = {}
    exec(compile(ast.Module(body, []), str(path), "exec"), functions)
    return functions


def read_predictions(path: Path) -> Iterator[Sentence]:
    """Yield the sentences that `rasd evaluate --predictions` wrote.

    Raises:
        ReadError: If a line is at fault.
    """
    for item in read_corpus(path, "jsonl", ReadOptions(is_whole=True)):
        if not isinstance(item, Sentence):
            raise ReadError(f"{path}:{item.place}: {item.reason}")
        yield item


def compare(
    textee: TextEE, gold: Sequence[Sentence], predicted: Sequence[Sentence], scores: dict[str, Any] | None = None
) -> list[Row]:
    """Score both ways; `scores` are rasd's own, as JSON, where it has written them already."""
    ours = scores or score_events(gold, predicted, num_resamples=0).to_dict()
    return make_rows(ours, textee.score_files(*render_pair(gold, predicted, "gold")[:2]))


def make_rows(ours: dict[str, Any], theirs: dict[str, dict[str, float]]) -> list[Row]:
    """Lay the scores of both side by side; rasd's are shares, TextEE's in percent."""
    rows = []
    for field, name in NAMES.items():
        score, other = ours[field], theirs[name]
        counts = score["num_gold"], score["num_predicted"], score["num_matched"]
        figures = score["precision"] * 100, score["recall"] * 100, score["f1"] * 100
        their_counts = other["gold_num"], other["pred_num"], other["match_num"]
        their_figures = other["precision"], other["recall"], other["f1"]
        rows.append(Row(METRICS[field], counts, their_counts, figures, their_figures))
    return rows


def count_unequal(textee: TextEE, num_corpora: int, seed: int) -> int:
    """Return how many small random corpora have a score that is not equal; the smallest are empty."""
    num = 0
    for i in range(num_corpora):
        pair = make_corpus(random.Random(f"{seed}-{i}"), i % 13)
        num += not all(row.is_equal() for row in compare(textee, *pair))
    return num


def format_rows(rows: Iterable[Row]) -> str:
    """Return a table with all digits of F1."""
    lines = [["score", "gold, predicted, matched: rasd", "TextEE", "F1: rasd", "TextEE", "P, R, F1 and counts"]]
    for row in rows:
        counts = [", ".join(map(str, item)) for item in (row.counts, row.their_counts)]
        verdict = "equal" if row.is_equal() else "NOT EQUAL"
        lines.append([row.metric, *counts, repr(row.figures[2]), repr(row.their_figures[2]), verdict])
    return format_table(lines)


def format_differences(textee: TextEE, gold: Sequence[Sentence], predicted: Sequence[Sentence]) -> str:
    """Return a table of what is not equal by definition, and how far apart it takes the scores of these events."""
    lines = [["what is scored", "score", "gold, predicted, matched: rasd", "TextEE", "F1: rasd", "TextEE"]]
    for name, ours, files in differing(gold, predicted):
        for row in make_rows(score_events(ours, predicted, num_resamples=0).to_dict(), textee.score_files(*files)):
            if row.metric in (METRICS["tri_c"], METRICS["arg_c_plus"]):
                counts = [", ".join(map(str, item)) for item in (row.counts, row.their_counts)]
                lines.append([name, row.metric, *counts, f"{row.figures[2]:.2f}", f"{row.their_figures[2]:.2f}"])
    return format_table(lines)


def differing(
    gold: Sequence[Sentence], predicted: Sequence[Sentence]
) -> Iterator[tuple[str, Sequence[Sentence], tuple[str, str]]]:
    """Yield what differs, the gold sentences that rasd gets, and the two files that TextEE gets."""
    apart = [format_corpus(side, "file", "textee")[0][""] for side in (gold, predicted)]
    yield "gold and predictions written apart, each cut into tokens of its own", gold, (apart[0], apart[1])
    for name, layer in (("trigger", {"trigger": None, "arguments": None}), ("arguments layer", {"arguments": None})):
        lacking = lack(gold, layer)
        yield f"every tenth gold event without {name}", lacking, render_pair(lacking, predicted, "gold")[:2]
    paired = [replace(sentence, id=f"s{i // 2}", extra={}) for i, sentence in enumerate(gold)]
    yield "every two sentences under one id", paired, render_pair(paired, predicted, "gold")[:2]


def lack(gold: Sequence[Sentence], layers: dict[str, None]) -> list[Sentence]:
    """Return the sentences with every tenth event lacking layers."""
    lacking, num = [], 0
    for sentence in gold:
        events = []
        for event in sentence.events or ():
            num += 1
            events.append(event if num % 10 else replace(event, **layers))
        lacking.append(sentence if sentence.events is None else replace(sentence, events=tuple(events)))
    return lacking


def format_table(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells as a Markdown table."""
    rows = [f"| {' | '.join(cells)} |" for cells in lines]
    return "\n".join([rows[0], "|---" * len(lines[0]) + "|", *rows[1:]])


if __name__ == "__main__":
    sys.exit(main())

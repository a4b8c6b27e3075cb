"""The comparison of backends: whose turn it is, what is told of quality, and what a ratio is of."""

from __future__ import annotations

from dataclasses import replace

import backends
import pytest
from corpus_lines import ARREST, TEXT

from rasd.formats.jsonl import parse_sentence

SENTENCE = parse_sentence({"text": TEXT, "events": [ARREST]})
EMPTY = replace(SENTENCE, events=())


class Known:
    """An extractor that finds what it was given, and writes down that it had its turn."""

    def __init__(self, found, turns=None, name=""):
        self.found, self.turns, self.name = found, turns, name

    def predict_sentences(self, sentences, **options):
        if self.turns is not None:
            self.turns.append((self.name, options["batch_tokens"]))
        return self.found


def test_every_backend_has_a_turn_in_each_size_and_round_and_another_begins():
    turns = []
    extractors = {name: Known([], turns, name) for name in "ab"}
    seconds = backends.measure_seconds(extractors, [], 2, {"auto": None, "64": 64})
    first = [("a", None), ("a", 64), ("b", None), ("b", 64)]
    assert turns == [*first, *first[1:], first[0]]
    assert {name: {size: len(times) for size, times in sizes.items()} for name, sizes in seconds.items()} == {
        "a": {"auto": 2, "64": 2},
        "b": {"auto": 2, "64": 2},
    }


def test_quality_is_told_against_gold_and_against_torch():
    gold = [SENTENCE, EMPTY, SENTENCE, SENTENCE]
    extractors = {"torch fp32": Known([SENTENCE, EMPTY, SENTENCE, EMPTY]), "onnx int8": Known(gold)}
    quality = backends.measure_quality(extractors, gold)
    assert quality["torch fp32"]["tri_c"] == pytest.approx(0.8) and quality["torch fp32"]["same_sentences"] == 1
    assert quality["onnx int8"] == {"tri_c": 1.0, "arg_c": 1.0, "same_sentences": 0.75}
    row = {"tri_c": 0.8, "arg_c": 0.605, "same_sentences": 0.75}
    assert backends.format_quality({"x": row})[2] == "| x | 80.0 | 60.5 | 75.0% |"


def test_ratios_are_of_turns_of_one_round():
    seconds = {"x": {"auto": [2.0, 6.0, 4.0]}, "y": {"auto": [1.0, 2.0, 4.0], "64": [2.0, 3.0, 4.0]}}
    rows = backends.summarize_speed(seconds, 100)
    assert rows[1] == {
        "backend": "y",
        "batch_tokens": "auto",
        "sentences_per_cpu_second": 50,
        "to_first_backend": {"median": 2, "least": 1, "most": 3},
        "to_first_size": {"median": 1, "least": 1, "most": 1},
    }
    assert backends.format_speed(rows)[0] == "| backend | batch | sentences/s | to x | to batch auto |"
    assert backends.format_speed(rows)[4] == "| y | 64 | 33 | 1.00x (1.00 to 2.00) | 0.67x (0.50 to 1.00) |"

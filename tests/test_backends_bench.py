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
            self.turns.append(self.name)
        return self.found


def test_every_backend_has_a_turn_in_each_round_and_another_begins():
    turns = []
    extractors = {name: Known([], turns, name) for name in "abc"}
    seconds = backends.measure_seconds(extractors, [], 3, 512)
    assert "".join(turns) == "abcbcacab" and all(len(times) == 3 for times in seconds.values())


def test_quality_is_told_against_gold_and_against_torch():
    gold = [SENTENCE, EMPTY, SENTENCE, SENTENCE]
    extractors = {backends.BASE: Known([SENTENCE, EMPTY, SENTENCE, EMPTY]), "onnx int8": Known(gold)}
    quality = backends.measure_quality(extractors, gold)
    assert quality[backends.BASE]["tri_c"] == pytest.approx(0.8) and quality[backends.BASE]["same_sentences"] == 1
    assert quality["onnx int8"] == {"tri_c": 1.0, "arg_c": 1.0, "same_sentences": 0.75}


def test_ratio_is_of_turns_of_one_round():
    speed = backends.summarize_speed([1.0, 2.0, 4.0], [2.0, 6.0, 4.0], 100)
    assert speed == {"sentences_per_cpu_second": 50, "ratio": 2, "ratio_least": 1, "ratio_most": 3}
    row = {"tri_c": 0.8, "arg_c": 0.605, "same_sentences": 0.75, **speed}
    assert backends.format_table({"x": row})[2] == "| x | 80.0 | 60.5 | 75.0% | 50 | 2.00x (1.00 to 3.00) |"

"""The comparison of runtimes: which there are, what is told of those that are not, what a ratio is of."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import runtimes
from conftest import SENTENCES
from corpus_lines import write


def test_runtimes_that_are_not_installed_are_told(tiny_checkpoint, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchao.quantization", None)
    found, missing = runtimes.load_all(str(tiny_checkpoint), [], compiles=True)
    assert list(found) == [runtimes.BASE, "torch bf16", "torch bf16, autocast", "torch fp32, compiled"]
    assert list(missing) == ["torchao int8", "torchao int8, compiled"]
    assert all(reason.startswith("not installed: ") for reason in missing.values())


def test_all_runtimes_are_given_every_sentence_and_compute_the_same(tiny_checkpoint, tmp_path):
    data = write(tmp_path / "data.jsonl", *({"text": text, "events": []} for text in SENTENCES))
    batches = runtimes.make_batches(str(tiny_checkpoint), str(data), len(SENTENCES), 64)
    assert sum(len(batch["input_ids"]) for batch in batches) >= len(SENTENCES) and len(batches) > 1
    found, _ = runtimes.load_all(str(tiny_checkpoint), [])
    figures, faults = runtimes.try_out({name: found[name] for name in (runtimes.BASE, "torch bf16")}, batches)
    assert 0 < figures["torch bf16"]["differs"] < 0.05 and not faults


def test_runtime_that_cannot_run_the_network_is_told(monkeypatch):
    clock = iter([0, 4, 4, 6, 6, 6])
    monkeypatch.setattr(runtimes.time, "process_time", lambda: next(clock))
    encoders = {
        "a": lambda batch: np.zeros((1, 2)),
        "b": lambda batch: np.array([[0.0, 30.0]]),
        "c": lambda batch: np.zeros((0, 2)),
        "d": lambda batch: 1 / 0,
    }
    figures, faults = runtimes.try_out(encoders, [{}])
    assert figures["a"] == {"first_ratio": 1, "differs": 0}
    assert figures["b"] == pytest.approx({"first_ratio": 2, "differs": 0.5})
    assert faults == {
        "c": "cannot run it: gives (0, 2) where (1, 2) is due",
        "d": "cannot run it: division by zero",
    }


def test_ratios_are_of_turns_of_one_round(monkeypatch):
    clock = iter([*(0, 2, 2, 3), *(0, 1, 1, 4)])  # another begins in the second round
    monkeypatch.setattr(runtimes.time, "process_time", lambda: next(clock))
    seconds = runtimes.measure_seconds(dict.fromkeys("ab", lambda batch: None), [{}], 2)
    assert seconds == {"a": [2, 3], "b": [1, 1]}
    figures = {"b": runtimes.compare(seconds["b"], seconds["a"]) | {"first_ratio": 2, "differs": 0.5}}
    assert runtimes.format_table(figures, {"c": "not installed: no c"}) == [
        "| runtime | to b | first | differs |",
        "| --- | --- | --- | --- |",
        "| b | 2.50x (2.00 to 3.00) | 2.00x | 0.500 |",
        "| c | not installed: no c | | |",
    ]

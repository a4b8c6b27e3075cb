"""The speed bench: its counters against independent ones, forced events, ratios, streams."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import BertConfig, BertModel

import rasd

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks" / "speed"))

from encoder_watch import EncoderWatch, count_flops, measure_product_rate, memory_now, peak_memory
from rasd_system import NotInstalledError, Rasd, load
from rivals import TwoPasses, TwoPipelines
from shapes import Shape, build_random
from speed_table import by_halves, join_shapes, ratios, rounds_with_rates, spread, write_report
from streaming import make_unique, predict_stream
from worker import Worker

from rasd.text.sentences import split_sentences

ROOT = Path(__file__).resolve().parents[1]
TYPES = {"Civic.Protest": ["Agent", "Place"], "Harm.Injury": ["Target"], "Coerce.Arrest": ["Agent", "Target"]}
ITEMS = [
    {"text": "احتشد العمال أمام المصنع مطالبين برواتبهم.", "types": ["Civic.Protest"]},
    {"text": "أوقفت الشرطة سائقين وأصيب ثالث عند الجسر.", "types": ["Coerce.Arrest", "Harm.Injury"]},
    {"text": "هطل المطر غزيرا على الساحل.", "types": []},
]


@pytest.fixture(scope="module")
def shape(tmp_path_factory):
    from tiny import build_tiny_encoder

    folder = tmp_path_factory.mktemp("speed")
    shape = Shape("tiny", folder / "encoder", folder / "checkpoint", is_random=True)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "vocab_size": 400}
    build_random(shape, sizes, tokenizer=build_tiny_encoder(folder / "tiny"))
    return shape


@pytest.fixture
def settings(shape):
    return {
        "kind": "TwoPipelines",
        "encoder": str(shape.encoder),
        "checkpoint": str(shape.checkpoint),
        "backend": "torch",
        "number": "fp32",
        "dtype": "float32",
        "device": "cpu",
        "threads": 0,
        "forced": True,
        "items": ITEMS,
        "type_names": {"Civic.Protest": "احتجاج", "Harm.Injury": "إصابة", "Coerce.Arrest": "اعتقال"},
        "roles": TYPES,
    }


def test_operations_are_those_that_torch_counts():
    config = BertConfig(hidden_size=24, num_hidden_layers=3, num_attention_heads=2, intermediate_size=40)
    config._attn_implementation = "eager"  # whose products the counter sees
    encoder = BertModel(config, add_pooling_layer=False).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        encoder(torch.ones(5, 7, dtype=torch.long), attention_mask=torch.ones(5, 7, dtype=torch.long))
    assert count_flops(config, 5, 7) == counter.get_total_flops() > 0


def test_a_watch_counts_sentences_and_pieces_and_not_while_it_is_paused():
    config = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    encoder = BertModel(config, add_pooling_layer=False).eval()
    watch = EncoderWatch(encoder, config, keeps=True)
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]])
    encoder(input_ids=torch.ones(2, 4, dtype=torch.long), attention_mask=mask)
    encoder(torch.tensor([[5, 6, config.pad_token_id]]))  # pieces are told from padding without a mask, too
    assert (watch.passes, watch.pieces, watch.padded) == (3, 8, 11)
    assert watch.flops == count_flops(config, 2, 4) + count_flops(config, 1, 3)
    assert watch.seconds > 0
    watch.batches.pop()
    assert watch.run_bare() > 0 and watch.passes == 3
    watch.reset()
    assert watch.seconds == watch.passes == 0


@pytest.mark.parametrize(("kind", "num_passes"), [("TwoPipelines", 6), ("TwoPasses", 6), ("Rasd", 3)])
def test_the_encoder_runs_as_often_as_is_told(settings, kind, num_passes):
    worker = Worker({**settings, "kind": kind})
    tuned = worker.tune()
    assert tuned["batch_size"] in worker.system.batch_sizes
    found = worker.round(tuned["batch_size"])
    assert found["passes"] == num_passes and 0 < found["encoder_seconds"] < found["seconds"]
    assert found["pieces"] <= found["padded"] and found["peak_mb"] > 1


def test_pipelines_run_in_bf16(settings):
    worker = Worker({**settings, "dtype": "bfloat16"})
    assert {next(encoder.parameters()).dtype for encoder in worker.system.encoders} == {torch.bfloat16}
    assert worker.round(2)["passes"] == 6


def test_each_system_is_held_against_products_in_its_own_numbers(monkeypatch, shape, tmp_path):
    class Fake:
        def __init__(self, name):
            self.rate = {"two_pipelines": 400.0, "rasd-torch-fp32": 100.0}[name]

        def ask(self, command, *arguments):
            return {"round": {"seconds": 2.0, "flops": 80}, "products": {"rate": self.rate}, "bare": {"seconds": 1.0}}[
                command
            ]

        def close(self):
            pass

    spec = importlib.util.spec_from_file_location("speed_bench", ROOT / "benchmarks" / "speed.py")
    speed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(speed)
    monkeypatch.setattr(speed, "start", lambda name, *rest: (Fake(name), {"batch_size": None, "tried": {}}))
    options = argparse.Namespace(systems=["two_pipelines", "rasd-torch-fp32"], rounds=1)
    found = speed.measure_shape(shape, tmp_path, options)
    assert rounds_with_rates(found, "two_pipelines") == [{"rate": 0.1}]
    assert rounds_with_rates(found, "rasd-torch-fp32") == [{"rate": 0.4}]


def test_a_count_that_is_not_what_a_system_says_ends_the_run(settings):
    worker = Worker(settings)
    run = worker.system.run
    worker.system.run = lambda items, size: run(items, size) + 1
    with pytest.raises(AssertionError, match="6 encoder passes, expected 7"):
        worker.round(2)


def test_the_bare_encoder_runs_on_the_batches_of_the_round(settings):
    worker = Worker({**settings, "kind": "Rasd"})
    found = worker.round(None)
    assert sum(len(ids) for ids, _ in worker.watches[0].batches) == found["passes"]
    assert worker.bare()["seconds"] > 0
    assert 0 < found["encoder_seconds"] < found["network_seconds"] < found["seconds"]


def test_events_are_forced_where_weights_are_random(settings):
    system = Rasd(settings)
    documents = system.extractor.predict([item["text"] for item in ITEMS])
    found = [sorted(event.type for event in document.events) for document in documents]
    assert found == [sorted(item["types"]) for item in ITEMS]


def test_the_tagger_runs_once_for_each_type_and_finds_nothing(settings):
    system = TwoPipelines(settings)
    asked = []
    tagger = system.tagger

    def watched(texts, **options):
        found = tagger(texts, **options)
        asked.extend(zip(texts, found, strict=True))
        return found

    system.tagger = watched
    assert system.run(ITEMS, 2) == 6
    assert len(asked) == 3 and not any(found for _, found in asked)
    assert all(text.split(": ")[0] in settings["type_names"].values() for text, _ in asked)
    assert TwoPasses(settings).run(ITEMS, 2) == 6


def test_a_backend_that_is_not_there_is_told(settings):
    with pytest.raises(NotInstalledError):
        load({**settings, "backend": "onnx", "number": "int8"})


def test_measures_of_the_machine_are_positive():
    config = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    assert measure_product_rate(config, torch.float32, size=64) > 1e6
    assert 1 < memory_now() <= peak_memory() * 1.01


def test_texts_of_a_stream_are_one_sentence_each_and_all_different():
    texts = [item["text"] for item in ITEMS]
    stream = list(make_unique(texts, 1000))
    assert len(set(stream)) == 1000
    assert all(len(split_sentences(text)) == 1 for text in stream)
    lengths = {text: {len(own) for own in stream if own.startswith(text.rstrip("."))} for text in texts}
    assert all(len(own) == 1 for own in lengths.values())


def test_a_stream_is_read_to_its_end(shape):
    found = predict_stream(shape.checkpoint, 60, [item["text"] for item in ITEMS])
    assert found["sentences"] == found["memory_mb"][-1][0] == 60 and len(found["memory_mb"]) == 20
    assert found["ms_a_sentence"] > 0 and found["cpu_ms_a_sentence"] > 0
    assert 0 < found["memory_mb"][-1][1] <= found["peak_mb"]
    assert [i for i, _ in found["cpu_seconds"]] == [i for i, _ in found["memory_mb"]]
    seconds = [used for _, used in found["cpu_seconds"]]
    assert seconds == sorted(seconds) and 0 < seconds[-1] <= 60 * found["cpu_ms_a_sentence"] / 1000 + 0.001


def test_halves_of_a_stream_are_compared_by_the_sentence():
    marks = [(20_000, 9.0), (40_000, 11.0), (60_000, 13.0), (80_000, 16.0), (100_000, 17.0)]
    assert by_halves(marks) == "1.50"
    assert by_halves(marks[:-1]) == ""


def record():
    def one(seconds, **more):
        return {
            "seconds": seconds, "passes": 20, "pieces": 90, "padded": 100, "flops": 50, "peak_mb": 7.0,
            "encoder_seconds": 0.5 * seconds, "network_seconds": None, **more,
        }  # fmt: skip

    rounds = [one(2.0, product_rate=100.0, bare_seconds=1.0), one(1.0, product_rate=200.0, bare_seconds=0.9)]
    return {
        "machine": {
            "gpu": None, "processor": "a processor", "cores": 2, "threads": 2, "torch": "2", "transformers": "5",
            "rasd": rasd.__version__, "quick": False,
        },
        "systems": {
            "num_sentences": 10,
            "num_types": 12,
            "num_rounds": 2,
            "shapes": {
                "mini": {
                    "two_pipelines": {"batch_size": 4, "tried": {}, "rounds": [one(8.0), one(6.0)]},
                    "gliner": {"missing": "no such package"},
                    "rasd-torch-fp32": {"batch_size": None, "tried": {}, "rounds": rounds},
                }
            },
        },
        "stream": {
            "mini": [
                {"sentences": n, "ms_a_sentence": 2.0, "cpu_ms_a_sentence": cost, "memory_mb": [[1, 5.0], [2, 6.5]],
                 "peak_mb": 9.0, "cpu_seconds": [[1, 1.0], [2, 2.5]]}
                for n, cost in ((10, 1.0), (100, 1.5))
            ]
        },
    }  # fmt: skip


def test_ratios_and_rates_are_taken_round_by_round():
    mini = record()["systems"]["shapes"]["mini"]
    assert ratios(mini, "rasd-torch-fp32") == [4.0, 6.0] and ratios(mini, "gliner") == []
    assert rounds_with_rates(mini, "rasd-torch-fp32") == [{"rate": 0.25}, {"rate": 0.25}]
    assert rounds_with_rates(mini, "two_pipelines") == [{"rate": 50 / 8 / 100}, {"rate": 50 / 6 / 200}]
    assert spread([3.0, 1.0, 2.0], "{:.1f}") == "2.0 (1.0–3.0)"


def test_a_report_has_every_system_and_a_picture(tmp_path):
    text = write_report(json.loads(json.dumps(record())), tmp_path / "cpu")
    lines = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("| ")}
    assert "not installed: no such package" in lines["gliner"]
    assert "| 5.00 (4.00–6.00) |" in lines["rasd-torch-fp32"] and "| 70% |" in lines["rasd-torch-fp32"]
    assert "| 1.50 |  | 5 | 6 | 9 |" in text
    columns = {line.count("|") for line in text.splitlines() if line.startswith("|") and "MB" not in line}
    assert columns == {13, 10}
    assert (tmp_path / "cpu.md").read_text(encoding="utf-8") == text
    assert (tmp_path / "cpu.png").read_bytes().startswith(b"\x89PNG")


def test_shapes_measured_one_after_the_other_stand_together_if_all_else_is_the_same():
    mini = {"num_rounds": 5, "shapes": {"mini": {"a": 1}}}
    base = {"num_rounds": 5, "shapes": {"base": {"a": 2}}}
    assert join_shapes(mini, base)["shapes"] == {"mini": {"a": 1}, "base": {"a": 2}}
    assert join_shapes(mini, {**base, "num_rounds": 3})["shapes"] == {"base": {"a": 2}}
    assert join_shapes({}, mini) == mini

"""What other runtimes make of the same network: torch, torchao, ONNX Runtime and OpenVINO on the same batches.

    OMP_NUM_THREADS=1 python benchmarks/runtimes.py --model DIR --graphs DIR ... --data FILE [--output FILE]

The entry `encode` alone is run, on the CPU, over batches as predicting makes them. torchao quantises the checkpoint's
encoder; OpenVINO reads the graphs that `rasd export` wrote. What is not installed is shown so; `pip install openvino`
and `pip install --no-deps torchao` bring them.

All runtimes have a turn in each round, so that what else the machine does hits all of them, and a turn is timed by the
CPU's clock, as in backends.py. Speed is a ratio to torch in fp32 of the same round: the median, least and most. Before
that each reads all batches once, which costs more where a runtime prepares for each shape it sees ("first": ratio to
torch's first). "Differs" is the most by which the probability of an event type differs from torch's in fp32.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rasd.collator import pad_encodings
from rasd.decoding import sigmoid
from rasd.errors import RasdError
from rasd.files import open_whole
from rasd.formats.jsonl import read_sentences
from rasd.inference.backends import TorchBackend
from rasd.inference.batching import ENOUGH_TOKENS, batch_by_tokens
from rasd.inference.extractor import load
from rasd.inference.loading import load_model
from rasd.inference.onnx_backend import FOLDER, GRAPHS, OnnxBackend, read_record
from rasd.inference.openvino_backend import import_openvino
from rasd.inference.threads import count_threads

BASE = "torch fp32"

_Batch = dict[str, np.ndarray]
_Encode = Callable[[_Batch], np.ndarray]
"""Takes a batch of `pad_encodings` and returns the logits of event types [B, E]."""


def main() -> int:
    """Measure and print a table; 2 where a checkpoint or the data are at fault."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, help="checkpoint folder with weights")
    parser.add_argument("--graphs", nargs="*", default=[], metavar="DIR", help="folders that rasd export wrote of it")
    parser.add_argument("--data", required=True, metavar="FILE", help="annotated sentences")
    parser.add_argument("--timed", type=int, default=100, metavar="N", help="sentences of a turn [100]")
    parser.add_argument("--batch-tokens", type=int, default=512, metavar="N", help="word pieces of one batch [512]")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each runtime [7]")
    parser.add_argument("--compile", action="store_true", help="torch.compile, too; it takes minutes at first")
    parser.add_argument("--output", metavar="FILE", help="JSON file for the figures")
    options = parser.parse_args()
    try:
        batches = make_batches(options.model, options.data, options.timed, options.batch_tokens)
        runtimes, missing = load_all(options.model, options.graphs, compiles=options.compile)
    except RasdError as err:
        print(f"runtimes.py: {err}", file=sys.stderr)
        return 2
    tried, faults = try_out(runtimes, batches)
    missing |= faults
    seconds = measure_seconds({name: runtimes[name] for name in tried}, batches, options.rounds)
    figures = {name: compare(seconds[name], seconds[BASE]) | tried[name] for name in tried}
    print("\n".join(format_table(figures, missing)))
    if options.output is not None:
        record = {**vars(options), "threads": count_threads(), "runtimes": figures, "missing": missing}
        with open_whole(options.output) as file:
            file.write(json.dumps(record, indent=1) + "\n")
    return 0


def make_batches(model: str, data: str, num_sentences: int, batch_tokens: int) -> list[_Batch]:
    """Return sentences of a file in the batches that predicting would make of them."""
    engine = load(model, device="cpu", backend="torch").engine
    pieces = engine.encode(read_sentences(data, engine.ontology)[:num_sentences])
    lengths = [len(piece.encoding.input_ids) for piece in pieces]
    words = [piece.encoding.num_words for piece in pieces]
    return [
        pad_encodings([pieces[i].encoding for i in batch], pad_token_id=engine.pad_token_id, multiple_of=1)
        for batch in batch_by_tokens(lengths, batch_tokens, ties=words, enough=ENOUGH_TOKENS)
    ]


def load_all(model: str, graphs: Sequence[str], *, compiles: bool = False) -> tuple[dict[str, _Encode], dict[str, str]]:
    """Return the runtimes by name, and those that are not installed or cannot run the network, with the reason."""
    makers: dict[str, Callable[[], _Encode]] = {
        BASE: lambda: _run_backend(TorchBackend(load_model(model), "cpu", "fp32")),
        "torch bf16": lambda: _run_backend(TorchBackend(load_model(model), "cpu", "bf16")),
        "torch bf16, autocast": lambda: _run_autocast(model),
        "torchao int8": lambda: _run_backend(TorchBackend(_quantize(model), "cpu")),
    }
    if compiles:
        makers["torch fp32, compiled"] = lambda: _run_compiled(load_model(model))
        makers["torchao int8, compiled"] = lambda: _run_compiled(_quantize(model))
    for name in graphs:
        folder = Path(name)
        precision = read_record(folder).precision
        makers[f"ONNX Runtime {precision}"] = lambda folder=folder: _run_onnx(folder, model)
        makers[f"OpenVINO {precision}"] = lambda folder=folder: _run_openvino(folder, "f32")
        makers[f"OpenVINO {precision}, bf16 hint"] = lambda folder=folder: _run_openvino(folder, "bf16")
    runtimes, missing = {}, {}
    for name, make in makers.items():
        try:
            runtimes[name] = make()
        except ImportError as err:
            missing[name] = f"not installed: {err}"
    return runtimes, missing


def _run_backend(backend: Any) -> _Encode:
    return lambda batch: backend.encode(batch).typing


def _run_onnx(folder: Path, model: str) -> _Encode:
    return _run_backend(OnnxBackend(folder, load_model(model).config.load_ontology()))


def _run_autocast(model: str) -> _Encode:
    """Run torch with weights in fp32 and products in bf16."""
    import torch

    backend = TorchBackend(load_model(model), "cpu", "fp32")

    def encode(batch: _Batch) -> np.ndarray:
        with torch.autocast("cpu", torch.bfloat16):
            return backend.encode(batch).typing

    return encode


def _quantize(model: str) -> Any:
    """Return the network with the encoder's linear layers in torchao's int8, scales of inputs taken as it runs."""
    from torchao.quantization import Int8DynamicActivationInt8WeightConfig, quantize_

    network = load_model(model)
    quantize_(network.encoder, Int8DynamicActivationInt8WeightConfig())
    return network


def _run_compiled(network: Any) -> _Encode:
    import torch

    network.encoder.forward = torch.compile(network.encoder.forward, dynamic=True)
    return _run_backend(TorchBackend(network, "cpu"))


def _run_openvino(folder: Path, numbers: str) -> _Encode:
    """Run a graph under OpenVINO, which computes in the numbers given where the graph has fp32."""
    core = import_openvino().Core()
    settings = {"INFERENCE_NUM_THREADS": count_threads(), "INFERENCE_PRECISION_HINT": numbers}
    network = core.compile_model(core.read_model(folder / FOLDER / "encode.onnx"), "CPU", settings)
    request = network.create_infer_request()
    names = GRAPHS["encode"][0]
    return lambda batch: request.infer({name: batch[name] for name in names})["typing"].copy()


def try_out(runtimes: dict[str, _Encode], batches: list[_Batch]) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """Run all batches once.

    Returns:
        Of each runtime how much faster it was than the first one and how far its probabilities differ from that one's;
        and those that cannot run the network, with the reason.
    """
    base, seconds, figures, faults = np.zeros(0), [], {}, {}
    for name, encode in runtimes.items():
        started = time.process_time()
        try:
            found = np.concatenate([sigmoid(encode(batch)) for batch in batches])
        except Exception as err:  # of whatever kind a runtime raises
            faults[name] = f"cannot run it: {str(err).splitlines()[0]}"
            continue
        if not figures:
            base = found
        if found.shape != base.shape:
            faults[name] = f"cannot run it: gives {found.shape} where {base.shape} is due"
            continue
        seconds.append(time.process_time() - started)
        figures[name] = {"first_ratio": seconds[0] / seconds[-1], "differs": float(np.abs(found - base).max())}
    return figures, faults


def measure_seconds(runtimes: dict[str, _Encode], batches: list[_Batch], num_rounds: int) -> dict[str, list[float]]:
    """Return the CPU's seconds of each turn of each runtime; the first of a round changes."""
    seconds: dict[str, list[float]] = {name: [] for name in runtimes}
    names = list(runtimes)
    for i in range(num_rounds):
        for name in names[i % len(names) :] + names[: i % len(names)]:
            started = time.process_time()
            for batch in batches:
                runtimes[name](batch)
            seconds[name].append(time.process_time() - started)
    return seconds


def compare(seconds: list[float], base: list[float]) -> dict[str, float]:
    """Return how many times faster turns are than those of the same rounds."""
    ratios = sorted(there / here for here, there in zip(seconds, base, strict=True))
    return {"ratio": statistics.median(ratios), "ratio_least": ratios[0], "ratio_most": ratios[-1]}


def format_table(figures: dict[str, dict[str, float]], missing: dict[str, str]) -> list[str]:
    """Return the figures as lines of a Markdown table."""
    lines = [f"| runtime | to {next(iter(figures))} | first | differs |", "| --- " * 4 + "|"]
    for name, row in figures.items():
        spread = f"{row['ratio']:.2f}x ({row['ratio_least']:.2f} to {row['ratio_most']:.2f})"
        lines.append(f"| {name} | {spread} | {row['first_ratio']:.2f}x | {row['differs']:.3f} |")
    return lines + [f"| {name} | {reason} | | |" for name, reason in missing.items()]


if __name__ == "__main__":
    sys.exit(main())

"""One system in a process of its own: reads commands from standard input, answers each with a line of JSON.

    python benchmarks/speed/worker.py SETTINGS.json

`tune` tries batch sizes, `round BATCH_SIZE` runs all texts once, `bare` runs the encoder alone on the batches of the
last round, `products` measures matrix products.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import torch
from encoder_watch import EncoderWatch, measure_product_rate, peak_memory

# Sentences on which batch sizes are tried, at most; a quarter of all where there are fewer.
NUM_TRIED = 64


def main() -> None:
    # Answers go where standard output went; what packages print goes to standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(record: dict[str, Any]) -> None:
        answers.write(json.dumps(record) + "\n")
        answers.flush()

    settings = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    settings["items"] = json.loads(Path(settings["texts"]).read_text(encoding="utf-8"))
    if settings["threads"]:
        torch.set_num_threads(settings["threads"])
    worker = None
    try:
        worker = Worker(settings)
        answer({"ready": True, "threads": torch.get_num_threads()})
    except Exception as err:  # told to the one who started it, which goes on without
        kind = "" if type(err).__name__ == "NotInstalledError" else f"{type(err).__name__}: "
        answer({"error": f"{kind}{err}"})
        raise
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        answer(getattr(worker, command)(*json.loads(argument or "[]")))


def make_system(settings: dict[str, Any]) -> Any:
    """Build a system by its kind; each imports what it needs alone."""
    if settings["kind"] == "Rasd":
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
        from rasd_system import Rasd

        return Rasd(settings)
    import rivals

    return getattr(rivals, settings["kind"])(settings)


class Worker:
    """A system with what watches it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        from transformers import AutoConfig

        self.settings, self.items = settings, settings["items"]
        self.config = AutoConfig.from_pretrained(settings["encoder"])
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(13)
            self.system = make_system(settings)
        encoders = self.system.encoders
        is_rasd = settings["kind"] == "Rasd"
        self.watches = [EncoderWatch(encoder, self.config, keeps=is_rasd) for encoder in encoders]
        self.is_hidden = not encoders  # a graph that holds encoder and heads in one
        if self.is_hidden:
            self.watches = [EncoderWatch(None, self.config)]
        self.system.run(self.items[:8], self.system.batch_sizes[0])

    def tune(self) -> dict[str, Any]:
        """Return the batch size that is fastest on some of the texts, and the seconds of each."""
        tried, seconds = self.items[: max(8, min(NUM_TRIED, len(self.items) // 4))], {}
        for size in self.system.batch_sizes:
            if len(self.system.batch_sizes) > 1:
                started = time.perf_counter()
                self.system.run(tried, size)
                seconds[size] = time.perf_counter() - started
        return {"batch_size": min(seconds, key=seconds.get) if seconds else None, "tried": seconds}

    def round(self, batch_size: int | None) -> dict[str, Any]:
        """Run all texts once."""
        timed = getattr(self.system, "timed", None)
        for watch in self.watches:
            watch.reset()
        if timed is not None:
            timed.reset()
        started = time.perf_counter()
        expected = self.system.run(self.items, batch_size)
        self._wait()
        seconds = time.perf_counter() - started
        if self.is_hidden:
            for shape, num_pieces in timed.batches:
                self.watches[0].add(shape, num_pieces)
        totals = {
            name: sum(getattr(watch, name) for watch in self.watches)
            for name in ("passes", "pieces", "padded", "flops")
        }
        assert expected in (None, totals["passes"]), f"{totals['passes']} encoder passes, expected {expected}"
        return {
            **totals,
            "seconds": seconds,
            "encoder_seconds": None if self.is_hidden else sum(watch.seconds for watch in self.watches),
            "network_seconds": None if timed is None else timed.seconds,
            "peak_mb": peak_memory(),
        }

    def bare(self) -> dict[str, Any]:
        """Run the encoder alone on the batches of the last round."""
        return {"seconds": None if self.is_hidden else self.watches[0].run_bare()}

    def products(self) -> dict[str, Any]:
        """Measure matrix products in the numbers that the system computes with."""
        dtype = getattr(torch, self.settings["dtype"])
        return {"rate": measure_product_rate(self.config, dtype, self.settings["device"])}

    def _wait(self) -> None:
        if self.settings["device"] != "cpu":
            torch.cuda.synchronize()


if __name__ == "__main__":
    main()

"""What a sentence costs, and what memory is held, over streams of growing length: both must stay flat.

    python benchmarks/speed/streaming.py CHECKPOINT NUM_SENTENCES TEXTS.json [THREADS]

predicts a stream and prints a line of JSON; `measure_streams` starts that in a process of its own for each length.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

# About as many; longer streams are marked where pools end, so that no mark has work of the next behind it.
NUM_MARKS = 20
# Shape -> lengths of streams; with --quick a tenth of each.
LENGTHS = {"mini": (1_000, 10_000), "one-layer": (1_000, 10_000, 100_000)}


def measure_streams(options: argparse.Namespace, work: Path, root: Path) -> dict[str, Any]:
    """Return cost and memory of each stream."""
    from shapes import make_shape

    from rasd.formats.jsonl import read_sentences

    work.mkdir(parents=True, exist_ok=True)
    texts = work / "stream_texts.json"
    corpus = read_sentences(root / "data" / "conflict" / "train.jsonl")
    texts.write_text(json.dumps([item.text for item in corpus], ensure_ascii=False), encoding="utf-8")
    result: dict[str, Any] = {}
    for name, lengths in LENGTHS.items():
        shape = make_shape(name, encoder=options.encoder, checkpoint=options.checkpoint, work=work)
        for length in lengths:
            number = length // 10 if options.quick else length
            command = [sys.executable, __file__, str(shape.checkpoint), str(number), str(texts), str(options.threads)]
            line = subprocess.run(command, check=True, cwd=root, stdout=subprocess.PIPE, text=True).stdout
            result.setdefault(name, []).append(json.loads(line))
            print(f"{name}, {number} sentences: {result[name][-1]['ms_a_sentence']:.3f} ms each", flush=True)
    return result


def make_unique(texts: Sequence[str], number: int) -> Iterator[str]:
    """Yield so many texts, no two the same and each of them one sentence, by a number of six digits behind each."""
    for i in range(number):
        yield f"{texts[i % len(texts)].rstrip('.!؟? ')} ({i:06d})."


def predict_stream(checkpoint: Path, number: int, texts: Sequence[str]) -> dict[str, Any]:
    """Return the milliseconds of CPU and of the clock that a sentence takes; along the stream CPU time and memory."""
    from encoder_watch import memory_now, peak_memory

    import rasd
    from rasd.inference.pools import POOL_SENTENCES

    extractor = rasd.load(checkpoint, device="cpu", local_files_only=True)
    extractor.predict(list(make_unique(texts, 64)))
    every = max(1, number // NUM_MARKS)
    every -= every % POOL_SENTENCES if every > POOL_SENTENCES else 0
    memory, cpu, num_events = [], [], 0
    started, started_cpu = time.perf_counter(), time.process_time()
    for i, document in enumerate(extractor.predict_iter(make_unique(texts, number)), 1):
        num_events += len(document.events)
        if i % every == 0:
            memory.append((i, round(memory_now(), 1)))
            cpu.append((i, round(time.process_time() - started_cpu, 3)))
    return {
        "sentences": number,
        "ms_a_sentence": 1000 * (time.perf_counter() - started) / number,
        "cpu_ms_a_sentence": 1000 * (time.process_time() - started_cpu) / number,
        "memory_mb": memory,
        "peak_mb": round(peak_memory(), 1),
        "cpu_seconds": cpu,
        "events": num_events,
    }


def main() -> None:
    checkpoint, number, texts, threads = sys.argv[1:]
    import torch

    if int(threads):
        torch.set_num_threads(int(threads))
    found = predict_stream(Path(checkpoint), int(number), json.loads(Path(texts).read_text(encoding="utf-8")))
    print(json.dumps(found))


if __name__ == "__main__":
    main()

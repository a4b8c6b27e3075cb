"""What the rivals on a transformer share: corpus files in and out, batches by length, and one training loop.

The loop is that of rasd's configuration: AdamW, frozen word embeddings, a higher rate for new layers, linear decay
after a tenth of the steps, and the epoch that is best on dev is kept. What was trained is saved after each epoch beside
the predictions, and a run that was stopped goes on from there.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from resuming import keep, resume, save
from safetensors.torch import load_file

BATCH = 8
IN_BF16 = bool(getattr(torch.cpu, "_is_avx512_bf16_supported", bool)())


def arguments(description: str) -> argparse.Namespace:
    """Read the command line that all systems share; `predict` holds pairs of an input and an output file."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--train", required=True, type=Path)
    parser.add_argument("--dev", required=True, type=Path)
    parser.add_argument("--predict", required=True, nargs="+", metavar="IN=OUT")
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--ontology", required=True, type=Path, help="JSON: {type: [roles]}")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--rate", type=float, default=1e-4, help="of the encoder; new layers learn ten times as fast")
    options = parser.parse_args()
    options.predict = [tuple(Path(part) for part in pair.split("=")) for pair in options.predict]
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    return options


def read(path: Path) -> list[dict[str, Any]]:
    """Read a corpus file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def write(path: Path, sentences: Sequence[dict[str, Any]]) -> None:
    """Write predicted sentences."""
    lines = (json.dumps(sentence, ensure_ascii=False) for sentence in sentences)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def batches(items: Sequence[Any], length: Callable[[Any], int], rng: random.Random | None) -> list[list[Any]]:
    """Return batches of like lengths, in random order where there is a generator."""
    order = list(items)
    if rng is not None:
        rng.shuffle(order)
    chunk = 50 * BATCH
    groups = []
    for start in range(0, len(order), chunk):
        part = sorted(order[start : start + chunk], key=length)
        groups += [part[i : i + BATCH] for i in range(0, len(part), BATCH)]
    if rng is not None:
        rng.shuffle(groups)
    return groups


def fit(
    model: torch.nn.Module,
    items: Sequence[Any],
    length: Callable[[Any], int],
    loss_of: Callable[[list[Any]], torch.Tensor],
    score: Callable[[], float],
    options: argparse.Namespace,
    name: str,
) -> None:
    """Train a model, and leave it as it was after the epoch that scored best on dev."""
    for part, parameter in model.named_parameters():
        if "embeddings" in part:
            parameter.requires_grad = False
    base = model.base_model_prefix + "."
    trained = [(part, parameter) for part, parameter in model.named_parameters() if parameter.requires_grad]
    trained.sort(key=lambda pair: not pair[0].startswith(base))  # in the optimizer's order
    groups = [
        {"params": [p for part, p in trained if part.startswith(base)], "lr": options.rate, "weight_decay": 0.01},
        {
            "params": [p for part, p in trained if not part.startswith(base)],
            "lr": 10 * options.rate,
            "weight_decay": 0.01,
        },
    ]
    optimizer = torch.optim.AdamW(groups)
    steps = options.epochs * -(-len(items) // BATCH)
    warmup = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / (steps - warmup)))
    )
    folder = options.predict[0][1].parent
    last, best = (folder / f"{name}-{options.train.stem}-{which}.safetensors" for which in ("last", "best"))
    done, reached_best = resume(last, trained, optimizer, schedule)
    started = time.time()
    for epoch in range(done, options.epochs):
        # Every epoch has a seed of its own, so that one that is begun again sees the same.
        torch.manual_seed(1000 * options.seed + epoch)
        model.train()
        for batch in batches(items, length, random.Random(1000 * options.seed + epoch)):
            # Weights and optimizer stay in fp32; one step takes half the time where the processor multiplies in bf16.
            with torch.autocast("cpu", torch.bfloat16, enabled=IN_BF16):
                loss = loss_of(batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        model.eval()
        with torch.no_grad():
            reached = score()
        print(
            f"{name}: epoch {epoch + 1} of {options.epochs}, dev {reached:.4f}, {time.time() - started:.0f} s",
            flush=True,
        )
        if reached > reached_best:
            reached_best = reached
            save(best, dict(trained))
        keep(last, trained, optimizer, epoch + 1, reached_best)
    model.load_state_dict(load_file(best), strict=False)

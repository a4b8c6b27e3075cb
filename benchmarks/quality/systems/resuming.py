"""What a stopped training needs to go on: weights, the optimizer's moments, the epochs done and the best score."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

MOMENTS = ("step", "exp_avg", "exp_avg_sq")
Named = Sequence[tuple[str, torch.nn.Parameter]]


def save(path: Path, tensors: dict[str, torch.Tensor], notes: dict[str, str] | None = None) -> None:
    """Write tensors, and never leave half a file under their name."""
    part = path.with_suffix(".part")
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, part, notes)
    part.replace(path)


def keep(path: Path, trained: Named, optimizer: torch.optim.Optimizer, done: int, best: float) -> None:
    """Save a training after an epoch; `trained` is in the optimizer's order."""
    tensors = {f"model.{name}": parameter for name, parameter in trained}
    for name, parameter in trained:
        tensors |= {f"{moment}.{name}": value for moment, value in optimizer.state.get(parameter, {}).items()}
    save(path, tensors, {"done": str(done), "best": str(best)})


def resume(path: Path, trained: Named, optimizer: torch.optim.Optimizer, schedule: Any) -> tuple[int, float]:
    """Take up a training where there is one; return the epochs done and the best score so far."""
    if not path.exists():
        return 0, -1.0
    tensors = load_file(path)
    with safe_open(path, "pt") as file:
        notes = file.metadata()
    state = {}
    for row, (name, parameter) in enumerate(trained):
        parameter.data.copy_(tensors[f"model.{name}"])
        if f"step.{name}" in tensors:
            state[row] = {moment: tensors[f"{moment}.{name}"] for moment in MOMENTS}
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    schedule.last_epoch = max(int(own["step"]) for own in state.values()) - 1
    schedule.step()
    return int(notes["done"]), float(notes["best"])

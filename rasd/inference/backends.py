"""What runs the network: a small interface, numpy on both sides, and its torch implementation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rasd.errors import BackendError
from rasd.inference.threads import count_threads

if TYPE_CHECKING:
    import torch

    from rasd.model.modeling_rasd import RasdModel


@dataclass(frozen=True, slots=True)
class EncoderScores:
    """Scores of a batch of windows that need no trigger.

    Attributes:
        typing: Logits [B, E].
        triggers: Begin and inside logits [B, W, E, 2].
        cuts: Logits [B, W, 4].
        words: The backend's own word vectors, handed back to `score_arguments`.
    """

    typing: np.ndarray
    triggers: np.ndarray
    cuts: np.ndarray
    words: Any


class Backend(Protocol):
    """Runs the two entries of the model (see `rasd.model.modeling_rasd`).

    Either entry raises `MemoryError` where the memory of the device does not suffice. A backend that runs on a GPU says
    so by an attribute `on_gpu`: its batches are as large as its memory lets them be, and it runs while others are
    decoded. One that is fastest on the CPU with other batches than `BATCH_TOKENS` says so by an attribute
    `batch_tokens`.

    Attributes:
        name: "torch", "onnx" or "openvino".
        dtype: The numbers it computes with: "fp32", "bf16", "fp16" or "int8".
    """

    name: str
    dtype: str

    def encode(self, batch: dict[str, np.ndarray]) -> EncoderScores:
        """Score a batch of `rasd.collator.pad_encodings`."""

    def score_arguments(
        self, words: Any, windows: np.ndarray, spans: np.ndarray, types: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return role [N, W, R, 3] and realis logits [N, C] of triggers given by window, word span and type."""


_DTYPES = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


class TorchBackend:
    """Runs a `RasdModel` on a torch device.

    Args:
        model: Taken over: it is moved to the device, and its weights are turned into the numbers asked for.
        device: Where to run it.
        dtype: "fp32", "bf16" or "fp16"; None leaves the weights as they are.
    """

    name = "torch"

    def __init__(self, model: RasdModel, device: str | torch.device = "cpu", dtype: str | None = None) -> None:
        import torch

        kind = None if dtype is None else getattr(torch, _DTYPES[dtype])
        self.model = model.to(device=device, dtype=kind)
        self.dtype = next(name for name, kind in _DTYPES.items() if getattr(torch, kind) == self.model.dtype)
        self.device = device
        if str(device) == "cpu" and torch.get_num_threads() > count_threads():
            torch.set_num_threads(count_threads())  # torch knows nothing of a container's quota

    @property
    def on_gpu(self) -> bool:
        """Whether it runs on a CUDA GPU, which has memory of its own and computes beside Python."""
        import torch

        return torch.device(self.device).type == "cuda"

    def encode(self, batch: dict[str, np.ndarray]) -> EncoderScores:
        """Score a batch of windows."""
        import torch

        self.model.eval()
        with torch.inference_mode(), _raising_memory_errors():
            tensors = {name: torch.from_numpy(array).to(self.device) for name, array in batch.items()}
            words, typing, triggers, cuts = self.model.encode(**tensors)
            mask = tensors["letters"][..., 0] > 0
        return EncoderScores(_to_numpy(typing), _to_numpy(triggers), _to_numpy(cuts), (words, mask))

    def score_arguments(
        self, words: Any, windows: np.ndarray, spans: np.ndarray, types: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Score the arguments and realis of triggers."""
        import torch

        with torch.inference_mode(), _raising_memory_errors():
            rows, at, type_ids = (torch.from_numpy(array).to(self.device) for array in (windows, spans, types))
            vectors, mask = words
            roles, realis = self.model.score_arguments(vectors[rows], mask[rows], at, type_ids)
        return _to_numpy(roles), _to_numpy(realis)


def choose_device(device: str) -> str:
    """Return the device to run on; "auto" is the first of CUDA, Apple's MPS and the CPU that is there.

    Raises:
        BackendError: If the device named is not there.
    """
    import torch

    if device == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    if not isinstance(device, str) or not re.fullmatch(r"cpu|mps|cuda(:\d+)?", device):
        raise BackendError(f"unknown device {device!r}; use 'auto', 'cpu', 'cuda', 'cuda:1' or 'mps'")
    num_gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device.startswith("cuda") and int(device.partition(":")[2] or 0) >= num_gpus:
        raise BackendError(f"device {device!r} was asked for, but torch sees {num_gpus} CUDA GPUs; use 'auto' or 'cpu'")
    if device == "mps" and not torch.backends.mps.is_available():
        raise BackendError("device 'mps' was asked for, but torch sees no Apple GPU; use 'auto' or 'cpu'")
    return device


@contextmanager
def _raising_memory_errors() -> Iterator[None]:
    """Turn torch's own error of a full device into `MemoryError`, which the engine knows."""
    import torch

    try:
        yield
    except torch.cuda.OutOfMemoryError as err:
        raise MemoryError(str(err)) from None


def _to_numpy(tensor: torch.Tensor) -> np.ndarray:
    return tensor.float().cpu().numpy()

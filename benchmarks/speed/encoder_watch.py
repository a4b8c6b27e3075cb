"""What an encoder is given and how long it takes, seen from outside by hooks, and what the machine could do."""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

import torch

MEGABYTE = 2**20


class EncoderWatch:
    """Counts the batches of an encoder.

    Attributes:
        passes: Sentences that went through it, a sentence as often as it did.
        pieces: Word pieces of them, without padding.
        padded: With padding.
        flops: Floating-point operations of its matrix products.
        seconds: What it took; on a GPU by the device's own events.
        batches: Its inputs, where they are kept.
    """

    def __init__(self, encoder: torch.nn.Module | None, config: Any, *, keeps: bool = False) -> None:
        self.encoder, self.config, self.keeps = encoder, config, keeps
        self.is_paused = False
        self.reset()
        if encoder is not None:
            encoder.register_forward_pre_hook(self._begin, with_kwargs=True)
            encoder.register_forward_hook(self._end, with_kwargs=True)

    def reset(self) -> None:
        """Begin to count anew."""
        self.passes = self.pieces = self.padded = self.flops = 0
        self.batches: list[tuple[torch.Tensor, torch.Tensor]] = []
        self._marks: list[tuple[Any, Any]] = []
        self._counted = 0.0

    def add(self, shape: tuple[int, int], num_pieces: int, seconds: float = 0.0) -> None:
        """Count a batch [B, T] with so many real pieces."""
        self.passes += shape[0]
        self.pieces += num_pieces
        self.padded += shape[0] * shape[1]
        self.flops += count_flops(self.config, *shape)
        self._counted += seconds

    @property
    def seconds(self) -> float:
        """Seconds that the encoder took."""
        if self._marks and not isinstance(self._marks[0][0], float):
            torch.cuda.synchronize()
            return sum(begin.elapsed_time(end) for begin, end in self._marks) / 1000
        return self._counted + sum(end - begin for begin, end in self._marks)

    def run_bare(self) -> float:
        """Run the encoder alone on the batches that were kept and return the seconds it takes."""
        self.is_paused = True
        started = time.perf_counter()
        with torch.inference_mode():
            for ids, mask in self.batches:
                self.encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        if self.batches and self.batches[0][0].is_cuda:
            torch.cuda.synchronize()
        self.is_paused = False
        return time.perf_counter() - started

    def _begin(self, module: torch.nn.Module, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        if self.is_paused:
            return
        ids = options["input_ids"] if "input_ids" in options else args[0]
        mask = options.get("attention_mask", args[1] if len(args) > 1 else None)
        is_plain = mask is not None and mask.dim() == 2
        self.add(tuple(ids.shape), int((mask if is_plain else ids != self.config.pad_token_id).sum()))
        if self.keeps:
            self.batches.append((ids, mask))
        self._started = _mark(ids.is_cuda)

    def _end(self, module: torch.nn.Module, args: tuple[Any, ...], options: dict[str, Any], output: Any) -> None:
        if not self.is_paused:
            self._marks.append((self._started, _mark(not isinstance(self._started, float))))


def _mark(on_gpu: bool) -> Any:
    """Return the time now, on a GPU an event in its stream."""
    if not on_gpu:
        return time.perf_counter()
    event = torch.cuda.Event(enable_timing=True)
    event.record()
    return event


def count_flops(config: Any, num_rows: int, num_pieces: int) -> int:
    """Return the floating-point operations of an encoder's matrix products on a batch; a multiply-add is two.

    Args:
        config: Has `hidden_size`, `intermediate_size` and `num_hidden_layers`, as BERT has.
        num_rows: Sentences.
        num_pieces: Pieces of each, with padding.
    """
    hidden, inner = config.hidden_size, config.intermediate_size
    linear = 4 * hidden * hidden + 2 * hidden * inner
    attention = 2 * num_pieces * hidden
    return 2 * num_rows * num_pieces * config.num_hidden_layers * (linear + attention)


def measure_product_rate(config: Any, dtype: torch.dtype, device: str = "cpu", *, size: int = 2048) -> float:
    """Return the most floating-point operations a second that matrix products reach here.

    Of a square product of this size, and one of the encoder's own shape; the best of several each.
    """
    best = 0.0
    for rows, inner, columns in ((size, size, size), (2 * size, config.hidden_size, config.intermediate_size)):
        left = torch.randn(rows, inner, device=device).to(dtype)
        right = torch.randn(inner, columns, device=device).to(dtype)
        for _ in range(6):
            started = time.perf_counter()
            left @ right
            if device != "cpu":
                torch.cuda.synchronize()
            best = max(best, 2 * rows * inner * columns / (time.perf_counter() - started))
    return best


def peak_memory() -> float:
    """Return the most memory that this process has held, in MiB; on a GPU that of the device."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        return torch.cuda.max_memory_reserved() / MEGABYTE
    status = Path("/proc/self/status")
    if status.is_file():  # where rusage counts what the process that started this one held
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE  # bytes on macOS


def memory_now() -> float:
    """Return the memory that this process holds, in MiB; on systems without /proc the most it has held."""
    path = Path("/proc/self/statm")
    if not path.is_file():
        return peak_memory()
    return int(path.read_text().split()[1]) * resource.getpagesize() / MEGABYTE

"""Which backend runs a checkpoint, by what its folder holds, what is installed and what was asked for.

A checkpoint's folder may hold `model.safetensors`, which torch runs, and a folder `onnx` that `rasd export` wrote. With
"auto", torch runs what has a GPU to run on; on the CPU int8 graphs come first, and graphs in fp32 where OpenVINO is
installed, which are faster than torch; under ONNX Runtime those hardly are and come last (docs/backends.md).
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from rasd.errors import BackendError, CheckpointError, MissingExtraError, RasdError, did_you_mean
from rasd.inference import onnx_backend, openvino_backend

if TYPE_CHECKING:
    from rasd.inference.backends import Backend
    from rasd.model.settings import RasdSettings

BACKENDS = ("auto", "torch", "onnx", "openvino")
TORCH_DTYPES = ("fp32", "bf16", "fp16")
DTYPES = ("auto", *TORCH_DTYPES, "int8")


def load_backend(
    folder: Path, config: RasdSettings, *, backend: str = "auto", device: str = "auto", dtype: str = "auto"
) -> Backend:
    """Load the network of a checkpoint folder under the backend that `choose_backend` names.

    Raises:
        BackendError: If backend, device or dtype is not there.
        CheckpointError: If what the folder holds for it is missing or damaged.
        MissingExtraError: If the package that it needs is not installed.
    """
    backend, dtype = choose_backend(folder, backend=backend, device=device, dtype=dtype)
    if backend == "onnx":
        return onnx_backend.OnnxBackend(folder, config.load_ontology())
    if backend == "openvino":
        return openvino_backend.OpenVinoBackend(folder, config.load_ontology(), dtype)
    from rasd.inference.backends import TorchBackend, choose_device
    from rasd.inference.loading import load_model

    place = choose_device(device)
    return TorchBackend(load_model(folder), place, dtype)


def choose_backend(
    folder: Path, *, backend: str = "auto", device: str = "auto", dtype: str = "auto"
) -> tuple[str, str]:
    """Return what runs a folder, and with which numbers, such as ("torch", "fp32").

    Raises:
        BackendError: If the backend, or the device or dtype under it, is not there.
        CheckpointError: If the folder holds nothing for the backend.
        MissingExtraError: If the package that it needs is not installed.
    """
    for what, name, valid in (("backend", backend, BACKENDS), ("dtype", dtype, DTYPES)):
        if name not in valid:
            raise BackendError(f"unknown {what} {name!r}; use one of {', '.join(valid)}.{did_you_mean(name, valid)}")
    order = _order(folder, device) if backend == "auto" else (backend,)
    faults = {name: _find_fault(name, folder, device, dtype) for name in order}
    for name in order:
        if faults[name] is None:
            return name, _settle_dtype(name, folder) if dtype == "auto" else dtype
    if backend == "auto":  # what the folder is there for is what has to be mended
        backend = "onnx" if onnx_backend.is_exported(folder) and not _has_weights(folder) else "torch"
    raise faults[backend]


def _settle_dtype(backend: str, folder: Path) -> str:
    """Return what "auto" stands for."""
    # Never fewer bits than the folder holds: the same command finds the same events on every machine.
    return onnx_backend.read_record(folder).precision if backend == "onnx" else "fp32"


def _order(folder: Path, device: str) -> tuple[str, ...]:
    """Return the backends, the one that is fastest for a folder first."""
    if not onnx_backend.is_exported(folder) or (_has_weights(folder) and device == "auto" and _sees_gpu()):
        return ("torch", "onnx")
    is_int8 = onnx_backend.read_record(folder).precision == "int8"
    return ("onnx", "torch") if is_int8 else ("openvino", "torch", "onnx")


def _find_fault(name: str, folder: Path, device: str, dtype: str) -> RasdError | None:
    """Return why a backend cannot run a folder, None if it can."""
    return _find_torch_fault(folder, dtype) if name == "torch" else _find_graph_fault(name, folder, device, dtype)


def _find_torch_fault(folder: Path, dtype: str) -> RasdError | None:
    if dtype not in ("auto", *TORCH_DTYPES):
        return BackendError(
            f"torch computes with {', '.join(TORCH_DTYPES)}, got dtype {dtype!r}, which is what ONNX graphs may have: "
            "rasd export --precision int8"
        )
    if not _has_weights(folder):
        hint = "; it has graphs: use backend 'onnx'" if onnx_backend.is_exported(folder) else ""
        return CheckpointError(f"{folder} has no model.safetensors; the checkpoint is incomplete{hint}")
    if find_spec("torch") is None:
        return MissingExtraError("the backend 'torch' needs torch: pip install torch")
    return None


def _find_graph_fault(name: str, folder: Path, device: str, dtype: str) -> RasdError | None:
    if not onnx_backend.is_exported(folder):
        return BackendError(
            f"{folder} has no ONNX graphs; make them: rasd export --model {folder} --output {folder}, "
            "or use backend 'torch'"
        )
    if device not in ("auto", "cpu"):
        return BackendError(
            f"the backend {name!r} runs on the CPU, got device {device!r}; use 'cpu', or backend 'torch'"
        )
    precision = onnx_backend.read_record(folder).precision
    if name == "openvino":
        return _find_openvino_fault(folder, precision, dtype)
    if dtype not in ("auto", precision):
        return BackendError(f"the ONNX graphs of {folder} are {precision}, got dtype {dtype!r}; export them for it")
    if not onnx_backend.is_installed():
        return MissingExtraError("the backend 'onnx' needs ONNX Runtime: pip install onnxruntime")
    return None


def _find_openvino_fault(folder: Path, precision: str, dtype: str) -> RasdError | None:
    if precision != "fp32":
        return BackendError(
            f"the backend 'openvino' runs graphs in fp32, and those of {folder} are {precision}; export them so, or "
            "use backend 'onnx'"
        )
    if dtype not in ("auto", *openvino_backend.DTYPES):
        known = ", ".join(openvino_backend.DTYPES)
        return BackendError(f"the backend 'openvino' computes with {known}, got dtype {dtype!r}")
    if not openvino_backend.is_installed():
        return MissingExtraError("the backend 'openvino' needs OpenVINO: pip install openvino")
    if dtype == "bf16" and not openvino_backend.has_bf16():
        return BackendError("this CPU has no instructions for bf16; use dtype 'fp32'")
    return None


def _has_weights(folder: Path) -> bool:
    return (folder / "model.safetensors").is_file()


def _sees_gpu() -> bool:
    """Whether torch is there and has something faster than the CPU."""
    if find_spec("torch") is None:
        return False
    from rasd.inference.backends import choose_device

    return choose_device("auto") != "cpu"

"""The network under OpenVINO, on the CPU: the graphs in fp32 that `rasd export` wrote, faster than under ONNX Runtime.

It takes them as they are and can compute in bf16 where the CPU has instructions for it, which makes most of the
difference on CPUs with matrix units. Graphs in int8 it reads without a fault and computes wrongly (2026.4): they are
left to ONNX Runtime.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from rasd.errors import BackendError, CheckpointError
from rasd.inference.backends import EncoderScores
from rasd.inference.onnx_backend import FOLDER, GRAPHS, check_sizes, check_source
from rasd.inference.onnx_files import read_graph
from rasd.inference.threads import count_threads

if TYPE_CHECKING:
    import openvino

    from rasd.ontology import Ontology

DTYPES = {"fp32": "f32", "bf16": "bf16"}
"""Our names of numbers -> OpenVINO's."""


def is_installed() -> bool:
    """Whether OpenVINO is there; it is not imported."""
    return find_spec("openvino") is not None


def import_openvino() -> ModuleType:
    """Return the package `openvino`, which tells nobody that it was imported.

    Importing it sends a message to its makers through the package `openvino_telemetry`, unless that is not there. Who
    reads a text here, and when, is nobody's business.
    """
    name = "openvino_telemetry"
    is_hidden = name not in sys.modules
    if is_hidden:
        sys.modules[name] = None  # an import of it fails
    try:
        import openvino
    finally:
        if is_hidden:
            del sys.modules[name]
    return openvino


def has_bf16() -> bool:
    """Whether this CPU has instructions for bf16."""
    return "BF16" in import_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


class OpenVinoBackend:
    """Runs the graphs of a checkpoint folder.

    Args:
        folder: A checkpoint folder with `onnx` in it, in fp32.
        ontology: The ontology of its config, which the graphs must fit.
        dtype: The numbers to compute with, "fp32" or "bf16".

    Raises:
        BackendError: If the CPU has no instructions for the numbers.
        CheckpointError: If a graph is missing or damaged, or fits neither the ontology nor the weights beside it.
    """

    name = "openvino"

    def __init__(self, folder: Path, ontology: Ontology, dtype: str) -> None:
        check_source(folder)
        if dtype == "bf16" and not has_bf16():
            raise BackendError("this CPU has no instructions for bf16; use dtype 'fp32'")
        self.dtype = dtype
        self._encoder, self._arguments = (_open_graph(folder / FOLDER / f"{name}.onnx", name, dtype) for name in GRAPHS)
        outputs = [output for network in (self._encoder, self._arguments) for output in network.outputs]
        check_sizes(folder, ontology, {output.get_any_name(): _shape(output) for output in outputs})

    def encode(self, batch: dict[str, np.ndarray]) -> EncoderScores:
        """Score a batch of windows."""
        found = self._encoder(batch)
        typing, triggers, cuts = found["typing"], found["triggers"], found["cuts"]
        return EncoderScores(typing, triggers, cuts, (found["words"], batch["letters"][..., 0] > 0))

    def score_arguments(
        self, words: Any, windows: np.ndarray, spans: np.ndarray, types: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Score the arguments and realis of triggers."""
        vectors, mask = words
        found = self._arguments(
            {
                "words": vectors[windows],
                "word_mask": mask[windows],
                "spans": spans.astype(np.int64, copy=False),
                "types": types.astype(np.int64, copy=False),
            }
        )
        return found["roles"], found["realis"]


def _open_graph(path: Path, name: str, dtype: str) -> openvino.CompiledModel:
    """Make a network of a graph that was checked, with no operators but OpenVINO's own.

    Raises:
        CheckpointError: If it cannot be run or is not the graph expected.
    """
    openvino = import_openvino()
    data, core = read_graph(path), openvino.Core()
    settings = {"INFERENCE_NUM_THREADS": count_threads(), "INFERENCE_PRECISION_HINT": DTYPES[dtype]}
    try:
        network = core.compile_model(core.read_model(data, b""), "CPU", settings)
    except RuntimeError as err:
        raise CheckpointError(
            f"{path} cannot be run by openvino {openvino.__version__}: {err}; upgrade it, or use backend 'onnx'"
        ) from err
    found = tuple({item.get_any_name() for item in items} for items in (network.inputs, network.outputs))
    inputs, outputs = map(set, GRAPHS[name])
    if not found[0] <= inputs or found[1] != outputs:  # an input that is not read is left out
        raise CheckpointError(
            f"{path} is not the graph expected: it takes {sorted(found[0])} and gives {sorted(found[1])}; "
            "export the checkpoint again"
        )
    return network


def _shape(output: openvino.ConstOutput) -> list[int | None]:
    """Return the sizes of an output, None where it has any."""
    return [item.get_length() if item.is_static else None for item in output.partial_shape]

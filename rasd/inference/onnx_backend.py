"""The network under ONNX Runtime, on the CPU, which needs neither torch nor model code of transformers.

A folder `onnx` holds the model's two entries as `encode.onnx` and `arguments.onnx` (letters as in `modeling_rasd`):

    encode      input_ids, attention_mask, piece_words [B, T], letters [B, W, ..] -> words, typing, triggers, cuts
    arguments   words [N, W, H], word_mask [N, W], spans [N, 2], types [N] -> roles, realis

and `export.json`, which says of what and with what they were made.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rasd.errors import CheckpointError
from rasd.inference.backends import EncoderScores
from rasd.inference.batching import BATCH_TOKENS
from rasd.inference.onnx_files import read_graph
from rasd.inference.threads import count_threads

if TYPE_CHECKING:
    import onnxruntime

    from rasd.ontology import Ontology

logger = logging.getLogger(__name__)

FOLDER = "onnx"
RECORD = "export.json"
GRAPHS = {
    "encode": (("input_ids", "attention_mask", "piece_words", "letters"), ("words", "typing", "triggers", "cuts")),
    "arguments": (("words", "word_mask", "spans", "types"), ("roles", "realis")),
}
"""Name of a graph -> the names of its inputs and outputs."""
FORMAT = 1
PRECISIONS = ("fp32", "int8")
# Its kernel on the CPU takes longer than the addition and the normalisation that it stands for (onnxruntime 1.32).
_SLOW_FUSIONS = ["SkipLayerNormFusion"]
# Word pieces of a thread: in 8 bits, what a layer leaves for the next is still in the core's cache.
_INT8_TOKENS = 512
_SAMPLES, _SAMPLE_BYTES = 64, 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRecord:
    """What `export.json` says of the graphs beside it.

    Attributes:
        precision: "fp32" or "int8".
        source: `fingerprint` of the `model.safetensors` that they were made from.
        graphs: Name of each graph -> its `fingerprint`; empty in exports of before there were any.
    """

    precision: str
    source: str
    graphs: Mapping[str, str] = field(default_factory=dict)


def is_exported(folder: Path) -> bool:
    """Whether a checkpoint folder holds graphs."""
    return (folder / FOLDER / RECORD).is_file()


def is_installed() -> bool:
    """Whether ONNX Runtime is there; it is not imported."""
    return find_spec("onnxruntime") is not None


def read_record(folder: Path) -> ExportRecord:
    """Read what a checkpoint's graphs were made of.

    Raises:
        CheckpointError: If there is no such record, or it is damaged or of another release.
    """
    path = folder / FOLDER / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise CheckpointError(f"{path} cannot be read: {err}; export the checkpoint again") from err
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise CheckpointError(
            f"{path} is not of format {FORMAT}, which this release reads; export the checkpoint again"
        )
    precision, source = record.get("precision"), record.get("source")
    if precision not in PRECISIONS or not isinstance(source, str):
        raise CheckpointError(f"{path} is damaged: precision {precision!r}, source {source!r}")
    graphs = record.get("graphs", {})
    if not isinstance(graphs, dict) or (graphs and graphs.keys() != GRAPHS.keys()):
        raise CheckpointError(f"{path} is damaged: graphs {graphs!r}")
    return ExportRecord(precision=precision, source=source, graphs=graphs)


def fingerprint(path: Path) -> str:
    """Return what tells one file of weights from another: a digest of its size and of samples all through it.

    It answers whether graphs are still those of the weights beside them; whoever means to deceive is not stopped by it.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for i in range(_SAMPLES):
            file.seek(max(0, size - _SAMPLE_BYTES) * i // (_SAMPLES - 1))
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.hexdigest()


def check_source(folder: Path) -> ExportRecord:
    """Return what a checkpoint's graphs were made of, checked against them and the weights beside them.

    Raises:
        CheckpointError: If they were made from other weights, one of them comes from another export, or the record is
            missing or damaged.
    """
    record, weights = read_record(folder), folder / "model.safetensors"
    if weights.is_file() and fingerprint(weights) != record.source:
        raise CheckpointError(
            f"{folder / FOLDER} was exported from other weights than those of {weights}; export them again: "
            f"rasd export --model {folder} --output {folder} --precision {record.precision}"
        )
    for name, expected in record.graphs.items():
        path = folder / FOLDER / f"{name}.onnx"
        if path.is_file() and fingerprint(path) != expected:
            raise CheckpointError(
                f"{path} is not the graph that {folder / FOLDER / RECORD} tells of; download or export the checkpoint "
                "again"
            )
    return record


def check_sizes(folder: Path, ontology: Ontology, shapes: Mapping[str, Sequence[Any]]) -> None:
    """Check that graphs score as many types, roles and realis values as an ontology has.

    Args:
        folder: The checkpoint folder.
        ontology: The ontology of its config.
        shapes: Name of an output -> its shape.

    Raises:
        CheckpointError: If they do not.
    """
    sizes = {
        "typing": (1, "event types", len(ontology.types)),
        "roles": (2, "roles", len(ontology.roles)),
        "realis": (1, "realis values", max(1, len(ontology.realis))),
    }
    for name, (axis, what, expected) in sizes.items():
        shape = shapes[name]
        if len(shape) <= axis or shape[axis] != expected:
            raise CheckpointError(
                f"the graphs in {folder / FOLDER} do not fit {folder / 'config.json'}: it has {expected} {what}, "
                f"their output {name!r} is {shape}; export the checkpoint again"
            )


class OnnxBackend:
    """Runs the graphs of a checkpoint folder.

    Args:
        folder: A checkpoint folder with `onnx` in it.
        ontology: The ontology of its config, which the graphs must fit.

    Raises:
        CheckpointError: If a graph is missing or damaged, or fits neither the ontology nor the weights beside it.
    """

    name = "onnx"

    def __init__(self, folder: Path, ontology: Ontology) -> None:
        self.dtype = check_source(folder).precision
        self._encoder, self._arguments = (
            open_graph(folder / FOLDER / f"{name}.onnx", *GRAPHS[name]) for name in GRAPHS
        )
        outputs = [output for session in (self._encoder, self._arguments) for output in session.get_outputs()]
        check_sizes(folder, ontology, {output.name: output.shape for output in outputs})

    @property
    def batch_tokens(self) -> int:
        """Padded word pieces of the batches with which it is fastest."""
        return min(BATCH_TOKENS, _INT8_TOKENS * count_threads()) if self.dtype == "int8" else BATCH_TOKENS

    def encode(self, batch: dict[str, np.ndarray]) -> EncoderScores:
        """Score a batch of windows."""
        words, typing, triggers, cuts = self._encoder.run(list(GRAPHS["encode"][1]), batch)
        return EncoderScores(typing, triggers, cuts, (words, batch["letters"][..., 0] > 0))

    def score_arguments(
        self, words: Any, windows: np.ndarray, spans: np.ndarray, types: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Score the arguments and realis of triggers."""
        vectors, mask = words
        roles, realis = self._arguments.run(
            list(GRAPHS["arguments"][1]),
            {
                "words": vectors[windows],
                "word_mask": mask[windows],
                "spans": spans.astype(np.int64, copy=False),
                "types": types.astype(np.int64, copy=False),
            },
        )
        return roles, realis


def open_graph(path: Path, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> onnxruntime.InferenceSession:
    """Make a session of a graph that was checked; it runs on the CPU, with no operators but ONNX Runtime's own.

    Raises:
        CheckpointError: If it cannot be run or is not the graph expected.
    """
    import onnxruntime

    data = read_graph(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = count_threads(), 1
    options.log_severity_level = 3  # errors; warnings speak of our graph, which its reader cannot mend
    options.add_session_config_entry("session.load_model_format", "ONNX")  # not what the bytes look like
    try:
        session = onnxruntime.InferenceSession(
            data, options, providers=["CPUExecutionProvider"], disabled_optimizers=_SLOW_FUSIONS
        )
    except Exception as err:  # onnxruntime has a kind of its own for each fault, under no common one but this
        raise CheckpointError(
            f"{path} cannot be run by onnxruntime {onnxruntime.__version__}: {err}; upgrade it, or export again"
        ) from err
    found = ({item.name for item in session.get_inputs()}, {item.name for item in session.get_outputs()})
    if found != (set(inputs), set(outputs)):
        raise CheckpointError(
            f"{path} is not the graph expected: it takes {sorted(found[0])} and gives {sorted(found[1])}, "
            f"not {sorted(inputs)} and {sorted(outputs)}; export the checkpoint again"
        )
    return session

"""Turning a loaded `RasdModel` into ONNX graphs: its own modules are traced, none is written by hand.

Two things are put in the place of torch's before tracing, since ONNX Runtime has better for them than what torch's
would be taken apart into: the attention of encoders that read all of a sentence becomes one operator, and for int8 the
encoder's linear layers become `RowwiseLinear` and its piece vectors `RowwiseEmbedding`.

Shape letters as in `modeling_rasd`; M rows of a matrix, I and O inputs and outputs of a layer.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.export import Dim
from torch.onnx.ops import symbolic
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface

from rasd.inference.onnx_backend import GRAPHS
from rasd.model.modeling_rasd import RasdModel

OPSET = 20  # the first that has GELU as one operator
# Encoders each of whose layers reads the whole sentence through the attention interface of transformers.
_FUSED = {"bert", "camembert", "distilbert", "electra", "roberta", "xlm-roberta"}
_ATTENTION = "rasd_onnx"
# CPUs without dot-product instructions add the products of two neighbours in 16 bits, where twice 255 * 127 is cut.
# With weights up to 90 the sum is cut only where two neighbouring inputs lie above 182 of 255 and both weights near
# their top; up to 64 never, but then events are lost on all CPUs. onnxruntime's own way around it
# (session.x64quantprecision) takes twice the time on CPUs that do not need it, too (1.32).
_WEIGHT_TOP, _INPUT_TOP = 90, 255
# Where zero may lie among the 256 steps of an input. What GELU gives is hardly ever below zero: with zero in the middle
# half of the steps would be wasted on it.
_ZEROS = (12, 16, 24, 32, 48, 64, 96, 128, 160, 192)
_MIDDLE = 128
_TINY = 1e-12


class RowwiseLinear(nn.Module):
    """A linear layer in 8-bit arithmetic: a scale for each output of the weight, and one for each row of the input.

    A row's scale is such that its own values fit, so what is said of a word piece does not depend on what else is in
    the batch, as it does where one scale is taken from all of it (as by `quantize_dynamic` of onnxruntime).

    Args:
        linear: The layer that it stands for.
        zero: The step of an input, out of 256, that stands for 0.
    """

    def __init__(self, linear: nn.Linear, zero: int = _MIDDLE) -> None:
        super().__init__()
        weight = linear.weight.detach()  # [O, I]
        scale = (weight.abs().amax(1) / _WEIGHT_TOP).clamp(min=_TINY)
        self.register_buffer("weight", (weight / scale[:, None]).round().to(torch.int8).t().contiguous())  # [I, O]
        self.register_buffer("scale", scale)
        self.register_buffer("one", torch.ones(1))
        self.register_buffer("zero", torch.tensor([zero], dtype=torch.uint8))
        self.below, self.above = zero, _INPUT_TOP - zero  # steps
        self.bias = linear.bias

    def forward(self, inputs: Tensor) -> Tensor:
        """Return what the layer gives [.., O] for inputs [.., I]."""
        rows = inputs.reshape(-1, inputs.shape[-1])  # [M, I]
        scale = torch.maximum(rows.amax(-1) / self.above, rows.amin(-1) / -self.below).clamp(min=_TINY)  # [M]
        if torch.onnx.is_in_onnx_export():
            product = self._multiply(rows, scale)
        else:
            whole = (rows / scale[:, None]).round()
            product = (whole @ self.weight.to(rows.dtype)) * self.scale
        outputs = (product * scale[:, None]).reshape(*inputs.shape[:-1], self.weight.shape[1])
        return outputs if self.bias is None else outputs + self.bias

    def _multiply(self, rows: Tensor, scale: Tensor) -> Tensor:
        """Return the product [M, O] as ONNX Runtime's own operators."""
        zeros = self.zero.expand(rows.shape[0])
        whole = symbolic(
            "QuantizeLinear", (rows, scale, zeros), {"axis": 0}, dtype=torch.uint8, shape=rows.shape, version=OPSET
        )
        return symbolic(
            "com.microsoft::MatMulIntegerToFloat",
            (whole, self.weight, self.one, self.scale, self.zero),
            dtype=rows.dtype,
            shape=(rows.shape[0], self.weight.shape[1]),
            version=1,
        )


class RowwiseEmbedding(nn.Module):
    """An embedding table in 8 bits, with a scale for each of its rows; a fourth of the size."""

    def __init__(self, table: nn.Embedding) -> None:
        super().__init__()
        weight = table.weight.detach()
        scale = (weight.abs().amax(1, keepdim=True) / 127).clamp(min=_TINY)
        self.register_buffer("weight", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the vectors of ids."""
        return self.weight[ids].to(self.scale.dtype) * self.scale[ids]


class _Encode(nn.Module):
    """The entry `encode`, as what a graph is made of."""

    def __init__(self, model: RasdModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, piece_words: Tensor, letters: Tensor) -> Any:
        return self.model.encode(input_ids, attention_mask, piece_words, letters)


class _Arguments(nn.Module):
    """The entry `score_arguments`."""

    def __init__(self, model: RasdModel) -> None:
        super().__init__()
        self.head = model.arguments

    def forward(self, words: Tensor, word_mask: Tensor, spans: Tensor, types: Tensor) -> Any:
        return self.head(words, word_mask, spans, types)


def quantize(model: RasdModel, batches: Iterable[Mapping[str, np.ndarray]]) -> None:
    """Put 8-bit layers in the place of the encoder's linear layers and piece vectors; the small heads stay.

    Args:
        model: A loaded model in evaluation mode.
        batches: Batches of `pad_encodings` without padding, in which is seen where the inputs of each layer lie.
    """
    zeros = _choose_zeros(model, batches)
    pieces = model.encoder.get_input_embeddings()
    model.encoder.set_input_embeddings(RowwiseEmbedding(pieces))
    for module in list(model.encoder.modules()):
        for name, child in list(module.named_children()):
            if type(child) is nn.Linear:
                setattr(module, name, RowwiseLinear(child, zeros[child]))


def _choose_zeros(model: RasdModel, batches: Iterable[Mapping[str, np.ndarray]]) -> dict[nn.Module, int]:
    """Return for each linear layer of the encoder the zero with which the steps of its inputs are smallest."""
    layers = [module for module in model.encoder.modules() if type(module) is nn.Linear]
    costs = {layer: torch.zeros(len(_ZEROS)) for layer in layers}
    below = torch.tensor(_ZEROS, dtype=torch.float32)

    def add(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        rows = inputs[0].reshape(-1, inputs[0].shape[-1])
        high, low = rows.amax(-1, keepdim=True), rows.amin(-1, keepdim=True)  # [M, 1]
        costs[layer] += torch.maximum(high / (_INPUT_TOP - below), -low / below).sum(0)

    hooks = [layer.register_forward_pre_hook(add) for layer in layers]
    with torch.inference_mode():
        for batch in batches:
            model.encode(**{name: torch.from_numpy(array) for name, array in batch.items()})
    for hook in hooks:
        hook.remove()
    # Of equal ones the middle, as for a layer that no batch came by.
    return {layer: min(zip(cost.tolist(), _ZEROS, strict=True), key=_by_cost)[1] for layer, cost in costs.items()}


def _by_cost(item: tuple[float, int]) -> tuple[float, int]:
    cost, zero = item
    return cost, abs(zero - _MIDDLE)


def write_graphs(model: RasdModel, batch: Mapping[str, np.ndarray], folder: Path) -> None:
    """Trace both entries of a model and write them as `encode.onnx` and `arguments.onnx`.

    Args:
        model: A loaded model in evaluation mode; its attention is exchanged.
        batch: A batch of `pad_encodings` with two windows or more, which says what the inputs look like.
        folder: Where to write.
    """
    if model.encoder.config.model_type in _FUSED:
        AttentionInterface.register(_ATTENTION, _attend)
        AttentionMaskInterface.register(_ATTENTION, _keep_mask)
        model.encoder.set_attn_implementation(_ATTENTION)
    sentences, pieces, words, triggers = (Dim(name) for name in "BTWN")
    inputs = tuple(torch.from_numpy(batch[name]) for name in GRAPHS["encode"][0])
    shapes = tuple({0: sentences, 1: words if name == "letters" else pieces} for name in GRAPHS["encode"][0])
    _write(_Encode(model), inputs, shapes, "encode", folder)

    num_words, size = batch["letters"].shape[1], model.encoder.config.hidden_size
    spans = torch.tensor([[0, 0], [0, 1], [1, 1]])
    inputs = (torch.zeros(3, num_words, size), torch.ones(3, num_words, dtype=torch.bool), spans, spans[:, 0])
    shapes = ({0: triggers, 1: words}, {0: triggers, 1: words}, {0: triggers}, {0: triggers})
    _write(_Arguments(model), inputs, shapes, "arguments", folder)


def _write(module: nn.Module, inputs: Any, shapes: Any, name: str, folder: Path) -> None:
    """Trace a module and write its graph, without the paths and source lines that the exporter notes down."""
    with torch.no_grad(), _silent():
        program = torch.onnx.export(
            module.eval(),
            inputs,
            dynamo=True,
            dynamic_shapes=shapes,
            input_names=GRAPHS[name][0],
            output_names=GRAPHS[name][1],
            opset_version=OPSET,
            verbose=False,
        )
    model = program.model_proto
    model.ClearField("metadata_props")
    for graph in (model.graph, *model.functions):
        graph.doc_string = ""
        for item in (graph, *graph.node, *graph.value_info):
            item.doc_string = ""
            item.ClearField("metadata_props")
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString())


def _attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scaling: float, **options: Any
) -> tuple[Tensor, None]:
    """Attention of a layer as one operator: [B, heads, T, size] each -> [B, T, heads, size]."""
    num_sentences, num_heads, num_pieces, size = query.shape
    flat = (num_sentences, num_pieces, num_heads * size)
    inputs = tuple(tensor.transpose(1, 2).reshape(flat) for tensor in (query, key, value))
    output = symbolic(
        "com.microsoft::MultiHeadAttention",
        (*inputs, None, mask),
        {"num_heads": num_heads, "scale": float(scaling)},
        dtype=query.dtype,
        shape=flat,
        version=1,
    )
    return output.reshape(num_sentences, num_pieces, num_heads, size), None


def _keep_mask(*, attention_mask: Tensor, **options: Any) -> Tensor:
    """Return the mask [B, T] of pieces, as the operator wants it."""
    return attention_mask.to(torch.int32)


@contextmanager
def _silent() -> Iterator[None]:
    """Keep back what the exporter tells of its own insides."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)

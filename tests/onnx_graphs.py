"""Small ONNX graphs for tests: of the shape that a checkpoint's graphs have, with nothing in them."""

from __future__ import annotations

import json

import onnx
from onnx import TensorProto, helper, numpy_helper

from rasd.inference.onnx_backend import FOLDER, FORMAT, GRAPHS, RECORD


def make_graph(inputs, outputs, *, op="Identity", domain=""):
    """Return a model whose outputs, {name: shape}, are zeros."""
    import numpy as np

    zeros = [numpy_helper.from_array(np.zeros(shape, np.float32), f"zero.{name}") for name, shape in outputs.items()]
    nodes = [helper.make_node(op, [f"zero.{name}"], [name], domain=domain) for name in outputs]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info(name, TensorProto.INT64, None) for name in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()],
        zeros,
    )
    opsets = [helper.make_opsetid("", 20), *([helper.make_opsetid(domain, 1)] if domain else [])]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def write_empty_export(folder, ontology, *, precision="fp32", source="", **sizes):
    """Put graphs that fit an ontology into a checkpoint folder; `sizes` sets another one for "typing" and such."""
    num_roles = sizes.get("roles", len(ontology.roles))
    shapes = {
        "words": (1, 2, 8),
        "typing": (1, sizes.get("typing", len(ontology.types))),
        "triggers": (1, 2, len(ontology.types), 2),
        "cuts": (1, 2, 4),
        "roles": (1, 2, num_roles, 3),
        "realis": (1, sizes.get("realis", len(ontology.realis))),
    }
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    for name, (inputs, outputs) in GRAPHS.items():
        model = make_graph(inputs, {output: shapes[output] for output in outputs})
        onnx.save(model, folder / FOLDER / f"{name}.onnx")
    record = {"format": FORMAT, "precision": precision, "source": source}
    (folder / FOLDER / RECORD).write_text(json.dumps(record))

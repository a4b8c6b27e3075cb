"""ONNX files of strangers: nothing outside them is read, and what is no such file is told."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from onnx_graphs import make_graph

from rasd.errors import CheckpointError
from rasd.inference.onnx_backend import open_graph
from rasd.inference.onnx_files import has_external_data, read_graph

WHOLE = make_graph(["x"], {"y": (2, 3)})


def external(name="y"):
    """Return a tensor whose data is said to be in a file of the system."""
    tensor = numpy_helper.from_array(np.zeros((2, 3), np.float32), name)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../../../etc/hostname")
    return tensor


def graph_of(nodes=(), initializers=()):
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, (2, 3))
    return helper.make_graph(list(nodes), "test", [], [output], list(initializers))


def constant(tensor):
    return helper.make_node("Constant", [], ["y"], value=tensor)


def with_function():
    model = helper.make_model(graph_of())
    opsets = [helper.make_opsetid("", 20)]
    model.functions.append(helper.make_function("own", "F", [], ["y"], [constant(external())], opsets))
    return model


def with_sparse():
    graph = graph_of()
    graph.sparse_initializer.add().indices.CopyFrom(external("i"))
    return helper.make_model(graph)


HOSTILE = {
    "initializer": helper.make_model(graph_of(initializers=[external()])),
    "constant": helper.make_model(graph_of([constant(external())])),
    "branch": helper.make_model(
        graph_of([helper.make_node("If", ["c"], ["y"], then_branch=graph_of([constant(external())]))])
    ),
    "list of tensors": helper.make_model(graph_of([helper.make_node("Op", [], ["y"], many=[external()])])),
    "function": with_function(),
    "sparse": with_sparse(),
}


def test_whole_graph_is_read_as_it_stands(tmp_path):
    onnx.save(WHOLE, tmp_path / "a.onnx")
    assert read_graph(tmp_path / "a.onnx") == WHOLE.SerializeToString()


@pytest.mark.parametrize("model", HOSTILE.values(), ids=HOSTILE)
def test_graph_that_names_another_file_is_refused_wherever_it_does(tmp_path, model):
    (tmp_path / "a.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(CheckpointError, match=r"a\.onnx refers to other files"):
        open_graph(tmp_path / "a.onnx", (), ("y",))


def test_location_without_the_word_for_it_is_refused():
    tensor = external()
    tensor.ClearField("external_data")
    assert has_external_data(helper.make_model(graph_of(initializers=[tensor])).SerializeToString())
    tensor = external()
    tensor.data_location = TensorProto.DEFAULT
    assert has_external_data(helper.make_model(graph_of(initializers=[tensor])).SerializeToString())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "there is no graph in it"),
        (b"not a graph at all", "a.onnx is damaged"),
        (WHOLE.SerializeToString()[:-5], "it ends in the middle"),
        (b"\x3a\x80", "it ends in the middle of a number"),
        (b"\x38\x01", "field 7 of a model is no message"),
        (b"\xba\x80\x80\x80\x80\x01\x00", "a field has the number"),
    ],
)
def test_damaged_graph_is_told(tmp_path, data, message):
    (tmp_path / "a.onnx").write_bytes(data)
    with pytest.raises(CheckpointError, match=message):
        read_graph(tmp_path / "a.onnx")


def test_missing_graph_is_told(tmp_path):
    with pytest.raises(CheckpointError, match=r"a\.onnx cannot be read: No such file"):
        read_graph(tmp_path / "a.onnx")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=64))
def test_any_bytes_end_in_an_answer(data):
    try:
        assert has_external_data(data) in (True, False)
    except ValueError as err:
        assert str(err)


def test_operator_that_is_not_onnx_runtimes_own_is_refused(tmp_path):
    onnx.save(make_graph([], {"y": (2, 3)}, op="Run", domain="stranger"), tmp_path / "a.onnx")
    with pytest.raises(CheckpointError, match=r"a\.onnx cannot be run by onnxruntime .*stranger"):
        open_graph(tmp_path / "a.onnx", (), ("y",))


def test_graph_in_the_format_that_onnx_runtime_keeps_for_itself_is_refused(tmp_path):
    (tmp_path / "a.onnx").write_bytes(b"\x08\x00\x00\x00ORTM" + WHOLE.SerializeToString())
    with pytest.raises(CheckpointError, match=r"a\.onnx is damaged"):
        open_graph(tmp_path / "a.onnx", (), ("y",))


def test_graph_with_other_inputs_or_outputs_is_refused(tmp_path):
    onnx.save(WHOLE, tmp_path / "a.onnx")
    with pytest.raises(CheckpointError, match=r"it takes \['x'\] and gives \['y'\], not \['x', 'z'\] and \['y'\]"):
        open_graph(tmp_path / "a.onnx", ("z", "x"), ("y",))

"""Graphs under OpenVINO, where it is installed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from onnx_graphs import make_graph, write_empty_export

from rasd.errors import BackendError, CheckpointError
from rasd.inference import openvino_backend
from rasd.inference.loading import load_config
from rasd.inference.openvino_backend import OpenVinoBackend

pytest.importorskip("openvino")


@pytest.fixture(scope="module")
def ontology(tiny_checkpoint):
    return load_config(tiny_checkpoint).load_ontology()


def test_graphs_of_another_ontology_are_refused(tmp_path, ontology):
    write_empty_export(tmp_path, ontology, typing=77)
    with pytest.raises(CheckpointError, match=r"do not fit .*config\.json: it has \d+ event types, their output"):
        OpenVinoBackend(tmp_path, ontology, "fp32")


def test_graph_of_something_else_is_refused(tmp_path, ontology):
    write_empty_export(tmp_path, ontology)
    path = tmp_path / "onnx" / "arguments.onnx"
    path.write_bytes(make_graph(["words"], {"roles": (1, 2)}).SerializeToString())
    with pytest.raises(
        CheckpointError, match=r"arguments\.onnx is not the graph expected: it takes .* gives \['roles'\]"
    ):
        OpenVinoBackend(tmp_path, ontology, "fp32")


def test_graph_with_an_unknown_operator_is_refused(tmp_path, ontology):
    write_empty_export(tmp_path, ontology)
    path = tmp_path / "onnx" / "encode.onnx"
    path.write_bytes(make_graph(["words"], {"roles": (1, 2)}, op="Steal", domain="somewhere").SerializeToString())
    with pytest.raises(CheckpointError, match=r"encode\.onnx cannot be run by openvino"):
        OpenVinoBackend(tmp_path, ontology, "fp32")


def test_numbers_that_the_cpu_has_no_instructions_for_are_refused(monkeypatch, tmp_path, ontology):
    write_empty_export(tmp_path, ontology)
    monkeypatch.setattr(openvino_backend, "has_bf16", lambda: False)
    with pytest.raises(BackendError, match="this CPU has no instructions for bf16; use dtype 'fp32'"):
        OpenVinoBackend(tmp_path, ontology, "bf16")


def test_importing_it_tells_nobody():
    code = (
        "import socket, sys\n"
        "def refuse(*_): raise SystemExit('asked for the network')\n"
        "socket.getaddrinfo = socket.socket.connect = refuse\n"
        "from rasd.inference.openvino_backend import import_openvino\n"
        "import_openvino()\n"
        "from openvino.tools.ovc import telemetry_utils\n"
        "print(telemetry_utils.tm.__name__, 'openvino_telemetry' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["openvino.tools.ovc.telemetry_stub", "False"], done.stderr

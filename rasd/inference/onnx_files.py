"""ONNX files from others: read whole, and refused where they point to anything outside themselves.

A graph may keep its weights in other files, whose names the reader follows. rasd writes none such, so a graph that
names one is not rasd's. The file is walked here without a package of protobuf's: only the parts of `onnx.proto` that
lead to tensors are followed, and whoever predicts needs ONNX Runtime alone. What was checked is what is run: sessions
are made from the bytes that `read_graph` returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rasd.errors import CheckpointError

# Message -> number of a field -> message that it holds, as in onnx.proto; other fields lead to no tensor.
_PARTS = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
# Fields of a tensor that say that its data is elsewhere.
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14


def read_graph(path: Path) -> bytes:
    """Read an ONNX file and check that it holds all of itself.

    Raises:
        CheckpointError: If it is missing, is no ONNX file, or refers to other files.
    """
    try:
        data = path.read_bytes()
    except OSError as err:
        raise CheckpointError(f"{path} cannot be read: {err.strerror}; export the checkpoint again") from err
    try:
        is_whole = not has_external_data(data)
    except ValueError as err:
        raise CheckpointError(f"{path} is damaged: {err}; download or export it again") from err
    if not is_whole:
        raise CheckpointError(f"{path} refers to other files for its tensors, which rasd neither writes nor reads")
    return data


def has_external_data(data: bytes) -> bool:
    """Whether a tensor anywhere in an ONNX model says that its data is in another file.

    Raises:
        ValueError: If the bytes are no such message.
    """
    todo = [("model", memoryview(data))]
    has_graph = False
    while todo:
        kind, message = todo.pop()
        for number, value in _fields(message):
            if kind == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0)):
                return True
            part = _PARTS[kind].get(number)
            if part is not None:
                if isinstance(value, int):
                    raise ValueError(f"field {number} of a {kind} is no message")
                has_graph |= part == "graph"
                todo.append((part, value))
    if not has_graph:
        raise ValueError("there is no graph in it")
    return False


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield the number and value of each field of a protobuf message."""
    at, end = 0, len(message)
    while at < end:
        tag, at = _varint(message, at)
        if tag >> 32:  # other readers cut it down, to a number that is not ours
            raise ValueError(f"a field has the number {tag >> 3}")
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            size, at = _varint(message, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"unknown wire type {kind}")
        if at + size > end:
            raise ValueError("it ends in the middle of a field")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins at a place, and the place behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("it ends in the middle of a number")

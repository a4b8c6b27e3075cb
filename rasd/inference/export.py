"""`rasd export`: a checkpoint as ONNX graphs, kept only if they find what the checkpoint finds under torch.

Written beside the output under another name and moved into its place at the end: a failed export leaves nothing.
"""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import metadata, resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rasd import __version__
from rasd.collator import pad_encodings
from rasd.errors import CheckpointError, ConfigError, ExportError, MissingExtraError
from rasd.events import Sentence
from rasd.inference.backends import TorchBackend
from rasd.inference.engine import Engine
from rasd.inference.loading import CHECKPOINT_FILES, find_checkpoint, load_engine, load_model
from rasd.inference.onnx_backend import (
    FOLDER,
    FORMAT,
    GRAPHS,
    PRECISIONS,
    RECORD,
    OnnxBackend,
    fingerprint,
    is_exported,
)
from rasd.inference.parity import BOUNDS, Parity, compare_predictions
from rasd.text.sentences import split_sentences

NEEDED = ("torch", "onnx", "onnxruntime", "onnxscript")
_COPIED = tuple(name for name in CHECKPOINT_FILES if name != "model.safetensors" and "/" not in name)
# What one ONNX file can hold; beyond it weights would have to lie in files of their own.
_MAX_BYTES = 2**31 - 2**20


def export_checkpoint(
    name: str | Path,
    output: str | Path,
    *,
    precision: str = "fp32",
    texts: Sequence[str] | None = None,
    revision: str | None = None,
    local_files_only: bool = False,
) -> Parity:
    """Write a checkpoint as ONNX graphs that predict without torch.

    Args:
        name: A folder with `model.safetensors`, or a Hub id.
        output: A new or empty folder, or the checkpoint's own, which then holds both forms.
        precision: "fp32", or "int8" for 8-bit arithmetic in the encoder, which is smaller and faster.
        texts: What both forms must find alike; None takes sentences that come with rasd.
        revision: Branch, tag or commit on the Hub.
        local_files_only: Ask no network.

    Returns:
        How far the graphs agree with torch on the texts.

    Raises:
        ExportError: If they agree less than `rasd.inference.parity.BOUNDS` asks for, or the network is too large.
        CheckpointError: If there is no such checkpoint, or it is damaged.
        ConfigError: If the output holds something else, or the precision is unknown.
        MissingExtraError: If the extra [onnx] is not installed.
    """
    if precision not in PRECISIONS:
        raise ConfigError(f"unknown precision {precision!r}; use one of {', '.join(PRECISIONS)}")
    _check_installed()
    folder = find_checkpoint(name, revision=revision, local_files_only=local_files_only, backend="torch")
    target = Path(output)
    _check_output(target, folder)
    model = load_model(folder)
    size = sum(tensor.numel() * tensor.element_size() for tensor in model.state_dict().values())
    if size > _MAX_BYTES:
        raise ExportError(f"{folder} holds {size / 2**30:.1f} GiB of weights, and one ONNX file holds less than 2 GiB")
    engine = load_engine(folder, model.config, TorchBackend(model))
    sentences = list(_split(_default_texts() if texts is None else texts))
    expected = engine.predict(sentences)
    with _replacing(target, folder) as part:
        _write(model, engine, part, precision)
        record = {
            "format": FORMAT,
            "precision": precision,
            "source": fingerprint(folder / "model.safetensors"),
            "graphs": {name: fingerprint(part / FOLDER / f"{name}.onnx") for name in GRAPHS},
        }
        _write_record(part, record)
        onnx_engine = load_engine(folder, model.config, OnnxBackend(part, engine.ontology))
        parity = compare_predictions(expected, onnx_engine.predict(sentences))
        faults = parity.find_faults(precision)
        if faults:
            raise ExportError(f"the {precision} graphs of {folder} do not agree with torch: {'; '.join(faults)}")
        about = {"rasd": __version__} | {package: metadata.version(package) for package in (*NEEDED, "transformers")}
        check = {"texts": "rasd" if texts is None else "given"} | parity.to_dict() | {"bounds": BOUNDS[precision]}
        _write_record(part, record | {"check": check, "versions": about})
    return parity


def _write(model: Any, engine: Engine, part: Path, precision: str) -> None:
    """Write the graphs of a model, which is of no use afterwards."""
    from rasd.inference.tracing import quantize, write_graphs

    pad = engine.pad_token_id
    windows = [window for found in engine.sentence_encoder.encode(_default_texts()) for window in found]
    if len(windows) < 2:
        raise CheckpointError("the tokenizer sees no words in Arabic sentences; it is not that of an Arabic encoder")
    if precision == "int8":
        quantize(model, (pad_encodings([window], pad_token_id=pad, multiple_of=1) for window in windows))
    # As every batch is: windows of several words, the shorter one padded.
    write_graphs(model, pad_encodings(windows[:2], pad_token_id=pad), part / FOLDER)


def _default_texts() -> list[str]:
    """Return the sentences that come with rasd."""
    return resources.files("rasd.inference").joinpath("check_sentences.txt").read_text(encoding="utf-8").splitlines()


def _split(texts: Sequence[str]) -> Iterator[Sentence]:
    for text in texts:
        for start, end in split_sentences(text):
            yield Sentence(text=text[start:end], start=start)


def _check_installed() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MissingExtraError(f"rasd export needs {', '.join(missing)}: pip install {' '.join(missing)}")
    import torch

    if not hasattr(torch.onnx, "ops"):
        raise MissingExtraError(f"rasd export needs torch 2.8 or newer, got {torch.__version__}: pip install -U torch")


def _check_output(target: Path, folder: Path) -> None:
    """Check that nothing but an earlier export of the same checkpoint would be overwritten.

    Raises:
        ConfigError: If something would.
    """
    if target.exists() and not target.is_dir():
        raise ConfigError(f"cannot write the folder {target}: there is a file of that name")
    if not target.resolve().parent.is_dir():
        raise ConfigError(f"cannot write {target}: no folder {target.parent}; make it first: mkdir -p ...")
    if not target.is_dir() or not any(target.iterdir()) or target.resolve() == folder.resolve():
        return
    is_same = (target / "config.json").is_file() and (
        (target / "config.json").read_bytes() == (folder / "config.json").read_bytes()
    )
    if not (is_same and is_exported(target) and not (target / "model.safetensors").exists()):
        raise ConfigError(
            f"{target} is not empty, and neither the checkpoint's own folder nor an earlier export of it; "
            "name a new folder"
        )


@contextmanager
def _replacing(target: Path, folder: Path) -> Iterator[Path]:
    """Give a folder to export into; at the end it, or what it has more than `target`, takes its place there."""
    part = target.resolve().with_name(f".rasd-{secrets.token_hex(8)}.part")
    part.mkdir()
    try:
        (part / FOLDER).mkdir()
        for name in _COPIED:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, part / name)
        yield part
        if target.is_dir():
            old = part / "old"
            if (target / FOLDER).exists():
                (target / FOLDER).rename(old)
            (part / FOLDER).rename(target / FOLDER)
            for name in _COPIED:
                if (part / name).is_file() and target.resolve() != folder.resolve():
                    (part / name).replace(target / name)
        else:
            part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write_record(part: Path, record: dict[str, Any]) -> None:
    text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    (part / FOLDER / RECORD).write_text(text, encoding="utf-8")

"""Raw text becomes windows of word pieces on disk, once, in memory that does not grow with the text."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa

from rasd.encoding import SentenceEncoder
from rasd.errors import ConfigError
from rasd.inputs import InputOptions, Reject, find_inputs, read_documents
from rasd.training.windows import Window, make_windows

logger = logging.getLogger(__name__)

# Raise it when the same text would give other windows.
_RECIPE = 1
_RECORD = "text.json"
_BATCH_LINES = 1000
_TOLD_LINES = 100_000  # a multiple of the above
_SCHEMA = pa.schema([("input_ids", pa.list_(pa.int32())), ("words", pa.list_(pa.int32())), ("length", pa.int32())])


@dataclass(frozen=True, kw_only=True)
class Part:
    """The windows of a part of the text, in an arrow file of `input_ids`, `words` and `length`, and their counts."""

    path: str
    lines: int
    windows: int
    pieces: int

    def open(self) -> datasets.Dataset:
        """Open the windows, memory-mapped."""
        return datasets.Dataset.from_file(self.path)

    def counts(self) -> dict[str, int]:
        """Return the counts by name."""
        return {"lines": self.lines, "windows": self.windows, "pieces": self.pieces}


@dataclass(frozen=True, kw_only=True)
class RawText:
    """Text to train on, text to measure on, and how many records could not be read."""

    train: Part
    held_out: Part
    rejected: int


def prepare_text(
    checksums: Mapping[str, str], encoder: SentenceEncoder, folder: Path, *, held_out: float, special_ids: Sequence[int]
) -> RawText:
    """Write the windows of text files to a folder, unless it holds them already.

    Args:
        checksums: Files that `rasd.inputs` reads, with the SHA-256 of each. A line of them is a line of txt, or of the
            text of a record.
        encoder: Normalises and cuts.
        folder: Where they go.
        held_out: Share of the lines that is not trained on. Its normalised text decides for a line, so that it stays on
            its side whatever stands around it, and its repetitions with it.
        special_ids: Pieces that are never masked.

    Raises:
        ReadError: If a file cannot be read as a whole.
        ConfigError: If no line is there to train on, or none to measure on.
        OSError: If the disk is full or may not be written.
    """
    key = _key_of(checksums, encoder, held_out, special_ids)
    known = _known(folder, key)
    if known is not None:
        logger.info("the text is cut into pieces already, in %s", folder)
        return known
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _RECORD).unlink(missing_ok=True)
    with _PartWriter(folder / "train.arrow") as train, _PartWriter(folder / "held_out.arrow") as kept:
        rejects = Counter()
        lines = _read_lines(list(checksums), rejects)
        num_lines = 0
        while batch := list(islice(lines, _BATCH_LINES)):
            num_lines += len(batch)
            if num_lines % _TOLD_LINES == 0:
                logger.info("%s lines of text are cut into pieces", f"{num_lines:,}")
            windows = make_windows(batch, encoder, np.array(special_ids))
            is_kept = [is_held_out(text, held_out) for text, _ in windows]
            for writer, side in ((train, False), (kept, True)):
                writer.write([item for (_, item), kept_side in zip(windows, is_kept, strict=True) if kept_side == side])
    text = RawText(train=train.part, held_out=kept.part, rejected=sum(rejects.values()))
    _check_parts(text, held_out)
    record = {"key": key, "train": asdict(text.train), "held_out": asdict(text.held_out), "rejected": text.rejected}
    (folder / _RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return text


def is_held_out(text: str, share: float) -> bool:
    """Whether a line is measured on and not trained on; the same for the same text and share, anywhere.

    A greater share holds out what a smaller one does, and more.
    """
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


class _PartWriter:
    """Writes windows to an arrow file, batch by batch."""

    def __init__(self, path: Path) -> None:
        self.part = Part(path=str(path), lines=0, windows=0, pieces=0)

    def __enter__(self) -> _PartWriter:
        self._file = pa.OSFile(self.part.path, "wb")
        self._stream = pa.ipc.new_stream(self._file, _SCHEMA)
        return self

    def __exit__(self, *unused: Any) -> None:
        self._stream.close()
        self._file.close()

    def write(self, lines: Sequence[Sequence[Window]]) -> None:
        """Write the windows of lines; a line without any is none."""
        windows = [window for line in lines for window in line]
        if not windows:
            return
        lengths = np.array([len(window.input_ids) for window in windows], np.int32)
        offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
        columns = [
            pa.ListArray.from_arrays(offsets, pa.array(np.concatenate([getattr(item, name) for item in windows])))
            for name in ("input_ids", "words")
        ]
        self._stream.write_batch(pa.record_batch([*columns, pa.array(lengths)], schema=_SCHEMA))
        self.part = Part(
            path=self.part.path,
            lines=self.part.lines + sum(map(bool, lines)),
            windows=self.part.windows + len(windows),
            pieces=self.part.pieces + int(lengths.sum()),
        )


def _read_lines(paths: Sequence[str], rejects: Counter[str]) -> Iterator[str]:
    """Yield the lines of files that are not blank, and count by file the records that cannot be read."""
    for path in paths:
        options = InputOptions(is_lined=Path(path).suffix.lower() == ".txt")
        [file] = find_inputs([path], options)
        for item in read_documents(file, options):
            if not isinstance(item, Reject):
                yield from (line for line in item.text.split("\n") if line.strip())
                continue
            if not rejects[path]:
                logger.warning("%s:%d: %s; such records are left out", path, item.line, item.reason)
            rejects[path] += 1
        if rejects[path]:
            logger.warning("%d records of %s are left out", rejects[path], path)


def _check_parts(text: RawText, share: float) -> None:
    """Raise ConfigError where a part is empty."""
    if not text.train.windows:
        raise ConfigError("data.text: no line to train on; expected a sentence or paragraph a line")
    if not text.held_out.windows:
        raise ConfigError(
            f"data.held_out = {share}: none of the {text.train.lines} lines falls to the held-out part, without which "
            "nothing tells what adapting brings; raise it, or give more text"
        )


def _key_of(
    checksums: Mapping[str, str], encoder: SentenceEncoder, held_out: float, special_ids: Sequence[int]
) -> dict[str, Any]:
    """Return all that the windows depend on, JSON-ready."""
    return {
        "recipe": _RECIPE,
        "files": [[Path(path).suffix.lower(), digest] for path, digest in checksums.items()],
        "tokenizer": hashlib.sha256(encoder.tokenizer.to_str().encode()).hexdigest(),
        "normalizer": encoder.normalizer.config.to_dict(),
        "max_length": encoder.max_length,
        "special_ids": [encoder.cls_token_id, encoder.sep_token_id, *special_ids],
        "held_out": held_out,
    }


def _known(folder: Path, key: Mapping[str, Any]) -> RawText | None:
    """Return what a folder holds, None if it is of another text or settings."""
    try:
        record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(record, dict) or record.get("key") != key:
        return None
    parts = {name: Part(**record[name] | {"path": str(folder / f"{name}.arrow")}) for name in ("train", "held_out")}
    return RawText(**parts, rejected=record["rejected"])

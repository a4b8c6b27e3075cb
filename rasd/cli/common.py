"""What several commands share: loading a checkpoint, writing whole files, reading predictions."""

from __future__ import annotations

import argparse
import gc
import math
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rasd.errors import ConfigError, MissingExtraError, ReadError
from rasd.files import open_whole

if TYPE_CHECKING:
    from rasd.events import Document
    from rasd.inference.extractor import EventExtractor


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose and load a checkpoint."""
    parser.add_argument("--model", required=True, metavar="DIR_OR_ID", help="checkpoint: a folder or a Hub id")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 or mps [auto]")
    parser.add_argument("--backend", default="auto", help="what runs the network: torch, onnx, openvino or auto [auto]")
    parser.add_argument(
        "--dtype",
        default="auto",
        help="numbers: fp32, bf16 or fp16 (torch), fp32, int8 (onnx), fp32, bf16 (openvino)",
    )
    parser.add_argument("--revision", help="branch, tag or commit of a Hub id")
    parser.add_argument("--offline", action="store_true", help="take a Hub id from the cache and ask no network")


def add_min_score_argument(parser: argparse.ArgumentParser) -> None:
    """Add the option that leaves out what the model is less sure of."""
    parser.add_argument(
        "--min-score",
        type=share,
        default=0.0,
        metavar="S",
        help="leave out events and arguments with a score below S, from 0 to 1 [0]",
    )


def share(value: str) -> float:
    """Parse a number from 0 to 1, for argparse."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {value!r}")
    return number


def positive_int(value: str) -> int:
    """Parse a whole number of at least 1, for argparse."""
    number = int(value) if value.isascii() and value.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {value!r}")
    return number


def load_extractor(
    model: str,
    *,
    device: str,
    revision: str | None,
    local_files_only: bool,
    backend: str = "auto",
    dtype: str = "auto",
) -> EventExtractor:
    """Load a checkpoint.

    Raises:
        CheckpointError: If there is no such checkpoint, or it is damaged.
        BackendError: If the device, backend or dtype is not there.
        MissingExtraError: If torch, or what else predicting needs, is not installed.
    """
    with _without_garbage_collection():
        with naming_missing_packages():
            from huggingface_hub.utils import disable_progress_bars

            from rasd.inference.extractor import EventExtractor
        if not sys.stderr.isatty():
            disable_progress_bars()
        return EventExtractor.from_pretrained(
            model, device=device, revision=revision, local_files_only=local_files_only, backend=backend, dtype=dtype
        )


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Let the collector pass over what is made meanwhile, then and at the end of the process.

    Packages and network stay to the end; looking through them for garbage would take a third of a short command's time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def naming_missing_packages() -> Iterator[None]:
    """Turn the failing import of a package into an error for the user.

    Raises:
        MissingExtraError: If a package is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as err:
        raise MissingExtraError(f"the package {err.name!r} is missing; `rasd doctor` gives the command for it") from err


def check_outputs(outputs: Mapping[str, str | None], *, inputs: Iterable[str] = ()) -> None:
    """Check that files can be written and overwrite no input and not each other, before work is put into them.

    Args:
        outputs: The option of each -> its file, "-" for standard output, None where it is not given.
        inputs: The files that are read.

    Raises:
        ConfigError: If one is a folder or stands in none, is read too, or is named twice.
    """
    taken = {_place(path) for path in inputs if path != "-" and Path(path).exists()}
    for option, path in outputs.items():
        if path is None:
            continue
        if path != "-":
            _check_output(path)
        place = "-" if path == "-" else _place(path)
        if place in taken:
            raise ConfigError(f"{option} {path} is also an input or the other output; name another file")
        taken.add(place)


def _check_output(path: str) -> None:
    """Raise ConfigError if a file cannot be made there."""
    if Path(path).is_dir():
        raise ConfigError(f"cannot write {path}: it is a folder; name a file in it")
    if not Path(path).resolve().parent.is_dir():
        raise ConfigError(f"cannot write {path}: no folder {Path(path).parent}; make it first: mkdir -p ...")


def _place(path: str) -> Path | tuple[int, int]:
    """Return what two names of one file have in common: links and letter case may differ."""
    if Path(path).is_file():
        stat = Path(path).stat()
        return stat.st_dev, stat.st_ino
    return Path(path).resolve()


@contextmanager
def open_output(path: str | None) -> Iterator[TextIO]:
    """Open a text file that appears whole or not at all; None and "-" are standard output."""
    if path is None or path == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    with open_whole(path) as file:
        yield file


def read_predictions(path: str, *, min_score: float = 0.0) -> Iterator[Document]:
    """Yield the documents of a file that `rasd predict` wrote, JSONL or Parquet, or of a corpus file, each sentence
    a document.

    What has a score below `min_score` is left out; what has none, as in a corpus file, stays.

    Raises:
        ReadError: If the file cannot be read, or a line is neither; with file and line.
    """
    from rasd.formats import parquet
    from rasd.formats.jsonl import parse_json
    from rasd.inputs import InputOptions, find_inputs, read_lines
    from rasd.selection import select_document

    if path.lower().endswith(".parquet") and Path(path).is_file():
        for document in parquet.read_documents(path):
            try:
                _check_document(document)
            except (TypeError, ValueError) as err:
                raise ReadError(f"{path}: document {document.id!r}: {err}") from err
            yield select_document(document, min_score)
        return
    for file in find_inputs([path], InputOptions(format="jsonl")):
        for number, line in read_lines(file):
            if not line.strip():
                continue
            try:
                document = _parse_document(parse_json(line))
            except ReadError as err:
                faults = str(err).split("\n")
                raise ReadError("\n".join(f"{file.name}:{number}: {fault}" for fault in faults)) from err
            yield select_document(document, min_score)


def _parse_document(record: dict[str, Any]) -> Document:
    """Build a document from a line of predictions or of a corpus."""
    from rasd.events import Document
    from rasd.formats.jsonl import parse_sentence

    if "sentences" not in record:
        sentence = parse_sentence(record)
        return Document(text=sentence.text, sentences=(sentence,), id=sentence.id, meta=sentence.extra)
    try:
        document = Document.from_dict(record)
        _check_document(document)
        is_sound = all(
            document.text[part.start : part.end] == part.text
            for sentence in document.sentences
            for part in (sentence, *(span for event in sentence.events or () for span in _spans_of(event)))
        )
    except KeyError as err:
        raise ReadError(f"not a document as `rasd predict` writes it: {err} is missing") from err
    except (TypeError, ValueError, AttributeError) as err:
        raise ReadError(f"not a document as `rasd predict` writes it: {err}") from err
    if not is_sound:
        raise ReadError("not a document as `rasd predict` writes it: its offsets do not fit its text")
    return document


def _check_document(document: Document) -> None:
    """Raise ValueError if names, scores or values that a file has are none, TypeError likewise."""
    from rasd.values.summary import check_values

    names = [("id", document.id)] if document.id is not None else []
    for event in document.events:
        names += [("type", event.type), *(("role", item.role) for item in event.arguments or ())]
        names += [] if event.realis is None else [("realis", event.realis)]
        for span in _spans_of(event):
            if span.values is not None:
                check_values(span.values)
        for score in (event.score, *(span.score for span in _spans_of(event))):
            if score is not None and (type(score) not in (int, float) or not math.isfinite(score)):
                raise ValueError(f"'score' must be a number, got {score!r:.60}")
    for what, name in names:
        if not isinstance(name, str):
            raise ValueError(f"{what!r} must be text, got {name!r:.60}")


def _spans_of(event: Any) -> tuple[Any, ...]:
    return (*(() if event.trigger is None else (event.trigger,)), *(event.arguments or ()))

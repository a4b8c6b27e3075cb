"""What must hold before a checkpoint goes up to the Hub: everything is looked at, and all faults are told at once."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasd.errors import CheckpointError, PublishError, RasdError, summarize_faults
from rasd.events import Document
from rasd.files import checksum
from rasd.hub.flatten import REMOTE_FILES
from rasd.hub.origins import CARD_FILE, Chain, Source, list_runs, read_card_settings, trace_chain
from rasd.inference import onnx_backend
from rasd.inference.loading import CHECKPOINT_FILES, ONNX_FILES, read_config
from rasd.inference.onnx_files import read_graph
from rasd.metrics import Scores
from rasd.ontology import Ontology
from rasd.scorebook import SCORES_FILE, fingerprint, read_scores

# What the example of a card is predicted from; invented.
EXAMPLE = "قصفت المدفعية قرية النخيل فجر الاثنين، ما أدى إلى مقتل ثلاثة مدنيين، وفق ما أعلنته البلدية."
NEEDED = (*CHECKPOINT_FILES, SCORES_FILE)
RESULTS = ("robustness.json", "calibration.json")
# Beside the checkpoint, and with it on the Hub where they are there.
WELCOME = (*RESULTS, "LICENSE")
# Beside the checkpoint, and never sent: what training and the card need here, and what the Hub's client keeps.
_LOCAL = ("trainer", ".cache", CARD_FILE, "README.md", ".gitattributes")
_PICKLE_SUFFIXES = {".bin", ".ckpt", ".dill", ".h5", ".joblib", ".npy", ".npz", ".pickle", ".pkl", ".pt", ".pth"}
# Bare ones, and the archives in which torch and numpy pack them.
_PICKLE_STARTS = (b"\x80\2", b"\x80\3", b"\x80\4", b"\x80\5", b"PK\3\4")
_RUN_KEYS = ("rasd", "config", "data", "versions", "machine", "ontology", "num_train_sentences", "num_dev_sentences")
# What AraBERT's normalisation alone writes.
_ARABERT_URL = "[رابط]"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A checkpoint that may go up, and what its card is made from.

    Attributes:
        folder: The checkpoint.
        files: Names of the files in it that go up. The remote code, the card and its picture are made when they do.
        config: Its `config.json`.
        ontology: Its ontology.
        run: Its `run.json`.
        records: "test" and perhaps "real" -> what `scores.json` holds of it.
        chain: Where it comes from, and licences.
        settings: What `card.yaml` says.
        example: What it finds in `EXAMPLE`.
        results: "robustness" and "calibration" -> what was measured, where it was.
        num_parameters: Numbers in `model.safetensors`.
        weights_sha256: Its digest.
    """

    folder: Path
    files: tuple[str, ...]
    config: Mapping[str, Any]
    ontology: Ontology
    run: Mapping[str, Any]
    records: Mapping[str, Mapping[str, Any]]
    chain: Chain
    settings: Mapping[str, Any]
    example: Document
    results: Mapping[str, Any]
    num_parameters: int
    weights_sha256: str

    @property
    def scores(self) -> dict[str, Scores]:
        """The scores of each set."""
        return {name: Scores.from_dict(record) for name, record in self.records.items()}


def check_release(folder: str | Path) -> Release:
    """Check everything that must hold of a checkpoint before it goes up.

    Args:
        folder: The checkpoint.

    Returns:
        What the card is made from.

    Raises:
        PublishError: If anything is missing or at fault; everything at once, each with what to do.
        CheckpointError: If the folder is no rasd checkpoint at all.
    """
    folder = Path(folder)
    config = read_config(folder)
    faults: list[str] = []
    files = _find_files(folder, faults)
    run = _read_run(folder, faults)
    settings = read_card_settings(folder, faults)
    chain = None if run is None else trace_chain(run, settings, faults)
    if chain is not None:
        _check_arabert(config, chain.encoder, faults)
    if onnx_backend.is_exported(folder):
        _check_graphs(folder, faults)
    example = _load_offline(folder, faults)
    # Scores are held against the files of a checkpoint, which must be whole for it.
    state = None if example is None else fingerprint(folder)
    records = _read_records(folder, config, run, state, faults)
    results = _read_results(folder, config, faults)
    if faults:
        count = f"{len(faults)} thing{'s' * (len(faults) > 1)} must be mended first"
        raise PublishError(f"{folder} cannot be published; {count}:\n" + summarize_faults([f"- {x}" for x in faults]))
    assert run is not None and chain is not None and example is not None, "a fault was found and not told"
    return Release(
        folder=folder,
        files=files,
        config=config,
        ontology=Ontology.from_dict(config["ontology"], origin="the checkpoint's ontology"),
        run=run,
        records=records,
        chain=chain,
        settings=settings,
        example=example,
        results=results,
        num_parameters=_count_parameters(folder / "model.safetensors"),
        weights_sha256=checksum(folder / "model.safetensors"),
    )


def _find_files(folder: Path, faults: list[str]) -> tuple[str, ...]:
    """Return the files that go up; faults are what is missing, what is a pickle, and what nobody knows."""
    known = {*NEEDED, *WELCOME, *REMOTE_FILES}
    found = sorted(path for path in folder.iterdir() if path.name not in _LOCAL)
    # What is missing of `run.json` and `scores.json` is told with what it is for.
    looked_for = [name for name in NEEDED if name not in ("run.json", SCORES_FILE)]
    looked_for += ONNX_FILES if (folder / onnx_backend.FOLDER).is_dir() else ()
    faults += [f"files: {name} is missing" for name in looked_for if not (folder / name).is_file()]
    files: list[str] = []
    for path in found:
        has_graphs = path.is_dir() and path.name == onnx_backend.FOLDER
        inside = sorted(item for item in path.rglob("*") if item.is_file()) if path.is_dir() else [path]
        names = [item.relative_to(folder).as_posix() for item in inside]
        pickles = [name for name, item in zip(names, inside, strict=True) if _is_pickle(item)]
        strays = [name for name in names if name not in ONNX_FILES] if has_graphs else []
        if pickles:
            faults.append(f"files: {', '.join(pickles)} may run code when it is loaded (a pickle); remove it")
        elif not has_graphs and (path.name not in known or path.is_dir()):
            strays = [path.name]
        for name in strays if not pickles else ():
            kind = "folder" if (folder / name).is_dir() else "file"
            faults.append(f"files: rasd does not know the {kind} {name!r}; move it elsewhere, or remove it")
        files += [] if pickles or strays else names
    # The code is made anew.
    return tuple(name for name in files if name not in REMOTE_FILES)


def _check_graphs(folder: Path, faults: list[str]) -> None:
    """Check that exported graphs are those of the weights beside them, and whole."""
    try:
        source = onnx_backend.read_record(folder).source
        for name in onnx_backend.GRAPHS:
            read_graph(folder / onnx_backend.FOLDER / f"{name}.onnx")
    except CheckpointError as err:
        faults.append(f"graphs: {err}")
        return
    weights = folder / "model.safetensors"
    if weights.is_file() and onnx_backend.fingerprint(weights) != source:
        faults.append(
            f"graphs: those in {folder / onnx_backend.FOLDER} were exported from other weights; export them again, "
            f"`rasd export --model {folder} --output {folder}`, or remove them"
        )


def _is_pickle(path: Path) -> bool:
    """Return whether a file is a pickle by its name or by how it begins."""
    with open(path, "rb") as file:
        start = file.read(4)
    return path.suffix.lower() in _PICKLE_SUFFIXES or start.startswith(_PICKLE_STARTS)


def _read_run(folder: Path, faults: list[str]) -> dict[str, Any] | None:
    """Return `run.json`, None where it does not tell where the checkpoint came from."""
    path = folder / "run.json"
    if not path.is_file():
        faults.append("provenance: run.json is missing, which training leaves; without it nobody can say what this is")
        return None
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
        missing = [key for key in _RUN_KEYS if key not in run]
        is_whole = not missing and all(_is_described(item) for item in list_runs(run))
    except (ValueError, TypeError, KeyError) as err:
        faults.append(f"provenance: run.json is damaged: {type(err).__name__}: {err}")
        return None
    if not is_whole:
        faults.append(f"provenance: run.json lacks {', '.join(missing) or 'the configuration of data and model'}")
        return None
    return run


def _is_described(run: Mapping[str, Any]) -> bool:
    """Return whether a run says of which model and data it was."""
    return all(isinstance(item, dict) for item in (run["config"]["model"], run["config"]["data"], run["data"]))


def _check_arabert(config: Mapping[str, Any], encoder: Source, faults: list[str]) -> None:
    """Check that a fine-tune of AraBERT, however often it was adapted, names AraBERT."""
    if (config.get("normalizer") or {}).get("url_token") == _ARABERT_URL and not encoder.is_share_alike:
        faults.append(
            f"licence: the checkpoint normalises text as AraBERT does, and its encoder is said to be {encoder.name!r}; "
            f"if it comes from AraBERT, whose licence is share-alike, name that in {CARD_FILE}: "
            "encoder: {id: aubmindlab/...}"
        )


def _load_offline(folder: Path, faults: list[str]) -> Document | None:
    """Load the checkpoint without a network and predict the example; None where that fails."""
    from rasd.inference.extractor import EventExtractor

    try:
        # The weights, which everybody can run, rather than graphs beside them.
        extractor = EventExtractor.from_pretrained(folder, device="cpu", local_files_only=True, backend="torch")
        return extractor.predict([EXAMPLE])[0]
    except RasdError as err:
        faults.append(f"loading: {'; '.join(str(err).splitlines())}")
        return None


def _read_records(
    folder: Path, config: Mapping[str, Any], run: Mapping[str, Any] | None, state: str | None, faults: list[str]
) -> dict[str, dict[str, Any]]:
    """Return what `scores.json` holds; faults where scores are missing, of something else, or tell nothing."""
    how = f"rasd evaluate --model {folder} --data TEST.jsonl --record test"
    try:
        book = read_scores(folder)
    except CheckpointError as err:
        faults.append(f"scores: {err}")
        return {}
    if book is None or "test" not in book["sets"]:
        faults.append(f"scores: there are none of the test part; write them with `{how}`")
        return {}
    if state is not None and book["checkpoint_sha256"] != state:
        faults.append(f"scores: those in {SCORES_FILE} are of another state of the checkpoint; score it anew: `{how}`")
    runs = [] if run is None else list_runs(run)
    trained = {item.get("sha256"): path for part in runs for path, item in part["data"].items()}
    for name, record in book["sets"].items():
        if record.get("data_sha256") in trained:
            path = trained[record["data_sha256"]]
            faults.append(
                f"scores: {name!r} are of {path}, which the model was trained or tuned with; score other data"
            )
        if record.get("min_score"):
            faults.append(
                f"scores: {name!r} are of predictions above min_score={record['min_score']}; score all of them"
            )
        faults += [f"scores: {name!r} {gap}" for gap in _find_gaps(Scores.from_dict(record), config)]
    return book["sets"]


def _find_gaps(scores: Scores, config: Mapping[str, Any]) -> list[str]:
    """Return what scores do not tell and a card needs: whatever the model was trained to find."""
    layers = config.get("layers") or ()
    gaps = [] if scores.by_type else ["are of sentences without events"]
    if "trigger" in layers and not scores.tri_c.num_gold:
        gaps.append("are of events without triggers, and the model finds triggers")
    if "arguments" in layers and not scores.by_role:
        gaps.append("are of events without arguments, and the model finds arguments")
    return gaps + ["have no intervals"] * (scores.typing.interval is None)


def _read_results(folder: Path, config: Mapping[str, Any], faults: list[str]) -> dict[str, Any]:
    """Return the results of benchmarks that stand beside the checkpoint; faults where they are of something else."""
    results: dict[str, Any] = {}
    for name in RESULTS:
        path = folder / name
        if not path.is_file():
            continue
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
            # Temperatures have four decimals of their own, which no other checkpoint will share.
            is_own = (
                result["weights_sha256"] == checksum(folder / "model.safetensors")
                if name == "robustness.json"
                else result["calibration"] == config.get("calibration") and bool(result["sets"])
            )
        except (ValueError, KeyError, TypeError, OSError) as err:
            faults.append(f"{name}: not what benchmarks/{path.stem}.py writes ({type(err).__name__}: {err})")
            continue
        if not is_own:
            faults.append(f"{name}: it was measured with another checkpoint; measure anew, or remove it")
        results[path.stem] = result
    return results


def _count_parameters(path: Path) -> int:
    """Return how many numbers a file of weights holds."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as weights:
        return sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118

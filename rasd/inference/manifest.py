"""The folder of a corpus run: what the run is, which shards are whole, and who may write.

    run.json               what the run is, written at its start, and its report, added at its end
    part-00000.jsonl ...   the shards: documents with their events, or .parquet
    state/00000.json ...   what each shard holds, its rejects, and where the next one begins; written after the shard
    rejects.jsonl          the records of all shards that gave no document, written at the end

Each file appears whole or not at all. A shard is done when its state is there and its file has the size that the state
names, so that a run which is killed at any moment has lost nothing but the shard it was at.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rasd import __version__
from rasd.errors import ConfigError, OutputError, ReadError
from rasd.files import PART_NAMES, checksum, open_whole
from rasd.formats.jsonl import parse_json
from rasd.inference.corpus_inputs import Position
from rasd.inference.loading import files_for
from rasd.inputs import Reject

try:
    import fcntl
except ModuleNotFoundError:  # Windows has none; there, nobody is kept from starting a run twice
    fcntl = None

logger = logging.getLogger(__name__)

# What the names of locks and of half-written files begin with.
_OWN = ".rasd-"
# Names of files in a message, before the rest of them is counted.
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardState:
    """What a whole shard holds.

    Attributes:
        shard: Its number.
        first: The id that the place of its first record gives.
        last: That of its last record.
        end: Where the next shard begins.
        documents: Documents with their events.
        sentences: Their sentences.
        events: Their events.
        rejects: Records that gave no document; its file in `state` lists them as "rejected".
        seconds: Time taken.
        size: Bytes of the shard's file.
    """

    shard: int
    first: str
    last: str
    end: Position
    documents: int
    sentences: int
    events: int
    rejects: int
    seconds: float
    size: int


class RunFolder:
    """A folder into which a corpus run writes.

    Args:
        path: The folder.
        format: "jsonl" or "parquet".
    """

    def __init__(self, path: Path, format: str) -> None:
        self.path, self.format = path, format

    def shard_path(self, shard: int) -> Path:
        """Return the file of a shard."""
        return self.path / f"part-{shard:05d}.{self.format}"

    @contextmanager
    def enter(self, description: Mapping[str, Any], worker: str | None = None) -> Iterator[None]:
        """Begin the run or go on with it, and keep other processes from writing.

        The system lets go of the lock when the process ends, however it ends.

        Args:
            description: What `describe_run` says of the run.
            worker: Name of one worker among several, who may all write; None for a process that is alone.

        Raises:
            ConfigError: If the folder holds another run or anything else, or if another process is writing into it, be
                it the same worker; says what differs and what to do.
        """
        self._read_run()  # before so much as a lock is put into a folder of something else
        with self._hold("lock", is_shared=worker is not None):
            if worker is None:
                self._begin(description)
                self._remove_parts()
                yield
                return
            with self._hold(worker):
                with self._hold("begin", waits=True):
                    self._begin(description)
                yield

    def _begin(self, description: Mapping[str, Any]) -> None:
        """Write what the run is, or compare it with what is written."""
        before = self._read_run()
        if before is None:
            _write_json(self.path / "run.json", description)
        elif differences := find_differences(before, description):
            faults = "\n  ".join(differences)
            raise ConfigError(
                f"{self.path} holds another run:\n  {faults}\nGive what it was begun with to go on with it, name "
                f"another folder for a new run, or remove the old one: rm -r {self.path}"
            )
        (self.path / "state").mkdir(exist_ok=True)

    def _read_run(self) -> dict[str, Any] | None:
        """Return what `run.json` says, None where the folder is empty."""
        path = self.path / "run.json"
        if path.exists():
            record = _read_json(path)
            if {"rasd", "model", "options", "inputs"} <= record.keys():
                return record
            raise ConfigError(f"{path} is not that of a corpus run; name a new or an empty folder")
        others = sorted(item.name for item in self.path.iterdir() if not item.name.startswith("."))
        if path.name in others:  # another worker has begun the run meanwhile
            return self._read_run()
        if others:
            found = _enumerate(others)
            raise ConfigError(f"{self.path} holds {found}, but no corpus run; name a new or an empty folder")
        return None

    def read_states(self) -> dict[int, ShardState]:
        """Return the states of the shards that are whole, in order."""
        states = {}
        for path in (self.path / "state").glob("*.json"):
            state = _read_state(path)
            with suppress(FileNotFoundError):
                if self.shard_path(state.shard).stat().st_size == state.size:
                    states[state.shard] = state
        return dict(sorted(states.items()))

    def state_path(self, shard: int) -> Path:
        """Return the file that tells of a shard."""
        return self.path / "state" / f"{shard:05d}.json"

    def write_state(self, state: ShardState, rejects: Sequence[Reject]) -> None:
        """Say that a shard is whole."""
        _write_json(self.state_path(state.shard), {**asdict(state), "rejected": [item.to_dict() for item in rejects]})

    def read_report(self) -> dict[str, Any] | None:
        """Return the report of a run that is done, None before."""
        record = self._read_run()
        return None if record is None else record.get("report")

    def write_report(self, description: Mapping[str, Any], report: Mapping[str, Any]) -> None:
        """Say that the run is done, and list its rejects."""
        path = self.path / "rejects.jsonl"
        if report["rejects"]:
            with naming_output(path), open_whole(path) as file:
                for shard in range(report["shards"]):
                    for reject in _read_json(self.state_path(shard))["rejected"]:
                        file.write(json.dumps(reject, ensure_ascii=False) + "\n")
        _write_json(self.path / "run.json", {**description, "report": report})

    def _remove_parts(self) -> None:
        """Remove what killed runs have left half-written; nobody else may be writing."""
        for folder in (self.path, self.path / "state"):
            for path in folder.glob(PART_NAMES):
                path.unlink(missing_ok=True)

    @contextmanager
    def _hold(self, name: str, *, is_shared: bool = False, waits: bool = False) -> Iterator[None]:
        """Hold the lock of a name."""
        with open(self.path / f"{_OWN}{name}", "a") as file:
            if fcntl is not None:
                how = (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | (0 if waits else fcntl.LOCK_NB)
                try:
                    fcntl.flock(file, how)
                except BlockingIOError as err:
                    raise ConfigError(
                        f"another run is writing into {self.path}; wait for its end, or name another folder"
                    ) from err
                except OSError as err:  # some network file systems have no locks
                    logger.warning("%s cannot be locked (%s); do not start a second run in it", self.path, err.strerror)
            yield


def describe_run(model: str, checkpoint: Path, inputs: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run is, as `run.json` has it.

    Args:
        model: The name under which the checkpoint was asked for.
        checkpoint: Its folder.
        inputs: Size and time of change of each input file.
        options: By their names on the command line; of the checkpoint, what their backend reads is noted down.
    """
    names = [name for name in files_for(options["backend"]) if name != "run.json" and (checkpoint / name).is_file()]
    files = {name: checksum(checkpoint / name) for name in names}
    return {
        "rasd": __version__,
        "model": {"name": model, "sha256": files},
        "options": dict(options),
        "inputs": dict(inputs),
    }


def find_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return in words in what two runs differ; the name of the model and where the inputs lie may."""
    faults = []
    if before["rasd"] != now["rasd"]:
        faults.append(f"rasd: it was begun with version {before['rasd']}, this is {now['rasd']}")
    files = _find_changed(before["model"]["sha256"], now["model"]["sha256"])
    if files:
        names = f"{before['model']['name']}, now {now['model']['name']}"
        faults.append(f"model: it was begun with {names}, which differ in {_enumerate(files)}")
    for name, value in now["options"].items():
        if before["options"].get(name) != value:
            faults.append(f"--{name}: it was begun with {before['options'].get(name)!r}, now {value!r}")
    old, new = before["inputs"], now["inputs"]
    for word, names in (
        ("not there before", sorted(new.keys() - old.keys())),
        ("no longer there", sorted(old.keys() - new.keys())),
        ("changed", [name for name in _find_changed(old, new) if name in old and name in new]),
    ):
        if names:
            faults.append(f"inputs: {word}: {_enumerate(names)}")
    if not faults and list(old) != list(new):
        faults.append("inputs: they come in another order")
    return faults


def _find_changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return [name for name in {**before, **now} if before.get(name) != now.get(name)]


def _enumerate(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


@contextmanager
def naming_output(path: Path) -> Iterator[None]:
    """Say how to go on where a file of a run cannot be written.

    Raises:
        OutputError: If it cannot.
    """
    try:
        yield
    except OSError as err:
        raise OutputError(
            f"cannot write {err.filename or path}: {err.strerror or err}. The whole shards are safe: mend that, and "
            "give the same command again to go on"
        ) from err


def _read_state(path: Path) -> ShardState:
    record = _read_json(path)
    try:
        del record["rejected"]
        return ShardState(**record | {"end": Position(*record["end"])})
    except (KeyError, TypeError) as err:
        raise ConfigError(f"{path} is no state of a shard; remove it, and the shard is done again") from err


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return parse_json(path.read_text(encoding="utf-8"))
    except (ReadError, UnicodeDecodeError) as err:
        raise ConfigError(f"{path} is damaged: {err}; remove it, and what it tells of is done again") from err


def _write_json(path: Path, record: Mapping[str, Any]) -> None:
    with naming_output(path), open_whole(path) as file:
        json.dump(record, file, ensure_ascii=False, indent=1)
        file.write("\n")

"""What is installed, what is missing, and the command that mends it.

Nothing is asked of the network unless `is_online`. The packages of `NEEDED` and `EXTRAS` are those of `pyproject.toml`,
which a test compares; they stand here because a checkout that is not installed has no metadata to read them from.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType

import rasd
from rasd.errors import RasdError

MIN_PYTHON = (3, 10)
NEEDED = {
    "torch": "2.4",
    "transformers": "5.4",
    "tokenizers": "0",
    "numpy": "1.26",
    "safetensors": "0.4.3",
    "huggingface_hub": "1.5",
    "pyyaml": "6.0.1",
    "tqdm": "4.42",
}
# What graphs do without.
_TORCHS = ("torch", "transformers", "safetensors")
EXTRAS: Mapping[str, Mapping[str, str]] = {
    "train": {"accelerate": "1.1", "datasets": "4.0", "evaluate": "0.4.3", "jinja2": "3.1.2", "numpy": "2.0"},
    "onnx": {"onnx": "1.17", "onnxruntime": "1.20", "onnxscript": "0.5.3"},
    "openvino": {"openvino": "2026.4"},
    "hub": {"jinja2": "3.1.2"},
    "parquet": {"pyarrow": "16.0"},
    "values": {"hijridate": "2.3"},
    "dev": {
        "hypothesis": "6.100",
        "matplotlib": "3.9",
        "pre-commit": "4.0",
        "pytest": "8.0",
        "pytest-xdist": "3.6",
        "ruff": "0.17.6",
    },
}
_MODULES = {"pyyaml": "yaml"}
_TIMEOUT_S = 5
_SENTENCE = "قصفت الطائرات مواقع قرب المدينة صباح الأحد."


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at.

    Attributes:
        name: What.
        found: What was found, in words.
        is_ok: Whether that is as it should be.
        is_needed: Whether predicting needs it.
        mend: The command or step that mends it, empty where nothing is wrong.
    """

    name: str
    found: str
    is_ok: bool = True
    is_needed: bool = True
    mend: str = ""


def run_checks(*, model: str | None = None, is_online: bool = False) -> list[Check]:
    """Look at everything and return what was found; no fault of the installation raises.

    Args:
        model: A checkpoint to load and to predict a sentence with.
        is_online: Whether the Hub is asked for an answer; otherwise a Hub id is taken from the cache.
    """
    checks = [_check_python(), Check(name="rasd", found=f"{rasd.__version__} in {Path(rasd.__file__).parent}")]
    checks += [_check_package(name, minimum) for name, minimum in NEEDED.items()]
    if _version("torch") is None and any(_version(name) is not None for name in ("onnxruntime", "openvino")):
        checks = [replace(check, is_needed=check.is_needed and check.name not in _TORCHS) for check in checks]
    checks += [_check_extra(name) for name in EXTRAS]
    checks += [_check_ontologies(), _check_cache()]
    if is_online:
        checks.append(_check_hub())
    if model is not None:
        checks.append(_check_model(model, local_files_only=not is_online))
    return checks


def can_predict(checks: list[Check]) -> bool:
    """Return whether everything that predicting needs is as it should be."""
    return all(check.is_ok for check in checks if check.is_needed)


def format_report(checks: list[Check]) -> str:
    """Return the checks as lines of text, each fault with what mends it."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        mark = "ok" if check.is_ok else "FAILED" if check.is_needed else "missing"
        lines.append(f"{mark:8}{check.name:{width}}  {check.found}")
        if check.mend:
            lines.append(f"{'':8}{'':{width}}  -> {check.mend}")
    verdict = "rasd can predict" if can_predict(checks) else "rasd cannot predict; mend what FAILED"
    return "\n".join([*lines, "", verdict])


def format_json(checks: list[Check]) -> str:
    """Return the checks as a JSON object."""
    record = {"can_predict": can_predict(checks), "checks": [asdict(check) for check in checks]}
    return json.dumps(record, ensure_ascii=False, indent=2)


def _check_python() -> Check:
    found = f"{platform.python_version()} ({sys.executable}) on {platform.platform()}"
    if sys.version_info >= MIN_PYTHON:
        return Check(name="python", found=found)
    wanted = ".".join(map(str, MIN_PYTHON))
    return Check(name="python", found=found, is_ok=False, mend=f"install Python {wanted} or newer")


def _check_package(name: str, minimum: str) -> Check:
    """Look whether a needed package is there, new enough, and can be imported."""
    mend = f"{_pip()} install '{name}>={minimum}'" if minimum != "0" else f"{_pip()} install {name}"
    version = _version(name)
    if version is None:
        return Check(name=name, found="not installed", is_ok=False, mend=mend)
    if _parse_version(version) < _parse_version(minimum):
        found = f"{version}, older than {minimum}"
        return Check(name=name, found=found, is_ok=False, mend=f"{_pip()} install --upgrade '{name}>={minimum}'")
    try:
        module = import_module(_MODULES.get(name, name))
    except Exception as err:  # a broken package may raise anything while it is imported
        found = f"{version}, but it cannot be imported: {type(err).__name__}: {err}"
        return Check(name=name, found=found, is_ok=False, mend=f"{_pip()} install --force-reinstall '{name}'")
    if name == "torch":
        return _describe_torch(module, version)
    return Check(name=name, found=version)


def _describe_torch(torch: ModuleType, version: str) -> Check:
    """Say what torch was built for and which devices it sees."""
    build = f"CUDA {torch.version.cuda} build" if torch.version.cuda else "CPU build"
    if getattr(torch.version, "hip", None):
        build = f"ROCm {torch.version.hip} build"
    devices = ["cpu"]
    if torch.cuda.is_available():
        devices += [f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        devices.append("mps")
    found = f"{version}, {build}, {torch.get_num_threads()} threads; devices: {', '.join(devices)}"
    unused = len(devices) == 1 and shutil.which("nvidia-smi") is not None
    hint = (
        "a GPU seems to be here that this torch does not see: https://pytorch.org/get-started/locally" if unused else ""
    )
    return Check(name="torch", found=found, mend=hint)


def _check_extra(extra: str) -> Check:
    """Look which packages of an extra are missing or too old, without importing them."""
    missing = []
    for name, minimum in EXTRAS[extra].items():
        version = _version(name)
        if version is None:
            missing.append(name)
        elif _parse_version(version) < _parse_version(minimum):
            missing.append(f"{name}>={minimum} (is {version})")
    label = f"extra [{extra}]"
    if not missing:
        return Check(name=label, found="installed", is_needed=False)
    checkout = Path(rasd.__file__).resolve().parent.parent
    is_checkout = (checkout / "pyproject.toml").is_file()
    source = f"-e '{checkout}[{extra}]'" if is_checkout else f"'.[{extra}]'   (in a clone of the repository)"
    found = f"not installed: {', '.join(missing)}"
    return Check(name=label, found=found, is_ok=False, is_needed=False, mend=f"{_pip()} install {source}")


def _check_ontologies() -> Check:
    try:
        from rasd.ontology import packaged_ontologies

        names = sorted(packaged_ontologies())
    except (ImportError, OSError) as err:
        names, problem = [], f"cannot be read: {err}"
    else:
        problem = "none"
    if names:
        return Check(name="ontologies", found=", ".join(names), is_needed=False)
    mend = f"{_pip()} install --force-reinstall --no-deps rasd"
    return Check(name="ontologies", found=problem, is_ok=False, is_needed=False, mend=mend)


def _check_cache() -> Check:
    """Look whether the folder can be written into which checkpoints are downloaded."""
    try:
        from huggingface_hub.constants import HF_HUB_CACHE
    except ImportError:
        return Check(name="cache", found="unknown without huggingface_hub", is_ok=False, is_needed=False)
    folder = Path(HF_HUB_CACHE)
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Check(name="cache", found=str(folder), is_needed=False)
    found = f"{folder} cannot be written"
    return Check(name="cache", found=found, is_ok=False, is_needed=False, mend="export HF_HOME=/a/folder/you/can/write")


def _check_hub() -> Check:
    """Ask the Hub for an answer; any answer will do."""
    try:
        from huggingface_hub.constants import ENDPOINT
    except ImportError:
        return Check(name="hub", found="unknown without huggingface_hub", is_ok=False, is_needed=False)
    try:
        with urllib.request.urlopen(ENDPOINT, timeout=_TIMEOUT_S):
            return Check(name="hub", found=f"{ENDPOINT} can be reached", is_needed=False)
    except urllib.error.HTTPError:
        return Check(name="hub", found=f"{ENDPOINT} can be reached", is_needed=False)
    except (OSError, ValueError) as err:
        mend = "check network and proxy (HTTPS_PROXY), or name a mirror: export HF_ENDPOINT=https://..."
        return Check(name="hub", found=f"{ENDPOINT}: {err}", is_ok=False, is_needed=False, mend=mend)


def _check_model(model: str, *, local_files_only: bool) -> Check:
    """Load a checkpoint and predict a sentence."""
    started = time.perf_counter()
    try:
        from rasd.inference.extractor import load

        extractor = load(model, local_files_only=local_files_only)
        events = extractor.predict([_SENTENCE])[0].events
    except (RasdError, ImportError) as err:
        return Check(name="model", found=f"{model}: {err}", is_ok=False)
    except Exception as err:  # a device or a checkpoint may fail in any way, and the rest of the report is wanted
        return Check(name="model", found=f"{model}: {type(err).__name__}: {err}", is_ok=False)
    seconds = time.perf_counter() - started
    types = f"{len(extractor.ontology.types)} event types of {extractor.ontology.name!r}"
    return Check(name="model", found=f"{model}: {types}; {len(events)} events in a sentence, {seconds:.1f} s in all")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _parse_version(version: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with, to be compared."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, numbers[0].split("."))) if numbers else (0,)


def _pip() -> str:
    """Return the words that call the pip of this very Python."""
    found = shutil.which("pip")
    is_ours = found is not None and Path(found).parent == Path(sys.executable).parent
    return "pip" if is_ours else f"{sys.executable} -m pip"

"""Processes of the speed bench: each system in one of its own, in the environment that it needs."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from shapes import Shape

from rasd.ontology import Ontology

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VENVS = ROOT / "runs" / "quality" / "venvs"
REQUIREMENTS = ROOT / "benchmarks" / "quality" / "requirements"
# System -> its class in rivals.py or rasd_system.py, and for rasd the backend and the numbers it computes with.
SYSTEMS: dict[str, tuple[str, str, str]] = {
    "two_pipelines": ("TwoPipelines", "", ""),
    "two_pipelines-bf16": ("TwoPipelines", "", "bf16"),
    "two_passes": ("TwoPasses", "", ""),
    "spanmarker": ("SpanMarker", "", ""),
    "gliner": ("Gliner", "", ""),
    "rasd-torch-fp32": ("Rasd", "torch", "fp32"),
    "rasd-torch-bf16": ("Rasd", "torch", "bf16"),
    "rasd-onnx-fp32": ("Rasd", "onnx", "fp32"),
    "rasd-onnx-int8": ("Rasd", "onnx", "int8"),
    "rasd-openvino-fp32": ("Rasd", "openvino", "fp32"),
    "rasd-openvino-bf16": ("Rasd", "openvino", "bf16"),
}
OWN_ENVIRONMENTS = ("spanmarker", "gliner")


class NotRunningError(Exception):
    """A system that does not run here; says why."""


class Worker:
    """A process of `speed/worker.py`."""

    def __init__(self, python: Path, settings: dict[str, Any], path: Path) -> None:
        path.write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
        variables = {**os.environ, "TOKENIZERS_PARALLELISM": "true", "HF_HUB_OFFLINE": "1"}
        if settings["threads"]:
            variables["OMP_NUM_THREADS"] = str(settings["threads"])
        self.log = path.with_suffix(".log")
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [str(python), str(HERE / "worker.py"), str(path)],
                cwd=ROOT,
                env=variables,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.read()

    def ask(self, command: str, *arguments: Any) -> dict[str, Any]:
        self.process.stdin.write(f"{command} {json.dumps(arguments)}\n")
        self.process.stdin.flush()
        return self.read()

    def read(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"it ended; see {self.log}"}
        if "error" in answer:
            self.close()
            raise NotRunningError(answer["error"].splitlines()[0])
        return answer

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def start(
    name: str, shape: Shape, texts: Path, work: Path, options: argparse.Namespace
) -> tuple[Worker, dict[str, Any]]:
    """Return a fresh process of a system, and the batch size that was fastest in another one before it.

    Raises:
        NotRunningError: If it cannot be loaded here.
    """
    kind, backend, number = SYSTEMS[name]
    ontology = Ontology.load("conflict")
    settings = {
        "kind": kind,
        "encoder": str(shape.encoder),
        "checkpoint": str(shape.checkpoint if backend in ("", "torch") else export(shape, number, work)),
        "backend": backend,
        "number": number,
        # What rivals compute with, and in what products are measured: on a GPU a user takes bf16.
        "dtype": "bfloat16" if number == "bf16" or (options.device == "cuda" and not backend) else "float32",
        "device": options.device,
        "threads": options.threads,
        "forced": shape.is_random,
        "texts": str(texts),
        "type_names": {item.name: item.ar for item in ontology.types},
        "roles": {item.name: list(item.roles) for item in ontology.types},
        "role_names": {role.name: role.ar for role in ontology.roles},
    }
    python, path = python_of(name, options), work / f"{shape.name}-{name}.json"
    worker = Worker(python, settings, path)
    tuned = worker.ask("tune")
    if tuned["tried"]:
        worker.close()
        worker = Worker(python, settings, path)  # without the memory that other batch sizes took
    return worker, tuned


def export(shape: Shape, number: str, work: Path) -> Path:
    """Return a folder with ONNX graphs of a shape's checkpoint for the numbers of a backend, made at first need.

    Raises:
        NotRunningError: If this rasd writes none, or these graphs do not pass its check.
    """
    precision = "int8" if number == "int8" else "fp32"  # OpenVINO makes bf16 of fp32 by itself
    folder = work / shape.name / f"onnx-{precision}"
    if not (folder / "onnx" / "export.json").is_file():
        folder.parent.mkdir(parents=True, exist_ok=True)
        program = "import sys; from rasd.cli import main; sys.exit(main())"
        words = ["export", "--model", str(shape.checkpoint), "--output", str(folder), "--precision", precision]
        command = [sys.executable, "-c", program, *words]
        variables = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"rasd export ended with {done.returncode}"]
            raise NotRunningError(lines[-1].replace(f"{ROOT}/", ""))  # results go where this folder is not
    return folder


def python_of(name: str, options: argparse.Namespace) -> Path:
    """Return the Python of a system's environment, made at first need and shared with the quality bench.

    Raises:
        NotRunningError: If it cannot be made.
    """
    if name in options.python:
        return Path(options.python[name])
    if name not in OWN_ENVIRONMENTS:
        return Path(sys.executable)
    folder = VENVS / name
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            requirements = str(REQUIREMENTS / f"{name}.txt")
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
        except subprocess.CalledProcessError as err:
            raise NotRunningError(f"its environment cannot be made: {err}") from err
        (folder / "ready").touch()
    return python

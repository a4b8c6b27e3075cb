"""What importing and using `rasd` brings along, each in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"torch", "transformers", "numpy", "huggingface_hub"}
TRAINING = {"accelerate", "datasets", "evaluate", "jinja2", "onnxruntime"}


def modules_after(code):
    """Run code in a fresh interpreter and return the top-level modules that it has loaded."""
    script = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_import_rasd_is_light():
    assert not modules_after("import rasd\nrasd.Document, rasd.Ontology, rasd.RasdError") & HEAVY


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["validate", "corpus.jsonl"],
        ["convert", "--from", "jsonl", "--to", "conll", "corpus.jsonl", "out.conll"],
        ["show", "corpus.jsonl"],
        ["render", "corpus.jsonl", "--output", "page.html"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_command_is_light(tmp_path, arguments):
    (tmp_path / "corpus.jsonl").write_text('{"text": "عاد الهدوء إلى المدينة.", "events": []}\n', encoding="utf-8")
    arguments = [str(tmp_path / item) if "." in item else item for item in arguments]
    assert not modules_after(f"from rasd.cli import main\nassert main({arguments!r}) == 0") & HEAVY


def test_extractor_loads_nothing_that_only_training_needs():
    assert not modules_after("import rasd\nrasd.EventExtractor") & TRAINING


def test_prediction_needs_nothing_that_only_training_needs(tiny_checkpoint):
    # Not which modules are loaded: transformers takes accelerate along where it is installed.
    code = (
        f"import sys\nsys.modules.update(dict.fromkeys({TRAINING!r}))\n"
        "from rasd.inference.extractor import load\n"
        f"load({str(tiny_checkpoint)!r}, device='cpu').predict(['وصلت القافلة إلى المدينة.'])"
    )
    assert "torch" in modules_after(code)


@pytest.fixture
def graphs(tiny_checkpoint, tmp_path):
    """A checkpoint folder with graphs alone."""
    from onnx_graphs import write_empty_export

    from rasd.inference.loading import load_config

    folder = shutil.copytree(tiny_checkpoint, tmp_path / "model")
    (folder / "model.safetensors").unlink()
    write_empty_export(folder, load_config(folder).load_ontology())
    return folder


def test_checkpoint_of_graphs_is_loaded_without_torch_and_transformers(graphs):
    code = (
        "import sys\nsys.modules.update(dict.fromkeys(['torch', 'transformers', 'onnx']))\n"
        f"import rasd\nrasd.load({str(graphs)!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""

"""Who may import whom, how large files and functions may be, and which names scripts must not have."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "rasd").rglob("*.py"))
SCRIPTS = sorted([*(ROOT / "train").glob("*.py"), *(ROOT / "scripts").glob("*.py")])

# The rows of the layering from the bottom up: a module imports from lower rows only, and from its own package.
ROWS = [
    ["rasd.errors"],
    ["rasd.files", "rasd.hub_faults"],
    ["rasd.events"],
    ["rasd.ontology", "rasd.text", "rasd.render_style"],
    ["rasd.values"],
    ["rasd.calibration", "rasd.formats", "rasd.metrics", "rasd.render", "rasd.selection"],
    ["rasd.coding"],
    ["rasd.encoding", "rasd.inputs", "rasd.label_intervals", "rasd.reliability"],
    ["rasd.labels"],
    ["rasd.model"],
    ["rasd.collator", "rasd.decoding"],
    ["rasd.inference"],
    ["rasd.evaluation", "rasd.scorebook"],
    ["rasd.training"],
    ["rasd.hub"],
    ["rasd.doctor"],
    ["rasd.cli"],
]
TRAINING_ONLY = {"datasets", "accelerate", "evaluate"}


def module_of(path):
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def row_of(module):
    rows = [i for i, row in enumerate(ROWS) for name in row if module == name or module.startswith(name + ".")]
    return rows[0] if rows else None


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


def test_every_module_has_its_row():
    assert len(FILES) > 25
    assert [module_of(path) for path in FILES if row_of(module_of(path)) is None] == ["rasd"]


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_module_imports_only_from_rows_below(path):
    module = module_of(path)
    own = ".".join(module.split(".")[:2])
    for name in imports_of(path):
        if module != "rasd" and name.startswith("rasd.") and not name.startswith(own):
            assert row_of(name) < row_of(module), f"{module} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_only_training_imports_training_packages(path):
    if not module_of(path).startswith("rasd.training"):
        assert not TRAINING_ONLY & {name.split(".")[0] for name in imports_of(path)}


@pytest.mark.parametrize("path", [*FILES, *SCRIPTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            assert node.end_lineno - first.lineno < 60, f"{node.name} is too long"


def test_no_script_shadows_a_package():
    # A script's own folder comes first on the path, so `import evaluate` would find train/evaluate.py.
    taken = {"evaluate", "datasets", "accelerate", "tokenizers", "transformers", "torch"}
    assert SCRIPTS and not taken & {path.stem for path in SCRIPTS}

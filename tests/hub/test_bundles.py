"""Bundles: what is generated is what the package has, the same everywhere, and never quietly wrong."""

from __future__ import annotations

import ast
import hashlib
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from rasd.hub import sources
from rasd.hub.bundles import Plan, bundle
from rasd.hub.flatten import REMOTE_PLAN, make_remote_code
from rasd.hub.space import SPACE_PLAN

ROOT = Path(__file__).resolve().parents[2]
PLANS = {"model": REMOTE_PLAN, "space": SPACE_PLAN}


@cache
def bundled(plan):
    """The files of a plan, made once for all tests."""
    return bundle(PLANS[plan])


class Inline(ast.NodeTransformer):
    """Writes `name` for `charsets.name` and `rules.name`."""

    def visit_Attribute(self, node):
        self.generic_visit(node)
        is_module = isinstance(node.value, ast.Name) and node.value.id in ("charsets", "rules")
        return ast.Name(node.attr, node.ctx) if is_module else node


def definitions(text):
    """Name -> what is defined under it, methods and class attributes one by one, as text that tells code alone."""
    found = {}
    for node in Inline().visit(ast.parse(text)).body:
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                names = [item.name] if isinstance(item, ast.FunctionDef) else [ast.dump(item)]
                found |= {f"{node.name}.{name}": ast.dump(item) for name in names}
            node.body = []
        if not isinstance(node, (ast.Import, ast.ImportFrom, ast.Expr)):
            found[ast.dump(node)] = ""
    return found


def source_of(module):
    return (ROOT / "rasd").joinpath(*module.split(".")[1:]).with_suffix(".py").read_text(encoding="utf-8")


@pytest.mark.parametrize("plan", PLANS)
def test_every_generated_definition_is_the_packages_own(plan):
    for file, text in bundled(plan).items():
        modules = [line.removeprefix("# ---- ") for line in text.splitlines() if line.startswith("# ---- ")]
        assert modules, file
        package = {}
        for path in modules:
            package |= definitions((ROOT / path).read_text(encoding="utf-8"))
        generated = definitions(text)
        assert generated and not [name for name in generated if generated[name] != package.get(name)]


def test_methods_are_left_out_as_planned_and_no_others():
    kept = set(definitions("".join(bundled("model").values())))
    for module, methods in REMOTE_PLAN.omitted.items():
        for method in methods:
            owner = method.partition(".")[0]
            own = {name for name in definitions(source_of(module)) if name.startswith(f"{owner}.")}
            assert own - kept == {name for name in methods if name.startswith(f"{owner}.")}


@pytest.mark.parametrize("plan", PLANS)
def test_nothing_imports_rasd(plan):
    for text in bundled(plan).values():
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            assert not [name for name in names if name.partition(".")[0] == "rasd"]


@pytest.mark.parametrize("seed", ["0", "1"])
def test_generated_code_is_the_same_in_every_process(seed):
    code = (
        "import hashlib\nfrom rasd.hub.flatten import make_remote_code\n"
        "print(hashlib.sha256(repr(make_remote_code()).encode()).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == hashlib.sha256(repr(make_remote_code()).encode()).hexdigest()


FUTURE = "from __future__ import annotations\n"
PLAIN = {
    "a": FUTURE + "import re\nfrom rasd.b import make\nX = make(1)\n",
    "b": FUTURE + "def make(x):\n    return x\n",
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write modules in place of rasd's own and bundle `X` of the module `a`."""
    monkeypatch.setattr(sources, "_ROOT", tmp_path)

    def make(modules, files=None, omitted=None):
        for name, text in modules.items():
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        return bundle(Plan([("rasd.a", "X")], files or {"one.py": ()}, omitted or {}))

    return make


def test_only_what_is_needed_is_taken_in_the_order_in_which_it_must_run(package):
    unused = "def unused():\n    return re.compile('x')\n"
    text = package({"a": PLAIN["a"] + unused, "b": PLAIN["b"]})["one.py"]
    assert "unused" not in text and "import re" not in text
    space = {}
    exec(compile(text, "one.py", "exec"), space)
    assert space["X"] == 1


def test_statements_that_change_a_name_and_its_documentation_go_with_it(package):
    text = package({"a": FUTURE + "# Why.\nX = {1}\n'''What.'''\nY = 2\nX |= {3}\n"})["one.py"]
    assert "# Why.\nX = {1}\n'''What.'''\n" in text and "X |= {3}" in text and "Y" not in text


def test_attributes_of_modules_become_names_also_inside_strings(package):
    text = package(
        {"a": FUTURE + "from rasd import b\nX = f'[{b.LETTERS}]' + b.LETTERS\n", "b": FUTURE + "LETTERS = 'x'\n"}
    )
    assert "X = f'[{LETTERS}]' + LETTERS" in text["one.py"]


def test_files_import_from_each_other(package):
    texts = package(PLAIN, {"base.py": (), "top.py": ("rasd.a",)})
    assert "from .base import make" in texts["top.py"] and "def make" in texts["base.py"]


@pytest.mark.parametrize(
    ("modules", "options", "message"),
    [
        (
            {"a": "from rasd.b import f\nY = 1\nX = f() + Y\n", "b": "Y = 2\ndef f():\n    return Y\n"},
            {},
            "Y stands for both",
        ),
        (
            {"a": "import re\nfrom rasd.b import f\nX = re, f\n", "b": "import regex as re\nf = re\n"},
            {},
            "re stands for both",
        ),
        ({"a": "def filter():\n    pass\nX = filter\n"}, {}, "filter would hide Python's own"),
        ({"a": "from rasd.b import f as g\nX = g\n", "b": "f = 1\n"}, {}, "f is imported under another name"),
        ({"a": "import rasd.b\nX = 1\n", "b": ""}, {}, "not `import rasd.b`"),
        ({"a": "from .b import f\nX = f\n", "b": "f = 1\n"}, {}, "a relative import"),
        (
            {"a": "def X():\n    from rasd.b import f\n    return f\n", "b": "f = 1\n"},
            {},
            "move this import to the top",
        ),
        ({"a": "from rasd import b\nf = 1\nX = b.f + f\n", "b": "f = 1\n"}, {}, "f would hide the same name"),
        ({"a": "for X in (1, 2):\n    pass\n"}, {}, "only definitions and assignments"),
        ({"a": "X = unknown\n"}, {}, "uses unknown, which nothing in it defines"),
        (
            {"a": "from rasd.b import g\nX = g\n", "b": "from rasd.c import g\n", "c": "g = 1\n"},
            {},
            "has no g of its own",
        ),
        ({"a": FUTURE + "from rasd.b import f\nX = f\n", "b": "f = 1\n"}, {}, "some of .* postpone annotations"),
        ({"a": "X = 1\n"}, {"files": {"one.py": (), "two.py": ("rasd.b",)}}, "nothing of rasd.b is needed"),
        ({"a": "X = 1\n"}, {"omitted": {"rasd.a": ["X.load"]}}, "rasd.a has no X.load"),
        (
            {"a": "from rasd.b import f\nX = f\n", "b": "f = 1\n"},
            {"files": {"one.py": (), "two.py": ("rasd.b",)}},
            "one.py needs f of two.py, which comes later",
        ),
    ],
)
def test_what_cannot_be_flattened_is_refused(package, modules, options, message):
    with pytest.raises(AssertionError, match=message):
        package(modules, **options)

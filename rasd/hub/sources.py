"""The package's own modules as lists of top-level statements, for `bundles`.

A statement keeps its source text, comments included, so that what is generated is what was written. Which names a
statement binds and uses is read from its syntax tree; which text it has, from line numbers, which every Python version
gives alike.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import rasd

PACKAGE = "rasd"
_ROOT = Path(rasd.__file__).parent


@dataclass(frozen=True, slots=True)
class Statement:
    """A top-level statement: its text with the comments above it, the names that it binds and those that it uses.

    `uses` holds the names as they are written, and ("module alias", "attribute") for attributes of rasd's modules.
    """

    text: str
    binds: frozenset[str]
    uses: frozenset[str | tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Import:
    """What an imported name stands for.

    Attributes:
        module: Where it is imported from; "" in `import x`.
        name: The name there, or the module that `import x` names; "" for a module of rasd itself.
        alias: The name that it has here.
        is_needed_first: Whether the module must have run before; not so for what only annotations name.
    """

    module: str
    name: str
    alias: str
    is_needed_first: bool = True

    @property
    def is_own(self) -> bool:
        """Whether it is of rasd."""
        return is_own(self.module)


@dataclass(slots=True)
class Module:
    """A module of rasd, parsed.

    Attributes:
        name: Its dotted name.
        path: Its file, as it is named in a checkout.
        summary: First line of its docstring.
        statements: Everything in it but docstring, imports, and the methods left out.
        imports: Name -> what is imported under it.
        is_postponed: Whether its annotations are never evaluated.
    """

    name: str
    path: str
    summary: str
    statements: list[Statement] = field(default_factory=list)
    imports: dict[str, Import] = field(default_factory=dict)
    is_postponed: bool = False

    def binding(self, name: str) -> list[Statement]:
        """Return the statements that bind a name or change what it is bound to."""
        return [statement for statement in self.statements if name in statement.binds]


def read_module(name: str, *, omitted: Collection[str] = ()) -> Module:
    """Parse a module of rasd.

    Args:
        name: Its dotted name.
        omitted: Methods that are left out, such as "Ontology.load"; each must be there.

    Raises:
        AssertionError: If the module is written in a way that cannot be flattened; says where and what.
    """
    path = _ROOT.joinpath(*name.split(".")[1:]).with_suffix(".py")
    source = path.read_text(encoding="utf-8")
    source = _drop_methods(source, omitted, name) if omitted else source
    tree = ast.parse(source)
    docstring = ast.get_docstring(tree) or ""
    module = Module(name, f"{PACKAGE}/{path.relative_to(_ROOT).as_posix()}", docstring.partition("\n")[0])
    body = tree.body[1:] if docstring else tree.body
    for node in _take_imports(body, module):
        _check_nested_imports(node, module)
    aliases = {alias for alias, item in module.imports.items() if item.is_own and not item.name}
    _check_aliases(tree, aliases, module)
    _add_statements(body, source.splitlines(keepends=True), aliases, module)
    return module


def is_own(module: str) -> bool:
    """Return whether a dotted name is of this package."""
    return module == PACKAGE or module.startswith(f"{PACKAGE}.")


def _add_statements(body: list[ast.stmt], lines: list[str], aliases: set[str], module: Module) -> None:
    """Cut the text into statements; the documentation of a constant, a string below it, goes with the constant."""
    done = body[0].lineno - 1 if body else 0
    for node in body:
        text = "".join(lines[done : node.end_lineno]).strip("\n") + "\n"
        done = node.end_lineno or 0
        if isinstance(node, (ast.Import, ast.ImportFrom)) or _is_type_checking(node):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and module.statements:
            last = module.statements[-1]
            module.statements[-1] = Statement(last.text + text, last.binds, last.uses)
            continue
        binds = frozenset(_bound_names(node, module))
        module.statements.append(Statement(_inline(text, aliases), binds, frozenset(_used_names(node, aliases))))


def _take_imports(body: list[ast.stmt], module: Module) -> Iterator[ast.stmt]:
    """Note the imports at the top level of a module, and yield all other statements."""
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            module.is_postponed = True
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            _note_import(node, module)
        elif _is_type_checking(node):
            for inner in node.body:
                assert isinstance(inner, (ast.Import, ast.ImportFrom)), f"{module.path}: only imports under {node.test}"
                _note_import(inner, module, is_needed_first=False)
        else:
            yield node


def _note_import(node: ast.Import | ast.ImportFrom, module: Module, *, is_needed_first: bool = True) -> None:
    origin = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
    assert not (isinstance(node, ast.ImportFrom) and node.level), f"{module.path}:{node.lineno}: a relative import"
    for alias in node.names:
        source, name = origin, alias.name
        if not origin and is_own(name):
            raise AssertionError(f"{module.path}:{node.lineno}: write `from rasd.… import`, not `import {name}`")
        bound = alias.asname or name
        assert origin or alias.asname or "." not in name, f"{module.path}:{node.lineno}: `import a.b` without `as`"
        if is_own(origin):
            assert bound == name, f"{module.path}:{node.lineno}: {name} is imported under another name"
            if _is_module(f"{origin}.{name}"):
                source, name = f"{origin}.{name}", ""
        module.imports[bound] = Import(source, name, bound, is_needed_first)


def _is_module(name: str) -> bool:
    path = _ROOT.joinpath(*name.split(".")[1:])
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def _is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _bound_names(node: ast.stmt, module: Module) -> Iterator[str]:
    """Yield the names that a top-level statement binds."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name
        return
    assert isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)), (
        f"{module.path}:{node.lineno}: only definitions and assignments can be flattened"
    )
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        for part in ast.walk(target):
            if isinstance(part, ast.Name):
                yield part.id


def _used_names(node: ast.stmt, aliases: set[str]) -> Iterator[str | tuple[str, str]]:
    """Yield the names that a statement mentions anywhere inside; that some are its own locals does no harm."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in aliases:
            yield part.value.id, part.attr
        elif isinstance(part, ast.Name) and part.id not in aliases:
            yield part.id


def _inline(text: str, aliases: set[str]) -> str:
    """Write `name` for `alias.name`; positions of the syntax tree are of no use here, as f-strings have none."""
    for alias in sorted(aliases):
        text = re.sub(rf"(?<![\w.]){alias}\.(?=[^\W\d])", "", text)
    return text


def _check_aliases(tree: ast.Module, aliases: set[str], module: Module) -> None:
    """Raise AssertionError where `name` in place of `alias.name` would mean something else."""
    used: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            used.add(node.attr)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
    bound |= module.imports.keys() - aliases
    clashes = sorted((used & bound) | (aliases & bound))
    assert not clashes, f"{module.path}: {', '.join(clashes)} would hide the same name of an imported module"


def _check_nested_imports(node: ast.stmt, module: Module) -> None:
    """Raise AssertionError for an import of rasd inside a function."""
    for part in ast.walk(node):
        if isinstance(part, ast.ImportFrom) and is_own(part.module or ""):
            raise AssertionError(f"{module.path}:{part.lineno}: move this import to the top of the module")


def _drop_methods(source: str, omitted: Collection[str], module: str) -> str:
    """Return the source without some methods."""
    lines = source.splitlines(keepends=True)
    spans, found = [], set()
    for node in ast.parse(source).body:
        for item in node.body if isinstance(node, ast.ClassDef) else []:
            if isinstance(item, ast.FunctionDef) and f"{node.name}.{item.name}" in omitted:
                found.add(f"{node.name}.{item.name}")
                first = min([item.lineno, *(mark.lineno for mark in item.decorator_list)])
                spans.append((first - 1, item.end_lineno or 0))
    missing = sorted(set(omitted) - found)
    assert not missing, f"{module} has no {', '.join(missing)}: mend the list of what is left out"
    for start, end in reversed(spans):
        while end < len(lines) and not lines[end].strip() and not lines[start - 1].strip():
            end += 1
        del lines[start:end]
    return "".join(lines)

"""Modules of the package written out as few files that never import it: what `flatten` and the Space are made of.

What a root name needs, and nothing else, is taken from the modules statement by statement, in the order in which they
must run, and put into the files of a plan. A file is one namespace: two modules that give one name two meanings are
refused, and so is a name that nothing defines. The same package gives the same bytes under every Python.
"""

from __future__ import annotations

import builtins
import symtable
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rasd import __version__
from rasd.hub.sources import Import, Module, Statement, is_own, read_module

_LINE = 120


@dataclass(frozen=True, slots=True)
class Plan:
    """What is flattened.

    Attributes:
        roots: (module, name) of what the files are for.
        files: File -> the modules that it holds, in the order in which the files build on each other. The first takes
            every module that no file names.
        omitted: Module -> methods that are left out, as what they need is another package's work there.
    """

    roots: Sequence[tuple[str, str]]
    files: Mapping[str, Collection[str]]
    omitted: Mapping[str, Collection[str]] = field(default_factory=dict)

    def home(self, module: str) -> str:
        """Return the file that holds a module."""
        return next((file for file, modules in self.files.items() if module in modules), next(iter(self.files)))


@dataclass(slots=True)
class _Reached:
    """What the roots need: modules in the order in which they are met first, and statements and imports of each."""

    modules: dict[str, Module] = field(default_factory=dict)
    statements: dict[str, set[Statement]] = field(default_factory=dict)
    imports: dict[str, set[str]] = field(default_factory=dict)


def bundle(plan: Plan) -> dict[str, str]:
    """Return the files of a plan.

    Raises:
        AssertionError: If the modules cannot be flattened as planned; names the module and the name.
    """
    reached = _reach(plan)
    order = _order(reached)
    texts: dict[str, str] = {}
    for file in plan.files:
        modules = [reached.modules[name] for name in order if plan.home(name) == file]
        assert modules, f"nothing of {', '.join(plan.files[file]) or 'any module'} is needed: leave {file} out"
        texts[file] = _render(file, modules, reached, plan)
        _check_names(file, texts[file])
    return texts


def _reach(plan: Plan) -> _Reached:
    """Follow the names that the roots use, through modules."""
    reached = _Reached()
    waiting = list(plan.roots)
    seen = set(waiting)
    while waiting:
        home, name = waiting.pop()
        if home not in reached.modules:
            reached.modules[home] = read_module(home, omitted=plan.omitted.get(home, ()))
            reached.statements[home], reached.imports[home] = set(), set()
        module = reached.modules[home]
        found = module.binding(name)
        assert found, f"{module.path} has no {name} of its own: import it from where it is defined"
        for statement in found:
            reached.statements[home].add(statement)
            for needed in _needs(statement, module, reached):
                if needed not in seen:
                    seen.add(needed)
                    waiting.append(needed)
    return reached


def _needs(statement: Statement, module: Module, reached: _Reached) -> Iterator[tuple[str, str]]:
    """Yield (module, name) of what a statement uses, and note the imports that it needs."""
    for use in statement.uses:
        if isinstance(use, tuple):
            yield module.imports[use[0]].module, use[1]
            reached.imports[module.name].add(use[0])
        elif use in module.imports:
            reached.imports[module.name].add(use)
            if module.imports[use].is_own:
                yield module.imports[use].module, use
        elif module.binding(use):
            yield module.name, use


def _order(reached: _Reached) -> list[str]:
    """Return the modules such that each stands behind those that it imports."""
    order: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        imports = reached.modules[name].imports
        needed = {imports[alias].module for alias in reached.imports[name] if imports[alias].is_needed_first}
        for module in sorted(needed & reached.modules.keys()):
            visit(module)
        order.append(name)

    for name in sorted(reached.modules):
        visit(name)
    return order


def _render(file: str, modules: list[Module], reached: _Reached, plan: Plan) -> str:
    """Write one file."""
    assert len({module.is_postponed for module in modules}) == 1, (
        f"{file}: some of {', '.join(module.path for module in modules)} postpone annotations and some do not"
    )
    foreign, own = _collect_imports(file, modules, reached, plan)
    _check_clashes(file, modules, reached, [*foreign, *own])
    parts = [_header(file, modules)]
    if modules[0].is_postponed:
        parts.append("from __future__ import annotations\n")
    parts += [*_import_block(foreign), *_import_block(own)]
    for module in modules:
        parts.append(f"# ---- {module.path}\n# {module.summary}\n")
        parts += [item.text for item in module.statements if item in reached.statements[module.name]]
    return "\n".join(_space(parts))


def _space(parts: list[str]) -> Iterator[str]:
    """Yield parts with two blank lines about definitions and before the sections, as hand-written code has them."""
    follows_block = False
    for part in parts:
        code = next((line for line in part.splitlines() if not line.startswith("#")), "")
        is_block, is_section = code.startswith(("def ", "class ", "@")), part.startswith("# ----")
        yield "\n" + part if is_block or is_section or follows_block else part
        follows_block = is_block


def _header(file: str, modules: list[Module]) -> str:
    """Return what a reader of a generated file must know."""
    sources = "\n".join(f"#   {module.path}" for module in modules)
    return (
        f"# {file}: generated by rasd {__version__}; change rasd and publish again rather than this file.\n"
        "# SPDX-License-Identifier: Apache-2.0\n"
        "#\n# What is needed of these modules of rasd, word for word; rasd is not imported:\n"
        f"{sources}\n"
    )


def _collect_imports(
    file: str, modules: list[Module], reached: _Reached, plan: Plan
) -> tuple[list[Import], list[Import]]:
    """Return what a file imports from other packages, and from the files before it."""
    foreign: dict[Import, None] = {}
    own: dict[Import, None] = {}
    files = list(plan.files)
    for module in modules:
        for statement in module.statements:
            if statement not in reached.statements[module.name]:
                continue
            for home, name in _needs(statement, module, reached):
                other = plan.home(home)
                if other != file:
                    assert files.index(other) < files.index(file), f"{file} needs {name} of {other}, which comes later"
                    own[Import("." + other.removesuffix(".py"), name, name)] = None
        for alias in reached.imports[module.name]:
            item = module.imports[alias]
            if not item.is_own:
                foreign[Import(item.module, item.name, item.alias)] = None
    return _sorted(foreign), _sorted(own)


def _sorted(imports: Collection[Import]) -> list[Import]:
    return sorted(imports, key=lambda item: (bool(item.module), item.module, item.name, item.alias))


def _import_block(imports: list[Import]) -> Iterator[str]:
    """Yield a block of import statements, one for each module; nothing where there are none."""
    lines: list[str] = []
    by_module: dict[str, list[str]] = {}
    for item in imports:
        renamed = item.name if item.alias == item.name else f"{item.name} as {item.alias}"
        if item.module:
            by_module.setdefault(item.module, []).append(renamed)
        else:
            lines.append(f"import {renamed}")
    for module, names in by_module.items():
        line = f"from {module} import {', '.join(names)}"
        if len(line) > _LINE:
            line = f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"
        lines.append(line)
    if lines:
        yield "\n".join(lines) + "\n"


def _check_clashes(file: str, modules: list[Module], reached: _Reached, imports: list[Import]) -> None:
    """Raise AssertionError where a name has two meanings in one file."""
    meanings: dict[str, str] = {}
    for item in imports:
        _give(item.alias, f"{item.module} {item.name}".strip(), meanings, file)
    for module in modules:
        for statement in reached.statements[module.name]:
            for name in statement.binds:
                assert not hasattr(builtins, name), f"{module.path}: {name} would hide Python's own in all of {file}"
                _give(name, module.path, meanings, file)


def _give(name: str, meaning: str, meanings: dict[str, str], file: str) -> None:
    known = meanings.setdefault(name, meaning)
    assert known == meaning, f"{file}: {name} stands for both {known} and {meaning}: rename one of them"


def _check_names(file: str, text: str) -> None:
    """Raise AssertionError if a file uses a name that it does not define, or imports rasd."""
    top = symtable.symtable(text, file, "exec")
    defined = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    defined |= {symbol.get_name() for symbol in top.get_symbols() if symbol.is_namespace()}
    missing = {
        symbol.get_name()
        for table in _tables(top)
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (symbol.is_global() or table is top)
    }
    missing -= defined | set(dir(builtins)) | {"__file__", "__name__"}
    assert not missing, f"{file} uses {', '.join(sorted(missing))}, which nothing in it defines"
    imported = [line for line in text.splitlines() if line.strip().startswith(("import ", "from "))]
    assert not any(is_own(line.split()[1]) for line in imported), f"{file} imports rasd"


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)

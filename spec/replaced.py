"""What the faults of a requirement put others in the place of: the parts of the reference that keep the promise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from loopcert.spec.index import CONFORMANCE, Place, index
from loopcert.spec.keepers import REFERENCE

_FAULTS = CONFORMANCE / "faults"
_KINDS = "_type"  # how the reference calls what makes its parts: stream_type, task_type
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def replaced(requirement: str) -> list[Place]:
    """Return the methods of the reference that the faults of a requirement override, in the order of the faults.

    Empty where a fault changes nothing by name: it wraps the loop, or adds what the reference inherits from asyncio.
    """
    found: dict[Place, None] = {}
    for fault in index().faults_of(requirement):
        module, _, name = fault.name.partition(".")
        found |= dict.fromkeys(each.place(requirement) for each in _overrides(_FAULTS / f"{module}.py", name))
    return list(found)


@dataclass(frozen=True)
class _Method:
    file: Path
    owner: str
    node: _Function

    def place(self, requirement: str) -> Place:
        name = f"{self.file.stem}.{self.owner}.{self.node.name}"
        summary = (ast.get_docstring(self.node) or "").partition("\n")[0]
        return Place(name, requirement, self.file.relative_to(REFERENCE.parent).as_posix(), self.node.lineno, summary)


@dataclass(frozen=True)
class _Module:
    """The classes of a file, and where each name that it imports from this package comes from."""

    classes: dict[str, ast.ClassDef]
    imports: dict[str, tuple[Path, str]]


@cache
def _module(file: Path) -> _Module:
    classes: dict[str, ast.ClassDef] = {}
    imports: dict[str, tuple[Path, str]] = {}
    for node in ast.parse(file.read_text("utf-8"), str(file)).body:
        if isinstance(node, ast.ClassDef):
            classes[node.name] = node
        elif isinstance(node, ast.ImportFrom) and (origin := _origin(file, node)) is not None:
            imports |= {alias.asname or alias.name: (origin, alias.name) for alias in node.names}
    return _Module(classes, imports)


def _origin(file: Path, node: ast.ImportFrom) -> Path | None:
    """Return the file that an import is from, if that is one of this package."""
    if node.level:
        base = file.parent
    elif (node.module or "").startswith("loopcert."):
        base = REFERENCE.parent
    else:
        return None
    parts = (node.module or "").removeprefix("loopcert.").split(".")
    path = base.joinpath(*parts)
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return source if source.is_file() else None


def _find(file: Path, name: str) -> tuple[Path, ast.ClassDef] | None:
    """Return a class and its file by the name that it has in ``file``."""
    module = _module(file)
    if name in module.classes:
        return file, module.classes[name]
    return _find(*module.imports[name]) if name in module.imports else None


def _parts(node: ast.ClassDef) -> Iterator[str]:
    """Yield the classes that a loop makes its transports, servers, tasks and so on of, where it says so."""
    for item in node.body:
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.Name):
            kinds = (target.id for target in item.targets if isinstance(target, ast.Name))
            yield from (item.value.id for name in kinds if name.endswith(_KINDS))


def _bases(node: ast.ClassDef) -> Iterator[str]:
    for base in node.bases:
        value = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(value, ast.Name):
            yield value.id


def _overrides(file: Path, name: str) -> Iterator[_Method]:
    """Yield the methods of the reference that a fault's class overrides, itself or in the parts that it exchanges."""
    found = _find(file, name)
    if found is None or found[0].parent == REFERENCE:
        return
    home, node = found
    methods = (item.name for item in node.body if isinstance(item, _Function) and not item.name.startswith("__"))
    yield from filter(None, (_original(home, node, name) for name in methods))
    for other in (*_parts(node), *_bases(node)):
        yield from _overrides(home, other)


def _original(file: Path, node: ast.ClassDef, method: str) -> _Method | None:
    """Return the method of the reference that a class inherits under that name."""
    for base in _bases(node):
        found = _find(file, base)
        if found is None:
            continue
        home, parent = found
        if home.parent == REFERENCE:
            for item in parent.body:
                if isinstance(item, _Function) and item.name == method:
                    return _Method(home, parent.name, item)
        if (deeper := _original(home, parent, method)) is not None:
            return deeper
    return None

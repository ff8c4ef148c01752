"""Which tests check a requirement and which faults break it, read from the suite's sources without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CONFORMANCE = Path(__file__).resolve().parent.parent / "conformance"


@dataclass(frozen=True)
class Place:
    """One test or fault: its name (``test_timers::test_x``, ``timers.TooEarly``), requirement, file and line."""

    name: str
    requirement: str
    file: str
    line: int
    summary: str


@dataclass(frozen=True)
class Index:
    """All tests and faults, in the order of their files."""

    tests: tuple[Place, ...]
    faults: tuple[Place, ...]

    def tests_of(self, requirement: str) -> list[Place]:
        """The tests that check one requirement."""
        return [place for place in self.tests if place.requirement == requirement]

    def faults_of(self, requirement: str) -> list[Place]:
        """The broken loops that its tests must catch."""
        return [place for place in self.faults if place.requirement == requirement]


def _marked(file: Path, decorator: str) -> Iterator[tuple[ast.FunctionDef | ast.ClassDef, str]]:
    """Yield what carries the decorator, at any depth, with its literal requirement id."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"), str(file))):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == decorator:
                values = [*mark.args, *(keyword.value for keyword in mark.keywords if keyword.arg == "breaks")]
                if values and isinstance(values[0], ast.Constant):
                    yield node, str(values[0].value)


def _places(folder: Path, glob: str, decorator: str, separator: str) -> Iterator[Place]:
    for file in sorted(folder.glob(glob)):
        for node, requirement in _marked(file, decorator):
            summary = (ast.get_docstring(node) or "").partition("\n")[0]
            where = file.relative_to(CONFORMANCE.parent).as_posix()
            yield Place(f"{file.stem}{separator}{node.name}", requirement, where, node.lineno, summary)


def unmarked() -> list[str]:
    """The test functions that name no requirement."""
    missing = []
    for file in sorted(CONFORMANCE.glob("test_*.py")):
        marked = {node.name for node, _ in _marked(file, "requirement")}
        functions = [node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)]
        missing += [
            f"{file.stem}::{node.name}"
            for node in functions
            if node.name.startswith("test") and node.name not in marked
        ]
    return missing


@cache
def index() -> Index:
    """Read the whole suite once."""
    return Index(
        tuple(_places(CONFORMANCE, "test_*.py", "requirement", "::")),
        tuple(_places(CONFORMANCE / "faults", "[!_]*.py", "fault", ".")),
    )

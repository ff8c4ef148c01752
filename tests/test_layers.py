"""Imports run one way: spec and reference import nobody, conformance imports spec, runners import spec."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = {
    "spec": {"spec"},
    "reference": {"reference"},
    "conformance": {"conformance", "spec"},
    "conformance/faults": {"conformance", "spec", "reference"},
    "runners": {"runners", "spec"},
}


def imported_rooms(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        yield from (name.split(".")[1] for name in names if name.startswith("loopcert."))


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_what_stands_below_it(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files, f"{room} holds no module"
    strays = {
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        if room != "conformance" or "faults" not in file.parts
        for name in imported_rooms(file)
        if name not in ALLOWED[room]
    }
    assert not strays


def test_no_module_is_called_utils() -> None:
    assert not [file for room in ALLOWED for file in (ROOT / room).rglob("*util*")]

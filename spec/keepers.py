"""Where the reference keeps a promise: its docstrings and comments name ids, as in ``(timers-01, 03 to 05a)``."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from loopcert.spec.catalogue import load_catalogue
from loopcert.spec.index import Place

REFERENCE = Path(__file__).resolve().parent.parent / "reference"

_NUMBER = r"\d{2,3}[a-z]?\b"
_NAMED = re.compile(rf"\b([a-z][a-z0-9]*)-({_NUMBER}(?:(?:,|,? to|,? and)\s+{_NUMBER}(?!-))*)")
_PART = re.compile(rf"(to\s+)?({_NUMBER})")
_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def keepers(requirement: str) -> list[Place]:
    """Return the classes, functions and modules of the reference that say they keep a requirement, nearest first.

    Empty where none says so: most promises are kept by several parts together, and only some of these name them.
    """
    return [place for place in _places() if place.requirement == requirement]


def named(text: str) -> list[str]:
    """Return the requirements that a text names, those within a range included, in the order of the text.

    A range takes the chapter's order: ``timers-03 to 05a`` is what the catalogue has from the one to the other.
    """
    found: list[str] = []
    for chapter, numbers in _NAMED.findall(text):
        for reaches, number in _PART.findall(numbers):
            end = f"{chapter}-{number}"
            found += _between(found[-1], end) if reaches and found else [end]
    return [name for name in dict.fromkeys(found) if name in load_catalogue().requirements]


def _between(first: str, last: str) -> list[str]:
    """Return what follows ``first`` up to ``last`` by number; ids are numbered, not always listed in that order."""
    chapter = first.rpartition("-")[0]
    low, high = _rank(first), _rank(last)
    known = (name for name in load_catalogue().requirements if name.rpartition("-")[0] == chapter)
    return sorted((name for name in known if low < _rank(name) <= high), key=_rank)


def _rank(requirement: str) -> tuple[int, str]:
    number = requirement.rpartition("-")[2]
    digits = number.rstrip("abcdefghijklmnopqrstuvwxyz")
    return int(digits), number.removeprefix(digits)


@cache
def _places() -> tuple[Place, ...]:
    return tuple(place for file in sorted(REFERENCE.glob("*.py")) for place in _of(file))


def _of(file: Path) -> Iterator[Place]:
    """Yield a place for each requirement that a file names, and once for each definition."""
    text = file.read_text("utf-8")
    tree = ast.parse(text, str(file))
    where = file.relative_to(REFERENCE.parent).as_posix()
    for name, line, words in [*_docstrings(tree), *_comments(tree, text)]:
        summary = " ".join(words.strip().partition("\n")[0].split())
        for requirement in named(words):
            yield Place(f"{file.stem}.{name}" if name else file.stem, requirement, where, line, summary)


def _docstrings(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, int, str]]:
    if isinstance(node, ast.Module | _Definition) and (words := ast.get_docstring(node)):
        yield prefix, getattr(node, "lineno", 1), words
    for child in ast.iter_child_nodes(node):
        yield from _docstrings(child, _name(child, prefix))


def _name(node: ast.AST, prefix: str) -> str:
    return f"{prefix}.{node.name}".lstrip(".") if isinstance(node, _Definition) else prefix


def _comments(tree: ast.Module, text: str) -> Iterator[tuple[str, int, str]]:
    """Yield each comment with the innermost definition that it stands in."""
    spans = [(first, last, name) for name, first, last in _spans(tree)]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            line = token.start[0]
            inside = [(last - first, name) for first, last, name in spans if first <= line <= last]
            yield min(inside)[1] if inside else "", line, token.string.lstrip("# ")


def _spans(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, int, int]]:
    for child in ast.iter_child_nodes(node):
        name = _name(child, prefix)
        if isinstance(child, _Definition):
            yield name, child.lineno, child.end_lineno or child.lineno
        yield from _spans(child, name)

"""The reference says which requirement each part of it serves: those that it names exist; and it stays small."""

import ast
import re
import tokenize
from io import StringIO
from pathlib import Path

import pytest

from loopcert.spec import load_catalogue

FILES = sorted((Path(__file__).resolve().parents[2] / "reference").glob("*.py"))
NUMBER = r"\d{2,3}[a-z]?\b"
NAMED = re.compile(rf"\b([a-z][a-z0-9]*)-({NUMBER}(?:(?:,|,? to|,? and) {NUMBER}(?!-))*)")

LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

MOST_LINES = 3200  # of the whole
LONGEST_FUNCTION = 39


def code_lines(text: str) -> set[int]:
    """Give the numbers of the lines that are neither blank nor a comment nor part of a docstring."""
    docstrings: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and ast.get_docstring(node) is not None:
            docstrings.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    tokens = [each for each in tokenize.generate_tokens(StringIO(text).readline) if each.type not in LAYOUT]
    return {line for each in tokens for line in range(each.start[0], each.end[0] + 1)} - docstrings


def named(text: str) -> set[str]:
    """Give the requirements that a text names, as in ``timers-01, 03 to 05a``: each end of a range."""
    return {f"{chapter}-{number}" for chapter, numbers in NAMED.findall(text) for number in re.findall(NUMBER, numbers)}


def test_lists_and_ranges_are_read_as_they_are_written() -> None:
    text = "Wait (timers-01, 03 to 05a, fds-101 and 102), as pep-3156 and utf-8 do not."
    assert named(text) == {"timers-01", "timers-03", "timers-05a", "fds-101", "fds-102"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_requirement_that_the_reference_names_exists(file: Path) -> None:
    assert named(file.read_text("utf-8")) <= set(load_catalogue().requirements)


def test_the_reference_names_requirements_of_many_chapters() -> None:
    chapters = {name.rpartition("-")[0] for file in FILES for name in named(file.read_text("utf-8"))}
    assert len(chapters) > 10


def test_lines_of_code_are_what_remains_without_blanks_comments_and_docstrings() -> None:
    text = '"""Doc."""\n\n# why\ndef f(a,\n      b):\n    """Doc\n    doc."""\n    return """a\nb"""  # what\n'
    assert code_lines(text) == {4, 5, 8, 9}


def test_the_reference_stays_small() -> None:
    assert sum(len(code_lines(file.read_text("utf-8"))) for file in FILES) <= MOST_LINES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_function_of_the_reference_is_long(file: Path) -> None:
    text = file.read_text("utf-8")
    lines = code_lines(text)
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, FUNCTIONS)]
    sizes = {node.name: len(lines & set(range(node.lineno, (node.end_lineno or 0) + 1))) for node in functions}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}

"""LOOP names: what is read, and the one sentence for what cannot be found or made."""

import ast
import asyncio
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from loopcert.spec import loops
from loopcert.spec.loops import KnownLoop, LoopError, NameKind, make, parse, registry


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("asyncio", NameKind.REGISTRY),
        ("asyncio:SelectorEventLoop", NameKind.CALLABLE),
        ("policy:asyncio:DefaultEventLoopPolicy", NameKind.POLICY),
    ],
)
def test_a_name_gives_a_factory(text: str, kind: NameKind) -> None:
    name = parse(text)
    assert name.kind is kind
    loop = make(name.resolve(), text)
    loop.close()


@pytest.mark.parametrize("text", ["", "nosuchloop", "a:b:c", "policy:x", "module:", ":callable"])
def test_what_names_no_loop_is_refused(text: str) -> None:
    with pytest.raises(LoopError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no_such_module:x", "cannot import module 'no_such_module'"),
        ("asyncio:NoSuchLoop", "module 'asyncio' has no 'NoSuchLoop'"),
        ("asyncio:log", "a factory or class is needed"),
    ],
)
def test_what_cannot_be_imported_is_said_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(LoopError, match=said):
        parse(text).resolve()


def raising() -> asyncio.AbstractEventLoop:
    raise OSError("no ring")


def test_what_a_factory_gives_must_be_an_idle_open_loop() -> None:
    closed = asyncio.new_event_loop()
    closed.close()
    with pytest.raises(LoopError, match="raised OSError: no ring"):
        make(raising, "x")
    with pytest.raises(LoopError, match="no event loop but one SimpleNamespace"):
        make(SimpleNamespace, "x")  # type: ignore[arg-type]  # the wrong type is the point
    with pytest.raises(LoopError, match="closed"):
        make(lambda: closed, "x")


def test_a_running_loop_is_refused() -> None:
    loop = asyncio.new_event_loop()

    async def inside() -> None:
        with pytest.raises(LoopError, match="running already"):
            make(lambda: loop, "x")

    try:
        loop.run_until_complete(inside())
    finally:
        loop.close()


def test_the_registry_names_loops_that_can_be_parsed() -> None:
    assert {"reference", "asyncio", "uvloop"} <= set(registry())
    for name in registry():
        assert parse(name).module


ADAPTED = [loop for loop in registry().values() if loop.factory.startswith("loopcert.spec.adapters.")]


@pytest.mark.parametrize("loop", ADAPTED, ids=lambda loop: loop.name)
def test_an_adapter_is_a_function_without_arguments_and_says_whose_loop_it_is(loop: KnownLoop) -> None:
    module, _, name = loop.factory.partition(":")
    source = Path(loops.__file__).parent / "adapters" / f"{module.rpartition('.')[2]}.py"
    functions = {
        each.name: each for each in ast.parse(source.read_text("utf-8")).body if isinstance(each, ast.FunctionDef)
    }
    assert ast.unparse(functions[name].args) == ""
    assert loop.origin == loop.module != ""


@pytest.mark.parametrize("loop", registry().values(), ids=lambda loop: loop.name)
def test_a_table_of_the_registry_is_sound(loop: KnownLoop) -> None:
    assert loop.summary
    assert [Requirement(each).name for each in loop.requires] == list(loop.distributions)
    assert not loop.older or loop.version, "which is the newest, then?"
    for version, pythons in {loop.version or "0": loop.python, **loop.older}.items():
        assert Version(version) <= Version(loop.version or "0")
        assert any(SpecifierSet(pythons).contains(f"3.{minor}.1") for minor in range(11, 16))
    assert all(each.startswith("https://") for each in (loop.home, loop.issues) if each)
    assert not loop.requires or loop.installing.startswith("pip install ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no poll()")
@pytest.mark.parametrize(("name", "selector"), [("asyncio-poll", "PollSelector"), ("asyncio-select", "SelectSelector")])
def test_a_variant_is_what_it_says(name: str, selector: str) -> None:
    loop = make(parse(name).resolve(), name)
    try:
        assert type(loop._selector).__name__ == selector  # type: ignore[attr-defined]  # nothing public tells
    finally:
        loop.close()


def test_what_a_loop_needs_is_quoted_for_a_shell() -> None:
    assert registry()["gbulb"].installing == "pip install gbulb 'PyGObject<3.50'"
    assert registry()["gbulb"].distributions == ("gbulb", "PyGObject")

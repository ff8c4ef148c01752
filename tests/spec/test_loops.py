"""LOOP names: what is read, and the one sentence for what cannot be found or made."""

import asyncio
from types import SimpleNamespace

import pytest

from loopcert.spec.loops import LoopError, NameKind, make, parse, registry


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

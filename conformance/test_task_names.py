"""Names of tasks: given, generated, changed, shown."""

import asyncio
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import allowed, check, contains, drain, equal, requirement


async def nothing() -> None:
    pass


class Named:
    """An object with a string of its own."""

    def __str__(self) -> str:
        return "str of an object"


def done(loop: AbstractEventLoop, **options: Any) -> "asyncio.Task[None]":
    """A finished task."""
    with allowed(f"create_task() with {sorted(options)}"):
        task = loop.create_task(nothing(), **options)
    drain(loop)
    return task


@requirement("task-02")
@pytest.mark.parametrize("name", ["plain", "with space \N{SNOWMAN}", ""], ids=["plain", "unicode", "empty"])
def test_the_given_name_is_the_name(loop: AbstractEventLoop, name: str) -> None:
    equal(done(loop, name=name).get_name(), name, f"get_name() after create_task(name={name!r})")


@requirement("task-02")
@pytest.mark.parametrize("name", [7, Named()], ids=["number", "object"])
def test_a_name_that_is_no_string_becomes_one(loop: AbstractEventLoop, name: Any) -> None:
    equal(done(loop, name=name).get_name(), str(name), f"get_name() after create_task(name={name!r})")


@requirement("task-34")
@pytest.mark.parametrize("options", [{}, {"name": None}], ids=["omitted", "none"])
def test_a_name_is_generated(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    name = done(loop, **options).get_name()
    check(isinstance(name, str) and name not in {"", "None"}, f"generated name: saw {name!r}, wanted a telling string")


@requirement("task-35")
@pytest.mark.parametrize("value", ["text", 7, None, Named()], ids=["text", "number", "none", "object"])
def test_set_name_keeps_the_string_of_anything(loop: AbstractEventLoop, value: object) -> None:
    task = done(loop)
    with allowed(f"set_name({value!r})"):
        task.set_name(value)
    equal(task.get_name(), str(value), f"get_name() after set_name({value!r})")


@requirement("task-35")
def test_a_task_can_be_renamed_in_every_state(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    names: list[str] = []

    async def body() -> None:
        task.set_name("by itself")
        names.append(task.get_name())
        await future

    def rename(name: str) -> None:
        task.set_name(name)
        names.append(task.get_name())

    task = loop.create_task(body(), name="given")
    with allowed("set_name()"):
        rename("before its start")
        drain(loop)
        rename("suspended")
        future.set_result(None)
        drain(loop)
        rename("done")
    equal(names, ["before its start", "by itself", "suspended", "done"], "names read after each set_name()")


@requirement("task-36")
def test_repr_shows_the_name(loop: AbstractEventLoop) -> None:
    task = loop.create_task(nothing(), name="given-name")
    contains(repr(task), "given-name", "repr() of a pending task")
    task.set_name("new-name")
    drain(loop)
    contains(repr(task), "new-name", "repr() of a finished task with a new name")

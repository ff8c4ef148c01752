"""The stack of a task: get_stack and print_stack."""

import asyncio
import io
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import allowed, contains, drain, equal, requirement


async def innermost(future: "asyncio.Future[Any]") -> Any:
    return await future


async def middle(future: "asyncio.Future[Any]") -> Any:
    return await innermost(future)


async def outermost(future: "asyncio.Future[Any]") -> Any:
    return await middle(future)


CHAIN = ["outermost", "middle", "innermost"]


def suspended(loop: AbstractEventLoop) -> "tuple[asyncio.Task[Any], asyncio.Future[Any]]":
    """A task that is suspended three coroutines deep, and the future that it waits for."""
    future = loop.create_future()
    task = loop.create_task(outermost(future))
    drain(loop)
    return task, future


def failed(loop: AbstractEventLoop) -> "asyncio.Task[Any]":
    """A task whose coroutine let an exception through from three coroutines deep."""
    task, future = suspended(loop)
    future.set_exception(ValueError("of the future"))
    drain(loop)
    task.exception()
    return task


def names(task: "asyncio.Task[Any]", limit: int | None = None) -> list[str]:
    """The functions of the task's stack, our own ones only: a Future may have frames of its own at the end."""
    with allowed(f"get_stack(limit={limit})"):
        frames = task.get_stack() if limit is None else task.get_stack(limit=limit)
    return [frame.f_code.co_name for frame in frames if frame.f_code.co_filename == __file__]


@requirement("task-26")
def test_the_stack_of_a_suspended_task_is_one_frame(loop: AbstractEventLoop) -> None:
    task, future = suspended(loop)
    with allowed("get_stack()"):
        count = len(task.get_stack())
    equal((count, names(task)), (1, CHAIN[:1]), "number of frames of a suspended task, and their functions")
    future.set_result(None)
    drain(loop)


@requirement("task-27")
@pytest.mark.parametrize("how", ["returned", "cancelled"])
def test_the_stack_of_an_ended_task_is_empty(loop: AbstractEventLoop, how: str) -> None:
    task, future = suspended(loop)
    if how == "returned":
        future.set_result(None)
    else:
        task.cancel()
    drain(loop)
    with allowed("get_stack()"):
        equal(task.get_stack(), [], f"get_stack() of a task that {how}")


@requirement("task-28")
def test_the_stack_of_a_failed_task_is_its_traceback(loop: AbstractEventLoop) -> None:
    task = failed(loop)
    for name in CHAIN:
        contains(names(task), name, "functions of get_stack() of a failed task")


@requirement("task-29")
def test_the_stack_runs_from_the_oldest_frame_to_the_newest(loop: AbstractEventLoop) -> None:
    equal(names(failed(loop)), CHAIN, "functions of get_stack() of a failed task, in order")


@requirement("task-30a")
@pytest.mark.parametrize("limit", [1, 2])
def test_a_limit_keeps_the_oldest_frames_of_a_traceback(loop: AbstractEventLoop, limit: int) -> None:
    equal(names(failed(loop), limit), CHAIN[:limit], f"functions of get_stack(limit={limit}) of a failed task")


@requirement("task-31")
def test_print_stack_of_a_suspended_task_goes_to_the_file(loop: AbstractEventLoop) -> None:
    task, future = suspended(loop)
    file = io.StringIO()
    with allowed("print_stack(file=...)"):
        task.print_stack(file=file)
    contains(file.getvalue(), "outermost", "what print_stack() wrote")
    future.set_result(None)
    drain(loop)


@requirement("task-31")
def test_print_stack_of_a_failed_task_goes_to_the_file(loop: AbstractEventLoop) -> None:
    file = io.StringIO()
    with allowed("print_stack(file=...)"):
        failed(loop).print_stack(file=file)
    for part in (*CHAIN, "ValueError", "of the future"):
        contains(file.getvalue(), part, "what print_stack() wrote")


@requirement("task-221")
def test_print_stack_takes_a_limit(loop: AbstractEventLoop) -> None:
    file = io.StringIO()
    with allowed("print_stack(limit=1)"):
        failed(loop).print_stack(limit=1, file=file)
    printed = [name for name in CHAIN if f"in {name}" in file.getvalue()]
    equal(printed, CHAIN[:1], "functions that print_stack(limit=1) wrote")

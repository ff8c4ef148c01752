"""Coroutines that need nothing but turns of the loop: begun in a known order, and at their end or else it is told."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Coroutine
from typing import Any, TypeVar

from loopcert.conformance.kit.running import drain
from loopcert.conformance.kit.verify import violated

T = TypeVar("T")

_ROUNDS = 250


def begun(loop: AbstractEventLoop, *coroutines: Coroutine[Any, Any, T]) -> list[asyncio.Task[T]]:
    """Make a task of each and let it go as far as it can before the next: they begin to wait in this order."""
    tasks = []
    for coroutine in coroutines:
        tasks.append(loop.create_task(coroutine))
        drain(loop)
    return tasks


def outcomes(loop: AbstractEventLoop, *tasks: asyncio.Task[T]) -> list[T | BaseException]:
    """Let the loop turn until all tasks are done; give the result or the exception of each.

    No timer and no other thread may be needed: a task that still waits after a thousand iterations waits for ever,
    and is a Violation instead of a hang.
    """
    rounds = _ROUNDS
    while not all(task.done() for task in tasks):
        if not rounds:
            waiting = [number for number, task in enumerate(tasks) if not task.done()]
            for number in waiting:
                tasks[number].cancel()
            drain(loop)
            violated(f"of {len(tasks)} tasks number {waiting} still wait: wanted all to go on to their end")
        rounds -= 1
        drain(loop)
    return [outcome(task) for task in tasks]


def outcome(task: asyncio.Task[T]) -> T | BaseException:
    """Give the result of a task that is done, or its exception: a CancelledError where it was cancelled."""
    if task.cancelled():
        return asyncio.CancelledError()
    return task.exception() or task.result()


def settled(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that needs no timer and no other thread, and give its result; any other end is a Violation."""
    task = loop.create_task(coroutine)
    outcomes(loop, task)
    if task.cancelled():
        violated("the task was cancelled: wanted it to return")
    error = task.exception()
    if error is not None:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise error
        violated(f"the task failed with {type(error).__name__}: {error}; wanted it to return")
    return task.result()

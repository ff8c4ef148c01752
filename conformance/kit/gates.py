"""Tasks that wait at gates: a test opens these one by one and looks at what waits for the tasks."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from typing import Any, Self

from loopcert.conformance.kit.running import drain
from loopcert.conformance.kit.verify import violated


async def through(gate: Awaitable[Any]) -> Any:
    """Wait at a gate and return, or raise, what comes through it."""
    return await gate


class Gated:
    """A task, ``main``, that makes ``tasks``, each behind one of the ``gates``, and awaits ``wait(tasks)``.

    Everything has begun when the block is entered. Whatever still waits when it is left gets None.
    """

    def __init__(self, loop: AbstractEventLoop, wait: Callable[[list[Any]], Awaitable[Any]], count: int = 3) -> None:
        self.loop = loop
        self.gates: list[asyncio.Future[Any]] = [loop.create_future() for _ in range(count)]
        self.tasks: list[asyncio.Task[Any]] = []

        async def main() -> Any:
            self.tasks.extend(loop.create_task(through(gate)) for gate in self.gates)
            return await wait(self.tasks)

        self.main = loop.create_task(main())

    def open(self, number: int, outcome: object = None) -> None:
        """Let an outcome through one gate, an exception as such, and give the loop time to act on it."""
        gate = self.gates[number]
        if gate.done():
            violated(f"the future that task {number} waits for: saw it cancelled, wanted it left alone")
        if isinstance(outcome, BaseException):
            gate.set_exception(outcome)
        else:
            gate.set_result(outcome)
        drain(self.loop, 8)

    def state(self) -> list[str]:
        """Tell how it stands with the tasks, each "pending", "cancelled", or "done"."""
        return ["pending" if not each.done() else "cancelled" if each.cancelled() else "done" for each in self.tasks]

    def seen(self) -> Any:
        """Tell what came of ``main``: its result, the name of its exception, "cancelled" or "pending"."""
        if not self.main.done():
            return "pending"
        if self.main.cancelled():
            return "cancelled"
        error = self.main.exception()
        return self.main.result() if error is None else type(error).__name__

    def __enter__(self) -> Self:
        drain(self.loop, 8)
        return self

    def __exit__(self, kind: object, *_rest: object) -> None:
        if kind is not None:
            return  # the loop is broken
        for gate in self.gates:
            if not gate.done():
                gate.set_result(None)
        drain(self.loop, 8)

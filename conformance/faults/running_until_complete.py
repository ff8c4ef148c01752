"""Loops whose run_until_complete runs too short or too long, or gives back or takes the wrong thing."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference import Task


@fault(breaks="running-01", wide="every test that looks at a result of run_until_complete")
class GivesTheFuture(ReferenceLoop):
    """run_until_complete gives back the future in place of its result."""

    def run_until_complete(self, future: Any) -> Any:
        awaited = asyncio.ensure_future(future, loop=self)
        super().run_until_complete(awaited)
        return awaited


@fault(breaks="running-01", wide="every run_until_complete that waits")
class RunsTenTurns(ReferenceLoop):
    """run_until_complete gives up when the future is not done after ten turns."""

    def run_until_complete(self, future: Any) -> Any:
        awaited = asyncio.ensure_future(future, loop=self)

        def turn(left: int) -> None:
            if left:
                self.call_soon(turn, left - 1)
            else:
                self.stop()

        self.call_soon(turn, 10)
        try:
            return super().run_until_complete(awaited)
        except RuntimeError:
            if awaited.done():
                raise
            return None


@fault(breaks="running-02")
class SwallowsExceptions(ReferenceLoop):
    """run_until_complete gives None where it should raise."""

    def run_until_complete(self, future: Any) -> Any:
        try:
            return super().run_until_complete(future)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001  # that is the fault
            return None


@fault(breaks="running-02")
class WrapsExceptions(ReferenceLoop):
    """run_until_complete raises an exception of its own, with the future's as its cause."""

    def run_until_complete(self, future: Any) -> Any:
        try:
            return super().run_until_complete(future)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            raise OSError("the future failed") from error


class Hidden(Task[Any]):
    """Runs a coroutine without asyncio knowing of it."""

    def step(self, error: BaseException | None = None) -> None:
        self.ended()
        self.advance(error)


@fault(breaks="running-03")
class StepsTheCoroutineItself(ReferenceLoop):
    """A coroutine handed to run_until_complete is driven by the loop, and is no task that others can see."""

    def run_until_complete(self, future: Any) -> Any:
        if asyncio.iscoroutine(future):
            future = Hidden(future, loop=self)
        return super().run_until_complete(future)


@fault(breaks="running-04")
class OnlyHearsNews(ReferenceLoop):
    """run_until_complete has nothing to say of a future that was done before the call."""

    def run_until_complete(self, future: Any) -> Any:
        if asyncio.isfuture(future) and future.done():
            return None
        return super().run_until_complete(future)


@fault(breaks="running-05")
class GivesDoneResultsInsideARun(ReferenceLoop):
    """run_until_complete is not refused inside a run if the future happens to be done."""

    def run_until_complete(self, future: Any) -> Any:
        if self.is_running() and asyncio.isfuture(future) and future.done():
            return future.result()
        return super().run_until_complete(future)


@fault(breaks="running-38")
class TakesFuturesAndCoroutines(ReferenceLoop):
    """run_until_complete refuses objects that are awaitable by __await__ alone."""

    def run_until_complete(self, future: Any) -> Any:
        if not asyncio.isfuture(future) and not asyncio.iscoroutine(future):
            raise TypeError("a future or a coroutine is needed")
        return super().run_until_complete(future)


@fault(breaks="running-39")
class TakesFuturesOfOthers(ReferenceLoop):
    """run_until_complete takes a future of another loop for one of its own."""

    def run_until_complete(self, future: Any) -> Any:
        if asyncio.isfuture(future) and future.get_loop() is not self and future.done():
            return future.result()
        return super().run_until_complete(future)


@fault(breaks="running-41")
class HasNothingToSayOfAStop(ReferenceLoop):
    """run_until_complete gives None when it was stopped before the future was done."""

    def run_until_complete(self, future: Any) -> Any:
        awaited = asyncio.ensure_future(future, loop=self)
        try:
            return super().run_until_complete(awaited)
        except RuntimeError:
            if awaited.done() or self.is_running() or self.is_closed():
                raise
            return None


@fault(breaks="running-52", shows="hang")
class RunsUntilAllIsDone(ReferenceLoop):
    """A run lasts until nothing is left to do."""

    def awaited_done(self, future: Any) -> None:
        if self.ready or self.timers:
            self.call_soon(self.awaited_done, future)
        else:
            super().awaited_done(future)

"""Loops that a runner runs to the wrong end."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.current import AbsentTask, HidesFromCallbacks
from loopcert.reference import Future as ReferenceFuture
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="runner-01a")
class ForgetsTheResult(ReferenceLoop):
    """run_until_complete() returns None."""

    def run_until_complete(self, future: Any) -> Any:
        super().run_until_complete(future)


@fault(breaks="runner-20")
class RaisesAnother(ReferenceLoop):
    """run_until_complete() raises a RuntimeError in place of what the coroutine raised."""

    def run_until_complete(self, future: Any) -> Any:
        try:
            return super().run_until_complete(future)
        except BaseException as error:
            raise RuntimeError("the coroutine failed") from error


class SpeechlessFuture(ReferenceFuture[Any]):
    """Awaiting it gives None in place of a text."""

    def __await__(self) -> Generator[Any, None, Any]:
        result = yield from super().__await__()
        return None if isinstance(result, str) else result

    __iter__ = __await__


@fault(breaks="runner-19", python=">=3.14")
class FuturesWithoutWords(ReferenceLoop):
    """A Future that is awaited gives no text."""

    future_type = SpeechlessFuture


class _AbsentInCoroutines(ReferenceLoop):
    task_type = AbsentTask

    async def shutdown_asyncgens(self) -> None:
        """Do without what asks for the running loop: what a runner raises at its end would hide what a test saw."""


@fault(breaks="runner-02", python="<3.14", wide="asyncio.sleep() and its like ask for the running loop")
class RunsInsideCoroutines(_AbsentInCoroutines):
    """In a coroutine no loop seems to run, so that asyncio.run() begins another run."""


@fault(breaks="runner-02", python=">=3.14", shows="hang", wide="asyncio.sleep() and its like ask for the running loop")
class RunsForEverInsideCoroutines(_AbsentInCoroutines):
    """In a coroutine no loop seems to run, so that asyncio.run() begins another run, after which nothing goes on."""


@fault(breaks="runner-02")
class RunsInsideCallbacks(HidesFromCallbacks):
    """In a callback no loop seems to run, so that asyncio.run() begins another run."""


class _NestingInCoroutines(_AbsentInCoroutines):
    def check_not_running(self) -> None:
        """Nest."""


@fault(breaks="runner-12", python="<3.14", wide="asyncio.sleep() and its like ask for the running loop")
class RunnersInsideCoroutines(_NestingInCoroutines):
    """In a coroutine no loop seems to run, so that another Runner begins another run."""


@fault(breaks="runner-12", shows="hang", wide="asyncio.sleep() and its like ask for the running loop")
class RunnersInsideThemselves(_NestingInCoroutines):
    """In a coroutine no loop seems to run, so that the Runner's own run() waits for what cannot be stepped."""


@fault(breaks="runner-12")
class RunnersInsideCallbacks(HidesFromCallbacks):
    """In a callback no loop seems to run, so that another Runner begins another run."""

    def check_not_running(self) -> None:
        """Nest."""


class Scarred(ReferenceLoop):
    """Remembers that something left its run."""

    hurt = False

    def run_until_complete(self, future: Any) -> Any:
        try:
            return super().run_until_complete(future)
        except BaseException:
            self.hurt = True
            raise


class Sulking(Scarred):
    """Refuses one run after something left the one before."""

    def run_until_complete(self, future: Any) -> Any:
        if self.hurt:
            self.hurt = False
            raise RuntimeError("the loop has failed before")
        return super().run_until_complete(future)


@fault(breaks="runner-03b")
class OpenAfterAFailure(Scarred):
    """A loop whose run raised never says that it is closed."""

    def is_closed(self) -> bool:
        return super().is_closed() and not self.hurt


@fault(breaks="runner-03b")
class OpenAfterARun(ReferenceLoop):
    """A loop that was run never says that it is closed."""

    was_run = False

    def begin_run(self) -> None:
        super().begin_run()
        self.was_run = True

    def is_closed(self) -> bool:
        return super().is_closed() and not self.was_run


@fault(breaks="runner-08")
class UnfitAfterAFailure(Sulking):
    """The run after one that raised is refused."""


@fault(breaks="runner-06a")
class FirstDebugModeStays(ReferenceLoop):
    """set_debug() works once."""

    is_set = False

    def set_debug(self, enabled: bool) -> None:
        if not self.is_set:
            super().set_debug(enabled)
        self.is_set = True


@fault(breaks="runner-06b")
class DebugModeTurns(ReferenceLoop):
    """Every run turns the debug mode over."""

    def begin_run(self) -> None:
        self.set_debug(not self.get_debug())
        super().begin_run()

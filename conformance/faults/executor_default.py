"""Loops whose default executor is the wrong one or shuts down wrongly."""

from __future__ import annotations

import asyncio
import time
import warnings
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.executor import Executing
from loopcert.reference import Loop as ReferenceLoop

Callback = Callable[..., Any]


@fault(breaks="executor-04a")
class MustBeSet(ReferenceLoop):
    """Without set_default_executor() there is no default executor."""

    def get_default_executor(self) -> ThreadPoolExecutor:
        if self.default_executor is None:
            raise ValueError("no default executor was set")
        return super().get_default_executor()


@fault(breaks="executor-04a", shows="hang")
class OneThread(ReferenceLoop):
    """The default executor has one thread."""

    def get_default_executor(self) -> ThreadPoolExecutor:
        self.default_executor = self.default_executor or ThreadPoolExecutor(1)
        return super().get_default_executor()


@fault(breaks="executor-04b")
class FourThreads(ReferenceLoop):
    """The default executor has four threads."""

    def get_default_executor(self) -> ThreadPoolExecutor:
        self.default_executor = self.default_executor or ThreadPoolExecutor(4)
        return super().get_default_executor()


@fault(breaks="executor-07")
class KeepsItsOwn(ReferenceLoop):
    """The executor that is set is not used."""

    def set_default_executor(self, executor: Any) -> None:
        super().set_default_executor(executor)
        self.default_executor = None


@fault(breaks="executor-07")
class KeepsTheFirst(ReferenceLoop):
    """Once there is a default executor, another one is ignored."""

    def set_default_executor(self, executor: Any) -> None:
        if self.default_executor is None:
            super().set_default_executor(executor)


@fault(breaks="executor-08")
class TakesAnything(ReferenceLoop):
    """Anything can be set as the default executor."""

    def set_default_executor(self, executor: Any) -> None:
        if isinstance(executor, ThreadPoolExecutor):
            super().set_default_executor(executor)


@fault(breaks="executor-21")
class OnlyTheVeryClass(ReferenceLoop):
    """A subclass of ThreadPoolExecutor is refused."""

    def set_default_executor(self, executor: Any) -> None:
        if type(executor) is not ThreadPoolExecutor:
            raise TypeError("a ThreadPoolExecutor is required")
        super().set_default_executor(executor)


@fault(breaks="executor-09")
class DoesNotWait(ReferenceLoop):
    """shutdown_default_executor() returns at once."""

    def join_executor(self, executor: Executor, finished: asyncio.Future[None]) -> None:
        executor.shutdown(wait=False)
        self.call_soon_threadsafe(finished.set_result, None)


@fault(breaks="executor-09")
class DropsWaitingJobs(Executing):
    """shutdown_default_executor() takes jobs that have not begun for failed."""

    def join_executor(self, executor: Executor, finished: asyncio.Future[None]) -> None:
        super().join_executor(executor, finished)

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        def run() -> Any:
            time.sleep(0.002)
            if self.executor_shut_down:
                raise RuntimeError("shut down")
            return func(*args)

        return super().run_in_executor(executor, run)


@fault(breaks="executor-10")
class MakesAnother(ReferenceLoop):
    """After its shutdown another default executor is made."""

    def get_default_executor(self) -> ThreadPoolExecutor:
        if self.executor_shut_down and self.default_executor is not None:
            self.default_executor = None
            self.executor_shut_down = False
        return super().get_default_executor()


@fault(breaks="executor-23")
class OnlyWhatWasMade(ReferenceLoop):
    """shutdown_default_executor() does nothing where there is no default executor."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        if self.default_executor is not None:
            await super().shutdown_default_executor(timeout)


@fault(breaks="executor-24")
class SettingReopens(ReferenceLoop):
    """Setting a default executor makes it usable after the shutdown."""

    def set_default_executor(self, executor: Any) -> None:
        super().set_default_executor(executor)
        self.executor_shut_down = False


@fault(breaks="executor-22")
class RefusesAll(Executing):
    """After the shutdown of the default executor no other one is used either."""

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        if self.executor_shut_down:
            raise RuntimeError("Executor shutdown has been called")
        return super().run_in_executor(executor, func, *args)


@fault(breaks="executor-30")
class ShutsDownAll(Executing):
    """Every executor that was ever used is shut down with the default one."""

    def __init__(self) -> None:
        super().__init__()
        self.used: list[Executor] = []

    def run_in_executor(self, executor: Any, func: Callback, *args: Any) -> Any:
        if executor is not None:
            self.used.append(executor)
        return super().run_in_executor(executor, func, *args)

    def close_executor(self) -> None:
        for executor in self.used:
            executor.shutdown(wait=False)
        super().close_executor()

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        for executor in self.used:
            executor.shutdown(wait=False)
        await super().shutdown_default_executor(timeout)


@fault(breaks="executor-31", shows="hang")
class BlocksInShutdown(ReferenceLoop):
    """The loop itself waits for the threads."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        if self.default_executor is not None:
            self.default_executor.shutdown(wait=True)
        await super().shutdown_default_executor(timeout)


@fault(breaks="executor-32")
class OnlyOneShutdown(ReferenceLoop):
    """A second shutdown_default_executor() is an error."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        if self.executor_shut_down:
            raise RuntimeError("already shut down")
        await super().shutdown_default_executor(timeout)


@fault(breaks="executor-12a")
class TimesOutInSilence(ReferenceLoop):
    """A shutdown that times out gives no warning."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            await super().shutdown_default_executor(timeout)


@fault(breaks="executor-12b")
class IgnoresTheTimeout(ReferenceLoop):
    """The timeout of a shutdown is ignored."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        del timeout
        await super().shutdown_default_executor(None)


@fault(breaks="executor-12b")
class NoTimeIsAnyTime(ReferenceLoop):
    """A shutdown with a timeout of 0 waits without limit."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        await super().shutdown_default_executor(timeout or None)


@fault(breaks="executor-12b")
class RaisesAtTheTimeout(ReferenceLoop):
    """A shutdown that times out raises TimeoutError."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        executor = self.default_executor
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            await super().shutdown_default_executor(timeout)
        if warned and executor is not None:
            raise TimeoutError


@fault(breaks="executor-25")
class AlwaysWarns(ReferenceLoop):
    """Every shutdown warns."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        await super().shutdown_default_executor(timeout)
        warnings.warn("the executor was shut down", RuntimeWarning, stacklevel=2)

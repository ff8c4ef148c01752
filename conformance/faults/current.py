"""Loops that are wrong about which loop runs, or meddle with the current one."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from types import FrameType
from typing import Any, ClassVar

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference import Task as ReferenceTask
from loopcert.reference.handle import Handle
from loopcert.reference.private import set_running_loop as announce


class HidesFromCallbacks(ReferenceLoop):
    """Only the steps of Tasks see a running loop."""

    def run_handle(self, handle: Handle) -> None:
        hidden = not isinstance(getattr(handle.callback, "__self__", None), asyncio.Task)
        if hidden:
            announce(None)
        try:
            super().run_handle(handle)
        finally:
            if hidden:
                announce(self)


class AbsentTask(ReferenceTask[Any]):
    """A Task whose coroutine sees no running loop."""

    def advance(self, error: BaseException | None) -> None:
        announce(None)
        try:
            super().advance(error)
        finally:
            announce(self.loop)


@fault(breaks="current-01")
class UnknownToCallbacks(HidesFromCallbacks):
    """In a callback get_running_loop() raises."""


@fault(breaks="current-01", wide="asyncio.sleep() and its like ask for the running loop")
class UnknownToCoroutines(ReferenceLoop):
    """In a coroutine get_running_loop() raises."""

    task_type = AbsentTask


@fault(breaks="current-01")
class MainThreadOnly(ReferenceLoop):
    """A loop that runs in another thread than the main one does not announce itself."""

    def begin_run(self) -> None:
        super().begin_run()
        if threading.current_thread() is not threading.main_thread():
            announce(None)


class AsksOnlyItself(ReferenceLoop):
    """Runs although asyncio believes that it runs already; the faults below make it believe so."""

    def check_not_running(self) -> None:
        announce(None)
        super().check_not_running()


@fault(breaks="current-02a")
class RunsFromTheStart(AsksOnlyItself):
    """A loop is announced as running as soon as it is made."""

    def __init__(self) -> None:
        super().__init__()
        announce(self)


@fault(breaks="current-02b", wide="nothing that starts a loop of its own can follow in the same thread")
class NeverStepsDown(AsksOnlyItself):
    """A loop stays announced as running when its run has ended."""

    def end_run(self) -> None:
        super().end_run()
        announce(self)


@fault(breaks="current-02b")
class StaysWhenInterrupted(AsksOnlyItself):
    """A loop stays announced as running when an exception has left the run."""

    def run_forever(self) -> None:
        try:
            super().run_forever()
        except BaseException:
            announce(self)
            raise


@fault(breaks="current-03")
class AnnouncedInExecutors(ReferenceLoop):
    """Functions in an executor see the loop as running."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        def announced() -> Any:
            announce(self)
            try:
                return func(*args)
            finally:
                announce(None)

        return super().run_in_executor(executor, announced)


@fault(breaks="current-03")
class AnnouncedInEveryThread(ReferenceLoop):
    """Threads that begin while the loop runs see it as running there."""

    def run_forever(self) -> None:
        def profile(_frame: FrameType, _event: str, _argument: Any) -> None:
            sys.setprofile(None)
            announce(self)

        threading.setprofile(profile)
        try:
            super().run_forever()
        finally:
            threading.setprofile(None)


@fault(breaks="current-29")
class OneProcess(ReferenceLoop):
    """Loops run only in the process that made the first one."""

    process: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        OneProcess.process = self.process or os.getpid()

    def begin_run(self) -> None:
        if self.process != os.getpid():
            raise RuntimeError("the loop belongs to another process")
        super().begin_run()


@fault(breaks="current-04")
class OutvotedInCallbacks(HidesFromCallbacks):
    """In a callback get_event_loop() gives the loop that was set, not the one that runs."""


@fault(breaks="current-04", wide="asyncio.sleep() and its like ask for the running loop")
class OutvotedInCoroutines(ReferenceLoop):
    """In a coroutine get_event_loop() gives the loop that was set, not the one that runs."""

    task_type = AbsentTask


class SetsItself(ReferenceLoop):
    """Makes itself the current loop when it runs, and leaves it so."""

    def begin_run(self) -> None:
        asyncio.set_event_loop(self)
        super().begin_run()


@fault(breaks="current-05")
class TakesOver(SetsItself):
    """A run makes the loop the current one, whatever was set before."""


@fault(breaks="current-05")
class ClearsTheTable(ReferenceLoop):
    """close() unsets the current loop, whichever that is."""

    def close(self) -> None:
        super().close()
        asyncio.set_event_loop(None)


@fault(breaks="current-06")
class SetsItselfUnasked(SetsItself):
    """A run makes the loop the current one of a thread that has none."""


@fault(breaks="current-08")
class ComesBack(SetsItself):
    """A run makes the loop the current one again after it was unset."""


@fault(breaks="current-10")
class CurrentWhenMade(ReferenceLoop):
    """A loop makes itself the current one as soon as it is made."""

    def __init__(self) -> None:
        super().__init__()
        asyncio.set_event_loop(self)


class Lookalike:
    """Does all that a loop does, and is no AbstractEventLoop."""

    def __init__(self) -> None:
        self.loop = ReferenceLoop()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loop, name)


@fault(breaks="current-27")
class NoRelation(Lookalike):
    """A loop that is no instance of AbstractEventLoop."""


@fault(breaks="current-34")
class CannotBeSet(Lookalike):
    """A loop that set_event_loop() does not take."""

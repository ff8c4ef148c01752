"""Loops that run too short, too long, inside each other, or do not know whether they run."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="running-06")
class ReturnsFromNestedRuns(ReferenceLoop):
    """run_forever does nothing inside a run of the same loop, in place of refusing."""

    def run_forever(self) -> None:
        if not self.is_running():
            super().run_forever()


@fault(breaks="running-07", wide="runs that wait for nothing but another thread end early")
class EndsWhenIdle(ReferenceLoop):
    """A run ends when nothing is scheduled any more, as uv_run does."""

    def run_once(self) -> None:
        if not self.ready and not self.timers and not self.watched:
            self.stopping = True
        super().run_once()


@fault(breaks="running-07", shows="hang")
class Unstoppable(ReferenceLoop):
    """stop() is not heard."""

    def stop(self) -> None:
        """Do nothing."""


@fault(breaks="running-07")
class KeepsWaitingForAbandonedFutures(ReferenceLoop):
    """A future whose run_until_complete was stopped ends a later run when it is done."""

    def run_until_complete(self, future: Any) -> Any:
        awaited = asyncio.ensure_future(future, loop=self)
        try:
            return super().run_until_complete(awaited)
        finally:
            if not awaited.done():
                awaited.add_done_callback(self.awaited_done)


@fault(breaks="running-07")
class KeepsWaitingForInterruptedFutures(ReferenceLoop):
    """A future whose run was left by KeyboardInterrupt or SystemExit ends a later run when it is done."""

    def run_until_complete(self, future: Any) -> Any:
        awaited = asyncio.ensure_future(future, loop=self)
        try:
            return super().run_until_complete(awaited)
        except (KeyboardInterrupt, SystemExit):
            awaited.add_done_callback(self.awaited_done)
            raise


@fault(breaks="running-13", raises="RuntimeError", wide="every test that runs its loop twice is affected")
class CannotBeRestarted(ReferenceLoop):
    """A loop runs once in its life."""

    has_run = False

    def run_forever(self) -> None:
        if self.has_run and not self.is_running():
            raise RuntimeError("the loop cannot be restarted")
        self.has_run = True
        super().run_forever()


@fault(breaks="running-13")
class LosesTimersAtAStop(ReferenceLoop):
    """Timers end with the run in which they were pending."""

    def end_run(self) -> None:
        super().end_run()
        self.timers.clear()


@fault(breaks="running-13")
class DropsOverdueTimers(ReferenceLoop):
    """Timers that came due while the loop did not run are taken for missed."""

    def begin_run(self) -> None:
        super().begin_run()
        now = self.time()
        self.timers[:] = [timer for timer in self.timers if timer[0] > now]


@fault(breaks="running-13", raises="CancelledError")
class CancelsTasksAtAStop(ReferenceLoop):
    """Tasks are cancelled when the run in which they were pending ends."""

    def end_run(self) -> None:
        for task in asyncio.all_tasks(self):
            task.cancel()
        super().end_run()


class OwnIdeaOfRunning(ReferenceLoop):
    """Leaves the refusal of nested runs as it is, whatever is_running() says."""

    def check_not_running(self) -> None:
        if self.thread_id is not None:
            raise RuntimeError("This event loop is already running")


@fault(breaks="running-18")
class NeverSaysThatItRuns(OwnIdeaOfRunning):
    """is_running() is always False."""

    def is_running(self) -> bool:
        return False


@fault(breaks="running-18")
class RunsUntilClosed(OwnIdeaOfRunning):
    """is_running() is True from the first run on."""

    has_run = False

    def begin_run(self) -> None:
        self.has_run = True
        super().begin_run()

    def is_running(self) -> bool:
        return self.has_run

    def close(self) -> None:
        self.has_run = False
        super().close()


@fault(breaks="running-18")
class StoppedIsNotRunning(OwnIdeaOfRunning):
    """is_running() is False as soon as stop() was called."""

    def is_running(self) -> bool:
        return super().is_running() and not self.stopping


@fault(breaks="running-18")
class RunsForItsThreadOnly(OwnIdeaOfRunning):
    """is_running() is False for other threads."""

    def is_running(self) -> bool:
        return self.thread_id == threading.get_ident()


@fault(breaks="running-18")
class ErrorsLeaveItRunning(OwnIdeaOfRunning):
    """is_running() stays True when an exception leaves run_until_complete."""

    failed = False

    def run_until_complete(self, future: Any) -> Any:
        self.failed = True
        result = super().run_until_complete(future)
        self.failed = False
        return result

    def is_running(self) -> bool:
        return super().is_running() or self.failed

    def close(self) -> None:
        self.failed = False
        super().close()


@fault(breaks="running-36")
class ForgetsThatItRuns(ReferenceLoop):
    """A refused nested run ends the outer one's books, as in CPython before 3.13.3."""

    def check_not_running(self) -> None:
        try:
            super().check_not_running()
        except RuntimeError:
            self.thread_id = None
            raise


@fault(breaks="running-37")
class RunsInsideOthers(ReferenceLoop):
    """A loop does not mind that another one is running in the thread."""

    def check_not_running(self) -> None:
        if self.is_running():
            raise RuntimeError("This event loop is already running")

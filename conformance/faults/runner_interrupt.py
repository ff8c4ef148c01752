"""Loops on which Ctrl-C does not do what a runner wants."""

from __future__ import annotations

import signal
import threading
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.runner_run import Sulking
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference import Task as ReferenceTask
from loopcert.reference.handle import Handle


class MiscountingTask(ReferenceTask[Any]):
    """uncancel() never comes down to zero."""

    def uncancel(self) -> int:
        return super().uncancel() + 1


@fault(breaks="runner-15")
class CancelledForGood(ReferenceLoop):
    """A Task counts one cancel() too many when the runner takes its own back."""

    task_type = MiscountingTask


class HandlesInterrupts(ReferenceLoop):
    """Puts `handler` of its own in place of that of SIGINT, for the time of a run."""

    handler: Any = signal.SIG_IGN
    before: Any = None

    def begin_run(self) -> None:
        super().begin_run()
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self.handler)

    def end_run(self) -> None:
        super().end_run()
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)
            self.before = None


@fault(breaks="runner-15", shows="hang")
class IgnoresInterrupts(HandlesInterrupts):
    """SIGINT is ignored while the loop runs."""


@fault(breaks="runner-16", shows="hang")
class KeepsInterrupts(ReferenceLoop):
    """A KeyboardInterrupt in a callback is given to the exception handler, and the loop goes on."""

    def run_handle(self, handle: Handle) -> None:
        try:
            super().run_handle(handle)
        except KeyboardInterrupt as error:
            self.report_failed_handle(handle, error)


@fault(breaks="runner-17")
class DefaultDuringRuns(HandlesInterrupts):
    """While the loop runs SIGINT has Python's default handler."""

    handler = staticmethod(signal.default_int_handler)


@fault(breaks="runner-25")
class NoHandlerOfTheUser(HandlesInterrupts):
    """A handler of SIGINT that the user has set is out of force while the loop runs."""


class CountedOutTask(ReferenceTask[Any]):
    """A Task that was ever cancelled ends as cancelled."""

    def returned(self, value: Any) -> None:
        self.must_cancel = self.must_cancel or self.cancel_requests > 0
        super().returned(value)


@fault(breaks="runner-23")
class CannotBeSwallowed(ReferenceLoop):
    """A task that swallowed its cancellation ends as cancelled all the same."""

    task_type = CountedOutTask


@fault(breaks="runner-24")
class UnfitAfterAnInterrupt(Sulking):
    """The run after one that was interrupted is refused."""

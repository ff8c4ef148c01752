"""Broken loops: what callbacks raise, and how the loop goes on."""

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop


@fault(breaks="errors-14")
class FailuresEscape(Loop):
    """What a callback raises leaves the run."""

    def report_failed_handle(self, handle: Any, error: BaseException) -> None:
        super().report_failed_handle(handle, error)
        raise error


@fault(breaks="errors-14")
class FailureTakesTheNextAlong(Loop):
    """The callback behind one that failed is skipped."""

    failed = False

    def report_failed_handle(self, handle: Any, error: BaseException) -> None:
        super().report_failed_handle(handle, error)
        self.failed = True

    def run_handle(self, handle: Any) -> None:
        if self.failed:
            self.failed = False
        else:
            super().run_handle(handle)


@fault(breaks="errors-14")
class StopIterationSwallowed(Loop):
    """A StopIteration or StopAsyncIteration of a callback is not reported."""

    def report_failed_handle(self, handle: Any, error: BaseException) -> None:
        if not isinstance(error, (StopIteration, StopAsyncIteration)):
            super().report_failed_handle(handle, error)


@fault(breaks="errors-15", wide="a run that an exit ought to end goes on for ever")
class ExitsReported(Loop):
    """SystemExit and KeyboardInterrupt of a callback go to the exception handler."""

    def run_handle(self, handle: Any) -> None:
        try:
            super().run_handle(handle)
        except (SystemExit, KeyboardInterrupt) as error:
            self.report_failed_handle(handle, error)


@fault(breaks="errors-15")
class ExitEmptiesTheQueue(Loop):
    """A SystemExit or KeyboardInterrupt that leaves the run takes all that is queued along."""

    def run_handle(self, handle: Any) -> None:
        try:
            super().run_handle(handle)
        except (SystemExit, KeyboardInterrupt):
            self.ready.clear()
            raise


@fault(breaks="errors-30")
class BareExceptionsEscape(Loop):
    """An exception that is no Exception leaves the run."""

    def report_failed_handle(self, handle: Any, error: BaseException) -> None:
        if not isinstance(error, Exception):
            raise error
        super().report_failed_handle(handle, error)


@fault(breaks="errors-30")
class BareExceptionsSwallowed(Loop):
    """An exception that is no Exception is not reported."""

    def report_failed_handle(self, handle: Any, error: BaseException) -> None:
        if isinstance(error, Exception):
            super().report_failed_handle(handle, error)

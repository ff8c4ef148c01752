"""Broken loops: the default exception handler, and what callbacks raise."""

import logging
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop

Context = dict[str, Any]
ELSEWHERE = logging.getLogger("elsewhere")


@fault(breaks="errors-06")
class DefaultHandlerSilent(Loop):
    """Without a custom handler nothing is reported."""

    def default_exception_handler(self, context: Context) -> None:
        """Keep it to oneself."""


@fault(breaks="errors-07")
class DefaultHandlerRetired(Loop):
    """default_exception_handler() does nothing once a custom handler is set."""

    def default_exception_handler(self, context: Context) -> None:
        if self.get_exception_handler() is None:
            super().default_exception_handler(context)


@fault(breaks="errors-07")
class DefaultHandlerPassesBack(Loop):
    """default_exception_handler() calls the custom handler where one is set."""

    def default_exception_handler(self, context: Context) -> None:
        handler = self.get_exception_handler()
        if handler is None:
            super().default_exception_handler(context)
        else:
            handler(self, context)


@fault(breaks="errors-31")
class ExceptionRequired(Loop):
    """default_exception_handler() fails where the context has no 'exception'."""

    def default_exception_handler(self, context: Context) -> None:
        super().default_exception_handler(context | {"exception": context["exception"]})


@fault(breaks="errors-31")
class MessageOnly(Loop):
    """default_exception_handler() refuses contexts with more than a message."""

    def default_exception_handler(self, context: Context) -> None:
        if len(context) > 1:
            raise TypeError("only a message was expected")
        super().default_exception_handler(context)


@fault(breaks="errors-29")
class MessageLoggedAsAWarning(Loop):
    """default_exception_handler() logs at level WARNING."""

    def default_exception_handler(self, context: Context) -> None:
        logging.getLogger("asyncio").warning("%s", context.get("message"), exc_info=context.get("exception"))


@fault(breaks="errors-37")
class TracebackDropped(Loop):
    """default_exception_handler() logs the exception without its traceback."""

    def default_exception_handler(self, context: Context) -> None:
        error = context.get("exception")
        super().default_exception_handler(context | {"exception": None, "error": str(error)})


@fault(breaks="errors-22")
class LoggedElsewhere(Loop):
    """Reports go to a logger of another name."""

    def default_exception_handler(self, context: Context) -> None:
        ELSEWHERE.error("%s", context.get("message"))

    def report_slow_handle(self, handle: Any, seconds: float) -> None:
        ELSEWHERE.warning("%r took %s seconds", handle, seconds)


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


def with_exits_reported(callback: Any) -> Any:
    """Turn what would leave the run into an error that the loop reports."""

    def call(*args: Any) -> Any:
        try:
            return callback(*args)
        except (SystemExit, KeyboardInterrupt) as error:
            raise RuntimeError("exit") from error

    return call


@fault(breaks="errors-15")
class ExitsReported(Loop):
    """SystemExit and KeyboardInterrupt of a callback go to the exception handler."""

    def call_soon(self, callback: Any, *args: Any, **context: Any) -> Any:  # type: ignore[override]  # of any callback
        return super().call_soon(with_exits_reported(callback), *args, **context)


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

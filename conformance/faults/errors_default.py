"""Broken loops: the default exception handler, and where it logs."""

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


@fault(breaks="errors-37")
class FalsyExceptionsAreNone(Loop):
    """default_exception_handler() takes an exception that is false for none."""

    def default_exception_handler(self, context: Context) -> None:
        super().default_exception_handler(context | {"exception": context.get("exception") or None})


@fault(breaks="errors-22")
class LoggedElsewhere(Loop):
    """Reports go to a logger of another name."""

    def default_exception_handler(self, context: Context) -> None:
        ELSEWHERE.error("%s", context.get("message"))

    def report_slow_handle(self, handle: Any, seconds: float) -> None:
        ELSEWHERE.warning("%r took %s seconds", handle, seconds)

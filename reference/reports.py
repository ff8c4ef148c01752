"""What the loop says when something goes wrong: the exception handler, debug mode and its log."""

import asyncio
import inspect
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextvars import Context
from typing import Any

from .handle import Handle

logger = logging.getLogger("asyncio")  # the name that asyncio's documentation gives (errors-22)

ExceptionHandler = Callable[[asyncio.AbstractEventLoop, dict[str, Any]], object]

ENDS_PROGRAM = (SystemExit, KeyboardInterrupt)  # what leaves the loop, whoever raises it

ORIGIN_DEPTH = 10  # how many frames of a coroutine's origin debug mode remembers


class Reports(asyncio.AbstractEventLoop):
    """The part of a loop that reports failures and watches over its user."""

    slow_callback_duration = 0.1  # seconds; what takes longer is logged in debug mode (errors-19a to 20)

    def __init__(self) -> None:
        self.exception_handler: ExceptionHandler | None = None
        self.debug = debug_by_default()
        self.thread_id: int | None = None  # of the thread that runs the loop; None while it does not run
        self.origin_depth: int | None = None  # what debug mode found set, and puts back

    # The exception handler.

    def set_exception_handler(self, handler: ExceptionHandler | None) -> None:
        """Have `handler(loop, context)` called for failures; None brings the default back (errors-01 to 03)."""
        if handler is not None and not callable(handler):
            raise TypeError(f"A callable object or None is expected, got {handler!r}")
        self.exception_handler = handler

    def get_exception_handler(self) -> ExceptionHandler | None:
        """Give the handler set last, or None (errors-05)."""
        return self.exception_handler

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report a failure to the handler in force, and never raise but to leave the program (errors-08, 28)."""
        try:
            if self.exception_handler is None:
                self.default_exception_handler(context)
            else:
                self.call_custom_handler(self.exception_handler, context)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # the report of a failure must not fail
            self.report_handler_failure(error, context)

    def call_custom_handler(self, handler: ExceptionHandler, context: dict[str, Any]) -> None:
        """Call the handler in the Context of the task or handle that failed (errors-04)."""
        where = self.context_of(context)
        if where is None:
            handler(self, context)
        else:
            where.run(handler, self, context)

    def context_of(self, context: dict[str, Any]) -> Context | None:
        """Give the Context of whatever a report is about; None also when that is the one we are in."""
        for key in ("task", "future", "handle"):
            subject = context.get(key)
            if isinstance(subject, Handle):
                return subject.context
            get_context = getattr(subject, "get_context", None)
            if get_context is not None:
                where: Context = get_context()
                return None if subject is asyncio.current_task(self) else where
        return None

    def report_handler_failure(self, error: BaseException, context: dict[str, Any]) -> None:
        """Report the failure of the handler itself, by the default handler or at least the log."""
        about = {"message": "Unhandled error in exception handler", "exception": error, "context": context}
        try:
            self.default_exception_handler(about)
        except Exception:
            logger.exception("Exception in default exception handler")

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Log `context`: its message, its other keys, and the exception's traceback (errors-29)."""
        lines = [str(context.get("message") or "Unhandled exception in event loop")]
        for key in sorted(context.keys() - {"message", "exception"}):
            value = context[key]
            if key == "source_traceback":
                origin = "".join(traceback.format_list(value)).rstrip()
                lines.append(f"Object created at (most recent call last):\n{origin}")
            else:
                lines.append(f"{key}: {value!r}")
        error = context.get("exception")
        logger.error("\n".join(lines), exc_info=error is not None and (type(error), error, error.__traceback__))

    def report_failed_handle(self, handle: Handle, error: BaseException) -> None:
        """Tell the exception handler that a callback raised (errors-10b, 14)."""
        stack = handle.source_traceback
        report(self, f"Exception in callback {handle!r}", exception=error, handle=handle, source_traceback=stack)

    # Debug mode.

    def get_debug(self) -> bool:
        """Tell whether debug mode is on (errors-16a to 18)."""
        return self.debug

    def set_debug(self, enabled: bool) -> None:
        """Switch debug mode on or off, at any time (errors-17)."""
        self.debug = bool(enabled)
        if self.thread_id == threading.get_ident():
            self.track_origins(self.debug)

    def track_origins(self, enabled: bool) -> None:
        """Have coroutines remember where they were made, for the warning that one was never awaited (errors-25b)."""
        if enabled and self.origin_depth is None:
            self.origin_depth = sys.get_coroutine_origin_tracking_depth()
            sys.set_coroutine_origin_tracking_depth(ORIGIN_DEPTH)
        elif not enabled and self.origin_depth is not None:
            sys.set_coroutine_origin_tracking_depth(self.origin_depth)
            self.origin_depth = None

    def check_callback(self, callback: object, method: str) -> None:
        """Refuse, in debug mode, what would never run: coroutines and coroutine functions (callbacks-33)."""
        if asyncio.iscoroutine(callback) or inspect.iscoroutinefunction(callback):
            raise TypeError(f"coroutines cannot be used with {method}()")

    def check_thread(self) -> None:
        """Refuse, in debug mode, a call from a thread that does not run this loop (callbacks-18)."""
        if self.thread_id is not None and self.thread_id != threading.get_ident():
            raise RuntimeError("Non-thread-safe operation invoked on an event loop other than the current one")

    def report_slow_handle(self, handle: Handle, seconds: float) -> None:
        """Log a callback or task step that held the loop up (errors-20)."""
        logger.warning("Executing %s took %.3f seconds", describe(handle), seconds)


def report(loop: asyncio.AbstractEventLoop, message: str, **about: Any) -> None:
    """Tell the exception handler of a failure and of what it is about; what is None is left out."""
    known = {name: value for name, value in about.items() if value is not None}
    loop.call_exception_handler({"message": message, **known})


def debug_by_default() -> bool:
    """Tell whether a new loop is in debug mode: -X dev, or PYTHONASYNCIODEBUG unless -E."""
    asked = not sys.flags.ignore_environment and bool(os.environ.get("PYTHONASYNCIODEBUG"))
    return sys.flags.dev_mode or asked


def describe(handle: Handle) -> str:
    """Name the task when the handle is a task's step, else the handle."""
    owner = getattr(handle.callback, "__self__", None)
    return repr(owner if isinstance(owner, asyncio.Task) else handle)

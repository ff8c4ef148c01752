"""Broken loops: contexts, exceptions nobody retrieved, tasks that vanish."""

import asyncio
import copy
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Loop, Task

Context = dict[str, Any]


@fault(breaks="errors-09")
class MessageMissing(Loop):
    """Contexts have no 'message'."""

    def call_exception_handler(self, context: Context) -> None:
        super().call_exception_handler({key: context[key] for key in context.keys() - {"message"}})


@fault(breaks="errors-10a")
class ContextsHoldTexts(Loop):
    """Contexts hold the repr() of what they ought to hold."""

    def call_exception_handler(self, context: Context) -> None:
        super().call_exception_handler({key: repr(value) for key, value in context.items()})


@fault(breaks="errors-10b")
class HandleMissing(Loop):
    """The context of a failed callback has no 'handle'."""

    def report_failed_handle(self, handle: Any, error: BaseException) -> None:
        self.call_exception_handler({"message": f"Exception in callback {handle!r}", "exception": error})


@fault(breaks="errors-10b")
class ExceptionCopied(Loop):
    """The context of a failed callback has a copy of the exception."""

    def report_failed_handle(self, handle: Any, error: BaseException) -> None:
        super().report_failed_handle(handle, copy.copy(error))


@fault(breaks="errors-26a")
class UnretrievedForgotten(Loop):
    """An exception that nobody retrieved is forgotten with its future."""

    def call_exception_handler(self, context: Context) -> None:
        if "future" not in context:
            super().call_exception_handler(context)


class _CallbacksRead(Future[Any]):
    def schedule_callbacks(self) -> None:
        self.unretrieved = self.unretrieved and not self.callbacks
        super().schedule_callbacks()


@fault(breaks="errors-26a")
class CallbacksCountAsReaders(Loop):
    """An exception counts as retrieved as soon as there is any done callback."""

    future_type = _CallbacksRead


@fault(breaks="errors-26b")
class UnretrievedLoggedOnly(Loop):
    """An exception that nobody retrieved is logged past the exception handler."""

    def call_exception_handler(self, context: Context) -> None:
        if "future" in context:
            self.default_exception_handler(context)
        else:
            super().call_exception_handler(context)


@fault(breaks="errors-27")
class OriginOfFuturesDropped(Loop):
    """Reports do not tell where a future or task was created."""

    def call_exception_handler(self, context: Context) -> None:
        super().call_exception_handler({key: context[key] for key in context.keys() - {"source_traceback"}})


class _GoesInSilence(Task[Any]):
    def report_destroyed(self) -> None:
        """Keep it to oneself."""


@fault(breaks="errors-35")
class DestroyedTaskForgotten(Loop):
    """A pending task that is collected is not reported."""

    task_type = _GoesInSilence


class _FutureSaysGoodbye(Future[Any]):
    def __del__(self) -> None:
        self.report_unretrieved()


class _TaskSaysGoodbye(Task[Any]):
    def __del__(self) -> None:
        self.report_unretrieved()


@fault(breaks="errors-36")
class EverythingReported(Loop):
    """Every future and task is reported when it is collected."""

    future_type = _FutureSaysGoodbye
    task_type = _TaskSaysGoodbye


@fault(breaks="errors-39")
class RaisedAndUnretrieved(Loop):
    """An exception that run_until_complete raised counts as never retrieved."""

    def run_until_complete(self, future: Any) -> Any:
        awaited: Any = asyncio.ensure_future(future, loop=self)
        try:
            return super().run_until_complete(awaited)
        finally:
            awaited.unretrieved = awaited.error is not None

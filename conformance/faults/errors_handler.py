"""Broken loops: the exception handler."""

import functools
from collections.abc import Callable
from typing import Any, ClassVar

from loopcert.conformance.faults import fault
from loopcert.reference import Loop

Context = dict[str, Any]


@fault(breaks="errors-01")
class CustomHandlerBypassed(Loop):
    """Failures go to the default handler, whatever handler was set."""

    def call_exception_handler(self, context: Context) -> None:
        self.default_exception_handler(context)


@fault(breaks="errors-01")
class HandlerGetsTheContextAlone(Loop):
    """The handler is called with the context only, as the PEP has it."""

    def call_custom_handler(self, handler: Callable[..., object], context: Context) -> None:
        super().call_custom_handler(lambda _, given: handler(given), context)


@fault(breaks="errors-01")
class HandlerDroppedOnceItFails(Loop):
    """A handler that fails is put out of force."""

    def report_handler_failure(self, error: BaseException, context: Context) -> None:
        self.exception_handler = None
        super().report_handler_failure(error, context)


@fault(breaks="errors-01")
class HandlerShared(Loop):
    """The handler set on one loop is that of every loop."""

    shared: ClassVar[Any] = None

    def set_exception_handler(self, handler: Any) -> None:
        type(self).shared = handler

    def call_exception_handler(self, context: Context) -> None:
        self.exception_handler = self.shared
        super().call_exception_handler(context)


@fault(breaks="errors-01")
class HandlerFixedByTheFirstFailure(Loop):
    """The handler that was in force at the first failure gets all the others too."""

    first: Any = None

    def call_custom_handler(self, handler: Callable[..., object], context: Context) -> None:
        self.first = self.first or handler
        super().call_custom_handler(self.first, context)


@fault(breaks="errors-02")
class NoneKeepsTheHandler(Loop):
    """set_exception_handler(None) changes nothing."""

    def set_exception_handler(self, handler: Any) -> None:
        if handler is not None:
            super().set_exception_handler(handler)


@fault(breaks="errors-02")
class NoneMeansSilence(Loop):
    """set_exception_handler(None) switches all reports off."""

    def set_exception_handler(self, handler: Any) -> None:
        super().set_exception_handler(handler or (lambda *_: None))


@fault(breaks="errors-03")
class AnyHandlerTaken(Loop):
    """set_exception_handler() takes what cannot be called."""

    def set_exception_handler(self, handler: Any) -> None:
        self.exception_handler = handler


@fault(breaks="errors-05")
class DefaultHandlerGiven(Loop):
    """get_exception_handler() gives the default handler where no custom one is set."""

    def get_exception_handler(self) -> Any:
        return super().get_exception_handler() or self.default_exception_handler


@fault(breaks="errors-05")
class WrapperGiven(Loop):
    """get_exception_handler() gives a wrapper around the handler that was set."""

    def set_exception_handler(self, handler: Any) -> None:
        super().set_exception_handler(handler and functools.partial(handler))


@fault(breaks="errors-08")
class HandlerNeedsARun(Loop):
    """call_exception_handler() does nothing while the loop does not run."""

    def call_exception_handler(self, context: Context) -> None:
        if self.is_running():
            super().call_exception_handler(context)


@fault(breaks="errors-08")
class ContextFiltered(Loop):
    """call_exception_handler() passes the documented keys on and no other."""

    def call_exception_handler(self, context: Context) -> None:
        known = {"message", "exception", "future", "task", "handle", "source_traceback", "asyncgen"}
        super().call_exception_handler({key: context[key] for key in context.keys() & known})


@fault(breaks="errors-28")
class FailingHandlerEscapes(Loop):
    """What a custom handler raises leaves the run."""

    def call_exception_handler(self, context: Context) -> None:
        handler = self.get_exception_handler()
        if handler is None:
            self.default_exception_handler(context)
        else:
            self.call_custom_handler(handler, context)


@fault(breaks="errors-28")
class FailingHandlerForgotten(Loop):
    """What a custom handler raises is forgotten."""

    def report_handler_failure(self, error: BaseException, context: Context) -> None:
        """Keep it to oneself."""


@fault(breaks="errors-38")
class StopOfAHandlerLost(Loop):
    """A stop() that comes from the exception handler is lost."""

    def call_custom_handler(self, handler: Callable[..., object], context: Context) -> None:
        stopping = self.stopping
        super().call_custom_handler(handler, context)
        self.stopping = stopping


@fault(breaks="errors-38")
class HandlerSetByAHandlerLost(Loop):
    """A handler that is set by the exception handler is lost."""

    def call_custom_handler(self, handler: Callable[..., object], context: Context) -> None:
        super().call_custom_handler(handler, context)
        self.set_exception_handler(handler)


@fault(breaks="errors-04")
class HandlerOutsideTheContext(Loop):
    """The exception handler runs in whatever context the loop runs in."""

    def call_custom_handler(self, handler: Callable[..., object], context: Context) -> None:
        handler(self, context)

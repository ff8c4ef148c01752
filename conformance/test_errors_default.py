"""The default exception handler, and where it logs."""

import asyncio
import logging
import socket
import traceback
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LogRecords,
    Trace,
    allowed,
    contains,
    drain,
    equal,
    requirement,
)


class Failure(Exception):
    """The exception that callbacks of the tests raise."""


class Falsy(Exception):
    """An exception that is false, as one with a length of 0 is."""

    def __bool__(self) -> bool:
        return False


def fail() -> None:
    """Raise."""
    raise Failure("raised by the test")


@requirement("errors-06")
@pytest.mark.parametrize("method", ["call_soon", "call_soon_threadsafe"])
def test_a_failure_is_logged_by_default(loop: AbstractEventLoop, method: str) -> None:
    getattr(loop, method)(fail)
    with LogRecords() as log:
        drain(loop)
    contains(log.text(), "raised by the test", "log of a failing callback")


@requirement("errors-06")
def test_a_failure_in_a_timer_is_logged_by_default(loop: AbstractEventLoop) -> None:
    loop.call_later(0, fail)
    with LogRecords() as log:
        drain(loop, 8)
    contains(log.text(), "raised by the test", "log of a failing timer")


@requirement("errors-07")
def test_a_custom_handler_may_defer_to_the_default_one(loop: AbstractEventLoop) -> None:
    loop.set_exception_handler(lambda loop, context: loop.default_exception_handler(context))
    loop.call_soon(fail)
    with LogRecords() as log:
        drain(loop)
    contains(log.text(), "raised by the test", "log of a failure that the custom handler passed on")


@requirement("errors-07")
def test_deferring_does_not_come_back_to_the_custom_handler(loop: AbstractEventLoop, trace: Trace) -> None:
    def handler(loop: AbstractEventLoop, context: dict[str, Any]) -> None:
        trace("custom")
        if len(trace.seen) < 5:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handler)
    loop.call_soon(fail)
    with LogRecords():
        drain(loop)
    trace.expect("custom")


async def generator() -> AsyncGenerator[int]:
    """Give nothing, and never run."""
    yield 0


KEYS: dict[str, Callable[[AbstractEventLoop], object]] = {
    "exception": lambda _: Failure(),
    "future": lambda loop: loop.create_future(),
    "handle": lambda loop: loop.call_soon(print),
    "protocol": lambda _: asyncio.Protocol(),
    "transport": lambda _: asyncio.Transport(),
    "socket": lambda _: socket.socket(),
    "source_traceback": lambda _: traceback.extract_stack(),
    "handle_traceback": lambda _: traceback.extract_stack(),
    "asyncgen": lambda _: generator(),
    "key of the future": lambda _: object(),
}


@requirement("errors-31")
@pytest.mark.parametrize("key", KEYS)
def test_the_default_handler_takes_any_one_key(loop: AbstractEventLoop, key: str) -> None:
    value = KEYS[key](loop)
    with LogRecords() as log, allowed(f"default_exception_handler() with a message and {key!r}"):
        loop.default_exception_handler({"message": "from the test", key: value})
    if isinstance(value, socket.socket):
        value.close()
    contains(log.text(), "from the test", "log of the default handler")


@requirement("errors-31")
def test_the_default_handler_takes_a_task(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        """End at once."""

    task = loop.create_task(body())
    with LogRecords() as log, allowed("default_exception_handler() with a message and 'task'"):
        loop.default_exception_handler({"message": "from the test", "task": task})
    drain(loop)
    contains(log.text(), "from the test", "log of the default handler")


@requirement("errors-31")
def test_the_default_handler_takes_a_message_alone(loop: AbstractEventLoop) -> None:
    with LogRecords() as log, allowed("default_exception_handler() with a message alone"):
        loop.default_exception_handler({"message": "from the test"})
    contains(log.text(), "from the test", "log of the default handler")


@requirement("errors-29")
def test_the_default_handler_logs_the_message_as_an_error(loop: AbstractEventLoop) -> None:
    with LogRecords() as log:
        loop.default_exception_handler({"message": "from the test"})
    seen = [(record.levelno, "from the test" in record.getMessage()) for record in log.seen]
    equal(seen, [(logging.ERROR, True)], "level of each record, and whether it has the message")


@requirement("errors-37")
@pytest.mark.parametrize("kind", [Failure, Falsy])
def test_the_default_handler_logs_the_traceback(loop: AbstractEventLoop, kind: type[Exception]) -> None:
    def where_it_was_raised() -> None:
        raise kind

    with LogRecords() as log:
        loop.call_soon(where_it_was_raised)
        drain(loop)
    formatter = logging.Formatter()
    text = "".join(formatter.formatException(record.exc_info) for record in log.seen if record.exc_info)
    contains(text or log.text(), ", in where_it_was_raised", "log of a failing callback")


@requirement("errors-22")
def test_the_default_handler_logs_to_asyncio(loop: AbstractEventLoop) -> None:
    with LogRecords() as log:
        loop.default_exception_handler({"message": "from the test"})
    equal([record.name for record in log.seen], ["asyncio"], "loggers that got the report")


@requirement("errors-22")
def test_debug_mode_logs_to_asyncio(loop: AbstractEventLoop) -> None:
    loop.set_debug(True)
    loop.slow_callback_duration = 0
    with LogRecords() as log:
        drain(loop)
    equal({record.name for record in log.seen}, {"asyncio"}, "loggers that got reports of slow callbacks")

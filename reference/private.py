"""The private asyncio names that this loop uses or serves, each with its reason.

asyncio's upper layers were written for asyncio's own classes, so a foreign loop, Future or Task has to speak some of
their private language. It is spoken here and nowhere else.
"""
# ruff: noqa: SLF001  # private names are what this file is about

import asyncio
from asyncio import events
from collections.abc import Callable
from operator import attrgetter
from typing import Any

# asyncio.get_running_loop() answers with what the running loop announced about itself, per thread (PEP 3156 leaves the
# means open; asyncio's page on events says that implementers are to call this).
set_running_loop: Callable[[asyncio.AbstractEventLoop | None], None] = events._set_running_loop
get_running_loop: Callable[[], asyncio.AbstractEventLoop | None] = events._get_running_loop

# Documented for Task implementers (asyncio-extending, "Task lifetime support"): what makes a Task visible in
# asyncio.all_tasks() and asyncio.current_task().
register_task: Callable[["asyncio.Task[Any]"], None] = asyncio._register_task
unregister_task: Callable[["asyncio.Task[Any]"], None] = asyncio._unregister_task
enter_task: Callable[[asyncio.AbstractEventLoop, "asyncio.Task[Any]"], None] = asyncio._enter_task
leave_task: Callable[[asyncio.AbstractEventLoop, "asyncio.Task[Any]"], None] = asyncio._leave_task

# An eager Task runs its first step inside another Task's step, where enter_task refuses: the current Task has to be
# exchanged and put back. 3.11 has no eager Tasks, and nothing for it.
swap_current_task: Any = getattr(asyncio.tasks, "_swap_current_task", None)


def loop_of(future: Any) -> Any:
    """Give the loop of a future-like object; older ones have an attribute for it and no method."""
    return future.get_loop() if hasattr(future, "get_loop") else future._loop


def forgive_pending(task: Any) -> None:
    """Have no Task of asyncio's or ours say that it was destroyed pending: its owner knows.

    gather() and others set the same attribute on Tasks that they answer for.
    """
    task._log_destroy_pending = False


def drop_error(future: Any, value: bool) -> None:
    """Count an error as retrieved, by setting `_log_traceback` to False."""
    future.unretrieved = value


class FutureNames:
    """What upper layers read or set on a Future besides its documented methods.

    Without these the names would fall through to the C base class, whose own fields know nothing of this Future.
    """

    _loop: Any = property(attrgetter("loop"))  # where get_loop() is missing: ensure_future(), third parties
    _state: Any = property(attrgetter("state"))  # by debuggers and monitors that list Futures
    _result: Any = property(attrgetter("value"))  # by debuggers
    _exception: Any = property(attrgetter("error"))  # by third parties, to look at an error without retrieving it
    _callbacks: Any = property(attrgetter("callbacks"))  # by monitors: who waits
    _cancel_message: Any = property(attrgetter("message"))  # what a CancelledError will say
    _source_traceback: Any = property(attrgetter("source_traceback"))  # by shield(), to tell where a Future was made
    _log_traceback: Any = property(attrgetter("unretrieved"), drop_error)  # set by code that drops an error on purpose
    _make_cancelled_error: Any = property(attrgetter("make_cancelled_error"))  # by gather(): how a child was cancelled


class TaskNames:
    """What upper layers read on a Task besides its documented methods."""

    _coro: Any = property(attrgetter("coroutine"))  # by monitors, and by asyncio's own repr of frames
    _fut_waiter: Any = property(attrgetter("waiter"))  # by anyio, to see whether a cancel can be delivered now
    _must_cancel: Any = property(attrgetter("must_cancel"))  # by anyio beside _fut_waiter


class ChildNames:
    """What asyncio's Process calls on the transport of its child besides the documented methods."""

    _wait: Any = property(attrgetter("wait"))  # by Process.wait() and Process.communicate()


def take_unread(protocol: Any) -> bytes:
    """Take out what a StreamReader has received and nobody has read, for start_tls().

    The peer may send the first message of its handshake right behind the line that asks for TLS; the reader of a stream
    has then read it before its owner could call StreamWriter.start_tls(), and there is no public way to get it back.
    """
    reader = getattr(protocol, "_stream_reader", None)
    buffer = getattr(reader, "_buffer", None)
    if not isinstance(buffer, bytearray):
        return b""
    unread = bytes(buffer)
    buffer.clear()
    return unread

"""The private asyncio names that this loop uses or serves, each with its reason.

asyncio's upper layers were written for asyncio's own classes, so a foreign loop, Future or Task has to speak some of
their private language. It is spoken here and nowhere else.
"""
# ruff: noqa: SLF001  # private names are what this file is about

import asyncio
import sys
from asyncio import events
from collections.abc import Callable
from contextvars import Context
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
# exchanged and put back. 3.11 has no eager Tasks, and no function for it.
swap_current_task: Callable[[asyncio.AbstractEventLoop, "asyncio.Task[Any] | None"], "asyncio.Task[Any] | None"]
if sys.version_info >= (3, 12):
    swap_current_task = asyncio.tasks._swap_current_task  # type: ignore[attr-defined]  # not in typeshed
else:

    def swap_current_task(
        loop: asyncio.AbstractEventLoop, task: "asyncio.Task[Any] | None"
    ) -> "asyncio.Task[Any] | None":
        """Make `task` the current one of `loop`, and give back the one that was."""
        previous = asyncio.current_task(loop)
        if previous is not None:
            leave_task(loop, previous)
        if task is not None:
            enter_task(loop, task)
        return previous


def loop_of(future: Any) -> Any:
    """Give the loop of a future-like object; older ones have an attribute for it and no method."""
    try:
        get_loop = future.get_loop
    except AttributeError:
        return future._loop
    return get_loop()


def forgive_pending(task: Any) -> None:
    """Have no Task of asyncio's or ours say that it was destroyed pending: its owner knows.

    gather() and others set the same attribute on Tasks that they answer for.
    """
    task._log_destroy_pending = False


class FutureNames:
    """What upper layers read or set on a Future besides its documented methods.

    Without these the names would fall through to the C base class, whose own fields know nothing of this Future.
    """

    loop: asyncio.AbstractEventLoop
    state: str
    value: Any
    error: BaseException | None
    callbacks: list[tuple[Callable[..., object], Context]]
    message: Any
    unretrieved: bool
    source_traceback: Any

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        """Read where get_loop() is missing: old code of ensure_future() and third parties."""
        return self.loop

    @property
    def _state(self) -> str:
        """Read by debuggers and monitors that list Futures."""
        return self.state

    @_state.setter
    def _state(self, _value: str) -> None:
        raise AttributeError("the state of a Future changes by its methods")

    @property
    def _result(self) -> Any:
        """Read by debuggers."""
        return self.value

    @property
    def _exception(self) -> BaseException | None:
        """Read by third parties that look at an error without counting as having retrieved it."""
        return self.error

    @property
    def _callbacks(self) -> list[tuple[Callable[..., object], Context]]:
        """Read by monitors: who waits."""
        return self.callbacks

    @property
    def _cancel_message(self) -> Any:
        """Read and, by old code, set: what a CancelledError will say."""
        return self.message

    @_cancel_message.setter
    def _cancel_message(self, value: Any) -> None:
        self.message = value

    @property
    def _source_traceback(self) -> Any:
        """Read by shield() to tell where a Future was made."""
        return self.source_traceback

    @property
    def _log_traceback(self) -> bool:
        """Set to False by code that drops an error on purpose."""
        return self.unretrieved

    @_log_traceback.setter
    def _log_traceback(self, value: bool) -> None:
        if value:
            raise ValueError("_log_traceback can only be set to False")
        self.unretrieved = False


class TaskNames:
    """What upper layers read on a Task besides its documented methods."""

    coroutine: Any
    waiter: Any
    must_cancel: bool

    @property
    def _coro(self) -> Any:
        """Read by monitors and by asyncio's own repr of frames."""
        return self.coroutine

    @property
    def _fut_waiter(self) -> Any:
        """Read by anyio to see whether a cancel can be delivered now."""
        return self.waiter

    @property
    def _must_cancel(self) -> bool:
        """Read by anyio beside _fut_waiter."""
        return self.must_cancel


class ChildNames:
    """What asyncio's Process calls on the transport of its child besides the documented methods."""

    async def wait(self) -> int:
        """Give the exit code once there is one."""
        raise NotImplementedError

    async def _wait(self) -> int:
        """Called by Process.wait() and Process.communicate()."""
        return await self.wait()


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

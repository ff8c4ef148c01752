"""What a loop leaves behind after close(): a snapshot of the process before a test, compared with the one after."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from loopcert.conformance.kit.machine import FD_FOLDER
from loopcert.conformance.kit.verify import Violation

try:
    # the public one makes an enum of every answer: sixty-four of them, twice a test
    from _signal import getsignal  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    from signal import getsignal

CLOSE_RAISED = "running-46"
DESCRIPTORS = "running-27"
THREADS = "running-43"
CHILDREN = "running-44"
SIGNALS = "running-45"
ASYNCGEN_HOOKS = "asyncgens-05"
RUNNING_LOOP = "current-02b"
REQUIREMENTS = (CLOSE_RAISED, DESCRIPTORS, THREADS, CHILDREN, SIGNALS, ASYNCGEN_HOOKS, RUNNING_LOOP)

_CAN_ASK = hasattr(os, "waitid")
GRACE = 2.0
"""Seconds that threads on their way out get; a thread that stays is found by the second run, alone, as well."""


@dataclass(frozen=True)
class Leak:
    """One thing left behind, and the requirement that forbids it."""

    requirement: str
    what: str


def _descriptors() -> frozenset[int]:
    try:
        return frozenset(map(int, os.listdir(FD_FOLDER)))
    except OSError:
        return frozenset()


def _children() -> frozenset[int]:
    """The process ids of our children, where the kernel tells them without reaping anything."""
    found: set[int] = set()
    if sys.platform == "win32":
        return frozenset()
    if _CAN_ASK:
        try:
            # one question that is cheap, and answered with an error where there is no child of any thread
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return frozenset()
        except OSError:
            pass
    # of every thread: a child belongs to the one that made it
    with contextlib.suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/children") as listing:
                found.update(map(int, listing.read().split()))
    return frozenset(found)


def _wakeup_fd() -> int:
    if threading.current_thread() is not threading.main_thread():
        return -1
    seen = signal.set_wakeup_fd(-1)
    if seen != -1:
        with contextlib.suppress(OSError, ValueError):  # a loop may leave one set that it has closed itself
            signal.set_wakeup_fd(seen)
    return seen


_SIGNALS = sorted(signal.valid_signals())


@dataclass
class Snapshot:
    """The state of this process that a loop may change while it lives and must give back when it is closed."""

    descriptors: frozenset[int] = field(default_factory=_descriptors)
    threads: frozenset[threading.Thread] = field(default_factory=lambda: frozenset(threading.enumerate()))
    children: frozenset[int] = field(default_factory=_children)
    handlers: list[Any] = field(default_factory=lambda: list(map(getsignal, _SIGNALS)))
    wakeup_fd: int = field(default_factory=_wakeup_fd)
    hooks: Any = field(default_factory=sys.get_asyncgen_hooks)

    def lingering(self) -> set[threading.Thread]:
        """The threads that were not there before: `leaks` waits a while for their end."""
        return set(threading.enumerate()) - self.threads

    def leaks(self) -> Iterator[Leak]:
        """Compare with the process as it is now, put back what can be put back, and yield what was left behind."""
        if running_loop_left():
            yield Leak(RUNNING_LOOP, "get_running_loop() still gives a loop after the run")
        if sys.get_asyncgen_hooks() != self.hooks:
            sys.set_asyncgen_hooks(*self.hooks)
            yield Leak(ASYNCGEN_HOOKS, "the async generator hooks of the thread are not what they were")
        yield from self._threads()
        yield from self._signals()
        if new := self._settled(_children, self.children):
            yield Leak(CHILDREN, f"child processes {sorted(new)} are left")
        if new := self._settled(_descriptors, self.descriptors):
            yield Leak(DESCRIPTORS, f"descriptors left open: {', '.join(map(_describe, sorted(new)))}")

    def _settled(self, look: Callable[[], frozenset[int]], before: frozenset[int]) -> frozenset[int]:
        """What is new after garbage has been collected: a cycle that still holds a socket is no leak."""
        new = look() - before
        if new:
            gc.collect()
            new = look() - before
        return new

    def _threads(self) -> Iterator[Leak]:
        deadline = time.monotonic() + GRACE
        for thread in self.lingering():
            thread.join(max(0.0, deadline - time.monotonic()))
            if thread.is_alive():
                yield Leak(THREADS, f"thread {thread.name!r} is still alive")

    def _signals(self) -> Iterator[Leak]:
        if _wakeup_fd() != self.wakeup_fd:
            with contextlib.suppress(OSError, ValueError):  # what stood there before may be closed by now
                signal.set_wakeup_fd(self.wakeup_fd)
            yield Leak(SIGNALS, "the wake-up descriptor of signals is not what it was")
        for number, before in zip(_SIGNALS, self.handlers, strict=True):
            if getsignal(number) is not before and getsignal(number) != before:
                if before is not None:
                    signal.signal(number, before)
                yield Leak(SIGNALS, f"the handler of {signal.Signals(number).name} is not what it was")


def running_loop_left() -> bool:
    """Say whether this thread still has a running loop although nothing runs."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _describe(descriptor: int) -> str:
    try:
        return f"{descriptor} ({os.readlink(f'{FD_FOLDER}/{descriptor}')})"
    except OSError:
        return str(descriptor)


def warm_up(factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Make, run and close one loop, so that what a library opens once a process is not taken for a loop's leak."""
    try:
        loop = factory()
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()
    except BaseException as error:  # noqa: BLE001 - whatever it is, each test will meet it again and say so in its own words
        del error


def closing(loop: asyncio.AbstractEventLoop) -> Iterator[Leak]:
    """Close ``loop`` unless the test has done so; yield what close() raised."""
    try:
        if not loop.is_closed():
            loop.close()
    except Violation:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt out of close() must not end the harness
        yield Leak(CLOSE_RAISED, f"close() raised {type(error).__name__}: {error}")

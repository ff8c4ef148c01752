"""Signals sent to this process from beside the loop: again and again, until somebody has noticed.

A signal may arrive just before the poll's system call, where it interrupts nothing: so none is sent only once where a
test waits for it. What is sent like that is ignored by default, and one that comes late does no harm.
"""

from __future__ import annotations

import os
import signal
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from loopcert.conformance.kit.running import drain
from loopcert.conformance.kit.watching import Calls

WINCH: int = getattr(signal, "SIGWINCH", 0)
URG: int = getattr(signal, "SIGURG", 0)
"""Signals that do nothing by default; 0 where the platform has none."""

_PAUSE = 0.002


def to_main_thread(number: int) -> None:
    """Send a signal to the main thread, whose system call it interrupts."""
    signal.pthread_kill(threading.main_thread().ident or 0, number)


def to_this_thread(number: int) -> None:
    """Send a signal to the calling thread: no system call of the main thread notices."""
    signal.raise_signal(number)


def to_process(number: int) -> None:
    """Send a signal to the process, as kill(1) does: the kernel picks the thread."""
    os.kill(os.getpid(), number)


def settled(loop: AbstractEventLoop) -> None:
    """Run the loop until it has served another signal, sent now: what came of earlier signals has come by then."""
    calls = Calls(loop)
    loop.add_signal_handler(URG, calls)
    loop.call_soon(signal.raise_signal, URG)
    calls.wait()
    loop.remove_signal_handler(URG)
    drain(loop)


@contextmanager
def showered(number: int, send: Callable[[int], object] = to_main_thread) -> Iterator[None]:
    """Have a thread send a signal every two milliseconds for the time of a block."""
    over = threading.Event()

    def body() -> None:
        while not over.wait(_PAUSE):
            send(number)

    thread = threading.Thread(target=body, name="loopcert-signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def handling(number: int, handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> Iterator[None]:
    """Set a handler by signal.signal() for the time of a block, as a program may without the loop."""
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@contextmanager
def interrupted(begun: threading.Event) -> Iterator[None]:
    """Send one SIGINT, no second, after ``begun`` was set in the block; it meets Python's own handler.

    That handler stands here even if whoever started this process had SIGINT ignored. Another signal follows until
    the block is left, in case the SIGINT came just before a poll.
    """
    over = threading.Event()

    def body() -> None:
        begun.wait()
        number = signal.SIGINT
        while not over.wait(_PAUSE):
            to_main_thread(number)
            number = signal.Signals(WINCH)

    thread = threading.Thread(target=body, name="loopcert-interrupt", daemon=True)
    with handling(WINCH, lambda _number, _frame: None), handling(signal.SIGINT, signal.default_int_handler):
        thread.start()
        try:
            yield
        finally:
            over.set()
            begun.set()
            thread.join()

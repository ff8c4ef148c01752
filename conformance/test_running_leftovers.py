"""close(): nothing of the loop stays in the process. The same is looked at after every other test."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable

import pytest

from loopcert.conformance import leaks
from loopcert.conformance.kit import CouldNotRun, allowed, drain, equal, in_thread, raises, requirement

NewLoop = Callable[[], AbstractEventLoop]


def run_never(loop: AbstractEventLoop) -> None:
    """Leave the loop as it was made."""


def run_once(loop: AbstractEventLoop) -> None:
    """Run it, be woken by a thread, and stop."""
    loop.call_soon(in_thread, lambda: loop.call_soon_threadsafe(loop.stop))
    loop.run_forever()


def run_thrice(loop: AbstractEventLoop) -> None:
    """Run it again and again, with timers and tasks."""
    for _ in range(3):
        loop.run_until_complete(asyncio.sleep(0.001))


def run_with_executor(loop: AbstractEventLoop) -> None:
    """Have its default executor start threads."""

    async def work() -> None:
        await asyncio.gather(*(loop.run_in_executor(None, int, each) for each in range(4)))

    loop.run_until_complete(work())


def look_up_a_name(loop: AbstractEventLoop) -> None:
    """Have it use threads of its own, if it has any."""
    loop.run_until_complete(loop.getaddrinfo("127.0.0.1", 80))


def fail(loop: AbstractEventLoop) -> None:
    """End its run by an exception that no handler gets."""

    async def interrupt() -> None:
        raise KeyboardInterrupt

    with raises(KeyboardInterrupt, "run_until_complete(coroutine that raises KeyboardInterrupt)"):
        loop.run_until_complete(interrupt())


def leave_work(loop: AbstractEventLoop) -> None:
    """Stop it with a timer, a callback and a future pending."""
    loop.call_later(3600, print)
    loop.create_future().add_done_callback(print)
    drain(loop)
    loop.call_soon(print)


def run_in_debug_mode(loop: AbstractEventLoop) -> None:
    """Run it under watch."""
    loop.set_debug(True)
    loop.run_until_complete(asyncio.sleep(0))


LIVES = [run_never, run_once, run_thrice, run_with_executor, look_up_a_name, fail, leave_work, run_in_debug_mode]


def left_by(new_loop: NewLoop, life: Callable[[AbstractEventLoop], None], requirement_id: str) -> list[str]:
    """Make a loop, have it live, close it, and say what it left of the kind that the requirement is about."""
    before = leaks.Snapshot()
    loop = new_loop()
    life(loop)
    loop.close()
    return [leak.what for leak in before.leaks() if leak.requirement == requirement_id]


@pytest.mark.parametrize("life", LIVES)
@requirement("running-27")
def test_no_descriptor_stays_open(new_loop: NewLoop, life: Callable[[AbstractEventLoop], None]) -> None:
    equal(left_by(new_loop, life, "running-27"), [], "descriptors after close()")


@requirement("running-27")
def test_many_loops_leave_no_descriptor(new_loop: NewLoop) -> None:
    equal([left_by(new_loop, run_once, "running-27") for _ in range(5)], [[]] * 5, "descriptors after each close()")


@pytest.mark.parametrize("life", LIVES)
@requirement("running-43")
def test_no_thread_outlives_the_loop(new_loop: NewLoop, life: Callable[[AbstractEventLoop], None]) -> None:
    """A thread that stays shows as a hang: those on their way out get all the time they need."""
    before = set(threading.enumerate())
    loop = new_loop()
    life(loop)
    loop.close()
    for thread in set(threading.enumerate()) - before:
        thread.join()
    equal(set(threading.enumerate()) - before, set(), "threads after close()")


def has_children() -> bool:
    """Whether this process has a child, alive or not yet waited for."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


@pytest.mark.parametrize("life", LIVES)
@requirement("running-44")
def test_no_child_process_outlives_the_loop(new_loop: NewLoop, life: Callable[[AbstractEventLoop], None]) -> None:
    if has_children():
        raise CouldNotRun("this process has child processes already, and cannot tell them from the loop's")
    loop = new_loop()
    life(loop)
    loop.close()
    equal(has_children(), False, "whether there are child processes after close()")


def signal_state() -> tuple[int, list[object]]:
    """The wake-up descriptor, which is unset by this, and the handlers of all signals."""
    return signal.set_wakeup_fd(-1), [signal.getsignal(number) for number in sorted(signal.valid_signals())]


@pytest.mark.parametrize("life", LIVES)
@requirement("running-45")
def test_signals_are_as_before(new_loop: NewLoop, life: Callable[[AbstractEventLoop], None]) -> None:
    before = signal_state()
    loop = new_loop()
    life(loop)
    loop.close()
    descriptor, handlers = signal_state()
    signal.set_wakeup_fd(before[0])
    equal(descriptor, -1, "wake-up descriptor after close()")
    equal(handlers, before[1], "signal handlers after close()")


@requirement("running-45")
def test_handlers_of_the_program_survive_the_loop(new_loop: NewLoop) -> None:
    def handler(_number: int, _frame: object) -> None:
        raise AssertionError("no such signal is sent")

    before = signal.signal(signal.SIGINT, handler)
    try:
        loop = new_loop()
        drain(loop)
        loop.close()
        after = signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    equal(after, handler, "handler of SIGINT that was set before the loop was made, after close()")


@pytest.mark.parametrize("life", LIVES)
@requirement("running-46")
def test_close_succeeds(new_loop: NewLoop, life: Callable[[AbstractEventLoop], None]) -> None:
    loop = new_loop()
    life(loop)
    with allowed("close()"):
        loop.close()
    equal(loop.is_closed(), True, "is_closed() after close()")


@requirement("running-46")
def test_close_succeeds_although_stop_was_called_last(loop: AbstractEventLoop) -> None:
    drain(loop)
    loop.stop()
    with allowed("close() after stop()"):
        loop.close()
    equal(loop.is_closed(), True, "is_closed() after close()")

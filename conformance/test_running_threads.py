"""One callback at a time, in one thread."""

from __future__ import annotations

import asyncio
import signal
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable
from socket import socketpair

import pytest

from loopcert.conformance.kit import Trace, check, drain, equal, in_thread, requirement

NewLoop = Callable[[], AbstractEventLoop]


def complete_a_future(loop: AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Complete a future that ``callback`` waits for."""
    future = loop.create_future()
    future.add_done_callback(lambda _future: callback())
    future.set_result(None)


def cancel_a_future(loop: AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Cancel a future that ``callback`` waits for."""
    future = loop.create_future()
    future.add_done_callback(lambda _future: callback())
    future.cancel()


def ask_a_done_future(loop: AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Add ``callback`` to a future that is done."""
    future = loop.create_future()
    future.set_result(None)
    future.add_done_callback(lambda _future: callback())


DEEDS: dict[str, Callable[[AbstractEventLoop, Callable[[], object]], object]] = {
    "call_soon": lambda loop, callback: loop.call_soon(callback),
    "call_later(0)": lambda loop, callback: loop.call_later(0, callback),
    "call_later(-1)": lambda loop, callback: loop.call_later(-1, callback),
    "call_at(past)": lambda loop, callback: loop.call_at(loop.time() - 1, callback),
    "set_result": complete_a_future,
    "cancel": cancel_a_future,
    "add_done_callback": ask_a_done_future,
}


@pytest.mark.parametrize("deed", DEEDS)
@requirement("running-31")
def test_a_callback_ends_before_one_that_it_caused_begins(loop: AbstractEventLoop, trace: Trace, deed: str) -> None:
    def outer() -> None:
        trace("outer begins")
        DEEDS[deed](loop, trace.marker("inner"))
        loop.call_later(0.002, loop.stop)
        trace("outer ends")

    loop.call_soon(outer)
    loop.run_forever()
    trace.expect("outer begins", "outer ends", "inner")


@requirement("running-31")
def test_a_timer_that_comes_due_waits_for_the_callback_that_runs(loop: AbstractEventLoop, trace: Trace) -> None:
    def long() -> None:
        trace("begins")
        loop.call_later(0.001, trace, "timer")
        due = loop.call_later(0.002, loop.stop).when()
        while loop.time() <= due:
            pass
        trace("ends")

    loop.call_soon(long)
    loop.run_forever()
    trace.expect("begins", "ends", "timer")


@requirement("running-31")
def test_callbacks_of_many_kinds_never_overlap(loop: AbstractEventLoop) -> None:
    depth, deepest, left = 0, 0, 30
    done = loop.create_future()

    def callback() -> None:
        nonlocal depth, deepest, left
        depth += 1
        deepest = max(deepest, depth)
        left -= 1
        if left > 0:
            for cause in DEEDS.values():
                cause(loop, callback)
        elif not done.done():
            done.set_result(None)
        depth -= 1

    loop.call_soon(callback)
    loop.run_until_complete(done)
    equal(deepest, 1, "number of callbacks of one loop that ran at the same time")


@requirement("running-32")
def test_callbacks_from_other_threads_wait(loop: AbstractEventLoop, trace: Trace) -> None:
    def outer() -> None:
        trace("outer begins")
        in_thread(lambda: loop.call_soon_threadsafe(trace, "from a thread"))
        loop.call_soon_threadsafe(trace, "from this thread")
        trace("outer ends")

    loop.call_soon(outer)
    drain(loop)
    trace.expect("outer begins", "outer ends", "from a thread", "from this thread")


@pytest.mark.parametrize("direction", ["reader", "writer"])
@requirement("running-32")
def test_descriptors_that_become_ready_wait(loop: AbstractEventLoop, trace: Trace, direction: str) -> None:
    ours, theirs = socketpair()

    def ready() -> None:
        trace("ready")
        getattr(loop, f"remove_{direction}")(ours)
        loop.stop()

    def outer() -> None:
        trace("outer begins")
        try:
            getattr(loop, f"add_{direction}")(ours, ready)
        except NotImplementedError:
            trace("no watchers")
            loop.stop()
        theirs.send(b"x")
        loop.call_soon(trace, "next callback")
        trace("outer ends")

    with ours, theirs:
        ours.setblocking(False)
        loop.call_soon(outer)
        loop.run_forever()
    if "no watchers" in trace.seen:
        pytest.skip("the loop leaves watchers out (NotImplementedError)")
    equal(trace.seen[:2], ["outer begins", "outer ends"], "what happened first")
    check("ready" in trace.seen, f"events: saw {trace.seen!r}, wanted 'ready' among them")


@requirement("running-32")
def test_signals_wait(loop: AbstractEventLoop, trace: Trace) -> None:
    if not hasattr(signal, "SIGWINCH"):
        pytest.skip("the platform has no signal that is harmless by default")

    def arrived() -> None:
        trace("signal")
        loop.stop()

    def outer() -> None:
        trace("outer begins")
        signal.raise_signal(signal.SIGWINCH)
        trace("outer ends")

    try:
        loop.add_signal_handler(signal.SIGWINCH, arrived)
    except NotImplementedError:
        pytest.skip("the loop leaves signals out (NotImplementedError)")
    loop.call_soon(outer)
    loop.run_forever()
    loop.remove_signal_handler(signal.SIGWINCH)
    trace.expect("outer begins", "outer ends", "signal")


async def everywhere(loop: AbstractEventLoop, seen: dict[str, int]) -> None:
    """Record the thread of callbacks and tasks that come about in many ways."""
    reached: dict[str, asyncio.Event] = {}

    def here(name: str) -> Callable[..., None]:
        reached[name] = asyncio.Event()

        def callback(*_arguments: object) -> None:
            seen[name] = threading.get_ident()
            reached[name].set()

        return callback

    async def task() -> None:
        await asyncio.sleep(0.001)
        here("task that slept")()

    seen["coroutine"] = threading.get_ident()
    loop.call_soon(here("call_soon"))
    loop.call_later(0.001, here("call_later"))
    in_thread(lambda: loop.call_soon_threadsafe(here("call_soon_threadsafe")))
    future = loop.run_in_executor(None, int)
    future.add_done_callback(here("done callback of run_in_executor"))
    await asyncio.gather(task(), future, *(event.wait() for event in reached.values()))
    seen["coroutine after all that"] = threading.get_ident()


def expect_threads(seen: dict[str, int], wanted: int) -> None:
    """Fail unless everything ran in the thread ``wanted``."""
    equal([name for name, thread in seen.items() if thread != wanted], [], "what ran in a thread of its own")
    equal(len(seen), 7, "number of kinds of callbacks that ran")


@requirement("running-33")
def test_everything_runs_in_the_main_thread(loop: AbstractEventLoop) -> None:
    seen: dict[str, int] = {}
    loop.run_until_complete(everywhere(loop, seen))
    loop.run_until_complete(loop.shutdown_default_executor())
    expect_threads(seen, threading.get_ident())


@requirement("running-33")
def test_everything_runs_in_the_thread_that_runs_the_loop(new_loop: NewLoop) -> None:
    def body() -> tuple[dict[str, int], int]:
        loop = new_loop()
        seen: dict[str, int] = {}
        loop.run_until_complete(everywhere(loop, seen))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        return seen, threading.get_ident()

    expect_threads(*in_thread(body))

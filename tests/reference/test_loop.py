"""What the conformance suite cannot see of the reference loop: its pollers, its wake-up, its books."""

import asyncio
import gc
import os
import selectors
import signal
import socket
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator

import pytest

from loopcert.reference import Loop, new_accelerated_event_loop, new_event_loop

SELECTORS = [
    getattr(selectors, name)
    for name in ("EpollSelector", "PollSelector", "SelectSelector", "KqueueSelector")
    if hasattr(selectors, name)
]


@pytest.fixture(params=[new_event_loop, new_accelerated_event_loop], ids=["own", "accelerated"])
def loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    made: Loop = request.param()
    yield made
    made.close()


@pytest.mark.parametrize("selector", SELECTORS, ids=lambda each: str(each.__name__))
def test_every_selector_drives_the_loop(selector: Callable[[], selectors.BaseSelector]) -> None:
    loop = Loop(selector())
    left, right = socket.socketpair()

    async def main() -> list[object]:
        read = loop.create_future()

        def finish() -> None:
            loop.remove_reader(left)
            read.set_result(left.recv(9))

        loop.add_reader(left, finish)
        loop.add_writer(right, lambda: (loop.remove_writer(right), right.send(b"seen")))
        return [await read, await asyncio.to_thread(lambda: "thread"), await asyncio.sleep(0.001, "timer")]

    with left, right:
        assert loop.run_until_complete(main()) == [b"seen", "thread", "timer"]
        loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def test_an_error_that_leaves_the_run_keeps_the_rest_of_the_queue(loop: Loop) -> None:
    seen: list[str] = []
    loop.call_soon(sys.exit, 3)
    loop.call_soon(seen.append, "after")
    with pytest.raises(SystemExit):
        loop.run_forever()
    assert not loop.is_running() and seen == []
    loop.stop()
    loop.run_forever()
    assert seen == ["after"]


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_task_that_leaves_the_run_does_not_stop_the_next_one(loop: Loop, error: type[BaseException]) -> None:
    async def leave() -> None:
        raise error

    with pytest.raises(error):
        loop.run_until_complete(leave())
    assert loop.run_until_complete(asyncio.sleep(0.001, "ran to its end")) == "ran to its end"


def test_threads_that_call_at_once_lose_nothing(loop: Loop) -> None:
    seen: list[int] = []

    def call() -> None:
        for number in range(500):
            loop.call_soon_threadsafe(seen.append, number)
        loop.call_soon_threadsafe(finished.append, True)
        loop.call_soon_threadsafe(lambda: loop.stop() if len(finished) == 4 else None)

    finished: list[bool] = []
    threads = [threading.Thread(target=call) for _ in range(4)]
    for each in threads:
        loop.call_soon(each.start)
    loop.run_forever()
    for each in threads:
        each.join()
    assert sorted(seen) == sorted([*range(500)] * 4)


def test_every_wake_from_another_thread_is_answered(loop: Loop) -> None:
    answered = threading.Semaphore(0)

    def ask() -> None:
        for _ in range(300):
            loop.call_soon_threadsafe(answered.release)
            answered.acquire()
        loop.call_soon_threadsafe(loop.stop)

    thread = threading.Thread(target=ask)
    loop.call_soon(thread.start)
    loop.run_forever()
    thread.join()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are not sent this way on Windows")
def test_a_python_signal_handler_is_heard_at_once(loop: Loop) -> None:
    # The handler uses call_soon() alone, which wakes nobody: only the signal itself ends the wait.
    previous = signal.signal(signal.SIGUSR1, lambda *_: loop.call_soon(loop.stop) and None)
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGUSR1))
    try:
        loop.call_soon(timer.start)
        loop.run_forever()
    finally:
        signal.signal(signal.SIGUSR1, previous)


def test_the_signal_wake_up_of_others_is_put_back(loop: Loop) -> None:
    left, right = socket.socketpair()
    with left, right:
        right.setblocking(False)
        before = signal.set_wakeup_fd(right.fileno())
        try:
            loop.run_until_complete(asyncio.sleep(0))
        finally:
            assert signal.set_wakeup_fd(before) == right.fileno()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_neither_runs_nor_wakes_the_loop(loop: Loop) -> None:
    async def main() -> int:
        child = os.fork()
        if child == 0:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                alone = signal.set_wakeup_fd(-1) == -1 and asyncio.run(asyncio.sleep(0, True))
                os._exit(0 if alone else 1)
            os._exit(2)
        return os.waitpid(child, 0)[1]  # noqa: ASYNC222  # the child needs nothing of this loop

    assert loop.run_until_complete(main()) == 0


def test_cancelled_timers_do_not_pile_up(loop: Loop) -> None:
    handles = [loop.call_later(1000 + number, print) for number in range(1000)]
    for handle in handles[:900]:
        handle.cancel()
    assert len(loop.timers) < 250
    started = time.monotonic()
    loop.call_later(0.01, loop.stop)
    loop.run_forever()
    assert time.monotonic() - started >= 0.009


def test_a_cancelled_timer_is_counted_once(loop: Loop) -> None:
    handle = loop.call_later(1000, print)
    handle.cancel()
    handle.cancel()
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.poll_timeout()
    assert loop.cancelled_timers == 0 and loop.timers == []


def test_an_unclosed_loop_says_so_and_is_closed() -> None:
    loop = new_event_loop()
    descriptor = loop.wakeup.receiver.fileno()
    loops = [loop]
    del loop
    with pytest.warns(ResourceWarning, match="unclosed event loop"):
        loops.clear()
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(descriptor)


def test_a_closed_loop_is_collected_without_the_collector() -> None:
    other = new_event_loop()
    other.run_until_complete(asyncio.sleep(0))
    other.close()
    gone = weakref.ref(other)
    gc.disable()
    try:
        del other
        assert gone() is None
    finally:
        gc.enable()

"""Signal handlers that are replaced, removed, or closed with their loop; several loops."""

from __future__ import annotations

import os
import signal
import warnings
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from loopcert.conformance.kit import Calls, Trace, drain, equal, raises, requirement, same
from loopcert.conformance.kit.signals import URG, WINCH, handling, settled

NewLoop = Callable[[], AbstractEventLoop]
UNCATCHABLE = [getattr(signal, name, 0) for name in ("SIGKILL", "SIGSTOP")]


def unexpected(_number: int, _frame: object) -> None:
    """A handler of the program for a signal that it must not see."""
    raise AssertionError("the handler that signal.signal() had set was executed")


@contextmanager
def interruptible() -> Iterator[None]:
    """Have SIGINT raise KeyboardInterrupt, whatever whoever started this process had wanted."""
    with handling(signal.SIGINT, signal.default_int_handler):
        yield


@requirement("signals-03")
@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize("ran", [False, True], ids=["before a run", "between runs"])
def test_the_callback_added_last_is_called(loop: AbstractEventLoop, trace: Trace, times: int, ran: bool) -> None:
    for number in range(times):
        loop.add_signal_handler(WINCH, trace, "replaced", number)
        if ran:
            drain(loop)
    calls = Calls(loop, also=lambda: trace("called"))
    loop.add_signal_handler(WINCH, calls)
    loop.call_soon(signal.raise_signal, WINCH)
    calls.wait()
    settled(loop)
    trace.expect("called")


@requirement("signals-03")
def test_a_callback_replaces_itself(loop: AbstractEventLoop, trace: Trace) -> None:
    def first() -> None:
        trace("first")
        loop.add_signal_handler(WINCH, second)
        signal.raise_signal(WINCH)

    def second() -> None:
        trace("second")
        loop.stop()

    loop.add_signal_handler(WINCH, first)
    loop.call_soon(signal.raise_signal, WINCH)
    loop.run_forever()
    trace.expect("first", "second")


@requirement("signals-19")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1"])
def test_a_handler_of_the_program_is_not_executed(loop: AbstractEventLoop, trace: Trace, name: str) -> None:
    number = signal.Signals[name]
    seen: list[int] = []
    with handling(number, lambda number, _frame: seen.append(number)):
        calls = Calls(loop, also=lambda: trace("called"))
        loop.add_signal_handler(number, calls)
        loop.call_soon(signal.raise_signal, number)
        calls.wait()
        loop.close()
    trace.expect("called")
    equal(seen, [], "signals that the handler set before by signal.signal() saw")


@requirement("signals-08")
@pytest.mark.parametrize("runs", [0, 1], ids=["before a run", "after a run"])
def test_a_removal_says_whether_there_was_a_callback(loop: AbstractEventLoop, trace: Trace, runs: int) -> None:
    trace(loop.remove_signal_handler(WINCH))
    loop.add_signal_handler(WINCH, loop.stop)
    for _ in range(runs):
        drain(loop)
    for number in (URG, WINCH, WINCH):
        trace(loop.remove_signal_handler(number))
    trace.expect(False, False, True, False)


@requirement("signals-08")
def test_a_removal_during_a_run_says_whether_there_was_a_callback(loop: AbstractEventLoop, trace: Trace) -> None:
    async def body() -> None:
        loop.add_signal_handler(WINCH, loop.stop)
        loop.add_signal_handler(WINCH, loop.close)
        for number in (URG, WINCH, WINCH):
            trace(loop.remove_signal_handler(number))

    loop.run_until_complete(body())
    trace.expect(False, True, False)


@requirement("signals-21")
@pytest.mark.parametrize("runs", [0, 1], ids=["before a run", "after a run"])
def test_a_removed_callback_is_not_called(loop: AbstractEventLoop, trace: Trace, runs: int) -> None:
    loop.add_signal_handler(WINCH, trace, "called")
    for _ in range(runs):
        drain(loop)
    loop.remove_signal_handler(WINCH)
    loop.call_soon(signal.raise_signal, WINCH)
    drain(loop)
    settled(loop)
    trace.expect()


@requirement("signals-21")
def test_a_callback_removes_itself(loop: AbstractEventLoop, trace: Trace) -> None:
    def once() -> None:
        trace("called")
        loop.remove_signal_handler(WINCH)
        loop.call_soon(loop.stop)

    loop.add_signal_handler(WINCH, once)
    loop.call_soon(signal.raise_signal, WINCH)
    loop.run_forever()
    signal.raise_signal(WINCH)
    settled(loop)
    trace.expect("called")


@requirement("signals-21")
def test_a_callback_added_after_a_removal_is_called(loop: AbstractEventLoop, trace: Trace) -> None:
    for number in range(3):
        calls = Calls(loop, also=trace)
        loop.add_signal_handler(WINCH, calls, number)
        loop.call_soon(signal.raise_signal, WINCH)
        calls.wait()
        loop.remove_signal_handler(WINCH)
    trace.expect(0, 1, 2)


@requirement("signals-21")
def test_a_removal_leaves_other_signals_alone(loop: AbstractEventLoop, trace: Trace) -> None:
    calls = Calls(loop, also=lambda: trace("called"))
    loop.add_signal_handler(WINCH, calls)
    loop.add_signal_handler(URG, trace, "removed")
    loop.remove_signal_handler(URG)
    loop.call_soon(signal.raise_signal, WINCH)
    calls.wait()
    trace.expect("called")


@requirement("signals-22")
@pytest.mark.parametrize("deed", ["removed", "replaced"])
def test_a_callback_taken_away_before_its_turn_is_not_called(loop: AbstractEventLoop, trace: Trace, deed: str) -> None:
    def arrive_and_take_away() -> None:
        signal.raise_signal(WINCH)
        if deed == "removed":
            loop.remove_signal_handler(WINCH)
        else:
            loop.add_signal_handler(WINCH, lambda: None)

    loop.add_signal_handler(WINCH, trace, "called")
    loop.call_soon(arrive_and_take_away)
    drain(loop)
    settled(loop)
    trace.expect()


@requirement("signals-09")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1", "SIGWINCH"])
def test_a_removal_brings_the_default_action_back(loop: AbstractEventLoop, name: str) -> None:
    number = signal.Signals[name]
    loop.add_signal_handler(number, loop.stop)
    drain(loop)
    loop.remove_signal_handler(number)
    equal(signal.getsignal(number), signal.SIG_DFL, f"handler of {name} after remove_signal_handler()")


@requirement("signals-09")
def test_a_removal_brings_keyboard_interrupt_back(loop: AbstractEventLoop) -> None:
    with interruptible():
        loop.add_signal_handler(signal.SIGINT, loop.stop)
        drain(loop)
        loop.remove_signal_handler(signal.SIGINT)
        with raises(KeyboardInterrupt, "SIGINT after remove_signal_handler(SIGINT)"):
            signal.raise_signal(signal.SIGINT)


@requirement("signals-34")
def test_a_removal_leaves_the_handler_of_the_program(loop: AbstractEventLoop) -> None:
    with handling(WINCH, unexpected):
        drain(loop)
        equal(loop.remove_signal_handler(WINCH), False, "answer of remove_signal_handler() without a callback")
        same(signal.getsignal(WINCH), unexpected, "handler of the process after that")


@requirement("signals-13")
@pytest.mark.parametrize("runs", [0, 1], ids=["never run", "run"])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_closing_brings_the_default_action_back(new_loop: NewLoop, name: str, runs: int) -> None:
    number = signal.Signals[name]
    default = signal.default_int_handler if name == "SIGINT" else signal.SIG_DFL
    with handling(number, default):
        loop = new_loop()
        loop.add_signal_handler(number, loop.stop)
        for _ in range(runs):
            drain(loop)
        loop.close()
        equal(signal.getsignal(number), default, f"handler of {name} after close()")


@requirement("signals-13")
def test_a_signal_after_closing_calls_nothing(new_loop: NewLoop, trace: Trace) -> None:
    loop, other = new_loop(), new_loop()
    loop.add_signal_handler(WINCH, trace, "called")
    drain(loop)
    signal.raise_signal(WINCH)
    loop.close()
    signal.raise_signal(WINCH)
    settled(other)
    trace.expect()


@requirement("signals-30")
def test_a_signal_of_a_forked_child_stays_there(loop: AbstractEventLoop, trace: Trace) -> None:
    def fork() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads: the watchdog is one
            pid = os.fork()
        if pid == 0:
            try:
                signal.raise_signal(WINCH)
            finally:
                os._exit(7)
        trace("child", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    loop.add_signal_handler(WINCH, trace, "called in the parent")
    loop.call_soon(fork)
    drain(loop)
    settled(loop)
    trace.expect(("child", 7))


@requirement("signals-31")
def test_loops_one_after_another_handle_signals(new_loop: NewLoop, trace: Trace) -> None:
    for number in range(3):
        loop = new_loop()
        calls = Calls(loop, also=trace)
        loop.add_signal_handler(WINCH, calls, number)
        loop.call_soon(signal.raise_signal, WINCH)
        calls.wait()
        loop.close()
    trace.expect(0, 1, 2)


@requirement("signals-31")
def test_another_loop_in_between_changes_nothing(new_loop: NewLoop, trace: Trace) -> None:
    loop = new_loop()
    calls = Calls(loop, also=trace)
    loop.add_signal_handler(WINCH, calls, "called")
    drain(loop)
    other = new_loop()
    drain(other)
    other.close()
    loop.call_soon(signal.raise_signal, WINCH)
    calls.wait()
    trace.expect("called")

"""Signals that end a run: callbacks that raise, SIGINT with and without a callback, and asyncio.Runner."""

from __future__ import annotations

import asyncio
import signal
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable

import pytest

from loopcert.conformance.kit import Calls, Contexts, Trace, drain, equal, raises, requirement
from loopcert.conformance.kit.signals import URG, WINCH, handling, interrupted

NewLoop = Callable[[], AbstractEventLoop]


@requirement("signals-14")
@pytest.mark.parametrize("debug", [False, True], ids=["", "in debug mode"])
def test_an_exception_goes_to_the_handler(loop: AbstractEventLoop, trace: Trace, debug: bool) -> None:
    error, contexts = ValueError("of the callback"), Contexts(loop)

    def fail() -> None:
        loop.call_soon(trace, "goes on")
        loop.call_soon(loop.stop)
        raise error

    loop.set_debug(debug)
    loop.add_signal_handler(WINCH, fail)
    loop.call_soon(signal.raise_signal, WINCH)
    loop.run_forever()
    contexts.expect_exceptions(error)
    trace.expect("goes on")


@requirement("signals-14")
def test_a_callback_that_raised_is_called_again(loop: AbstractEventLoop) -> None:
    contexts = Contexts(loop)

    def fail() -> None:
        if len(calls.seen) < 3:
            loop.call_soon(signal.raise_signal, WINCH)
        raise ValueError("of the callback")

    calls = Calls(loop, 3, also=fail)
    loop.add_signal_handler(WINCH, calls)
    loop.call_soon(signal.raise_signal, WINCH)
    calls.wait()
    equal(len(contexts.seen), 3, "number of failures reported")


@requirement("signals-24")
@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt])
def test_what_ends_a_program_leaves_the_run(loop: AbstractEventLoop, trace: Trace, kind: type[BaseException]) -> None:
    def leave() -> None:
        trace("called")
        raise kind

    loop.add_signal_handler(WINCH, leave)
    for _ in range(2):
        loop.call_soon(signal.raise_signal, WINCH)
        with raises(kind, f"run_forever() with a signal's callback that raises {kind.__name__}"):
            loop.run_forever()
    drain(loop)
    trace.expect("called", "called")


@requirement("signals-19")
@pytest.mark.parametrize("ran", [False, True], ids=["before the first run", "between runs"])
def test_a_callback_for_sigint_takes_the_place_of_keyboard_interrupt(loop: AbstractEventLoop, ran: bool) -> None:
    begun, calls = threading.Event(), Calls(loop)
    if ran:
        drain(loop)
    with interrupted(begun):
        loop.add_signal_handler(signal.SIGINT, calls, "SIGINT")
        loop.call_soon(begun.set)
        try:
            calls.wait()
        except KeyboardInterrupt:
            calls("KeyboardInterrupt")
        loop.close()
    equal(calls.seen, [("SIGINT",)], "what happened at a SIGINT")


@requirement("signals-19")
def test_a_callback_for_sigint_takes_the_place_of_the_runner(new_loop: NewLoop, trace: Trace) -> None:
    async def main() -> str:
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGINT, came.set)
        signal.raise_signal(signal.SIGINT)
        await came.wait()
        return "not cancelled"

    with handling(signal.SIGINT, signal.default_int_handler), asyncio.Runner(loop_factory=new_loop) as runner:
        try:
            trace(runner.run(main()))
        except (KeyboardInterrupt, asyncio.CancelledError) as error:
            trace(type(error).__name__)
    trace.expect("not cancelled")


@requirement("signals-25")
@pytest.mark.parametrize("activity", ["asleep", "waiting for a timer", "busy"])
def test_sigint_cancels_the_main_task_of_a_runner(new_loop: NewLoop, trace: Trace, activity: str) -> None:
    begun = threading.Event()

    async def main() -> None:
        begun.set()
        try:
            while activity == "busy":  # noqa: ASYNC110 - it keeps the loop busy
                await asyncio.sleep(0)
            await (asyncio.sleep(3600) if activity == "waiting for a timer" else asyncio.Event().wait())
        except asyncio.CancelledError:
            await asyncio.sleep(0.001)
            trace("cancelled")
            raise

    with (
        interrupted(begun),
        raises(KeyboardInterrupt, f"Runner.run() at SIGINT while the task is {activity}"),
        asyncio.Runner(loop_factory=new_loop) as runner,
    ):
        runner.run(main())
    trace.expect("cancelled")


@requirement("signals-25")
def test_a_runner_can_run_again_after_sigint(new_loop: NewLoop) -> None:
    begun = threading.Event()

    async def main() -> None:
        begun.set()
        await asyncio.Event().wait()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        with interrupted(begun), raises(KeyboardInterrupt, "Runner.run() at SIGINT"):
            runner.run(main())
        equal(runner.run(asyncio.sleep(0.001, "result")), "result", "result of a second Runner.run()")


@requirement("signals-26")
@pytest.mark.parametrize("beside_others", [False, True], ids=["", "beside a callback for another signal"])
@pytest.mark.parametrize("way", ["run_forever", "run_until_complete"])
def test_sigint_leaves_a_run_by_keyboard_interrupt(
    loop: AbstractEventLoop, trace: Trace, way: str, beside_others: bool
) -> None:
    begun, never = threading.Event(), loop.create_future()
    if beside_others:
        loop.add_signal_handler(URG, loop.stop)
    loop.call_soon(begun.set)
    with interrupted(begun), raises(KeyboardInterrupt, f"{way} at SIGINT"):
        loop.run_forever() if way == "run_forever" else loop.run_until_complete(never)
    never.cancel()
    loop.call_soon(trace, "runs again")
    drain(loop)
    trace.expect("runs again")

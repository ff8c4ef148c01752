"""asyncio's runners on the loop under test, policies that give it, and SIGINT."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from loopcert.conformance.kit.verify import CouldNotRun

NewLoop = Callable[[], asyncio.AbstractEventLoop]


@contextmanager
def policy_installed(policy: Callable[[], Any]) -> Iterator[Any]:
    """Give an event loop policy, installed for the time of the block; that policies are deprecated is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        previous = asyncio.get_event_loop_policy()
        installed = policy()
        asyncio.set_event_loop_policy(installed)
        try:
            yield installed
        finally:
            asyncio.set_event_loop_policy(previous)


def policy_of(factory: NewLoop) -> Callable[[], Any]:
    """Return what makes a policy whose new_event_loop() is ``factory``, in the way the documentation recommends."""

    def make() -> Any:
        return type("Policy", (asyncio.DefaultEventLoopPolicy,), {"new_event_loop": lambda _: factory()})()

    return make


def run(main: Any, factory: NewLoop, **options: Any) -> Any:
    """Call asyncio.run() on a loop of ``factory``: by loop_factory, or on 3.11, which has none, under a policy."""
    call: Callable[..., Any] = asyncio.run
    if sys.version_info >= (3, 12):
        return call(main, loop_factory=factory, **options)
    with policy_installed(policy_of(factory)):
        return call(main, **options)


def run_in_runner(main: Any, factory: NewLoop, **options: Any) -> Any:
    """Do as `run` does with a Runner of its own."""
    with asyncio.Runner(loop_factory=factory, **options) as runner:
        return runner.run(main)


WAYS: dict[str, Callable[..., Any]] = {"run": run, "Runner": run_in_runner}
"""The two ways to run a coroutine on a loop of a factory."""


def ending(call: Callable[[], Any]) -> Any:
    """Return what ``call`` returns, or the type of what it raises."""
    try:
        return call()
    except BaseException as error:  # noqa: BLE001  # however it ends is what the test looks at
        return type(error)


@contextmanager
def interruptible() -> Iterator[None]:
    """Give SIGINT the handler that Python begins with, for the time of the block; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        raise CouldNotRun("tests do not run in the main thread here, where SIGINT is handled")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_DFL if before is None else before)


def interrupt() -> None:
    """Send SIGINT to this process, as Ctrl-C does."""
    signal.raise_signal(signal.SIGINT)


@contextmanager
def ticking(loop: asyncio.AbstractEventLoop, seconds: float = 0.002) -> Iterator[None]:
    """Have the loop come back from its poll every few milliseconds, since a signal can arrive just before one."""
    timers: list[asyncio.TimerHandle] = []

    def tick() -> None:
        timers[:] = [loop.call_later(seconds, tick)]

    tick()
    try:
        yield
    finally:
        with contextlib.suppress(IndexError):
            timers.pop().cancel()

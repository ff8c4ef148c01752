"""Factories that no suite can work with."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from fractions import Fraction

not_callable = 42


def raises() -> asyncio.AbstractEventLoop:
    raise RuntimeError("no loops today")


def leaves() -> asyncio.AbstractEventLoop:
    raise SystemExit("gone")


def dies() -> asyncio.AbstractEventLoop:
    os._exit(3)


def gives_no_loop() -> object:
    return object()


def _once() -> Callable[[], asyncio.AbstractEventLoop]:
    loop = asyncio.SelectorEventLoop()
    return lambda: loop


same_twice = _once()


def running() -> asyncio.AbstractEventLoop:
    loop = asyncio.SelectorEventLoop()
    loop.is_running = lambda: True  # type: ignore[method-assign]
    return loop


class OnlyOnce(asyncio.SelectorEventLoop):
    """A second one cannot be made."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        if type(self).made > 1:
            raise RuntimeError("one is enough")
        super().__init__()


class Slow(asyncio.SelectorEventLoop):
    """Takes its time over every run, so that there is a middle to interrupt."""

    def run_forever(self) -> None:
        time.sleep(0.2)
        super().run_forever()


class Broken(asyncio.SelectorEventLoop):
    """Its clock gives no float, from which other things follow."""

    def time(self) -> float:
        return Fraction(super().time())  # type: ignore[return-value]  # this is what is broken


class LeavesHandler(asyncio.SelectorEventLoop):
    """Catches a signal once it was asked to debug, and never gives it back; most tests do not ask."""

    def set_debug(self, enabled: bool) -> None:
        signal.signal(signal.SIGUSR2, lambda *_: None)
        super().set_debug(enabled)

"""Timers and the clock: call_later, call_at, time."""

from asyncio import AbstractEventLoop

from loopcert.conformance.kit import Trace, instance, requirement


@requirement("timers-01")
def test_time_is_a_float(loop: AbstractEventLoop) -> None:
    instance(loop.time(), float, "loop.time()")

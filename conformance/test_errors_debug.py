"""Debug mode: how it is switched, slow callbacks, origins of coroutines."""

import asyncio
import gc
import logging
import os
import sys
import time
import warnings
from asyncio import AbstractEventLoop
from collections.abc import Callable

import pytest

from loopcert.conformance.kit import LogRecords, Trace, check, child_python, contains, drain, equal, requirement, same

ASKS = "loop = new_loop(); print(loop.get_debug()); loop.close()"


def environment(**extra: str) -> dict[str, str]:
    """Give this process's environment, without what switches debug mode on."""
    names = {"PYTHONASYNCIODEBUG", "PYTHONDEVMODE"}
    return {name: value for name, value in os.environ.items() if name not in names} | extra


@requirement("errors-16a")
@pytest.mark.parametrize("value", ["1", "0"])
def test_the_variable_switches_debug_mode_on(loop: AbstractEventLoop, loop_spec: str, value: str) -> None:
    loop.close()
    seen = child_python(loop_spec, ASKS, env=environment(PYTHONASYNCIODEBUG=value))
    equal(seen, "True\n", f"get_debug() with PYTHONASYNCIODEBUG={value}")


@requirement("errors-16b")
@pytest.mark.parametrize("extra", [{}, {"PYTHONASYNCIODEBUG": ""}], ids=["unset", "empty"])
def test_debug_mode_is_off_by_default(loop: AbstractEventLoop, loop_spec: str, extra: dict[str, str]) -> None:
    loop.close()
    seen = child_python(loop_spec, ASKS, env=environment(**extra))
    equal(seen, "False\n", "get_debug() without a reason for debug mode")


@requirement("errors-18")
def test_development_mode_switches_debug_mode_on(loop: AbstractEventLoop, loop_spec: str) -> None:
    loop.close()
    seen = child_python(loop_spec, ASKS, options=("-X", "dev"), env=environment())
    equal(seen, "True\n", "get_debug() under -X dev")


@requirement("errors-17")
def test_set_debug_is_what_get_debug_gives(loop: AbstractEventLoop) -> None:
    seen = []
    for enabled in (True, False, True, True, False):
        loop.set_debug(enabled)
        seen.append(loop.get_debug())
    equal(seen, [True, False, True, True, False], "get_debug() after each set_debug()")


@requirement("errors-17")
@pytest.mark.parametrize("enabled", [True, False])
def test_set_debug_in_a_callback_takes_effect_and_lasts(loop: AbstractEventLoop, trace: Trace, enabled: bool) -> None:
    def switch() -> None:
        loop.set_debug(enabled)
        trace(loop.get_debug())

    loop.set_debug(not enabled)
    loop.call_soon(switch)
    loop.call_soon(lambda: trace(loop.get_debug()))
    drain(loop)
    trace(loop.get_debug())
    trace.expect(enabled, enabled, enabled)


@requirement("errors-17")
def test_set_debug_concerns_one_loop(new_loop: Callable[[], AbstractEventLoop]) -> None:
    one, other = new_loop(), new_loop()
    one.set_debug(True)
    other.set_debug(False)
    equal((one.get_debug(), other.get_debug()), (True, False), "get_debug() of two loops")


@requirement("errors-19a")
def test_slow_means_a_tenth_of_a_second_at_first(loop: AbstractEventLoop) -> None:
    equal(loop.slow_callback_duration, 0.1, "slow_callback_duration of a new loop")


@requirement("errors-19b")
@pytest.mark.parametrize("value", [0.5, 2, 0])
def test_slow_callback_duration_can_be_assigned(new_loop: Callable[[], AbstractEventLoop], value: float) -> None:
    loop, other = new_loop(), new_loop()
    loop.slow_callback_duration = value
    drain(loop)
    equal(loop.slow_callback_duration, value, "slow_callback_duration after an assignment")
    equal(other.slow_callback_duration, 0.1, "slow_callback_duration of another loop")


SLOW = 0.005 + 2 * time.get_clock_info("monotonic").resolution
"""Seconds: on a clock that ticks rarely the loop must still see five milliseconds go by."""


def slow(*_arguments: object) -> None:
    """Take at least five milliseconds of the loop's clock."""
    time.sleep(SLOW)


async def slow_coroutine() -> None:
    """Take one slow step."""
    slow()


def slow_done_callback(loop: AbstractEventLoop) -> object:
    """Have a done callback be slow."""
    future = loop.create_future()
    future.add_done_callback(slow)
    future.set_result(None)
    return future


ORIGINS: dict[str, Callable[[AbstractEventLoop], object]] = {
    "call_soon": lambda loop: loop.call_soon(slow),
    "call_later": lambda loop: loop.call_later(0, slow),
    "call_soon_threadsafe": lambda loop: loop.call_soon_threadsafe(slow),
    "done callback": slow_done_callback,
    "task step": lambda loop: loop.create_task(slow_coroutine()),
}
each_origin = pytest.mark.parametrize("origin", ORIGINS)


def log_of(loop: AbstractEventLoop, origin: str) -> list[logging.LogRecord]:
    """Run one slow callback and return what was logged."""
    with LogRecords() as log:
        kept = ORIGINS[origin](loop)
        drain(loop, 8)
        del kept
    return log.seen


@requirement("errors-20")
@each_origin
def test_a_slow_callback_is_logged_in_debug_mode(loop: AbstractEventLoop, origin: str) -> None:
    loop.set_debug(True)
    loop.slow_callback_duration = 0.004
    check(log_of(loop, origin), "log of a callback that takes 5 ms, where 4 are slow: saw nothing, wanted a record")


@requirement("errors-20")
def test_debug_mode_switched_on_in_a_callback_watches_the_next_ones(loop: AbstractEventLoop) -> None:
    loop.slow_callback_duration = 0.004
    loop.set_debug(False)
    loop.call_soon(loop.set_debug, True)
    drain(loop)
    check(log_of(loop, "call_soon"), "log of a slow callback after set_debug(True): saw nothing, wanted a record")


@requirement("errors-32")
@each_origin
def test_a_callback_faster_than_the_limit_is_not_logged(loop: AbstractEventLoop, origin: str) -> None:
    loop.set_debug(True)
    loop.slow_callback_duration = 3600
    seen = [record.getMessage() for record in log_of(loop, origin) if record.levelno >= logging.WARNING]
    equal(seen, [], "warnings logged of a callback, where an hour is slow")


@requirement("errors-33")
@each_origin
def test_a_slow_callback_is_not_logged_outside_debug_mode(loop: AbstractEventLoop, origin: str) -> None:
    loop.set_debug(False)
    loop.slow_callback_duration = 0.004
    equal([record.getMessage() for record in log_of(loop, origin)], [], "log outside debug mode")


@requirement("errors-25b")
def test_debug_mode_tells_where_a_forgotten_coroutine_was_created(loop: AbstractEventLoop) -> None:
    async def forgotten() -> None:
        """Never run."""

    def the_place() -> None:
        forgotten()  # type: ignore[unused-coroutine]  # that is the point

    loop.set_debug(True)
    loop.call_soon(the_place)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        drain(loop)
        gc.collect()
    contains("\n".join(str(warning.message) for warning in seen), "the_place", "warning of the forgotten coroutine")


@requirement("errors-25b")
def test_debug_mode_switched_on_in_a_run_tells_where_a_forgotten_coroutine_was_created(
    loop: AbstractEventLoop,
) -> None:
    async def forgotten() -> None:
        """Never run."""

    def the_place() -> None:
        forgotten()  # type: ignore[unused-coroutine]  # that is the point

    async def main() -> None:
        loop.set_debug(True)
        for _ in range(4):  # a loop may take a turn to follow
            await asyncio.sleep(0)
        the_place()

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        loop.run_until_complete(main())
        gc.collect()
    contains("\n".join(str(warning.message) for warning in seen), "the_place", "warning of the forgotten coroutine")


@requirement("errors-34")
@pytest.mark.parametrize("depth", [0, 3])
def test_tracking_of_origins_is_put_back(loop: AbstractEventLoop, depth: int) -> None:
    before = sys.get_coroutine_origin_tracking_depth()
    sys.set_coroutine_origin_tracking_depth(depth)
    try:
        loop.set_debug(True)
        drain(loop)
        seen = sys.get_coroutine_origin_tracking_depth()
    finally:
        sys.set_coroutine_origin_tracking_depth(before)
    same(seen, depth, "depth of origin tracking after the run")

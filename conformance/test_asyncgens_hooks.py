"""Asynchronous generators: the hooks of the thread, and generators that are collected half-used."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import weakref
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, Callable

import pytest

from loopcert.conformance.kit import Contexts, Trace, check, differs, drain, equal, in_thread, raises, requirement, same
from loopcert.conformance.test_asyncgens import begun, failing, numbers

Box = list[AsyncGenerator[int, None]]


def firstiter(_generator: object) -> None:
    """A hook of the program, not of a loop."""


def finalizer(_generator: object) -> None:
    """Another one."""


@pytest.mark.parametrize("own", [True, False], ids=["hooks set before", "no hooks before"])
@requirement("asyncgens-04")
def test_hooks_are_set_while_the_loop_runs(loop: AbstractEventLoop, own: bool) -> None:
    before = sys.get_asyncgen_hooks()
    if own:
        sys.set_asyncgen_hooks(firstiter, finalizer)
    try:
        seen: list[object] = []
        loop.call_soon(lambda: seen.extend(sys.get_asyncgen_hooks()))
        drain(loop)
    finally:
        sys.set_asyncgen_hooks(*before)
    check(callable(seen[0]) and callable(seen[1]), f"hooks during the run: saw {seen!r}, wanted two callables")
    differs(seen[0], firstiter, "firstiter hook during the run")
    differs(seen[1], finalizer, "finalizer hook during the run")


@requirement("asyncgens-04")
def test_hooks_are_set_in_a_thread(loop: AbstractEventLoop) -> None:
    seen: list[object] = []
    loop.call_soon(lambda: seen.extend(sys.get_asyncgen_hooks()))
    in_thread(lambda: drain(loop))
    check(callable(seen[0]) and callable(seen[1]), f"hooks during the run: saw {seen!r}, wanted two callables")


@pytest.mark.parametrize("ended", ["stop", "result", "ValueError", "KeyboardInterrupt"])
@pytest.mark.parametrize("own", [True, False], ids=["hooks set before", "no hooks before"])
@requirement("asyncgens-05")
def test_hooks_are_put_back_when_a_run_ends(loop: AbstractEventLoop, own: bool, ended: str) -> None:
    errors: dict[str, type[BaseException]] = {"ValueError": ValueError, "KeyboardInterrupt": KeyboardInterrupt}

    async def work() -> None:
        await asyncio.sleep(0)
        if ended in errors:
            raise errors[ended]

    before = sys.get_asyncgen_hooks()
    wanted = (firstiter, finalizer) if own else tuple(before)
    sys.set_asyncgen_hooks(*wanted)
    try:
        if ended == "stop":
            drain(loop)
        elif ended == "result":
            loop.run_until_complete(work())
        else:
            with raises(errors[ended], "run_until_complete(coroutine that raises it)"):
                loop.run_until_complete(work())
        after = tuple(sys.get_asyncgen_hooks())
    finally:
        sys.set_asyncgen_hooks(*before)
    equal(after, wanted, "hooks after the run")


@requirement("asyncgens-05")
def test_hooks_are_as_before_around_the_whole_life_of_a_loop(new_loop: Callable[[], AbstractEventLoop]) -> None:
    before = tuple(sys.get_asyncgen_hooks())
    loop = new_loop()
    equal(tuple(sys.get_asyncgen_hooks()), before, "hooks after the loop was made")
    for _ in range(2):
        drain(loop)
        equal(tuple(sys.get_asyncgen_hooks()), before, "hooks after a run")
    loop.close()
    equal(tuple(sys.get_asyncgen_hooks()), before, "hooks after close()")


@requirement("asyncgens-06")
def test_a_collected_generator_is_closed_on_its_loop(loop: AbstractEventLoop, trace: Trace) -> None:
    async def generate() -> AsyncGenerator[int, None]:
        try:
            yield 0
        finally:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            trace("closed", asyncio.get_running_loop() is loop)

    async def work() -> None:
        async for _ in generate():
            break
        gc.collect()

    loop.run_until_complete(work())
    drain(loop, turns=10)
    trace.expect(("closed", True))


@requirement("asyncgens-06")
def test_a_generator_in_a_cycle_is_closed_when_collected(loop: AbstractEventLoop, trace: Trace) -> None:
    async def work() -> None:
        cycle: list[object] = [generator := numbers(trace)]
        cycle.append(cycle)
        await anext(generator)
        del cycle, generator
        gc.collect()

    loop.run_until_complete(work())
    drain(loop, turns=10)
    trace.expect("closed")


@requirement("asyncgens-06")
def test_generators_dropped_by_cancelled_and_failed_tasks_are_closed(loop: AbstractEventLoop, trace: Trace) -> None:
    async def cancelled() -> None:
        async for _ in numbers(trace, "cancelled"):
            await asyncio.sleep(3600)

    async def failed() -> None:
        async for _ in numbers(trace, "failed"):
            raise LookupError

    async def work() -> None:
        made = [loop.create_task(cancelled()), loop.create_task(failed())]
        await asyncio.sleep(0)
        made[0].cancel()
        await asyncio.gather(*made, return_exceptions=True)

    loop.run_until_complete(work())
    gc.collect()
    drain(loop, turns=10)
    trace.expect_unordered("cancelled", "failed")


@requirement("asyncgens-07")
def test_an_open_generator_is_not_kept_alive(loop: AbstractEventLoop, trace: Trace) -> None:
    generator = begun(loop, numbers(trace))
    reference = weakref.ref(generator)
    drain(loop)
    del generator
    drain(loop, turns=10)  # aclose() holds it while it is being closed
    gc.collect()
    equal(reference(), None, "weak reference to a generator that nobody else refers to")


@requirement("asyncgens-11")
def test_a_generator_collected_between_runs_is_closed_in_the_next(loop: AbstractEventLoop, trace: Trace) -> None:
    box = [begun(loop, numbers(trace))]
    box.clear()
    gc.collect()
    trace("collected")
    drain(loop, turns=10)
    trace.expect("collected", "closed")


def dropped_in_a_thread(box: Box) -> None:
    """Let the last reference go in another thread."""

    def drop() -> None:
        box.clear()
        gc.collect()

    in_thread(drop)


@requirement("asyncgens-12")
def test_a_generator_collected_in_a_thread_is_closed_in_the_loops(loop: AbstractEventLoop, trace: Trace) -> None:
    done = loop.create_future()

    async def generate() -> AsyncGenerator[int, None]:
        try:
            yield 0
        finally:
            await asyncio.sleep(0)
            trace(threading.get_ident())
            done.set_result(None)

    def drop() -> None:
        time.sleep(0.02)  # most likely the loop is asleep by then, which is when a wake-up that is missing shows
        dropped_in_a_thread(box)

    async def work() -> None:
        thread = threading.Thread(target=drop)
        thread.start()
        await done  # nothing else is going to wake the loop
        thread.join()

    box = [begun(loop, generate())]
    loop.run_until_complete(work())
    trace.expect(threading.get_ident())


@requirement("asyncgens-12")
def test_a_generator_collected_in_a_thread_between_runs(loop: AbstractEventLoop, trace: Trace) -> None:
    box = [begun(loop, numbers(trace))]
    dropped_in_a_thread(box)
    trace("collected")
    drain(loop, turns=10)
    trace.expect("collected", "closed")


@requirement("asyncgens-15")
def test_an_error_of_a_collected_generator_is_reported(loop: AbstractEventLoop) -> None:
    contexts, error = Contexts(loop), LookupError("in aclose()")
    box = [begun(loop, failing(error))]
    box.clear()
    gc.collect()
    drain(loop, turns=10)
    gc.collect()
    same(contexts.only().get("exception"), error, "'exception' in the context")


@requirement("asyncgens-16")
def test_a_generator_collected_after_close_disturbs_nobody(loop: AbstractEventLoop, trace: Trace) -> None:
    contexts = Contexts(loop)
    unraisable: list[object] = []
    box = [begun(loop, numbers(trace))]
    loop.close()
    before, sys.unraisablehook = sys.unraisablehook, lambda seen: unraisable.append(seen.exc_value)
    try:
        box.clear()
        gc.collect()
    finally:
        sys.unraisablehook = before
    contexts.expect_silence()
    equal(unraisable, [], "exceptions of the finalizer hook")

"""Asynchronous generators: what shutdown_asyncgens() closes, warns about and reports."""

from __future__ import annotations

import asyncio
import threading
import warnings
from asyncio import AbstractEventLoop
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor

from loopcert.conformance.kit import Contexts, Trace, allowed, check, equal, requirement, same

NewLoop = Callable[[], AbstractEventLoop]


async def numbers(trace: Trace, name: str = "closed") -> AsyncGenerator[int, None]:
    """A generator that needs the loop to be closed."""
    try:
        for number in range(3):
            yield number
    finally:
        await asyncio.sleep(0)
        trace(name)


async def failing(error: Exception) -> AsyncGenerator[int, None]:
    """A generator that cannot be closed in peace."""
    try:
        yield 0
    finally:
        await asyncio.sleep(0)
        raise error


def begun(loop: AbstractEventLoop, generator: AsyncGenerator[int, None]) -> AsyncGenerator[int, None]:
    """Take the first item of a generator in a run of the loop."""

    async def first() -> int:
        return await anext(generator)  # not outside: anext() looks for the hooks, not what it returns

    equal(loop.run_until_complete(first()), 0, "first item of the generator")
    return generator


def shut_down(loop: AbstractEventLoop) -> None:
    """Run shutdown_asyncgens() to its end."""
    loop.run_until_complete(loop.shutdown_asyncgens())


@requirement("asyncgens-01")
def test_shutdown_closes_all_open_generators(loop: AbstractEventLoop, trace: Trace) -> None:
    kept = [begun(loop, numbers(trace, name)) for name in "abcdef"]
    shut_down(loop)
    trace.expect_unordered(*"abcdef")
    del kept


@requirement("asyncgens-01")
def test_shutdown_waits_for_what_aclose_awaits(loop: AbstractEventLoop, trace: Trace) -> None:
    async def slow() -> AsyncGenerator[int, None]:
        try:
            yield 0
        finally:
            await asyncio.sleep(0.002)
            await loop.run_in_executor(None, trace, "from a thread")
            trace("closed")

    kept = begun(loop, slow())
    shut_down(loop)
    trace("shutdown is over")
    trace.expect("from a thread", "closed", "shutdown is over")
    del kept


@requirement("asyncgens-01")
def test_closed_generators_are_at_their_end(loop: AbstractEventLoop, trace: Trace) -> None:
    kept = begun(loop, numbers(trace))
    shut_down(loop)
    equal(loop.run_until_complete(anext(kept, "end")), "end", "the next item after shutdown_asyncgens()")


@requirement("asyncgens-01")
def test_shutdown_in_the_run_that_began_the_generator(loop: AbstractEventLoop, trace: Trace) -> None:
    async def work() -> None:
        kept = numbers(trace)
        async for _ in kept:
            break
        await loop.shutdown_asyncgens()
        trace("shutdown is over")
        del kept

    loop.run_until_complete(work())
    trace.expect("closed", "shutdown is over")


@requirement("asyncgens-01")
def test_generators_begun_in_different_ways_are_closed(loop: AbstractEventLoop, trace: Trace) -> None:
    async def work() -> list[AsyncGenerator[int, None]]:
        made = [numbers(trace, "asend"), numbers(trace, "anext"), numbers(trace, "in a task")]
        await made[0].asend(None)
        await anext(made[1])
        await loop.create_task(made[2].asend(None))
        return made

    kept = loop.run_until_complete(work())
    shut_down(loop)
    trace.expect_unordered("asend", "anext", "in a task")
    del kept


@requirement("asyncgens-01")
def test_nested_generators_are_closed(loop: AbstractEventLoop, trace: Trace) -> None:
    async def outer() -> AsyncGenerator[int, None]:
        inner = numbers(trace, "inner")
        try:
            async for number in inner:
                yield number
        finally:
            trace("outer")

    kept = begun(loop, outer())
    shut_down(loop)
    trace.expect_unordered("inner", "outer")
    del kept


def warned(loop: AbstractEventLoop, generator: AsyncGenerator[int, None]) -> list[warnings.WarningMessage]:
    """Take the first item of a generator and return the warnings that came with it."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        begun(loop, generator)
        loop.run_until_complete(generator.aclose())
    return seen


@requirement("asyncgens-02")
def test_a_new_generator_after_shutdown_gives_a_warning(loop: AbstractEventLoop, trace: Trace) -> None:
    shut_down(loop)
    first, second = warned(loop, numbers(trace)), warned(loop, numbers(trace))
    check(first, "warnings at the first iteration of a generator after shutdown_asyncgens(): saw none")
    check(second, "warnings at the first iteration of another generator after it: saw none")


@requirement("asyncgens-02")
def test_a_generator_before_shutdown_gives_no_warning(loop: AbstractEventLoop, trace: Trace) -> None:
    equal(warned(loop, numbers(trace)), [], "warnings at the iteration of a generator before shutdown_asyncgens()")


@requirement("asyncgens-08a")
def test_an_error_at_shutdown_goes_to_the_exception_handler(loop: AbstractEventLoop) -> None:
    contexts, error = Contexts(loop), LookupError("in aclose()")
    kept = begun(loop, failing(error))
    with allowed("shutdown_asyncgens()"):
        shut_down(loop)
    context = contexts.only()
    same(context.get("exception"), error, "'exception' in the context")
    same(context.get("asyncgen"), kept, "'asyncgen' in the context")


@requirement("asyncgens-08b")
def test_one_error_does_not_keep_the_others_open(loop: AbstractEventLoop, trace: Trace) -> None:
    Contexts(loop)
    kept: list[AsyncGenerator[int, None]] = []
    for name in "abc":
        kept += [begun(loop, numbers(trace, name)), begun(loop, failing(LookupError(name)))]
    with allowed("shutdown_asyncgens() with generators that fail"):
        shut_down(loop)
    trace.expect_unordered("a", "b", "c")


@requirement("asyncgens-09")
def test_loops_in_threads_close_their_own_generators(new_loop: NewLoop) -> None:
    both_begun = threading.Barrier(2)
    closed: list[tuple[str, int]] = []

    async def generate(name: str) -> AsyncGenerator[int, None]:
        try:
            yield 0
        finally:
            await asyncio.sleep(0)
            closed.append((name, threading.get_ident()))

    def body(name: str) -> int:
        loop = new_loop()
        kept = begun(loop, generate(name))
        both_begun.wait()
        shut_down(loop)
        loop.close()
        del kept
        return threading.get_ident()

    with ThreadPoolExecutor(2) as pool:
        threads = list(pool.map(body, "ab"))
    equal(sorted(closed), sorted(zip("ab", threads, strict=True)), "generators closed, and the threads they closed in")


@requirement("asyncgens-13")
def test_shutdown_without_generators(loop: AbstractEventLoop) -> None:
    with allowed("shutdown_asyncgens() without any generator"):
        shut_down(loop)
        shut_down(loop)
    equal(asyncio.iscoroutine(coroutine := loop.shutdown_asyncgens()), True, "whether it is a coroutine")
    loop.run_until_complete(coroutine)


@requirement("asyncgens-13")
def test_shutdown_after_all_generators_ended(loop: AbstractEventLoop, trace: Trace) -> None:
    async def work() -> None:
        exhausted = [number async for number in numbers(trace, "exhausted")]
        closed = numbers(trace, "closed")
        await anext(closed)
        await closed.aclose()
        trace(exhausted)

    loop.run_until_complete(work())
    contexts = Contexts(loop)
    with allowed("shutdown_asyncgens() after all generators ended"):
        shut_down(loop)
    contexts.expect_silence()
    trace.expect("exhausted", "closed", [0, 1, 2])


@requirement("asyncgens-13")
def test_shutdown_again_closes_what_was_begun_since(loop: AbstractEventLoop, trace: Trace) -> None:
    kept = [begun(loop, numbers(trace, "first"))]
    shut_down(loop)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept.append(begun(loop, numbers(trace, "second")))
    with allowed("another shutdown_asyncgens()"):
        shut_down(loop)
    trace.expect("first", "second")


@requirement("asyncgens-14")
def test_shutdown_leaves_generators_of_other_loops_alone(new_loop: NewLoop, trace: Trace) -> None:
    one, other = new_loop(), new_loop()
    kept = begun(one, numbers(trace))
    shut_down(other)
    trace("shutdown of the other loop")
    equal(one.run_until_complete(anext(kept, "end")), 1, "second item, after the other loop's shutdown_asyncgens()")
    shut_down(one)
    trace.expect("shutdown of the other loop", "closed")

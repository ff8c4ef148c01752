"""Where exceptions and cancellations surface: at every await that the syntax knows."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import AbstractEventLoop, CancelledError
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest

from loopcert.conformance.kit import Trace, drain, requirement, same


class One:
    """An asynchronous iterator over what one future gives, again and again."""

    def __init__(self, future: asyncio.Future[Any]) -> None:
        self.future = future

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        return await self.future


async def given(future: asyncio.Future[Any]) -> AsyncIterator[Any]:
    """Give what a future gives."""
    yield await future


async def in_await(future: asyncio.Future[Any]) -> None:
    await future


async def in_aenter(future: asyncio.Future[Any]) -> None:
    async with contextlib.asynccontextmanager(given)(future):
        pass


async def in_aexit(future: asyncio.Future[Any]) -> None:
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(in_await, future)


async def in_async_for(future: asyncio.Future[Any]) -> None:
    async for _ in One(future):
        pass


async def in_generator(future: asyncio.Future[Any]) -> None:
    async for _ in given(future):
        pass


async def in_comprehension(future: asyncio.Future[Any]) -> None:
    _ = [await each for each in [future]]


async def in_async_comprehension(future: asyncio.Future[Any]) -> None:
    _ = [each async for each in given(future)]


PLACES = [in_await, in_aenter, in_aexit, in_async_for, in_generator, in_comprehension, in_async_comprehension]


@requirement("syntax-12")
@pytest.mark.parametrize("place", PLACES)
def test_an_exception_surfaces_where_it_is_awaited(loop: AbstractEventLoop, place: Any) -> None:
    future = loop.create_future()
    error = LookupError("told")

    async def main() -> Any:
        try:
            await place(future)
        except Exception as caught:  # noqa: BLE001 - all that can come out
            return caught
        return None

    task = loop.create_task(main())
    drain(loop)
    future.set_exception(error)
    same(loop.run_until_complete(task), error, f"what surfaced {place.__name__.replace('_', ' ')}")


@requirement("syntax-12")
@pytest.mark.parametrize("place", PLACES)
def test_a_cancel_surfaces_where_it_is_awaited(loop: AbstractEventLoop, trace: Trace, place: Any) -> None:
    async def main() -> None:
        try:
            await place(loop.create_future())
        except CancelledError:
            trace("surfaced")
        await asyncio.sleep(0)
        trace("went on")

    task = loop.create_task(main())
    drain(loop)
    task.cancel()
    drain(loop, 8)
    trace.expect("surfaced", "went on")

"""serve_forever(): how long it lasts, who may call it, and what ends it."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Clients,
    addresses,
    check,
    drain,
    elsewhere,
    equal,
    raises,
    refused,
    requirement,
    tcp_server,
    visit,
)


@asynccontextmanager
async def forever(loop: AbstractEventLoop, clients: Clients, start: bool = True) -> AsyncIterator[Any]:
    """Give a server and the task that runs its serve_forever(), which is cancelled in the end."""
    async with tcp_server(loop, clients, start_serving=start) as server:
        task = asyncio.ensure_future(server.serve_forever())
        await elsewhere(loop)
        try:
            yield server, task
        finally:
            await clients.clear()  # with open connections CPython 3.12 goes on until they end
            task.cancel()
            await asyncio.wait([task])


@requirement("server-30")
def test_serve_forever_goes_on_while_clients_come_and_go(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with forever(loop, clients) as (server, task):
            for _ in range(3):
                protocol, peer = await visit(server, clients)
                peer.close()
                await protocol.seen("lost")
                equal(task.done(), False, "whether serve_forever() had ended, without being cancelled")
            equal(server.is_serving(), True, "is_serving() during serve_forever()")

    loop.run_until_complete(body())


@requirement("server-30")
def test_serve_forever_goes_on_without_any_client(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with forever(loop, Clients()) as (_, task):
            await elsewhere(loop)
            equal(task.done(), False, "whether serve_forever() had ended, without being cancelled")

    loop.run_until_complete(body())


@requirement("server-33")
def test_a_server_that_accepts_already_may_serve_forever(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with tcp_server(loop, clients) as server:
            _, first = await visit(server, clients)
            first.close()
            task = asyncio.ensure_future(server.serve_forever())
            await elsewhere(loop)
            equal(task.done(), False, "whether serve_forever() of a server that accepts already had ended")
            _, second = await visit(server, clients)
            second.close()
            await clients.clear()
            task.cancel()
            await asyncio.wait([task])

    loop.run_until_complete(body())


@requirement("server-31a")
@pytest.mark.parametrize("start", [True, False], ids=["serving", "not started"])
def test_cancelling_serve_forever_closes_the_server(loop: AbstractEventLoop, start: bool) -> None:
    async def body() -> None:
        async with forever(loop, Clients(), start) as (server, task):
            address = addresses(server)[0]
            task.cancel()
            await asyncio.wait([task])
            equal(server.is_serving(), False, "is_serving() after serve_forever() was cancelled")
            await elsewhere(loop)
            check(refused(address), f"{address} still lets clients in after serve_forever() was cancelled")

    loop.run_until_complete(body())


@requirement("server-31b")
def test_a_cancelled_serve_forever_is_cancelled(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with forever(loop, Clients()) as (_, task):
            task.cancel()
            await asyncio.wait([task])
            equal(task.cancelled(), True, "whether the task of serve_forever() is cancelled")

    loop.run_until_complete(body())


@requirement("server-31b")
def test_a_timeout_can_end_serve_forever(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with tcp_server(loop, Clients()) as server:
            with raises(TimeoutError, "serve_forever() with a timeout of a millisecond"):
                await asyncio.wait_for(server.serve_forever(), 0.001)

    loop.run_until_complete(body())


@requirement("server-32")
def test_only_one_serve_forever_can_be_pending(loop: AbstractEventLoop) -> None:
    clients = Clients()

    async def body() -> None:
        async with forever(loop, clients) as (server, task):
            with raises(Exception, "a second serve_forever()"):
                await server.serve_forever()
            await elsewhere(loop)
            equal(task.done(), False, "whether the first serve_forever() had ended")
            _, peer = await visit(server, clients)
            peer.close()

    loop.run_until_complete(body())


@requirement("server-40")
def test_close_ends_serve_forever(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with forever(loop, Clients()) as (server, task):
            server.close()
            await asyncio.wait([task])

    loop.run_until_complete(body())
    drain(loop)

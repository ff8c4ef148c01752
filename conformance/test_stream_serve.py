"""start_server: a pair for each client, coroutines as Tasks, and what it hands on to the loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    addresses,
    allowed,
    beside,
    check,
    equal,
    instance,
    receive,
    refused,
    requirement,
    same,
)
from loopcert.conformance.kit.readers import Guests, put_away, receiving


def bound() -> socket.socket:
    """Return a TCP socket that is bound to loopback and does not listen yet."""
    sock = socket.socket()
    sock.bind((LOOPBACK, 0))
    return sock


async def talk(guests: Guests, server: Any, number: int = 1) -> None:
    """Verify that data goes both ways between the server and one more client, its ``number``-th."""
    peer = guests.knock(server)
    reader, writer = await guests.came(number)
    peer.sendall(b"question")
    equal(await reader.readexactly(8), b"question", "what the server read")
    writer.write(b"answer")
    equal(await beside(lambda: receive(peer, 6)), b"answer", "what the client received")


@requirement("stream-03")
def test_the_callback_gets_a_reader_and_a_writer(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        guests = Guests()
        async with receiving(guests) as server:
            peer = guests.knock(server)
            reader, writer = await guests.came()
            instance(reader, asyncio.StreamReader, "first argument of the callback")
            instance(writer, asyncio.StreamWriter, "second argument of the callback")
            equal(writer.get_extra_info("peername"), peer.getsockname(), "get_extra_info('peername') of the client")

    loop.run_until_complete(body())


@requirement("stream-03")
def test_each_client_has_a_pair_of_its_own(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        guests = Guests()
        async with receiving(guests) as server:
            for number in (1, 2, 3):
                await talk(guests, server, number)
            pairs = guests.pairs
            equal(
                len({id(each) for pair in pairs for each in pair}), 6, "different readers and writers of three clients"
            )

    loop.run_until_complete(body())


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back what one client says, until it ends."""
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    await put_away(writer)


@requirement("stream-24")
def test_a_callback_can_write_and_close_at_once(loop: AbstractEventLoop) -> None:
    """It is called while the protocol is still told that its connection is made."""

    async def body() -> None:
        guests = Guests()

        def turn_away(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            guests(reader, writer)
            writer.write(b"busy")
            writer.close()

        async with receiving(guests, turn_away) as server:
            peer = guests.knock(server)
            equal(await beside(lambda: receive(peer, 99)), b"busy", "what the client received before the end")
            _, writer = await guests.came()
            with allowed("wait_closed()"):
                await writer.wait_closed()

    loop.run_until_complete(body())


@requirement("stream-04")
def test_a_coroutine_runs_as_a_task(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        guests = Guests()
        tasks: asyncio.Queue[Any] = asyncio.Queue()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            guests(reader, writer)
            tasks.put_nowait(asyncio.current_task())

        async with receiving(guests, serve) as server:
            guests.knock(server)
            task = await tasks.get()
            instance(task, asyncio.Task, "current_task() in the callback")
            same(task.get_loop(), loop, "get_loop() of the callback's Task")
            check(task is not asyncio.current_task(), "the callback's Task: saw that of the test, wanted another")

    loop.run_until_complete(body())


@requirement("stream-04")
def test_clients_are_served_side_by_side(loop: AbstractEventLoop) -> None:
    """The first client is silent until the others have been served."""

    async def body() -> None:
        guests = Guests()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            guests(reader, writer)
            await echo(reader, writer)

        async with receiving(guests, serve) as server:
            peers = [guests.knock(server) for _ in range(3)]
            for peer in reversed(peers):
                peer.sendall(b"line\n")
                equal(await beside(lambda peer=peer: receive(peer, 5)), b"line\n", "what came back to a client")  # type: ignore[misc]

    loop.run_until_complete(body())


@requirement("stream-46")
def test_the_documented_server_serves_until_cancelled(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        guests = Guests()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            guests(reader, writer)
            writer.write(await reader.read(100))
            await writer.drain()
            writer.close()
            await writer.wait_closed()

        async def forever(server: asyncio.Server) -> None:
            async with server:
                await server.serve_forever()

        async with receiving(guests, serve) as server:
            address = addresses(server)[0]
            serving = asyncio.ensure_future(forever(server))
            peer = guests.knock(server)
            peer.sendall(b"Hello World!")
            equal(await beside(lambda: receive(peer, 99)), b"Hello World!", "what the client received before the end")
            serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await serving
            check(refused(address), "a client after serve_forever() was cancelled: saw a connection, wanted a refusal")

    loop.run_until_complete(body())


@requirement("stream-05")
def test_keep_alive_goes_to_the_loop(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        guests = Guests()
        async with receiving(guests, keep_alive=True) as server:
            guests.knock(server)
            _, writer = await guests.came()
            sock = writer.get_extra_info("socket")
            check(sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), "saw no SO_KEEPALIVE, wanted it")

    loop.run_until_complete(body())


@requirement("stream-41")
@pytest.mark.parametrize(
    "options",
    [
        {"family": socket.AF_INET, "flags": socket.AI_PASSIVE, "backlog": 5},
        {"reuse_address": True},
        {"start_serving": True, "ssl": None},
    ],
    ids=sorted,
)
def test_keywords_go_to_the_loop(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    async def body() -> None:
        guests = Guests()
        async with receiving(guests, **options) as server:
            await talk(guests, server)

    loop.run_until_complete(body())


@requirement("stream-41")
def test_a_server_need_not_serve_at_once(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        guests = Guests()
        async with receiving(guests, start_serving=False) as server:
            equal((server.is_serving(), refused(addresses(server)[0])), (False, True), "is_serving(); refused")
            await server.start_serving()
            await talk(guests, server)

    loop.run_until_complete(body())


@requirement("stream-43")
def test_the_server_owns_the_socket_that_it_was_given(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        guests = Guests()
        with bound() as sock:
            address = sock.getsockname()
            async with receiving(guests, None, None, None, sock=sock) as server:
                equal(addresses(server), [address], "addresses of the server")
                await talk(guests, server)
                server.close()
                for _ in range(4):
                    await asyncio.sleep(0)
                check(refused(address), "a client after the server's close(): saw a connection, wanted a refusal")

    loop.run_until_complete(body())

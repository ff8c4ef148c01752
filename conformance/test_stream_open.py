"""open_connection: what it gives, and what it hands on to the loop."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    allowed,
    beside,
    equal,
    instance,
    listening,
    receive,
    receive_all,
    refused_port,
    requirement,
    tcp_pair,
)
from loopcert.conformance.kit.readers import hang_up, opened, put_away


@asynccontextmanager
async def reaching(**options: Any) -> AsyncIterator[tuple[Any, Any, socket.socket]]:
    """Connect by host and port; give reader, writer and the peer's socket."""
    with listening() as server:
        with allowed(f"open_connection(host, port) with {sorted(options)}"):
            reader, writer = await asyncio.open_connection(*server.getsockname(), **options)
        peer, _ = server.accept()
        try:
            yield reader, writer, peer
        finally:
            hang_up(peer)
            await put_away(writer)


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: socket.socket) -> None:
    """Verify that data goes both ways."""
    writer.write(b"question")
    await writer.drain()
    equal(await beside(lambda: receive(peer, 8)), b"question", "what the peer received")
    peer.sendall(b"answer")
    equal(await reader.readexactly(6), b"answer", "what was read")


@requirement("stream-01a")
def test_open_connection_gives_a_reader_and_a_writer(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with reaching() as (reader, writer, peer):
            instance(reader, asyncio.StreamReader, "first of the pair")
            instance(writer, asyncio.StreamWriter, "second of the pair")
            await talk(reader, writer, peer)

    loop.run_until_complete(body())


@requirement("stream-01a")
def test_what_the_peer_said_before_is_not_lost(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened(greeting=b"220 welcome\r\n") as (reader, _writer, peer):
            peer.shutdown(socket.SHUT_WR)
            equal(await reader.read(), b"220 welcome\r\n", "what was read of a peer that had spoken first")

    loop.run_until_complete(body())


@requirement("stream-01a")
def test_many_connections_do_not_mix(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened() as first, opened() as second, opened() as third:
            for number, (_reader, writer, peer) in enumerate((first, second, third)):
                writer.write(b"to %d" % number)
                peer.sendall(b"from %d" % number)
            for number, (reader, _writer, peer) in enumerate((third, second, first)):
                equal(await reader.readexactly(6), b"from %d" % (2 - number), "what one of three was sent")
                equal(await beside(lambda peer=peer: receive(peer, 4)), b"to %d" % (2 - number), "what its peer was")  # type: ignore[misc]

    loop.run_until_complete(body())


@requirement("stream-01b")
@pytest.mark.parametrize(
    "options",
    [
        {"family": socket.AF_INET, "proto": socket.IPPROTO_TCP, "flags": 0},
        {"happy_eyeballs_delay": 0.1, "interleave": 1},
    ],
    ids=["family", "happy eyeballs"],
)
def test_keywords_go_to_the_loop(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    async def body() -> None:
        async with reaching(**options) as (reader, writer, peer):
            await talk(reader, writer, peer)

    loop.run_until_complete(body())


@requirement("stream-01b")
def test_the_local_address_goes_to_the_loop(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        address = (LOOPBACK, refused_port())
        async with reaching(local_addr=address) as (_reader, writer, peer):
            equal(peer.getpeername(), address, "address that the peer sees, given by local_addr")
            equal(writer.get_extra_info("sockname"), address, "get_extra_info('sockname')")

    loop.run_until_complete(body())


@requirement("stream-42")
def test_closing_the_stream_closes_its_socket(loop: AbstractEventLoop) -> None:
    """The socket object is still held here: only its closing, not its collection, ends the connection."""

    async def body() -> None:
        near, far = tcp_pair()
        with far:
            with allowed("open_connection(sock=)"):
                _, writer = await asyncio.open_connection(sock=near)
            writer.close()
            await writer.wait_closed()
            equal(await beside(lambda: receive_all(far)), b"", "what the peer received before the end")
            equal(near.fileno(), -1, "descriptor of the socket that was given, after close() and wait_closed()")

    loop.run_until_complete(body())


@requirement("stream-45")
def test_one_of_a_pair_of_sockets_can_be_read(loop: AbstractEventLoop) -> None:
    """The documentation's own example; the pair is one of Unix sockets where there are any."""

    async def body() -> None:
        near, far = socket.socketpair()
        with far:
            with allowed("open_connection(sock=) with one of socket.socketpair()"):
                reader, writer = await asyncio.open_connection(sock=near)
            loop.call_soon(far.send, b"abc")
            equal(await reader.read(100), b"abc", "what was read")
            writer.close()
            await writer.wait_closed()

    loop.run_until_complete(body())

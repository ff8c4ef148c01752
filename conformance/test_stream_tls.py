"""Streams over TLS: from the start, and the bounds of an upgrade."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    SERVER_NAME,
    TLS_VERSIONS,
    TLSPeer,
    allowed,
    beside,
    check,
    equal,
    raises,
    receive_all,
    requirement,
    shaken,
    tcp_pair,
    usual_context,
)
from loopcert.conformance.kit.readers import Guests, hang_up, opened, put_away, receiving

versions = pytest.mark.parametrize("version", TLS_VERSIONS)


@asynccontextmanager
async def encrypted(version: str, **options: Any) -> AsyncIterator[tuple[Any, Any, TLSPeer]]:
    """Open a connection over TLS; give reader, writer and the peer."""
    near, far = tcp_pair()
    peer = TLSPeer(far, version)
    reader, writer = await shaken(
        peer,
        lambda: asyncio.open_connection(
            sock=near, ssl=usual_context(version, False), server_hostname=SERVER_NAME, **options
        ),
    )
    try:
        yield reader, writer, peer
    finally:
        hang_up(far)
        await put_away(writer)


@requirement("stream-40")
@versions
def test_a_connection_over_tls_is_read_to_its_end(loop: AbstractEventLoop, version: str) -> None:
    async def body() -> None:
        async with encrypted(version) as (reader, _writer, peer):
            sending = asyncio.ensure_future(beside(lambda: peer.sock.sendall(peer.encrypt(BIG) + peer.goodbye())))
            with allowed("read() until the end of TLS"):
                data = await reader.read()
            check(data == BIG, f"read() over TLS: saw {len(data)} bytes, wanted the {len(BIG)} that were sent")
            equal((reader.at_eof(), await reader.read()), (True, b""), "at_eof(), read() at the end")
            await sending

    loop.run_until_complete(body())


@requirement("stream-40")
@versions
def test_what_is_written_over_tls_arrives_before_the_end(loop: AbstractEventLoop, version: str) -> None:
    async def body() -> None:
        async with encrypted(version) as (_reader, writer, peer):
            answering = asyncio.ensure_future(beside(peer.answer))
            for start in range(0, len(BIG), 50_000):
                writer.write(BIG[start : start + 50_000])
                await writer.drain()
            writer.close()
            data = await answering
            check(data == BIG, f"the peer received {len(data)} bytes, wanted the {len(BIG)} that were written")
            with allowed("wait_closed() over TLS"):
                await writer.wait_closed()

    loop.run_until_complete(body())


@requirement("stream-40")
@versions
def test_a_server_over_tls_gives_a_pair_when_hands_are_shaken(loop: AbstractEventLoop, version: str) -> None:
    async def body() -> None:
        guests = Guests()
        async with receiving(guests, ssl=usual_context(version, True)) as server:
            peer = TLSPeer(guests.knock(server), version, server_side=False)
            early = len(guests.pairs)
            reader, writer = await shaken(peer, guests.came)
            peer.send(b"question")
            equal(await reader.readexactly(8), b"question", "what the server read")
            writer.write(b"answer")
            equal(await beside(lambda: peer.receive(6)), b"answer", "what the client received")
            equal(early, 0, "pairs before the handshake")

    loop.run_until_complete(body())


@requirement("stream-31b")
@versions
def test_the_end_of_tls_is_not_waited_for_any_longer(loop: AbstractEventLoop, version: str) -> None:
    """The peer never answers the goodbye; whether wait_closed() raises then is not said."""

    async def body() -> None:
        async with opened() as (_reader, writer, far):
            peer = TLSPeer(far, version)
            context = usual_context(version, False)
            await shaken(
                peer, lambda: writer.start_tls(context, server_hostname=SERVER_NAME, ssl_shutdown_timeout=0.01)
            )
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            check(writer.is_closing(), "is_closing() after wait_closed(): saw False, wanted True")

    loop.run_until_complete(body())


@requirement("stream-38")
def test_a_handshake_is_not_waited_for_any_longer(loop: AbstractEventLoop) -> None:
    """What becomes of reader and writer afterwards is not said: only the peer sees the end."""

    async def body() -> None:
        near, far = tcp_pair()
        with far:
            _, writer = await asyncio.open_connection(sock=near)
            context = usual_context(TLS_VERSIONS[-1], False)
            with raises(Exception, "start_tls(ssl_handshake_timeout=0.01) with a peer that is silent"):
                await writer.start_tls(context, server_hostname=SERVER_NAME, ssl_handshake_timeout=0.01)
            with contextlib.suppress(ConnectionError):
                await beside(lambda: receive_all(far))

    loop.run_until_complete(body())


@requirement("stream-39")
def test_a_name_is_needed_where_names_are_checked(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with opened() as (_reader, writer, far):
            context = usual_context(TLS_VERSIONS[-1], False)
            far.shutdown(socket.SHUT_WR)
            with raises(ValueError, "start_tls() without server_hostname and with a context that checks it"):
                await writer.start_tls(context)

    loop.run_until_complete(body())

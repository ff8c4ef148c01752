"""What a transport says of itself, what it is, and which protocol it serves."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    LOOPBACK6,
    BufferedRecorder,
    Reacting,
    Recorder,
    check,
    connected,
    elsewhere,
    equal,
    instance,
    listening,
    need_ipv6,
    requirement,
    same,
)

MUCH = 40_000  # bytes that the kernel holds for a peer that does not read, and more than a page or a small buffer


@requirement("transport-10")
def test_an_unknown_name_gives_the_default(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            default = object()
            same(transport.get_extra_info("no such name"), None, "get_extra_info(unknown)")
            same(transport.get_extra_info("no such name", default), default, "get_extra_info(unknown, default)")
            same(transport.get_extra_info("no such name", default=default), default, "get_extra_info(default=...)")

    loop.run_until_complete(body())


@requirement("transport-11a")
def test_peername_is_the_address_of_the_peer(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, peer):
            wanted = peer.getsockname()
            equal(transport.get_extra_info("peername", wanted), wanted, "get_extra_info('peername')")

    loop.run_until_complete(body())


@requirement("transport-11b")
def test_sockname_is_the_own_address(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, peer):
            wanted = peer.getpeername()
            equal(transport.get_extra_info("sockname", wanted), wanted, "get_extra_info('sockname')")

    loop.run_until_complete(body())


@asynccontextmanager
async def connected6(loop: AbstractEventLoop) -> AsyncIterator[tuple[Any, socket.socket]]:
    """Give a transport over IPv6 and its peer for the time of a block."""
    need_ipv6()
    with listening(socket.AF_INET6, LOOPBACK6) as server:
        transport, protocol = await loop.create_connection(Recorder, *server.getsockname()[:2])
        peer, _ = server.accept()
        with peer:
            yield transport, peer
            transport.close()
            await protocol.seen("lost")


@requirement("transport-11a")
def test_peername_of_ipv6_is_what_getpeername_gives(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected6(loop) as (transport, peer):
            equal(transport.get_extra_info("peername"), peer.getsockname(), "get_extra_info('peername')")

    loop.run_until_complete(body())


@requirement("transport-11b")
def test_sockname_of_ipv6_is_what_getsockname_gives(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected6(loop) as (transport, peer):
            equal(transport.get_extra_info("sockname"), peer.getpeername(), "get_extra_info('sockname')")

    loop.run_until_complete(body())


@requirement("transport-11a")
def test_names_are_known_inside_connection_made(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        names: list[Any] = []
        default = object()

        def note(transport: Any) -> None:
            names.append(transport.get_extra_info("peername", default))

        async with connected(loop, Reacting(made=note)) as (_, _protocol, peer):
            equal(names[0] is default or names[0], names[0] is default or peer.getsockname(), "peername")

    loop.run_until_complete(body())


@requirement("transport-69")
@pytest.mark.parametrize("name", ["peername", "sockname"])
def test_names_are_known_after_the_loss(loop: AbstractEventLoop, name: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            wanted = peer.getsockname() if name == "peername" else peer.getpeername()
            transport.close()
            await protocol.seen("lost")
            await elsewhere(loop)
            equal(transport.get_extra_info(name), wanted, f"get_extra_info({name!r}) after connection_lost()")

    loop.run_until_complete(body())


@requirement("transport-11c")
def test_socket_can_be_asked_for_options(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, peer):
            sock = transport.get_extra_info("socket")
            if sock is not None:
                equal(sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE), socket.SOCK_STREAM, "SO_TYPE of the socket")
                equal(sock.getsockname(), peer.getpeername(), "getsockname() of the socket")
                equal(sock.family, socket.AF_INET, "family of the socket")

    loop.run_until_complete(body())


@requirement("transport-39")
def test_a_transport_has_the_methods_of_every_transport(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            names = ("close", "is_closing", "get_extra_info", "set_protocol", "get_protocol")
            missing = [name for name in names if not callable(getattr(transport, name, None))]
            equal(missing, [], "missing methods of a transport")

    loop.run_until_complete(body())


async def by_address(loop: AbstractEventLoop) -> tuple[Any, Recorder, Callable[[], None]]:
    """A transport that create_connection() made from host and port."""
    with listening() as server:
        protocol = Recorder()
        transport, _ = await loop.create_connection(lambda: protocol, LOOPBACK, server.getsockname()[1])
        peer, _ = server.accept()
        return transport, protocol, peer.close


async def by_server(loop: AbstractEventLoop) -> tuple[Any, Recorder, Callable[[], None]]:
    """A transport that a server made for a client."""
    protocol = Recorder()
    server = await loop.create_server(lambda: protocol, LOOPBACK, 0)
    peer = socket.create_connection(server.sockets[0].getsockname())
    await protocol.seen("made")
    server.close()
    return protocol.transport, protocol, peer.close


@requirement("transport-40")
@pytest.mark.parametrize("make", [by_address, by_server])
def test_stream_transports_are_transports(loop: AbstractEventLoop, make: Callable[..., Any]) -> None:
    async def body() -> None:
        transport, protocol, close_peer = await make(loop)
        transport.close()
        await protocol.seen("lost")
        await elsewhere(loop)
        close_peer()
        instance(transport, asyncio.Transport, "a stream transport")

    loop.run_until_complete(body())


@requirement("transport-40")
def test_a_transport_made_of_a_socket_is_a_transport(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, _peer):
            instance(transport, asyncio.Transport, "the transport of create_connection(sock=...)")

    loop.run_until_complete(body())


@requirement("transport-43")
def test_a_datagram_transport_is_a_datagram_transport(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        lost: asyncio.Future[None] = loop.create_future()

        class Protocol(asyncio.DatagramProtocol):
            def connection_lost(self, _exc: Exception | None) -> None:
                lost.set_result(None)

        transport, _ = await loop.create_datagram_endpoint(Protocol, local_addr=(LOOPBACK, 0))
        transport.close()
        await lost
        instance(transport, asyncio.DatagramTransport, "the transport of create_datagram_endpoint()")

    loop.run_until_complete(body())


@requirement("transport-15")
def test_get_protocol_gives_the_protocol_set_last(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        second = Recorder()
        async with connected(loop, heirs=(second,)) as (transport, first, _peer):
            same(transport.get_protocol(), first, "get_protocol() of a fresh transport")
            transport.set_protocol(second)
            same(transport.get_protocol(), second, "get_protocol() after set_protocol()")

    loop.run_until_complete(body())


@requirement("transport-15")
def test_get_protocol_inside_connection_made(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        seen: list[object] = []
        protocol = Reacting(made=lambda transport: seen.append(transport.get_protocol()))
        async with connected(loop, protocol):
            same(seen[0], protocol, "get_protocol() inside connection_made()")

    loop.run_until_complete(body())


@requirement("transport-13")
def test_a_new_protocol_gets_data_end_and_loss(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        second = Recorder()
        async with connected(loop, heirs=(second,)) as (transport, first, peer):
            peer.sendall(b"first")
            await first.received(5)
            transport.set_protocol(second)
            peer.sendall(b"second")
            await second.received(6)
            peer.close()
            await second.seen("lost")
            equal((first.events, bytes(first.data)), (["made", "data"], b"first"), "what the first protocol got")
            equal((second.events, bytes(second.data)), (["data", "eof", "lost"], b"second"), "what the second got")

    loop.run_until_complete(body())


@requirement("transport-13")
@pytest.mark.parametrize("event", ["made", "data"])
def test_a_protocol_set_inside_a_callback_gets_what_follows(loop: AbstractEventLoop, event: str) -> None:
    async def body() -> None:
        second = Recorder()
        reactions: dict[str, Any] = {event: lambda transport: transport.set_protocol(second)}
        first = Reacting(**reactions)
        async with connected(loop, first, heirs=(second,)) as (transport, _, peer):
            if event == "data":
                peer.sendall(b"x")
                await first.received(1)
            peer.sendall(b"to the second")
            await second.received(13)
            transport.close()
            await second.seen("lost")
            second.expect("data", "lost")
            equal(bytes(first.data), b"x" if event == "data" else b"", "data that the first protocol got")

    loop.run_until_complete(body())


@requirement("transport-13")
def test_a_protocol_set_inside_data_received_gets_the_rest_of_what_came_with_it(loop: AbstractEventLoop) -> None:
    """A loop may cut what it has read, and must look for each piece whose it is now."""

    async def body() -> None:
        calls: Any = []
        second = Recorder()
        first = Reacting(data=lambda transport: (calls.append(1), transport.set_protocol(second)))
        async with connected(loop, first, heirs=(second,)) as (_, _, peer):
            peer.sendall(BIG[:MUCH])
            peer.close()
            await second.seen("lost")
            equal(len(calls), 1, "calls of data_received() of the first protocol, which handed over in the first")
            check(first.data + second.data == BIG[:MUCH], "the two protocols got something else than what was sent")

    loop.run_until_complete(body())


@requirement("transport-13")
def test_a_protocol_set_during_a_pause_gets_what_waited(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        second = Recorder()
        async with connected(loop, heirs=(second,)) as (transport, first, peer):
            transport.pause_reading()
            peer.sendall(b"to the second")
            await elsewhere(loop)
            transport.set_protocol(second)
            transport.resume_reading()
            equal(await second.received(13), b"to the second", "data of the second protocol")
            first.expect("made")

    loop.run_until_complete(body())


@requirement("transport-54")
@pytest.mark.parametrize("buffered_first", [False, True], ids=["to buffered", "from buffered"])
def test_protocols_of_both_kinds_may_follow_each_other(loop: AbstractEventLoop, buffered_first: bool) -> None:
    async def body() -> None:
        first: Any = BufferedRecorder() if buffered_first else Recorder()
        second: Any = Recorder() if buffered_first else BufferedRecorder()
        async with connected(loop, first, heirs=(second,)) as (transport, _, peer):
            peer.sendall(b"one")
            await first.received(3)
            transport.set_protocol(second)
            peer.sendall(b"two")
            await second.received(3)
            equal((bytes(first.data), bytes(second.data)), (b"one", b"two"), "data of the two protocols")

    loop.run_until_complete(body())

"""create_connection() to one address: the pair, the protocol, the socket, and refusals."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    LOOPBACK6,
    Recorder,
    allowed,
    beside,
    check,
    contains,
    crowded,
    dialled,
    equal,
    instance,
    listening,
    need_ipv6,
    raises,
    receive,
    refused_port,
    requirement,
    same,
)


@requirement("connect-01")
@pytest.mark.parametrize("host", [LOOPBACK, "localhost"])
def test_connecting_gives_a_pair_that_talks(loop: AbstractEventLoop, host: str) -> None:
    async def main() -> None:
        async with dialled(loop, server, host=host) as (transport, protocol, peer):
            instance(protocol, Recorder, "the second of the pair")
            transport.write(b"ping")
            equal(await beside(lambda: receive(peer, 4)), b"ping", "what the peer received")
            peer.sendall(b"pong")
            equal(await protocol.received(4), b"pong", "what the protocol received")

    with listening() as server:
        loop.run_until_complete(main())


@requirement("connect-01")
def test_connecting_gives_a_tuple_of_two(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        protocol = Recorder()
        pair: Any = await loop.create_connection(lambda: protocol, LOOPBACK, server.getsockname()[1])
        pair[0].abort()
        await protocol.seen("lost")
        equal((type(pair), len(pair), pair[1] is protocol), (tuple, 2, True), "type, length and second of the result")

    with listening() as server:
        loop.run_until_complete(main())


@requirement("connect-02a")
def test_the_factory_is_not_called_when_connecting_fails(loop: AbstractEventLoop) -> None:
    def factory() -> Recorder:
        made.append(1)
        return Recorder()

    async def main() -> None:
        with raises(OSError, "create_connection() to a port that nobody listens on"):
            await loop.create_connection(factory, LOOPBACK, refused_port())

    made: list[int] = []
    loop.run_until_complete(main())
    equal(made, [], "calls of the factory although there was no connection")


@requirement("connect-02a")
def test_the_factory_is_not_called_before_the_connection_stands(loop: AbstractEventLoop) -> None:
    def factory() -> Recorder:
        made.append(1)
        return Recorder()

    async def main() -> None:
        task = asyncio.ensure_future(loop.create_connection(factory, *address))
        for _ in range(4):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    made: list[int] = []
    with crowded() as address:
        loop.run_until_complete(main())
    equal(made, [], "calls of the factory while the connection is awaited")


@requirement("connect-02b")
def test_the_factory_gets_no_arguments(loop: AbstractEventLoop) -> None:
    def factory(*args: Any, **keywords: Any) -> Recorder:
        calls.append((args, keywords))
        return Recorder()

    async def main() -> None:
        async with dialled(loop, server, factory):
            pass

    calls: list[Any] = []
    with listening() as server:
        loop.run_until_complete(main())
    equal(calls, [((), {})], "calls of the factory")


@requirement("connect-02c")
def test_connection_made_gets_the_transport(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with dialled(loop, server) as (transport, protocol, _):
            await protocol.seen("made")
            same(protocol.transport, transport, "what connection_made() got")
            equal(protocol.events.count("made"), 1, "calls of connection_made()")

    with listening() as server:
        loop.run_until_complete(main())


@requirement("connect-03")
def test_connection_made_comes_before_the_result(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        protocol = Recorder()
        transport, _ = await loop.create_connection(lambda: protocol, LOOPBACK, server.getsockname()[1])
        events = list(protocol.events)
        transport.abort()
        await protocol.seen("lost")
        equal(events, ["made"], "events when create_connection() returned")

    with listening() as server:
        loop.run_until_complete(main())


@requirement("connect-04")
def test_the_socket_is_a_stream(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with dialled(loop, server) as (transport, _, peer):
            sock = transport.get_extra_info("socket")
            equal((sock.type, sock.family), (socket.SOCK_STREAM, socket.AF_INET), "type and family of the socket")
            equal(sock.getsockname(), peer.getpeername(), "the near end of the socket, as both sides see it")

    with listening() as server:
        loop.run_until_complete(main())


@requirement("connect-04")
def test_the_family_follows_the_host(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with dialled(loop, server, host=LOOPBACK6) as (transport, _, _peer):
            equal(transport.get_extra_info("socket").family, socket.AF_INET6, f"family of the socket to {LOOPBACK6}")

    need_ipv6()
    with listening(socket.AF_INET6, LOOPBACK6) as server:
        loop.run_until_complete(main())


@requirement("connect-05")
def test_the_factory_may_give_a_protocol_made_before(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        protocol = Recorder()
        async with dialled(loop, server, lambda: protocol) as (_, given, peer):
            same(given, protocol, "the protocol of the pair")
            peer.sendall(b"hello")
            equal(await protocol.received(5), b"hello", "what the protocol received")

    with listening() as server:
        loop.run_until_complete(main())


@requirement("connect-06")
def test_a_refused_connection_raises(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with raises(OSError, "create_connection() to a port that nobody listens on"):
            await loop.create_connection(Recorder, LOOPBACK, refused_port())

    loop.run_until_complete(main())


@requirement("connect-22a")
def test_a_single_failure_is_raised_itself(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with raises(ConnectionRefusedError, "create_connection() to a port that nobody listens on") as caught:
            await loop.create_connection(Recorder, LOOPBACK, refused_port())
        # completion ports tell a refusal by a code of their own, for which Python has no errno
        codes = {errno.ECONNREFUSED, errno.EINVAL} if sys.platform == "win32" else {errno.ECONNREFUSED}
        contains(codes, caught.error.errno, "errno of the refusal")

    loop.run_until_complete(main())


@requirement("connect-07c")
@pytest.mark.parametrize("options", [{}, {"ssl": None}, {"ssl": False}], ids=["default", "none", "false"])
def test_without_ssl_the_bytes_are_plain(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    async def main() -> None:
        async with dialled(loop, server, **options) as (transport, _, peer):
            transport.write(b"plain")
            equal(await beside(lambda: receive(peer, 5)), b"plain", "what came over the wire")
            same(transport.get_extra_info("sslcontext"), None, "the TLS context of a plain transport")

    with listening() as server:
        loop.run_until_complete(main())


@requirement("connect-24")
def test_tcp_does_not_wait_for_more_data(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with dialled(loop, server) as (transport, _, _peer):
            sock = transport.get_extra_info("socket")
            check(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), "TCP_NODELAY: saw it off, wanted it on")

    with listening() as server:
        loop.run_until_complete(main())


@requirement("connect-18")
@pytest.mark.parametrize("host", [LOOPBACK, "localhost"])
def test_local_addr_is_the_near_end(loop: AbstractEventLoop, host: str) -> None:
    async def main() -> None:
        port = refused_port()
        async with dialled(loop, server, local_addr=(host, port), family=socket.AF_INET) as (transport, _, peer):
            wanted = (LOOPBACK, port)
            seen = (transport.get_extra_info("sockname"), peer.getpeername())
            equal(seen, (wanted, wanted), f"near end, as the transport and the peer see it, with local_addr={host}")

    with listening() as server:
        loop.run_until_complete(main())


@requirement("connect-18")
def test_local_addr_that_is_taken_is_an_error(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with raises(OSError, "create_connection() with a local_addr that is in use"):
            await loop.create_connection(
                Recorder, LOOPBACK, server.getsockname()[1], local_addr=(LOOPBACK, taken.getsockname()[1])
            )

    with listening() as server, listening() as taken:
        loop.run_until_complete(main())


@requirement("connect-46")
def test_flags_reach_the_resolver(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        with raises(socket.gaierror, "create_connection() to a name with AI_NUMERICHOST"):
            await loop.create_connection(Recorder, "localhost", port, flags=socket.AI_NUMERICHOST)

    with listening() as server:
        port = server.getsockname()[1]
        loop.run_until_complete(main())


@requirement("connect-46")
def test_proto_reaches_the_resolver(loop: AbstractEventLoop) -> None:
    try:
        socket.getaddrinfo("localhost", 9, type=socket.SOCK_STREAM, proto=socket.IPPROTO_UDP)
    except socket.gaierror:
        pass
    else:
        pytest.skip("this machine's resolver finds addresses for a stream over UDP")

    async def main() -> None:
        with raises(socket.gaierror, "create_connection() by name with IPPROTO_UDP"):
            await loop.create_connection(Recorder, "localhost", port, proto=socket.IPPROTO_UDP)

    with listening() as server:
        port = server.getsockname()[1]
        loop.run_until_complete(main())


@requirement("connect-46")
@pytest.mark.parametrize("host", [LOOPBACK, "localhost"])
def test_proto_and_flags_that_fit_are_accepted(loop: AbstractEventLoop, host: str) -> None:
    async def main() -> None:
        with allowed("create_connection() with IPPROTO_TCP and AI_ADDRCONFIG"):
            async with dialled(loop, server, host=host, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE):
                pass

    with listening() as server:
        loop.run_until_complete(main())


@requirement("connect-48")
def test_the_loop_runs_on_while_connecting(loop: AbstractEventLoop) -> None:
    async def main() -> bool:
        task = asyncio.ensure_future(loop.create_connection(Recorder, *address))
        for _ in range(4):
            await asyncio.sleep(0)
        early = task.done()
        task.cancel()
        await asyncio.wait([task])
        return early

    with crowded() as address:
        equal(loop.run_until_complete(main()), False, "whether create_connection() to a full server has ended")

"""connect_accepted_socket(ssl=context): the server's side of TLS over a socket that was accepted elsewhere."""

from __future__ import annotations

import asyncio
import socket
import ssl
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Peer,
    Recorder,
    allowed,
    beside,
    check,
    client_context,
    dismiss,
    equal,
    failing,
    raises,
    receive,
    requirement,
    same,
    server_context,
    tcp_pair,
)
from loopcert.conformance.kit.handshakes import call, certified_context, demanding_context, unknown_context
from loopcert.conformance.kit.spoilers import INTRUDERS, STALLS, Behaviour, behave

SHORT = 0.03


def converse(sock: socket.socket, context: ssl.SSLContext) -> bytes:
    """Be a TLS client that asks and hears; return the answer, b"" where it does not get that far."""
    with sock, suppress(OSError), call(sock, context) as peer:
        peer.sendall(b"question")
        return receive(peer, 6)
    return b""


@asynccontextmanager
async def facing(body: Callable[[socket.socket], Any]) -> AsyncIterator[tuple[socket.socket, Peer[Any]]]:
    """Give a socket that was accepted, with ``body`` working at the other end in a thread."""
    near, far = tcp_pair()
    peer = Peer(partial(body, far))
    try:
        yield near, peer
    finally:
        with near, suppress(OSError):
            near.shutdown(socket.SHUT_RDWR)  # whatever the loop has done, the peer is not left behind
        await beside(peer.result)


@requirement("connect-31")
@pytest.mark.parametrize(
    ("server", "client"),
    [(server_context, client_context), (demanding_context, certified_context)],
    ids=["plain", "with the client's certificate"],
)
def test_an_accepted_socket_with_ssl_is_a_tls_server(
    loop: AbstractEventLoop, server: Callable[[], ssl.SSLContext], client: Callable[[], ssl.SSLContext]
) -> None:
    async def main() -> None:
        async with facing(partial(converse, context=client())) as (near, peer):
            protocol = Recorder()
            with allowed("connect_accepted_socket(ssl=context)"):
                transport, _ = await loop.connect_accepted_socket(lambda: protocol, near, ssl=server())
            equal(await protocol.received(8), b"question", "data that came over TLS")
            transport.write(b"answer")
            equal(await beside(peer.result), b"answer", "what the TLS client received")
            await dismiss(transport, protocol)

    loop.run_until_complete(main())


@requirement("connect-64")
def test_an_accepted_socket_with_ssl_gives_the_protocol_of_the_factory(loop: AbstractEventLoop) -> None:
    wanted = Recorder()

    async def main() -> None:
        async with facing(partial(converse, context=client_context())) as (near, peer):
            with allowed("connect_accepted_socket(ssl=context)"):
                transport, protocol = await loop.connect_accepted_socket(lambda: wanted, near, ssl=server_context())
            transport.write(b"answer")
            await beside(peer.result)
            await dismiss(transport, wanted)
        same(protocol, wanted, "protocol that connect_accepted_socket(ssl=context) returned")

    loop.run_until_complete(main())


async def fails(loop: AbstractEventLoop, near: socket.socket, what: str, **options: Any) -> Recorder:
    """Have connect_accepted_socket() fail with an exception; return the protocol."""
    protocol = Recorder()
    with failing(what):
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, near, **options)
        transport.abort()
    return protocol


@requirement("connect-63")
@pytest.mark.parametrize("how", INTRUDERS)
def test_a_client_that_spoils_the_handshake_is_an_exception(loop: AbstractEventLoop, how: Behaviour) -> None:
    async def main() -> None:
        async with facing(partial(behave, how)) as (near, _):
            await fails(loop, near, "connect_accepted_socket() with a bad client", ssl=server_context())

    loop.run_until_complete(main())


@requirement("connect-63")
@pytest.mark.parametrize("server", [demanding_context, unknown_context], ids=["no certificate", "not trusted"])
def test_a_client_that_is_refused_or_refuses_is_an_exception(
    loop: AbstractEventLoop, server: Callable[[], ssl.SSLContext]
) -> None:
    async def main() -> None:
        async with facing(partial(converse, context=client_context())) as (near, _):
            await fails(loop, near, "connect_accepted_socket() with certificates that don't do", ssl=server())

    loop.run_until_complete(main())


@requirement("connect-57")
@pytest.mark.parametrize("how", STALLS)
def test_a_client_that_stalls_is_an_exception_and_cut_off(loop: AbstractEventLoop, how: Behaviour) -> None:
    async def main() -> None:
        async with facing(partial(behave, how)) as (near, peer):
            options: dict[str, Any] = {"ssl": server_context(), "ssl_handshake_timeout": SHORT}
            begun = loop.time()
            protocol = await fails(loop, near, "connect_accepted_socket() with a client that stalls", **options)
            took = loop.time() - begun
            check(took >= SHORT * 0.99, f"time until a client was cut off: saw {took} s, wanted at least {SHORT} s")
            await beside(peer.result)
            protocol.expect()

    loop.run_until_complete(main())


@requirement("connect-39")
def test_connection_made_waits_for_the_handshake_of_an_accepted_socket(loop: AbstractEventLoop) -> None:
    protocol = Recorder()
    seen: list[list[str]] = []

    async def look() -> None:
        for _ in range(4):
            await asyncio.sleep(0)
        seen.append(list(protocol.events))

    def body(far: socket.socket) -> None:
        asyncio.run_coroutine_threadsafe(look(), loop).result()
        converse(far, client_context())

    async def main() -> None:
        async with facing(body) as (near, peer):
            with allowed("connect_accepted_socket(ssl=context)"):
                transport, _ = await loop.connect_accepted_socket(lambda: protocol, near, ssl=server_context())
            seen.append(list(protocol.events)[:1])
            transport.write(b"answer")
            await beside(peer.result)
            await dismiss(transport, protocol)
        equal(seen, [[], ["made"]], "events of the protocol in the middle of the handshake and after it")

    loop.run_until_complete(main())


@requirement("connect-21")
@pytest.mark.parametrize("name", ["ssl_handshake_timeout", "ssl_shutdown_timeout"])
def test_a_timeout_of_an_accepted_socket_without_ssl_is_refused(loop: AbstractEventLoop, name: str) -> None:
    near, far = tcp_pair()
    with near, far, raises(ValueError, f"connect_accepted_socket({name}=) without ssl"):
        options: dict[str, Any] = {name: 5.0}
        loop.run_until_complete(loop.connect_accepted_socket(Recorder, near, **options))


@requirement("connect-59")
@pytest.mark.parametrize("name", ["ssl_handshake_timeout", "ssl_shutdown_timeout"])
@pytest.mark.parametrize("seconds", [0, -1.5])
def test_a_timeout_of_an_accepted_socket_is_positive(loop: AbstractEventLoop, name: str, seconds: float) -> None:
    near, far = tcp_pair()
    with near, far, raises(ValueError, f"connect_accepted_socket({name}={seconds}, ssl=context)"):
        options: dict[str, Any] = {name: seconds}
        loop.run_until_complete(loop.connect_accepted_socket(Recorder, near, ssl=server_context(), **options))

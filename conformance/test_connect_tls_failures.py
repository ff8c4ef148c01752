"""TLS that does not come about: peers that spoil the handshake, callers that cancel, and what is left of it."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    SERVER_NAME,
    Reacting,
    Recorder,
    allowed,
    beside,
    check,
    client_context,
    dismiss,
    elsewhere,
    equal,
    failing,
    prompt,
    requirement,
    reset,
    same,
    server_context,
    tcp_pair,
)
from loopcert.conformance.kit.handshakes import GREETING, heard, hosting, meet
from loopcert.conformance.kit.spoilers import SPOILERS, Behaviour, ended, host


@requirement("connect-54")
@pytest.mark.parametrize("how", SPOILERS)
def test_a_peer_that_spoils_the_handshake_is_an_exception(loop: AbstractEventLoop, how: Behaviour) -> None:
    async def main() -> None:
        async with hosting(partial(host, how)) as (port, _):
            with failing("create_connection() to a peer that spoils the handshake"):
                transport, _ = await loop.create_connection(Recorder, LOOPBACK, port, ssl=client_context())
                transport.abort()

    loop.run_until_complete(main())


@requirement("connect-54")
def test_a_peer_that_has_left_before_is_an_exception(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        near, far = tcp_pair()
        reset(far)
        with near, failing("create_connection(sock=, ssl=) on a connection that was reset"):
            transport, _ = await loop.create_connection(
                Recorder, sock=near, ssl=client_context(), server_hostname=SERVER_NAME
            )
            transport.abort()

    loop.run_until_complete(main())


@requirement("connect-55")
@pytest.mark.parametrize("given", [False, True], ids=["host", "sock"])
def test_a_connection_whose_handshake_failed_is_closed(loop: AbstractEventLoop, given: bool) -> None:
    def body(server: socket.socket) -> bool:
        with server.accept()[0] as sock:
            sock.sendall(b"220 not TLS\r\n")
            ended(sock)
        return True

    async def main() -> None:
        async with hosting(body) as (port, peer):
            where: dict[str, Any] = {"host": LOOPBACK, "port": port}
            if given:
                where = {"sock": socket.create_connection((LOOPBACK, port)), "server_hostname": SERVER_NAME}
            with failing("create_connection(ssl=) to a peer without TLS"):
                await loop.create_connection(Recorder, ssl=client_context(), **where)
            await beside(peer.result)

    loop.run_until_complete(main())


@requirement("connect-39")
def test_connection_made_waits_for_the_handshake(loop: AbstractEventLoop) -> None:
    seen: list[list[str]] = []
    protocol = Recorder()

    def body(server: socket.socket) -> None:
        sock, _ = server.accept()
        sock.recv(1, socket.MSG_PEEK)  # its first message is there, so its transport is
        asyncio.run_coroutine_threadsafe(look(), loop).result()
        with server_context().wrap_socket(prompt(sock), server_side=True) as peer:
            peer.sendall(GREETING)
            ended(peer)

    async def look() -> None:
        for _ in range(4):
            await asyncio.sleep(0)
        seen.append(list(protocol.events))

    async def main() -> None:
        async with hosting(body) as (port, _):
            with allowed("create_connection(ssl=)"):
                transport, _ = await loop.create_connection(lambda: protocol, LOOPBACK, port, ssl=client_context())
            seen.append(list(protocol.events))
            await heard(protocol)
            await dismiss(transport, protocol)
        equal(seen, [[], ["made"]], "events of the protocol in the middle of the handshake and after it")

    loop.run_until_complete(main())


@requirement("connect-39")
@pytest.mark.parametrize("how", SPOILERS)
def test_connection_made_is_not_called_when_the_handshake_fails(loop: AbstractEventLoop, how: Behaviour) -> None:
    protocol = Recorder()

    async def main() -> None:
        async with hosting(partial(host, how)) as (port, _):
            with failing("create_connection() to a peer that spoils the handshake"):
                await loop.create_connection(lambda: protocol, LOOPBACK, port, ssl=client_context())
            await elsewhere(loop)
        protocol.expect()

    loop.run_until_complete(main())


@requirement("connect-64")
def test_the_pair_is_tls_transport_and_protocol_of_the_factory(loop: AbstractEventLoop) -> None:
    wanted = Recorder()

    async def main() -> None:
        async with hosting(partial(meet, context=server_context())) as (port, peer):
            with allowed("create_connection(ssl=)"):
                transport, protocol = await loop.create_connection(lambda: wanted, LOOPBACK, port, ssl=client_context())
            await heard(wanted)
            transport.write(b"over the pair")
            transport.close()
            await wanted.seen("lost")
            equal((await beside(peer.result)).data, b"over the pair", "what the transport returned had written")
        same(protocol, wanted, "protocol that create_connection(ssl=) returned")

    loop.run_until_complete(main())


@requirement("connect-39")
def test_connection_made_is_given_the_tls_transport(loop: AbstractEventLoop) -> None:
    protocol = Reacting(made=lambda transport: transport.write(b"at once"))

    async def main() -> None:
        async with hosting(partial(meet, context=server_context())) as (port, peer):
            with allowed("create_connection(ssl=)"):
                transport, _ = await loop.create_connection(lambda: protocol, LOOPBACK, port, ssl=client_context())
            same(protocol.transport, transport, "transport of connection_made()")
            await heard(protocol)
            transport.close()
            await protocol.seen("lost")
            equal((await beside(peer.result)).data, b"at once", "what connection_made() had written")

    loop.run_until_complete(main())


async def cancelled(loop: AbstractEventLoop, protocol: Recorder, after: Callable[[], Any]) -> None:
    """Cancel a create_connection() whose peer has the first message of the handshake; then call ``after()``."""
    begun = asyncio.Event()

    def body(server: socket.socket) -> None:
        with server.accept()[0] as sock:
            sock.recv(65536)
            loop.call_soon_threadsafe(begun.set)
            ended(sock)

    async with hosting(body) as (port, peer):
        task = asyncio.ensure_future(loop.create_connection(lambda: protocol, LOOPBACK, port, ssl=client_context()))
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])
        check(task.cancelled(), f"a cancelled create_connection(ssl=): saw {task!r}, wanted it cancelled")
        await beside(peer.result)
        after()


@requirement("connect-56")
def test_cancelling_the_handshake_closes_the_connection(loop: AbstractEventLoop) -> None:
    protocol = Recorder()
    loop.run_until_complete(cancelled(loop, protocol, protocol.expect))

"""abort(), and ending a TLS connection inside the callbacks of its protocol."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    SERVER_NAME,
    Reacting,
    TLSPeer,
    allowed,
    beside,
    check,
    elsewhere,
    equal,
    requirement,
    secured,
    tcp_pair,
    usual_context,
)
from loopcert.conformance.kit.tls import SIDES, VERSIONS

METHODS = pytest.mark.parametrize("method", ["close", "abort"])


@requirement("tls-23")
@VERSIONS
@SIDES
@pytest.mark.parametrize("closed", [False, True], ids=["open", "closing"])
def test_abort_waits_for_nobody(loop: AbstractEventLoop, version: str, server_side: bool, closed: bool) -> None:
    async def main() -> None:
        async with secured(loop, version=version, server_side=server_side) as (transport, protocol, _peer):
            if closed:
                transport.close()
            transport.abort()
            await protocol.seen("lost")
            equal(protocol.error, None, "connection_lost()")

    loop.run_until_complete(main())


@requirement("tls-23")
@VERSIONS
def test_abort_loses_what_is_left(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        async with secured(loop, version=version, narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            transport.abort()
            await protocol.seen("lost")
            received = await beside(peer.receive)
            check(len(received) < len(BIG), "the peer received all that was written, wanted some of it lost")
            equal(protocol.error, None, "connection_lost()")

    loop.run_until_complete(main())


async def provoke(event: str, transport: Any, protocol: Reacting, peer: TLSPeer) -> None:
    """Make the loop call the protocol for ``event``."""
    if event == "data":
        peer.send(b"data")
    if event == "eof":
        peer.sock.sendall(peer.goodbye())
    if event in {"pause", "resume"}:
        written = 0
        while "pause" not in protocol.events:
            transport.write(bytes(10_000))
            written += 10_000
            await asyncio.sleep(0)
        if event == "resume":
            await beside(lambda: peer.receive(written))
    if event == "lost":
        transport.abort()
    await protocol.seen(event)


@requirement("tls-52")
@METHODS
@pytest.mark.parametrize("event", ["data", "eof", "pause", "resume", "lost"])
def test_a_protocol_may_end_its_connection_in_any_callback(loop: AbstractEventLoop, event: str, method: str) -> None:
    async def main() -> None:
        refused: list[Exception] = []

        def end(transport: Any) -> None:
            try:
                getattr(transport, method)()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is verified below
                refused.append(error)

        reactions: dict[str, Any] = {event: end}
        protocol = Reacting(**reactions)
        async with secured(loop, protocol, narrow=True) as (transport, _, peer):
            await provoke(event, transport, protocol, peer)
            with contextlib.suppress(OSError):
                peer.send(b"too late")
            peer.sock.close()
            await protocol.seen("lost")
            await elsewhere(loop)
            after = protocol.events[protocol.events.index(event) :]
            equal((refused, after.count("lost")), ([], 1), f"what {method}() raised, and calls of connection_lost()")
            equal(bytes(protocol.data), b"data" if event == "data" else b"", "data delivered")

    loop.run_until_complete(main())


@requirement("tls-52")
@METHODS
@VERSIONS
def test_a_protocol_may_end_its_connection_when_it_is_made(loop: AbstractEventLoop, version: str, method: str) -> None:
    """What create_connection() says of it, and how far the peer gets with its handshake, is left open."""

    async def main() -> None:
        protocol = Reacting(made=lambda transport: getattr(transport, method)())
        near, far = tcp_pair()
        with far:
            peer = TLSPeer(far, version)
            context = usual_context(version, False)
            shaking = asyncio.ensure_future(beside(peer.attempt))
            making = asyncio.ensure_future(
                loop.create_connection(lambda: protocol, sock=near, ssl=context, server_hostname=SERVER_NAME)
            )
            await asyncio.gather(shaking, making, return_exceptions=True)
            peer.cut()
            await protocol.seen("lost")
        await elsewhere(loop)
        equal(
            (protocol.events.count("lost"), protocol.events[-1]), (1, "lost"), "calls of connection_lost(), last event"
        )

    loop.run_until_complete(main())


@requirement("tls-52")
@pytest.mark.parametrize("methods", [("close", "close"), ("abort", "abort"), ("abort", "close"), ("close", "abort")])
def test_a_connection_may_be_ended_twice(loop: AbstractEventLoop, methods: tuple[str, str]) -> None:
    async def main() -> None:
        async with secured(loop) as (transport, protocol, peer):
            with allowed(f"{methods[0]}(), then {methods[1]}()"):
                for method in methods:
                    getattr(transport, method)()
            await beside(peer.answer)
            await protocol.seen("lost")
            await elsewhere(loop)
            equal(protocol.events.count("lost"), 1, "calls of connection_lost()")

    loop.run_until_complete(main())


@requirement("tls-64")
@METHODS
@SIDES
def test_the_loss_is_not_told_inside_the_call(loop: AbstractEventLoop, method: str, server_side: bool) -> None:
    async def main() -> None:
        async with secured(loop, server_side=server_side) as (transport, protocol, peer):
            getattr(transport, method)()
            protocol.expect("made")
            await beside(peer.answer)
            await protocol.seen("lost")

    loop.run_until_complete(main())

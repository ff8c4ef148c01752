"""error_received(): what the kernel says of earlier datagrams reaches the protocol, and the endpoint goes on."""

from __future__ import annotations

import asyncio
import errno
from asyncio import AbstractEventLoop
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import Contexts, allowed, beside, check, equal, instance, requirement
from loopcert.conformance.kit.datagrams import (
    LAST,
    Mailbox,
    address_of,
    collect,
    deaf_udp,
    endpoint,
    full_pair,
    plain_udp,
    settled,
)

TOO_MUCH = bytes(70_000)
"""Larger than any datagram of UDP."""
TRIES = 20


async def send_in_vain(transport: Any, protocol: Mailbox, more: int = 1) -> None:
    """Send to nobody until there is an error more: a kernel tells of a refusal at the next call on the socket."""
    wanted = len(protocol.errors) + more
    for _ in range(TRIES):
        transport.sendto(b"anybody?")
        for _ in range(3):
            await asyncio.sleep(0)
        if len(protocol.errors) >= wanted:
            return


@requirement("datagram-19")
def test_a_refusal_by_the_peer_is_told(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with deaf_udp() as deaf:
            async with endpoint(loop, remote_addr=deaf.getsockname()) as (transport, protocol):
                await send_in_vain(transport, protocol)
                check(protocol.errors, f"saw no error after {TRIES} datagrams to a port that refuses them, wanted some")
                instance(protocol.errors[0], ConnectionError, "what error_received() was given")

    loop.run_until_complete(body())


@requirement("datagram-19")
@pytest.mark.parametrize("connected", [False, True], ids=["unconnected", "connected"])
def test_a_datagram_that_is_too_large_is_told(loop: AbstractEventLoop, connected: bool) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            options: dict[str, Any] = {"remote_addr": peer.getsockname()} if connected else {}
            async with endpoint(loop, **options) as (transport, protocol):
                with allowed("sendto() with more than a datagram can hold"):
                    transport.sendto(TOO_MUCH, None if connected else peer.getsockname())
                error = await protocol.failed()
                instance(error, OSError, "what error_received() was given")
                equal(error.errno, errno.EMSGSIZE, "its errno")

    loop.run_until_complete(body())


@requirement("datagram-19")
def test_each_error_is_told(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            async with endpoint(loop) as (transport, protocol):
                for _ in range(3):
                    transport.sendto(TOO_MUCH, peer.getsockname())
                await protocol.failed(3)
                await settled(loop)
                protocol.expect("made", "error", "error", "error")

    loop.run_until_complete(body())


@requirement("datagram-76")
def test_an_error_of_a_datagram_that_waited_is_told(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, protocol):
                for each in (b"one", b"two", b"three"):
                    transport.sendto(each)
                far.close()
                error = await protocol.failed()
                instance(error, OSError, "what error_received() was given")

    loop.run_until_complete(body())


@requirement("datagram-76")
def test_close_ends_although_what_waits_cannot_be_sent(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, protocol):
                for each in (b"one", b"two", b"three"):
                    transport.sendto(each)
                transport.close()
                far.close()
                await protocol.seen("lost")
                equal(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


@requirement("datagram-20")
@pytest.mark.parametrize("connected", [False, True], ids=["unconnected", "connected"])
@pytest.mark.parametrize("count", [1, 20])
def test_an_error_of_sending_does_not_end_the_endpoint(loop: AbstractEventLoop, connected: bool, count: int) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            options: dict[str, Any] = {"remote_addr": peer.getsockname()} if connected else {}
            async with endpoint(loop, **options) as (transport, protocol):
                address = None if connected else peer.getsockname()
                for _ in range(count):
                    transport.sendto(TOO_MUCH, address)
                await settled(loop)
                equal((transport.is_closing(), "lost" in protocol.events), (False, False), "is_closing(), and the end")
                transport.sendto(b"ping", address)
                data, sender = await beside(partial(peer.recvfrom, 100))
                peer.sendto(b"pong", sender)
                equal((data, await protocol.arrived()), (b"ping", [b"pong"]), "what both ends received")

    loop.run_until_complete(body())


@requirement("datagram-20")
def test_a_peer_that_was_gone_can_come_back(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with deaf_udp() as peer:
            async with endpoint(loop, remote_addr=peer.getsockname()) as (transport, protocol):
                await send_in_vain(transport, protocol)
                await send_in_vain(transport, protocol)
                await settled(loop)
                equal((transport.is_closing(), "lost" in protocol.events), (False, False), "is_closing(), and the end")
                peer.connect(address_of(transport))  # it hears the endpoint now
                for _ in range(2):  # the first may be told of an older refusal
                    transport.sendto(b"ping")
                    await settled(loop)
                equal(await beside(partial(peer.recv, 100)), b"ping", "what the peer received")
                peer.send(b"pong")
                equal(await protocol.arrived(), [b"pong"], "what the endpoint received")

    loop.run_until_complete(body())


@requirement("datagram-77")
def test_an_error_leaves_what_waits_behind_it(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, sock=near) as (transport, protocol):
                for each in (b"one", bytes(1 << 22), b"two", LAST):
                    transport.sendto(each)
                received = await beside(partial(collect, far))
                check(protocol.errors, "saw no error of a datagram of 4 MB, wanted one")
                equal(received, [b"one", b"two"], "what the peer received")

    loop.run_until_complete(body())


@requirement("datagram-78")
def test_what_error_received_raises_is_reported(loop: AbstractEventLoop) -> None:
    error = ZeroDivisionError("of the protocol")

    def fail(_transport: Any) -> None:
        if len(protocol.errors) == 1:
            raise error

    async def body() -> None:
        with full_pair() as (near, far):
            async with endpoint(loop, protocol, sock=near) as (transport, _):
                for each in (b"one", b"two", b"three"):
                    transport.sendto(each)
                far.close()
                await protocol.failed(2)
                equal(transport.is_closing(), False, "is_closing()")

    protocol = Mailbox(error=fail)
    contexts = Contexts(loop)
    loop.run_until_complete(body())
    contexts.expect_exceptions(error)

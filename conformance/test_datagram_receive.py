"""datagram_received(): what it is given, in which order, and what becomes of what it raises."""

from __future__ import annotations

import asyncio
import gc
import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import LOOPBACK, Contexts, check, equal, requirement
from loopcert.conformance.kit.datagrams import Mailbox, address_of, endpoint, plain_udp, settled

LOCAL = (LOOPBACK, 0)


@requirement("datagram-18")
@pytest.mark.parametrize("connected", [False, True], ids=["unconnected", "connected"])
def test_a_datagram_comes_with_its_sender(loop: AbstractEventLoop, connected: bool) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            options: dict[str, Any] = {"remote_addr": peer.getsockname()} if connected else {"local_addr": LOCAL}
            async with endpoint(loop, **options) as (transport, protocol):
                peer.sendto(b"hello", address_of(transport))
                await protocol.arrived()
                equal(protocol.datagrams, [(b"hello", peer.getsockname())], "what datagram_received() was given")
                equal(type(protocol.datagrams[0][0]), bytes, "type of the data")

    loop.run_until_complete(body())


@requirement("datagram-18")
def test_each_datagram_has_its_own_sender(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with endpoint(loop) as (transport, protocol):
            with plain_udp() as one, plain_udp() as two:
                wanted = []
                for number, peer in enumerate((one, two, two, one)):
                    peer.sendto(b"%d" % number, address_of(transport))
                    wanted.append((b"%d" % number, peer.getsockname()))
                await protocol.arrived(4)
        equal(protocol.datagrams, wanted, "datagrams and their senders")

    loop.run_until_complete(body())


@requirement("datagram-69")
def test_datagrams_are_neither_joined_nor_cut(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        wanted = [b"%d" % number * (number % 7 + 1) for number in range(40)]
        async with endpoint(loop) as (transport, protocol):
            with plain_udp() as peer:
                for each in wanted:
                    peer.sendto(each, address_of(transport))
            equal(await protocol.arrived(len(wanted)), wanted, "data given to datagram_received()")

    loop.run_until_complete(body())


@requirement("datagram-69")
@pytest.mark.parametrize("size", [1, 1473, 9000, 65507])
def test_a_datagram_is_received_whole_whatever_its_size(loop: AbstractEventLoop, size: int) -> None:
    async def body() -> None:
        data = (b"%08d" * (size // 8 + 1) % tuple(range(size // 8 + 1)))[:size]
        async with endpoint(loop) as (transport, protocol):
            with plain_udp() as peer:
                peer.sendto(data, address_of(transport))
                peer.sendto(b"next", address_of(transport))
            received = await protocol.arrived(2)
        equal([len(each) for each in received], [size, 4], "sizes of the data given to datagram_received()")
        check(received[0] == data, "saw other content than was sent, wanted the same")

    loop.run_until_complete(body())


@requirement("datagram-35")
@pytest.mark.parametrize("connected", [False, True], ids=["unconnected", "connected"])
def test_an_empty_datagram_is_received(loop: AbstractEventLoop, connected: bool) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            options: dict[str, Any] = {"remote_addr": peer.getsockname()} if connected else {"local_addr": LOCAL}
            async with endpoint(loop, **options) as (transport, protocol):
                for each in (b"one", b"", b"", b"two"):
                    peer.sendto(each, address_of(transport))
                await protocol.until(lambda: b"two" in protocol.texts())
                wanted = [(each, peer.getsockname()) for each in (b"one", b"", b"", b"two")]
                equal(protocol.datagrams, wanted, "what datagram_received() was given")

    loop.run_until_complete(body())


@requirement("datagram-70")
def test_what_comes_while_the_loop_stands_still_is_received(loop: AbstractEventLoop) -> None:
    async def create() -> tuple[Any, Mailbox]:
        return await loop.create_datagram_endpoint(Mailbox, local_addr=LOCAL)

    async def finish() -> None:
        await protocol.arrived(3)
        transport.close()
        await protocol.seen("lost")

    transport, protocol = loop.run_until_complete(create())
    with plain_udp() as peer:
        for each in (b"a", b"b", b"c"):
            peer.sendto(each, address_of(transport))
    loop.run_until_complete(finish())
    equal(protocol.texts(), [b"a", b"b", b"c"], "datagrams received in the next run")


@requirement("datagram-60")
def test_an_endpoint_nobody_keeps_receives(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        seen: asyncio.Future[Any] = loop.create_future()
        lost: asyncio.Future[Any] = loop.create_future()
        with plain_udp() as peer, plain_udp() as sock:
            address = sock.getsockname()
            given = sock.dup()
            await loop.create_datagram_endpoint(
                lambda: Mailbox(datagram=seen.set_result, lost=lost.set_result), sock=given
            )
            del given
            gc.collect()
            peer.sendto(b"hello", address)
            transport = await seen
            transport.close()
            await lost

    loop.run_until_complete(body())


@requirement("datagram-25")
def test_what_datagram_received_raises_is_reported_and_no_end(loop: AbstractEventLoop) -> None:
    error = ZeroDivisionError("of the protocol")

    def fail(_transport: Any) -> None:
        if len(protocol.datagrams) == 1:
            raise error

    async def body() -> None:
        async with endpoint(loop, protocol) as (transport, _):
            with plain_udp() as peer:
                for each in (b"one", b"two"):
                    peer.sendto(each, address_of(transport))
            equal(await protocol.arrived(2), [b"one", b"two"], "datagrams received")
            equal(transport.is_closing(), False, "is_closing()")

    protocol = Mailbox(datagram=fail)
    contexts = Contexts(loop)
    loop.run_until_complete(body())
    contexts.expect_exceptions(error)


@requirement("datagram-59")
@pytest.mark.parametrize("event", ["made", "lost"])
def test_what_the_ends_of_a_protocol_raise_is_reported(loop: AbstractEventLoop, event: str) -> None:
    error = ZeroDivisionError("of the protocol")

    def fail(_transport: Any) -> None:
        raise error

    async def body() -> None:
        protocol = Mailbox(**{event: fail})
        async with endpoint(loop, protocol) as (transport, _):
            address = address_of(transport)
            with plain_udp() as peer:
                peer.sendto(b"hello", address)
            await protocol.arrived()
            transport.close()
            await protocol.seen("lost")
            await settled(loop)
            with plain_udp(*address):
                protocol.expect("made", "datagram", "lost")

    contexts = Contexts(loop)
    loop.run_until_complete(body())
    contexts.expect_exceptions(error)


@requirement("datagram-61")
def test_a_busy_endpoint_lets_others_work(loop: AbstractEventLoop) -> None:
    """It sends to itself whatever it gets, so its socket is always ready; a callback that goes on must still be run."""

    async def body() -> None:
        protocol = Mailbox(datagram=lambda transport: transport.sendto(b"again", address_of(transport)))
        async with endpoint(loop, protocol) as (transport, _):
            with socket.socket(type=socket.SOCK_DGRAM) as peer:
                peer.sendto(b"begin", address_of(transport))
            await protocol.arrived()
            for _ in range(20):
                await asyncio.sleep(0)
            before = len(protocol.datagrams)
            await protocol.arrived(before + 1)

    loop.run_until_complete(body())

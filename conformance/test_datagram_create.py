"""Making a datagram endpoint: what comes back, where it is bound, and whom it is connected to."""

from __future__ import annotations

import asyncio
import socket
from asyncio import AbstractEventLoop
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import LOOPBACK, allowed, beside, check, equal, requirement, same
from loopcert.conformance.kit.datagrams import Mailbox, address_of, endpoint, plain_udp, settled

LOCAL = (LOOPBACK, 0)


@requirement("datagram-01")
def test_an_endpoint_is_a_pair_of_transport_and_protocol(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        protocol = Mailbox()
        pair: Any = await loop.create_datagram_endpoint(lambda: protocol, local_addr=LOCAL)
        pair[0].close()
        await protocol.seen("lost")
        equal((type(pair), len(pair)), (tuple, 2), "type and length of the result")
        same(pair[1], protocol, "the second of the pair")

    loop.run_until_complete(body())


@requirement("datagram-01")
def test_connection_made_is_given_the_transport_of_the_pair(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with endpoint(loop) as (transport, protocol):
            await protocol.seen("made")
            same(protocol.transport, transport, "what connection_made() was given")

    loop.run_until_complete(body())


@requirement("datagram-38")
@pytest.mark.parametrize("given", ["an address", "a socket"])
def test_connection_made_has_been_called_when_the_endpoint_is_there(loop: AbstractEventLoop, given: str) -> None:
    async def body() -> None:
        with plain_udp() as sock:
            options: dict[str, Any] = {"local_addr": LOCAL} if given == "an address" else {"sock": sock.dup()}
            async with endpoint(loop, **options) as (_, protocol):
                protocol.expect("made")

    loop.run_until_complete(body())


@requirement("datagram-02")
@pytest.mark.parametrize("how", ["local", "remote", "both", "by name"])
def test_the_factory_is_called_once_without_arguments(loop: AbstractEventLoop, how: str) -> None:
    async def body() -> None:
        called: list[Any] = []
        protocol = Mailbox()

        def factory(*args: Any, **named: Any) -> Mailbox:
            called.append((args, named))
            return protocol

        with plain_udp() as peer:
            options = {
                "local": {"local_addr": LOCAL},
                "remote": {"remote_addr": peer.getsockname()},
                "both": {"local_addr": LOCAL, "remote_addr": peer.getsockname()},
                "by name": {"local_addr": ("localhost", 0)},
            }
            transport, _ = await loop.create_datagram_endpoint(factory, **options[how])
        transport.close()
        await protocol.seen("lost")
        equal(called, [((), {})], "calls of the protocol factory")

    loop.run_until_complete(body())


@requirement("datagram-03a")
@pytest.mark.parametrize("port", ["any", "one"])
def test_an_endpoint_is_bound_to_its_local_address(loop: AbstractEventLoop, port: str) -> None:
    async def body() -> None:
        with plain_udp() as probe:
            free = probe.getsockname()[1]
        async with endpoint(loop, local_addr=(LOOPBACK, 0 if port == "any" else free)) as (transport, protocol):
            host, bound = address_of(transport)
            check(
                host == LOOPBACK and bound in ({free} if port == "one" else range(1, 65536)), f"bound to {host, bound}"
            )
            with plain_udp() as peer:
                peer.sendto(b"hello", (LOOPBACK, bound))
                equal(await protocol.arrived(), [b"hello"], "what came to the local address")

    loop.run_until_complete(body())


@requirement("datagram-03a")
def test_local_address_can_be_the_second_argument(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        protocol = Mailbox()
        with plain_udp() as peer, allowed("create_datagram_endpoint(factory, local, remote)"):
            transport, _ = await loop.create_datagram_endpoint(lambda: protocol, LOCAL, peer.getsockname())
            transport.sendto(b"hello")
            data, sender = await beside(partial(peer.recvfrom, 100))
            transport.close()
            await protocol.seen("lost")
        equal((data, sender[0]), (b"hello", LOOPBACK), "what the remote address received, and from which host")

    loop.run_until_complete(body())


@requirement("datagram-03b")
def test_without_local_address_nothing_is_bound(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with endpoint(loop, family=socket.AF_INET) as (transport, _):
            equal(address_of(transport), ("0.0.0.0", 0), "the own address of an endpoint without local_addr")

    loop.run_until_complete(body())


@requirement("datagram-57")
def test_an_endpoint_without_addresses_sends_and_hears_answers(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            async with endpoint(loop, family=socket.AF_INET) as (transport, protocol):
                transport.sendto(b"ping", peer.getsockname())
                data, sender = await beside(partial(peer.recvfrom, 100))
                peer.sendto(b"pong", sender)
                equal((data, await protocol.arrived()), (b"ping", [b"pong"]), "what both ends received")

    loop.run_until_complete(body())


@requirement("datagram-04a")
def test_remote_address_is_the_peer(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            async with endpoint(loop, remote_addr=peer.getsockname()) as (transport, protocol):
                transport.sendto(b"ping")
                data, sender = await beside(partial(peer.recvfrom, 100))
                peer.sendto(b"pong", sender)
                equal((data, await protocol.arrived()), (b"ping", [b"pong"]), "what both ends received")
                equal(protocol.datagrams[0][1], peer.getsockname(), "the sender of the answer")

    loop.run_until_complete(body())


@requirement("datagram-04a")
@pytest.mark.parametrize("both", [False, True], ids=["remote_addr", "local_addr too"])
def test_a_connected_endpoint_does_not_hear_strangers(loop: AbstractEventLoop, both: bool) -> None:
    async def body() -> None:
        with plain_udp() as peer, plain_udp() as stranger:
            options = {"remote_addr": peer.getsockname(), **({"local_addr": LOCAL} if both else {})}
            async with endpoint(loop, **options) as (transport, protocol):
                stranger.sendto(b"stranger", address_of(transport))
                peer.sendto(b"peer", address_of(transport))
                await protocol.arrived()
                await settled(loop)
                equal(protocol.texts(), [b"peer"], "datagrams received")

    loop.run_until_complete(body())


@requirement("datagram-04b")
def test_an_unconnected_endpoint_hears_and_answers_everybody(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as one, plain_udp() as two:
            async with endpoint(loop) as (transport, protocol):
                for peer in (one, two):
                    peer.sendto(b"hello", address_of(transport))
                await protocol.arrived(2)
                for _, sender in protocol.datagrams:
                    transport.sendto(b"hello %d" % sender[1], sender)
                seen = [await beside(partial(peer.recv, 100)) for peer in (one, two)]
        equal(seen, [b"hello %d" % peer[1] for _, peer in protocol.datagrams], "the answers of the endpoint")

    loop.run_until_complete(body())


@requirement("datagram-56")
def test_an_endpoint_has_a_local_and_a_remote_address(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as probe:
            local = probe.getsockname()
        with plain_udp() as peer:
            async with endpoint(loop, local_addr=local, remote_addr=peer.getsockname()) as (transport, protocol):
                transport.sendto(b"ping")
                data, sender = await beside(partial(peer.recvfrom, 100))
                peer.sendto(b"pong", sender)
                equal((data, sender), (b"ping", local), "what the peer received, and from where")
                equal(await protocol.arrived(), [b"pong"], "what the endpoint received")

    loop.run_until_complete(body())


@requirement("datagram-54")
@pytest.mark.parametrize("turns", [1, 2])
def test_a_cancelled_creation_gives_the_port_back(loop: AbstractEventLoop, turns: int) -> None:
    async def body() -> None:
        with plain_udp() as probe:
            local = probe.getsockname()
        protocol = Mailbox()
        making = loop.create_task(loop.create_datagram_endpoint(lambda: protocol, local_addr=local))
        for _ in range(turns):
            await asyncio.sleep(0)
        making.cancel()
        with suppress(asyncio.CancelledError):
            transport, _ = await making
            transport.close()  # it was faster; then it is an endpoint like any other
            await protocol.seen("lost")
        await settled(loop)
        with allowed("binding the port of an endpoint whose creation was cancelled"), plain_udp(*local):
            pass

    loop.run_until_complete(body())

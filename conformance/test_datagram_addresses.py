"""The addresses of an endpoint: looked up, tried in turn, of either family, and refused."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    LOOPBACK6,
    beside,
    equal,
    need_ipv6,
    need_refusal_of_foreign_addresses,
    raises,
    requirement,
)
from loopcert.conformance.kit.datagrams import Mailbox, address_of, endpoint, plain_udp, refused_endpoint

LOCAL = (LOOPBACK, 0)
FAMILIES = {"IPv4": (socket.AF_INET, LOOPBACK), "IPv6": (socket.AF_INET6, LOOPBACK6)}


def host_of_both() -> str | None:
    """Return a host that the resolver knows by an address of each family; without one the test is left out."""
    need_ipv6()
    for host in ("localhost", None):  # None is the loopback of each family, whatever the machine calls it
        found = {each[0] for each in socket.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)}
        if found >= {socket.AF_INET, socket.AF_INET6}:
            return host
    pytest.skip("this machine knows no host by an address of each family")


@requirement("datagram-05")
@pytest.mark.parametrize("family", FAMILIES)
def test_an_address_of_the_family_of_the_peer_is_found(loop: AbstractEventLoop, family: str) -> None:
    async def body() -> None:
        host = host_of_both()
        with plain_udp(FAMILIES[family][1], family=FAMILIES[family][0]) as peer:
            remote = peer.getsockname()[:2]
            async with endpoint(loop, local_addr=(host, 0), remote_addr=remote) as (transport, _):
                transport.sendto(b"hello")
                data, sender = await beside(partial(peer.recvfrom, 100))
                equal((data, sender[0]), (b"hello", FAMILIES[family][1]), "what the peer received, and from which host")

    loop.run_until_complete(body())


@requirement("datagram-05")
@pytest.mark.parametrize("family", FAMILIES)
def test_an_address_of_the_own_family_is_found(loop: AbstractEventLoop, family: str) -> None:
    async def body() -> None:
        host = host_of_both()
        with plain_udp(FAMILIES[family][1], family=FAMILIES[family][0]) as peer:
            remote = (host, peer.getsockname()[1])
            async with endpoint(loop, local_addr=(FAMILIES[family][1], 0), remote_addr=remote) as (transport, _):
                transport.sendto(b"hello")
                equal(await beside(partial(peer.recv, 100)), b"hello", "what the peer received")

    loop.run_until_complete(body())


@requirement("datagram-58")
def test_the_next_address_is_bound_where_one_is_taken(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        host = host_of_both()
        first, second = (each[4] for each in socket.getaddrinfo(host, 0, type=socket.SOCK_DGRAM)[:2])
        family = socket.AF_INET6 if len(first) == 4 else socket.AF_INET
        with plain_udp(str(first[0]), family=family) as taken:
            port = taken.getsockname()[1]
            async with endpoint(loop, local_addr=(host, port)) as (transport, _):
                equal(address_of(transport)[:2], (second[0], port), "where the endpoint is bound")

    loop.run_until_complete(body())


@requirement("datagram-28")
@pytest.mark.parametrize("side", ["local_addr", "remote_addr"])
@pytest.mark.parametrize("kind", ["a name", "a port in text"])
def test_addresses_are_looked_up(loop: AbstractEventLoop, side: str, kind: str) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            here, port = peer.getsockname()
            number = port if side == "remote_addr" else 0
            address = ("localhost", number) if kind == "a name" else (here, str(number))
            options: dict[str, Any] = {side: address, "family": socket.AF_INET}
            async with endpoint(loop, **options) as (transport, protocol):
                transport.sendto(b"ping", None if side == "remote_addr" else (here, port))
                data, sender = await beside(partial(peer.recvfrom, 100))
                peer.sendto(b"pong", sender)
                equal((data, await protocol.arrived()), (b"ping", [b"pong"]), "what both ends received")

    loop.run_until_complete(body())


@requirement("datagram-29")
def test_an_address_in_use_is_an_error(loop: AbstractEventLoop) -> None:
    with plain_udp() as taken:
        loop.run_until_complete(refused_endpoint(loop, Exception, "an address in use", local_addr=taken.getsockname()))


@requirement("datagram-29")
def test_an_address_of_another_machine_cannot_be_bound(loop: AbstractEventLoop) -> None:
    need_refusal_of_foreign_addresses("192.0.2.1")
    loop.run_until_complete(refused_endpoint(loop, Exception, "binding to 192.0.2.1", local_addr=("192.0.2.1", 0)))


@requirement("datagram-29")
@pytest.mark.parametrize("side", ["local_addr", "remote_addr"])
def test_a_name_nobody_knows_is_an_error(loop: AbstractEventLoop, side: str) -> None:
    options: dict[str, Any] = {side: ("no.such.host.invalid", 9), "flags": socket.AI_NUMERICHOST}
    loop.run_until_complete(refused_endpoint(loop, Exception, f"a {side} that is not found", **options))


@requirement("datagram-29")
def test_addresses_without_a_common_family_are_an_error(loop: AbstractEventLoop) -> None:
    need_ipv6()
    options = {"local_addr": LOCAL, "remote_addr": (LOOPBACK6, 9)}
    loop.run_until_complete(refused_endpoint(loop, Exception, "an IPv4 and an IPv6 address", **options))


@requirement("datagram-29")
def test_what_the_factory_raises_comes_out(loop: AbstractEventLoop) -> None:
    def factory() -> Mailbox:
        raise ZeroDivisionError

    with raises(ZeroDivisionError, "a factory that raises ZeroDivisionError"):
        loop.run_until_complete(loop.create_datagram_endpoint(factory, local_addr=LOCAL))


@requirement("datagram-62")
def test_an_address_in_use_is_an_oserror(loop: AbstractEventLoop) -> None:
    with plain_udp() as taken:
        loop.run_until_complete(refused_endpoint(loop, OSError, "an address in use", local_addr=taken.getsockname()))


@requirement("datagram-45")
@pytest.mark.parametrize("family", FAMILIES)
def test_family_decides_between_addresses(loop: AbstractEventLoop, family: str) -> None:
    async def body() -> None:
        host = host_of_both()
        async with endpoint(loop, local_addr=(host, 0), family=FAMILIES[family][0]) as (transport, _):
            equal(address_of(transport)[0], FAMILIES[family][1], f"the host bound with the family of {family}")

    loop.run_until_complete(body())


@requirement("datagram-45")
def test_family_refuses_an_address_of_the_other(loop: AbstractEventLoop) -> None:
    options = {"local_addr": LOCAL, "family": socket.AF_INET6}
    loop.run_until_complete(refused_endpoint(loop, Exception, "an IPv4 address with family=AF_INET6", **options))


@requirement("datagram-45")
def test_flags_forbid_the_look_up_of_a_name(loop: AbstractEventLoop) -> None:
    options = {"local_addr": ("localhost", 0), "flags": socket.AI_NUMERICHOST}
    loop.run_until_complete(refused_endpoint(loop, Exception, "a name with flags=AI_NUMERICHOST", **options))


@requirement("datagram-45")
def test_the_protocol_may_be_named(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with endpoint(loop, local_addr=LOCAL, proto=socket.IPPROTO_UDP) as (transport, protocol):
            with plain_udp() as peer:
                peer.sendto(b"hello", address_of(transport))
                equal(await protocol.arrived(), [b"hello"], "what an endpoint with proto=IPPROTO_UDP received")

    loop.run_until_complete(body())


@requirement("datagram-46")
@pytest.mark.parametrize("connected", [False, True], ids=["local_addr", "remote_addr"])
def test_an_endpoint_speaks_ipv6(loop: AbstractEventLoop, connected: bool) -> None:
    need_ipv6()

    async def body() -> None:
        with plain_udp(LOOPBACK6, family=socket.AF_INET6) as peer:
            remote = peer.getsockname()
            options = {"remote_addr": remote[:2]} if connected else {"local_addr": (LOOPBACK6, 0)}
            async with endpoint(loop, **options) as (transport, protocol):
                transport.sendto(b"ping", None if connected else remote)
                data, sender = await beside(partial(peer.recvfrom, 100))
                peer.sendto(b"pong", sender)
                await protocol.arrived()
                equal((data, protocol.datagrams), (b"ping", [(b"pong", remote)]), "what both ends received")

    loop.run_until_complete(body())


@requirement("datagram-07a")
def test_two_endpoints_share_a_port_with_reuse_port(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with endpoint(loop, local_addr=LOCAL, reuse_port=True) as (one, _):
            second = endpoint(loop, local_addr=address_of(one), reuse_port=True)
            async with second as (two, _):
                equal(address_of(two), address_of(one), "the address of the second endpoint")

    loop.run_until_complete(body())


@requirement("datagram-07a")
@pytest.mark.parametrize("first", [False, True], ids=["neither", "the first one alone"])
def test_a_port_is_not_shared_unless_both_say_so(loop: AbstractEventLoop, first: bool) -> None:
    async def body() -> None:
        options: dict[str, Any] = {"reuse_port": True} if first else {}
        async with endpoint(loop, local_addr=LOCAL, **options) as (one, _):
            await refused_endpoint(loop, Exception, "a second endpoint at one port", local_addr=address_of(one))

    loop.run_until_complete(body())

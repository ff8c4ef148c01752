"""What an endpoint says of itself, and how it is handed on to another protocol."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import LOOPBACK6, equal, need_ipv6, requirement, same
from loopcert.conformance.kit.datagrams import Mailbox, address_of, endpoint, plain_udp

HOW = pytest.mark.parametrize("how", ["remote_addr", "both", "sock"])


def options(how: str, peer: socket.socket, stack: list[socket.socket]) -> dict[str, Any]:
    """Return how to make an endpoint connected to ``peer``; what has to be closed goes to ``stack``."""
    if how == "sock":
        sock = socket.socket(type=socket.SOCK_DGRAM)
        stack.append(sock)
        sock.connect(peer.getsockname())
        return {"sock": sock}
    local = {"local_addr": ("127.0.0.1", 0)} if how == "both" else {}
    return {"remote_addr": peer.getsockname(), **local}


@requirement("datagram-43")
@HOW
def test_peername_is_the_remote_address(loop: AbstractEventLoop, how: str) -> None:
    async def body() -> None:
        seen: list[Any] = []
        protocol = Mailbox(made=lambda transport: seen.append(transport.get_extra_info("peername")))
        made: list[socket.socket] = []
        with plain_udp() as peer:
            async with endpoint(loop, protocol, **options(how, peer, made)) as (transport, _):
                seen.append(transport.get_extra_info("peername"))
            equal(seen, [peer.getsockname()] * 2, "peername inside connection_made() and after it")
        for each in made:
            each.close()

    loop.run_until_complete(body())


@requirement("datagram-43")
def test_peername_of_an_unconnected_endpoint_is_none(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with endpoint(loop) as (transport, _):
            same(transport.get_extra_info("peername"), None, "peername")

    loop.run_until_complete(body())


@requirement("datagram-79")
@HOW
def test_sockname_is_the_own_address(loop: AbstractEventLoop, how: str) -> None:
    async def body() -> None:
        seen: list[Any] = []
        protocol = Mailbox(made=lambda transport: seen.append(transport.get_extra_info("sockname")))
        made: list[socket.socket] = []
        with plain_udp() as peer:
            async with endpoint(loop, protocol, **options(how, peer, made)) as (transport, _):
                seen.append(transport.get_extra_info("sockname"))
                wanted = transport.get_extra_info("socket").getsockname()
            equal((seen, wanted[1] > 0), ([wanted] * 2, True), "sockname inside connection_made() and after it")
        for each in made:
            each.close()

    loop.run_until_complete(body())


@requirement("datagram-79")
def test_names_of_ipv6_have_four_parts(loop: AbstractEventLoop) -> None:
    need_ipv6()

    async def body() -> None:
        async with endpoint(loop, local_addr=(LOOPBACK6, 0)) as (transport, _):
            host, port, *rest = transport.get_extra_info("sockname")
            equal((host, port > 0, rest), (LOOPBACK6, True, [0, 0]), "sockname")

    loop.run_until_complete(body())


@requirement("datagram-80")
def test_the_socket_is_given(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with endpoint(loop) as (transport, _):
            sock = transport.get_extra_info("socket")
            seen = (sock.family, sock.type, sock.getsockname())
            equal(seen, (socket.AF_INET, socket.SOCK_DGRAM, address_of(transport)), "family, type, name of the socket")

    loop.run_until_complete(body())


@requirement("datagram-55")
@pytest.mark.parametrize("default", [(), (17,)], ids=["no default", "a default"])
def test_what_is_not_known_is_the_default(loop: AbstractEventLoop, default: tuple[int, ...]) -> None:
    async def body() -> None:
        async with endpoint(loop) as (transport, _):
            seen = transport.get_extra_info("no such thing", *default)
            equal(seen, default[0] if default else None, "get_extra_info() of something unknown")

    loop.run_until_complete(body())


@requirement("datagram-44")
@pytest.mark.parametrize("inside", [False, True], ids=["between", "inside datagram_received()"])
def test_another_protocol_takes_over(loop: AbstractEventLoop, inside: bool) -> None:
    async def body() -> None:
        heir = Mailbox()
        first = Mailbox(**({"datagram": lambda transport: transport.set_protocol(heir)} if inside else {}))
        async with endpoint(loop, first, heirs=(heir,)) as (transport, _):
            with plain_udp() as peer:
                peer.sendto(b"one", address_of(transport))
                await first.arrived()
                if not inside:
                    transport.set_protocol(heir)
                peer.sendto(b"two", address_of(transport))
                await heir.arrived()
                transport.sendto(bytes(70_000), peer.getsockname())
                await heir.failed()
            transport.close()
            await heir.seen("lost")
            first.expect("made", "datagram")
            heir.expect("datagram", "error", "lost")

    loop.run_until_complete(body())


@requirement("datagram-52")
def test_get_protocol_gives_the_one_that_was_set(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        seen: list[Any] = []
        heir = Mailbox()
        first = Mailbox(made=lambda transport: seen.append(transport.get_protocol()))
        async with endpoint(loop, first, heirs=(heir,)) as (transport, _):
            seen.append(transport.get_protocol())
            transport.set_protocol(heir)
            seen.append(transport.get_protocol())
            equal(seen, [first, first, heir], "get_protocol() inside connection_made(), after it, after set_protocol()")

    loop.run_until_complete(body())

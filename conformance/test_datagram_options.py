"""Options of a datagram endpoint: broadcasts, a socket of one's own, and combinations that make no sense."""

from __future__ import annotations

import socket
from asyncio import AbstractEventLoop
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import LOOPBACK, beside, check, equal, raises, requirement
from loopcert.conformance.kit.datagrams import Mailbox, endpoint, plain_udp, refused_endpoint, settled

LOCAL = (LOOPBACK, 0)
EVERYBODY = "127.255.255.255"
"""Loopback's broadcast address: heard by those who are bound to any address."""


def need_broadcasts() -> None:
    """Leave the test out where a broadcast on loopback does not come back."""
    with plain_udp("0.0.0.0") as hearer, socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        hearer.settimeout(0.25)
        try:
            sender.sendto(b"x", (EVERYBODY, hearer.getsockname()[1]))
            hearer.recv(1)
        except OSError:
            pytest.skip("this machine has no broadcasts on loopback")


def need_permission() -> None:
    """Leave the test out where sockets may send broadcasts without having asked."""
    with plain_udp() as sender:
        try:
            sender.sendto(b"x", (EVERYBODY, 9))
        except PermissionError:
            return
    pytest.skip("this machine lets every socket send broadcasts")


@requirement("datagram-08")
@pytest.mark.parametrize("bound", [False, True], ids=["family alone", "local_addr"])
def test_allow_broadcast_reaches_everybody(loop: AbstractEventLoop, bound: bool) -> None:
    need_broadcasts()

    async def body() -> None:
        options: dict[str, Any] = {"local_addr": ("0.0.0.0", 0)} if bound else {"family": socket.AF_INET}
        with plain_udp("0.0.0.0") as hearer:
            async with endpoint(loop, allow_broadcast=True, **options) as (transport, protocol):
                transport.sendto(b"hello", (EVERYBODY, hearer.getsockname()[1]))
                await settled(loop)
                equal(protocol.errors, [], "errors of the broadcast")
                equal(await beside(partial(hearer.recv, 100)), b"hello", "what was heard")

    loop.run_until_complete(body())


@requirement("datagram-63")
def test_a_broadcast_has_to_be_allowed(loop: AbstractEventLoop) -> None:
    need_permission()

    async def body() -> None:
        async with endpoint(loop) as (transport, protocol):
            transport.sendto(b"hello", (EVERYBODY, 9))
            await protocol.failed()
            check(isinstance(protocol.errors[0], PermissionError), f"saw {protocol.errors}, wanted PermissionError")

    loop.run_until_complete(body())


@requirement("datagram-31")
def test_answers_to_a_broadcast_are_heard(loop: AbstractEventLoop) -> None:
    need_broadcasts()

    async def body() -> None:
        with plain_udp("0.0.0.0") as hearer:
            remote = (EVERYBODY, hearer.getsockname()[1])
            async with endpoint(loop, remote_addr=remote, allow_broadcast=True) as (transport, protocol):
                transport.sendto(b"who is there?")
                data, sender = await beside(partial(hearer.recvfrom, 100))
                hearer.sendto(b"me", sender)
                await settled(loop)
                equal((data, protocol.texts()), (b"who is there?", [b"me"]), "the question, and the answers that came")

    loop.run_until_complete(body())


@requirement("datagram-09a")
@pytest.mark.parametrize("blocking", [False, True], ids=["non-blocking", "blocking"])
def test_a_connected_socket_is_used(loop: AbstractEventLoop, blocking: bool) -> None:
    async def body() -> None:
        with plain_udp() as peer, plain_udp() as sock:
            sock.connect(peer.getsockname())
            sock.setblocking(blocking)
            local = sock.getsockname()
            async with endpoint(loop, sock=sock) as (transport, protocol):
                transport.sendto(b"ping")
                data, sender = await beside(partial(peer.recvfrom, 100))
                peer.sendto(b"pong", sender)
                equal((data, sender), (b"ping", local), "what the peer received, and from where")
                equal(await protocol.arrived(), [b"pong"], "what came to the socket")

    loop.run_until_complete(body())


@requirement("datagram-64")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_a_given_socket_is_closed_with_the_transport(loop: AbstractEventLoop, method: str) -> None:
    async def body() -> None:
        with plain_udp() as peer, plain_udp() as sock:
            sock.connect(peer.getsockname())
            local = sock.getsockname()
            async with endpoint(loop, sock=sock) as (transport, protocol):
                getattr(transport, method)()
                await protocol.seen("lost")
                await settled(loop)
                equal(sock.fileno(), -1, f"descriptor of the socket after {method}()")
            with plain_udp(*local):
                pass

    loop.run_until_complete(body())


@requirement("datagram-32")
def test_an_unconnected_socket_is_used(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as peer, plain_udp() as sock:
            peer.sendto(b"early", sock.getsockname())
            async with endpoint(loop, sock=sock) as (transport, protocol):
                transport.sendto(b"ping", peer.getsockname())
                data, sender = await beside(partial(peer.recvfrom, 100))
                peer.sendto(b"pong", sender)
                equal((data, await protocol.arrived(2)), (b"ping", [b"early", b"pong"]), "what both ends received")

    loop.run_until_complete(body())


OPTIONS: dict[str, Any] = {
    "local_addr": LOCAL,
    "remote_addr": (LOOPBACK, 9),
    "family": socket.AF_INET,
    "proto": socket.IPPROTO_UDP,
    "flags": socket.AI_PASSIVE,
    "reuse_port": True,
    "allow_broadcast": True,
}


@requirement("datagram-09b")
@pytest.mark.parametrize("name", OPTIONS)
def test_a_socket_excludes_other_options(loop: AbstractEventLoop, name: str) -> None:
    with plain_udp() as sock, raises(ValueError, f"sock with {name}"):
        options: Any = {name: OPTIONS[name]}
        loop.run_until_complete(loop.create_datagram_endpoint(Mailbox, sock=sock, **options))


@requirement("datagram-65")
def test_a_stream_socket_is_refused(loop: AbstractEventLoop) -> None:
    with socket.socket() as sock, raises(ValueError, "a stream socket"):
        loop.run_until_complete(loop.create_datagram_endpoint(Mailbox, sock=sock))


@requirement("datagram-10")
def test_reuse_address_is_refused(loop: AbstractEventLoop) -> None:
    options: Any = {"local_addr": LOCAL, "reuse_address": True}
    loop.run_until_complete(refused_endpoint(loop, Exception, "reuse_address=True", **options))


@requirement("datagram-30")
def test_a_port_whose_owner_would_share_it_is_in_use(loop: AbstractEventLoop) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(LOCAL)
        what = "a port whose owner has set SO_REUSEADDR"
        loop.run_until_complete(refused_endpoint(loop, Exception, what, local_addr=taken.getsockname()))


@requirement("datagram-27")
def test_an_endpoint_of_nothing_is_refused(loop: AbstractEventLoop) -> None:
    loop.run_until_complete(refused_endpoint(loop, Exception, "neither address nor family nor sock"))


@requirement("datagram-07b")
def test_reuse_port_is_an_error_where_there_is_none(loop: AbstractEventLoop) -> None:
    what = "reuse_port=True on a platform without it"
    loop.run_until_complete(refused_endpoint(loop, Exception, what, local_addr=LOCAL, reuse_port=True))


@requirement("datagram-66")
@pytest.mark.parametrize("side", ["local_addr", "remote_addr"])
@pytest.mark.parametrize("address", ["127.0.0.1", (LOOPBACK,), (LOOPBACK, 0, 0)], ids=["host", "one", "three"])
def test_an_address_is_a_pair(loop: AbstractEventLoop, side: str, address: Any) -> None:
    options: Any = {side: address}
    with raises(TypeError, f"{side}={address!r}"):
        loop.run_until_complete(loop.create_datagram_endpoint(Mailbox, **options))

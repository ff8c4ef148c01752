"""sendto(): where a datagram goes, what it may be, and how it arrives at a plain socket."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from loopcert.conformance.kit import LOOPBACK, allowed, beside, equal, raises, requirement
from loopcert.conformance.kit.datagrams import LAST, Mailbox, collect, endpoint, plain_udp, settled

LOCAL = (LOOPBACK, 0)
CONNECTED = pytest.mark.parametrize("connected", [False, True], ids=["unconnected", "connected"])


def options(peer: Any, connected: bool) -> dict[str, Any]:
    """Return how to make an endpoint that is or is not connected to ``peer``."""
    return {"remote_addr": peer.getsockname()} if connected else {"local_addr": LOCAL}


@requirement("datagram-12")
@pytest.mark.parametrize("call", ["sendto(data)", "sendto(data, None)", "sendto(data, addr=None)"])
def test_without_an_address_a_datagram_goes_to_the_remote_address(loop: AbstractEventLoop, call: str) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            async with endpoint(loop, remote_addr=peer.getsockname()) as (transport, _):
                with allowed(call):
                    if call == "sendto(data)":
                        transport.sendto(b"hello")
                    elif call == "sendto(data, None)":
                        transport.sendto(b"hello", None)
                    else:
                        transport.sendto(b"hello", addr=None)
                equal(await beside(partial(peer.recv, 100)), b"hello", "what the remote address received")

    loop.run_until_complete(body())


@requirement("datagram-67")
def test_a_datagram_goes_to_the_address_that_is_given(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as one, plain_udp() as two:
            async with endpoint(loop) as (transport, _):
                for number, peer in enumerate((one, two, two, one)):
                    transport.sendto(b"%d" % number, peer.getsockname())
                for peer in (one, two):
                    transport.sendto(LAST, addr=peer.getsockname())
                seen = [await beside(partial(collect, peer)) for peer in (one, two)]
                equal(seen, [[b"0", b"3"], [b"1", b"2"]], "what the two peers received")

    loop.run_until_complete(body())


@requirement("datagram-13")
def test_the_address_of_the_peer_may_be_repeated(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            async with endpoint(loop, remote_addr=peer.getsockname()) as (transport, protocol):
                with allowed("sendto() with the address of the peer"):
                    transport.sendto(b"hello", peer.getsockname())
                    transport.sendto(LAST)
                equal(await beside(partial(collect, peer)), [b"hello"], "what the peer received")
                equal(protocol.errors, [], "errors")

    loop.run_until_complete(body())


@requirement("datagram-34")
def test_another_address_than_that_of_the_peer_is_refused(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as peer, plain_udp() as other:
            async with endpoint(loop, remote_addr=peer.getsockname()) as (transport, _):
                with raises(ValueError, "sendto() with another address than remote_addr"):
                    transport.sendto(b"hello", other.getsockname())
                transport.sendto(LAST)
                equal(await beside(partial(collect, peer)), [], "what the peer received before the last datagram")

    loop.run_until_complete(body())


@requirement("datagram-14")
@CONNECTED
@pytest.mark.parametrize("data", [b"", bytearray(), memoryview(b"")], ids=["bytes", "bytearray", "memoryview"])
def test_an_empty_datagram_is_sent(loop: AbstractEventLoop, connected: bool, data: Any) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            address = None if connected else peer.getsockname()
            async with endpoint(loop, **options(peer, connected)) as (transport, _):
                for each in (b"one", data, b"two", LAST):
                    transport.sendto(each, address)
                equal(await beside(partial(collect, peer)), [b"one", b"", b"two"], "what the peer received")

    loop.run_until_complete(body())


@requirement("datagram-41")
@CONNECTED
@pytest.mark.parametrize("size", [1, 1472, 1473, 9000, 65507])
def test_a_datagram_arrives_whole_whatever_its_size(loop: AbstractEventLoop, connected: bool, size: int) -> None:
    async def body() -> None:
        data = (b"%08d" * (size // 8 + 1) % tuple(range(size // 8 + 1)))[:size]
        with plain_udp() as peer:
            async with endpoint(loop, **options(peer, connected)) as (transport, protocol):
                transport.sendto(data, None if connected else peer.getsockname())
                transport.sendto(LAST, None if connected else peer.getsockname())
                received = await beside(partial(collect, peer))
                equal(([len(each) for each in received], protocol.errors), ([size], []), "sizes received, and errors")
                equal(received == [data], True, "the content is that which was sent")

    loop.run_until_complete(body())


@requirement("datagram-68")
@CONNECTED
def test_each_sendto_is_a_datagram(loop: AbstractEventLoop, connected: bool) -> None:
    async def body() -> None:
        wanted = [b"%d" % number * (number % 7 + 1) for number in range(40)]
        with plain_udp() as peer:
            async with endpoint(loop, **options(peer, connected)) as (transport, _):
                for each in (*wanted, LAST):
                    transport.sendto(each, None if connected else peer.getsockname())
                equal(await beside(partial(collect, peer)), wanted, "datagrams that the peer received")

    loop.run_until_complete(body())


@requirement("datagram-39")
@CONNECTED
@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_any_bytes_like_object_can_be_sent(loop: AbstractEventLoop, connected: bool, kind: Callable[..., Any]) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            async with endpoint(loop, **options(peer, connected)) as (transport, _):
                with allowed(f"sendto() with a {kind.__name__}"):
                    transport.sendto(kind(b"hello"), None if connected else peer.getsockname())
                equal(await beside(partial(peer.recv, 100)), b"hello", "what the peer received")

    loop.run_until_complete(body())


@requirement("datagram-40")
@CONNECTED
@pytest.mark.parametrize("data", ["text", 17, None, [b"a", b"b"]], ids=["str", "int", "None", "list"])
def test_what_is_not_bytes_is_a_type_error(loop: AbstractEventLoop, connected: bool, data: Any) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            async with endpoint(loop, **options(peer, connected)) as (transport, _):
                with raises(TypeError, f"sendto({data!r})"):
                    transport.sendto(data, None if connected else peer.getsockname())
                transport.sendto(b"still there", None if connected else peer.getsockname())
                equal(await beside(partial(peer.recv, 100)), b"still there", "what was sent after that")

    loop.run_until_complete(body())


@requirement("datagram-53")
def test_sendto_returns_none(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            async with endpoint(loop) as (transport, _):
                equal(transport.sendto(b"hello", peer.getsockname()), None, "the result of sendto()")

    loop.run_until_complete(body())


@requirement("datagram-50")
@pytest.mark.parametrize("event", ["made", "datagram"])
def test_a_callback_may_send(loop: AbstractEventLoop, event: str) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            address = peer.getsockname()
            protocol = Mailbox(**{event: lambda transport: transport.sendto(event.encode(), address)})
            async with endpoint(loop, protocol) as (transport, _):
                peer.sendto(b"hello", transport.get_extra_info("sockname"))
                equal(
                    await beside(partial(peer.recv, 100)), event.encode(), f"what was sent inside the {event} callback"
                )

    loop.run_until_complete(body())


@requirement("datagram-50")
def test_error_received_may_send(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            address = peer.getsockname()
            protocol = Mailbox(error=lambda transport: transport.sendto(b"too much", address))
            async with endpoint(loop, protocol) as (transport, _):
                transport.sendto(bytes(70_000), address)
                equal(await beside(partial(peer.recv, 100)), b"too much", "what was sent inside error_received()")

    loop.run_until_complete(body())


@requirement("datagram-48")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_sendto_after_the_end_raises_nothing(loop: AbstractEventLoop, method: str) -> None:
    async def body() -> None:
        with plain_udp() as peer:
            async with endpoint(loop, remote_addr=peer.getsockname()) as (transport, protocol):
                getattr(transport, method)()
                for when in ("at once", "after connection_lost()"):
                    with allowed(f"sendto() after {method}(), {when}"):
                        transport.sendto(b"late")
                    await protocol.seen("lost")
                await settled(loop)
                protocol.expect("made", "lost")

    loop.run_until_complete(body())

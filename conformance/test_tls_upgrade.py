"""start_tls(): both sides, what was sent before it, what comes along with it, and what carries it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from asyncio import AbstractEventLoop

import pytest

from loopcert.conformance.kit import (
    BIG,
    SERVER_NAME,
    TLS_VERSIONS,
    BufferedRecorder,
    Clients,
    Recorder,
    TLSPeer,
    arrived,
    beside,
    check,
    connected,
    differs,
    elsewhere,
    equal,
    instance,
    receive,
    requirement,
    secured,
    shaken,
    speaks,
    tcp_server,
    upgraded,
    usual_context,
    visit,
)
from loopcert.conformance.kit.tls import SIDES, VERSIONS


@requirement("tls-01")
@VERSIONS
@SIDES
def test_start_tls_encrypts_both_directions(loop: AbstractEventLoop, version: str, server_side: bool) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            peer = TLSPeer(far, version, server_side=not server_side)
            above = await upgraded(loop, transport, protocol, peer, version, server_side=server_side)
            await speaks(above, protocol, peer)

    loop.run_until_complete(main())


@requirement("tls-01")
def test_start_tls_returns_another_transport(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            above = await upgraded(loop, transport, protocol, TLSPeer(far))
            differs(above, transport, "the transport that start_tls() returned")

    loop.run_until_complete(main())


@requirement("tls-01")
def test_plain_text_comes_before_the_upgrade_and_tls_after_it(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            transport.write(b"STARTTLS\n")
            equal(await beside(lambda: receive(far, 9)), b"STARTTLS\n", "what the peer received in plain text")
            far.sendall(b"GO\n")
            equal(await arrived(protocol, 3), b"GO\n", "what the protocol received in plain text")
            peer = TLSPeer(far)
            above = await upgraded(loop, transport, protocol, peer)
            await speaks(above, protocol, peer)

    loop.run_until_complete(main())


@requirement("tls-01")
def test_a_buffered_protocol_can_be_upgraded(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with connected(loop, BufferedRecorder()) as (transport, protocol, far):
            far.sendall(b"GO\n")
            await arrived(protocol, 3)
            peer = TLSPeer(far)
            above = await upgraded(loop, transport, protocol, peer)
            await speaks(above, protocol, peer)

    loop.run_until_complete(main())


@requirement("tls-01")
def test_start_tls_may_be_given_another_protocol(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        heir = Recorder()
        async with connected(loop, heirs=(heir,)) as (transport, protocol, far):
            peer = TLSPeer(far)
            above = await upgraded(loop, transport, heir, peer)
            await speaks(above, heir, peer)
            equal(bytes(protocol.data), b"", "what the first protocol received")

    loop.run_until_complete(main())


@requirement("tls-30")
@SIDES
def test_tls_transports_are_transports(loop: AbstractEventLoop, server_side: bool) -> None:
    async def main() -> None:
        async with secured(loop, server_side=server_side) as (transport, _protocol, _peer):
            instance(transport, asyncio.Transport, "a TLS transport")

    loop.run_until_complete(main())


@requirement("tls-30")
def test_start_tls_gives_a_transport(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            above = await upgraded(loop, transport, protocol, TLSPeer(far))
            instance(above, asyncio.Transport, "the transport that start_tls() returned")

    loop.run_until_complete(main())


@requirement("tls-05")
@VERSIONS
def test_server_side_upgrades_a_connection_of_a_server(loop: AbstractEventLoop, version: str) -> None:
    async def main() -> None:
        clients = Clients()
        async with tcp_server(loop, clients) as server:
            protocol, far = await visit(server, clients)
            peer = TLSPeer(far, version, server_side=False)
            above = await upgraded(loop, protocol.transport, protocol, peer, version, server_side=True)
            await speaks(above, protocol, peer)
            peer.sock.close()
            await protocol.seen("lost")

    loop.run_until_complete(main())


@requirement("tls-05")
@SIDES
def test_server_side_says_who_begins(loop: AbstractEventLoop, server_side: bool) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            peer = TLSPeer(far, server_side=not server_side)
            above = await upgraded(loop, transport, protocol, peer, server_side=server_side)
            seen = above.get_extra_info("ssl_object")
            equal(seen is None or seen.server_side, seen is None or server_side, "server_side of the ssl_object")

    loop.run_until_complete(main())


@requirement("tls-05")
def test_a_client_waits_for_no_client(loop: AbstractEventLoop) -> None:
    """Without server_side the transport speaks first: the peer has received its first record."""

    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            task = loop.create_task(
                loop.start_tls(transport, protocol, usual_context(TLS_VERSIONS[-1], False), server_hostname=SERVER_NAME)
            )
            first = await beside(lambda: far.recv(1, socket.MSG_PEEK))
            equal(first, b"\x16", "the first byte that the peer received")
            await shaken(TLSPeer(far), lambda: task)

    loop.run_until_complete(main())


@requirement("tls-08")
@SIDES
def test_the_protocol_hears_of_its_connection_once(loop: AbstractEventLoop, server_side: bool) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            peer = TLSPeer(far, server_side=not server_side)
            above = await upgraded(loop, transport, protocol, peer, server_side=server_side)
            await speaks(above, protocol, peer)
            protocol.expect("made", "data")

    loop.run_until_complete(main())


@requirement("tls-08")
def test_the_loss_of_an_upgraded_connection_is_told_once(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            peer = TLSPeer(far)
            above = await upgraded(loop, transport, protocol, peer)
            above.close()
            await beside(peer.answer)
            await protocol.seen("lost")
            await elsewhere(loop)
            equal((protocol.events.count("made"), protocol.events.count("lost")), (1, 1), "calls of made and lost")

    loop.run_until_complete(main())


@requirement("tls-32")
@pytest.mark.parametrize("plain", [b"STARTTLS\n", BIG], ids=["little", "much"])
def test_what_was_written_before_goes_out_in_plain_text(loop: AbstractEventLoop, plain: bytes) -> None:
    async def main() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, far):
            transport.write(plain)
            received: list[bytes] = []
            peer = TLSPeer(far)
            shake = peer.handshake

            def read_first(also: bytes = b"") -> None:
                received.append(receive(far, len(plain)))
                shake(also)

            peer.handshake = read_first  # type: ignore[method-assign]
            above = await upgraded(loop, transport, protocol, peer)
            check(received == [plain], "the peer received other bytes before the handshake than those written")
            await speaks(above, protocol, peer)

    loop.run_until_complete(main())


@requirement("tls-33")
def test_what_a_pause_held_back_belongs_to_tls(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, far):
            transport.pause_reading()
            peer = TLSPeer(far, server_side=False)
            try:
                peer.object.do_handshake()
            except ssl.SSLWantReadError:
                peer.flush()
            await elsewhere(loop)
            above = await upgraded(loop, transport, protocol, peer, server_side=True)
            await speaks(above, protocol, peer)

    loop.run_until_complete(main())


@requirement("tls-42")
def test_a_server_goes_on_counting(loop: AbstractEventLoop) -> None:
    async def main() -> None:
        clients = Clients()
        async with tcp_server(loop, clients) as server:
            protocol, far = await visit(server, clients)
            peer = TLSPeer(far, server_side=False)
            above = await upgraded(loop, protocol.transport, protocol, peer, server_side=True)
            server.close()
            waiting = asyncio.ensure_future(server.wait_closed())
            await elsewhere(loop)
            early = waiting.done()
            above.close()
            await beside(peer.answer)
            await waiting
            equal((early, "lost" in protocol.events), (False, True), "wait_closed() done at first, loss at the end")

    loop.run_until_complete(main())

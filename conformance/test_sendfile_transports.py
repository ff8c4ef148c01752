"""loop.sendfile() and its transport: what stands before and behind the file, cancellation, and what is refused."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    Peer,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    raises,
    receive,
    receive_all,
    requirement,
    reset,
    secured,
)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[IO[bytes]]:
    """An open file of numbered lines, larger than what the kernel takes at once."""
    path = tmp_path / "file"
    path.write_bytes(BIG)
    with path.open("rb") as file:
        yield file


async def turns() -> None:
    """Let the loop iterate a few times."""
    for _ in range(4):
        await asyncio.sleep(0)


@requirement("sendfile-15")
def test_the_loop_runs_on_and_sending_ends_after_all_was_taken(loop: AbstractEventLoop, file: IO[bytes]) -> None:
    async def main() -> bool:
        async with connected(loop, narrow=True) as (transport, _, peer):
            sending = asyncio.ensure_future(loop.sendfile(transport, file))
            await turns()
            early = sending.done()
            with Peer(lambda: receive(peer, len(BIG))) as reader:
                await sending
                transport.close()
                equal(await beside(reader.result) == BIG, True, "whether the peer got the file")
            return early

    equal(loop.run_until_complete(main()), False, "whether sendfile() ended before the peer made room")


@requirement("sendfile-09")
@pytest.mark.parametrize("before", [b"before", BIG], ids=["short", "long"])
def test_what_is_written_keeps_its_place_around_the_file(
    loop: AbstractEventLoop, file: IO[bytes], before: bytes
) -> None:
    async def main() -> bytes:
        async with connected(loop, narrow=True) as (transport, _, peer):
            reader = Peer(lambda: receive_all(peer))
            transport.write(before)
            await loop.sendfile(transport, file)
            transport.write(b"behind")
            transport.close()
            return await beside(reader.result)

    got = loop.run_until_complete(main())
    check(got == before + BIG + b"behind", f"{len(got)} bytes: wanted what was written, the file, b'behind'")


@requirement("sendfile-10")
def test_afterwards_the_transport_receives_and_sends(loop: AbstractEventLoop, file: IO[bytes]) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, peer):
            with Peer(lambda: receive(peer, len(BIG))):
                await loop.sendfile(transport, file)
            peer.sendall(b"ping")
            equal(await protocol.received(4), b"ping", "what the protocol received after sendfile()")
            transport.write(b"pong")
            equal(await beside(lambda: receive(peer, 4)), b"pong", "what the peer received after the file")
            equal(transport.is_closing(), False, "is_closing() after sendfile()")

    loop.run_until_complete(main())


@requirement("sendfile-10")
def test_afterwards_another_file_can_be_sent(loop: AbstractEventLoop, file: IO[bytes]) -> None:
    async def main() -> bytes:
        async with connected(loop) as (transport, _, peer):
            reader = Peer(lambda: receive_all(peer))
            await loop.sendfile(transport, file, 0, 8)
            await loop.sendfile(transport, file, 16, 8)
            transport.close()
            return await beside(reader.result)

    equal(loop.run_until_complete(main()), BIG[:8] + BIG[16:24], "two pieces of the file that the peer got")


@requirement("sendfile-10")
def test_what_arrives_while_a_file_is_sent_is_delivered(loop: AbstractEventLoop, file: IO[bytes]) -> None:
    async def main() -> bytes:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            sending = asyncio.ensure_future(loop.sendfile(transport, file))
            await turns()
            peer.sendall(b"hello")
            with Peer(lambda: receive(peer, len(BIG))):
                await sending
            received: bytes = await protocol.received(5)
            return received

    equal(loop.run_until_complete(main()), b"hello", "what the protocol received")


@requirement("sendfile-16")
def test_a_paused_transport_stays_paused(loop: AbstractEventLoop, file: IO[bytes]) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.pause_reading()
            peer.sendall(b"wait")
            with Peer(lambda: receive(peer, len(BIG))):
                await loop.sendfile(transport, file)
            await elsewhere(loop)
            held = bytes(protocol.data)
            transport.resume_reading()
            equal(
                (held, await protocol.received(4)), (b"", b"wait"), "data after sendfile(), and after resume_reading()"
            )

    loop.run_until_complete(main())


@requirement("sendfile-12")
def test_a_cancelled_sendfile_leaves_the_transport_usable(loop: AbstractEventLoop, file: IO[bytes]) -> None:
    async def main() -> bytes:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            sending = asyncio.ensure_future(loop.sendfile(transport, file))
            await turns()
            sending.cancel()
            await asyncio.wait([sending])
            reader = Peer(lambda: receive_all(peer))
            peer.sendall(b"ping")
            equal(await protocol.received(4), b"ping", "what the protocol received after the cancellation")
            transport.write(b"END")
            transport.close()
            return await beside(reader.result)

    got = loop.run_until_complete(main())
    sent, end = got[:-3], got[-3:]
    check(
        end == b"END" and len(sent) < len(BIG) and BIG.startswith(sent),
        f"the peer got {len(sent)} bytes and then {end!r}, wanted a start of the file and then what was written",
    )


@requirement("sendfile-17")
@pytest.mark.parametrize("kind", [connected, secured], ids=["tcp", "tls"])
def test_a_file_that_waits_hears_of_the_loss(loop: AbstractEventLoop, file: IO[bytes], kind: Any) -> None:
    async def main() -> None:
        async with kind(loop, narrow=True) as (transport, _, peer):
            transport.set_write_buffer_limits(high=1000)
            sending = asyncio.ensure_future(loop.sendfile(transport, file))
            for _ in range(4):  # until the file waits: where it is read in a thread, this comes behind its blocks
                await loop.run_in_executor(None, int)
                await elsewhere(loop)
            equal(sending.done(), False, "whether sendfile() had ended before the peer read anything")
            reset(peer if kind is connected else peer.sock)
            with raises(Exception, "sendfile() to a peer that hangs up"):
                await sending

    loop.run_until_complete(main())


@requirement("sendfile-08")
@pytest.mark.parametrize("how", ["close", "abort"])
def test_a_closing_transport_is_refused(loop: AbstractEventLoop, file: IO[bytes], how: str) -> None:
    async def main() -> None:
        async with connected(loop) as (transport, _, _peer):
            getattr(transport, how)()
            with raises(RuntimeError, f"sendfile() over a transport after {how}()"):
                await loop.sendfile(transport, file)

    loop.run_until_complete(main())


class Lost(asyncio.DatagramProtocol):
    """A datagram protocol that knows when its connection is lost."""

    def __init__(self) -> None:
        self.lost = asyncio.get_running_loop().create_future()

    def connection_lost(self, _exc: Exception | None) -> None:
        """Let the waiter go on."""
        self.lost.set_result(None)


@requirement("sendfile-11")
def test_a_datagram_transport_is_refused(loop: AbstractEventLoop, file: IO[bytes]) -> None:
    async def main() -> None:
        transport, protocol = await loop.create_datagram_endpoint(Lost, local_addr=(LOOPBACK, 0))
        try:
            with raises(RuntimeError, "sendfile() over a datagram transport"):
                await loop.sendfile(transport, file)  # type: ignore[arg-type]  # what is refused
        finally:
            transport.close()
            await protocol.lost

    loop.run_until_complete(main())

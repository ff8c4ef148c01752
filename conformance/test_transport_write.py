"""Writing: whole, in order, without blocking, and what happens to what is written too late."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    Peer,
    Recorder,
    allowed,
    beside,
    check,
    connected,
    elsewhere,
    equal,
    narrow_pair,
    raises,
    receive,
    receive_all,
    requirement,
    same,
)

KINDS: dict[str, Callable[[bytes], Any]] = {"bytearray": bytearray, "memoryview": memoryview}


@requirement("transport-21a")
def test_write_does_not_wait_for_a_peer_that_does_not_read(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, _protocol, peer):
            for _ in range(4):
                transport.write(BIG)
            unsent = transport.get_write_buffer_size()
            check(unsent > 0, f"{unsent} bytes unsent after writing 2 MB that nobody reads, wanted some")
            equal(await beside(lambda: receive(peer, 800)), BIG[:800], "what the peer reads first")

    loop.run_until_complete(body())


@requirement("transport-21a")
@pytest.mark.parametrize("accepted", [False, True], ids=["create_connection", "connect_accepted_socket"])
def test_write_does_not_wait_on_a_socket_that_was_a_blocking_one(loop: AbstractEventLoop, accepted: bool) -> None:
    """As socket.accept() gives them."""

    async def body() -> None:
        if accepted:
            transport, protocol = await loop.connect_accepted_socket(Recorder, near)
        else:
            transport, protocol = await loop.create_connection(Recorder, sock=near)
        transport.write(BIG)
        unsent = transport.get_write_buffer_size()
        check(unsent > 0, f"{unsent} bytes unsent after writing 512 kB that nobody reads, wanted some")
        transport.abort()
        await protocol.seen("lost")

    near, far = narrow_pair()
    near.setblocking(True)
    with near, far:
        loop.run_until_complete(body())


@requirement("transport-21b")
@pytest.mark.parametrize("data", [b"x", BIG], ids=["small", "big"])
def test_write_returns_none(loop: AbstractEventLoop, data: bytes) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, _protocol, _peer):
            same(transport.write(data), None, "result of write()")

    loop.run_until_complete(body())


@requirement("transport-22")
@pytest.mark.parametrize("size", [1, 4095, 65536, len(BIG)])
def test_written_bytes_arrive_whole_and_in_order(loop: AbstractEventLoop, size: int) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            for start in range(0, len(BIG), size)[:300]:
                transport.write(BIG[start : start + size])
            transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == BIG[: 300 * size], "the peer received other bytes than those written")

    loop.run_until_complete(body())


@requirement("transport-22")
def test_writes_of_many_turns_arrive_in_order(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            with Peer(lambda: receive_all(peer)) as reader:
                for start in range(0, len(BIG), 8192):
                    transport.write(BIG[start : start + 8192])
                    await asyncio.sleep(0)
                transport.close()
                await protocol.seen("lost")
                await elsewhere(loop)
            check(reader.result() == BIG, "the peer received other bytes than those written")

    loop.run_until_complete(body())


@requirement("transport-23")
def test_many_small_writes_equal_one_joined_write(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            for number in range(3000):
                transport.write(BIG[number : number + 1])
            transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            equal(received, BIG[:3000], "what the peer received of 3000 writes of one byte")

    loop.run_until_complete(body())


@requirement("transport-63")
@pytest.mark.parametrize("big", [False, True], ids=["small", "big"])
@pytest.mark.parametrize("kind", KINDS)
def test_write_takes_bytearray_and_memoryview(loop: AbstractEventLoop, kind: str, big: bool) -> None:
    async def body() -> None:
        data = BIG if big else b"payload"
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            with allowed(f"write() of a {kind}"):
                transport.write(KINDS[kind](data))
            transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == data, f"the peer received other bytes than those of the {kind}")

    loop.run_until_complete(body())


@requirement("transport-24")
@pytest.mark.parametrize("data", ["text", 3, None, [1, 2]], ids=["str", "int", "None", "list"])
def test_write_of_something_else_is_a_type_error(loop: AbstractEventLoop, data: Any) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            with raises(TypeError, f"write({data!r})"):
                transport.write(data)
            transport.write(b"after")
            await elsewhere(loop)
            equal(
                (await beside(lambda: receive(peer, 5)), protocol.events),
                (b"after", ["made"]),
                "what came through afterwards, and events",
            )

    loop.run_until_complete(body())


LINES: dict[str, Callable[[], Iterable[Any]]] = {
    "list": lambda: [b"a", b"bc", b"def"],
    "tuple": lambda: (b"abc", b"def"),
    "generator": lambda: (part for part in (b"abc", b"d", b"ef")),
    "with empty elements": lambda: [b"", b"abc", b"", b"def", b""],
    "one element": lambda: [b"abcdef"],
    "of mixed types": lambda: [b"ab", bytearray(b"cd"), memoryview(b"ef")],
}


@requirement("transport-25")
@pytest.mark.parametrize("name", LINES)
def test_writelines_sends_each_element_in_order(loop: AbstractEventLoop, name: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.write(b"<")
            transport.writelines(LINES[name]())
            transport.write(b">")
            transport.close()
            await protocol.seen("lost")
            equal(await beside(lambda: receive_all(peer)), b"<abcdef>", "what the peer received")

    loop.run_until_complete(body())


@requirement("transport-25")
@pytest.mark.parametrize("size", [100, 30000], ids=["more than an iovec holds", "more than the kernel takes"])
def test_writelines_of_much_data_arrives_whole(loop: AbstractEventLoop, size: int) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.writelines([BIG[start : start + size] for start in range(0, len(BIG), size)])
            transport.writelines([b"the", b" end"])
            transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == BIG + b"the end", "the peer received other bytes than those written")

    loop.run_until_complete(body())


@requirement("transport-25")
def test_writelines_does_not_overtake_what_is_unsent(loop: AbstractEventLoop) -> None:
    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            transport.writelines([b"af", b"ter"])
            transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == BIG + b"after", "the peer received other bytes, or in another order")

    loop.run_until_complete(body())


@requirement("transport-79")
@pytest.mark.parametrize("lines", [[b"", b"abcdef"], [b"abcdef", b""], [b"abc", b"", b"def", b"", b""]], ids=str)
def test_empty_elements_of_writelines_do_not_stay_behind(loop: AbstractEventLoop, lines: list[bytes]) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, peer):
            transport.writelines(lines)
            transport.close()
            await protocol.seen("lost")
            equal(await beside(lambda: receive_all(peer)), b"abcdef", "what the peer received")
            equal(protocol.error, None, "argument of connection_lost()")

    loop.run_until_complete(body())


@requirement("transport-58")
@pytest.mark.parametrize("unsent", [False, True], ids=["empty buffer", "unsent data"])
def test_writing_nothing_sends_nothing_and_calls_nothing(loop: AbstractEventLoop, unsent: bool) -> None:
    async def body() -> None:
        wanted = BIG if unsent else b"x"
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.set_write_buffer_limits(high=10 * len(BIG))
            transport.write(wanted)
            for nothing in (b"", bytearray()):
                transport.write(nothing)
            transport.writelines([])
            transport.close()
            received = await beside(lambda: receive_all(peer))
            await protocol.seen("lost")
            check(received == wanted, f"the peer received {len(received)} bytes, wanted {len(wanted)}")
            protocol.expect("made", "lost")

    loop.run_until_complete(body())


@requirement("transport-45a")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_write_after_connection_lost_is_ignored(loop: AbstractEventLoop, method: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, _peer):
            getattr(transport, method)()
            await protocol.seen("lost")
            for _ in range(7):
                with allowed("write() on a transport that was lost"):
                    transport.write(b"too late")
            await elsewhere(loop)
            protocol.expect("made", "lost")

    loop.run_until_complete(body())


@requirement("transport-64")
@pytest.mark.parametrize("lost", [False, True], ids=["closing", "lost"])
@pytest.mark.parametrize("method", ["close", "abort"])
def test_writelines_on_a_closed_transport_raises_nothing(loop: AbstractEventLoop, method: str, lost: bool) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, protocol, _peer):
            getattr(transport, method)()
            if lost:
                await protocol.seen("lost")
            with allowed(f"writelines() after {method}()"):
                transport.writelines([b"too", b"late"])
            await protocol.seen("lost")
            await elsewhere(loop)
            equal((protocol.events, protocol.error), (["made", "lost"], None), "events, and reason of the loss")

    loop.run_until_complete(body())


@requirement("transport-73")
@pytest.mark.parametrize("method", ["close", "abort"])
def test_write_between_close_and_connection_lost_raises_nothing(loop: AbstractEventLoop, method: str) -> None:
    """Whether what is written then still reaches the peer is left open."""

    async def body() -> None:
        async with connected(loop) as (transport, protocol, _peer):
            getattr(transport, method)()
            with allowed(f"write() after {method}()"):
                transport.write(b"too late")
            await protocol.seen("lost")
            await elsewhere(loop)
            equal((protocol.events, protocol.error), (["made", "lost"], None), "events, and reason of the loss")

    loop.run_until_complete(body())


WRITES: dict[str, Callable[[Any], object]] = {
    "write": lambda transport: transport.write(b"any time"),
    "writelines": lambda transport: transport.writelines([b"any ", b"time"]),
}


@requirement("transport-46")
@pytest.mark.parametrize("name", WRITES)
def test_a_small_write_on_an_empty_buffer_leaves_nothing_behind(loop: AbstractEventLoop, name: str) -> None:
    async def body() -> None:
        async with connected(loop) as (transport, _protocol, peer):
            WRITES[name](transport)
            equal(transport.get_write_buffer_size(), 0, "unsent bytes right after a small write on an idle connection")
            equal(await beside(lambda: receive(peer, 8)), b"any time", "what the peer received")

    loop.run_until_complete(body())


@requirement("transport-59")
def test_a_transport_reads_on_while_the_peer_does_not(loop: AbstractEventLoop) -> None:
    """The peer sends everything before it reads anything: who waits for it to read first waits for ever."""

    async def body() -> None:
        async with connected(loop, narrow=True) as (transport, protocol, peer):
            transport.write(BIG)
            with Peer(lambda: (peer.sendall(BIG), receive(peer, len(BIG)), peer.sendall(b"seen"))) as other:
                received = await protocol.received(len(BIG) + 4)
            check(received == BIG + b"seen", "the transport delivered other bytes than those sent")
            check(other.result()[1] == BIG, "the peer received other bytes than those written")

    loop.run_until_complete(body())

"""The loop's calls on stream sockets: receiving, sending, accepting, connecting."""

from __future__ import annotations

import array
import asyncio
import socket
from asyncio import AbstractEventLoop
from typing import Any

import pytest

from loopcert.conformance.kit import (
    BIG,
    LOOPBACK,
    Peer,
    allowed,
    check,
    equal,
    narrow_pair,
    need_resets,
    raises,
    receive,
    receive_all,
    requirement,
    reset,
    same,
    tcp_pair,
)


async def turns() -> None:
    """Let the loop iterate a few times."""
    for _ in range(4):
        await asyncio.sleep(0)


@requirement("sock-01a")
@pytest.mark.parametrize("count", [1, 4, 5, 100])
def test_recv_gives_what_is_there_up_to_the_count(loop: AbstractEventLoop, count: int) -> None:
    near, far = tcp_pair()
    with near, far:
        far.sendall(b"hello")
        data = loop.run_until_complete(loop.sock_recv(near, count))
    equal((type(data), data), (bytes, b"hello"[:count]), f"sock_recv(sock, {count}) with b'hello' there")


@requirement("sock-01a")
def test_recv_waits_for_data(loop: AbstractEventLoop) -> None:
    async def main() -> tuple[bool, bytes]:
        receiving = asyncio.ensure_future(loop.sock_recv(near, 100))
        await turns()
        early = receiving.done()
        far.sendall(b"later")
        return early, await receiving

    near, far = tcp_pair()
    with near, far:
        equal(loop.run_until_complete(main()), (False, b"later"), "whether sock_recv() ended before data, and the data")


@requirement("sock-01a")
def test_recv_goes_on_where_the_last_one_ended(loop: AbstractEventLoop) -> None:
    async def main() -> list[bytes]:
        return [await loop.sock_recv(near, 3) for _ in range(3)]

    near, far = tcp_pair()
    with near, far:
        far.sendall(b"abcdefgh")
        far.shutdown(socket.SHUT_WR)
        equal(loop.run_until_complete(main()), [b"abc", b"def", b"gh"], "results of sock_recv(sock, 3)")


@requirement("sock-01a")
def test_recv_on_many_sockets_gives_each_its_own(loop: AbstractEventLoop) -> None:
    async def main() -> list[bytes]:
        receiving = [asyncio.ensure_future(loop.sock_recv(near, 10)) for near, _ in pairs]
        await turns()
        for number, (_, far) in reversed([*enumerate(pairs)]):
            far.sendall(b"%d" % number)
        return list(await asyncio.gather(*receiving))

    pairs = [tcp_pair() for _ in range(10)]
    got = loop.run_until_complete(main())
    for sock in sum(pairs, ()):
        sock.close()
    equal(got, [b"%d" % number for number in range(10)], "what ten pending sock_recv() received")


@requirement("sock-01b")
@pytest.mark.parametrize("waiting", [False, True], ids=["before", "while waiting"])
def test_recv_gives_nothing_at_the_end(loop: AbstractEventLoop, waiting: bool) -> None:
    async def main() -> bytes:
        if not waiting:
            far.shutdown(socket.SHUT_WR)
        receiving = asyncio.ensure_future(loop.sock_recv(near, 10))
        await turns()
        if waiting:
            far.shutdown(socket.SHUT_WR)
        return await receiving

    near, far = tcp_pair()
    with near, far:
        equal(loop.run_until_complete(main()), b"", "sock_recv() at the end of the stream")


@requirement("sock-31")
@pytest.mark.parametrize("method", ["sock_recv", "sock_recv_into"])
@pytest.mark.parametrize("waiting", [False, True], ids=["before", "while waiting"])
def test_receiving_raises_after_a_reset(loop: AbstractEventLoop, method: str, waiting: bool) -> None:
    async def main() -> None:
        need_resets()
        if not waiting:
            reset(far)
        receiving = asyncio.ensure_future(getattr(loop, method)(near, 10 if method == "sock_recv" else bytearray(10)))
        await turns()
        if waiting:
            reset(far)
        with raises(ConnectionResetError, f"{method}() of a connection that was reset"):
            await receiving

    near, far = tcp_pair()
    with near, far:
        loop.run_until_complete(main())


@requirement("sock-02")
@pytest.mark.parametrize("waiting", [False, True], ids=["before", "while waiting"])
@pytest.mark.parametrize(("sent", "size"), [(b"hello", 8), (b"hello", 5), (b"hello", 2)])
def test_recv_into_fills_the_start_of_a_buffer(loop: AbstractEventLoop, sent: bytes, size: int, waiting: bool) -> None:
    async def main() -> tuple[Any, bytearray]:
        if not waiting:
            far.sendall(sent)
        receiving = asyncio.ensure_future(loop.sock_recv_into(near, buffer))
        await turns()
        if waiting:
            far.sendall(sent)
        return await receiving, buffer

    buffer = bytearray(b"." * size)
    count = min(size, len(sent))
    near, far = tcp_pair()
    with near, far:
        result = loop.run_until_complete(main())
    equal(result, (count, sent[:count] + b"." * (size - count)), "sock_recv_into() and its buffer")


@requirement("sock-02")
def test_recv_into_writes_through_a_memoryview(loop: AbstractEventLoop) -> None:
    store = bytearray(b"........")
    near, far = tcp_pair()
    with near, far:
        far.sendall(b"ab")
        count = loop.run_until_complete(loop.sock_recv_into(near, memoryview(store)[2:6]))
    equal((count, store), (2, b"..ab...."), "sock_recv_into() a slice of a memoryview, and the whole")


@requirement("sock-05a")
def test_sendall_ends_after_all_was_taken(loop: AbstractEventLoop) -> None:
    async def main() -> bool:
        sending = asyncio.ensure_future(loop.sock_sendall(near, BIG))
        await turns()
        early = sending.done()
        peer = Peer(lambda: receive(far, len(BIG)))
        await sending
        near.shutdown(socket.SHUT_WR)
        equal(peer.result() == BIG, True, "whether the peer got all of the data, in order")
        return early

    near, far = narrow_pair()
    with near, far:
        equal(loop.run_until_complete(main()), False, "whether sock_sendall() ended before the peer made room")


@requirement("sock-05a")
def test_sendall_lets_the_loop_run_on(loop: AbstractEventLoop) -> None:
    """The peer reads only once another callback has run: a loop that blocks in the call never ends."""

    async def main() -> bytes:
        sending = asyncio.ensure_future(loop.sock_sendall(near, BIG))
        await turns()
        with Peer(lambda: receive(far, len(BIG))) as peer:
            await sending
            near.shutdown(socket.SHUT_WR)
        return peer.result()

    near, far = narrow_pair()
    with near, far:
        equal(len(loop.run_until_complete(main())), len(BIG), "bytes that the peer got")


@requirement("sock-05b")
@pytest.mark.parametrize("data", [b"", b"hello"], ids=["nothing", "something"])
def test_sendall_returns_none(loop: AbstractEventLoop, data: bytes) -> None:
    near, far = tcp_pair()
    with near, far:
        result: object = loop.run_until_complete(loop.sock_sendall(near, data))
    same(result, None, "sock_sendall()")


@requirement("sock-06")
@pytest.mark.parametrize("waiting", [False, True], ids=["before", "while waiting"])
def test_sendall_raises_when_the_peer_is_gone(loop: AbstractEventLoop, waiting: bool) -> None:
    async def main() -> None:
        if not waiting:
            need_resets()
            reset(far)
        sending = asyncio.ensure_future(loop.sock_sendall(near, BIG))
        await turns()
        if waiting:
            reset(far)
        with raises(OSError, "sock_sendall() to a peer that has reset the connection"):
            await sending

    near, far = narrow_pair()
    with near, far:
        loop.run_until_complete(main())


@requirement("sock-28")
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: array.array("B", data)],
                         ids=["bytes", "bytearray", "memoryview", "array"])  # fmt: skip
def test_sendall_takes_anything_like_bytes(loop: AbstractEventLoop, kind: Any) -> None:
    near, far = tcp_pair()
    with near, far:
        with allowed("sock_sendall() of something like bytes"):
            loop.run_until_complete(loop.sock_sendall(near, kind(b"hello")))
        near.close()
        equal(receive_all(far), b"hello", "what the peer got")


@requirement("sock-26")
def test_receiving_and_sending_wait_side_by_side(loop: AbstractEventLoop) -> None:
    async def main() -> bytes:
        receiving = asyncio.ensure_future(loop.sock_recv(near, 10))
        sending = asyncio.ensure_future(loop.sock_sendall(near, BIG))
        await turns()
        far.sendall(b"hello")
        received = await receiving
        with Peer(lambda: receive(far, len(BIG))) as peer:
            await sending
            near.shutdown(socket.SHUT_WR)
        equal(peer.result() == BIG, True, "whether the peer got all of the data")
        return received

    near, far = narrow_pair()
    with near, far:
        equal(loop.run_until_complete(main()), b"hello", "what sock_recv() got beside a pending sock_sendall()")


@requirement("sock-15")
@pytest.mark.parametrize(("method", "arguments"), [
    ("sock_recv", (1,)), ("sock_recv_into", (bytearray(1),)), ("sock_recvfrom", (1,)),
    ("sock_recvfrom_into", (bytearray(1),)), ("sock_sendall", (b"",)), ("sock_sendto", (b"", (LOOPBACK, 9))),
    ("sock_connect", ((LOOPBACK, 9),)), ("sock_accept", ()), ("sock_sendfile", (None,)),
])  # fmt: skip
def test_a_call_gives_a_coroutine(loop: AbstractEventLoop, method: str, arguments: tuple[Any, ...]) -> None:
    with socket.socket() as sock:
        sock.setblocking(False)
        call = getattr(loop, method)(sock, *arguments)
        check(asyncio.iscoroutine(call), f"{method}(): saw {call!r}, wanted a coroutine")
        call.close()


@requirement("sock-22")
@pytest.mark.parametrize(("method", "arguments"), [
    ("sock_recv", (1,)), ("sock_recv_into", (bytearray(1),)), ("sock_sendall", (b"",)),
    ("sock_connect", ((LOOPBACK, 9),)), ("sock_accept", ()),
])  # fmt: skip
def test_a_blocking_socket_is_refused_in_debug_mode(
    loop: AbstractEventLoop, method: str, arguments: tuple[Any, ...]
) -> None:
    loop.set_debug(True)
    near, far = tcp_pair()
    with near, far:
        near.setblocking(True)
        far.sendall(b"x")
        with raises(ValueError, f"{method}() of a blocking socket in debug mode"):
            loop.run_until_complete(getattr(loop, method)(near, *arguments))

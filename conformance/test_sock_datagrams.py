"""The loop's calls on datagram sockets."""

from __future__ import annotations

import array
import asyncio
import socket
from asyncio import AbstractEventLoop
from collections.abc import Iterator
from typing import Any

import pytest

from loopcert.conformance.kit import LOOPBACK, LOOPBACK6, allowed, equal, need_ipv6, need_truncation, requirement
from loopcert.conformance.kit.datagrams import plain_udp

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair(loop: AbstractEventLoop) -> Iterator[Pair]:  # noqa: ARG001 - closed before the loop
    """Two datagram sockets: the first for the loop, the second for the peer."""
    with socket.socket(type=socket.SOCK_DGRAM) as near, socket.socket(type=socket.SOCK_DGRAM) as far:
        near.bind((LOOPBACK, 0))
        far.bind((LOOPBACK, 0))
        near.setblocking(False)
        yield near, far


async def turns() -> None:
    """Let the loop iterate a few times."""
    for _ in range(4):
        await asyncio.sleep(0)


@requirement("sock-03")
@pytest.mark.parametrize("waiting", [False, True], ids=["before", "while waiting"])
@pytest.mark.parametrize("data", [b"", b"hello", bytes(9000)], ids=["empty", "short", "long"])
def test_recvfrom_gives_a_datagram_and_its_sender(
    loop: AbstractEventLoop, pair: Pair, data: bytes, waiting: bool
) -> None:
    async def main() -> Any:
        if not waiting:
            far.sendto(data, near.getsockname())
        receiving = asyncio.ensure_future(loop.sock_recvfrom(near, 10000))
        await turns()
        if waiting:
            far.sendto(data, near.getsockname())
        return await receiving

    near, far = pair
    equal(loop.run_until_complete(main()), (data, far.getsockname()), "sock_recvfrom()")


@requirement("sock-03")
def test_recvfrom_gives_one_datagram_a_call(loop: AbstractEventLoop, pair: Pair) -> None:
    async def main() -> list[bytes]:
        return [(await loop.sock_recvfrom(near, 3))[0] for _ in range(3)]

    need_truncation()
    near, far = pair
    for data in (b"abcdef", b"g", b"hi"):
        far.sendto(data, near.getsockname())
    equal(loop.run_until_complete(main()), [b"abc", b"g", b"hi"], "results of sock_recvfrom(sock, 3)")


@requirement("sock-03")
def test_recvfrom_over_ipv6_gives_the_whole_address(loop: AbstractEventLoop) -> None:
    need_ipv6()
    with plain_udp(LOOPBACK6, 0, socket.AF_INET6) as near, plain_udp(LOOPBACK6, 0, socket.AF_INET6) as far:
        near.setblocking(False)
        far.sendto(b"hello", near.getsockname())
        equal(loop.run_until_complete(loop.sock_recvfrom(near, 10)), (b"hello", far.getsockname()), "sock_recvfrom()")


@requirement("sock-04a")
@pytest.mark.parametrize("waiting", [False, True], ids=["before", "while waiting"])
@pytest.mark.parametrize(("nbytes", "wanted"), [(8, b"hello..."), (5, b"hello..."), (2, b"he......")])
def test_recvfrom_into_stores_a_datagram(
    loop: AbstractEventLoop, pair: Pair, nbytes: int, wanted: bytes, waiting: bool
) -> None:
    async def main() -> Any:
        if nbytes < 5:
            need_truncation()
        if not waiting:
            far.sendto(b"hello", near.getsockname())
        receiving = asyncio.ensure_future(loop.sock_recvfrom_into(near, buffer, nbytes))
        await turns()
        if waiting:
            far.sendto(b"hello", near.getsockname())
        return await receiving

    near, far = pair
    buffer = bytearray(b"........")
    result = loop.run_until_complete(main())
    equal((result, bytes(buffer)), ((min(nbytes, 5), far.getsockname()), wanted), "sock_recvfrom_into() and its buffer")


@requirement("sock-04a")
@pytest.mark.parametrize("kind", ["memoryview", "part", "array"])
def test_recvfrom_into_takes_any_writable_buffer(loop: AbstractEventLoop, pair: Pair, kind: str) -> None:
    near, far = pair
    store = array.array("B", b"........") if kind == "array" else bytearray(b"........")
    buffer: Any = {"memoryview": memoryview(store), "part": memoryview(store)[:6], "array": store}[kind]
    far.sendto(b"hello", near.getsockname())
    with allowed(f"sock_recvfrom_into() with a buffer of kind {kind!r}"):
        result = loop.run_until_complete(loop.sock_recvfrom_into(near, buffer))
    equal((result, bytes(store)), ((5, far.getsockname()), b"hello..."), "sock_recvfrom_into() and its buffer")


@requirement("sock-04b")
@pytest.mark.parametrize("arguments", [(), (0,)], ids=["default", "zero"])
def test_recvfrom_into_without_a_count_uses_the_whole_buffer(
    loop: AbstractEventLoop, pair: Pair, arguments: tuple[int, ...]
) -> None:
    need_truncation()
    near, far = pair
    buffer = bytearray(5)
    far.sendto(b"hello, world", near.getsockname())
    count, _ = loop.run_until_complete(loop.sock_recvfrom_into(near, buffer, *arguments))
    equal((count, bytes(buffer)), (5, b"hello"), "count and buffer of sock_recvfrom_into() without nbytes")


@requirement("sock-07")
@pytest.mark.parametrize("data", [b"hello", bytearray(b"hello"), memoryview(b"hello"), bytes(9000)],
                         ids=["bytes", "bytearray", "memoryview", "long"])  # fmt: skip
def test_sendto_sends_a_datagram_and_counts_its_bytes(loop: AbstractEventLoop, pair: Pair, data: Any) -> None:
    near, far = pair
    count = loop.run_until_complete(loop.sock_sendto(near, data, far.getsockname()))
    equal((count, far.recvfrom(10000)), (len(data), (bytes(data), near.getsockname())), "sock_sendto() and the peer")


@requirement("sock-07")
def test_sendto_sends_to_the_address_of_each_call(loop: AbstractEventLoop, pair: Pair) -> None:
    async def main() -> None:
        await loop.sock_sendto(near, b"one", far.getsockname())
        await loop.sock_sendto(near, b"two", third.getsockname())

    near, far = pair
    with socket.socket(type=socket.SOCK_DGRAM) as third:
        third.bind((LOOPBACK, 0))
        loop.run_until_complete(main())
        equal((far.recv(10), third.recv(10)), (b"one", b"two"), "what two peers received")


@requirement("sock-07")
def test_sendto_over_ipv6_sends(loop: AbstractEventLoop) -> None:
    need_ipv6()
    with plain_udp(LOOPBACK6, 0, socket.AF_INET6) as near, plain_udp(LOOPBACK6, 0, socket.AF_INET6) as far:
        near.setblocking(False)
        with allowed("sock_sendto() over IPv6"):
            count = loop.run_until_complete(loop.sock_sendto(near, b"hello", far.getsockname()))
        equal((count, far.recvfrom(10)), (5, (b"hello", near.getsockname())), "sock_sendto() and the peer")


@requirement("sock-30")
def test_sendto_sends_an_empty_datagram(loop: AbstractEventLoop, pair: Pair) -> None:
    near, far = pair
    count = loop.run_until_complete(loop.sock_sendto(near, b"", far.getsockname()))
    near.sendto(b"end", far.getsockname())
    equal((count, far.recv(10)), (0, b""), "sock_sendto() of nothing, and what the peer got first")

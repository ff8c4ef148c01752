"""I/O by whatever mechanism the platform has: several loops at once, high descriptors, and Windows."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any, TypeVar

import pytest

from loopcert.conformance.kit import (
    LOOPBACK,
    Clients,
    Recorder,
    allowed,
    beside,
    client_of,
    equal,
    receive,
    requirement,
    serving,
    tcp_pair,
    tcp_server,
    visit,
)

T = TypeVar("T")
NewLoop = Callable[[], AbstractEventLoop]
THREADS = 3
BEYOND_SELECT = 1500
"""A descriptor that select() cannot watch: its sets end at 1024."""


Meet = Callable[[], object]
"""Blocks until every thread has come here."""


class Inbox(asyncio.DatagramProtocol):
    """Keeps what comes, and can be waited for."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.got: asyncio.Future[bytes] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()

    def datagram_received(self, data: bytes, _addr: Any) -> None:
        """Keep the first datagram."""
        if not self.got.done():
            self.got.set_result(data)

    def connection_lost(self, _exc: Exception | None) -> None:
        """Let the test go on."""
        self.lost.set_result(None)


@asynccontextmanager
async def endpoint(loop: AbstractEventLoop) -> AsyncIterator[tuple[Any, Inbox, Any]]:
    """Give a datagram endpoint for the time of a block: transport, protocol and address."""
    inbox = Inbox(loop)
    transport, _ = await loop.create_datagram_endpoint(lambda: inbox, local_addr=(LOOPBACK, 0))
    try:
        yield transport, inbox, transport.get_extra_info("sockname")
    finally:
        transport.close()
        await inbox.lost


def parallel(new_loop: NewLoop, body: Callable[[int, AbstractEventLoop, Meet], Coroutine[Any, Any, T]]) -> list[T]:
    """Run ``body(number, loop, meet)`` on a loop of its own in each of some threads; return the results."""
    everybody = threading.Barrier(THREADS)

    def run(number: int) -> T | Exception:
        loop = new_loop()
        try:
            return loop.run_until_complete(body(number, loop, everybody.wait))
        except Exception as error:  # noqa: BLE001 - handed on below; nobody must wait for this thread any longer
            everybody.abort()
            return error
        finally:
            loop.close()

    with ThreadPoolExecutor(THREADS) as pool, allowed("loops that run at the same time, one a thread"):
        results = list(pool.map(run, range(THREADS)))
        errors = [each for each in results if isinstance(each, Exception)]
        for error in sorted(errors, key=lambda each: isinstance(each, threading.BrokenBarrierError)):
            raise error
    return [each for each in results if not isinstance(each, Exception)]


@requirement("platform-11")
def test_loops_in_threads_serve_each_their_own_clients(new_loop: NewLoop) -> None:
    """Every loop is in the middle of its run when its client comes."""

    async def body(number: int, loop: AbstractEventLoop, meet: Meet) -> bytes:
        clients = Clients()
        async with tcp_server(loop, clients) as server:
            meet()
            protocol, peer = await visit(server, clients)
            peer.sendall(b"from %d" % number)
            await protocol.received(6)
            protocol.transport.write(b"to " + bytes(protocol.data))
            return await beside(partial(receive, peer, 9))

    equal(parallel(new_loop, body), [b"to from %d" % number for number in range(THREADS)], "what each client got")


@requirement("platform-11")
def test_loops_in_threads_talk_to_each_other(new_loop: NewLoop) -> None:
    """Each loop connects to the server of the next, and each waits until all have heard."""
    ports: dict[int, int] = {}

    async def body(number: int, loop: AbstractEventLoop, meet: Meet) -> bytes:
        clients = Clients()
        async with tcp_server(loop, clients) as server:
            ports[number] = server.sockets[0].getsockname()[1]
            meet()
            transport, protocol = await loop.create_connection(Recorder, LOOPBACK, ports[(number + 1) % THREADS])
            guest = await clients.made()
            guest.transport.write(b"from %d" % number)
            received: bytes = await protocol.received(6)
            await beside(meet)
            transport.close()
            await protocol.seen("lost")
            return received

    equal(parallel(new_loop, body), [b"from 1", b"from 2", b"from 0"], "what each loop heard from the next one")


@requirement("platform-11")
def test_loops_in_threads_exchange_datagrams(new_loop: NewLoop) -> None:
    addresses: dict[int, Any] = {}

    async def body(number: int, loop: AbstractEventLoop, meet: Meet) -> bytes:
        async with endpoint(loop) as (transport, inbox, addresses[number]):
            meet()
            transport.sendto(b"from %d" % number, addresses[(number + 1) % THREADS])
            received = await inbox.got
            await beside(meet)
            return received

    equal(parallel(new_loop, body), [b"from 2", b"from 0", b"from 1"], "what each loop heard from the one before")


@requirement("platform-11")
def test_loops_in_threads_call_each_other(new_loop: NewLoop) -> None:
    """Each loop is idle until the one before has called it."""
    futures: dict[int, tuple[AbstractEventLoop, asyncio.Future[int]]] = {}

    async def body(number: int, loop: AbstractEventLoop, meet: Meet) -> int:
        futures[number] = loop, loop.create_future()
        meet()
        other, future = futures[(number + 1) % THREADS]
        other.call_soon_threadsafe(future.set_result, number)
        result = await futures[number][1]
        await beside(meet)
        return result

    equal(parallel(new_loop, body), [2, 0, 1], "who called each loop")


@contextmanager
def many_descriptors() -> Iterator[None]:
    """Allow this process more descriptors than select() can watch; leave the test out where that cannot be."""
    import resource  # Windows has none

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * BEYOND_SELECT
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"this machine gives a process {hard} descriptors only")
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    except (OSError, ValueError):
        pytest.skip(f"this machine does not give a process {wanted} descriptors")
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def raised(sock: socket.socket) -> socket.socket:
    """Return the same socket under a number that is beyond the reach of select()."""
    import fcntl  # Windows has none

    with sock:
        return socket.socket(fileno=fcntl.fcntl(sock, fcntl.F_DUPFD_CLOEXEC, BEYOND_SELECT))


@requirement("platform-14")
@pytest.mark.parametrize("use", ["sock_recv", "transport", "server"])
def test_descriptors_beyond_select_are_served(loop: AbstractEventLoop, use: str) -> None:
    async def by_sock_recv() -> None:
        near, far = tcp_pair()
        with raised(near) as high, far:
            waiting = asyncio.ensure_future(loop.sock_recv(high, 100))
            await asyncio.sleep(0)
            far.sendall(b"question")
            received.append(await waiting)

    async def by_transport() -> None:
        near, far = tcp_pair()
        with far:
            transport, protocol = await loop.create_connection(Recorder, sock=raised(near))
            far.sendall(b"question")
            received.append(await protocol.received(8))
            transport.close()
            await protocol.seen("lost")

    async def by_server() -> None:
        listener, clients = socket.socket(), Clients()
        listener.bind((LOOPBACK, 0))
        async with serving(loop.create_server(clients, sock=raised(listener)), clients) as server:
            protocol, peer = await visit(server, clients)
            peer.sendall(b"question")
            received.append(await protocol.received(8))

    received: list[bytes] = []
    ways = {"sock_recv": by_sock_recv, "transport": by_transport, "server": by_server}
    with many_descriptors(), allowed(f"{use} with a descriptor beyond 1024"):
        loop.run_until_complete(ways[use]())
    equal(received, [b"question"], "what was received")


@requirement("platform-15")
def test_all_mandatory_io_at_once_on_windows(loop: AbstractEventLoop) -> None:
    """Streams, their server, datagrams and sockets of our own wait for each other in one run."""

    async def streams() -> bytes:
        clients = Clients()
        async with tcp_server(loop, clients) as server:
            near = client_of(server)
            near.setblocking(False)
            transport, protocol = await loop.create_connection(Recorder, sock=near)
            guest = await clients.made()
            guest.transport.write(await datagrams())
            received: bytes = await protocol.received(8)
            transport.close()
            await protocol.seen("lost")
            return received

    async def datagrams() -> bytes:
        async with endpoint(loop) as (transport, inbox, address):
            transport.sendto(await sockets(), address)
            return await inbox.got

    async def sockets() -> bytes:
        near, far = tcp_pair()
        with near, far:
            waiting = asyncio.ensure_future(loop.sock_recv(near, 100))
            await beside(lambda: far.sendall(b"question"))
            return await waiting

    with allowed("streams, datagrams and sock_ methods in one run"):
        equal(loop.run_until_complete(streams()), b"question", "what came through sockets, datagrams and streams")


@requirement("platform-15")
def test_a_thread_wakes_the_loop_on_windows(loop: AbstractEventLoop) -> None:
    """The loop waits for bytes that come only after another thread has called it, time and again."""

    async def body() -> bytes:
        near, far = tcp_pair()
        with near, far:
            waiting = asyncio.ensure_future(loop.sock_recv(near, 100))
            for _ in range(10):
                await beside(partial(time.sleep, 0.002))  # long enough for the loop to fall asleep
            far.sendall(b"after ten calls")
            return await waiting

    with allowed("calls from another thread during sock_recv()"):
        equal(loop.run_until_complete(body()), b"after ten calls", "what sock_recv() returned in the end")

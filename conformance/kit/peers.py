"""The other end: plain blocking sockets and threads, so that a loop that is wrong at both ends is still caught.

All of it stays on loopback, on ports that the kernel picks.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from loopcert.conformance.kit.verify import Violation

T = TypeVar("T")
LOOPBACK = "127.0.0.1"


class Peer(Generic[T]):
    """A function that runs in a thread beside the loop, with plain blocking calls.

    As a context manager it joins the thread and hands on what the function raised. Its sockets must be ended by
    what the test does (or by the watchdog): a peer has no timeouts of its own.
    """

    def __init__(self, function: Callable[[], T]) -> None:
        self._function = function
        self._result: T
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="loopcert-peer", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = self._function()
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the test
            self._error = error

    def result(self) -> T:
        """Wait for the function's end and return its result or raise its exception."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.result()


@contextmanager
def listening(family: int = socket.AF_INET, host: str = LOOPBACK, backlog: int = 8) -> Iterator[socket.socket]:
    """Give a blocking socket that listens on loopback, on a port of the kernel's choice."""
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind((host, 0))
        server.listen(backlog)
        yield server


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected blocking TCP sockets: the first for the loop under test, the second for the peer."""
    with listening() as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
    near.setblocking(False)
    return near, far


def prompt(peer: socket.socket) -> socket.socket:
    """Have the kernel send at once what a peer sends; else it keeps what follows until the first has arrived.

    That may be 40 ms later. Sockets that are not TCP know no such delay.
    """
    if peer.family != getattr(socket, "AF_UNIX", None):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def receive(peer: socket.socket, count: int) -> bytes:
    """Receive exactly ``count`` bytes on a blocking socket, or fewer if the other side ends before."""
    data = bytearray()
    while len(data) < count:
        chunk = peer.recv(min(65536, count - len(data)))
        if not chunk:
            break
        data += chunk
    return bytes(data)


def receive_all(peer: socket.socket) -> bytes:
    """Receive until the other side ends its half."""
    return b"".join(iter(lambda: peer.recv(65536), b""))


def refused_port() -> int:
    """Return a loopback port that nobody listens on: it was free a moment ago, and binding it again is not hurried."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


class Events:
    """What every recording protocol shares: the events of its transport, and ways to wait for them.

    The events are ``made``, ``data``, ``eof``, ``lost``, ``pause`` and ``resume``. ``events`` holds the names in
    order, consecutive ``data`` once; ``data`` all bytes; ``error`` what connection_lost() was given. ``keep_open``
    is what eof_received() answers.
    """

    def __init__(self, *, keep_open: object = False) -> None:
        self.events: list[str] = []
        self.data = bytearray()
        self.transport: Any = None
        self.error: BaseException | None = None
        self._keep_open = keep_open
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    def happened(self, event: str) -> None:
        """Record one event and wake those who wait for it."""
        if event != "data" or self.events[-1:] != ["data"]:
            self.events.append(event)
        for condition, waiter in self._waiters:
            if not waiter.done() and condition():
                waiter.set_result(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Record ``made`` and keep the transport."""
        self.transport = transport
        self.happened("made")

    def eof_received(self) -> bool | None:
        """Record ``eof``; the answer says whether the transport stays open."""
        self.happened("eof")
        return self._keep_open  # type: ignore[return-value]  # some tests answer with other true and false values

    def connection_lost(self, exc: Exception | None) -> None:
        """Record ``lost`` and keep the exception."""
        self.error = exc
        self.happened("lost")

    def pause_writing(self) -> None:
        """Record ``pause``."""
        self.happened("pause")

    def resume_writing(self) -> None:
        """Record ``resume``."""
        self.happened("resume")

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition()`` holds after some event; a condition that never holds is a hang."""
        if condition():
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((condition, waiter))
        await waiter

    async def seen(self, event: str) -> None:
        """Wait until ``event`` has been recorded."""
        await self.until(lambda: event in self.events)

    async def received(self, count: int) -> bytes:
        """Wait for ``count`` bytes in all and return what has come."""
        await self.until(lambda: len(self.data) >= count)
        return bytes(self.data)

    def expect(self, *wanted: str) -> None:
        """Fail unless exactly these events were recorded, in that order (consecutive ``data`` counts once)."""
        if self.events != list(wanted):
            raise Violation(f"events of the protocol: saw {self.events!r}, wanted {list(wanted)!r}")


class Recorder(Events, asyncio.Protocol):
    """A streaming protocol that records what its transport tells it."""

    def data_received(self, data: bytes) -> None:
        """Record ``data`` and keep the bytes."""
        self.data += data
        self.happened("data")


async def connect(
    loop: asyncio.AbstractEventLoop, protocol: Recorder | None = None
) -> tuple[Any, Recorder, socket.socket]:
    """Connect a transport of the loop under test to a plain blocking TCP socket; return transport, protocol, peer."""
    near, far = tcp_pair()
    transport, made = await loop.create_connection(lambda: protocol or Recorder(), sock=near)
    return transport, made, far

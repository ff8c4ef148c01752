"""Datagrams: endpoints of the loop under test with a protocol that records, and plain blocking sockets around them."""

from __future__ import annotations

import asyncio
import functools
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import pytest

from loopcert.conformance.kit.folders import private_folder
from loopcert.conformance.kit.peers import LOOPBACK, Events
from loopcert.conformance.kit.verify import allowed, raises

_PATIENCE = 0.25
_SEVERAL = 4
_LARGEST = 1 << 16

LAST = b"the last one"
"""Ends what `collect` receives."""


class Mailbox(Events, asyncio.DatagramProtocol):
    """A protocol of datagrams that records, in ``events`` as ``datagram`` and ``error``, and reacts if it is told to.

    ``datagrams`` holds pairs of data and sender, ``errors`` what error_received() was given. ``Mailbox(made=action)``
    calls ``action(transport)`` inside connection_made(), after that was recorded; the names are those of the events.
    """

    def __init__(self, **reactions: Callable[[Any], object]) -> None:
        super().__init__()
        self.datagrams: list[tuple[Any, Any]] = []
        self.errors: list[Any] = []
        self._reactions = reactions

    def happened(self, event: str) -> None:
        """Record the event, then react to it."""
        super().happened(event)
        if event in self._reactions:
            self._reactions[event](self.transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Record ``datagram``, and keep it and its sender."""
        self.datagrams.append((data, addr))
        self.happened("datagram")

    def error_received(self, exc: Exception) -> None:
        """Record ``error`` and keep the exception."""
        self.errors.append(exc)
        self.happened("error")

    def texts(self) -> list[Any]:
        """Return the data of the datagrams that have come."""
        return [data for data, _ in self.datagrams]

    async def arrived(self, count: int = 1) -> list[Any]:
        """Wait for ``count`` datagrams in all and return the data of those that have come."""
        await self.until(lambda: len(self.datagrams) >= count)
        return self.texts()

    async def failed(self, count: int = 1) -> Any:
        """Wait for ``count`` errors in all and return the last one."""
        await self.until(lambda: len(self.errors) >= count)
        return self.errors[-1]


@asynccontextmanager
async def endpoint(
    loop: asyncio.AbstractEventLoop, protocol: Mailbox | None = None, *, heirs: tuple[Mailbox, ...] = (), **options: Any
) -> AsyncIterator[tuple[Any, Mailbox]]:
    """Give an endpoint and its protocol for the time of a block; that it cannot be made is a Violation.

    It is bound to loopback unless ``options`` say otherwise; ``heirs`` are protocols that the block hands it on to.
    Clearing away waits a while for connection_lost() and proves nothing: a test that wants it waits itself.
    """
    watched = protocol or Mailbox()
    options = options or {"local_addr": (LOOPBACK, 0)}
    with allowed(f"create_datagram_endpoint with {', '.join(options)}"):
        transport, _ = await loop.create_datagram_endpoint(lambda: watched, **options)
    everyone = (watched, *heirs)
    try:
        yield transport, watched
    finally:
        if not any("lost" in each.events for each in everyone):
            transport.abort()
            waits = [asyncio.ensure_future(each.seen("lost")) for each in everyone]
            await asyncio.wait(waits, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()


async def refused_endpoint(loop: asyncio.AbstractEventLoop, wanted: type[Exception], what: str, **options: Any) -> None:
    """Fail unless making an endpoint raises ``wanted``; ``what`` names the reason why it cannot be made."""
    protocol = Mailbox()
    with raises(wanted, what):
        transport, _ = await loop.create_datagram_endpoint(lambda: protocol, **options)
        transport.close()
        await protocol.seen("lost")


def address_of(transport: Any) -> Any:
    """Return the address to which a peer sends what the endpoint shall receive."""
    return transport.get_extra_info("sockname")


@contextmanager
def plain_udp(host: str = LOOPBACK, port: int = 0, family: int = socket.AF_INET) -> Iterator[socket.socket]:
    """Give a blocking UDP socket, bound on loopback to a port of the kernel's choice."""
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((host, port))
        yield sock


@contextmanager
def deaf_udp() -> Iterator[socket.socket]:
    """Give a socket whose port refuses what is sent to it, as one does that nobody has, and that nobody can take.

    It is connected to itself; once it is connected to somebody else, it hears him. Without a kernel that tells a
    sender of such a refusal the test is left out.
    """
    if not _refusals():
        pytest.skip("this machine does not tell the sender that nobody receives his datagrams")
    with _deaf() as sock:
        yield sock


@contextmanager
def _deaf() -> Iterator[socket.socket]:
    with plain_udp() as sock:
        sock.connect(sock.getsockname())
        yield sock


@functools.cache
def _refusals() -> bool:
    with _deaf() as deaf, socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.connect(deaf.getsockname())
        probe.settimeout(_PATIENCE)
        try:
            probe.send(b"anybody?")
            probe.recv(1)
        except TimeoutError:
            return False
        except OSError:
            return True
    return False


@contextmanager
def full_pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Give two datagram sockets: a non-blocking one that can send nothing now, and the blocking one it is connected to.

    They are Unix sockets, since UDP drops what a receiver has no room for. Once `collect` receives at the second, the
    first can send again. Without a kernel that lets datagrams wait the test is left out.
    """
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("this machine has no Unix sockets, and its UDP takes every datagram")
    with (
        private_folder() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as near,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as far,
    ):
        path = str(folder / "far")
        far.bind(path)
        near.connect(path)
        near.setblocking(False)
        if not _filled(near):
            pytest.skip("this machine drops datagrams instead of letting them wait")
        yield near, far


_FILLER = b"filler"


def _filled(sock: socket.socket) -> bool:
    try:
        while True:
            sock.send(_FILLER)
    except BlockingIOError:
        return True
    except OSError:
        return False


def collect(peer: socket.socket) -> list[bytes]:
    """Receive on a blocking socket up to `LAST`; return what came before it, less what `full_pair` filled it with."""
    received = iter(lambda: peer.recv(_LARGEST), LAST)
    return [data for data in received if data != _FILLER]


def pending(peer: socket.socket) -> list[bytes]:
    """Return what waits at a socket at this moment, less what `full_pair` filled it with."""
    peer.setblocking(False)
    received = []
    try:
        while True:
            received.append(peer.recv(_LARGEST))
    except BlockingIOError:
        return [data for data in received if data != _FILLER]
    finally:
        peer.setblocking(True)


async def settled(loop: asyncio.AbstractEventLoop) -> None:
    """Let another endpoint be made, receive and end: what was there to be received before has been seen by then."""
    async with endpoint(loop) as (transport, other):
        with plain_udp() as peer:
            peer.sendto(b"elsewhere", address_of(transport))
        await other.arrived()
    for _ in range(_SEVERAL):
        await asyncio.sleep(0)

"""TCP transports of the loop under test: made, watched, and cleared away, with a plain socket at the other end."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar

from loopcert.conformance.kit.peers import Events, Peer, Recorder, listening, tcp_pair

T = TypeVar("T")

BIG = b"".join(b"%07d\n" % number for number in range(1 << 16))
"""512 kB of numbered lines: more than the kernel takes at once between two sockets of `narrow_pair`."""

_NARROW = 1 << 14
_PATIENCE = 0.25

Stream: TypeAlias = tuple[Any, Any, Any]
"""A transport of the loop under test, its protocol, and the blocking socket of the peer (Any, for lambdas)."""


def narrow_pair() -> tuple[socket.socket, socket.socket]:
    """Return what `tcp_pair` does, with kernel buffers so small that most of `BIG` stays with its sender."""
    with listening() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _NARROW)
        near = socket.socket()
        near.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _NARROW)
        near.connect(server.getsockname())
        far, _ = server.accept()
    for each in (near, far):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _NARROW)
    near.setblocking(False)
    return near, far


def reset(peer: socket.socket) -> None:
    """Close a peer's socket so that the other side sees a reset instead of an end."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0))
    peer.close()


class Reacting(Recorder):
    """A recorder that does something inside its callbacks.

    ``Reacting(eof=action)`` calls ``action(transport)`` inside eof_received(), after that was recorded; the names
    are those of the events. What the action raises goes to the loop.
    """

    def __init__(self, *, keep_open: bool = False, **reactions: Callable[[Any], object]) -> None:
        super().__init__(keep_open=keep_open)
        self._reactions = reactions

    def happened(self, event: str) -> None:
        """Record the event, then react to it."""
        super().happened(event)
        if event in self._reactions:
            self._reactions[event](self.transport)


class BufferedRecorder(Events, asyncio.BufferedProtocol):
    """A recorder that gives its transport buffers of ``size`` bytes, and keeps what it was asked and told."""

    def __init__(self, size: int = 4096, *, keep_open: object = False) -> None:
        super().__init__(keep_open=keep_open)
        self.buffer: Any = bytearray(size)
        self.hints: list[int] = []
        self.counts: list[int] = []

    def get_buffer(self, sizehint: int) -> Any:
        """Note the hint and hand out the one buffer."""
        self.hints.append(sizehint)
        return self.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Record ``data``, and keep the bytes and their number."""
        self.counts.append(nbytes)
        self.data += memoryview(self.buffer).cast("B")[:nbytes]
        self.happened("data")


@asynccontextmanager
async def connected(
    loop: asyncio.AbstractEventLoop,
    protocol: Events | None = None,
    *,
    narrow: bool = False,
    heirs: tuple[Events, ...] = (),
) -> AsyncIterator[Stream]:
    """Connect a transport to a peer for the time of a block, and clear it away whatever happened there.

    ``narrow`` makes the kernel's buffers small; ``heirs`` are protocols that the block hands the transport on to.
    Clearing away waits a while for connection_lost() and proves nothing: a test that wants it waits itself.
    """
    near, far = narrow_pair() if narrow else tcp_pair()
    watched: Events = protocol or Recorder()
    everyone = (watched, *heirs)
    with far:
        transport, _ = await loop.create_connection(lambda: watched, sock=near)  # type: ignore[type-var]
        try:
            yield transport, watched, far
        finally:
            far.close()
            for end in (transport.close, transport.abort):
                if not any("lost" in each.events for each in everyone):
                    end()
                    await _first_lost(everyone)


async def _first_lost(everyone: tuple[Events, ...]) -> None:
    """Wait until one of the protocols has lost its connection, but not for ever."""
    waits = [asyncio.ensure_future(each.seen("lost")) for each in everyone]
    await asyncio.wait(waits, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def beside(function: Callable[[], T]) -> T:
    """Call a blocking function in a thread and await its result: what a peer does while the loop goes on."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def body() -> T:
        try:
            return function()
        finally:
            loop.call_soon_threadsafe(done.set_result, None)

    peer = Peer(body)
    await done
    return peer.result()


async def elsewhere(loop: asyncio.AbstractEventLoop) -> None:
    """Let another connection be made, speak and end: what was there to be read before has been seen by then."""
    async with connected(loop) as (_, other, peer):
        peer.sendall(b"elsewhere")
        await other.received(9)
    for _ in range(4):
        await asyncio.sleep(0)

"""Loops whose cancelled calls on sockets leave something behind, or take something with them."""

from __future__ import annotations

import asyncio
import socket
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.scheduler import set_ready


@fault(breaks="sock-23", shows="hang")
class CancelledReceivesGoOn(ReferenceLoop):
    """A cancelled receive goes on by itself and keeps what it gets."""

    async def sock_recv(self, sock: socket.socket, nbytes: int) -> bytes:
        self.inner = asyncio.ensure_future(super().sock_recv(sock, nbytes))
        return await asyncio.shield(self.inner)

    async def sock_recv_into(self, sock: socket.socket, buf: Any) -> int:
        self.inner_into = asyncio.ensure_future(super().sock_recv_into(sock, buf))
        return await asyncio.shield(self.inner_into)


@fault(breaks="sock-25", shows="hang")
class CancelledAcceptsGoOn(ReferenceLoop):
    """A cancelled sock_accept goes on by itself and keeps what it gets."""

    async def sock_accept(self, sock: socket.socket) -> Any:
        self.inner = asyncio.ensure_future(super().sock_accept(sock))
        return await asyncio.shield(self.inner)


class Leftovers(ReferenceLoop):
    """A cancelled wait leaves its watcher where it is."""

    async def until_event(self, fd: int, event: int) -> None:
        """Wait, and tidy up only after success."""
        future = self.create_future()
        self.watch(fd, event, set_ready, (future,))
        await future
        self.unwatch(fd, event)


@fault(breaks="sock-24")
class CancelledCallsWatchOn(Leftovers):
    """A cancelled call leaves its watcher where it is."""


@fault(breaks="sock-32", shows="hang")
class NumbersAreRemembered(ReferenceLoop):
    """A number whose owner had a call cancelled is never served again."""

    def __init__(self) -> None:
        super().__init__()
        self.dead: set[int] = set()

    async def until_event(self, fd: int, event: int) -> None:
        try:
            await super().until_event(fd, event)
        except asyncio.CancelledError:
            self.dead.add(fd)
            raise

    def process_events(self, events: Any) -> None:
        super().process_events([each for each in events if each[0].data is None or each[0].fd not in self.dead])


@fault(breaks="sock-34")
class CancelledDatagramsWatchOn(Leftovers):
    """A cancelled receive of a datagram leaves its watcher where it is."""


@fault(breaks="sock-33")
class CancelledSendsAreMadeUpFor(ReferenceLoop):
    """What a cancelled sock_sendall did not send goes out with the next one."""

    left: Any = b""

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        data = bytes(self.left) + bytes(data)
        sent = 0
        try:
            while sent < len(data):
                sent += await self.repeat(sock, EVENT_WRITE, sock.send, data[sent:])
        finally:
            self.left = data[sent:]


@fault(breaks="sock-36")
class CancelledFilesGoOn(ReferenceLoop):
    """A cancelled sock_sendfile goes on in the background."""

    async def sock_sendfile(self, *args: Any, **options: Any) -> Any:
        return await asyncio.shield(self.create_task(super().sock_sendfile(*args, **options)))


@fault(breaks="sock-33", shows="hang")
class CancelStopsBothDirections(ReferenceLoop):
    """The end of a call in one direction ends the watch in the other."""

    async def until_event(self, fd: int, event: int) -> None:
        try:
            await super().until_event(fd, event)
        except asyncio.CancelledError:
            self.unwatch(fd, EVENT_READ)
            self.unwatch(fd, EVENT_WRITE)
            raise

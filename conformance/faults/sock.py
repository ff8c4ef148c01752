"""Loops that get the calls on stream sockets wrong: what is received, what is sent, and how it ends."""

from __future__ import annotations

import asyncio
import socket
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop

CHUNK = 65536


@fault(breaks="sock-01a")
class RecvIgnoresTheCount(ReferenceLoop):
    """sock_recv returns all that is there."""

    async def sock_recv(self, sock: socket.socket, _nbytes: int) -> bytes:
        return await super().sock_recv(sock, CHUNK)


@fault(breaks="sock-01a")
class RecvGivesABytearray(ReferenceLoop):
    """sock_recv returns its own buffer in place of bytes."""

    async def sock_recv(self, sock: socket.socket, nbytes: int) -> Any:
        return bytearray(await super().sock_recv(sock, nbytes))


@fault(breaks="sock-01a")
class RecvDoesNotWait(ReferenceLoop):
    """sock_recv returns nothing where nothing is there yet."""

    async def sock_recv(self, sock: socket.socket, nbytes: int) -> bytes:
        try:
            return sock.recv(nbytes)
        except BlockingIOError:
            return b""


@fault(breaks="sock-01a")
class RecvDropsTheRest(ReferenceLoop):
    """sock_recv takes three bytes more than it gives."""

    async def sock_recv(self, sock: socket.socket, nbytes: int) -> bytes:
        return (await super().sock_recv(sock, nbytes + 3))[:nbytes]


@fault(breaks="sock-01b")
class RecvGivesNone(ReferenceLoop):
    """sock_recv returns None at the end of the stream."""

    async def sock_recv(self, sock: socket.socket, nbytes: int) -> Any:
        return await super().sock_recv(sock, nbytes) or None


@fault(breaks="sock-31")
class ResetIsAnEnd(ReferenceLoop):
    """A reset looks like the end of the stream."""

    async def sock_recv(self, sock: socket.socket, nbytes: int) -> bytes:
        try:
            return await super().sock_recv(sock, nbytes)
        except ConnectionError:
            return b""

    async def sock_recv_into(self, sock: socket.socket, buf: Any) -> int:
        try:
            return await super().sock_recv_into(sock, buf)
        except ConnectionError:
            return 0


@fault(breaks="sock-02")
class RecvIntoReturnsNone(ReferenceLoop):
    """sock_recv_into does not say how much came."""

    async def sock_recv_into(self, sock: socket.socket, buf: Any) -> Any:
        await super().sock_recv_into(sock, buf)


@fault(breaks="sock-02")
class RecvIntoClearsTheRest(ReferenceLoop):
    """sock_recv_into fills the rest of the buffer with zeros."""

    async def sock_recv_into(self, sock: socket.socket, buf: Any) -> int:
        count = await super().sock_recv_into(sock, buf)
        memoryview(buf)[count:] = bytes(len(buf) - count)
        return count


@fault(breaks="sock-05a")
class SendsOnce(ReferenceLoop):
    """sock_sendall ends once something was sent."""

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        if data:
            await self.repeat(sock, EVENT_WRITE, sock.send, data)


@fault(breaks="sock-05a")
class SendsInTheBackground(ReferenceLoop):
    """sock_sendall ends at once, and the data go out some time."""

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        self.background = self.create_task(super().sock_sendall(sock, data))


@fault(breaks="sock-05a", shows="hang")
class BlocksWhileSending(ReferenceLoop):
    """sock_sendall keeps the loop until all was sent."""

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        sock.setblocking(True)
        sock.sendall(data)
        sock.setblocking(False)


@fault(breaks="sock-05b")
class SendallCounts(ReferenceLoop):
    """sock_sendall returns the number of bytes."""

    async def sock_sendall(self, sock: socket.socket, data: Any) -> Any:
        await super().sock_sendall(sock, data)
        return len(data)


@fault(breaks="sock-06")
class SendErrorsAreSwallowed(ReferenceLoop):
    """sock_sendall ends in peace when the peer is gone."""

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        try:
            await super().sock_sendall(sock, data)
        except ConnectionError:
            return


@fault(breaks="sock-28")
class OnlyBytesAreSent(ReferenceLoop):
    """sock_sendall refuses what is no bytes object."""

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        if not isinstance(data, bytes):
            raise TypeError("only bytes are sent")
        await super().sock_sendall(sock, data)


@fault(breaks="sock-28")
class BytesAreRefused(ReferenceLoop):
    """sock_sendall wants a buffer that it may write to."""

    async def sock_sendall(self, sock: socket.socket, data: Any) -> None:
        if memoryview(data).readonly:
            raise TypeError("the buffer is read-only")
        await super().sock_sendall(sock, data)


@fault(breaks="sock-26", shows="hang")
class OneWaiterASocket(ReferenceLoop):
    """Who waits for one direction of a socket takes the place of who waits for the other."""

    async def until_ready(self, sock: socket.socket, event: int) -> None:
        self.unwatch(sock.fileno(), EVENT_READ + EVENT_WRITE - event)
        await super().until_ready(sock, event)


@fault(breaks="sock-15")
class GivesFutures(ReferenceLoop):
    """Calls on sockets give bare Futures."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if not name.startswith("sock_"):
            return value

        def call(*args: Any, **keywords: Any) -> Any:
            value(*args, **keywords).close()
            return asyncio.Future(loop=self)

        return call


@fault(breaks="sock-22")
class BlockingSocketsAreWelcome(ReferenceLoop):
    """A blocking socket is taken in debug mode too."""

    def check_socket(self, sock: socket.socket) -> None:
        """Refuse nothing."""

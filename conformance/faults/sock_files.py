"""Loops that get sock_sendfile() wrong."""

from __future__ import annotations

import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


class Files(ReferenceLoop):
    """A loop whose sock_sendfile() is `send`."""

    async def sock_sendfile(
        self, sock: socket.socket, file: Any, offset: int = 0, count: int | None = None, *, fallback: bool | None = True
    ) -> Any:
        """Send a file."""
        return await self.send(sock, file, offset, count, fallback)

    async def send(self, sock: socket.socket, file: Any, offset: int, count: int | None, fallback: bool | None) -> Any:
        """Send a file the right way."""
        return await super().sock_sendfile(sock, file, offset, count, fallback=fallback)


@fault(breaks="sock-16")
class SendfileReturnsNone(Files):
    """sock_sendfile does not say how much went out."""

    async def send(self, *args: Any) -> Any:
        await super().send(*args)


@fault(breaks="sock-17a")
class StartsWhereTheFileStands(Files):
    """sock_sendfile starts where the file stands, whatever the offset."""

    async def send(self, sock: Any, file: Any, _offset: int, count: Any, fallback: Any) -> Any:
        return await super().send(sock, file, file.tell(), count, fallback)


@fault(breaks="sock-17a")
class StartsAtOne(Files):
    """sock_sendfile leaves the first byte out."""

    async def send(self, sock: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        return await super().send(sock, file, offset + 1, count, fallback)


@fault(breaks="sock-17b")
class IgnoresTheCount(Files):
    """sock_sendfile sends everything whatever the count."""

    async def send(self, sock: Any, file: Any, offset: int, _count: Any, fallback: Any) -> Any:
        return await super().send(sock, file, offset, None, fallback)


@fault(breaks="sock-17b")
class ReturnsTheCount(Files):
    """sock_sendfile returns the count also where the file ended before."""

    async def send(self, sock: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        sent = await super().send(sock, file, offset, count, fallback)
        return count or sent


@fault(breaks="sock-17b")
class EndsOneShort(Files):
    """sock_sendfile with a count sends one byte less."""

    async def send(self, sock: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        return 0 if count == 1 else await super().send(sock, file, offset, count and count - 1, fallback)


@fault(breaks="sock-17c")
class SendsOneBlock(Files):
    """sock_sendfile without a count sends no more than 64 kB."""

    async def send(self, sock: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        return await super().send(sock, file, offset, 65536 if count is None else count, fallback)


@fault(breaks="sock-18a")
class LeavesTheFileWhereItWas(Files):
    """sock_sendfile does not move the file, as os.sendfile() itself does not."""

    async def send(self, sock: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        position = file.tell()
        sent = await super().send(sock, file, offset, count, fallback)
        file.seek(position)
        return sent


@fault(breaks="sock-18b")
class FailuresDoNotMoveTheFile(Files):
    """sock_sendfile leaves the file where it was when it fails."""

    async def send(self, sock: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        position = file.tell()
        try:
            return await super().send(sock, file, offset, count, fallback)
        except OSError:
            file.seek(position)
            raise


@fault(breaks="sock-29")
class RefusesNothing(Files):
    """sock_sendfile sends nothing where it ought to refuse."""

    async def send(self, *args: Any) -> Any:
        try:
            return await super().send(*args)
        except ValueError:
            return 0

"""Files: from a descriptor to a socket inside the kernel where that can be, else by reading and writing."""

import asyncio
import contextlib
import errno
import io
import os
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from selectors import EVENT_WRITE
from typing import IO, Any

from .connect import Connections
from .flow import FlowControl
from .stream import StreamTransport

Send = Callable[[bytes], Awaitable[None]]

BLOCK = 256 * 1024  # bytes per read, or per call of os.sendfile()

# What os.sendfile() says of descriptors that it cannot serve
UNABLE = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class SendFile(Connections):
    """The part of a loop that sends files."""

    async def sock_sendfile(
        self, sock: socket.socket, file: IO[bytes], offset: int = 0, count: int | None = None, *,
        fallback: bool | None = True
    ) -> int:  # fmt: skip
        """Send a file over a socket and give the number of bytes (sock-16 to 20, 29).

        Arguments:
            sock: a connected stream socket.
            file: open for reading bytes; it ends up behind the last byte that was sent, also after an error.
            offset: where to begin.
            count: how many bytes; None means up to the end.
            fallback: read and send where os.sendfile() is of no use.

        Raises:
            SendfileNotAvailableError: it is of no use, and `fallback` is false.
            ValueError: the file is open for text, or a number is out of range.
        """
        self.check_socket(sock)
        if sock.type != socket.SOCK_STREAM:
            raise ValueError("only SOCK_STREAM type sockets are supported")
        check_file(file, offset, count)

        until_writable = partial(self.until_ready, sock, EVENT_WRITE)
        try:
            return await self.send_natively(sock.fileno(), file, offset, count, until_writable)
        except asyncio.SendfileNotAvailableError:
            if not fallback:
                raise
        return await self.send_by_reading(file, offset, count, partial(self.sock_sendall, sock))

    async def sendfile(
        self, transport: asyncio.WriteTransport, file: IO[bytes], offset: int = 0, count: int | None = None, *,
        fallback: bool = True
    ) -> int:  # fmt: skip
        """Send a file over a stream transport and give the number of bytes (sendfile-01 to 12).

        Arguments:
            transport: plain or TLS; what was written to it goes first.
            file, offset, count, fallback: see sock_sendfile().

        Raises:
            RuntimeError: the transport is closing, cannot send files, or only could with `fallback`.
            ValueError: the file is open for text, or a number is out of range.
        """
        if transport.is_closing():
            raise RuntimeError("Transport is closing")
        check_file(file, offset, count)
        if not (isinstance(transport, asyncio.Transport) and isinstance(transport, FlowControl)):
            raise RuntimeError(f"sendfile is not supported for transport {transport!r}")  # noqa: TRY004  # asyncio's
        try:
            if not isinstance(transport, StreamTransport):
                raise asyncio.SendfileNotAvailableError(f"{transport!r} has no socket of its own to send a file")
            return await self.send_over_stream(transport, file, offset, count)
        except asyncio.SendfileNotAvailableError:
            if not fallback:
                raise
        return await self.send_over_protocol(transport, file, offset, count)

    # The ways to send.

    async def send_natively(
        self, fd: int, file: Any, offset: int, count: int | None, until_writable: Callable[[], Awaitable[None]]
    ) -> int:
        """Have the kernel send a file to the socket `fd`."""
        source = descriptor_of(file)

        async def send_block(position: int, size: int) -> int:
            while True:
                try:
                    return os.sendfile(fd, source, position, size)
                except (BlockingIOError, InterruptedError):
                    await until_writable()
                except OSError as error:
                    if error.errno in UNABLE and position == offset:
                        raise asyncio.SendfileNotAvailableError(f"os.sendfile() cannot send {file!r}") from error
                    raise

        return await self.send_blocks(file, offset, count, send_block)

    async def send_by_reading(self, file: Any, offset: int, count: int | None, send: Send) -> int:
        """Read a file in another thread, and pass it on block by block."""
        file.seek(offset)

        async def send_block(_position: int, size: int) -> int:
            data: bytes = await self.run_in_executor(None, file.read, size)
            if data:
                await send(data)
            return len(data)

        return await self.send_blocks(file, offset, count, send_block)

    async def send_blocks(
        self, file: Any, offset: int, count: int | None, send_block: Callable[[int, int], Awaitable[int]]
    ) -> int:
        """Send a file block by block, each by `send_block(position, size)`, which tells how much it sent."""
        sent = 0
        try:
            while count is None or sent < count:
                done = await send_block(offset + sent, BLOCK if count is None else min(BLOCK, count - sent))
                if not done:
                    break
                sent += done
                await asyncio.sleep(0)  # a reader as fast as we are must not take the whole loop
        finally:
            file.seek(offset + sent)
        return sent

    async def send_over_stream(self, transport: StreamTransport, file: Any, offset: int, count: int | None) -> int:
        """Use the socket under a transport, which holds back what is written meanwhile."""
        descriptor_of(file)
        await transport.hold()
        try:
            return await self.send_natively(transport.fd, file, offset, count, transport.until_writable)
        finally:
            transport.unhold()

    async def send_over_protocol(self, transport: Any, file: Any, offset: int, count: int | None) -> int:
        """Write to a transport of any kind, as slowly as it wants (sendfile-05)."""

        async def send(data: bytes) -> None:
            await transport.until_resumed()
            if transport.is_closing():
                raise ConnectionError("the connection ended before the file was sent")
            transport.write(data)

        return await self.send_by_reading(file, offset, count, send)


def check_file(file: Any, offset: Any, count: Any) -> None:
    """Refuse text files and numbers out of range (sock-29, sendfile-07)."""
    if "b" not in getattr(file, "mode", "b"):
        raise ValueError("file should be opened in binary mode")
    for name, number, least in (("offset", offset, 0), ("count", 1 if count is None else count, 1)):
        if number < least:
            raise ValueError(f"{name} must be at least {least} (got {number!r})")


def descriptor_of(file: Any) -> int:
    """Give the descriptor for os.sendfile().

    Raises:
        SendfileNotAvailableError: the platform has no such call, or the file no descriptor.
    """
    with contextlib.suppress(AttributeError, io.UnsupportedOperation):
        if hasattr(os, "sendfile"):
            return int(file.fileno())
    raise asyncio.SendfileNotAvailableError(f"os.sendfile() is not there, or {file!r} has no descriptor")

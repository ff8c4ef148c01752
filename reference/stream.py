"""The stream transport: a connected TCP or Unix socket under a protocol."""

import asyncio
import os
import socket
from collections import deque
from collections.abc import Iterable
from itertools import islice
from selectors import EVENT_WRITE
from typing import Any

from .endpoint import ENDPOINT_SLOTS, Owner
from .scheduler import Scheduler
from .stream_reading import USUAL_SIZE, StreamReading

MOST_CHUNKS = max(os.sysconf("SC_IOV_MAX"), 16) if "SC_IOV_MAX" in getattr(os, "sysconf_names", {}) else 16
"""How many waiting chunks go into one system call."""

HAS_SENDMSG = hasattr(socket.socket, "sendmsg")

Chunk = bytes | memoryview


class StreamTransport(StreamReading, asyncio.Transport):
    """A connected stream socket; arguments and states are Endpoint's."""

    __slots__ = (*ENDPOINT_SLOTS, "buffer", "eof_seen", "eof_sent", "eof_written", "held", "paused", "size", "waiter")

    def __init__(
        self,
        loop: Scheduler,
        sock: socket.socket,
        protocol: asyncio.BaseProtocol,
        extra: dict[str, Any],
        server: Owner | None,
    ) -> None:
        super().__init__(loop, sock, protocol, extra, server)
        self.buffer: deque[Chunk] | None = None  # made when first needed: most connections never need one
        self.size = USUAL_SIZE  # of the next piece to receive
        self.paused = False  # by pause_reading()
        self.eof_seen = self.eof_written = self.eof_sent = False
        self.held = False  # while a file goes out, what is written waits behind it
        self.waiter: asyncio.Future[None] | None = None  # of whoever sends the file

    # Writing.

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data`, now as far as the socket takes it, the rest later (transport-21a to 24, 45a, 46).

        Raises:
            TypeError: `data` is not bytes-like.
            RuntimeError: write_eof() was called.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
        if self.eof_written:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self.closing or not data:
            return
        if isinstance(data, memoryview) and data.nbytes != len(data):
            data = data.cast("B")
        sent = 0
        if not self.unsent and not self.held:
            try:
                sent = self.sock.send(data)
            except (BlockingIOError, InterruptedError):
                pass
            except OSError as error:
                self.write_failed(error)
                return
        if sent < len(data):
            self.keep(memoryview(data)[sent:])

    def keep(self, data: memoryview) -> None:
        """Put what the socket did not take into the buffer, safe from a caller who changes a bytearray."""
        if self.is_flushed():
            self.start_writing()
        if self.buffer is None:
            self.buffer = deque()
        self.buffer.append(data if isinstance(data.obj, bytes) else bytes(data))
        self.unsent += len(data)
        self.buffer_rose()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send all elements in order, as one write() would (transport-25, 49, 58)."""
        self.write(b"".join(list_of_data))

    def flush(self) -> None:
        """Send from the buffer what the socket takes, and see what that allows next."""
        try:
            sent = self.send_buffer()
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.write_failed(error)
            return
        self.drop(sent)
        if not self.unsent:
            self.stop_writing()
        self.buffer_fell()
        if not self.unsent and not self.losing:  # resume_writing() may have written, or aborted
            self.flushed()

    def send_buffer(self) -> int:
        """Offer the first chunks to the socket and give the number of bytes it took."""
        buffer = self.buffer
        if not buffer:
            return 0
        if len(buffer) == 1:
            return self.sock.send(buffer[0])
        chunks = list(islice(buffer, MOST_CHUNKS))
        return self.sock.sendmsg(chunks) if HAS_SENDMSG else self.sock.send(b"".join(chunks))

    def drop(self, count: int) -> None:
        """Remove the first `count` bytes from the buffer."""
        self.unsent -= count
        buffer = self.buffer
        while count and buffer:
            chunk = buffer[0]
            if len(chunk) > count:
                buffer[0] = memoryview(chunk)[count:]
                return
            count -= len(chunk)
            buffer.popleft()

    def drop_buffer(self) -> None:
        """Forget what waits."""
        self.buffer = None

    def is_flushed(self) -> bool:
        """Tell whether nothing waits, and no file is under way."""
        return not self.unsent and not self.held

    def flushed(self) -> None:
        """Do what waited for an empty buffer: a file, the end, or the end of writing (transport-04, 06, 26a, 50)."""
        if self.waiter is not None:
            self.wake_sender()
        elif self.closing:
            self.lose(None)
        elif self.eof_written:
            self.shut_down_writing()

    def write_failed(self, error: OSError) -> None:
        """End the connection that broke while we were writing (protocol-03c)."""
        self.end(error)

    def can_write_eof(self) -> bool:
        """Say yes: a stream socket has two directions (transport-28)."""
        return True

    def write_eof(self) -> None:
        """End the direction of writing once the buffer is empty; the other one goes on (transport-26a, 26b)."""
        if self.closing or self.eof_written:
            return
        self.eof_written = True
        if self.is_flushed():
            self.shut_down_writing()

    def shut_down_writing(self) -> None:
        """Send the end of the stream, once: a peer that has seen it may be gone the next moment."""
        if self.eof_sent:
            return
        self.eof_sent = True
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:  # the peer has already broken the connection
            self.write_failed(error)

    # A file goes out: sendfile.py feeds the socket while what is written waits in the buffer (sendfile-09, 12, 13).

    async def hold(self) -> None:
        """Wait until the buffer is empty, then keep what is written in it until unhold().

        Raises:
            RuntimeError: another file is under way.
            ConnectionError: the connection ended before.
        """
        if self.held or self.waiter is not None:
            raise RuntimeError("another file is being sent already")
        try:
            while self.unsent:
                await self.sender_turn()
        except BaseException:
            if not self.unsent and not self.losing:  # woken and cancelled at once: what waited behind us goes on
                self.flushed()
            raise
        self.check_sendable()
        self.held = True

    async def until_writable(self) -> None:
        """Wait until the socket takes more of the file.

        Raises:
            ConnectionError: the connection ended meanwhile.
        """
        self.loop.watch(self.fd, EVENT_WRITE, self.wake_sender, ())
        try:
            await self.sender_turn()
        finally:
            if not self.losing:
                self.stop_writing()
        self.check_sendable()

    async def sender_turn(self) -> None:
        """Wait for wake_sender()."""
        self.waiter = self.loop.create_future()
        try:
            await self.waiter
        finally:
            self.waiter = None

    def wake_sender(self) -> None:
        """Let the sender of the file go on."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def check_sendable(self) -> None:
        """Refuse to send on a connection that has ended."""
        if self.losing or (self.eof_written and not self.held):
            raise ConnectionError("the connection ended before the file was sent")

    def unhold(self) -> None:
        """Send what was written meanwhile, and do what waited for that."""
        self.held = False
        if self.losing:
            return
        if self.unsent:
            self.start_writing()
        else:
            self.flushed()

    def lose(self, error: BaseException | None) -> None:
        """Tell the protocol soon, and the sender of a file now."""
        super().lose(error)
        self.wake_sender()

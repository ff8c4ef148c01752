"""The stream transport: a connected TCP or Unix socket under a protocol."""

import asyncio
import socket
import warnings
from asyncio.trsock import TransportSocket
from collections import deque
from collections.abc import Iterable
from itertools import islice
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any, Protocol

from .flow import FlowControl, Watermarks
from .scheduler import Scheduler

RECEIVE_SIZE = 256 * 1024
"""Bytes asked of the socket at once."""

MOST_CHUNKS = 64
"""How many waiting chunks go into one system call; every platform takes so many (IOV_MAX)."""

HAS_SENDMSG = hasattr(socket.socket, "sendmsg")

Chunk = bytes | memoryview


class Owner(Protocol):
    """Who is told of the end of a transport: the server that accepted it."""

    def attach(self, transport: asyncio.Transport) -> None:
        """Count a connection."""

    def detach(self, transport: asyncio.Transport) -> None:
        """Count it no more."""


class StreamTransport(FlowControl, asyncio.Transport):
    """A connected stream socket.

    It is in one of four states: open; closing, while what was written goes out; losing, with connection_lost() in the
    queue; and ended, with the socket closed. `closing` is true from the second on. None but open delivers data.

    Arguments:
        loop: the loop that it lives on.
        sock: the connected, non-blocking socket, which the transport owns from here on.
        protocol: who gets what arrives.
        extra: answers for get_extra_info() besides the socket's own.
        server: the server that accepted the connection.
    """

    __slots__ = (
        "__weakref__",
        "buffer",
        "closing",
        "ended",
        "eof_seen",
        "eof_written",
        "extra",
        "fd",
        "held",
        "loop",
        "losing",
        "marks",
        "paused",
        "protocol",
        "server",
        "sock",
        "unsent",
    )

    loop: Scheduler

    def __init__(
        self,
        loop: Scheduler,
        sock: socket.socket,
        protocol: asyncio.BaseProtocol,
        extra: dict[str, Any],
        server: Owner | None,
    ) -> None:
        self.loop = loop
        self.sock = sock
        self.fd = sock.fileno()
        self.protocol = protocol
        self.extra = extra
        self.server = server
        self.marks = Watermarks()
        self.buffer: deque[Chunk] | None = None  # made when first needed: most connections never need one
        self.unsent = 0
        self.paused = False  # by pause_reading()
        self.closing = self.losing = self.ended = False
        self.eof_seen = self.eof_written = False
        self.held = False  # while a file goes out, what is written waits behind it
        if server is not None:
            server.attach(self)
        loop.transports[self.fd] = self

    def begin(self, waiter: "asyncio.Future[None] | None") -> None:
        """Tell the protocol, then start to read and let `waiter` go on (protocol-01, 04, connect-03)."""
        try:
            self.protocol.connection_made(self)
        finally:
            if not self.closing and not self.paused:
                self.start_reading()
            if waiter is not None and not waiter.done():
                waiter.set_result(None)

    # Reading.

    def start_reading(self) -> None:
        """Watch the socket, on behalf of whichever kind of protocol there is now."""
        buffered = isinstance(self.protocol, asyncio.BufferedProtocol)
        self.loop.watch(self.fd, EVENT_READ, self.read_into_buffer if buffered else self.read, ())

    def stop_reading(self) -> None:
        """Watch the socket no more; data that a poll already found stays in it."""
        self.loop.unwatch(self.fd, EVENT_READ)

    def read(self) -> None:
        """Take what has arrived and hand it over: the shortest way there is (protocol-09, 10)."""
        try:
            data = self.sock.recv(RECEIVE_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.end(error)
            return
        if not data:
            self.read_eof()
            return
        try:
            self.protocol.data_received(data)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # reported, and ends the connection
            self.protocol_failed("data_received", error)

    def read_into_buffer(self) -> None:
        """Have the socket fill the protocol's own buffer (protocol-15a to 18)."""
        try:
            buffer = self.protocol.get_buffer(-1)
            if not len(buffer):
                raise RuntimeError("get_buffer() returned an empty buffer")
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # reported, and ends the connection
            self.protocol_failed("get_buffer", error)
            return
        try:
            count = self.sock.recv_into(buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.end(error)
            return
        if not count:
            self.read_eof()
            return
        try:
            self.protocol.buffer_updated(count)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # reported, and ends the connection
            self.protocol_failed("buffer_updated", error)

    def read_eof(self) -> None:
        """Tell the protocol that nothing more will come, and close unless it wants to write on (protocol-13, 14)."""
        self.eof_seen = True
        self.stop_reading()
        try:
            keep_open = self.protocol.eof_received()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # reported, and ends the connection
            self.protocol_failed("eof_received", error)
            return
        if not keep_open:
            self.close()

    def is_reading(self) -> bool:
        """Tell whether arriving data is delivered (transport-16a, 16b)."""
        return not self.paused and not self.closing

    def pause_reading(self) -> None:
        """Deliver nothing until resume_reading() (transport-17, 18a, 18b)."""
        if self.paused or self.closing:
            return
        self.paused = True
        self.stop_reading()

    def resume_reading(self) -> None:
        """Deliver again, first what arrived meanwhile (transport-19, 20)."""
        if not self.paused or self.closing:
            return
        self.paused = False
        if not self.eof_seen:
            self.start_reading()

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
        if isinstance(data, memoryview):
            data = data.cast("B")
        sent = 0
        if not self.unsent and not self.held:
            try:
                sent = self.sock.send(data)
            except (BlockingIOError, InterruptedError):
                pass
            except OSError as error:
                self.end(error)
                return
        if sent < len(data):
            self.keep(memoryview(data)[sent:])

    def keep(self, data: memoryview) -> None:
        """Put what the socket did not take into the buffer, safe from a caller who changes a bytearray."""
        if not self.unsent and not self.held:
            self.start_writing()
        if self.buffer is None:
            self.buffer = deque()
        self.buffer.append(data if isinstance(data.obj, bytes) else bytes(data))
        self.unsent += len(data)
        self.buffer_rose()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send all elements in order, as one write() would (transport-25, 49, 58)."""
        self.write(b"".join(list_of_data))

    def start_writing(self) -> None:
        """Watch for the moment when the socket takes more."""
        self.loop.watch(self.fd, EVENT_WRITE, self.flush, ())

    def stop_writing(self) -> None:
        """Watch for it no more."""
        self.loop.unwatch(self.fd, EVENT_WRITE)

    def flush(self) -> None:
        """Send from the buffer what the socket takes, and see what that allows next."""
        try:
            sent = self.send_buffer()
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.end(error)
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

    def flushed(self) -> None:
        """Do what waited for an empty buffer: the end, or the end of writing (transport-04, 06, 26a, 50)."""
        if self.closing:
            self.lose(None)
        elif self.eof_written:
            self.shut_down_writing()

    def can_write_eof(self) -> bool:
        """Say yes: a stream socket has two directions (transport-28)."""
        return True

    def write_eof(self) -> None:
        """End the direction of writing once the buffer is empty; the other one goes on (transport-26a, 26b)."""
        if self.closing or self.eof_written:
            return
        self.eof_written = True
        if not self.unsent and not self.held:
            self.shut_down_writing()

    def shut_down_writing(self) -> None:
        """Send the end of the stream."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:  # the peer has already broken the connection
            self.end(error)

    # The end.

    def is_closing(self) -> bool:
        """Tell whether the transport is closing or closed (transport-09a, 09b)."""
        return self.closing

    def close(self) -> None:
        """Read no more, send what is left, then call connection_lost(None) (transport-04 to 08)."""
        if self.closing:
            return
        self.closing = True
        self.stop_reading()
        if not self.unsent and not self.held:
            self.lose(None)

    def abort(self) -> None:
        """Drop what is left and call connection_lost(None) soon (transport-29a to 30b, 51)."""
        self.end(None)

    def end(self, error: BaseException | None) -> None:
        """Give up both directions at once, because of `error` (protocol-03c)."""
        if self.losing:
            return
        if not self.closing:
            self.closing = True
            self.stop_reading()
        if self.unsent:
            self.unsent = 0
            self.buffer = None
            self.stop_writing()
        self.lose(error)

    def protocol_failed(self, method: str, error: BaseException) -> None:
        """Report what a protocol raised, and end the connection with it (transport-47a, 47b)."""
        self.loop.call_exception_handler(
            {
                "message": f"Fatal error: protocol.{method}() call failed.",
                "exception": error,
                "transport": self,
                "protocol": self.protocol,
            }
        )
        self.end(error)

    def lose(self, error: BaseException | None) -> None:
        """Have the protocol told, once, in an iteration of its own (protocol-02, transport-30b)."""
        if self.losing:
            return
        self.losing = True
        self.loop.call_soon(self.finish, error)

    def finish(self, error: BaseException | None) -> None:
        """Tell the protocol that it is over, and give the socket back (transport-57)."""
        try:
            self.protocol.connection_lost(error)
        finally:
            self.ended = True
            self.release()

    def release(self) -> None:
        """Give back the socket and leave the server."""
        if self.loop.transports.get(self.fd) is self:
            del self.loop.transports[self.fd]
        self.sock.close()
        if self.server is not None:
            self.server.detach(self)
            self.server = None

    def __del__(self) -> None:
        # An instance whose __init__ failed has no such attribute.
        if not getattr(self, "ended", True):
            warnings.warn(f"unclosed transport {self!r}", ResourceWarning, source=self, stacklevel=2)
            self.sock.close()

    # What is known about it.

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand everything from here on to `protocol`, of either kind (transport-13, 54)."""
        changes_kind = isinstance(protocol, asyncio.BufferedProtocol) != isinstance(
            self.protocol, asyncio.BufferedProtocol
        )
        self.protocol = protocol
        if changes_kind and not (self.paused or self.closing or self.eof_seen):
            self.start_reading()

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Give the protocol set last (transport-15)."""
        protocol: asyncio.BaseProtocol = self.protocol
        return protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Give what is known under `name`, or `default` (transport-10 to 11d)."""
        if name == "socket":
            return TransportSocket(self.sock)
        return self.extra.get(name, default)

    def __repr__(self) -> str:
        state = "closed" if self.ended else "closing" if self.closing else "open"
        return f"<{type(self).__name__} {state} fd={self.fd} unsent={self.unsent}>"

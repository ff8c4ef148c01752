"""The receiving half of a stream transport."""

import asyncio
from selectors import EVENT_READ

from .endpoint import Endpoint
from .handle import NO_MORE_SLOTS

USUAL_SIZE = 64 * 1024
"""Bytes asked of the socket at once; allocators give so many without asking the kernel, which would cost more."""

BULK_SIZE = 256 * 1024
"""Bytes asked of a socket that has filled the usual size, until it has little again."""

LITTLE = 8 * 1024
"""Bytes; what comes in smaller pieces is not bulk."""


class StreamReading(Endpoint):
    """What a stream transport does with what arrives, and when it looks for it."""

    __slots__ = NO_MORE_SLOTS

    size: int
    """Bytes to ask for next time."""

    paused: bool
    """By pause_reading()."""

    eof_seen: bool

    def begin_reading(self) -> None:
        """Read, unless connection_made() has closed or paused the transport."""
        if not self.closing and not self.paused:
            self.start_reading()

    def start_reading(self) -> None:
        """Watch the socket, on behalf of whichever kind of protocol there is now."""
        buffered = isinstance(self.protocol, asyncio.BufferedProtocol)
        self.loop.watch(self.fd, EVENT_READ, self.read_into_buffer if buffered else self.read, ())

    def read(self) -> None:
        """Take what has arrived and hand it over: the shortest way there is (protocol-09, 10)."""
        try:
            data = self.sock.recv(self.size)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.read_failed(error)
            return
        count = len(data)
        if count >= USUAL_SIZE:
            self.size = BULK_SIZE
        elif count < LITTLE:
            self.size = USUAL_SIZE
        if data:
            self.deliver(data)
        else:
            self.read_eof()

    def deliver(self, data: bytes) -> None:
        """Hand data to the protocol."""
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
            self.read_failed(error)
            return
        if count:
            self.deliver_buffered(count)
        else:
            self.read_eof()

    def deliver_buffered(self, count: int) -> None:
        """Tell the protocol that `count` bytes are in its buffer."""
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
            if not self.protocol.eof_received():
                self.close()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # reported, and ends the connection
            self.protocol_failed("eof_received", error)

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

    def read_failed(self, error: OSError) -> None:
        """End the connection that broke while we were reading (protocol-03c)."""
        self.end(error)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand everything from here on to `protocol`, of either kind (transport-13, 54)."""
        changes_kind = isinstance(protocol, asyncio.BufferedProtocol) != isinstance(
            self.protocol, asyncio.BufferedProtocol
        )
        self.protocol = protocol
        if changes_kind and not (self.paused or self.closing or self.eof_seen):
            self.start_reading()

"""The receiving half of a transport."""

import asyncio
from selectors import EVENT_READ
from typing import Any

from .endpoint import Endpoint

USUAL_SIZE = 64 * 1024  # bytes asked of the socket at once; allocators give so many without asking the kernel
BULK_SIZE = 256 * 1024  # bytes asked of a socket that has filled the usual size, until it has little again
LITTLE = 8 * 1024  # bytes; what comes in smaller pieces is not bulk


class Reading(Endpoint):
    """What a transport does with what arrives, and when it looks for it."""

    size = USUAL_SIZE  # bytes to ask for next time
    paused = False  # by pause_reading()
    eof_seen = False

    def begin_reading(self) -> None:
        """Read, unless the protocol has closed or paused the transport, or the end has come."""
        if not (self.closing or self.paused or self.eof_seen):
            self.start_reading()

    def start_reading(self) -> None:
        """Watch the socket."""
        self.loop.watch(self.fd, EVENT_READ, self.read_ready, ())

    def read_ready(self) -> None:
        """Serve what has arrived; a protocol that fails ends the connection (transport-47a, 47b)."""
        try:
            if isinstance(self.protocol, asyncio.BufferedProtocol):
                self.read_into_buffer()
            else:
                self.read()
        except BaseException as error:  # noqa: BLE001  # reported, and ends the connection
            self.protocol_failed(error)

    def read(self) -> None:
        """Take what has arrived and hand it over: the shortest way there is (protocol-09, 10, pipes-08)."""
        try:
            data = self.sock.recv(self.size)
        except OSError as error:
            self.call_failed(error)
            return
        count = len(data)
        if count >= USUAL_SIZE:
            self.size = BULK_SIZE
        elif count < LITTLE:
            self.size = USUAL_SIZE
        if data:
            self.protocol.data_received(data)
        else:
            self.read_eof()

    def read_into_buffer(self) -> None:
        """Have the socket fill the protocol's own buffer (protocol-15a to 18)."""
        buffer = buffer_of(self.protocol)
        try:
            count = self.sock.recv_into(buffer)
        except OSError as error:
            self.call_failed(error)
            return
        if count:
            self.protocol.buffer_updated(count)
        else:
            self.read_eof()

    def read_eof(self) -> None:
        """Tell the protocol that nothing more will come, and close unless it wants to write on (protocol-13, 14)."""
        self.eof_seen = True
        self.stop_reading()
        if not self.protocol.eof_received():
            self.close()

    def is_reading(self) -> bool:
        """Tell whether arriving data is delivered (transport-16a, 16b)."""
        return not self.paused and not self.closing

    def pause_reading(self) -> None:
        """Deliver nothing until resume_reading() (transport-17, 18a, 18b, pipes-12)."""
        if not self.paused and not self.closing:
            self.paused = True
            self.stop_reading()

    def resume_reading(self) -> None:
        """Deliver again, first what arrived meanwhile (transport-19, 20, pipes-12)."""
        if self.paused and not self.closing:
            self.paused = False
            self.begin_reading()


def buffer_of(protocol: asyncio.BufferedProtocol) -> Any:
    """Ask a protocol for the place where it wants data (protocol-17).

    Raises:
        RuntimeError: there is no room in it.
    """
    buffer: Any = protocol.get_buffer(-1)
    if not len(buffer):
        raise RuntimeError("get_buffer() returned an empty buffer")
    return buffer

"""The reading end of a pipe under a protocol."""

import asyncio
import os
from selectors import EVENT_READ
from typing import Any

from .pipe_end import PipeEnd
from .scheduler import Scheduler

READ_SIZE = 64 * 1024
"""Bytes asked of the pipe at once; Linux puts no more into one unless it was told to."""


class ReadPipeTransport(PipeEnd, asyncio.ReadTransport):
    """The end of a pipe that data comes out of (transport-42)."""

    def __init__(self, loop: Scheduler, pipe: Any, protocol: asyncio.BaseProtocol) -> None:
        super().__init__(loop, pipe, protocol)
        self.paused = False  # by pause_reading()
        self.eof_seen = False

    def start(self) -> None:
        """Watch the pipe, unless nobody wants what it holds."""
        if self.paused or self.closing or self.eof_seen:
            return
        try:
            self.loop.watch(self.fd, EVENT_READ, self.read_ready, ())
        except OSError as error:  # some character devices, such as the null device, cannot be polled
            self.read_failed(error)

    def stop(self) -> None:
        """Watch the pipe no more; what a poll already found stays in it."""
        self.loop.unwatch(self.fd, EVENT_READ)

    def read_ready(self) -> None:
        """Take what has arrived and hand it over; a protocol that fails ends the connection (transport-47b)."""
        try:
            if isinstance(self.protocol, asyncio.BufferedProtocol):
                self.read_into_buffer(self.protocol)
            else:
                self.read()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # reported, and ends the connection
            self.protocol_failed(error)

    def read(self) -> None:
        """Hand one chunk to data_received(), or the end to eof_received() (pipes-08)."""
        try:
            data = os.read(self.fd, READ_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.read_failed(error)
            return
        if data:
            self.deliver(data)
        else:
            self.read_eof()

    def read_into_buffer(self, protocol: asyncio.BufferedProtocol) -> None:
        """Have the kernel fill the protocol's own buffer (protocol-15a to 18)."""
        buffer: Any = protocol.get_buffer(-1)
        if not len(buffer):
            raise RuntimeError("get_buffer() returned an empty buffer")
        try:
            count = os.readv(self.fd, [buffer])
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.read_failed(error)
            return
        if count:
            protocol.buffer_updated(count)
        else:
            self.read_eof()

    def deliver(self, data: bytes) -> None:
        """Hand data to the protocol."""
        self.protocol.data_received(data)

    def read_eof(self) -> None:
        """Tell the protocol that nothing more will come, and close whatever it answers: there is no other direction."""
        self.eof_seen = True
        self.stop()
        self.tell_eof()
        self.close()

    def tell_eof(self) -> None:
        """Call eof_received()."""
        self.protocol.eof_received()

    def read_failed(self, error: OSError) -> None:
        """End a pipe that broke while we were reading."""
        self.end(error)

    def protocol_failed(self, error: BaseException) -> None:
        """Report what a protocol raised, and end the connection with it (transport-47a, 47b)."""
        self.loop.call_exception_handler(
            {
                "message": "Fatal error: a protocol failed at what a pipe delivered",
                "exception": error,
                "transport": self,
                "protocol": self.protocol,
            }
        )
        self.end(error)

    def is_reading(self) -> bool:
        """Tell whether arriving data is delivered (transport-16a, 16b)."""
        return not self.paused and not self.closing

    def pause_reading(self) -> None:
        """Deliver nothing until resume_reading() (pipes-12)."""
        if not self.paused and not self.closing:
            self.paused = True
            self.stop()

    def resume_reading(self) -> None:
        """Deliver again, first what arrived meanwhile (pipes-12)."""
        if self.paused:
            self.paused = False
            self.start()

    def close(self) -> None:
        """Read no more and call connection_lost(None) soon (transport-05, 06)."""
        self.end(None)

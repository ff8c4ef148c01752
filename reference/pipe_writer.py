"""The writing end of a pipe under a protocol."""

import asyncio
import os
import select
import stat
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from .flow import FlowControl, Watermarks
from .pipe_end import PipeEnd
from .scheduler import Scheduler


class WritePipeTransport(FlowControl, PipeEnd, asyncio.WriteTransport):
    """The end of a pipe that data goes into (transport-41)."""

    loop: Scheduler

    def __init__(self, loop: Scheduler, pipe: Any, protocol: asyncio.BaseProtocol) -> None:
        super().__init__(loop, pipe, protocol)
        self.marks = Watermarks()
        self.buffer = bytearray()
        self.unsent = 0

    # The other end.

    def start(self) -> None:
        """Watch for the moment when the last reader goes."""
        if not self.losing and self.tells_of_readers():
            self.loop.watch(self.fd, EVENT_READ, self.reader_may_be_gone, ())

    def tells_of_readers(self) -> bool:
        """Tell whether a poll ends when the last reader of this kind of pipe goes: a terminal keeps silent."""
        mode = os.fstat(self.fd).st_mode
        return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)

    def reader_may_be_gone(self) -> None:
        """See whether nobody reads any more; a socket that merely has something to read is left alone."""
        poller = select.poll()
        poller.register(self.fd, 0)
        if poller.poll(0):
            self.reader_gone()
        else:
            self.loop.unwatch(self.fd, EVENT_READ)

    def reader_gone(self) -> None:
        """End, with an error if data is lost by it (pipes-06)."""
        self.end(BrokenPipeError("the other end was closed before all data was read") if self.unsent else None)

    # Writing.

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data`, now as far as the pipe takes it, the rest later (transport-21a to 24, 45a).

        Raises:
            TypeError: `data` is not bytes-like.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
        if self.closing or not data:
            return
        view = memoryview(data).cast("B")
        sent = 0
        if not self.unsent:
            try:
                sent = os.write(self.fd, view)
            except (BlockingIOError, InterruptedError):
                pass
            except OSError as error:
                self.write_failed(error)
                return
        if sent < len(view):
            self.keep(view[sent:])

    def keep(self, data: memoryview) -> None:
        """Put what the pipe did not take into the buffer (pipes-11)."""
        if not self.unsent:
            self.loop.watch(self.fd, EVENT_WRITE, self.flush, ())
        self.buffer += data
        self.unsent = len(self.buffer)
        self.buffer_rose()

    def flush(self) -> None:
        """Send from the buffer what the pipe takes, and see what that allows next (pipes-09, 11)."""
        try:
            sent = os.write(self.fd, self.buffer)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.write_failed(error)
            return
        del self.buffer[:sent]
        self.unsent = len(self.buffer)
        if not self.unsent:
            self.loop.unwatch(self.fd, EVENT_WRITE)
        self.buffer_fell()
        if not self.unsent:
            self.flushed()

    def flushed(self) -> None:
        """Do what waited for an empty buffer: the end (pipes-09)."""
        if self.closing:
            self.end(None)

    def write_failed(self, error: OSError) -> None:
        """End a pipe that broke while we were writing (pipes-06)."""
        self.end(error)

    def can_write_eof(self) -> bool:
        """Say yes: closing the pipe is the reader's EOF (transport-28)."""
        return True

    def write_eof(self) -> None:
        """Close once all is sent, as there is no other direction (pipes-10)."""
        self.close()

    # The end.

    def close(self) -> None:
        """Send what is left, then call connection_lost(None) (pipes-09)."""
        self.closing = True
        if not self.unsent:
            self.flushed()

    def abort(self) -> None:
        """Drop what is left and call connection_lost(None) soon (pipes-16)."""
        self.end(None)

    def stop(self) -> None:
        """Drop what is left and watch the pipe no more."""
        self.loop.unwatch(self.fd, EVENT_READ)
        if self.unsent:
            self.loop.unwatch(self.fd, EVENT_WRITE)
        self.buffer.clear()
        self.unsent = 0

"""The sending half of a transport."""

import os
import socket
from collections import deque
from itertools import islice
from typing import Any

from .endpoint import Endpoint

# How many waiting chunks go into one system call
MOST_CHUNKS = max(os.sysconf("SC_IOV_MAX"), 16) if "SC_IOV_MAX" in getattr(os, "sysconf_names", {}) else 16

HAS_SENDMSG = hasattr(socket.socket, "sendmsg")

Data = bytes | bytearray | memoryview


class Writing(Endpoint):
    """What a transport does with what is written: it goes out at once, and what the socket does not take waits."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.buffer: deque[bytes | memoryview] = deque()
        self.eof_written = False
        self.held = False  # while a file goes out, what is written waits behind it (stream.py)

    def write(self, data: Data) -> None:
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
            except OSError as error:
                self.call_failed(error)
                if self.closing:
                    return
        if sent < len(data):
            self.keep(memoryview(data)[sent:])

    def keep(self, data: memoryview) -> None:
        """Put what the socket did not take into the buffer, safe from a caller who changes a bytearray (pipes-11)."""
        if self.is_flushed():
            self.start_writing()
        self.buffer.append(data if isinstance(data.obj, bytes) else bytes(data))
        self.unsent += len(data)
        self.buffer_rose()

    def flush(self) -> None:
        """Send from the buffer what the socket takes, and see what that allows next (pipes-09, 11)."""
        try:
            sent = self.send_buffer()
        except OSError as error:
            self.call_failed(error)
            return
        self.drop(sent)
        if not self.unsent:
            self.stop_writing()
        self.buffer_fell()
        if not self.unsent and not self.losing:  # resume_writing() may have written, or aborted
            self.flushed()

    def send_buffer(self) -> int:
        """Offer the first chunks to the socket and give the number of bytes it took."""
        if len(self.buffer) == 1:
            return int(self.sock.send(self.buffer[0]))
        chunks = list(islice(self.buffer, MOST_CHUNKS))
        return int(self.sock.sendmsg(chunks) if HAS_SENDMSG else self.sock.send(b"".join(chunks)))

    def drop(self, count: int) -> None:
        """Remove the first `count` bytes from the buffer."""
        self.unsent -= count
        while count:
            chunk = self.buffer.popleft()
            if len(chunk) > count:
                self.buffer.appendleft(memoryview(chunk)[count:])
            count -= min(count, len(chunk))

    def is_flushed(self) -> bool:
        """Tell whether nothing waits, and no file is under way."""
        return not self.unsent and not self.held

    def drop_buffer(self) -> None:
        """Forget what waits."""
        self.buffer.clear()

    def flushed(self) -> None:
        """Do what waited for an empty buffer: the end (transport-04, 06, pipes-09)."""
        if self.closing:
            self.lose(None)

    def can_write_eof(self) -> bool:
        """Say yes: the peer can be told of the end while this side still reads, or lives (transport-28)."""
        return True

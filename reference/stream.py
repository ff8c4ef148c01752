"""The stream transport: a connected TCP or Unix socket under a protocol."""

import asyncio
import socket
from collections.abc import Iterable

from .reading import Reading
from .scheduler import Waiter, set_ready
from .writing import Data, Writing


class StreamTransport(Reading, Writing, asyncio.Transport):
    """A connected stream socket; arguments and states are Endpoint's."""

    sock: socket.socket
    eof_sent = False
    waiter: Waiter = None  # of whoever sends a file

    def writelines(self, list_of_data: Iterable[Data]) -> None:
        """Send all elements in order, as one write() would (transport-25, 49, 58)."""
        self.write(b"".join(list_of_data))

    def flushed(self) -> None:
        """Do what waited for an empty buffer: a file, the end, or the end of writing (transport-04, 06, 26a, 50)."""
        if self.waiter is not None:
            set_ready(self.waiter)
        elif self.eof_written and not self.closing:
            self.shut_down_writing()
        else:
            super().flushed()

    def write_eof(self) -> None:
        """End the direction of writing once the buffer is empty; the other one goes on (transport-26a, 26b)."""
        if self.closing or self.eof_written:
            return
        self.eof_written = True
        if self.is_flushed():
            self.shut_down_writing()

    def shut_down_writing(self) -> None:
        """Send the end of the stream, once: resume_writing() may have done so in the middle of a flush()."""
        if self.eof_sent:
            return
        self.eof_sent = True
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError as error:  # the peer has already broken the connection
            self.end(error)

    def lose(self, error: BaseException | None) -> None:
        """Tell the protocol soon, and the sender of a file now."""
        super().lose(error)
        set_ready(self.waiter)

    # A file goes out: sendfile.py feeds the socket while what is written waits in the buffer (sendfile-09, 12, 13).

    async def hold(self) -> None:
        """Wait until the buffer is empty, then keep what is written in it until unhold().

        Raises:
            RuntimeError: another file is under way, or write_eof() was called.
            ConnectionError: the connection ended before.
        """
        if self.held or self.waiter is not None or self.eof_written:
            raise RuntimeError("another file is being sent already, or the end was")
        try:
            while self.unsent:
                await self.sender_turn()
            self.held = not self.losing and not self.eof_written
            self.check_sendable()
        except BaseException:
            if not self.unsent and not self.losing:  # woken and cancelled at once: what waited behind us goes on
                self.flushed()
            raise

    async def until_writable(self) -> None:
        """Wait until the socket takes more of the file.

        Raises:
            ConnectionError: the connection ended meanwhile.
        """
        self.start_writing()
        try:
            await self.sender_turn()
        finally:
            if not self.losing:
                self.stop_writing()
        self.check_sendable()

    async def sender_turn(self) -> None:
        """Wait until the buffer is empty, the socket takes more of a file, or the connection ends."""
        self.waiter = self.loop.create_future()
        try:
            await self.waiter
        finally:
            self.waiter = None

    def flush(self) -> None:
        """Send what waits, or let the sender of the file go on."""
        if self.held:
            set_ready(self.waiter)
        else:
            super().flush()

    def check_sendable(self) -> None:
        """Refuse to send on a connection that has ended."""
        if self.losing or not self.held:
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

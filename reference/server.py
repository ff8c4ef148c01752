"""The server: listening sockets, what they accept, and how all that ends."""

import asyncio
import errno
import socket
from asyncio.trsock import TransportSocket
from collections.abc import Callable, Sequence
from selectors import EVENT_READ
from typing import Any

from .connect import Connections
from .reports import ENDS_PROGRAM, report
from .scheduler import set_ready
from .tls_options import TLSOptions
from .unix_files import SocketFile

# What accept() says when the machine or the process has no more to give
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

RECOVERY = 1.0  # seconds until accepting is tried again after that (server-49)


class Server(asyncio.AbstractServer):
    """What create_server() gives: listening sockets, and the connections that came from them.

    Arguments:
        loop: the loop that it lives on.
        sockets: bound, not yet listening.
        protocol_factory: makes a protocol for each connection.
        tls: None for plain connections.
        backlog: how many connections the kernel may keep waiting.
    """

    def __init__(
        self, loop: Connections, sockets: Sequence[socket.socket], protocol_factory: Callable[[], Any],
        tls: TLSOptions | None, backlog: int
    ) -> None:  # fmt: skip
        self.loop = loop
        self.listeners = list(sockets)
        for listener in sockets:
            listener.setblocking(False)
        self.protocol_factory = protocol_factory
        self.tls = tls
        self.backlog = backlog
        self.serving = self.closed = False
        self.clients: set[Any] = set()
        self.socket_file: SocketFile | None = None  # to be removed at the end
        self.closed_waiters: list[asyncio.Future[None]] = []
        self.forever: asyncio.Future[None] | None = None  # serve_forever() waits for it

    # Serving.

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Give the loop that made the server (server-28)."""
        return self.loop

    def is_serving(self) -> bool:
        """Tell whether connections are accepted (server-34a, 34b)."""
        return self.serving

    async def start_serving(self) -> None:
        """Begin to accept; again does nothing (server-12b, 29b).

        Raises:
            RuntimeError: the server is closed (server-39).
        """
        self.start()
        await asyncio.sleep(0)

    def start(self) -> None:
        """Do as start_serving() does, at once."""
        if self.closed:
            raise RuntimeError(f"server {self!r} is closed")
        if self.serving:
            return
        self.serving = True
        for listener in self.listeners:
            listener.listen(self.backlog)
            self.watch(listener)

    async def serve_forever(self) -> None:
        """Accept until cancelled, then close (server-30 to 33, 40).

        Raises:
            RuntimeError: it is already called, or the server is closed.
        """
        if self.forever is not None:
            raise RuntimeError(f"server {self!r} is already being awaited on serve_forever()")
        self.start()
        self.forever = self.loop.create_future()
        try:
            await self.forever
        finally:
            self.forever = None
            self.close()

    # Accepting.

    def watch(self, listener: socket.socket) -> None:
        """Accept from `listener` whenever somebody waits there."""
        self.loop.watch(listener.fileno(), EVENT_READ, self.accept_waiting, (listener,))

    def accept_waiting(self, listener: socket.socket) -> None:
        """Accept all who wait, but not for ever: others want their turn too."""
        for _ in range(self.backlog or 1):
            try:
                accepted, address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):  # nobody, or one who has left again
                return
            except OSError as error:
                self.accept_failed(listener, error)
                return
            self.welcome(accepted, address)
            if not self.serving:  # a protocol factory has closed the server
                return

    def welcome(self, accepted: socket.socket, _address: Any) -> None:
        """Put a protocol and a transport on an accepted socket; a failure costs only this one (server-14a, 41)."""
        try:
            accepted.setblocking(False)
            self.loop.make_transport(accepted, self.protocol_factory(), self.tls, None, self)
        except BaseException as error:
            accepted.close()
            if isinstance(error, ENDS_PROGRAM):
                raise
            report(self.loop, "Error on transport creation for incoming connection", exception=error)

    def accept_failed(self, listener: socket.socket, error: OSError) -> None:
        """Report an error of accept(); when descriptors have run out, leave the listener alone for a while."""
        message = "socket.accept() failed"
        if error.errno in EXHAUSTED:
            message = "socket.accept() out of system resource"
            self.loop.unwatch(listener.fileno(), EVENT_READ)
            self.loop.call_later(RECOVERY, self.recover, listener)
        report(self.loop, message, exception=error, socket=TransportSocket(listener))

    def recover(self, listener: socket.socket) -> None:
        """Accept again, if that is still wanted."""
        if self.serving:
            self.watch(listener)

    # Clients.

    def attach(self, transport: asyncio.Transport) -> None:
        """Count a connection."""
        self.clients.add(transport)

    def detach(self, transport: asyncio.Transport) -> None:
        """Count it no more; the last one lets wait_closed() go on."""
        self.clients.discard(transport)
        self.check_all_gone()

    def close_clients(self) -> None:
        """Close every connection that is still open (server-25)."""
        for transport in list(self.clients):
            transport.close()

    def abort_clients(self) -> None:
        """Abort every connection that is still open (server-26)."""
        for transport in list(self.clients):
            transport.abort()

    # The end.

    def close(self) -> None:
        """Accept no more; connections go on (server-21a to 24)."""
        if self.closed:
            return
        self.closed = True
        self.serving = False
        for listener in self.listeners:
            self.loop.unwatch(listener.fileno(), EVENT_READ)
            self.close_listener(listener)
        self.listeners.clear()
        if self.socket_file is not None:
            self.socket_file.remove()
        if self.forever is not None and not self.forever.done():
            self.forever.cancel()
        self.check_all_gone()

    def close_listener(self, listener: socket.socket) -> None:
        """Give a listening socket back."""
        listener.close()

    def check_all_gone(self) -> None:
        """Let wait_closed() go on once the server is closed and the last connection has ended."""
        if self.closed and not self.clients:
            waiters, self.closed_waiters = self.closed_waiters, []
            for waiter in waiters:
                set_ready(waiter)

    async def wait_closed(self) -> None:
        """Wait until the server is closed and all its connections have ended (server-35)."""
        if self.closed and not self.clients:
            return
        self.closed_waiters.append(self.loop.create_future())
        await self.closed_waiters[-1]

    @property
    def sockets(self) -> list[TransportSocket]:
        """The listening sockets; none after close() (server-23, 36a, 36b)."""
        return [TransportSocket(listener) for listener in self.listeners]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} sockets={self.sockets!r}>"

"""What all transports on a descriptor share: who they are, how they close, and how they end."""

import asyncio
import socket
import warnings
from asyncio.trsock import TransportSocket
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from .flow import FlowControl, Watermarks
from .scheduler import Scheduler, Waiter, set_ready


class Endpoint(FlowControl, asyncio.BaseTransport):
    """A socket, or a pipe in its place, its protocol, and the way to their end.

    It is in one of four states: open; closing, while what was written goes out; losing, with connection_lost() in the
    queue; and ended, with the socket closed. `closing` is true from the second on. None but open delivers data.

    Arguments:
        loop: the loop that it lives on.
        sock: non-blocking; the transport owns it from here on.
        protocol: who gets what arrives.
        extra: answers for get_extra_info().
        server: who counts the transport with attach() and detach(): the server that accepted the connection.
    """

    loop: Scheduler

    def __init__(self, loop: Scheduler, sock: Any, protocol: Any, extra: dict[str, Any], server: Any = None) -> None:
        self.loop = loop
        self.sock = sock
        self.fd: int = sock.fileno()
        self.protocol = protocol
        self.extra = extra
        self.server = server
        self.marks = Watermarks()
        self.unsent = 0
        self.closing = self.losing = self.ended = False
        if server is not None:
            server.attach(self)
        loop.transports[self.fd] = self

    def begin(self, waiter: Waiter = None) -> None:
        """Tell the protocol, then start to read and let `waiter` go on (protocol-01, 04, connect-03)."""
        try:
            self.tell_made()
        finally:
            self.begin_reading()
            set_ready(waiter)

    # What a kind of transport adds.

    def begin_reading(self) -> None:
        """Read, unless connection_made() has decided otherwise."""

    def flush(self) -> None:
        """Send what waits, now that the socket takes more."""

    def drop_buffer(self) -> None:
        """Forget what waits."""

    def is_flushed(self) -> bool:
        """Tell whether nothing waits."""
        return not self.unsent

    # Watching the socket.

    def stop_reading(self) -> None:
        """Watch for data no more; what a poll already found stays in the socket."""
        self.loop.unwatch(self.fd, EVENT_READ)

    def start_writing(self) -> None:
        """Watch for the moment when the socket takes more."""
        self.loop.watch(self.fd, EVENT_WRITE, self.flush, ())

    def stop_writing(self) -> None:
        """Watch for it no more."""
        self.loop.unwatch(self.fd, EVENT_WRITE)

    # The end.

    def close(self) -> None:
        """Read no more, send what is left, then call connection_lost(None) (transport-04 to 08, pipes-09)."""
        if self.closing:
            return
        self.closing = True
        self.stop_reading()
        if self.is_flushed():
            self.lose(None)

    def abort(self) -> None:
        """Drop what is left and call connection_lost(None) soon (transport-29a to 30b, 51, pipes-16)."""
        self.end(None)

    def end(self, error: BaseException | None) -> None:
        """Give up both directions at once, because of `error` (protocol-03c, pipes-06)."""
        if self.losing:
            return
        if not self.closing:
            self.closing = True
            self.stop_reading()
        if not self.is_flushed():
            self.unsent = 0
            self.drop_buffer()
            self.stop_writing()
        self.lose(error)

    def call_failed(self, error: OSError) -> None:
        """End the connection because of what the socket said, if that is more than that it is not ready."""
        if not isinstance(error, (BlockingIOError, InterruptedError)):
            self.end(error)

    def protocol_failed(self, error: BaseException) -> None:
        """Report what a protocol raised, and end the connection with it (transport-47a, 47b)."""
        self.report("Fatal error: a protocol failed at what was delivered.", error)
        self.end(error)

    def lose(self, error: BaseException | None) -> None:
        """Have the protocol told, once, in an iteration of its own (protocol-02, transport-30b)."""
        if not self.losing:
            self.losing = True
            self.loop.call_soon(self.finish, error)

    def finish(self, error: BaseException | None) -> None:
        """Tell the protocol that it is over, and give the socket back (transport-57, pipes-15)."""
        try:
            self.tell_lost(error)
        finally:
            self.release()

    def tell_lost(self, error: BaseException | None) -> None:
        """Call connection_lost() (protocol-02 to 03c)."""
        self.protocol.connection_lost(error)

    def release(self) -> None:
        """Give back the socket, leave the server, and let go of the protocol: the two usually refer to each other."""
        self.ended = True
        if self.loop.transports.get(self.fd) is self:
            del self.loop.transports[self.fd]
        self.sock.close()
        self.protocol = None
        self.let_go_on()
        if self.server is not None:
            self.server.detach(self)
            self.server = None

    def __del__(self) -> None:
        # An instance whose __init__ failed has no such attribute.
        if not getattr(self, "ended", True):
            warnings.warn(f"unclosed transport {self!r}", ResourceWarning, source=self, stacklevel=2)
            self.sock.close()

    # What is known about it.

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Give what is known under `name`, or `default` (transport-10 to 11c)."""
        return self.extra.get(name, default)

    def __repr__(self) -> str:
        state = "closed" if self.ended else "closing" if self.closing else "open"
        return f"<{type(self).__name__} {state} fd={self.fd} unsent={self.unsent}>"


def names_of(sock: socket.socket) -> dict[str, Any]:
    """Give the socket, in a shape that leaves it whole, and its addresses where it has them (transport-11a to 11d)."""
    names: dict[str, Any] = {"socket": TransportSocket(sock)}
    for name, ask in (("sockname", sock.getsockname), ("peername", sock.getpeername)):
        try:
            names[name] = ask()
        except OSError:
            names[name] = None
    return names

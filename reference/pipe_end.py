"""What both ends of a pipe have in common: a descriptor, a protocol, a beginning and an end."""

import asyncio
import os
import warnings
from typing import Any

from .scheduler import Scheduler


class PipeEnd(asyncio.BaseTransport):
    """One end of a pipe, a FIFO, a socket or a terminal.

    It is open; then perhaps closing, while what was written goes out; then losing, with connection_lost() in the queue;
    then ended, with the pipe closed.

    Arguments:
        loop: the loop that it lives on.
        pipe: the file object, which the transport owns from here on.
        protocol: who is told what happens.
    """

    def __init__(self, loop: Scheduler, pipe: Any, protocol: asyncio.BaseProtocol) -> None:
        self.loop = loop
        self.pipe = pipe
        self.fd: int = pipe.fileno()
        self.protocol: Any = protocol
        self.closing = self.losing = self.ended = False
        os.set_blocking(self.fd, False)

    def begin(self, waiter: "asyncio.Future[None] | None" = None) -> None:
        """Tell the protocol, then start to watch the pipe and let `waiter` go on."""
        try:
            self.tell_made()
        finally:
            self.start()
            if waiter is not None and not waiter.done():
                waiter.set_result(None)

    def tell_made(self) -> None:
        """Call connection_made()."""
        self.protocol.connection_made(self)

    def start(self) -> None:
        """Watch the pipe for what concerns this end of it."""
        raise NotImplementedError

    def stop(self) -> None:
        """Watch the pipe no more."""
        raise NotImplementedError

    def is_closing(self) -> bool:
        """Tell whether the transport is closing or closed (transport-09a, 09b)."""
        return self.closing

    def end(self, error: BaseException | None) -> None:
        """Give the pipe up because of `error`, and have the protocol told, once, in an iteration of its own."""
        if not self.losing:
            self.closing = self.losing = True
            self.stop()
            self.loop.call_soon(self.finish, error)

    def finish(self, error: BaseException | None) -> None:
        """Tell the protocol that it is over, and close the pipe (pipes-06, 08, 10, 15)."""
        try:
            self.tell_lost(error)
        finally:
            self.release()

    def tell_lost(self, error: BaseException | None) -> None:
        """Call connection_lost()."""
        self.protocol.connection_lost(error)

    def release(self) -> None:
        """Give the descriptor back (pipes-15), and let go of the protocol: the two usually refer to each other."""
        self.ended = True
        self.pipe.close()
        self.protocol = None

    def __del__(self) -> None:
        # An instance whose __init__ failed has no such attribute.
        if not getattr(self, "ended", True):
            warnings.warn(f"unclosed transport {self!r}", ResourceWarning, source=self, stacklevel=2)
            self.release()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Tell everything from here on to `protocol` (transport-13)."""
        self.protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Give the protocol set last (transport-15)."""
        protocol: asyncio.BaseProtocol = self.protocol
        return protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Give the pipe object as "pipe", `default` for anything else (transport-10, 12a)."""
        return self.pipe if name == "pipe" else default

    def __repr__(self) -> str:
        state = "closed" if self.ended else "closing" if self.closing else "open"
        return f"<{type(self).__name__} {state} fd={self.fd}>"

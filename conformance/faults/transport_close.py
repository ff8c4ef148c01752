"""Transports that get close() wrong: what is flushed, what is still read, what is told."""

from __future__ import annotations

import errno
import socket
from selectors import EVENT_READ
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import InPieces, in_a_loop
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport


@fault(breaks="transport-04")
@in_a_loop
class DropsTheUnsent(StreamTransport):
    """close() drops what the kernel did not take."""

    def close(self) -> None:
        self.end(None)


@fault(breaks="transport-04")
@in_a_loop
class WritesLater(StreamTransport):
    """write() only queues the data, and close() does not look at that queue."""

    def write(self, data: Any) -> None:
        self.loop.call_soon(super().write, data)


@fault(breaks="transport-05")
@in_a_loop
class ReadsOn(StreamTransport):
    """close() leaves the socket watched, and what comes is delivered until the end."""

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            if not self.unsent:
                self.lose(None)

    def lose(self, error: BaseException | None) -> None:
        if not self.losing:
            self.losing = True
            self.loop.call_soon(self.loop.call_soon, self.finish, error)

    def release(self) -> None:
        self.stop_reading()
        super().release()


@fault(breaks="transport-05")
@in_a_loop
class StaleWatcher(StreamTransport):
    """A transport that another one closes in the same poll still reads once."""

    def stop_reading(self) -> None:
        self.loop.call_soon(super().stop_reading)

    def release(self) -> None:
        super().stop_reading()
        super().release()


@fault(breaks="transport-05")
@in_a_loop
class ResumesWhileItCloses(StreamTransport):
    """resume_reading() does not know of close()."""

    def resume_reading(self) -> None:
        if self.paused and not self.losing:
            self.paused = False
            self.start_reading()

    def release(self) -> None:
        self.stop_reading()
        super().release()


@fault(breaks="transport-05")
@in_a_loop
class DeliversAllPieces(InPieces):
    """What was read goes to the protocol piece by piece, to the last one, although the first made it close."""


@fault(breaks="transport-06")
@in_a_loop
class CloseIsAnError(StreamTransport):
    """connection_lost() gets ECANCELED after close()."""

    def close(self) -> None:
        super().close()
        self.by_close = True

    def finish(self, error: BaseException | None) -> None:
        canceled = OSError(errno.ECANCELED, "canceled") if getattr(self, "by_close", False) else None
        super().finish(error or canceled)


@fault(breaks="transport-06")
@in_a_loop
class LostBeforeTheFlush(StreamTransport):
    """connection_lost() is called at close(), although data is still to be sent."""

    def close(self) -> None:
        if self.unsent and not self.closing:
            self.loop.call_soon(self.protocol.connection_lost, None)
        super().close()


@fault(breaks="transport-07", shows="hang")
@in_a_loop
class CloseWaits(StreamTransport):
    """close() sends everything before it returns."""

    def close(self) -> None:
        self.sock.setblocking(True)
        while self.unsent:
            self.drop(self.send_buffer())
        super().close()


class KeptOpen(StreamTransport):
    """A transport that leaves its socket to the loop when it is lost."""

    def release(self) -> None:
        """Hand the socket over."""
        loop: Any = self.loop
        loop.kept.append(self.sock)
        self.stop_reading()
        self.sock = socket.socket()
        super().release()


class Keeps(ReferenceLoop):
    """Lost transports leave their sockets open."""

    stream_type = KeptOpen

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[socket.socket] = []

    def close(self) -> None:
        """Close what was kept, and the loop."""
        for each in self.kept:
            each.close()
        super().close()


@fault(breaks="transport-62", shows="hang")
class NeverSevers(Keeps):
    """The connection stays up after close()."""


@fault(breaks="transport-72", shows="hang")
class NeverSeversEither(Keeps):
    """The connection stays up after abort()."""


@fault(breaks="transport-57")
class KeepsTheSocket(Keeps):
    """The socket is not closed after connection_lost()."""


@fault(breaks="transport-08")
@in_a_loop
class SecondCloseAborts(StreamTransport):
    """A second close() is an abort()."""

    def close(self) -> None:
        if self.closing:
            self.abort()
        super().close()


@fault(breaks="transport-08", shows="hang")
@in_a_loop
class ForgetsThatItsDescriptorIsGone(StreamTransport):
    """A lost transport goes on to unregister its old descriptor, whoever has it now."""

    def close(self) -> None:
        if self.ended:
            self.loop.unwatch(self.fd, EVENT_READ)
        super().close()

    def pause_reading(self) -> None:
        if self.ended:
            self.loop.unwatch(self.fd, EVENT_READ)
        super().pause_reading()


@fault(breaks="transport-09a")
@in_a_loop
class ClosingOnlyWhenLost(StreamTransport):
    """is_closing() is False until the connection is lost."""

    def is_closing(self) -> bool:
        return self.ended


@fault(breaks="transport-09a")
@in_a_loop
class ClosingUntilMade(StreamTransport):
    """is_closing() is True until connection_made() has returned."""

    begun = False

    def begin(self, waiter: Any) -> None:
        super().begin(waiter)
        self.begun = True

    def is_closing(self) -> bool:
        return self.closing or not self.begun


@fault(breaks="transport-09b")
@in_a_loop
class ClosingIsOver(StreamTransport):
    """is_closing() is False again once the connection is lost."""

    def is_closing(self) -> bool:
        return self.closing and not self.ended

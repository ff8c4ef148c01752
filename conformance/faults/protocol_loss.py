"""Transports that tell the end of a connection more than once, or for the wrong reason."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference.stream import StreamTransport


@fault(breaks="protocol-02")
@in_a_loop
class LostTwice(StreamTransport):
    """connection_lost() is called twice."""

    def finish(self, error: BaseException | None) -> None:
        self.protocol.connection_lost(error)
        super().finish(error)


@fault(breaks="protocol-02")
@in_a_loop
class AbortEndsAgain(StreamTransport):
    """abort() on a closing transport has a connection_lost() of its own."""

    def abort(self) -> None:
        if self.losing:
            self.loop.call_soon(self.protocol.connection_lost, None)
        super().abort()


@fault(breaks="protocol-03a")
@in_a_loop
class EndIsAnError(StreamTransport):
    """connection_lost() is given EOFError after a regular end."""

    def finish(self, error: BaseException | None) -> None:
        super().finish(EOFError() if self.eof_seen else error)


@fault(breaks="protocol-03b")
@in_a_loop
class OwnEndIsAnError(StreamTransport):
    """connection_lost() is given ConnectionAbortedError after the own close() or abort()."""

    def finish(self, error: BaseException | None) -> None:
        super().finish(error if self.eof_seen or error else ConnectionAbortedError())


@fault(breaks="protocol-03c")
@in_a_loop
class BreaksSilently(StreamTransport):
    """connection_lost() is given None when the connection broke."""

    def end(self, error: BaseException | None) -> None:
        super().end(None if isinstance(error, OSError) else error)


@fault(breaks="protocol-03c")
@in_a_loop
class WritesIntoTheVoid(StreamTransport):
    """A write that fails ends the connection with connection_lost(None)."""

    writing = False

    def write(self, data: Any) -> None:
        self.writing = True
        try:
            super().write(data)
        finally:
            self.writing = False

    def end(self, error: BaseException | None) -> None:
        super().end(None if self.writing else error)


@fault(breaks="protocol-31")
@in_a_loop
class VagueReason(StreamTransport):
    """connection_lost() is given an exception that says nothing."""

    def end(self, error: BaseException | None) -> None:
        super().end(Exception("connection lost") if isinstance(error, OSError) else error)


@fault(breaks="protocol-32")
@in_a_loop
class ResetIsAnEnd(StreamTransport):
    """A reset is told as an end first."""

    def end(self, error: BaseException | None) -> None:
        if isinstance(error, ConnectionResetError):
            self.protocol.eof_received()
        super().end(error)

"""Loops that write to pipes wrongly: data, flow control, the end."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.pipes import of_pipes
from loopcert.reference.pipes import WritePipeTransport


@fault(breaks="pipes-18")
@of_pipes
class DropsTheLastByte(WritePipeTransport):
    """The last byte of each write() is lost."""

    def write(self, data: Any) -> None:
        super().write(data[:-1])


@fault(breaks="pipes-18")
@of_pipes
class TakesBytesOnly(WritePipeTransport):
    """write() refuses what is not bytes."""

    def write(self, data: Any) -> None:
        if not isinstance(data, bytes):
            raise TypeError("bytes expected")
        super().write(data)


@fault(breaks="pipes-18", shows="hang")
@of_pipes
class SendsAtTheEnd(WritePipeTransport):
    """What is written waits until the pipe is closed."""

    def write(self, data: Any) -> None:
        self.__dict__.setdefault("kept", []).append(bytes(data))

    def close(self) -> None:
        for data in self.__dict__.pop("kept", []):
            super().write(data)
        super().close()


@fault(breaks="pipes-05")
@of_pipes
class TellsOfAnEnd(WritePipeTransport):
    """The end of a write pipe is told by eof_received() too."""

    def tell_lost(self, error: BaseException | None) -> None:
        self.protocol.eof_received()
        super().tell_lost(error)


class Lazy(WritePipeTransport):
    """A writing end that sends nothing at once."""

    def write(self, data: Any) -> None:
        """Put it into the buffer."""
        if data and not self.closing:
            self.keep(memoryview(data))


@fault(breaks="pipes-09")
@of_pipes
class ForgetsTheRest(Lazy):
    """close() drops what is left."""

    def close(self) -> None:
        self.abort()


@fault(breaks="pipes-10")
@of_pipes
class EndsAtOnce(Lazy):
    """write_eof() drops what is left."""

    def write_eof(self) -> None:
        self.abort()


@fault(breaks="pipes-10")
@of_pipes
class KnowsNoEnd(WritePipeTransport):
    """can_write_eof() is False."""

    def can_write_eof(self) -> bool:
        return False


@fault(breaks="pipes-16")
@of_pipes
class AbortsWithAnError(WritePipeTransport):
    """abort() is told as an error."""

    def abort(self) -> None:
        self.end(ConnectionAbortedError())


@fault(breaks="pipes-16", shows="hang")
@of_pipes
class AbortsPolitely(WritePipeTransport):
    """abort() sends what is left."""

    def abort(self) -> None:
        self.close()


@fault(breaks="pipes-11", shows="hang")
@of_pipes
class NeverPauses(WritePipeTransport):
    """A protocol is never told to pause."""

    def buffer_rose(self) -> None: ...


@fault(breaks="pipes-11", shows="hang")
@of_pipes
class NeverResumes(WritePipeTransport):
    """A protocol is never told to go on."""

    def buffer_fell(self) -> None: ...


@fault(breaks="pipes-22")
@of_pipes
class HasItsOwnLimits(WritePipeTransport):
    """set_write_buffer_limits() changes nothing."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...


@fault(breaks="pipes-22")
@of_pipes
class CountsNothing(WritePipeTransport):
    """get_write_buffer_size() is always 0."""

    def get_write_buffer_size(self) -> int:
        return 0


@fault(breaks="pipes-22")
@of_pipes
class TellsOneThingAtATime(WritePipeTransport):
    """A pause that becomes necessary inside resume_writing() is not told."""

    telling = False

    def tell_protocol(self, method: str) -> None:
        if not self.telling:
            self.telling = True
            super().tell_protocol(method)
            self.telling = False


@fault(breaks="pipes-06")
@of_pipes
class LostTwice(WritePipeTransport):
    """connection_lost() of a write pipe is called twice."""

    def tell_lost(self, error: BaseException | None) -> None:
        super().tell_lost(error)
        super().tell_lost(error)


@fault(breaks="pipes-06", shows="hang")
@of_pipes
class WatchesNoReader(WritePipeTransport):
    """That the reader has gone is found out by writing alone."""

    def begin_reading(self) -> None: ...


@fault(breaks="pipes-21")
@of_pipes
class MindsTheEnd(WritePipeTransport):
    """Writing to a pipe that is closing raises BrokenPipeError."""

    def write(self, data: Any) -> None:
        if self.closing:
            raise BrokenPipeError
        super().write(data)


@fault(breaks="pipes-25")
@of_pipes
class BreaksSilently(WritePipeTransport):
    """A reader that went is never an error."""

    def end(self, error: BaseException | None) -> None:
        super().end(None if isinstance(error, OSError) else error)

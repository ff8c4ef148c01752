"""Transports that feed readers wrongly."""

from __future__ import annotations

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._readers import (
    EndIsAnError,
    Forgets,
    HalvesSwapped,
    StaysPaused,
    Tampering,
    feeds_a_reader,
)
from loopcert.conformance.faults._streams import in_a_loop


@fault(breaks="stream-08")
@in_a_loop
class LinesInDisorder(HalvesSwapped):
    """What arrives together comes in another order, so that `async for` gives other lines."""


@fault(breaks="stream-08")
@in_a_loop
class LinesEndInAnError(EndIsAnError):
    """The end of the peer is an error, which comes out of `async for`."""


@fault(breaks="stream-09a")
@in_a_loop
class ForgetsTheRest(Forgets):
    """What arrives while the reader has paused the transport is missing from read()."""


@fault(breaks="stream-09a", shows="hang")
@in_a_loop
class StopsForGood(StaysPaused):
    """Once the reader has paused the transport, read() never sees the end."""


@fault(breaks="stream-09c", shows="hang")
@in_a_loop
class Hoards(Tampering):
    """Data are delivered when there are 4 kB, or at the end."""

    hoard = b""

    def tell(self, data: bytes) -> None:
        self.hoard += data
        if len(self.hoard) >= 4096:
            self.hand_over()

    def read_eof(self) -> None:
        self.hand_over()
        super().read_eof()

    def hand_over(self) -> None:
        """Deliver."""
        if self.hoard:
            super().tell(self.hoard)
            self.hoard = b""


@fault(breaks="stream-10")
@in_a_loop
class EndsBadly(EndIsAnError):
    """A peer that ends is an error of read()."""


@fault(breaks="stream-11")
@in_a_loop
class LinesSwapped(HalvesSwapped):
    """readline() gets the two halves of what arrives in the wrong order."""


@fault(breaks="stream-11")
@in_a_loop
class NoLastLine(EndIsAnError):
    """A last line without newline is an error of readline()."""


@fault(breaks="stream-12")
@in_a_loop
class ExactlyLess(Forgets):
    """What arrives during a pause is missing from readexactly()."""


@fault(breaks="stream-12", shows="hang")
@in_a_loop
class NeverExactly(StaysPaused):
    """readexactly() waits for ever for what is beyond the limit."""


@fault(breaks="stream-12")
@in_a_loop
class NothingPartial(EndIsAnError):
    """readexactly() of too little is an error of the connection."""


@fault(breaks="stream-13")
@in_a_loop
class SeparatorAstray(HalvesSwapped):
    """The separator comes at another place than it was sent."""


@fault(breaks="stream-13")
@in_a_loop
class BodyIsAnError(EndIsAnError):
    """What follows the separator cannot be read to its end."""


@fault(breaks="stream-14")
@in_a_loop
class PauseIsTheEnd(Tampering):
    """A reader that has more than it wants ends the connection."""

    def pause_reading(self) -> None:
        if feeds_a_reader(self):
            self.end(ConnectionAbortedError("too much to read"))
        else:
            super().pause_reading()


@fault(breaks="stream-14", shows="hang")
@in_a_loop
class OverrunStops(StaysPaused):
    """After an overrun nothing more arrives."""


@fault(breaks="stream-15")
@in_a_loop
class HalfALineIsAnError(EndIsAnError):
    """readuntil() raises the error of a connection that only ended."""


@fault(breaks="stream-16")
@in_a_loop
class SeparatorsSwapped(HalvesSwapped):
    """The separators come in another order than they were sent."""


@fault(breaks="stream-16")
@in_a_loop
class Twice(Tampering):
    """Every piece is delivered twice."""

    def tell(self, data: bytes) -> None:
        super().tell(data)
        super().tell(data)


@fault(breaks="stream-17")
@in_a_loop
class SilenceIsTheEnd(Tampering):
    """The reader is told of the end as soon as nothing more is there."""

    def tell(self, data: bytes) -> None:
        super().tell(data)
        self.protocol.eof_received()


@fault(breaks="stream-17")
@in_a_loop
class NoEndInOrder(EndIsAnError):
    """The reader is told of an error instead of the end."""


@fault(breaks="stream-33")
@in_a_loop
class EndTakesAll(EndIsAnError):
    """The end is an error that makes what is buffered unreadable."""

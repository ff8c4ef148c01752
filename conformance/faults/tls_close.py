"""TLS transports that get close() wrong."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import carried, layered
from loopcert.reference.tls_layer import TLSLayer
from loopcert.reference.tls_transport import TLSTransport


@fault(breaks="tls-18")
@carried
class CloseForgets(TLSTransport):
    """What is written is sent in the next turn, unless the transport is closed by then."""

    def write(self, data: Any) -> None:
        self.loop.call_soon(super().write, bytes(data))


@fault(breaks="tls-18")
@carried
class ForgetsWhatQueues(TLSTransport):
    """What is written while something waits already is queued elsewhere, where close() does not look."""

    def write(self, data: Any) -> None:
        if self.backlog and not self.closing:
            self.loop.call_soon(self.write, bytes(data))
        else:
            super().write(data)


@fault(breaks="tls-46")
@layered
class LeavesWithoutGoodbye(TLSLayer):
    """close() sends what is left, and ends TCP without a goodbye."""

    def say_goodbye(self) -> None:
        if not self.blocked and not self.transport.backlog:
            self.lower.close()


@fault(breaks="tls-19")
@layered
class CloseIsAnError(TLSLayer):
    """close() is told as an exception."""

    closed = False

    def close(self) -> None:
        self.closed = True
        super().close()

    def tell_lost(self, error: BaseException | None) -> None:
        super().tell_lost(ConnectionAbortedError("closed by this side") if self.closed else error)


class WaitsForEver(TLSLayer):
    """A layer that never gives up on a peer."""

    def shutdown_late(self, waiting: int) -> None:
        pass


@fault(breaks="tls-47", shows="hang")
@layered
class NoShutdownTimeout(WaitsForEver):
    """The time for the goodbye is never up."""


@fault(breaks="tls-47")
@layered
class ShutdownLateAtOnce(TLSLayer):
    """The time for the goodbye is up at once."""

    def set_timer(self, seconds: float, callback: Any, *args: Any) -> None:
        super().set_timer(0 if callback == self.shutdown_late else seconds, callback, *args)


@fault(breaks="tls-53")
@layered
class DeliversAfterClose(TLSLayer):
    """What arrives during the goodbye is still delivered."""

    def say_goodbye(self) -> None:
        if data := self.machine.read():
            self.tell_data(data)
        super().say_goodbye()


@fault(breaks="tls-53")
@layered
class DeliversTheWholeFlight(TLSLayer):
    """What arrived together is delivered bit by bit, to the last one, although the first made the protocol close."""

    def tell_data(self, data: bytes) -> None:
        for start in range(0, len(data), 10):
            if not self.transport.paused:
                super().tell_data(data[start : start + 10])


@fault(breaks="tls-73", shows="hang")
@layered
class WaitsForSilence(WaitsForEver):
    """close() waits as long as the peer sends."""

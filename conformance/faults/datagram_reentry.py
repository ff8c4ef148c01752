"""Loops that do not bear being ended inside a callback, or twice, or do not know whether they are closing."""

from __future__ import annotations

from selectors import EVENT_READ

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._datagrams import Inside, in_an_endpoint
from loopcert.reference.datagram import DatagramTransport


@fault(breaks="datagram-47")
@in_an_endpoint
class OnceOnly(DatagramTransport):
    """close() and abort() after the end raise an exception."""

    def close(self) -> None:
        self.check_alive()
        super().close()

    def abort(self) -> None:
        self.check_alive()
        super().abort()

    def check_alive(self) -> None:
        """Complain of one end too many."""
        if self.ended:
            raise RuntimeError("it is over")


@fault(breaks="datagram-47", shows="hang")
@in_an_endpoint
class ForgetsThatItsDescriptorIsGone(DatagramTransport):
    """An ended endpoint goes on to unregister its old descriptor, whoever has it now."""

    def close(self) -> None:
        self.unregister()
        super().close()

    def abort(self) -> None:
        self.unregister()
        super().abort()

    def unregister(self) -> None:
        """Look at nothing but the number."""
        if self.ended:
            self.loop.unwatch(self.fd, EVENT_READ)


class DeafInside(Inside):
    """Takes no end from inside some of its callbacks."""

    refuses: tuple[str, ...]

    def close(self) -> None:
        """Not now."""
        if self.inside not in self.refuses:
            super().close()

    def abort(self) -> None:
        """Not now."""
        if self.inside not in self.refuses:
            super().abort()


@fault(breaks="datagram-51", shows="hang")
@in_an_endpoint
class NotNow(DeafInside):
    """close() and abort() inside connection_made(), datagram_received() and error_received() are lost."""

    refuses = ("connection_made", "datagram_received", "error_received")


@fault(breaks="datagram-75", shows="hang")
@in_an_endpoint
class NotWhilePausing(DeafInside):
    """close() and abort() inside pause_writing() and resume_writing() are lost."""

    refuses = ("pause_writing", "resume_writing")


@fault(breaks="datagram-42")
@in_an_endpoint
class ClosingOnlyWhenLost(DatagramTransport):
    """is_closing() is False until the end."""

    def is_closing(self) -> bool:
        return self.ended

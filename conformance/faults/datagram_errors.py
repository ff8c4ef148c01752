"""Loops that keep errors of datagrams to themselves, or take them for the end."""

from __future__ import annotations

import contextlib
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._datagrams import Inside, in_an_endpoint
from loopcert.reference.datagram import DatagramTransport


@fault(breaks="datagram-19", shows="hang")
@in_an_endpoint
class KeepsErrors(DatagramTransport):
    """error_received() is never called."""

    def tell_protocol(self, method: str, *args: Any) -> None:
        if method != "error_received":
            super().tell_protocol(method, *args)


@fault(breaks="datagram-19", shows="hang")
@in_an_endpoint
class TellsOnce(DatagramTransport):
    """error_received() is called for the first error only."""

    told = False

    def tell_protocol(self, method: str, *args: Any) -> None:
        if method != "error_received" or not self.told:
            super().tell_protocol(method, *args)
        self.told = self.told or method == "error_received"


@fault(breaks="datagram-19")
@in_an_endpoint
class RaisesErrors(DatagramTransport):
    """An error of sending comes out of sendto()."""

    def tell_protocol(self, method: str, *args: Any) -> None:
        if method == "error_received":
            raise args[0]
        super().tell_protocol(method, *args)


class QuietLater(DatagramTransport):
    """Gives up at the first error of what waited."""

    def flush(self) -> None:
        """Send what waits."""
        try:
            while self.queue:
                self.send_one(*self.queue[0])
                self.forget_first()
        except BlockingIOError:
            return
        except OSError:
            self.stop_writing()
            return
        super().flush()


@fault(breaks="datagram-76", shows="hang")
@in_an_endpoint
class KeepsLaterErrors(QuietLater):
    """An error of a datagram that waited is not told, and nothing is sent any more."""


@fault(breaks="datagram-20")
@in_an_endpoint
class ErrorsAreTheEnd(DatagramTransport):
    """An error ends the endpoint."""

    def tell_protocol(self, method: str, *args: Any) -> None:
        super().tell_protocol(method, *args)
        if method == "error_received":
            self.end(args[0])


@fault(breaks="datagram-77")
@in_an_endpoint
class ErrorsCostMore(DatagramTransport):
    """An error costs also what waits behind, but for the last."""

    def tell_protocol(self, method: str, *args: Any) -> None:
        super().tell_protocol(method, *args)
        while method == "error_received" and len(self.queue) > 1:
            self.forget_first()


@fault(breaks="datagram-78")
@in_an_endpoint
class UnreportedErrors(Inside):
    """What error_received() raises is lost."""

    def report(self, message: str, error: BaseException) -> None:
        with contextlib.suppress(Exception):
            if self.inside != "error_received":
                super().report(message, error)

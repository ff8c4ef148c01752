"""Faults of datagram endpoints: from a broken transport to the reference loop that uses it."""

from __future__ import annotations

from typing import Any

from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.datagram import DatagramTransport


def in_an_endpoint(transport: type[DatagramTransport]) -> type[ReferenceLoop]:
    """Return a reference loop, named and described like ``transport``, whose endpoints are such transports."""
    members = {"datagram_type": transport, "__doc__": transport.__doc__, "__module__": transport.__module__}
    return type(transport.__name__, (ReferenceLoop,), members)


class Inside(DatagramTransport):
    """Knows whether it is calling its protocol: `inside` is the name of the method."""

    inside = ""

    def tell_made(self) -> None:
        """Call connection_made()."""
        self.calling("connection_made", super().tell_made)

    def read(self) -> None:
        """Call datagram_received()."""
        self.calling("datagram_received", super().read)

    def tell_protocol(self, method: str, *args: Any) -> None:
        """Call one of the others."""
        self.calling(method, super().tell_protocol, method, *args)

    def calling(self, method: str, call: Any, *args: Any) -> None:
        """Remember the name while the protocol is called."""
        before, self.inside = self.inside, method
        try:
            call(*args)
        finally:
            self.inside = before

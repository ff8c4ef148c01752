"""Faults of stream transports: from a broken transport to the reference loop that uses it."""

from __future__ import annotations

from typing import Any

from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport


def in_a_loop(transport: type[StreamTransport]) -> type[ReferenceLoop]:
    """Return a reference loop, named and described like ``transport``, whose streams are such transports."""
    members = {"stream_type": transport, "__doc__": transport.__doc__, "__module__": transport.__module__}
    return type(transport.__name__, (ReferenceLoop,), members)


class InPieces(StreamTransport):
    """Cuts what it has read into pieces; `tell` decides what becomes of them."""

    def read(self) -> None:
        """Hand over what has arrived."""
        try:
            data = self.sock.recv(1 << 16)
        except OSError as error:
            self.call_failed(error)
            return
        if not data:
            self.read_eof()
            return
        protocol = self.protocol
        for start in range(0, len(data), 1 << 12):
            self.tell(protocol, data[start : start + (1 << 12)])

    def tell(self, _first: Any, piece: bytes) -> None:
        """Give a piece to the protocol; `_first` is whose transport it was when the data was read."""
        self.protocol.data_received(piece)

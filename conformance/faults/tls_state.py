"""TLS transports that claim what they can't, or don't know their state or their protocol."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import carried
from loopcert.reference.tls_transport import TLSTransport


@fault(breaks="tls-11")
@carried
class CanWriteEof(TLSTransport):
    """can_write_eof() is True."""

    def can_write_eof(self) -> bool:
        return True


@fault(breaks="tls-12")
@carried
class WriteEofCloses(TLSTransport):
    """write_eof() is another name of close()."""

    def write_eof(self) -> None:
        self.close()


@fault(breaks="tls-63")
@carried
class NeverClosing(TLSTransport):
    """is_closing() is always False."""

    def is_closing(self) -> bool:
        return False


@fault(breaks="tls-61")
@carried
class FaithfulToTheFirst(TLSTransport):
    """set_protocol() changes nothing."""

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        pass


@fault(breaks="tls-61")
@carried
class PausesTheFirst(TLSTransport):
    """pause_writing() goes to the protocol that the transport was made for."""

    def __init__(self, layer: Any, protocol: asyncio.BaseProtocol) -> None:
        super().__init__(layer, protocol)
        self.first: Any = protocol

    def tell_protocol(self, method: str, *args: Any) -> None:
        getattr(self.first, method)(*args)

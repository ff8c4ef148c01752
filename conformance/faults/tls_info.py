"""TLS transports that say wrong things of themselves."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import carried, layered
from loopcert.reference.tls_layer import TLSLayer
from loopcert.reference.tls_transport import TLSTransport

NAMES = ("cipher", "peercert", "sslcontext", "ssl_object", "compression")


@fault(breaks="tls-09")
@carried
class KnowsNothingOfTLS(TLSTransport):
    """get_extra_info() knows nothing of TLS."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default if name in NAMES else super().get_extra_info(name, default)


@fault(breaks="tls-09")
@carried
class NoDefault(TLSTransport):
    """get_extra_info() ignores the default."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return super().get_extra_info(name, default and None)


class Misinformed:
    """An SSL object that has heard of nothing but h3."""

    server_side = None
    server_hostname = "h3"

    def version(self) -> str:
        return "QUIC"

    def selected_alpn_protocol(self) -> str:
        return "h3"


@fault(breaks="tls-43")
@carried
class AnotherObject(TLSTransport):
    """ssl_object is that of another connection."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return Misinformed() if name == "ssl_object" else super().get_extra_info(name, default)


@fault(breaks="tls-44")
@layered
class MadeTooEarly(TLSLayer):
    """connection_made() is called when the handshake begins."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self.is_connected:
            self.is_connected = True
            self.lower = transport
            self.tell_made()
        super().connection_made(transport)


@fault(breaks="tls-10")
@carried
class KnowsNothingBelow(TLSTransport):
    """get_extra_info() knows TLS alone."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return super().get_extra_info(name, default) if name in NAMES else default

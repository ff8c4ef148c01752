"""Loops whose TLS a stream cannot use."""

from __future__ import annotations

import ssl
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.tls_layer import TLSLayer
from loopcert.reference.tls_transport import TLSTransport


@fault(breaks="stream-40")
class GoodbyeIsAnError(ReferenceLoop):
    """The end of what comes over TLS counts as a broken connection."""

    class Touchy(TLSLayer):
        """Fails at a goodbye."""

        def tell_eof(self) -> None:
            self.fail(ConnectionResetError("the peer has said goodbye"))

    tls_type = Touchy


@fault(breaks="stream-40")
class GarblesWhatIsWritten(ReferenceLoop):
    """What is written over TLS at once leaves in another order."""

    class Garbled(TLSLayer):
        """Has garbling transports."""

        class Garbling(TLSTransport):
            """Turns around what is written."""

            def write(self, data: Any) -> None:
                super().write(bytes(data)[::-1])

        transport_type = Garbling

    tls_type = Garbled


@fault(breaks="stream-40")
class GarblesWhatIsEncrypted(ReferenceLoop):
    """What is read over TLS comes in another order."""

    class Garbling(TLSLayer):
        """Turns what arrives together around."""

        def tell_data(self, data: bytes) -> None:
            super().tell_data(data[::-1])

    tls_type = Garbling


class Patient(ReferenceLoop):
    """Hands no timeouts on to TLS."""

    async def start_tls(self, *args: Any, **options: Any) -> Any:
        options.pop("ssl_handshake_timeout", None)
        options.pop("ssl_shutdown_timeout", None)
        return await super().start_tls(*args, **options)


@fault(breaks="stream-31b", shows="hang")
class WaitsForTheEnd(Patient):
    """start_tls() takes ssl_shutdown_timeout and waits longer."""


@fault(breaks="stream-38", shows="hang")
class WaitsForTheHandshake(Patient):
    """start_tls() takes ssl_handshake_timeout and waits longer."""


@fault(breaks="stream-39", python=">=3.15")
class AnyNameWillDo(ReferenceLoop):
    """start_tls() without a name switches the check of names off."""

    async def start_tls(self, transport: Any, protocol: Any, sslcontext: Any, **options: Any) -> Any:
        if not options.get("server_hostname") and not options.get("server_side"):
            sslcontext = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            sslcontext.check_hostname = False
        return await super().start_tls(transport, protocol, sslcontext, **options)

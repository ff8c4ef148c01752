"""Loops that handle badly what goes wrong in a TLS handshake, or say too early that it went well."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.tls_layer import TLSLayer
from loopcert.reference.tls_machine import Phase
from loopcert.reference.tls_options import TLSOptions


class Layer(TLSLayer):
    """A layer whose client side, or server side, is told apart by ``is_client``."""

    @property
    def is_client(self) -> bool:
        """Whether this is the client's side of a new connection."""
        return not self.options.server_side and not self.is_connected


@fault(breaks="connect-54")
class FailuresAreSilent(ReferenceLoop):
    """A handshake that fails ends create_connection() as if all were well."""

    class Silent(Layer):
        """Ends well."""

        def connection_lost(self, exc: BaseException | None) -> None:
            if self.is_client and self.waiter is not None and not self.waiter.done():
                self.waiter.set_result(None)
            super().connection_lost(exc)

    tls_type = Silent


@fault(breaks="connect-54", shows="hang")
class FailuresAreForgotten(ReferenceLoop):
    """Nobody is told of a handshake that fails."""

    class Forgetful(Layer):
        """Has no waiter."""

        def connection_lost(self, exc: BaseException | None) -> None:
            if self.is_client:
                self.waiter = None
            super().connection_lost(exc)

    tls_type = Forgetful


@fault(breaks="connect-55", shows="hang")
class FailedHandshakesStayOpen(ReferenceLoop):
    """A connection whose handshake failed is not closed."""

    class Open(Layer):
        """Keeps a second descriptor."""

        def fail(self, error: BaseException) -> None:
            if self.is_client:
                os.dup(self.lower.get_extra_info("socket").fileno())
            super().fail(error)

    tls_type = Open


@fault(breaks="connect-39")
class MadeTooEarly(ReferenceLoop):
    """connection_made() is called before the handshake."""

    class Early(Layer):
        """Does not wait."""

        def connection_made(self, transport: Any) -> None:
            if not self.is_connected:
                self.lower = transport
                self.is_connected = True
                self.tell_made()
            super().connection_made(transport)

    tls_type = Early


@fault(breaks="connect-39")
class MadeAfterAll(ReferenceLoop):
    """connection_made() is called also when the handshake has failed, just before connection_lost()."""

    class Late(Layer):
        """Catches up."""

        def connection_lost(self, exc: BaseException | None) -> None:
            if self.is_client:
                self.is_connected = True
                self.tell_made()
            super().connection_lost(exc)

    tls_type = Late


@fault(breaks="connect-39")
class GivesTheOneBelow(ReferenceLoop):
    """connection_made() is given the plain transport below."""

    class Below(Layer):
        """Takes the wrong one."""

        def tell_made(self) -> None:
            self.transport.protocol.connection_made(self.lower)

    tls_type = Below


@fault(breaks="connect-64")
class ReturnsTheLayer(ReferenceLoop):
    """With ssl, the protocol that is returned is the one between TLS and the connection below."""

    async def establish(self, sock: socket.socket, factory: Any, tls: TLSOptions | None, **options: Any) -> Any:
        transport, protocol = await super().establish(sock, factory, tls, **options)
        return transport, protocol if tls is None else transport.layer


@fault(breaks="connect-56", shows="hang")
class CancelledHandshakesStayOpen(ReferenceLoop):
    """A connection whose handshake was cancelled is not closed."""

    async def establish(self, sock: socket.socket, factory: Any, tls: TLSOptions | None, **options: Any) -> Any:
        if tls is None:
            return await super().establish(sock, factory, tls, **options)
        spare = os.dup(sock.fileno())
        try:
            made = await super().establish(sock, factory, tls, **options)
        except asyncio.CancelledError:
            raise
        except BaseException:
            os.close(spare)
            raise
        os.close(spare)
        return made


@fault(breaks="connect-31")
class AcceptedSocketsStayPlain(ReferenceLoop):
    """connect_accepted_socket() does not look at ssl."""

    async def connect_accepted_socket(self, protocol_factory: Any, sock: Any, **_options: Any) -> Any:
        return await super().connect_accepted_socket(protocol_factory, sock)


@fault(breaks="connect-63")
class BadClientsAreWelcome(ReferenceLoop):
    """connect_accepted_socket() ends well whatever becomes of the handshake."""

    class Welcoming(Layer):
        """Ends well."""

        def connection_lost(self, exc: BaseException | None) -> None:
            if self.options.server_side and self.waiter is not None and not self.waiter.done():
                self.waiter.set_result(None)
            super().connection_lost(exc)

    tls_type = Welcoming


@fault(breaks="connect-63", shows="hang")
class BadClientsAreWaitedFor(ReferenceLoop):
    """connect_accepted_socket() never ends when a client leaves in its handshake or fails it."""

    class Waiting(Layer):
        """Has no waiter."""

        def connection_lost(self, exc: BaseException | None) -> None:
            if self.options.server_side and self.machine.phase is Phase.HANDSHAKE:
                self.waiter = None
            super().connection_lost(exc)

    tls_type = Waiting


@fault(breaks="connect-63")
class CertificatesAreOptional(ReferenceLoop):
    """A client that a server has to have a certificate of is let in without one."""

    def make_tls_transport(self, sock: Any, protocol: Any, tls: TLSOptions, *args: Any) -> Any:
        if tls.server_side and tls.context.verify_mode is ssl.CERT_REQUIRED:
            tls.context.verify_mode = ssl.CERT_NONE
        return super().make_tls_transport(sock, protocol, tls, *args)

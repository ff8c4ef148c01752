"""Loops whose start_tls() takes its arguments wrong."""

from __future__ import annotations

import ssl
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import driven
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.tls_machine import TLSMachine


class Amending(ReferenceLoop):
    """Puts the options of start_tls() right before; ``amend`` is what a fault overrides."""

    def amend(self, options: dict[str, Any]) -> None:
        """Change the options."""

    async def start_tls(self, transport: Any, protocol: Any, sslcontext: Any, **options: Any) -> Any:
        self.amend(options)
        return await super().start_tls(transport, protocol, sslcontext, **options)


@fault(breaks="tls-06")
class OneNameFitsAll(Amending):
    """The certificate is matched against localhost, whatever server_hostname says."""

    def amend(self, options: dict[str, Any]) -> None:
        if not options.get("server_side"):
            options["server_hostname"] = "localhost"


@fault(breaks="tls-06")
class NoNameFits(Amending):
    """The certificate is matched against something that no certificate is for."""

    def amend(self, options: dict[str, Any]) -> None:
        if not options.get("server_side"):
            options["server_hostname"] = f"{options.get('server_hostname')}.invalid"


@fault(breaks="tls-06")
class AlwaysWantsAName(Amending):
    """server_hostname is required also where no name is checked."""

    def amend(self, options: dict[str, Any]) -> None:
        if not options.get("server_side") and not options.get("server_hostname"):
            raise ValueError("server_hostname is required")


@fault(breaks="tls-31")
@driven
class TellsNoName(TLSMachine):
    """The server is not told the name that the client looks for."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        if not options.server_side:
            context = options.context
            checks, context.check_hostname = context.check_hostname, False
            try:
                self.object = context.wrap_bio(self.incoming, self.outgoing)
            finally:
                context.check_hostname = checks


@fault(breaks="tls-04")
class WrongErrorForContexts(ReferenceLoop):
    """start_tls() finds out late, by an AttributeError, that it was given no context."""

    async def start_tls(self, transport: Any, protocol: Any, sslcontext: Any, **options: Any) -> Any:
        if type(sslcontext) is not ssl.SSLContext:
            raise AttributeError("no attribute 'wrap_bio'")
        return await super().start_tls(transport, protocol, sslcontext, **options)


@fault(breaks="tls-26")
class WrongErrorForTransports(ReferenceLoop):
    """start_tls() finds out late, by an AttributeError, that the transport can't carry TLS."""

    async def start_tls(self, transport: Any, protocol: Any, sslcontext: Any, **options: Any) -> Any:
        if not hasattr(transport, "write"):
            raise AttributeError("no attribute 'write'")
        return await super().start_tls(transport, protocol, sslcontext, **options)


@fault(breaks="tls-37")
class WrongErrorForTimeouts(Amending):
    """A timeout that is not positive is a TypeError."""

    def amend(self, options: dict[str, Any]) -> None:
        for name in ("ssl_handshake_timeout", "ssl_shutdown_timeout"):
            if (options.get(name) or 1) < 0 or options.get(name) == 0:
                raise TypeError(f"{name} is wrong")


@fault(breaks="tls-38", shows="hang", python=">=3.14.8")
class NamesItself(Amending):
    """Without a server_hostname the certificate is matched against a name that the loop makes up."""

    def amend(self, options: dict[str, Any]) -> None:
        if not options.get("server_side") and not options.get("server_hostname"):
            options["server_hostname"] = "localhost"

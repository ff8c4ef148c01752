"""Loops that connect over TLS with another context or another name than the caller's."""

from __future__ import annotations

import socket
import ssl
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


def lax(context: ssl.SSLContext | None = None) -> ssl.SSLContext:
    """Return a context that checks nothing, with the offers of another."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if context is not None:
        made.maximum_version = context.maximum_version
    return made


class Dialling(ReferenceLoop):
    """Connects with options that are put right before; ``amend`` is what a fault overrides."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        """Change the options of a connection with ssl."""

    async def create_connection(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        if options.get("ssl"):
            self.amend(host, options)
        return await super().create_connection(protocol_factory, host, port, **options)


@fault(breaks="connect-07a")
class TrueChecksNothing(Dialling):
    """ssl=True is a context that accepts every certificate."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options["ssl"] is True:
            options["ssl"] = lax()


@fault(breaks="connect-07a")
class TrueChecksNoNames(Dialling):
    """ssl=True is a context that checks certificates, but no names."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options["ssl"] is True:
            context = ssl.create_default_context()
            context.check_hostname = False
            options["ssl"] = context


@fault(breaks="connect-07a")
class TrueTrustsNobody(Dialling):
    """ssl=True is a context without any authority."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options["ssl"] is True:
            options["ssl"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@fault(breaks="connect-07b", wide="its own context trusts nobody: TLS with a certificate of ours is refused everywhere")
class OwnContext(Dialling):
    """Whatever context is given, a default one is used."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        options["ssl"] = True


@fault(breaks="connect-07b")
class OffersNothing(Dialling):
    """The context that is given is replaced by one that checks nothing and has nothing to offer."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options["ssl"] is not True:
            options["ssl"] = lax()


@fault(breaks="connect-07b")
class OneAtATime(Dialling):
    """A context that is in use is refused to another connection."""

    used: set[ssl.SSLContext]

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        used = self.__dict__.setdefault("used", set())
        if options["ssl"] in used:
            raise ValueError("this context is in use")
        if options["ssl"] is not True:
            used.add(options["ssl"])


@fault(breaks="connect-61")
class AcceptsEverybody(Dialling):
    """No certificate is checked."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        options["ssl"] = lax()


@fault(breaks="connect-62")
class NoNameNoCheck(Dialling):
    """Without a name, the certificate is not checked either."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options.get("server_hostname") == "":
            options["ssl"] = lax()


@fault(breaks="connect-08a")
class MatchesTheHost(Dialling):
    """The certificate is matched against host, no matter what server_hostname says."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if host and options.get("server_hostname"):
            options["server_hostname"] = host


@fault(breaks="connect-08a")
class OnlyNames(Dialling):
    """An address as server_hostname is refused."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if str(options.get("server_hostname") or "x")[-1].isdigit():
            raise ValueError("server_hostname is a name")


@fault(breaks="connect-08b")
class MatchesNothing(Dialling):
    """Without server_hostname no name is matched."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options.get("server_hostname") is None and host and options["ssl"] is not True:
            options["ssl"], options["server_hostname"] = lax(), ""


@fault(breaks="connect-08b")
class MatchesTheAddress(Dialling):
    """Without server_hostname the certificate is matched against the address that host has."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options.get("server_hostname") is None and host:
            options["server_hostname"] = socket.gethostbyname(host)


@fault(breaks="connect-08b")
class NeedsAName(Dialling):
    """An address as host does not stand in for server_hostname."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options.get("server_hostname") is None and str(host)[-1].isdigit():
            raise ValueError("an address needs a server_hostname")


@fault(breaks="connect-11")
class EmptyIsNothing(Dialling):
    """An empty server_hostname is one that is not given."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options.get("server_hostname") == "":
            options["server_hostname"] = host
            if options["ssl"] is not True:
                options["ssl"].check_hostname = True


@fault(breaks="connect-11")
class EmptyIsRefused(Dialling):
    """An empty server_hostname is refused."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options.get("server_hostname") == "":
            raise ValueError("server_hostname is empty")


@fault(breaks="connect-33", python=">=3.14.8")
class UnmatchedAfterAll(Dialling):
    """A context that checks names is made to match none where there is none."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options.get("server_hostname") == "":
            options["ssl"] = lax()


@fault(breaks="connect-60")
class TellsNoName(Dialling):
    """The name to match is not told to the server, and matched against the address."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options["ssl"] is not True:
            options["server_hostname"] = "127.0.0.1"


@fault(breaks="connect-58")
class TLSOverOneAddress(Dialling):
    """With ssl only the first address of a host is tried."""

    async def connect_first(self, addresses: Any, local: Any, delay: float | None) -> Any:
        return await super().connect_first(addresses[:1], local, delay)


@fault(breaks="connect-58")
class TLSWithoutEyeballs(Dialling):
    """ssl and local_addr, or ssl and happy eyeballs, are refused together."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options.get("happy_eyeballs_delay") or options.get("local_addr"):
            raise TypeError("not with ssl")


@fault(breaks="connect-09")
class SockNeedsNoName(Dialling):
    """ssl without host and server_hostname matches no name."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if not host and options.get("server_hostname") is None:
            raise RuntimeError("there is no name to match")


@fault(breaks="connect-10")
class StrayNames(ReferenceLoop):
    """server_hostname without ssl is ignored."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        if not options.get("ssl"):
            options.pop("server_hostname", None)
        return await super().create_connection(*args, **options)


@fault(breaks="connect-65")
class SocketsStayPlain(Dialling):
    """A connection over a socket that was given is plain, whatever ssl says."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options.get("sock") is not None:
            for name in ("ssl", "server_hostname", "ssl_handshake_timeout", "ssl_shutdown_timeout"):
                options.pop(name, None)


@fault(breaks="connect-65")
class NonBlockingSocketsOnly(Dialling):
    """TLS over a socket that was given needs a non-blocking one, and a name that is no address."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        sock, name = options.get("sock"), options.get("server_hostname") or ""
        if sock is not None and (sock.getblocking() or name[-1:].isdigit()):
            raise ValueError("not with TLS")


@fault(breaks="connect-65")
class HostsOnly(Dialling):
    """sock and ssl exclude each other."""

    def amend(self, host: Any, options: dict[str, Any]) -> None:
        if options.get("sock") is not None:
            raise TypeError("sock and ssl exclude each other")

"""Loops whose servers listen elsewhere than they were told."""

from __future__ import annotations

import errno
import socket
from collections.abc import Sequence
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server

Hosts = str | Sequence[str] | None


class Elsewhere(ReferenceLoop):
    """Asks `where` what to listen on in place of what was said; a fault changes one argument there or drops it."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        """Change what create_server() was asked for."""
        return host, port, family, flags

    async def interfaces(self, host: Hosts, port: int | None, family: int, flags: int) -> list[Any]:
        return await super().interfaces(*self.where(host, port, family, flags))


@fault(breaks="server-01")
class OldServer(ReferenceLoop):
    """Servers have close() and wait_closed() as PEP 3156 wants, and nothing more."""

    names = ("get_loop", "start_serving", "serve_forever", "is_serving", "__aenter__", "__aexit__")
    server_type = type("Old", (Server,), dict.fromkeys(names))


@fault(breaks="server-01", raises="TypeError")
class NoEnd(ReferenceLoop):
    """Servers cannot be closed."""

    server_type = type("Endless", (Server,), {"close": None, "wait_closed": None})


@fault(breaks="server-02a")
class AllInterfaces(Elsewhere):
    """A single host is taken for all of them."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        return (None if isinstance(host, str) and host else host), port, family, flags


@fault(breaks="server-02b")
class FirstHostOnly(Elsewhere):
    """Of several hosts the first is bound."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        return (host[0] if isinstance(host, (list, tuple)) else host), port, family, flags


@fault(breaks="server-02c")
class LoopbackByDefault(Elsewhere):
    """Without a host, the first address of this machine that is not loopback's usual one is taken."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        return (host or "127.0.0.3"), port, family, flags


@fault(breaks="server-03a")
class CountsPorts(ReferenceLoop):
    """Port 0 stays 0 in what sockets tells."""

    class Vague(Server):
        """Says port 0 of its sockets."""

        @property
        def sockets(self) -> Any:
            return [Portless(each) for each in super().sockets]

    server_type = Vague


class Portless:
    """A socket that does not tell its port."""

    def __init__(self, sock: Any) -> None:
        self.sock = sock

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)

    def getsockname(self) -> Any:
        """Give the address with port 0."""
        host, _, *rest = self.sock.getsockname()
        return (host, 0, *rest)


@fault(breaks="server-03b")
class NoneIsNoPort(ReferenceLoop):
    """A port has to be a number."""

    async def interfaces(self, host: Hosts, port: int | None, family: int, flags: int) -> list[Any]:
        if port is None:
            raise ValueError("port must be a number")
        return await super().interfaces(host, port, family, flags)


@fault(breaks="server-03c")
class OnePortForAll(ReferenceLoop):
    """The port that was picked for the first host is taken for the others too."""

    async def interfaces(self, host: Hosts, port: int | None, family: int, flags: int) -> list[Any]:
        if not port and isinstance(host, (list, tuple)):
            with socket.socket() as probe:
                probe.bind(("", 0))
                port = probe.getsockname()[1]
        return await super().interfaces(host, port, family, flags)


@fault(breaks="server-50")
class AnyPort(Elsewhere):
    """The port is a wish, and another is taken."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        return host, 0, family, flags


@fault(breaks="server-50")
class NewFamilyForAPort(Elsewhere):
    """On all interfaces, a port that is given is listened on by IPv6 alone."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        return host, port, (socket.AF_INET6 if port and host is None else family), flags


@fault(breaks="server-50")
class OldFamilyForAPort(Elsewhere):
    """On all interfaces, a port that is given is listened on by IPv4 alone."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        return host, port, (socket.AF_INET if port and host is None else family), flags


@fault(breaks="server-51")
class BindsTwice(ReferenceLoop):
    """Each host is bound, be it the same."""

    async def interfaces(self, host: Hosts, port: int | None, family: int, flags: int) -> list[Any]:
        hosts = [host] if host is None or isinstance(host, str) else host
        return [each for one in hosts for each in await super(BindsTwice, self).interfaces(one, port, family, flags)]


@fault(breaks="server-04a")
class ForgetsFamily(Elsewhere):
    """family is not looked at."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        return host, port, socket.AF_UNSPEC, flags


@fault(breaks="server-04a")
class NoFamilies(ReferenceLoop):
    """A family cannot be chosen."""

    async def interfaces(self, host: Hosts, port: int | None, family: int, flags: int) -> list[Any]:
        if family:
            raise ValueError("unknown family")
        return await super().interfaces(host, port, family, flags)


@fault(breaks="server-04b")
class OldInternet(Elsewhere):
    """Without a family, it is IPv4."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        return host, port, family or socket.AF_INET, flags


@fault(breaks="server-04b")
class NewInternet(Elsewhere):
    """Without a family, it is IPv6, with IPv4 addresses mapped into it."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        host = f"::ffff:{host}" if isinstance(host, str) and "." in host else host
        return host, port, family or socket.AF_INET6, flags


@fault(breaks="server-05")
class ForgetsFlags(Elsewhere):
    """flags are not handed on."""

    def where(self, host: Any, port: Any, family: int, flags: int) -> tuple[Any, Any, int, int]:
        return host, port, family, socket.AI_PASSIVE


@fault(breaks="server-05")
class NoFlags(ReferenceLoop):
    """flags other than the default are refused."""

    async def interfaces(self, host: Hosts, port: int | None, family: int, flags: int) -> list[Any]:
        if flags != socket.AI_PASSIVE:
            raise ValueError("unknown flags")
        return await super().interfaces(host, port, family, flags)


@fault(breaks="server-48")
class AllOrNothing(ReferenceLoop):
    """An address that this machine does not have ends create_server()."""

    async def interfaces(self, host: Hosts, port: int | None, family: int, flags: int) -> list[Any]:
        found = await super().interfaces(host, port, family, flags)
        for each in found:
            if each.address[0].startswith("192.0.2."):
                raise OSError(errno.EADDRNOTAVAIL, "no such address")
        return found


@fault(breaks="server-48")
class ContentWithNone(ReferenceLoop):
    """A server on no address at all is as good as any."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().create_server(*args, **options)
        except OSError as error:
            if "any address" not in str(error):
                raise
            return self.server_type(self, [], args[0], None, 100)


@fault(breaks="server-42")
class TakesAnother(ReferenceLoop):
    """If the port is in use, another is taken."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().create_server(*args, **options)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return await super().create_server(args[0], args[1], 0, **options)


@fault(breaks="server-56")
class LeavesThemBound(ReferenceLoop):
    """The addresses that could be bound stay so after a failure."""

    kept: socket.socket | None = None

    async def create_server(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().create_server(*args, **options)
        except OSError:
            first = (await self.interfaces(args[1], args[2], socket.AF_UNSPEC, 0))[0]
            self.kept = socket.socket(first.family)
            self.kept.bind(first.address)
            self.kept.listen()
            raise

    def close(self) -> None:
        if self.kept is not None:
            self.kept.close()
        super().close()

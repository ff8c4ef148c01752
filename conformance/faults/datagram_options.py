"""Loops that leave options of datagram endpoints aside, or take combinations that they must refuse."""

from __future__ import annotations

import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="datagram-08")
class NoBroadcasts(ReferenceLoop):
    """allow_broadcast is left aside."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        options.pop("allow_broadcast", None)
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="datagram-63", shows="hang")
class BroadcastsAlways(ReferenceLoop):
    """Every endpoint may send broadcasts."""

    async def bind_endpoint(self, *args: Any) -> socket.socket:
        sock = await super().bind_endpoint(*args)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        return sock


@fault(breaks="datagram-31")
class ConnectedToEverybody(ReferenceLoop):
    """The socket is connected to a broadcast address, and hears no answer."""

    async def bind_endpoint(self, local: Any, remote: Any, *flags: Any) -> socket.socket:
        sock = await super().bind_endpoint(local, remote, *flags)
        if remote is not None:
            await self.connect_resolved(sock, remote.address)
        return sock


@fault(breaks="datagram-09a")
class AnotherSocket(ReferenceLoop):
    """A given socket only says to whom another one is connected."""

    async def create_datagram_endpoint(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        sock = options.get("sock")
        if sock is None or sock.family != socket.AF_INET:
            return await super().create_datagram_endpoint(protocol_factory, *args, **options)
        return await super().create_datagram_endpoint(protocol_factory, remote_addr=sock.getpeername())


@fault(breaks="datagram-64")
class GivesTheSocketBack(ReferenceLoop):
    """A given socket stays its giver's: the transport works on a copy."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        if options.get("sock") is not None:
            options["sock"] = options["sock"].dup()
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="datagram-32")
class ConnectedOnly(ReferenceLoop):
    """A given socket has to be connected."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        if options.get("sock") is not None:
            options["sock"].getpeername()
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="datagram-09b")
class TheSocketWins(ReferenceLoop):
    """Whatever comes with a socket is left aside."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        if options.get("sock") is not None:
            options = {"sock": options["sock"]}
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="datagram-65")
class StreamsToo(ReferenceLoop):
    """A stream socket is taken, and a datagram socket put in its place."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        if options.get("sock") is not None and options["sock"].type == socket.SOCK_STREAM:
            options = {"family": options["sock"].family}
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="datagram-10")
class ReuseAddress(ReferenceLoop):
    """reuse_address is taken, and left aside."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        options.pop("reuse_address", None)
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="datagram-30")
class SharesWithStrangers(ReferenceLoop):
    """Endpoints are bound with SO_REUSEADDR."""

    async def create_datagram_endpoint(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        local = options.get("local_addr")
        if args or set(options) != {"local_addr"} or not isinstance(local, tuple):
            return await super().create_datagram_endpoint(protocol_factory, *args, **options)
        found = await self.resolve(local, 0, socket.SOCK_DGRAM, 0, 0)
        sock = socket.socket(found[0].family, socket.SOCK_DGRAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(found[0].address)
        except OSError:
            sock.close()
            raise
        return await super().create_datagram_endpoint(protocol_factory, sock=sock)


@fault(breaks="datagram-27")
class SomethingOfNothing(ReferenceLoop):
    """An endpoint that is told nothing is one of IPv4."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        if len(args) == 1 and not options:
            options["family"] = socket.AF_INET
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="datagram-07b")
class NoReusePortNoMatter(ReferenceLoop):
    """Where there is no SO_REUSEPORT, reuse_port is left aside."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        if not hasattr(socket, "SO_REUSEPORT"):
            options.pop("reuse_port", None)
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="datagram-66")
class GuessesPairs(ReferenceLoop):
    """What is no pair of host and port is made one."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        for name in ("local_addr", "remote_addr"):
            given = options.get(name)
            if given is not None and (isinstance(given, str) or len(given) != 2):
                options[name] = ("127.0.0.1", 0 if name == "local_addr" else 9)
        return await super().create_datagram_endpoint(*args, **options)

"""Loops that make datagram endpoints wrongly, or give them other addresses than they were told."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._datagrams import in_an_endpoint
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.datagram import DatagramTransport


@fault(breaks="datagram-01")
class GivesAList(ReferenceLoop):
    """create_datagram_endpoint returns a list."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        return list(await super().create_datagram_endpoint(*args, **options))


class StandIn:
    """Looks like a transport."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


@fault(breaks="datagram-01")
@in_an_endpoint
class GivesAStandIn(DatagramTransport):
    """connection_made() is given something that stands in for the transport."""

    def tell_made(self) -> None:
        transport: Any = StandIn(self)
        self.protocol.connection_made(transport)


@fault(breaks="datagram-38")
@in_an_endpoint
class MadeLater(DatagramTransport):
    """connection_made() is called some time after create_datagram_endpoint has returned."""

    def begin(self, waiter: Any) -> None:
        if waiter is not None:
            waiter.set_result(None)
        self.loop.call_soon(self.loop.call_soon, super().begin, None)


@fault(breaks="datagram-02")
class MakesTwoProtocols(ReferenceLoop):
    """The protocol factory is called twice, and one protocol thrown away."""

    async def create_datagram_endpoint(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        return await super().create_datagram_endpoint(
            lambda: (protocol_factory(), protocol_factory())[1], *args, **options
        )


@fault(breaks="datagram-03a")
class AnyPort(ReferenceLoop):
    """The port of local_addr is left to the kernel, whatever it is."""

    async def create_datagram_endpoint(
        self, protocol_factory: Any, local_addr: Any = None, *args: Any, **options: Any
    ) -> Any:
        if isinstance(local_addr, tuple):
            local_addr = (local_addr[0], 0)
        return await super().create_datagram_endpoint(protocol_factory, local_addr, *args, **options)


@fault(breaks="datagram-03a")
class AnyHost(ReferenceLoop):
    """The host of local_addr does not matter."""

    async def create_datagram_endpoint(
        self, protocol_factory: Any, local_addr: Any = None, *args: Any, **options: Any
    ) -> Any:
        if isinstance(local_addr, tuple) and local_addr[0] == "127.0.0.1":
            local_addr = ("0.0.0.0", local_addr[1])
        return await super().create_datagram_endpoint(protocol_factory, local_addr, *args, **options)


@fault(breaks="datagram-03a")
class AddressesByName(ReferenceLoop):
    """local_addr and remote_addr have to be named."""

    async def create_datagram_endpoint(self, protocol_factory: Any, **options: Any) -> Any:
        return await super().create_datagram_endpoint(protocol_factory, **options)


@fault(breaks="datagram-03b")
class BindsAnyway(ReferenceLoop):
    """An endpoint without local_addr is bound to a port nevertheless."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        if len(args) == 1 and options == {"family": socket.AF_INET}:
            options["local_addr"] = ("0.0.0.0", 0)
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="datagram-57")
class WantsAnAddress(ReferenceLoop):
    """A family alone makes no endpoint."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        if len(args) == 1 and not {"local_addr", "remote_addr", "sock"} & set(options):
            raise ValueError("an address is needed")
        return await super().create_datagram_endpoint(*args, **options)


@fault(breaks="datagram-04a")
class HearsStrangers(ReferenceLoop):
    """remote_addr is where datagrams go, and the socket is not connected to it."""

    async def bind_endpoint(self, local: Any, remote: Any, reuse_port: bool, allow_broadcast: bool) -> socket.socket:
        if remote is not None and remote.family == socket.AF_INET:
            allow_broadcast = True
            local = local or remote._replace(address=("127.0.0.1", 0))
        return await super().bind_endpoint(local, remote, reuse_port, allow_broadcast)


@fault(breaks="datagram-04a", shows="hang")
class ForgetsTheRemote(ReferenceLoop):
    """remote_addr is looked up and forgotten."""

    async def open_endpoint(self, sock: socket.socket, protocol_factory: Any, remote: Any) -> Any:
        if remote is not None:
            sock.close()
            sock = socket.socket(type=socket.SOCK_DGRAM)
            sock.setblocking(False)
        return await super().open_endpoint(sock, protocol_factory, None)


@fault(breaks="datagram-04b", shows="hang")
@in_an_endpoint
class AnswersTheFirst(DatagramTransport):
    """An unconnected endpoint sends everything to whoever was the first that it sent to."""

    first: Any = None

    def sendto(self, data: Any, addr: Any = None) -> None:
        self.first = self.first or addr
        super().sendto(data, self.first)


@fault(breaks="datagram-56")
class RemoteOnly(ReferenceLoop):
    """local_addr is left aside where there is a remote_addr."""

    async def create_datagram_endpoint(
        self, protocol_factory: Any, local_addr: Any = None, remote_addr: Any = None, **options: Any
    ) -> Any:
        local = None if remote_addr else local_addr
        return await super().create_datagram_endpoint(protocol_factory, local, remote_addr, **options)


@fault(breaks="datagram-56")
class ConnectsTwice(ReferenceLoop):
    """Both addresses together end in EISCONN."""

    async def create_datagram_endpoint(
        self, protocol_factory: Any, local_addr: Any = None, remote_addr: Any = None, **options: Any
    ) -> Any:
        if local_addr and remote_addr:
            raise OSError(errno.EISCONN, "socket is already connected")
        return await super().create_datagram_endpoint(protocol_factory, local_addr, remote_addr, **options)


@fault(breaks="datagram-54")
class KeepsThePort(ReferenceLoop):
    """The socket of a cancelled creation stays open until the loop is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[socket.socket] = []

    async def open_endpoint(self, sock: socket.socket, protocol_factory: Any, remote: Any) -> Any:
        copy = sock.dup()
        try:
            result = await super().open_endpoint(sock, protocol_factory, remote)
        except asyncio.CancelledError:
            self.kept.append(copy)
            raise
        copy.close()
        return result

    def close(self) -> None:
        for each in self.kept:
            each.close()
        super().close()

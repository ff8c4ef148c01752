"""Loops that get create_connection() to one address wrong."""

from __future__ import annotations

import copy
import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport


@fault(breaks="connect-01")
class GivesAList(ReferenceLoop):
    """create_connection returns a list."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        return list(await super().create_connection(*args, **options))


@fault(breaks="connect-01", shows="hang")
class GivesADeafTransport(ReferenceLoop):
    """The transport of create_connection does not begin to read."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().create_connection(*args, **options)
        transport.pause_reading()
        return transport, protocol


@fault(breaks="connect-02a")
class FactoryFirst(ReferenceLoop):
    """create_connection makes the protocol before it connects."""

    async def create_connection(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        protocol = protocol_factory()
        return await super().create_connection(lambda: protocol, *args, **options)


@fault(breaks="connect-02b")
class FactoryGetsTheLoop(ReferenceLoop):
    """The factory is called with the loop, where it takes something."""

    async def create_connection(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        def factory() -> Any:
            try:
                return protocol_factory(self)
            except TypeError:
                return protocol_factory()

        return await super().create_connection(factory, *args, **options)


@fault(breaks="connect-02c")
class MadeTwice(ReferenceLoop):
    """connection_made is called a second time for whoever connected."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().create_connection(*args, **options)
        protocol.connection_made(transport)
        return transport, protocol


@fault(breaks="connect-03")
class MadeLater(ReferenceLoop):
    """connection_made is called some time after the connection stands."""

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:
        if getattr(callback, "__name__", "") == "begin" and args and args[0] is not None:
            args[0].set_result(None)
            return super().call_soon(super().call_soon, callback, None, context=context)
        return super().call_soon(callback, *args, context=context)


class AnotherSocket(StreamTransport):
    """A transport that shows a socket which is not its own."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Show the loop's own socket."""
        return self.loop.wakeup.sender if name == "socket" else super().get_extra_info(name, default)


@fault(breaks="connect-04")
class ShowsAnotherSocket(ReferenceLoop):
    """The socket of a connection is not the one that connects."""

    stream_type = AnotherSocket


@fault(breaks="connect-05")
class CopiesTheProtocol(ReferenceLoop):
    """The protocol that the factory gave is copied."""

    async def create_connection(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        return await super().create_connection(lambda: copy.copy(protocol_factory()), *args, **options)


@fault(breaks="connect-06")
class FailureGivesNothing(ReferenceLoop):
    """create_connection returns None twice when it could not connect."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().create_connection(*args, **options)
        except OSError:
            return None, None


@fault(breaks="connect-22a")
class FailuresAreAlwaysJoined(ReferenceLoop):
    """A single failure is raised as one of many."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().create_connection(*args, **options)
        except OSError as error:
            raise OSError(f"Multiple exceptions: {error}") from error


@fault(breaks="connect-07c")
class GreetsThePeer(ReferenceLoop):
    """A plain connection begins like one with TLS."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().create_connection(*args, **options)
        if options.get("sock") is None:
            transport.write(b"\x16\x03\x01")
        return transport, protocol


@fault(breaks="connect-24")
class WaitsForMoreData(ReferenceLoop):
    """TCP_NODELAY is off."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().create_connection(*args, **options)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
        return transport, protocol


@fault(breaks="connect-18")
class IgnoresLocalAddr(ReferenceLoop):
    """local_addr is accepted and not used."""

    async def create_connection(self, *args: Any, local_addr: Any = None, **options: Any) -> Any:
        return await super().create_connection(*args, **options)


@fault(breaks="connect-46")
class IgnoresFlags(ReferenceLoop):
    """proto and flags are accepted and not used."""

    async def create_connection(self, *args: Any, proto: int = 0, flags: int = 0, **options: Any) -> Any:
        return await super().create_connection(*args, **options)


@fault(breaks="connect-46")
class RefusesFlags(ReferenceLoop):
    """Any proto or flags are refused."""

    async def create_connection(self, *args: Any, proto: int = 0, flags: int = 0, **options: Any) -> Any:
        if proto or flags:
            raise ValueError("neither proto nor flags are supported")
        return await super().create_connection(*args, **options)


@fault(breaks="connect-48", shows="hang")
class ConnectionsBlock(ReferenceLoop):
    """create_connection keeps the loop until the connection stands."""

    async def connect_resolved(self, sock: socket.socket, address: Any) -> None:
        sock.setblocking(True)
        sock.connect(address)
        sock.setblocking(False)

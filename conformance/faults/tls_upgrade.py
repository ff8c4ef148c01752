"""Loops whose start_tls() upgrades something else, or forgets what was there before."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import layered
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport
from loopcert.reference.tls_layer import TLSLayer


@fault(breaks="tls-01")
class GivesTheOldOneBack(ReferenceLoop):
    """start_tls() shakes hands and returns the transport that it was given."""

    async def start_tls(self, transport: Any, *args: Any, **options: Any) -> Any:
        await super().start_tls(transport, *args, **options)
        return transport


class Bare:
    """A transport that does everything, and is of no class that asyncio knows."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


@fault(breaks="tls-30")
class TransportsOfItsOwn(ReferenceLoop):
    """TLS transports are of a class that is no asyncio.Transport."""

    async def start_tls(self, *args: Any, **options: Any) -> Any:
        return Bare(await super().start_tls(*args, **options))

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().create_connection(*args, **options)
        return Bare(transport) if options.get("ssl") else transport, protocol

    async def connect_accepted_socket(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().connect_accepted_socket(*args, **options)
        return Bare(transport) if options.get("ssl") else transport, protocol


class Sided(ReferenceLoop):
    """A loop that knows better which side it is on."""

    side = False

    async def start_tls(self, *args: Any, **options: Any) -> Any:
        return await super().start_tls(*args, **{**options, "server_side": self.side})


@fault(breaks="tls-05")
class AlwaysTheClient(Sided):
    """start_tls() ignores server_side."""


@fault(breaks="tls-05", shows="hang")
class AlwaysTheServer(Sided):
    """start_tls() takes the server's side unasked."""

    side = True


@fault(breaks="tls-05")
class ServerUnlessNamed(ReferenceLoop):
    """start_tls() says of a server that it is a client."""

    async def start_tls(self, *args: Any, **options: Any) -> Any:
        transport: Any = await super().start_tls(*args, **options)
        real = transport.get_extra_info
        transport.get_extra_info = lambda name, default=None: (
            Turned(real(name)) if name == "ssl_object" else real(name, default)
        )
        return transport


class Turned:
    """An SSL object that is mistaken about its side."""

    def __init__(self, ssl_object: Any) -> None:
        self.server_side = not ssl_object.server_side


@fault(breaks="tls-08")
class MadeAgain(ReferenceLoop):
    """start_tls() tells a protocol of its connection a second time."""

    async def start_tls(self, transport: Any, protocol: Any, *args: Any, **options: Any) -> Any:
        upper: Any = await super().start_tls(transport, protocol, *args, **options)
        protocol.connection_made(upper)
        return upper


@fault(breaks="tls-08")
@layered
class LostTwice(TLSLayer):
    """The loss of an upgraded connection is told again by the transport below."""

    def tell_lost(self, error: BaseException | None) -> None:
        protocol = self.transport.protocol
        super().tell_lost(error)
        protocol.connection_lost(error)


class Lazy(StreamTransport):
    """A transport that sends in the next turn, and only plain text for the protocol that it has by then."""

    def write(self, data: Any) -> None:
        if isinstance(self.protocol, TLSLayer):
            super().write(data)
        else:
            self.loop.call_soon(self.write_later, data)

    def write_later(self, data: Any) -> None:
        """Send, unless TLS is there."""
        if not isinstance(self.protocol, TLSLayer):
            super().write(data)


@fault(breaks="tls-32", shows="hang")
class ForgetsPlainText(ReferenceLoop):
    """What was just written before start_tls() is lost."""

    stream_type = Lazy


@fault(breaks="tls-32", shows="hang")
class DropsTheBuffer(ReferenceLoop):
    """What waits in the buffer at start_tls() is lost."""

    def put_tls_between(self, transport: Any, *args: Any) -> Any:
        transport.drop_buffer()
        return super().put_tls_between(transport, *args)


@fault(breaks="tls-33", shows="hang")
class EmptiesTheSocket(ReferenceLoop):
    """start_tls() throws away what has arrived."""

    def put_tls_between(self, transport: Any, *args: Any) -> Any:
        with suppress(BlockingIOError):
            transport.sock.recv(65536)
        return super().put_tls_between(transport, *args)


@fault(breaks="tls-33")
class CannotUpgradePaused(ReferenceLoop):
    """start_tls() refuses a transport that is paused."""

    async def start_tls(self, transport: Any, *args: Any, **options: Any) -> Any:
        if not transport.is_reading():
            raise RuntimeError("the transport does not read")
        return await super().start_tls(transport, *args, **options)


@fault(breaks="tls-34")
@layered
class EarlyDataIsBackwards(TLSLayer):
    """What comes along with the handshake is delivered backwards."""

    early = False

    def connected(self) -> None:
        super().connected()
        self.early = True

    def receive(self) -> None:
        super().receive()
        self.early = False

    def tell_data(self, data: bytes) -> None:
        super().tell_data(data[::-1] if self.early else data)


@fault(breaks="tls-39")
class NoUnixUpgrade(ReferenceLoop):
    """start_tls() takes TCP transports only."""

    async def start_tls(self, transport: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(transport.get_extra_info("peername"), tuple):
            raise TypeError("transport is not supported by start_tls()")
        return await super().start_tls(transport, *args, **options)


@fault(breaks="tls-40")
class NoTLSInTLS(ReferenceLoop):
    """start_tls() takes plain transports only."""

    async def start_tls(self, transport: Any, *args: Any, **options: Any) -> Any:
        if transport.get_extra_info("cipher"):
            raise TypeError("transport is not supported by start_tls()")
        return await super().start_tls(transport, *args, **options)


@fault(breaks="tls-42")
class UpgradedIsUncounted(ReferenceLoop):
    """A server forgets connections that are upgraded."""

    def put_tls_between(self, transport: asyncio.Transport, *args: Any) -> Any:
        upper: Any = super().put_tls_between(transport, *args)
        if upper.layer.server is not None:
            upper.layer.server.detach(upper)
            upper.layer.server = None
        return upper

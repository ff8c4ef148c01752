"""Transports that say wrong things of themselves, or serve the wrong protocol."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import InPieces, in_a_loop
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport


@fault(breaks="transport-10")
@in_a_loop
class NoDefault(StreamTransport):
    """get_extra_info() ignores the default."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return super().get_extra_info(name, default and None)


class SwapsTheNames(StreamTransport):
    """peername and sockname are the wrong way round."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Answer for the other end."""
        swapped = {"peername": "sockname", "sockname": "peername"}
        return super().get_extra_info(swapped.get(name, name), default)


class Shortened(StreamTransport):
    """A name of IPv6 lacks flow and scope."""

    name = ""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Leave parts out."""
        info = super().get_extra_info(name, default)
        return info[:2] if name == self.name and isinstance(info, tuple) else info


@fault(breaks="transport-11a")
@in_a_loop
class PeernameIsShort(Shortened):
    """peername has two parts, with IPv6 too."""

    name = "peername"


@fault(breaks="transport-11b")
@in_a_loop
class SocknameIsShort(Shortened):
    """sockname has two parts, with IPv6 too."""

    name = "sockname"


@fault(breaks="transport-11a")
@in_a_loop
class PeernameIsTheOwn(SwapsTheNames):
    """peername is the own address."""


@fault(breaks="transport-11b")
@in_a_loop
class SocknameIsThePeers(SwapsTheNames):
    """sockname is the address of the peer."""


class Stranger:
    """Looks a little like a socket."""

    family = 0

    def getsockopt(self, *_args: int) -> int:
        """Answer anything."""
        return 0


@fault(breaks="transport-11c")
@in_a_loop
class StrangeSocket(StreamTransport):
    """get_extra_info('socket') is no socket of this connection."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return Stranger() if name == "socket" else super().get_extra_info(name, default)


@fault(breaks="transport-69")
@in_a_loop
class ForgetsNames(StreamTransport):
    """A lost transport knows no names any more."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default if self.ended else super().get_extra_info(name, default)


@fault(breaks="transport-39")
@in_a_loop
class LacksIsClosing(StreamTransport):
    """A transport without is_closing()."""

    is_closing = None  # type: ignore[assignment]


class Lookalike:
    """Has what the wrapped transport has, and is no subclass of anything."""

    def __init__(self, transport: Any) -> None:
        self.wrapped = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)


class Introduced(StreamTransport):
    """A transport that shows its protocol a lookalike."""

    def begin(self, waiter: Any) -> None:
        """Put the lookalike in front of connection_made()."""
        made = self.protocol.connection_made
        self.protocol.connection_made = lambda transport: made(Lookalike(transport))
        super().begin(waiter)


@fault(breaks="transport-40")
class TransportsOfNoClass(ReferenceLoop):
    """Stream transports have the right methods and the wrong class."""

    stream_type = Introduced

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().create_connection(*args, **options)
        return Lookalike(transport), protocol


@fault(breaks="transport-43")
class DatagramTransportsOfNoClass(ReferenceLoop):
    """Datagram transports have the right methods and the wrong class."""

    async def create_datagram_endpoint(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().create_datagram_endpoint(*args, **options)
        return Lookalike(transport), protocol


@fault(breaks="transport-15")
@in_a_loop
class AlwaysTheFirst(StreamTransport):
    """get_protocol() gives the first protocol for ever, and None before connection_made() has returned."""

    first: Any = None

    def begin(self, waiter: Any) -> None:
        super().begin(waiter)
        self.first = self.protocol

    def get_protocol(self) -> Any:
        return self.first


class Both(asyncio.Protocol):
    """Hands data on to two protocols."""

    def __init__(self, old: Any, new: Any) -> None:
        self.old, self.new = old, new

    def data_received(self, data: bytes) -> None:
        """Tell both."""
        self.old.data_received(data)
        self.new.data_received(data)

    def __getattribute__(self, name: str) -> Any:
        here = ("old", "new", "data_received")
        return super().__getattribute__(name) if name in here else getattr(self.new, name)


@fault(breaks="transport-13")
@in_a_loop
class OldProtocolListensOn(StreamTransport):
    """After set_protocol() data goes to the old protocol too."""

    def set_protocol(self, protocol: Any) -> None:
        super().set_protocol(Both(self.protocol, protocol))


@fault(breaks="transport-13")
@in_a_loop
class PiecesForTheOld(InPieces):
    """What was read goes, piece by piece, to the protocol that there was before the first piece."""

    def tell(self, first: Any, piece: bytes) -> None:
        if not self.closing:
            first.data_received(piece)


@fault(breaks="transport-54", shows="hang")
@in_a_loop
class KeepsTheKind(StreamTransport):
    """set_protocol() goes on reading in the way of the old protocol."""

    old: Any = None

    def set_protocol(self, protocol: Any) -> None:
        self.old = self.old or self.protocol
        super().set_protocol(protocol)

    def read_ready(self) -> None:
        if isinstance(self.old or self.protocol, asyncio.BufferedProtocol):
            self.read_into_buffer()
        else:
            self.read()

"""Loops that look up the addresses of datagram endpoints wrongly, or do not see that they cannot be used."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._datagrams import in_an_endpoint
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.datagram import DatagramTransport

LOOPBACK = ("127.0.0.1", 0)


def without_ports(host: Any) -> bool:
    """Tell whether a host is no address in numbers."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


class Lookups(ReferenceLoop):
    """A loop of which only the look-ups for datagrams are broken."""

    async def resolve(self, host_and_port: Any, family: int, kind: int, proto: int, flags: int) -> Any:
        """Take another way for datagrams."""
        if kind != socket.SOCK_DGRAM:
            return await super().resolve(host_and_port, family, kind, proto, flags)
        return await self.look_up(host_and_port, family, proto, flags)

    async def look_up(self, address: Any, family: int, proto: int, flags: int) -> Any:
        """Look up an address for datagrams."""
        return await super().resolve(address, family, socket.SOCK_DGRAM, proto, flags)


@fault(breaks="datagram-05")
class FirstAddress(Lookups):
    """Of each host only the first address is tried."""

    async def look_up(self, address: Any, family: int, proto: int, flags: int) -> Any:
        return (await super().look_up(address, family, proto, flags))[:1]


@fault(breaks="datagram-05")
class LastAddress(Lookups):
    """Of each host only the last address is tried."""

    async def look_up(self, address: Any, family: int, proto: int, flags: int) -> Any:
        return (await super().look_up(address, family, proto, flags))[-1:]


@fault(breaks="datagram-58")
class OneTry(FirstAddress):
    """Where the first address of a host cannot be bound, the others are not tried."""


@fault(breaks="datagram-28")
class NumbersOnly(Lookups):
    """A host has to be an address in numbers."""

    async def look_up(self, address: Any, family: int, proto: int, flags: int) -> Any:
        if without_ports(address[0]):
            raise ValueError("not an address")
        return await super().look_up(address, family, proto, flags)


@fault(breaks="datagram-28")
class PortsAreIntegers(Lookups):
    """A port has to be an int."""

    async def look_up(self, address: Any, family: int, proto: int, flags: int) -> Any:
        if not isinstance(address[1], int):
            raise TypeError("an int is needed")
        return await super().look_up(address, family, proto, flags)


@fault(breaks="datagram-29")
class BindsElsewhere(ReferenceLoop):
    """Where the local address cannot be bound, another one is."""

    async def create_datagram_endpoint(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        try:
            return await super().create_datagram_endpoint(protocol_factory, *args, **options)
        except OSError:
            return await super().create_datagram_endpoint(protocol_factory, LOOPBACK)


@fault(breaks="datagram-29")
class UnknownIsHere(Lookups):
    """A name that nobody knows is this machine."""

    async def look_up(self, address: Any, family: int, proto: int, flags: int) -> Any:
        try:
            return await super().look_up(address, family, proto, flags)
        except OSError:
            return await super().look_up(("127.0.0.1", address[1]), family, proto, 0)


@fault(breaks="datagram-29")
class LocalSuffices(ReferenceLoop):
    """A remote address of another family than the local one is left aside."""

    async def address_pairs(self, local_addr: Any, remote_addr: Any, *args: Any) -> Any:
        pairs = await super().address_pairs(local_addr, remote_addr, *args)
        return pairs or await super().address_pairs(local_addr, None, *args)


@fault(breaks="datagram-29")
class MakesDo(ReferenceLoop):
    """Where the protocol factory fails there is a protocol that does nothing."""

    async def create_datagram_endpoint(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        def factory() -> Any:
            try:
                return protocol_factory()
            except Exception:  # noqa: BLE001 - that is the fault
                return asyncio.DatagramProtocol()

        return await super().create_datagram_endpoint(factory, *args, **options)


@fault(breaks="datagram-62")
class InUseIsAValue(ReferenceLoop):
    """An address in use is a ValueError."""

    async def bind_endpoint(self, *args: Any) -> Any:
        try:
            return await super().bind_endpoint(*args)
        except OSError as error:
            raise ValueError(str(error)) from error


@fault(breaks="datagram-45")
class AnyFamily(Lookups):
    """The family does not reach the look-up."""

    async def look_up(self, address: Any, _family: int, proto: int, flags: int) -> Any:
        return await super().look_up(address, 0, proto, flags)


@fault(breaks="datagram-45")
class OtherFamilyFirst(Lookups):
    """The family does not reach the look-up, and the last answer counts most."""

    async def look_up(self, address: Any, _family: int, proto: int, flags: int) -> Any:
        return (await super().look_up(address, 0, proto, flags))[::-1]


@fault(breaks="datagram-45")
class NoFlags(Lookups):
    """The flags do not reach the look-up."""

    async def look_up(self, address: Any, family: int, proto: int, _flags: int) -> Any:
        return await super().look_up(address, family, proto, 0)


@fault(breaks="datagram-45")
class NoProtocols(Lookups):
    """A protocol cannot be named."""

    async def look_up(self, address: Any, family: int, proto: int, flags: int) -> Any:
        if proto:
            raise ValueError("no protocol, please")
        return await super().look_up(address, family, proto, flags)


class Shortening:
    """Stands before a protocol and cuts the addresses that it is told."""

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol

    def __getattr__(self, name: str) -> Any:
        return getattr(self.protocol, name)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """Host and port must do."""
        self.protocol.datagram_received(data, addr[:2])


@fault(breaks="datagram-46")
@in_an_endpoint
class PairsOfIPv6(DatagramTransport):
    """The sender of a datagram over IPv6 is host and port alone."""

    def read(self) -> None:
        protocol, stand_in = self.protocol, Shortening(self.protocol)
        self.protocol = stand_in
        try:
            super().read()
        finally:
            self.protocol = protocol


@fault(breaks="datagram-07a")
class PortsOfOne(ReferenceLoop):
    """reuse_port is left aside."""

    async def bind_endpoint(self, local: Any, remote: Any, _reuse_port: bool, allow_broadcast: bool) -> socket.socket:
        return await super().bind_endpoint(local, remote, reuse_port=False, allow_broadcast=allow_broadcast)


@fault(breaks="datagram-07a")
class PortsOfAll(ReferenceLoop):
    """Every endpoint shares its port."""

    async def bind_endpoint(self, local: Any, remote: Any, reuse_port: bool, allow_broadcast: bool) -> socket.socket:
        shared = reuse_port or (local or remote).family == socket.AF_INET
        return await super().bind_endpoint(local, remote, shared, allow_broadcast)

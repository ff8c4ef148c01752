"""Loops whose datagram endpoints say something else of themselves, or stay with their first protocol."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._datagrams import in_an_endpoint
from loopcert.reference.datagram import DatagramTransport


@fault(breaks="datagram-43")
@in_an_endpoint
class NoPeer(DatagramTransport):
    """peername is not known."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default if name == "peername" else super().get_extra_info(name, default)


@fault(breaks="datagram-43")
@in_an_endpoint
class OwnPeer(DatagramTransport):
    """An endpoint without a peer is its own."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        found = super().get_extra_info(name, default)
        return self.extra["sockname"] if name == "peername" and found is None else found


@fault(breaks="datagram-79")
@in_an_endpoint
class NoPort(DatagramTransport):
    """sockname has the host and another port."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        found = super().get_extra_info(name, default)
        return (found[0], found[1] ^ 1, *found[2:3]) if name == "sockname" and isinstance(found, tuple) else found


@fault(breaks="datagram-80")
@in_an_endpoint
class NoSocket(DatagramTransport):
    """What is given as the socket knows nothing."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        if name == "socket":
            return SimpleNamespace(family=0, type=0, getsockname=lambda: None)
        return super().get_extra_info(name, default)


@fault(breaks="datagram-55")
@in_an_endpoint
class NoDefault(DatagramTransport):
    """What is not known is an empty text."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return super().get_extra_info(name, default) if name in self.extra or name == "socket" else ""


@fault(breaks="datagram-44")
@in_an_endpoint
class TellsTheOldOneToo(DatagramTransport):
    """The protocol that was replaced is told of the end as well."""

    old: Any = None

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.old = self.protocol
        super().set_protocol(protocol)

    def tell_lost(self, error: BaseException | None) -> None:
        if self.old is not None:
            self.old.connection_lost(error)
        super().tell_lost(error)


@fault(breaks="datagram-52")
@in_an_endpoint
class FirstProtocol(DatagramTransport):
    """get_protocol() gives the protocol of the beginning."""

    first: Any = None

    def get_protocol(self) -> asyncio.BaseProtocol:
        self.first = self.first or self.protocol
        protocol: asyncio.BaseProtocol = self.first
        return protocol

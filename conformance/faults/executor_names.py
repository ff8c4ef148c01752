"""Loops whose look-ups answer wrongly."""

from __future__ import annotations

import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="executor-13")
class AddressesOnly(ReferenceLoop):
    """getaddrinfo() gives pairs of family and address."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        return [(each[0], each[4]) for each in await super().getaddrinfo(host, port, **options)]


@fault(breaks="executor-13")
class RemembersTheFirst(ReferenceLoop):
    """getaddrinfo() answers every look-up of a host with the port of the first one."""

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[Any, Any] = {}

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        self.known.setdefault(host, port)
        return await super().getaddrinfo(host, self.known[host], **options)


@fault(breaks="executor-14")
class PositionalOptions(ReferenceLoop):
    """getaddrinfo() takes its options positionally."""

    async def getaddrinfo(self, host: Any, port: Any, family: int = 0, *more: int, **options: Any) -> Any:
        del more
        return await super().getaddrinfo(host, port, family=family, **options)


@fault(breaks="executor-15")
class DropsFlags(ReferenceLoop):
    """getnameinfo() asks for the name of the service whatever the flags."""

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> Any:
        return await super().getnameinfo(sockaddr, flags & ~socket.NI_NUMERICSERV)


@fault(breaks="executor-18a")
class AnyFamily(ReferenceLoop):
    """getaddrinfo() ignores the family."""

    async def getaddrinfo(self, host: Any, port: Any, *, family: int = 0, **options: Any) -> Any:
        del family
        return await super().getaddrinfo(host, port, **options)


@fault(breaks="executor-18b")
class AnyType(ReferenceLoop):
    """getaddrinfo() ignores type and proto."""

    async def getaddrinfo(self, host: Any, port: Any, *, type: int = 0, proto: int = 0, **options: Any) -> Any:  # noqa: A002
        del type, proto
        return await super().getaddrinfo(host, port, **options)


@fault(breaks="executor-35")
class NoFlags(ReferenceLoop):
    """getaddrinfo() ignores its flags."""

    async def getaddrinfo(self, host: Any, port: Any, *, flags: int = 0, **options: Any) -> Any:
        del flags
        return await super().getaddrinfo(host, port, **options)


@fault(breaks="executor-33")
class OtherErrors(ReferenceLoop):
    """A look-up that fails raises a plain OSError."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        try:
            return await super().getaddrinfo(host, port, **options)
        except socket.gaierror as error:
            raise OSError(*error.args) from error


@fault(breaks="executor-33")
class OtherCodes(ReferenceLoop):
    """A look-up that fails raises gaierror with a code of the loop's own library."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        try:
            return await super().getaddrinfo(host, port, **options)
        except socket.gaierror as error:
            raise socket.gaierror(-3008, "unknown node or service") from error


@fault(breaks="executor-34")
class ResolvesNames(ReferenceLoop):
    """getnameinfo() looks a host name up where an address is due."""

    async def getnameinfo(self, sockaddr: Any, flags: int = 0) -> Any:
        found = await self.getaddrinfo(sockaddr[0], sockaddr[1], type=socket.SOCK_STREAM)
        return await super().getnameinfo(found[0][4], flags)

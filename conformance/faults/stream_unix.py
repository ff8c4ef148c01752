"""Loops that a stream on a Unix socket cannot use."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._readers import HalvesSwapped
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="stream-06")
@in_a_loop
class GarblesPaths(HalvesSwapped):
    """What a stream on a Unix socket reads is not what was sent."""


@fault(breaks="stream-07")
@in_a_loop
class GarblesPathClients(HalvesSwapped):
    """What a server on a Unix socket reads is not what was sent."""


class Strings(ReferenceLoop):
    """Knows no paths but strings."""

    async def create_unix_connection(self, protocol_factory: Any, path: Any = None, **options: Any) -> Any:
        if not isinstance(path, str | None):
            raise TypeError("a str is expected")
        return await super().create_unix_connection(protocol_factory, path, **options)

    async def create_unix_server(self, protocol_factory: Any, path: Any = None, **options: Any) -> Any:
        if not isinstance(path, str | None):
            raise TypeError("a str is expected")
        return await super().create_unix_server(protocol_factory, path, **options)


@fault(breaks="stream-06")
class ConnectsToStrings(Strings):
    """create_unix_connection() takes no path-like object."""


@fault(breaks="stream-07")
class ListensAtStrings(Strings):
    """create_unix_server() takes no path-like object."""

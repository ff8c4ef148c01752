"""Loops whose create_unix_server goes wrong."""

from __future__ import annotations

import errno
import os
from typing import Any

from loopcert.conformance.faults import fault, server_accept
from loopcert.conformance.faults.server_close import AcceptsTheLast, TakesClientsAlong
from loopcert.conformance.faults.server_closed import ClosedIsClosed
from loopcert.conformance.faults.unix_connect import Picky, is_abstract, path_of
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server
from loopcert.reference.stream import StreamTransport


class OnUnix(ReferenceLoop):
    """Has servers of another kind on Unix sockets only."""

    unix_server_type: type[Server] = Server

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        server = await super().create_unix_server(*args, **options)
        server.__class__ = self.unix_server_type
        return server


@fault(breaks="unix-12")
class ListensNextDoor(ReferenceLoop):
    """A server listens at another path of the same folder."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        path = path_of(args)
        if isinstance(path, str) and not is_abstract(path):
            return await super().create_unix_server(args[0], f"{path}.sock", **options)
        return await super().create_unix_server(*args, **options)


@fault(breaks="unix-12")
class TellsTheAddress(OnUnix):
    """The factory is called with the address of the client."""

    unix_server_type = server_accept.TellsTheAddress.Telling


class PickyServer(Picky):
    """Looks at the paths of servers."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        self.look_at(path_of(args))
        return await super().create_unix_server(*args, **options)


@fault(breaks="unix-13")
class StringsOnly(PickyServer):
    """Listens at strings alone."""

    wanted = (str,)


@fault(breaks="unix-13")
class BytesOnly(PickyServer):
    """Listens at bytes alone."""

    wanted = (bytes,)


@fault(breaks="unix-14")
class NoAbstractNames(PickyServer):
    """Does not listen at abstract names."""

    def look_at(self, path: Any) -> None:
        if is_abstract(path):
            raise OSError(errno.EINVAL, "embedded zero byte")


@fault(breaks="unix-15")
class WorksOnACopy(ReferenceLoop):
    """A socket that is given stays open, and a duplicate is used."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        if options.get("sock"):
            options["sock"] = options["sock"].dup()
        return await super().create_unix_server(*args, **options)


@fault(breaks="unix-16")
class AnotherError(ReferenceLoop):
    """Contradictory arguments are a TypeError."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        path = options.get("path", path_of(args))
        if (path is None) == (options.get("sock") is None):
            raise TypeError("either path or sock, please")
        return await super().create_unix_server(*args, **options)


@fault(breaks="unix-17")
class TooEager(ReferenceLoop):
    """Servers start at once whatever start_serving says."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        return await super().create_unix_server(*args, **options | {"start_serving": True})


@fault(breaks="unix-18")
class ClosesTheConnections(OnUnix):
    """close() closes the connections too."""

    unix_server_type = TakesClientsAlong.Final


@fault(breaks="unix-18")
class AcceptsWhoWaits(OnUnix):
    """close() first accepts who waits."""

    unix_server_type = AcceptsTheLast.Kind


@fault(breaks="unix-19")
class WaitsForNobody(OnUnix):
    """wait_closed() does not wait for connections once the server is closed."""

    unix_server_type = ClosedIsClosed.Older


@fault(breaks="unix-20")
class SparesTheClients(OnUnix):
    """close_clients() and abort_clients() do nothing."""

    class Harmless(Server):
        """Touches nobody."""

        def close_clients(self) -> None: ...

        def abort_clients(self) -> None: ...

    unix_server_type = Harmless


@fault(breaks="unix-21")
class MakesFolders(ReferenceLoop):
    """Folders that are missing are made."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        path = path_of(args)
        if isinstance(path, str) and not is_abstract(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        return await super().create_unix_server(*args, **options)


@fault(breaks="unix-38")
class UnixBacklogIsFixed(ReferenceLoop):
    """The backlog of a Unix server is 5, whatever is given."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        return await super().create_unix_server(*args, **options | {"backlog": 5})


@fault(breaks="unix-42")
class PathsAreNoNames(ReferenceLoop):
    """Transports of Unix sockets have no names."""

    class Nameless(StreamTransport):
        """Says nothing of paths."""

        def get_extra_info(self, name: str, default: Any = None) -> Any:
            known = super().get_extra_info(name, default)
            return default if name in {"sockname", "peername"} and isinstance(known, str) else known

    stream_type = Nameless

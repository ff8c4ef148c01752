"""Loops that remove the wrong socket files, or too few."""

from __future__ import annotations

import errno
import os
import shutil
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.unix_connect import is_abstract, path_of
from loopcert.conformance.faults.unix_server import OnUnix
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server


@fault(breaks="unix-22")
class LeavesTheFile(ReferenceLoop):
    """The file of a closed server stays, as it did before Python 3.13."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        return await super().create_unix_server(*args, **options | {"cleanup_socket": False})


@fault(breaks="unix-23")
class OwnFilesOnly(ReferenceLoop):
    """The file of a socket that was given stays."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        if options.get("sock") is not None:
            options["cleanup_socket"] = False
        return await super().create_unix_server(*args, **options)


@fault(breaks="unix-24")
class RemovesWhateverIsThere(OnUnix):
    """close() removes what is at the path, whose ever it may be."""

    class Ruthless(Server):
        """Goes by the name alone."""

        def close(self) -> None:
            paths = [each.getsockname() for each in self.listeners]
            super().close()
            for path in filter(os.path.lexists, paths):
                if os.path.isdir(path):
                    os.rmdir(path)
                else:
                    os.unlink(path)

    unix_server_type = Ruthless


@fault(breaks="unix-25")
class AlwaysRemoves(ReferenceLoop):
    """cleanup_socket is not looked at."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        return await super().create_unix_server(*args, **options | {"cleanup_socket": True})


@fault(breaks="unix-26")
class MissesTheFile(OnUnix):
    """close() fails if the file is gone."""

    class Exact(Server):
        """Counts its files."""

        def close(self) -> None:
            paths = [each.getsockname() for each in self.listeners]
            for path in paths:
                if not is_abstract(path) and not os.path.lexists(path):
                    raise FileNotFoundError(path)
            super().close()

    unix_server_type = Exact


@fault(breaks="unix-27")
class RespectsTheStale(ReferenceLoop):
    """Whatever is at the path, the address is in use."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        path = path_of(args)
        if path is not None and not is_abstract(path) and os.path.lexists(path):
            raise OSError(errno.EADDRINUSE, "in use")
        return await super().create_unix_server(*args, **options)


@fault(breaks="unix-28")
class ReplacesAnything(ReferenceLoop):
    """Whatever is at the path is removed."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        path = path_of(args)
        if path is not None and not is_abstract(path) and os.path.lexists(path):
            if os.path.isdir(path):
                shutil.rmtree(path)
            else:
                os.remove(path)
        return await super().create_unix_server(*args, **options)

"""Loops that do not take TLS over Unix sockets seriously."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.connect_tls import lax
from loopcert.reference import Loop as ReferenceLoop


def plain(options: dict[str, Any]) -> dict[str, Any]:
    """Return options without those of TLS."""
    return {name: value for name, value in options.items() if not name.startswith("ssl") and name != "server_hostname"}


@fault(breaks="unix-35", shows="hang")
class UnixConnectionsStayPlain(ReferenceLoop):
    """create_unix_connection() does not look at ssl."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        return await super().create_unix_connection(*args, **plain(options))


@fault(breaks="unix-35")
class UnixMatchesOneName(ReferenceLoop):
    """create_unix_connection() matches the name of this machine, whatever name is given."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        if options.get("server_hostname"):
            options["server_hostname"] = "localhost"
        return await super().create_unix_connection(*args, **options)


@fault(breaks="unix-33")
class UnixServersStayPlain(ReferenceLoop):
    """create_unix_server() does not look at ssl."""

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        return await super().create_unix_server(*args, **plain(options))


@fault(breaks="unix-34", shows="hang")
class UnixHandshakesLastForEver(ReferenceLoop):
    """The time for the handshake over a Unix socket is the default one, whatever is given."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        options.pop("ssl_handshake_timeout", None)
        return await super().create_unix_connection(*args, **options)

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        options.pop("ssl_handshake_timeout", None)
        return await super().create_unix_server(*args, **options)


@fault(breaks="unix-35")
class UnixMatchesNothing(ReferenceLoop):
    """create_unix_connection() checks no certificate."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        if options.get("server_hostname") and options.get("ssl"):
            options["ssl"] = lax()
        return await super().create_unix_connection(*args, **options)


@fault(breaks="unix-39", shows="hang")
class UnixGoodbyesLastForEver(ReferenceLoop):
    """The time for the goodbye over a Unix socket is the default one, whatever is given."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        options.pop("ssl_shutdown_timeout", None)
        return await super().create_unix_connection(*args, **options)

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        options.pop("ssl_shutdown_timeout", None)
        return await super().create_unix_server(*args, **options)


@fault(breaks="unix-41")
class UnixNamesAreNeverEmpty(ReferenceLoop):
    """create_unix_connection() takes an empty server_hostname for none."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        if options.get("ssl") and not options.get("server_hostname"):
            raise ValueError("server_hostname is needed")
        return await super().create_unix_connection(*args, **options)

"""Loops whose servers treat their listening sockets wrongly: one that was given, and the options of all."""

from __future__ import annotations

import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server


class Meddling(ReferenceLoop):
    """Changes the arguments of create_server()."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return other options."""
        return options

    async def create_server(self, *args: Any, **options: Any) -> Any:
        return await super().create_server(*args, **self.changed(options))


@fault(breaks="server-06a")
class ListensElsewhere(ReferenceLoop):
    """Of a socket that is given only the host is taken."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        sock = options.pop("sock", None)
        if sock is not None:
            args = (*args, sock.getsockname()[0], 0)
            sock.close()
        return await super().create_server(*args, **options)


@fault(breaks="server-06a")
class WantsNonBlocking(Meddling):
    """A socket that is given has to be listening and non-blocking."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        sock = options.get("sock")
        if sock is not None and (sock.getblocking() or not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)):
            raise ValueError("the socket must be non-blocking, and listening")
        return options


@fault(breaks="server-06b")
class GivesBack(Meddling):
    """A socket that was given stays with the caller: the server uses a duplicate."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | ({"sock": options["sock"].dup()} if options.get("sock") else {})


@fault(breaks="server-06c")
class SocketWins(ReferenceLoop):
    """Beside a socket, host and port are not looked at."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        if options.get("sock"):
            return await super().create_server(args[0], **options | {"sock": options["sock"].dup()})
        return await super().create_server(*args, **options)


@fault(breaks="server-52")
class AnySocketWillDo(Meddling):
    """In place of a datagram socket a stream socket is made."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        sock = options.get("sock")
        if sock is not None and sock.type == socket.SOCK_DGRAM:
            options["sock"] = socket.socket(sock.family, socket.SOCK_STREAM)
        return options


@fault(breaks="server-07")
class OwnBacklog(Meddling):
    """The backlog is always 50."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | {"backlog": 50}


@fault(breaks="server-09")
class NeverReuses(Meddling):
    """SO_REUSEADDR is never set."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | {"reuse_address": False}


@fault(breaks="server-09")
class AlwaysReuses(Meddling):
    """SO_REUSEADDR is always set."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | {"reuse_address": True}


@fault(breaks="server-10a")
class NeverShares(Meddling):
    """SO_REUSEPORT is never set."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | {"reuse_port": False}


@fault(breaks="server-10a")
class AlwaysShares(Meddling):
    """SO_REUSEPORT is always set."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | ({} if "sock" in options else {"reuse_port": True})


def bound_again(listener: socket.socket) -> socket.socket:
    """Bind a socket without options in the place of one that does not listen yet."""
    sock = socket.socket(listener.family)
    sock.setblocking(False)
    address = listener.getsockname()
    listener.close()
    sock.bind(address)
    return sock


@fault(breaks="server-10a")
class SharesOnePort(ReferenceLoop):
    """Of several hosts the first alone gets SO_REUSEPORT."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        if not options.get("reuse_port"):
            return await super().create_server(*args, **options)
        server = await super().create_server(*args, **options | {"start_serving": False})
        server.listeners[1:] = [bound_again(each) for each in server.listeners[1:]]
        await server.start_serving()
        return server


@fault(breaks="server-10b")
class SharesNothing(Meddling):
    """reuse_port is not looked at."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | {"reuse_port": None}


@fault(breaks="server-11")
class LetsDie(Meddling):
    """keep_alive is not looked at."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        return options | {"keep_alive": None}


@fault(breaks="server-11")
class OlderServer(Meddling):
    """keep_alive is not known."""

    def changed(self, options: dict[str, Any]) -> dict[str, Any]:
        if "keep_alive" in options:
            raise TypeError("unexpected keyword argument 'keep_alive'")
        return options


@fault(breaks="server-15")
class Dawdles(ReferenceLoop):
    """Accepted connections wait for more before they send."""

    class Waiting(Server):
        """Puts Nagle's algorithm on."""

        def attach(self, transport: Any) -> None:
            transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
            super().attach(transport)

    server_type = Waiting

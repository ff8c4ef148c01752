"""Loops whose create_unix_connection goes wrong."""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport


def is_unix(sock: Any) -> bool:
    """Whether a socket has paths for addresses."""
    return bool(sock.family == socket.AF_UNIX)


def is_abstract(path: Any) -> bool:
    """Whether a path is a name that has no file."""
    return path is not None and os.fspath(path)[:1] in {"\0", b"\0"}


def path_of(args: tuple[Any, ...]) -> Any:
    """Return the path among positional arguments, or None."""
    return args[1] if len(args) > 1 else None


@fault(breaks="unix-01")
class SaysNothing(ReferenceLoop):
    """What the transport of a Unix connection writes goes nowhere."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().create_unix_connection(*args, **options)
        transport.sock.shutdown(socket.SHUT_WR)
        return transport, protocol


@fault(breaks="unix-01")
class EndsWithoutAWord(ReferenceLoop):
    """The protocol of a Unix connection is not told of the end of data, only of the loss."""

    class Abrupt(StreamTransport):
        """Ends at once."""

        def read_eof(self) -> None:
            if is_unix(self.sock):
                self.end(None)
            else:
                super().read_eof()

    stream_type = Abrupt


@fault(breaks="unix-02")
class ShowsAnother(ReferenceLoop):
    """The socket of a Unix connection passes for one of TCP."""

    class Disguised(StreamTransport):
        """Wears another family."""

        def get_extra_info(self, name: str, default: Any = None) -> Any:
            if name == "socket" and is_unix(self.sock):
                return Disguise()
            return super().get_extra_info(name, default)

    stream_type = Disguised


class Disguise:
    """What looks like a TCP socket."""

    family = socket.AF_INET
    type = socket.SOCK_STREAM


@fault(breaks="unix-03")
class MakesTwo(ReferenceLoop):
    """The factory is called twice, and the second protocol thrown away."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        pair = await super().create_unix_connection(*args, **options)
        args[0]()
        return pair


@fault(breaks="unix-03")
class ReturnsTooSoon(ReferenceLoop):
    """The pair is returned before connection_made() has run."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        factory, path = args[0], path_of(args)
        if path is None:
            return await super().create_unix_connection(*args, **options)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(os.fspath(path))
        sock.setblocking(False)
        protocol = factory()
        return self.make_stream_transport(sock, protocol), protocol


class Picky(ReferenceLoop):
    """Takes paths of one type for connections and servers alike."""

    wanted: tuple[type, ...] = (str, bytes, os.PathLike)

    def look_at(self, path: Any) -> None:
        """Refuse a path."""
        if path is not None and not isinstance(path, self.wanted):
            raise TypeError(f"a path of type {type(path).__name__}")


class PickyConnection(Picky):
    """Looks at the paths of connections."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        self.look_at(path_of(args))
        return await super().create_unix_connection(*args, **options)


@fault(breaks="unix-04")
class StringsOnly(PickyConnection):
    """Connects to strings alone."""

    wanted = (str,)


@fault(breaks="unix-04")
class BytesOnly(PickyConnection):
    """Connects to bytes alone."""

    wanted = (bytes,)


@fault(breaks="unix-04")
class AsciiOnly(PickyConnection):
    """Connects to paths in ASCII alone."""

    def look_at(self, path: Any) -> None:
        if isinstance(path, str):
            path.encode("ascii")


@fault(breaks="unix-05")
class NoAbstractNames(PickyConnection):
    """Does not connect to abstract names."""

    def look_at(self, path: Any) -> None:
        if is_abstract(path):
            raise OSError(errno.EINVAL, "embedded zero byte")


@fault(breaks="unix-06")
class WorksOnACopy(ReferenceLoop):
    """A socket that is given stays open, and a duplicate is used."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        if options.get("sock"):
            options["sock"] = options["sock"].dup()
        return await super().create_unix_connection(*args, **options)


@fault(breaks="unix-07")
class AnotherError(ReferenceLoop):
    """Contradictory arguments are a TypeError."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        path = options.get("path", path_of(args))
        if (path is None) == (options.get("sock") is None):
            raise TypeError("either path or sock, please")
        return await super().create_unix_connection(*args, **options)


@fault(breaks="unix-08")
class TakesAnySocket(ReferenceLoop):
    """Sockets of other kinds are taken, and nothing comes of it."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        sock = options.get("sock")
        if sock is not None and (not is_unix(sock) or sock.type != socket.SOCK_STREAM):
            return None, None
        return await super().create_unix_connection(*args, **options)

    async def create_unix_server(self, *args: Any, **options: Any) -> Any:
        sock = options.get("sock")
        if sock is not None and (not is_unix(sock) or sock.type != socket.SOCK_STREAM):
            return None
        return await super().create_unix_server(*args, **options)


@fault(breaks="unix-09")
class NobodyWillDo(ReferenceLoop):
    """Where nobody listens the pair is (None, None)."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().create_unix_connection(*args, **options)
        except OSError:
            return None, None


@fault(breaks="unix-10")
class OneErrorForAll(ReferenceLoop):
    """Whatever keeps a connection from being made is the same OSError."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().create_unix_connection(*args, **options)
        except OSError as error:
            raise OSError("no connection") from error


@fault(breaks="unix-11")
class NeedsNoName(ReferenceLoop):
    """With ssl and without server_hostname nothing is connected, and nothing said."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        if options.get("ssl") and options.get("server_hostname") is None:
            return None, None
        return await super().create_unix_connection(*args, **options)


@fault(breaks="unix-32")
class MakesProtocolsInAdvance(ReferenceLoop):
    """The factory is called before the connection is tried."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        protocol = args[0]()
        return await super().create_unix_connection(lambda: protocol, *args[1:], **options)


@fault(breaks="unix-43")
class NobodyKeepsASocket(ReferenceLoop):
    """A socket that found nobody at its path stays open."""

    async def create_unix_connection(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().create_unix_connection(*args, **options)
        except OSError:
            socket.socket(socket.AF_UNIX).detach()
            raise

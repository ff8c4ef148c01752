"""Loops whose servers a stream cannot use."""

from __future__ import annotations

import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._readers import HalvesSwapped
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.conformance.faults.task_inspect import UnknownTask
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server
from loopcert.reference.stream import StreamTransport


@fault(breaks="stream-03", shows="hang")
class OneForAllStreams(ReferenceLoop):
    """The protocol of the first client serves all others as well."""

    class Sharing(Server):
        """Makes one protocol."""

        def welcome(self, accepted: socket.socket, address: Any) -> None:
            protocol = self.protocol_factory()
            self.protocol_factory = lambda: protocol
            super().welcome(accepted, address)

    server_type = Sharing


@fault(breaks="stream-03")
@in_a_loop
class GarblesTheClients(HalvesSwapped):
    """What a server's stream reads is not what was sent."""


@fault(breaks="stream-03")
@in_a_loop
class NobodyComes(StreamTransport):
    """Accepted connections do not know who is at the other end."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default if name == "peername" and self.server is not None else super().get_extra_info(name, default)


class OneByOne(Server):
    """Accepts the next client when the last has gone."""

    def accept_waiting(self, listener: socket.socket) -> None:
        if not self.clients:
            self.backlog = 1
            super().accept_waiting(listener)


@fault(breaks="stream-04", shows="hang")
class ServesOneByOne(ReferenceLoop):
    """A client is served when the one before has left."""

    server_type = OneByOne


@fault(breaks="stream-04", wide="timeouts and task groups ask for the current task")
class ServedByNobody(ReferenceLoop):
    """No Task is the current one while its coroutine runs."""

    task_type = UnknownTask


@fault(breaks="stream-05")
class ForgetsToKeepAlive(ReferenceLoop):
    """create_server() ignores keep_alive."""

    async def create_server(self, *args: Any, keep_alive: bool | None = None, **options: Any) -> Any:
        return await super().create_server(*args, **options)


@fault(breaks="stream-41")
class NoServerKeywords(ReferenceLoop):
    """create_server() knows no keyword but sock."""

    async def create_server(self, *args: Any, sock: Any = None, **options: Any) -> Any:
        if options:
            raise TypeError(f"create_server() got unexpected keyword arguments: {sorted(options)}")
        return await super().create_server(*args, sock=sock)


class Guest(Server):
    """Closes no socket."""

    def close_listener(self, listener: socket.socket) -> None:
        self.kept = [*getattr(self, "kept", ()), listener]


@fault(breaks="stream-43")
class LeavesSocketsOpen(ReferenceLoop):
    """close() of a server leaves the listening sockets to whoever made them."""

    server_type = Guest


@fault(breaks="stream-46")
class ListensForEver(ReferenceLoop):
    """A server whose serve_forever() was cancelled goes on listening."""

    server_type = Guest

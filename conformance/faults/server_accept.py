"""Loops whose servers welcome clients wrongly."""

from __future__ import annotations

import errno
import socket
from selectors import EVENT_READ
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import EXHAUSTED, Server


@fault(breaks="server-14a", shows="hang")
class OneForAll(ReferenceLoop):
    """The factory is called once, and all clients share the protocol."""

    class Sharing(Server):
        """Keeps the first protocol."""

        def welcome(self, accepted: socket.socket, address: Any) -> None:
            protocol = self.protocol_factory()
            self.protocol_factory = lambda: protocol
            super().welcome(accepted, address)

    server_type = Sharing


@fault(breaks="server-14a")
class TellsTheAddress(ReferenceLoop):
    """The factory is called with the address of the client, if it can take it."""

    class Telling(Server):
        """Says who comes."""

        def welcome(self, accepted: socket.socket, address: Any) -> None:
            factory: Any = self.protocol_factory
            self.protocol_factory = lambda: factory(address)
            super().welcome(accepted, address)
            self.protocol_factory = factory

    server_type = Telling


@fault(breaks="server-14a")
class MakesInAdvance(ReferenceLoop):
    """The protocol of the next client is made beforehand."""

    class Ahead(Server):
        """Has one in stock."""

        def start(self) -> None:
            super().start()
            factory = self.protocol_factory
            stock = [factory()]

            def give() -> Any:
                stock.append(factory())
                return stock.pop(0)

            self.protocol_factory = give

    server_type = Ahead


@fault(breaks="server-14b")
class OneTransportForAll(ReferenceLoop):
    """Every protocol is given the transport of the last client."""

    class Last(Server):
        """Has one transport."""

        def attach(self, transport: Any) -> None:
            super().attach(transport)
            for each in self.clients:
                each.protocol.transport = transport
            self.loop.call_soon(self.mix)

        def mix(self) -> None:
            """Give everybody the newest transport."""
            clients = sorted(self.clients, key=lambda each: each.fd)
            for each in clients:
                each.protocol.transport = clients[-1]

    server_type = Last


@fault(breaks="server-14b")
class ForgetsConnectionMade(ReferenceLoop):
    """A protocol whose client has spoken before it was accepted is told of the data first."""

    class Hasty(Server):
        """Reads at once."""

        def attach(self, transport: Any) -> None:
            super().attach(transport)
            self.loop.call_soon(transport.read)

    server_type = Hasty


@fault(breaks="server-14b")
class OneWay(ReferenceLoop):
    """What an accepted transport writes goes nowhere."""

    class Mute(Server):
        """Shuts the direction to the client."""

        def attach(self, transport: Any) -> None:
            super().attach(transport)
            transport.sock.shutdown(socket.SHUT_WR)

    server_type = Mute


@fault(breaks="server-41", shows="hang")
class TakesItAmiss(ReferenceLoop):
    """An exception of a protocol ends the accepting of the loop's servers."""

    started: list[Server]

    class Sulking(Server):
        """Can be offended."""

        loop: TakesItAmiss

        def start(self) -> None:
            super().start()
            self.loop.started = [*getattr(self.loop, "started", ()), self]

    server_type = Sulking

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        for server in getattr(self, "started", ()):
            server.serving = False
            for listener in server.listeners:
                self.unwatch(listener.fileno(), EVENT_READ)
        super().call_exception_handler(context)


@fault(breaks="server-57", shows="hang")
class LosesHeart(ReferenceLoop):
    """A client that has left while it waited ends the server's accepting."""

    class Shy(Server):
        """Looks whether the client is still there."""

        def welcome(self, accepted: socket.socket, address: Any) -> None:
            try:
                accepted.getpeername()
            except OSError:
                accepted.close()
                for listener in self.listeners:
                    self.loop.unwatch(listener.fileno(), EVENT_READ)
                self.serving = False
            else:
                super().welcome(accepted, address)

    server_type = Shy


@fault(breaks="server-49", shows="hang")
class GivesUp(ReferenceLoop):
    """A server that runs out of descriptors while accepting never tries again."""

    class Spent(Server):
        """Stays away from its listeners."""

        def accept_failed(self, listener: socket.socket, error: OSError) -> None:
            if error.errno in EXHAUSTED | {errno.EBADF}:
                self.loop.unwatch(listener.fileno(), EVENT_READ)
                return
            super().accept_failed(listener, error)

    server_type = Spent


@fault(breaks="server-67")
class AcceptsForChildren(ReferenceLoop):
    """Accepted sockets stay open in children."""

    class Generous(Server):
        """Shares its clients."""

        def welcome(self, accepted: socket.socket, address: Any) -> None:
            accepted.set_inheritable(True)
            super().welcome(accepted, address)

    server_type = Generous


@fault(breaks="server-67")
class ListensForChildren(ReferenceLoop):
    """Listening sockets stay open in children."""

    class Shared(Server):
        """Shares its port."""

        def start(self) -> None:
            for listener in self.listeners:
                listener.set_inheritable(True)
            super().start()

    server_type = Shared

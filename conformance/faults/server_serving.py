"""Loops whose servers begin at the wrong time, or say the wrong things of themselves."""

from __future__ import annotations

import socket
from selectors import EVENT_READ
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server


@fault(breaks="server-43")
class NeverStarts(ReferenceLoop):
    """start_serving is taken for False."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        return await super().create_server(*args, **options | {"start_serving": False})


@fault(breaks="server-43", shows="hang")
class ServesOnce(ReferenceLoop):
    """A server accepts one client and no more."""

    class Once(Server):
        """Stops to watch after the first."""

        def welcome(self, accepted: socket.socket, address: Any) -> None:
            super().welcome(accepted, address)
            for listener in self.listeners:
                self.loop.unwatch(listener.fileno(), EVENT_READ)

    server_type = Once


@fault(breaks="server-43")
class NotInDebugMode(ReferenceLoop):
    """In debug mode servers do not start."""

    class Debugged(Server):
        """Is looked at, and does nothing."""

        def start(self) -> None:
            if not self.loop.get_debug():
                super().start()

    server_type = Debugged


@fault(breaks="server-12a")
class TooEager(ReferenceLoop):
    """Servers start at once whatever start_serving says."""

    async def create_server(self, *args: Any, **options: Any) -> Any:
        return await super().create_server(*args, **options | {"start_serving": True})


@fault(breaks="server-12b")
class StartsNothing(ReferenceLoop):
    """start_serving() does nothing on a server that was made with start_serving=False."""

    class Stuck(Server):
        """Can only be started within create_server()."""

        async def start_serving(self) -> None:
            return

    async def create_server(self, *args: Any, **options: Any) -> Any:
        server = await super().create_server(*args, **options)
        if not options.get("start_serving", True):
            server.__class__ = self.Stuck
        return server


@fault(breaks="server-12b")
class StartsTheFirst(ReferenceLoop):
    """Of several sockets start_serving() starts the first."""

    class First(Server):
        """Has one socket that works."""

        def start(self) -> None:
            rest, self.listeners = self.listeners[1:], self.listeners[:1]
            super().start()
            self.listeners += rest

    server_type = First


@fault(breaks="server-12c")
class ForeverIdle(ReferenceLoop):
    """serve_forever() waits without having started anything."""

    class Idle(Server):
        """Thinks that it has been started."""

        async def serve_forever(self) -> None:
            await self.loop.create_future()

    server_type = Idle


@fault(breaks="server-29b")
class StartsOnlyOnce(ReferenceLoop):
    """start_serving() is refused to a server that serves."""

    class Once(Server):
        """Is strict."""

        async def start_serving(self) -> None:
            if self.serving:
                raise RuntimeError("already serving")
            await super().start_serving()

    server_type = Once


@fault(breaks="server-29b")
class StartsAndStops(ReferenceLoop):
    """start_serving() closes the server when it is called once more."""

    class Toggle(Server):
        """Goes on and off."""

        async def start_serving(self) -> None:
            if self.serving:
                self.close()
                return
            await super().start_serving()

    server_type = Toggle


@fault(breaks="server-28")
class HidesItsLoop(ReferenceLoop):
    """get_loop() gives the loop as long as the server serves, and None from then on."""

    class Forgetful(Server):
        """Drops its loop with its sockets."""

        def get_loop(self) -> Any:
            return None if self.closed else self.loop

    server_type = Forgetful


@fault(breaks="server-28")
class AnotherLoop(ReferenceLoop):
    """get_loop() gives something else than the loop that made the server."""

    class Lying(Server):
        """Belongs to somebody else."""

        def get_loop(self) -> Any:
            return object()

    server_type = Lying


@fault(breaks="server-34a")
class NeverSaysSo(ReferenceLoop):
    """is_serving() is false."""

    class Modest(Server):
        """Denies it."""

        def is_serving(self) -> bool:
            return False

    server_type = Modest


@fault(breaks="server-34b")
class AlwaysSaysSo(ReferenceLoop):
    """is_serving() is true."""

    class Proud(Server):
        """Boasts."""

        def is_serving(self) -> bool:
            return True

    server_type = Proud


@fault(breaks="server-34b")
class ServesItsClients(ReferenceLoop):
    """is_serving() is true as long as there is a connection."""

    class Busy(Server):
        """Counts clients."""

        def is_serving(self) -> bool:
            return super().is_serving() or bool(self.clients)

    server_type = Busy


@fault(breaks="server-36a")
class ShowsOneSocket(ReferenceLoop):
    """sockets holds the first socket only."""

    class Single(Server):
        """Shows one."""

        @property
        def sockets(self) -> Any:
            return super().sockets[:1]

    server_type = Single


@fault(breaks="server-36b")
class ShowsItsOwnList(ReferenceLoop):
    """sockets gives the list by which the server closes its sockets."""

    class Open(Server):
        """Hides nothing."""

        @property
        def sockets(self) -> Any:
            return self.listeners

    server_type = Open


@fault(breaks="server-39")
class RisesAgain(ReferenceLoop):
    """A closed server silently does nothing when it is asked to serve."""

    class Undead(Server):
        """Is closed, but pretends."""

        async def start_serving(self) -> None:
            if not self.closed:
                await super().start_serving()

        async def serve_forever(self) -> None:
            if not self.closed:
                await super().serve_forever()

    server_type = Undead

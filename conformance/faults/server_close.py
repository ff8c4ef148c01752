"""Loops whose servers do not end as they should."""

from __future__ import annotations

import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server


@fault(breaks="server-21a")
class KeepsTheAddress(ReferenceLoop):
    """close() stops accepting but leaves the sockets to the end of the loop."""

    kept: list[Any]

    class Keeping(Server):
        """Does not close its sockets."""

        loop: KeepsTheAddress

        def close_listener(self, listener: socket.socket) -> None:
            self.loop.kept = [*getattr(self.loop, "kept", ()), listener]

    server_type = Keeping

    def close(self) -> None:
        for each in getattr(self, "kept", ()):
            each.close()
        super().close()


@fault(breaks="server-21b")
class AcceptsTheLast(ReferenceLoop):
    """close() first accepts who waits, and a while longer."""

    class Kind(Server):
        """Has a heart for those who wait."""

        def close(self) -> None:
            if not self.closed and self.serving:
                for listener in self.listeners:
                    self.accept_waiting(listener)
            super().close()

    server_type = Kind


@fault(breaks="server-21b", wide="no server of the loop ever ends")
class ClosesLater(ReferenceLoop):
    """The sockets accept on for some iterations after close()."""

    class Slow(Server):
        """Takes its time."""

        def close(self) -> None:
            self.linger(60)

        def linger(self, turns: int) -> None:
            """Close after so many iterations."""
            if turns and not self.loop.is_closed():
                self.loop.call_soon(self.linger, turns - 1)
            else:
                super().close()

    server_type = Slow


@fault(breaks="server-22")
class TakesClientsAlong(ReferenceLoop):
    """close() closes the connections too."""

    class Final(Server):
        """Ends everything."""

        def close(self) -> None:
            super().close()
            self.close_clients()

    server_type = Final


@fault(breaks="server-23")
class RemembersSockets(ReferenceLoop):
    """sockets of a closed server holds those that it had."""

    class Nostalgic(Server):
        """Keeps its list."""

        had: Any = ()

        @property
        def sockets(self) -> Any:
            self.had = super().sockets or self.had
            return self.had

        def close(self) -> None:
            self.had = self.sockets
            super().close()

    server_type = Nostalgic


@fault(breaks="server-24")
class ClosesOnce(ReferenceLoop):
    """close() of a closed server is an error."""

    class Strict(Server):
        """Can be closed once."""

        def close(self) -> None:
            if self.closed:
                raise RuntimeError("the server is closed")
            super().close()

    server_type = Strict


@fault(breaks="server-20")
class LeavesItOpen(ReferenceLoop):
    """Leaving async with changes nothing."""

    class Lasting(Server):
        """Outlives its block."""

        async def __aexit__(self, *_error: object) -> None:
            return

    server_type = Lasting


@fault(breaks="server-20")
class SwallowsErrors(ReferenceLoop):
    """async with keeps exceptions to itself."""

    class Quiet(Server):
        """Says nothing."""

        async def __aexit__(self, *error: object) -> Any:
            await super().__aexit__(*error)
            return True

    server_type = Quiet


@fault(breaks="server-20")
class WantsToCloseItself(ReferenceLoop):
    """Leaving async with fails if the server was closed inside."""

    class Proud(Server):
        """Closes itself or not at all."""

        async def __aexit__(self, *error: object) -> None:
            if self.closed:
                raise RuntimeError("the server is closed")
            await super().__aexit__(*error)

    server_type = Proud


@fault(breaks="server-53")
class BindsNothing(ReferenceLoop):
    """What async with binds is None."""

    class Nameless(Server):
        """Gives nothing."""

        async def __aenter__(self) -> Any:
            return None

    server_type = Nameless

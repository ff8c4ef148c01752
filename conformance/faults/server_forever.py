"""Loops whose serve_forever() begins, lasts or ends wrongly."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server


@fault(breaks="server-30")
class NotForever(ReferenceLoop):
    """serve_forever() ends when a client has left, or when there is none."""

    class Mortal(Server):
        """Tires."""

        async def serve_forever(self) -> None:
            self.start()
            await asyncio.sleep(0)

    server_type = Mortal


@fault(breaks="server-33")
class OnlyOnce(ReferenceLoop):
    """serve_forever() is refused to a server that accepts already."""

    class Strict(Server):
        """Wants start_serving=False."""

        async def serve_forever(self) -> None:
            if self.serving:
                raise RuntimeError("the server accepts already")
            await super().serve_forever()

    server_type = Strict


@fault(breaks="server-31a")
class LeavesTheServerOpen(ReferenceLoop):
    """A cancelled serve_forever() leaves the server as it is."""

    class Open(Server):
        """Just waits."""

        async def serve_forever(self) -> None:
            self.start()
            await self.loop.create_future()

    server_type = Open


@fault(breaks="server-31b")
class SwallowsTheCancellation(ReferenceLoop):
    """A cancelled serve_forever() returns None."""

    class Content(Server):
        """Sees no reason to raise."""

        async def serve_forever(self) -> None:
            try:
                await super().serve_forever()
            except asyncio.CancelledError:
                return

    server_type = Content


@fault(breaks="server-31b")
class AnotherError(ReferenceLoop):
    """A cancelled serve_forever() raises a ConnectionAbortedError."""

    class Loud(Server):
        """Says what happened in its own words."""

        async def serve_forever(self) -> None:
            try:
                await super().serve_forever()
            except asyncio.CancelledError:
                raise ConnectionAbortedError("no longer serving") from None

    server_type = Loud


@fault(breaks="server-32", shows="hang")
class SeveralForever(ReferenceLoop):
    """serve_forever() can be called as often as one likes."""

    class Patient(Server):
        """Lets everybody wait."""

        async def serve_forever(self) -> None:
            self.forever = None
            await super().serve_forever()

    server_type = Patient


@fault(breaks="server-32")
class TakesOver(ReferenceLoop):
    """A second serve_forever() ends the first."""

    class Usurper(Server):
        """Cancels who was there before."""

        async def serve_forever(self) -> None:
            if self.forever is not None:
                self.forever.set_result(None)
                raise RuntimeError("nobody serves now")
            await super().serve_forever()

    server_type = Usurper


@fault(breaks="server-40", shows="hang")
class ForeverDeaf(ReferenceLoop):
    """close() lets serve_forever() wait on."""

    class Waiting(Server):
        """Tells nobody that it is closed."""

        def close(self) -> None:
            waiter: Any = self.forever
            self.forever = None
            super().close()
            self.forever = waiter

    server_type = Waiting

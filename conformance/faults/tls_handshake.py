"""Loops whose start_tls() takes failure, lateness or cancellation wrong."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import layered
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.tls_layer import TLSLayer


@fault(breaks="tls-07a", shows="hang")
@layered
class NeverLate(TLSLayer):
    """A handshake may take for ever."""

    def handshake_late(self) -> None:
        pass


@fault(breaks="tls-07a")
@layered
class LateAtOnce(TLSLayer):
    """The time for a handshake is up at once."""

    def set_timer(self, seconds: float, callback: Any, *args: Any) -> None:
        super().set_timer(0 if callback == self.handshake_late else seconds, callback, *args)


@fault(breaks="tls-07a")
@layered
class LateAfterAll(TLSLayer):
    """The time for the handshake goes on when it is complete."""

    def connected(self) -> None:
        self.loop.call_later(self.options.handshake_timeout, self.handshake_late)
        super().connected()


class Undead(TLSLayer):
    """A layer that never ends the connection below."""

    def abort(self) -> None:
        pass


@fault(breaks="tls-07a", shows="hang")
@layered
class LateButOpen(Undead):
    """A handshake that takes too long fails, but the connection stays."""

    def handshake_late(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_exception(ConnectionAbortedError("the handshake took too long"))


@fault(breaks="tls-35")
class FailsSilently(ReferenceLoop):
    """start_tls() returns None when the handshake fails."""

    async def start_tls(self, *args: Any, **options: Any) -> Any:
        with suppress(OSError):
            return await super().start_tls(*args, **options)


@fault(breaks="tls-36", shows="hang")
@layered
class StaysOpen(Undead):
    """The connection is left as it is when the handshake fails."""

    def fail(self, error: BaseException) -> None:
        self.send()
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_exception(error)


@fault(breaks="tls-28", shows="hang")
class CancelledStaysOpen(ReferenceLoop):
    """A cancelled start_tls() leaves the handshake going."""

    async def start_tls(self, *args: Any, **options: Any) -> Any:
        upgrade = self.create_task(super().start_tls(*args, **options))
        try:
            return await asyncio.shield(upgrade)
        except asyncio.CancelledError:
            upgrade.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise


@fault(breaks="tls-28")
class CannotBeCancelled(ReferenceLoop):
    """start_tls() turns a cancellation into another exception."""

    async def start_tls(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().start_tls(*args, **options)
        except asyncio.CancelledError:
            raise ConnectionAbortedError("the upgrade was cancelled") from None


@fault(breaks="tls-28")
class ReportsCancellation(ReferenceLoop):
    """A cancelled start_tls() is reported as an error."""

    async def start_tls(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().start_tls(*args, **options)
        except asyncio.CancelledError as error:
            self.call_exception_handler({"message": "start_tls() failed", "exception": error})
            raise

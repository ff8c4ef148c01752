"""Loops on which aiohttp goes wrong."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._frameworks import (
    CancelsWithAnError,
    ScramblesWhatWaits,
    SwapsMuchThatIsWritten,
    SwapsWhatArrives,
    SwapsWhatIsDecrypted,
    TwoAtMost,
)
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="frameworks-10")
class ServesSwapped(SwapsMuchThatIsWritten):
    """The halves of what aiohttp's server writes change places where it is much."""


@fault(breaks="frameworks-11")
class StreamsBackwards(ScramblesWhatWaits):
    """What aiohttp's streams write faster than the socket takes it goes out backwards."""


@fault(breaks="frameworks-11")
class SendsFilesTwice(ReferenceLoop):
    """sendfile() sends the first 1000 bytes of a file twice."""

    async def sendfile(
        self, transport: Any, file: Any, offset: int = 0, count: int | None = None, **options: Any
    ) -> int:
        await super().sendfile(transport, file, offset, 1000)
        return await super().sendfile(transport, file, offset, None if count is None else count - 1000, **options)


@fault(breaks="frameworks-12")
class PostsSwapped(SwapsMuchThatIsWritten):
    """The halves of what aiohttp's client writes change places where it is much."""


@fault(breaks="frameworks-12")
class FetchesGarbled(SwapsWhatIsDecrypted):
    """The halves of what aiohttp's client gets over TLS change places."""


@fault(breaks="frameworks-13")
class GivesUpWithAnError(CancelsWithAnError):
    """The cancellation by which aiohttp ends a request is no CancelledError."""


@fault(breaks="frameworks-14")
class GarblesFrames(SwapsWhatArrives):
    """The halves of what aiohttp's WebSockets receive change places."""


@fault(breaks="frameworks-15")
class SendsClientsAway(TwoAtMost):
    """aiohttp's server gets no more than two clients at once."""

"""Loops that get loop.sendfile() over TLS wrong."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.conformance.faults._tls import carried
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport
from loopcert.reference.tls_transport import TLSTransport


@fault(breaks="sendfile-05")
class NoFallback(ReferenceLoop):
    """A file is never sent over TLS."""

    async def send_over_protocol(self, transport: Any, file: Any, offset: int, count: int | None) -> int:
        raise asyncio.SendfileNotAvailableError(
            f"cannot send {count} bytes of {file!r} from {offset} over {transport!r}"
        )


@fault(breaks="sendfile-06")
class AlwaysFallsBack(ReferenceLoop):
    """A file is sent over TLS whatever fallback says."""

    async def sendfile(
        self, transport: Any, file: Any, offset: int = 0, count: int | None = None, *, fallback: bool = True
    ) -> int:
        return await super().sendfile(transport, file, offset, count, fallback=fallback or True)


@fault(breaks="sendfile-17", shows="hang")
@in_a_loop
class FilesMissTheLoss(StreamTransport):
    """Whoever waits to send more of a file is not told that the connection is lost."""

    def lose(self, error: BaseException | None) -> None:
        waiter, self.waiter = self.waiter, None
        super().lose(error)
        self.waiter = waiter


@fault(breaks="sendfile-17", shows="hang")
@carried
class FilesMissTheLossOfTLS(TLSTransport):
    """Whoever waits to write more over TLS is not told that the connection is lost."""

    def let_go_on(self) -> None:
        pass

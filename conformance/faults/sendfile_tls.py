"""Loops that get loop.sendfile() over TLS wrong."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


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

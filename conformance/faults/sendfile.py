"""Loops that get loop.sendfile() wrong."""

from __future__ import annotations

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


class Files(ReferenceLoop):
    """A loop whose sendfile() is `send`."""

    async def sendfile(
        self, transport: Any, file: Any, offset: int = 0, count: int | None = None, *, fallback: bool = True
    ) -> Any:
        """Send a file."""
        return await self.send(transport, file, offset, count, fallback)

    async def send(self, transport: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        """Send a file the right way."""
        return await super().sendfile(transport, file, offset, count, fallback=fallback)


@fault(breaks="sendfile-01")
class ReturnsNone(Files):
    """sendfile does not say how much went out."""

    async def send(self, *args: Any) -> Any:
        await super().send(*args)


@fault(breaks="sendfile-03a")
class StartsWhereTheFileStands(Files):
    """sendfile starts where the file stands, whatever the offset."""

    async def send(self, transport: Any, file: Any, _offset: int, count: Any, fallback: Any) -> Any:
        return await super().send(transport, file, file.tell(), count, fallback)


@fault(breaks="sendfile-03a")
class StartsAtOne(Files):
    """sendfile leaves the first byte out."""

    async def send(self, transport: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        return await super().send(transport, file, offset + 1, count, fallback)


@fault(breaks="sendfile-03b")
class IgnoresTheCount(Files):
    """sendfile sends everything whatever the count."""

    async def send(self, transport: Any, file: Any, offset: int, _count: Any, fallback: Any) -> Any:
        return await super().send(transport, file, offset, None, fallback)


@fault(breaks="sendfile-03b")
class ReturnsTheCount(Files):
    """sendfile returns the count also where the file ended before."""

    async def send(self, transport: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        sent = await super().send(transport, file, offset, count, fallback)
        return count or sent


@fault(breaks="sendfile-03b")
class EndsOneShort(Files):
    """sendfile with a count sends one byte less."""

    async def send(self, transport: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        return 0 if count == 1 else await super().send(transport, file, offset, count and count - 1, fallback)


@fault(breaks="sendfile-03b")
class SendsOneBlock(Files):
    """sendfile without a count sends no more than 64 kB."""

    async def send(self, transport: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        return await super().send(transport, file, offset, 65536 if count is None else count, fallback)


@fault(breaks="sendfile-04a")
class LeavesTheFileWhereItWas(Files):
    """sendfile does not move the file, as os.sendfile() itself does not."""

    async def send(self, transport: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        position = file.tell()
        sent = await super().send(transport, file, offset, count, fallback)
        file.seek(position)
        return sent


@fault(breaks="sendfile-04b")
class FailuresDoNotMoveTheFile(Files):
    """sendfile leaves the file where it was when it fails."""

    async def send(self, transport: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        position = file.tell()
        try:
            return await super().send(transport, file, offset, count, fallback)
        except Exception:
            file.seek(position)
            raise


class RefusesNothing(Files):
    """A loop that sends nothing where it ought to refuse."""

    async def send(self, *args: Any) -> Any:
        """Send a file, or nothing."""
        try:
            return await super().send(*args)
        except (ValueError, RuntimeError):
            return 0


@fault(breaks="sendfile-07")
class TextIsWelcome(RefusesNothing):
    """sendfile sends nothing of a text file, and says so by a zero."""


@fault(breaks="sendfile-14")
class AnyNumberIsWelcome(RefusesNothing):
    """sendfile sends nothing where a number is out of range, and says so by a zero."""


@fault(breaks="sendfile-08")
class ClosingTransportsAreWelcome(RefusesNothing):
    """sendfile sends nothing over a closing transport, and says so by a zero."""


@fault(breaks="sendfile-11")
class DatagramsAreWelcome(RefusesNothing):
    """sendfile sends nothing over a datagram transport, and says so by a zero."""


@fault(breaks="sendfile-15")
class SendsInTheBackground(Files):
    """sendfile ends at once, and the file goes out some time."""

    async def send(self, *args: Any) -> Any:
        self.background = asyncio.ensure_future(super().send(*args))
        return 0


@fault(breaks="sendfile-09")
class AddsAByte(Files):
    """A file is followed by a byte that nobody wrote."""

    async def send(self, transport: Any, file: Any, offset: int, count: Any, fallback: Any) -> Any:
        sent = await super().send(transport, file, offset, count, fallback)
        transport.write(b"\0")
        return sent


@fault(breaks="sendfile-09")
class OvertakesTheBuffer(Files):
    """A file goes out while the transport still has something to send."""

    async def send_over_stream(self, transport: Any, file: Any, offset: int, count: Any) -> int:
        async def until_writable() -> None:
            await asyncio.sleep(0.001)

        return await self.send_natively(transport.fd, file, offset, count, until_writable)


@fault(breaks="sendfile-10", shows="hang")
class DropsWhatArrives(Files):
    """What arrives while a file is sent is lost."""

    async def send(self, transport: Any, *args: Any) -> Any:
        protocol = transport.get_protocol()
        transport.set_protocol(asyncio.Protocol())
        try:
            return await super().send(transport, *args)
        finally:
            transport.set_protocol(protocol)


@fault(breaks="sendfile-10", shows="hang")
class StopsReading(Files):
    """After sendfile the transport reads no more."""

    async def send(self, transport: Any, *args: Any) -> Any:
        sent = await super().send(transport, *args)
        transport.pause_reading()
        return sent


@fault(breaks="sendfile-16")
class ResumesReading(Files):
    """After sendfile the transport reads, also if it was paused before."""

    async def send(self, transport: Any, *args: Any) -> Any:
        sent = await super().send(transport, *args)
        transport.resume_reading()
        return sent


@fault(breaks="sendfile-10")
class SendsOnlyOneFile(Files):
    """A transport sends no more than one file."""

    done = False

    async def send(self, *args: Any) -> Any:
        if self.done:
            return 0
        self.done = True
        return await super().send(*args)


@fault(breaks="sendfile-12", shows="hang")
class CancelStopsReading(Files):
    """After a cancelled sendfile the transport reads no more."""

    async def send(self, transport: Any, *args: Any) -> Any:
        try:
            return await super().send(transport, *args)
        except asyncio.CancelledError:
            transport.pause_reading()
            raise

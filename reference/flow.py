"""What a transport tells its protocol, above all when to pause writing and when to go on; this knows no socket."""

import asyncio
from typing import Any

from .reports import ENDS_PROGRAM, report

DEFAULT_HIGH = 64 * 1024  # bytes: more than a socket's buffer takes at once, less than anyone would miss (transport-37)


class Watermarks:
    """Two marks on a buffer: above `high` its writer pauses, at `low` or below it goes on (protocol-05, 06).

    It answers each question with True once, so that pauses and resumptions alternate (protocol-07a).
    """

    def __init__(self) -> None:
        self.paused = False
        self.set(None, None)

    def set(self, high: int | None, low: int | None) -> None:
        """Set both marks in bytes; one that is None follows from the other (transport-33 to 36).

        Raises:
            ValueError: unless high >= low >= 0.
        """
        if high is None:
            high = DEFAULT_HIGH if low is None else 4 * low
        if low is None:
            low = high // 4
        if not high >= low >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
        self.high, self.low = high, low

    def rose(self, size: int) -> bool:
        """Tell whether the writer of a buffer that has grown to `size` bytes is to pause now."""
        if self.paused or size <= self.high:
            return False
        self.paused = True
        return True

    def fell(self, size: int) -> bool:
        """Tell whether the writer of a buffer that has shrunk to `size` bytes is to go on now."""
        if not self.paused or size > self.low:
            return False
        self.paused = False
        return True


class HasProtocol:
    """The part of a transport that has a protocol."""

    loop: asyncio.AbstractEventLoop
    protocol: Any
    closing: bool  # or closed

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Tell everything from here on to `protocol`, of whichever kind (transport-13, 54)."""
        self.protocol = protocol

    def get_protocol(self) -> Any:
        """Give the protocol set last (transport-15)."""
        return self.protocol

    def is_closing(self) -> bool:
        """Tell whether the transport is closing or closed (transport-09a, 09b)."""
        return self.closing

    def tell_made(self) -> None:
        """Call connection_made() (protocol-01)."""
        self.protocol.connection_made(self)

    def report(self, message: str, error: BaseException) -> None:
        """Tell the exception handler what a protocol raised, unless it is to end the program: then raise it again."""
        if isinstance(error, ENDS_PROGRAM):
            raise error
        report(self.loop, message, exception=error, transport=self, protocol=self.protocol)


class FlowControl(HasProtocol):
    """The part of a transport that tells its protocol when to pause writing.

    Whoever mixes it in has these attributes, and calls buffer_rose() and buffer_fell() at each change.
    """

    marks: Watermarks
    unsent: int  # bytes that wait in the transport
    resumed: asyncio.Future[None] | None = None  # for those who wait in until_resumed()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Set the marks, in bytes (transport-33 to 36)."""
        self.marks.set(high, low)
        self.buffer_rose()
        self.buffer_fell()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Give (low, high) in bytes (transport-32)."""
        return self.marks.low, self.marks.high

    def get_write_buffer_size(self) -> int:
        """Give the bytes that wait in the transport (transport-31)."""
        return self.unsent

    def buffer_rose(self) -> None:
        """Pause the protocol if the buffer is too full now (protocol-05)."""
        if self.marks.rose(self.unsent):
            self.tell_protocol("pause_writing")

    def buffer_fell(self) -> None:
        """Let the protocol go on if the buffer is empty enough now (protocol-06)."""
        if self.marks.fell(self.unsent):
            self.let_go_on()
            self.tell_protocol("resume_writing")

    async def until_resumed(self) -> None:
        """Wait while the protocol is to pause and the connection lasts: for a sender of files (sendfile-05)."""
        while self.marks.paused and self.protocol is not None:
            self.resumed = self.resumed or self.loop.create_future()
            await asyncio.shield(self.resumed)

    def let_go_on(self) -> None:
        """End the wait of until_resumed()."""
        if self.resumed is not None:
            self.resumed.set_result(None)
            self.resumed = None

    def tell_protocol(self, method: str, *args: Any) -> None:
        """Call a method that cannot end the transport; what it raises is reported (protocol-26)."""
        try:
            getattr(self.protocol, method)(*args)
        except BaseException as error:  # noqa: BLE001  # a protocol's failure is not the transport's
            self.report(f"protocol.{method}() failed", error)

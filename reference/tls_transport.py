"""The transport that an application sees of a TLS connection."""

import asyncio
import ssl
from typing import Any

from .flow import FlowControl, Watermarks

PIECE = 128 * 1024  # bytes that are encrypted at once, before the connection below is asked whether it takes more


class TLSTransport(FlowControl, asyncio.Transport):
    """What is written here is encrypted and goes to the connection below as long as that takes it, else it waits.

    Both buffers count as one for flow control: here the plain text that waits, below what is already encrypted.

    Arguments:
        layer: the TLSLayer, protocol of the connection below, which does the work.
        protocol: whose transport this is.
    """

    def __init__(self, layer: Any, protocol: asyncio.BaseProtocol) -> None:
        self.layer = layer
        self.loop = layer.loop
        self.protocol: Any = protocol
        self.marks = Watermarks()
        self.backlog = bytearray()
        self.closing = False
        self.paused = False  # by pause_reading()

    # Writing.

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data`, now as far as the connection takes it, the rest later (transport-21a to 24, tls-25).

        Raises:
            TypeError: `data` is not bytes-like.
        """
        if self.closing or not data:
            return
        if isinstance(data, memoryview):
            data = data.cast("B")
        done = 0 if self.backlog else self.encrypt(data)
        if done < len(data):
            self.backlog += memoryview(data)[done:]
        if self.backlog or self.layer.blocked:
            self.buffer_rose()

    def encrypt(self, data: bytes | bytearray | memoryview) -> int:
        """Encrypt and send `data` piece by piece; give the number of bytes that went."""
        done = 0
        size = len(data)
        layer = self.layer
        try:
            while done < size and layer.takes_more():
                piece = data if size <= PIECE and not done else memoryview(data)[done : done + PIECE]
                count = layer.machine.write(piece)
                if not count:
                    break
                done += count
                layer.send()
        except ssl.SSLError as error:
            layer.fail(error)
            return size  # lost, like everything else
        return done

    def flush(self) -> None:
        """Send what waits, as far as the connection takes it now."""
        count = 1
        while self.backlog and count:
            count = self.encrypt(memoryview(bytes(memoryview(self.backlog)[:PIECE])))
            del self.backlog[:count]

    def drained(self) -> None:
        """Do what a smaller buffer allows."""
        self.flush()
        self.buffer_fell()

    @property
    def unsent(self) -> int:  # type: ignore[override]  # nobody sets it here
        """The bytes that wait, here and below (transport-31)."""
        return len(self.backlog) + int(self.layer.waiting_below())

    def can_write_eof(self) -> bool:
        """Say no: the end of what one side sends is the end of a TLS connection (tls-11)."""
        return False

    def write_eof(self) -> None:
        """Refuse (tls-12)."""
        raise NotImplementedError("TLS connections are closed in both directions or in none")

    # Reading.

    def is_reading(self) -> bool:
        """Tell whether arriving data is delivered (transport-16a)."""
        return not self.paused and not self.closing

    def pause_reading(self) -> None:
        """Deliver nothing until resume_reading() (tls-24)."""
        if not self.paused and not self.closing:
            self.paused = True
            self.layer.pause_below()

    def resume_reading(self) -> None:
        """Deliver again, first what arrived meanwhile (tls-24)."""
        if self.paused and not self.closing:
            self.paused = False
            self.layer.resume_below()

    # The end.

    def is_closing(self) -> bool:
        """Tell whether the transport, or the connection below, is closing or closed (transport-09a, tls-29)."""
        return self.closing or self.layer.is_closing_below()

    def close(self) -> None:
        """Read no more, send what is left, say goodbye, then call connection_lost(None) (tls-18, 19)."""
        if not self.closing:
            self.closing = True
            self.layer.close()

    def abort(self) -> None:
        """Drop what is left and call connection_lost(None) soon, whatever the peer does (tls-23)."""
        self.closing = True
        self.drop()
        self.layer.abort()

    def drop(self) -> None:
        """Forget what waits here."""
        self.backlog.clear()

    # What is known about it.

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Give what is known of TLS, or of the connection below (tls-09, 10)."""
        return self.layer.describe(name, default)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.layer.machine.phase.name.lower()} over {self.layer.lower!r}>"

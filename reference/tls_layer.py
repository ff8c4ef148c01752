"""TLS between a stream transport below and an application's protocol above."""

import asyncio
import ssl
import threading
from typing import ClassVar

from .reading import buffer_of
from .tls_core import TLSCore
from .tls_machine import Phase

BUFFER_SIZE = 256 * 1024  # bytes asked of the connection below at once


class TLSLayer(TLSCore):
    """The protocol of the connection below, and the one who works for the transport above.

    The machine says what TLS says; this decides when it is asked: as data comes, as the connection below takes more,
    and when a time is up.
    """

    # What arrives is put here for a moment: one buffer serves all connections of a thread
    buffers: ClassVar[threading.local] = threading.local()

    # The handshake.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin the handshake; the connection below is to report every change between empty and not."""
        self.lower = transport
        self.blocked = self.waiting_below() > 0
        self.lower.set_write_buffer_limits(high=0)
        if self.transport.closing:
            self.lower.abort()
            return
        self.set_timer(self.options.handshake_timeout, self.handshake_late)
        self.shake_hands()

    def shake_hands(self) -> None:
        """Go on with the handshake as far as what has arrived allows (tls-05, 06)."""
        try:
            is_done = self.machine.handshake()
        except (ssl.SSLError, ValueError) as error:
            self.fail(error)
            return
        self.send()
        if is_done:
            self.stop_timer()
            self.connected()
            self.receive()  # what came along with the last message of the handshake

    def connected(self) -> None:
        """Tell the protocol, unless it stands already, then whoever waits (tls-08, 44, connect-36, 39)."""
        if not self.is_connected:
            self.is_connected = True
            self.tell_made()
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def tell_made(self) -> None:
        """Call connection_made(); if that fails, the connection stands all the same."""
        self.transport.tell_protocol("connection_made", self.transport)

    def handshake_late(self) -> None:
        """End a handshake that takes too long (tls-07a, connect-19a, server-13a)."""
        seconds = self.options.handshake_timeout
        self.failure = ConnectionAbortedError(f"the TLS handshake took longer than {seconds} seconds")
        self.lower.abort()

    # What comes from below.

    def get_buffer(self, _size: int) -> memoryview:
        """Give the place for what arrives."""
        try:
            buffer: memoryview = self.buffers.shared
        except AttributeError:
            buffer = self.buffers.shared = memoryview(bytearray(BUFFER_SIZE))
        return buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Put what arrived into the machine, and see what that makes possible."""
        self.machine.feed(self.buffers.shared[:nbytes])
        self.advance()

    def eof_received(self) -> bool:
        """Note that no more will come; what has arrived is still delivered, and what is written still sent (tls-21)."""
        self.machine.feed_eof()
        if self.machine.phase is Phase.HANDSHAKE:
            self.failure = ConnectionResetError("the peer closed the connection during the TLS handshake")
            return False
        self.advance()
        return True

    def advance(self) -> None:
        """Do what is next in this phase."""
        if self.machine.phase is Phase.HANDSHAKE:
            self.shake_hands()
        elif self.machine.phase is not Phase.OVER:
            if not self.transport.closing:
                self.receive()
            elif not self.lower.is_closing():
                self.say_goodbye()

    def receive(self) -> None:
        """Deliver what the machine has for the application, and answer what it has for us."""
        try:
            self.deliver()
        except BaseException as error:  # noqa: BLE001  # reported, and ends the connection (tls-22)
            self.transport.report("Fatal error: a protocol failed at what TLS delivered", error)
            self.failure = error
            self.transport.abort()
            return
        self.send()
        if self.transport.backlog:  # the machine had to read before it could write
            self.transport.drained()

    def deliver(self) -> None:
        """Hand data over until there is none or nobody wants it; at its end close (tls-13, 24)."""
        transport = self.transport
        while not transport.paused and not transport.closing:
            if isinstance(transport.protocol, asyncio.BufferedProtocol):
                is_any = self.fill_buffer(transport.protocol)
            else:
                is_any = self.hand_over()
            if not is_any:
                if self.machine.eof_read:
                    self.tell_eof()
                    transport.close()
                break

    def hand_over(self) -> bool:
        """Give the protocol all that there is; tell whether that was anything."""
        try:
            data = self.machine.read()
        except ssl.SSLError as error:
            self.fail(error)
            return False
        if data:
            self.tell_data(data)
        return bool(data)

    def tell_data(self, data: bytes) -> None:
        """Call data_received()."""
        self.transport.protocol.data_received(data)

    def tell_eof(self) -> None:
        """Call eof_received()."""
        self.transport.protocol.eof_received()

    def fill_buffer(self, protocol: asyncio.BufferedProtocol) -> bool:
        """Fill a protocol's own buffer; tell whether anything was there."""
        buffer = buffer_of(protocol)
        try:
            count = self.machine.read_into(buffer)
        except ssl.SSLError as error:
            self.fail(error)
            return False
        if count:
            protocol.buffer_updated(count)
        return count > 0

    def pause_below(self) -> None:
        """Take nothing more from the connection."""
        self.lower.pause_reading()

    def resume_below(self) -> None:
        """Go on taking; what lies in the machine comes first."""
        self.lower.resume_reading()
        self.loop.call_soon(self.advance)

    # What goes down.

    def pause_writing(self) -> None:
        """Let what is written wait in plain text (tls-25)."""
        self.blocked = True

    def resume_writing(self) -> None:
        """Go on where that stopped, also with saying goodbye (tls-18, 25)."""
        self.blocked = False
        self.transport.drained()
        if self.transport.closing:
            self.advance()

    # The end.

    def close(self) -> None:
        """Send what waits, then say goodbye; the time for it starts anew as long as anything moves (connect-20a)."""
        if self.machine.phase is Phase.HANDSHAKE:
            self.abort()
        elif not self.lower.is_closing():
            self.lower.resume_reading()  # the peer's goodbye has to be read
            self.set_timer(self.options.shutdown_timeout, self.shutdown_late, self.transport.get_write_buffer_size())
            self.say_goodbye()

    def say_goodbye(self) -> None:
        """Drop what arrives; once all is sent say goodbye, and close when the peer has said it too (tls-18 to 20)."""
        is_over = False
        try:
            if self.blocked or self.transport.backlog:
                self.machine.drop_incoming()
            else:
                is_over = self.machine.shut_down()
        except ssl.SSLError as error:
            self.fail(error)
            return
        self.send()
        if is_over:
            self.lower.close()

    def shutdown_late(self, waiting: int) -> None:
        """Give up on a peer that neither takes what waits nor says goodbye."""
        now = self.transport.get_write_buffer_size()
        if now < waiting:
            self.set_timer(self.options.shutdown_timeout, self.shutdown_late, now)
        else:
            self.transport.abort()

"""The place of TLS between a connection below and a transport above: what goes down, and how it ends."""

import asyncio
from collections.abc import Callable
from typing import Any, ClassVar

from .scheduler import Scheduler, Waiter
from .tls_machine import Phase, TLSMachine
from .tls_options import TLSOptions
from .tls_transport import TLSTransport


class TLSCore(asyncio.BufferedProtocol):
    """What the transport above and the work on what arrives both build on.

    Arguments:
        loop: the loop that it lives on.
        protocol: the application's.
        options: certificates, side, name and times.
        waiter: ends when the handshake does, also with its error.
        server: who counts the transport.
        is_new: whether the protocol is still to be told of its connection; not if TLS comes to one that stands.
    """

    machine_type: ClassVar[type[TLSMachine]] = TLSMachine
    transport_type: ClassVar[type[TLSTransport]] = TLSTransport

    def __init__(
        self, loop: Scheduler, protocol: asyncio.BaseProtocol, options: TLSOptions, waiter: Waiter, server: Any = None,
        is_new: bool = True
    ) -> None:  # fmt: skip
        self.loop = loop
        self.options = options
        self.waiter = waiter
        self.server = server
        self.machine = self.machine_type(options)
        self.lower: Any = None
        self.blocked = False  # while the connection below wants us to pause
        self.is_connected = not is_new  # what the application's protocol has been told
        self.failure: BaseException | None = None  # what connection_lost() will say
        self.timer: asyncio.TimerHandle | None = None
        self.transport = self.transport_type(self, protocol)
        if server is not None:
            server.attach(self.transport)

    # What goes down.

    def send(self) -> None:
        """Give the connection below what the machine has for it."""
        data = self.machine.take()
        if data:
            self.lower.write(data)

    def takes_more(self) -> bool:
        """Tell whether data may be encrypted now, as it would be sent at once."""
        return not self.blocked and self.machine.phase is Phase.OPEN

    def waiting_below(self) -> int:
        """Give the bytes that the connection below still holds."""
        return 0 if self.lower is None else int(self.lower.get_write_buffer_size())

    # The end.

    def fail(self, error: BaseException) -> None:
        """End a connection that is broken, but tell the peer why if that is possible at all (connect-54, 61)."""
        self.failure = error
        self.send()
        self.transport.closing = True
        self.transport.drop()
        self.set_timer(self.options.shutdown_timeout, self.lower.abort)
        self.lower.close()

    def abort(self) -> None:
        """End the connection at once."""
        if self.lower is not None:
            self.lower.abort()

    def is_closing_below(self) -> bool:
        """Tell whether the connection below is coming to its end."""
        return self.lower is not None and bool(self.lower.is_closing())

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell the waiter, the protocol and the server that it is over (tls-07a, 19, 21)."""
        self.stop_timer()
        error = self.failure or exc
        if self.failure is None and self.machine.phase in {Phase.SHUTDOWN, Phase.OVER}:
            error = None  # all that was written had been sent: nothing is lost that anyone asked for
        self.transport.closing = True
        self.transport.drop()
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_exception(error or ConnectionAbortedError("the connection was closed during the handshake"))
        try:
            if self.is_connected:
                self.tell_lost(error)
        finally:
            self.release()

    def release(self) -> None:
        """Leave the server, and let go of protocol and transport, which refer to each other and to us."""
        self.machine.phase = Phase.OVER
        self.transport.protocol = None
        self.transport.let_go_on()
        if self.server is not None:
            self.server.detach(self.transport)
        del self.transport

    def tell_lost(self, error: BaseException | None) -> None:
        """Call connection_lost()."""
        self.transport.protocol.connection_lost(error)

    # Helpers.

    def set_timer(self, seconds: float, callback: Callable[..., object], *args: Any) -> None:
        """Have `callback` called after a time, in place of what the timer was set to before."""
        self.stop_timer()
        self.timer = self.loop.call_later(seconds, callback, *args)

    def stop_timer(self) -> None:
        """Set the timer to nothing."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def describe(self, name: str, default: Any) -> Any:
        """Give what is known under a name, of TLS or of the connection below (tls-09, 10)."""
        try:
            return self.machine.describe(name)
        except KeyError:
            return default if self.lower is None else self.lower.get_extra_info(name, default)

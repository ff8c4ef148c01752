"""Transports that get abort() wrong: what is dropped, what is told."""

from __future__ import annotations

import errno
import threading
from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._streams import in_a_loop
from loopcert.reference.stream import StreamTransport


@fault(breaks="transport-29a")
@in_a_loop
class AbortSendsTheRest(StreamTransport):
    """What is left at abort() is still sent."""

    def abort(self) -> None:
        rest, sock = b"".join(self.buffer or ()), self.sock.dup()
        sock.setblocking(True)

        def send() -> None:
            with sock, suppress(OSError):
                sock.sendall(rest)

        threading.Thread(target=send, daemon=True).start()
        super().abort()


@fault(breaks="transport-80")
@in_a_loop
class KeepsTheCount(StreamTransport):
    """The dropped bytes are still counted as unsent."""

    def abort(self) -> None:
        count = self.unsent
        super().abort()
        self.unsent = count


@fault(breaks="transport-29b")
@in_a_loop
class AbortsLater(StreamTransport):
    """abort() takes effect two iterations later."""

    def abort(self) -> None:
        self.loop.call_soon(self.loop.call_soon, super().abort)


@fault(breaks="transport-29b")
@in_a_loop
class ReadsOnceMore(StreamTransport):
    """After abort() inside data_received() one more piece is delivered."""

    def read(self) -> None:
        super().read()
        if self.losing and not self.eof_seen:
            self.protocol.data_received(b"one more")


@fault(breaks="transport-30a")
@in_a_loop
class AbortIsAnError(StreamTransport):
    """connection_lost() gets ECANCELED after abort()."""

    def abort(self) -> None:
        self.end(OSError(errno.ECANCELED, "canceled"))


@fault(breaks="transport-30b")
@in_a_loop
class LostInside(StreamTransport):
    """close() and abort() call connection_lost() themselves."""

    def lose(self, error: BaseException | None) -> None:
        if not self.losing:
            self.losing = True
            self.finish(error)


@fault(breaks="transport-51", shows="hang")
@in_a_loop
class ClosingCannotBeAborted(StreamTransport):
    """abort() after close() does nothing."""

    def abort(self) -> None:
        if not self.closing:
            super().abort()


@fault(breaks="transport-52")
@in_a_loop
class DeadInsideConnectionLost(StreamTransport):
    """Any call inside connection_lost() is refused."""

    dead = False

    def finish(self, error: BaseException | None) -> None:
        self.dead = True
        super().finish(error)

    def refuse(self) -> None:
        if self.dead:
            raise RuntimeError("the transport is dead")

    def close(self) -> None:
        self.refuse()
        super().close()

    def abort(self) -> None:
        self.refuse()
        super().abort()

    def write(self, data: Any) -> None:
        self.refuse()
        super().write(data)


@fault(breaks="transport-53")
@in_a_loop
class AbortTouchesTheDead(StreamTransport):
    """abort() after the loss raises AttributeError."""

    def abort(self) -> None:
        if self.ended:
            raise AttributeError("'NoneType' object has no attribute 'call_soon'")
        super().abort()

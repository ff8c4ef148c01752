"""Loops that end datagram endpoints too early, too late, too often, or with the wrong words."""

from __future__ import annotations

import errno
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._datagrams import in_an_endpoint
from loopcert.reference.datagram import DatagramTransport


@fault(breaks="datagram-17", shows="hang")
@in_an_endpoint
class CloseDrops(DatagramTransport):
    """close() drops what waits."""

    def close(self) -> None:
        self.end(None)


@fault(breaks="datagram-17", shows="hang")
@in_an_endpoint
class SendsLater(DatagramTransport):
    """sendto() only puts a datagram aside, and close() does not look there."""

    def sendto(self, data: Any, addr: Any = None) -> None:
        self.loop.call_soon(super().sendto, data, addr)


@fault(breaks="datagram-37")
@in_an_endpoint
class CloseIsAnError(DatagramTransport):
    """connection_lost() is given ECANCELED after close()."""

    def tell_lost(self, error: BaseException | None) -> None:
        super().tell_lost(error or OSError(errno.ECANCELED, "canceled"))


@fault(breaks="datagram-37")
@in_an_endpoint
class LostBeforeSent(DatagramTransport):
    """connection_lost() is called at close(), although datagrams wait."""

    told = False

    def close(self) -> None:
        super().close()
        if not self.losing:
            self.loop.call_soon(self.tell_lost, None)

    def tell_lost(self, error: BaseException | None) -> None:
        if not self.told:
            self.told = True
            super().tell_lost(error)


@fault(breaks="datagram-16a", shows="hang")
@in_an_endpoint
class AbortIsClose(DatagramTransport):
    """abort() goes on until what waits has been sent."""

    def abort(self) -> None:
        self.close()


@fault(breaks="datagram-16b")
@in_an_endpoint
class AbortIsAnError(DatagramTransport):
    """connection_lost() is given ECONNABORTED after abort()."""

    def abort(self) -> None:
        self.end(ConnectionAbortedError(errno.ECONNABORTED, "aborted"))


@fault(breaks="datagram-74")
@in_an_endpoint
class LostAtOnce(DatagramTransport):
    """close() and abort() call connection_lost() themselves."""

    def lose(self, error: BaseException | None) -> None:
        if not self.losing:
            self.losing = True
            self.finish(error)


class ReadsOn(DatagramTransport):
    """Leaves its socket watched until the end, and the end late."""

    def begin_reading(self) -> None:
        """Keep the way to stop for later."""
        super().begin_reading()
        self.stops = False

    def stop_reading(self) -> None:
        """Not yet."""

    def lose(self, error: BaseException | None) -> None:
        """Take two turns."""
        if not self.losing:
            self.losing = True
            self.loop.call_soon(self.loop.call_soon, self.loop.call_soon, self.finish, error)

    def release(self) -> None:
        """Stop now."""
        super().stop_reading()
        super().release()


@fault(breaks="datagram-24")
@in_an_endpoint
class ReadsAfterClose(ReadsOn):
    """Datagrams are delivered until connection_lost(), after close() too."""


@fault(breaks="datagram-26")
@in_an_endpoint
class ReadsAfterAbort(ReadsOn):
    """Datagrams are delivered until connection_lost(), after abort() too."""


class StaleWatcher(DatagramTransport):
    """Still reads once if a poll has found it ready before it was ended."""

    def stop_reading(self) -> None:
        """In the next turn."""
        self.loop.call_soon(super().stop_reading)

    def release(self) -> None:
        """Now."""
        super().stop_reading()
        super().release()


@fault(breaks="datagram-24")
@in_an_endpoint
class StaleAfterClose(StaleWatcher):
    """An endpoint that another one closes in the same poll still receives once."""


@fault(breaks="datagram-26")
@in_an_endpoint
class StaleAfterAbort(StaleWatcher):
    """An endpoint that another one aborts in the same poll still receives once."""


@fault(breaks="datagram-21")
@in_an_endpoint
class LostTwice(DatagramTransport):
    """connection_lost() is called twice."""

    def tell_lost(self, error: BaseException | None) -> None:
        super().tell_lost(error)
        super().tell_lost(error)


@fault(breaks="datagram-21")
@in_an_endpoint
class ReadsFirst(DatagramTransport):
    """What is there already is delivered before connection_made()."""

    def begin(self, waiter: Any) -> None:
        self.read()
        super().begin(waiter)

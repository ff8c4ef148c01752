"""Loops whose servers wait for the wrong thing, or treat their connections wrongly."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.server import Server


@fault(breaks="server-54")
class WaitsForNothing(ReferenceLoop):
    """wait_closed() ends at once, whether or not the server is closed."""

    class Impatient(Server):
        """Does not wait."""

        async def wait_closed(self) -> None:
            return

    server_type = Impatient


@fault(breaks="server-54", shows="hang")
class NeverEnough(ReferenceLoop):
    """wait_closed() waits for a connection to end after close(), even if there is none."""

    class Longing(Server):
        """Wakes its waiters only from detach()."""

        def close(self) -> None:
            waiters, self.closed_waiters = self.closed_waiters, []
            super().close()
            self.closed_waiters = waiters

        async def wait_closed(self) -> None:
            waiter = self.loop.create_future()
            self.closed_waiters.append(waiter)
            await waiter

    server_type = Longing


@fault(breaks="server-35")
class ClosedIsClosed(ReferenceLoop):
    """wait_closed() of a closed server ends at once, and close() wakes those who wait."""

    class Older(Server):
        """Does as Python 3.11 did."""

        def close(self) -> None:
            clients, self.clients = self.clients, set()
            super().close()
            self.clients = clients

        async def wait_closed(self) -> None:
            if not self.closed:
                await super().wait_closed()

    server_type = Older


@fault(breaks="server-35")
class WaitsForTheFirst(ReferenceLoop):
    """The first connection that ends lets wait_closed() go on."""

    class Hasty(Server):
        """Cannot count."""

        def detach(self, transport: Any) -> None:
            clients, self.clients = self.clients - {transport}, set()
            self.check_all_gone()
            self.clients = clients

    server_type = Hasty


@fault(breaks="server-35")
class ClosingIsGone(ReferenceLoop):
    """A connection that is closing does not count any more."""

    class Early(Server):
        """Looks at is_closing()."""

        async def wait_closed(self) -> None:
            if self.closed and all(each.is_closing() for each in self.clients):
                return
            await super().wait_closed()

    server_type = Early


@fault(breaks="server-25")
class ClosesNobody(ReferenceLoop):
    """close_clients() does nothing."""

    class Polite(Server):
        """Waits for them to go."""

        def close_clients(self) -> None:
            return

    server_type = Polite


@fault(breaks="server-25")
class AbortsInstead(ReferenceLoop):
    """close_clients() aborts."""

    class Rude(Server):
        """Throws them out."""

        def close_clients(self) -> None:
            self.abort_clients()

    server_type = Rude


@fault(breaks="server-25")
class ClosesEverybody(ReferenceLoop):
    """close_clients() closes all transports of the loop."""

    class Sweeping(Server):
        """Knows no limits."""

        def close_clients(self) -> None:
            for each in list(self.loop.transports.values()):
                each.close()

    server_type = Sweeping


@fault(breaks="server-25")
class NeedsClients(ReferenceLoop):
    """close_clients() without clients is an error."""

    class Needy(Server):
        """Wants somebody to close."""

        def close_clients(self) -> None:
            if not self.clients:
                raise LookupError("there are no clients")
            super().close_clients()

    server_type = Needy


@fault(breaks="server-26", shows="hang")
class ClosesInstead(ReferenceLoop):
    """abort_clients() closes, so it waits for clients that do not read."""

    class Gentle(Server):
        """Lets them finish."""

        def abort_clients(self) -> None:
            self.close_clients()

    server_type = Gentle


@fault(breaks="server-26")
class AbortsWithAnError(ReferenceLoop):
    """abort_clients() ends connections with an exception, and without clients raises one."""

    class Angry(Server):
        """Blames somebody."""

        def abort_clients(self) -> None:
            if not self.clients:
                raise LookupError("there are no clients")
            for each in list(self.clients):
                each.end(ConnectionAbortedError("the server has had enough"))

    server_type = Angry


@fault(breaks="server-55")
class ClosesItselfToo(ReferenceLoop):
    """close_clients() and abort_clients() close the server as well."""

    class Tired(Server):
        """Uses the occasion."""

        def close_clients(self) -> None:
            self.close()
            super().close_clients()

        def abort_clients(self) -> None:
            self.close()
            super().abort_clients()

    server_type = Tired

"""Loops that share what each should have for itself, or wait for I/O by a mechanism that is not up to it."""

from __future__ import annotations

import selectors
import threading
from typing import Any, NoReturn

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="platform-11")
class OneAtATime(ReferenceLoop):
    """While one loop of the process runs no other can."""

    lock = threading.Lock()

    def run_forever(self) -> None:
        if not self.lock.acquire(blocking=False):
            raise RuntimeError("another loop is running")
        try:
            super().run_forever()
        finally:
            self.lock.release()


@fault(breaks="platform-11", shows="hang")
class OneLock(ReferenceLoop):
    """All loops of the process share a lock that is held while one of them polls."""

    lock = threading.Lock()

    def poll(self, timeout: float | None) -> Any:
        with self.lock:
            return super().poll(timeout)


@fault(breaks="platform-14")
class WaitsBySelect(ReferenceLoop):
    """The loop waits by select(), which knows descriptors up to 1023 only."""

    def __init__(self) -> None:
        super().__init__(selectors.SelectSelector())


@fault(breaks="platform-15", shows="hang")
class DeafWhileItWaits(ReferenceLoop):
    """A call from another thread ends no wait for I/O."""

    def wake(self) -> None: ...


@fault(breaks="platform-15")
class StreamsOnly(ReferenceLoop):
    """Datagrams are left out: nobody has written them for completion ports."""

    async def create_datagram_endpoint(self, *_args: Any, **_options: Any) -> NoReturn:
        raise NotImplementedError("no datagrams")

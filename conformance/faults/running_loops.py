"""Loops that get into each other's way, or are tied to the thread that made them."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, ClassVar
from weakref import WeakSet

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.handle import Handle

ONE_AT_A_TIME = threading.Lock()


@fault(breaks="running-35", shows="hang")
class RunsOneAtATime(ReferenceLoop):
    """A loop waits to run until no other loop of the process does."""

    def run_forever(self) -> None:
        self.check_not_running()
        with ONE_AT_A_TIME:
            super().run_forever()


class StopsInCompany(ReferenceLoop):
    """Stops all loops of the process together."""

    all_loops: ClassVar[WeakSet[StopsInCompany]] = WeakSet()

    def __init__(self) -> None:
        super().__init__()
        self.all_loops.add(self)

    def stop(self) -> None:
        for loop in list(self.all_loops):
            if not loop.closed:
                loop.stopping = True
                loop.wake()


@fault(breaks="running-35")
class StopsOtherThreads(StopsInCompany):
    """stop() reaches the loops of other threads."""


@fault(breaks="running-56")
class StopsOtherLoops(StopsInCompany):
    """stop() of one loop stops the next run of another."""


SHARED_QUEUE: deque[Handle] = deque()
SHARED_TIMERS: list[Any] = []


@fault(breaks="running-56")
class SharesItsQueue(ReferenceLoop):
    """All loops have one queue."""

    def __init__(self) -> None:
        super().__init__()
        self.ready = SHARED_QUEUE


@fault(breaks="running-56")
class SharesItsTimers(ReferenceLoop):
    """All loops have one list of timers."""

    def __init__(self) -> None:
        super().__init__()
        self.timers = SHARED_TIMERS


@fault(breaks="running-57")
class BelongsToItsThread(ReferenceLoop):
    """A loop refuses to run in another thread than the one that made it."""

    def __init__(self) -> None:
        super().__init__()
        self.maker = threading.get_ident()

    def run_forever(self) -> None:
        if threading.get_ident() != self.maker:
            raise RuntimeError("the loop was made in another thread")
        super().run_forever()

"""Loops that leave something of theirs behind in the process."""

from __future__ import annotations

import os
import signal
import threading

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


def in_main_thread() -> bool:
    """Whether signal handling may be touched here."""
    return threading.current_thread() is threading.main_thread()


@fault(breaks="running-27")
class LeavesItsWakeupOpen(ReferenceLoop):
    """close() closes the selector and forgets the sockets that wake it."""

    def close_descriptors(self) -> None:
        self.selector.close()


@fault(breaks="running-43", shows="hang")
class LeavesAThread(ReferenceLoop):
    """A thread that serves the loop is never told to end."""

    def __init__(self) -> None:
        super().__init__()
        threading.Thread(target=threading.Event().wait, daemon=True).start()


@fault(breaks="running-44")
class LeavesAZombie(ReferenceLoop):
    """A child process that served the loop is never waited for."""

    def close(self) -> None:
        if not self.closed and not os.fork():
            os._exit(0)
        super().close()


@fault(breaks="running-45")
class LeavesTheWakeupDescriptor(ReferenceLoop):
    """The wake-up descriptor of signals stays set after close()."""

    def __init__(self) -> None:
        super().__init__()
        if in_main_thread():
            signal.set_wakeup_fd(self.wakeup.sender.fileno())


@fault(breaks="running-45")
class ResetsSignalsAtClose(ReferenceLoop):
    """close() sets signals to their default handling, whatever the program had set."""

    def close(self) -> None:
        super().close()
        if in_main_thread():
            signal.signal(signal.SIGINT, signal.SIG_DFL)


@fault(breaks="running-46")
class CannotBeClosedInPeace(ReferenceLoop):
    """close() does its work and raises."""

    def close(self) -> None:
        first = not self.closed
        super().close()
        if first:
            raise LookupError("a resource was gone already")

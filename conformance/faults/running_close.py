"""Loops that close too early, too late, not at all or too often."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="running-19")
class NeverSaysThatItIsClosed(ReferenceLoop):
    """is_closed() is always False."""

    def is_closed(self) -> bool:
        return False


@fault(breaks="running-19", wide="asyncio drops what other threads complete for a closed loop")
class SaysClosedWhileItRuns(ReferenceLoop):
    """is_closed() is True for a loop that cannot be run at the moment."""

    def is_closed(self) -> bool:
        return super().is_closed() or self.is_running()


@fault(breaks="running-20")
class IgnoresCloseInARun(ReferenceLoop):
    """close() of a running loop does nothing, in place of refusing."""

    def close(self) -> None:
        if not self.is_running():
            super().close()


@fault(breaks="running-21")
class FlushesAtClose(ReferenceLoop):
    """close() runs what is pending, timers included."""

    def close(self) -> None:
        if not self.closed and not self.is_running():
            self.ready.extend(handle for _, _, handle in self.timers)
            self.timers.clear()
            self.run_ready()
        super().close()


@fault(breaks="running-23a", shows="hang")
class WaitsForThreadsAtClose(ReferenceLoop):
    """close() waits until the executor's threads have ended."""

    def close_executor(self) -> None:
        if self.default_executor is not None:
            self.default_executor.shutdown(wait=True)
        super().close_executor()


@fault(breaks="running-23b")
class LeavesTheExecutorOpen(ReferenceLoop):
    """close() lets go of the default executor without shutting it down."""

    def close_executor(self) -> None:
        self.executor_shut_down = True
        self.default_executor = None


@fault(breaks="running-24")
class RefusesToCloseAgain(ReferenceLoop):
    """close() of a closed loop raises."""

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("Event loop is closed")
        super().close()


@fault(breaks="running-24")
class ClosesDescriptorsAgain(ReferenceLoop):
    """Each close() closes the same descriptor numbers, whoever has them by now."""

    numbers: tuple[int, ...] = ()

    def close(self) -> None:
        for number in self.numbers:
            with suppress(OSError):
                os.close(number)
        if not self.closed:
            self.numbers = (self.wakeup.receiver.fileno(), self.wakeup.sender.fileno())
        super().close()


@fault(breaks="running-25")
class RunsAlthoughClosed(ReferenceLoop):
    """A closed loop runs, over nothing."""

    def run_forever(self) -> None:
        if not self.closed:
            super().run_forever()

    def run_until_complete(self, future: Any) -> Any:
        return future.result() if self.closed else super().run_until_complete(future)


@fault(breaks="running-26b")
class TakesWorkWhenClosed(ReferenceLoop):
    """A closed loop takes whatever is scheduled, and never does it."""

    def check_closed(self) -> None:
        """Let everybody pass."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        return self.create_future() if self.closed else super().run_in_executor(executor, func, *args)


@fault(breaks="running-42")
class GoesSilently(ReferenceLoop):
    """A loop that was not closed is collected without a word."""

    def __del__(self) -> None:
        if not self.closed:
            self.close()


@fault(breaks="running-55")
class KeepsItsQueues(ReferenceLoop):
    """close() leaves callbacks and timers where they are."""

    kept: Any = ()

    def close(self) -> None:
        if not self.closed:
            self.kept = (list(self.ready), list(self.timers))
        super().close()

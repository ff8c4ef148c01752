"""How the loop learns that a child has ended: each of these waits for one, and leaves it to its owner to reap.

That the owner alone reaps, in the thread of the loop, has a reason: until then the number of a dead child belongs to
nobody else, so that a signal sent meanwhile can't hit a stranger.
"""

import contextlib
import os
import subprocess
import threading
from collections.abc import Callable
from selectors import EVENT_READ

from .scheduler import Scheduler

Child = subprocess.Popen[bytes]


class PidfdWatch:
    """A descriptor of the child that can be read from once it has ended; Linux has such."""

    def __init__(self, loop: Scheduler, popen: Child, callback: Callable[[], object]) -> None:
        self.loop = loop
        self.file = open(os.pidfd_open(popen.pid), "rb", buffering=0)  # noqa: SIM115  # closed also if nobody cancels
        loop.watch(self.file, EVENT_READ, callback, ())

    def cancel(self) -> None:
        """Close the descriptor."""
        self.loop.unwatch(self.file, EVENT_READ)
        self.file.close()


class ThreadWatch:
    """A thread that waits for the child: everywhere, but one thread for each."""

    def __init__(self, loop: Scheduler, popen: Child, callback: Callable[[], object]) -> None:
        self.loop = loop
        self.popen = popen
        self.callback = callback
        self.thread = threading.Thread(target=self.run, name=f"loopcert-child-{popen.pid}", daemon=True)
        self.thread.start()

    def run(self) -> None:
        """Wait, and tell the loop."""
        if hasattr(os, "waitid"):
            with contextlib.suppress(ChildProcessError):  # its owner was faster
                os.waitid(os.P_PID, self.popen.pid, os.WEXITED | os.WNOWAIT)
        else:  # on some systems there is no waiting without reaping
            self.popen.wait()
        with contextlib.suppress(RuntimeError):  # the loop has been closed
            self.loop.call_soon_threadsafe(self.callback)

    def cancel(self) -> None:
        """See the thread to its end, which the child's end has brought."""
        self.thread.join()


EXIT_WATCHES = (PidfdWatch, ThreadWatch) if hasattr(os, "pidfd_open") else (ThreadWatch,)

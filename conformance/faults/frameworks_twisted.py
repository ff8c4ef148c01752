"""Loops on which Twisted goes wrong."""

from __future__ import annotations

import signal
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future
from loopcert.reference import Loop as ReferenceLoop


class NothingWritable(ReferenceLoop):
    """add_writer() refuses every descriptor."""

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        raise OSError("this descriptor cannot be watched for writing")


class ReadOnce(ReferenceLoop):
    """add_reader() refuses descriptors that were watched before."""

    def __init__(self) -> None:
        super().__init__()
        self.known: set[int] = set()

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        number = fd if isinstance(fd, int) else fd.fileno()
        if len(self.known) >= 1 and number not in self.known:
            raise OSError("no more descriptors can be watched for reading")
        self.known.add(number)
        super().add_reader(fd, callback, *args)


@fault(breaks="frameworks-30", wide="every timer of others is refused, too")
class WholeSeconds(ReferenceLoop):
    """call_at() takes whole seconds only."""

    def call_at(self, when: float, callback: Any, *args: Any, **options: Any) -> Any:
        if when != int(when):
            raise ValueError(f"{when} is no whole number of seconds")
        return super().call_at(when, callback, *args, **options)


@fault(breaks="frameworks-31")
class OneDescriptor(ReadOnce):
    """add_reader() takes one descriptor, so that Twisted can wake up and not listen."""


@fault(breaks="frameworks-32")
class NeverConnected(NothingWritable):
    """add_writer() refuses every descriptor, so that Twisted never learns of a connection."""


@fault(breaks="frameworks-33")
class OnlyThreads(ReadOnce):
    """add_reader() takes one descriptor, which is not the one by which Twisted's threads wake it."""

    def __init__(self) -> None:
        super().__init__()
        self.known.add(-1)


@fault(breaks="frameworks-34")
class HidesErrors(ReferenceLoop):
    """Errors of futures come out as RuntimeErrors."""

    class Hiding(Future[Any]):
        """Hides what went wrong."""

        def set_exception(self, exception: Any, /) -> None:
            super().set_exception(RuntimeError("something went wrong"))

    future_type = Hiding


@fault(breaks="frameworks-35")
class NoPorts(ReadOnce):
    """add_reader() takes one descriptor, so that Twisted can wake up and not read datagrams."""


@fault(breaks="frameworks-36")
class NoPipes(ReadOnce):
    """add_reader() takes one descriptor, so that Twisted hears nothing from its processes."""


@fault(breaks="frameworks-37")
class OwnsTheSignals(ReferenceLoop):
    """A loop that runs sets SIGCHLD back to what it was in the beginning."""

    def begin_run(self) -> None:
        super().begin_run()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)

"""Loops that get readers and writers wrong: when their callbacks are called, with what, and what replaces them."""

from __future__ import annotations

import heapq
import os
import socket
import stat
from functools import partial
from selectors import EVENT_WRITE
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


def number_of(fd: Any) -> int:
    """Give the descriptor of a number or an object."""
    return fd if isinstance(fd, int) else int(fd.fileno())


def kind_of(fd: Any) -> int:
    """Give the file type of a descriptor."""
    return stat.S_IFMT(os.fstat(number_of(fd)).st_mode)


@fault(breaks="fds-01a", shows="hang")
class ReaderNeverCalled(ReferenceLoop):
    """A reader is registered and never called."""

    def add_reader(self, fd: Any, _callback: Any, *_args: Any) -> None:
        super().add_reader(fd, int)


@fault(breaks="fds-01a")
class ReaderCalledForRoom(ReferenceLoop):
    """A reader is called whenever the descriptor can be written to."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        self.watch(fd, EVENT_WRITE, callback, args)

    def remove_reader(self, fd: Any) -> bool:
        return self.unwatch(fd, EVENT_WRITE)


@fault(breaks="fds-01a")
class ReaderCalledAtOnce(ReferenceLoop):
    """A reader is called in the next iteration, whether there are data or not."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        super().add_reader(fd, callback, *args)
        self.call_soon(callback, *args)


@fault(breaks="fds-01b", shows="hang")
class ReaderCalledOnce(ReferenceLoop):
    """A reader is called once for each registration."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        def once() -> None:
            super(ReaderCalledOnce, self).add_reader(fd, int)
            callback(*args)

        super().add_reader(fd, once)


@fault(breaks="fds-01b")
class ReadersEndWithTheRun(ReferenceLoop):
    """The end of a run turns readers into nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.callbacks: list[list[Any]] = []

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        entry = [callback]
        self.callbacks.append(entry)
        super().add_reader(fd, lambda: entry[0](*args))

    def end_run(self) -> None:
        super().end_run()
        for entry in self.callbacks:
            entry[0] = lambda *_args: self.stop()


@fault(breaks="fds-01b", shows="hang")
class ReaderEndsWithFalse(ReferenceLoop):
    """A reader whose callback returns False is removed, as in GLib."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        def call() -> None:
            if callback(*args) is False:
                self.remove_reader(fd)

        super().add_reader(fd, call)


@fault(breaks="fds-02")
class ReaderLosesArguments(ReferenceLoop):
    """A reader gets no more than one argument, and a copy of it."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        copies = [list(each) if isinstance(each, list) else each for each in args]
        super().add_reader(fd, callback, *(copies[:1] or [None]))


@fault(breaks="fds-02")
class ArgumentsOfTheLastReader(ReferenceLoop):
    """All readers get the arguments of the one added last."""

    arguments: tuple[Any, ...] = ()

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        self.arguments = args
        super().add_reader(fd, lambda: callback(*self.arguments))


@fault(breaks="fds-02")
class ReaderKeepsOldArguments(ReferenceLoop):
    """A reader that replaces another gets the arguments of that one."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        key = self.selector.get_map().get(fd)
        old = key.data[0] if key is not None else None
        super().add_reader(fd, callback, *(args if old is None else old.args))


@fault(breaks="fds-16")
class WriterLosesArguments(ReferenceLoop):
    """A writer gets no more than one argument, and a copy of it."""

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        copies = [list(each) if isinstance(each, list) else each for each in args]
        super().add_writer(fd, callback, *(copies[:1] or [None]))


@fault(breaks="fds-16")
class WriterKeepsOldArguments(ReferenceLoop):
    """A writer that replaces another gets the arguments of that one."""

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        key = self.selector.get_map().get(fd)
        old = key.data[1] if key is not None else None
        super().add_writer(fd, callback, *(args if old is None else old.args))


@fault(breaks="fds-06a", shows="hang")
class WriterNeverCalled(ReferenceLoop):
    """A writer is registered and never called."""

    def add_writer(self, fd: Any, _callback: Any, *_args: Any) -> None:
        super().add_writer(fd, int)


@fault(breaks="fds-06a")
class WriterCalledAtOnce(ReferenceLoop):
    """A writer is called in the next iteration, whether there is room or not."""

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        super().add_writer(fd, callback, *args)
        self.call_soon(callback, *args)


@fault(breaks="fds-06b", shows="hang")
class WriterCalledOnce(ReferenceLoop):
    """A writer is called once for each registration."""

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        def once() -> None:
            super(WriterCalledOnce, self).add_writer(fd, int)
            callback(*args)

        super().add_writer(fd, once)


@fault(breaks="fds-06b", shows="hang")
class WriterEndsWithFalse(ReferenceLoop):
    """A writer whose callback returns False is removed, as in GLib."""

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        def call() -> None:
            if callback(*args) is False:
                self.remove_writer(fd)

        super().add_writer(fd, call)


@fault(breaks="fds-03")
class BothReadersAreCalled(ReferenceLoop):
    """A second reader of a descriptor joins the first."""

    def __init__(self) -> None:
        super().__init__()
        self.joined: dict[int, list[Any]] = {}

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        calls = self.joined.setdefault(number_of(fd), [])
        calls.append(partial(callback, *args))
        super().add_reader(fd, lambda: [call() for call in list(calls)])

    def remove_reader(self, fd: Any) -> bool:
        self.joined.pop(number_of(fd), None)
        return super().remove_reader(fd)


@fault(breaks="fds-07")
class BothWritersAreCalled(ReferenceLoop):
    """A second writer of a descriptor joins the first."""

    def __init__(self) -> None:
        super().__init__()
        self.joined: dict[int, list[Any]] = {}

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        calls = self.joined.setdefault(number_of(fd), [])
        calls.append(partial(callback, *args))
        super().add_writer(fd, lambda: [call() for call in list(calls)])

    def remove_writer(self, fd: Any) -> bool:
        self.joined.pop(number_of(fd), None)
        return super().remove_writer(fd)


@fault(breaks="fds-19")
class UnwrapsPartials(ReferenceLoop):
    """A partial is taken apart for its function and arguments, and its keywords are lost."""

    def watch(self, fd: Any, event: int, callback: Any, args: tuple[Any, ...]) -> Any:
        if isinstance(callback, partial):
            callback, args = callback.func, (*callback.args, *args)
        return super().watch(fd, event, callback, args)


@fault(breaks="fds-20")
class CallsInsideTheRegistration(ReferenceLoop):
    """A callback is called by the very registration as well."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        super().add_reader(fd, callback, *args)
        callback(*args)

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        super().add_writer(fd, callback, *args)
        callback(*args)


@fault(breaks="fds-10a")
class NoDatagramSockets(ReferenceLoop):
    """Only stream sockets are watched."""

    def watch(self, fd: Any, event: int, callback: Any, args: tuple[Any, ...]) -> Any:
        if kind_of(fd) == stat.S_IFSOCK:
            with socket.socket(fileno=os.dup(number_of(fd))) as sock:
                if sock.type != socket.SOCK_STREAM:
                    raise ValueError("only stream sockets can be watched")
        return super().watch(fd, event, callback, args)


@fault(breaks="fds-10b")
class NoPipes(ReferenceLoop):
    """Only sockets are watched, as on Windows."""

    def watch(self, fd: Any, event: int, callback: Any, args: tuple[Any, ...]) -> Any:
        if kind_of(fd) != stat.S_IFSOCK:
            raise ValueError("only sockets can be watched")
        return super().watch(fd, event, callback, args)


@fault(breaks="fds-22", shows="hang")
class PollsWhenIdle(ReferenceLoop):
    """Descriptors are looked at only when no callback is ready."""

    def process_events(self, events: Any) -> None:
        if not self.ready:
            super().process_events(events)


@fault(breaks="fds-22", shows="hang")
class DrainsTimers(ReferenceLoop):
    """An iteration runs timers until none is due."""

    def run_once(self) -> None:
        super().run_once()
        while self.timers and self.timers[0][0] <= self.time() and not self.stopping:
            self.run_handle(heapq.heappop(self.timers)[2])

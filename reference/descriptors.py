"""What the loop waits on: a selector full of descriptors, one of which exists to wake it up."""

import contextlib
import selectors
import weakref
from collections import deque
from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from .handle import Call, Handle, Ts
from .reports import Reports
from .wakeup import Wakeup

Events = list[tuple[selectors.SelectorKey, int]]

LONGEST_WAIT = 24 * 3600.0  # seconds; some pollers refuse more, and waking once a day costs nothing (timers-12)


FileDescriptorLike = Any  # a descriptor, or an object with a fileno()


class Descriptors(Reports):
    """The part of a loop that polls, serves watchers and can be woken from elsewhere."""

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        super().__init__()
        self.closed = False
        self.ready: deque[Handle] = deque()  # its append() is atomic: threads and signal handlers use it
        self.selector = selectors.DefaultSelector() if selector is None else selector
        self.wakeup = Wakeup()
        self.selector.register(self.wakeup.receiver, EVENT_READ)
        self.watched = 0  # what makes each iteration poll, even with work at hand: descriptors besides the wake-up's
        self.transports: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()  # by descriptor

    def check_closed(self) -> None:
        """Refuse to work for a loop that is closed (running-25, 26b)."""
        if self.closed:
            raise RuntimeError("Event loop is closed")

    def close_descriptors(self) -> None:
        """Give all descriptors back (running-27).

        Nothing is unregistered first: in a forked child that would reach into the poller shared with the parent.
        """
        self.selector.close()
        self.wakeup.close()

    # One poll.

    def poll(self, timeout: float | None) -> Events:
        """Wait up to `timeout` seconds (None: for ever) and give the descriptors that are ready."""
        return self.selector.select(timeout)

    def process_events(self, events: Events) -> None:
        """Put the callbacks of ready descriptors in the queue."""
        for key, mask in events:
            if key.data is None:
                self.woken(self.wakeup.drain())
                continue
            reader, writer = key.data
            if reader is not None and mask & EVENT_READ:
                self.ready.append(reader)
            if writer is not None and mask & EVENT_WRITE:
                self.ready.append(writer)

    def wake(self) -> None:
        """End a poll that is under way or about to begin; safe from any thread and from signal handlers."""
        self.wakeup.send()

    def woken(self, data: bytes) -> None:
        """Look at the bytes that woke the loop: zeros, and the numbers of signals that arrived."""

    # Watchers.

    def add_reader(self, fd: FileDescriptorLike, callback: Call[*Ts], *args: *Ts) -> None:
        """Call `callback(*args)` whenever `fd` can be read from (fds-01a to 03, 09 to 10b)."""
        self.check_no_transport(fd)
        self.watch(fd, EVENT_READ, callback, args)

    def add_writer(self, fd: FileDescriptorLike, callback: Call[*Ts], *args: *Ts) -> None:
        """Call `callback(*args)` whenever `fd` can be written to (fds-06a to 07, 16)."""
        self.check_no_transport(fd)
        self.watch(fd, EVENT_WRITE, callback, args)

    def remove_reader(self, fd: FileDescriptorLike) -> bool:
        """Stop watching `fd` for reading; tell whether it was watched (fds-04, 05, 17)."""
        self.check_no_transport(fd)
        return self.unwatch(fd, EVENT_READ)

    def remove_writer(self, fd: FileDescriptorLike) -> bool:
        """Stop watching `fd` for writing; tell whether it was watched (fds-08a, 08b, 17)."""
        self.check_no_transport(fd)
        return self.unwatch(fd, EVENT_WRITE)

    def check_no_transport(self, fd: FileDescriptorLike) -> None:
        """Refuse to meddle with the descriptor of a transport (fds-18)."""
        if not self.transports:
            return
        number = fd if isinstance(fd, int) else fd.fileno()
        transport = self.transports.get(number)
        if transport is not None and not transport.is_closing():
            raise RuntimeError(f"File descriptor {fd!r} is used by transport {transport!r}")

    def watch(self, fd: FileDescriptorLike, event: int, callback: Callable[..., Any], args: tuple[Any, ...]) -> Handle:
        """Have `callback` serve one direction of `fd`, in place of whatever did."""
        self.check_closed()
        if self.debug:
            self.check_callback(callback, "add_reader" if event == EVENT_READ else "add_writer")
        handle = Handle(callback, args, self, None)
        self.exchange(fd, event, handle)
        return handle

    def unwatch(self, fd: FileDescriptorLike, event: int) -> bool:
        """Stop serving one direction of `fd`; a callback already queued will not run (fds-15)."""
        if self.closed or fd not in self.selector.get_map():
            return False
        with contextlib.suppress(OSError):  # closed while it was watched: its other direction ends, too
            return self.exchange(fd, event, None)
        return True

    def exchange(self, fd: FileDescriptorLike, event: int, handle: Handle | None) -> bool:
        """Put `handle`, or nobody, in the place of whatever served one direction of `fd`; tell whether anything did.

        Somebody may have closed the descriptor while it was watched, and the number may be another file's now. A poller
        forgets closed files without a word: so what changes is registered anew.
        """
        watchers: list[Handle | None] = [None, None]
        events = 0
        if fd in self.selector.get_map():
            key = self.selector.unregister(fd)
            watchers, events = key.data, key.events
            self.watched -= 1
        side = event == EVENT_WRITE
        old, watchers[side] = watchers[side], handle
        if old is not None:
            old.cancel()
        events = events & ~event if handle is None else events | event
        if events:
            self.selector.register(fd, events, watchers)
            self.watched += 1
        return old is not None

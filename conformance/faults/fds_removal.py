"""Loops that get the removal of readers and writers wrong, their independence, or descriptors used again."""

from __future__ import annotations

from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="fds-04")
class RemoveReaderSaysNothing(ReferenceLoop):
    """remove_reader returns None."""

    def remove_reader(self, fd: Any) -> Any:
        super().remove_reader(fd)


@fault(breaks="fds-05")
class RemoveReaderAlwaysTrue(ReferenceLoop):
    """remove_reader returns True whatever there was."""

    def remove_reader(self, fd: Any) -> bool:
        super().remove_reader(fd)
        return True


@fault(breaks="fds-05")
class RemoveReaderRaises(ReferenceLoop):
    """remove_reader raises KeyError where no reader is registered."""

    def remove_reader(self, fd: Any) -> bool:
        if not super().remove_reader(fd):
            raise KeyError(fd)
        return True


@fault(breaks="fds-08a")
class RemoveWriterSaysNothing(ReferenceLoop):
    """remove_writer returns None."""

    def remove_writer(self, fd: Any) -> Any:
        super().remove_writer(fd)


@fault(breaks="fds-08b")
class RemoveWriterAlwaysTrue(ReferenceLoop):
    """remove_writer returns True whatever there was."""

    def remove_writer(self, fd: Any) -> bool:
        super().remove_writer(fd)
        return True


@fault(breaks="fds-09")
class NumbersOnly(ReferenceLoop):
    """Only numbers are taken for descriptors."""

    def watch(self, fd: Any, event: int, callback: Any, args: tuple[Any, ...]) -> Any:
        if not isinstance(fd, int):
            raise TypeError("a descriptor is a number")
        return super().watch(fd, event, callback, args)


@fault(breaks="fds-09")
class ObjectsOnly(ReferenceLoop):
    """Numbers are not taken for descriptors."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        if isinstance(fd, int):
            raise TypeError("a descriptor is an object")
        super().add_reader(fd, callback, *args)

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        if isinstance(fd, int):
            raise TypeError("a descriptor is an object")
        super().add_writer(fd, callback, *args)


@fault(breaks="fds-09")
class RemembersTheObject(ReferenceLoop):
    """What was added by one form is not found by the other."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[int, type] = {}

    def watch(self, fd: Any, event: int, callback: Any, args: tuple[Any, ...]) -> Any:
        self.forms[fd if isinstance(fd, int) else fd.fileno()] = type(fd)
        return super().watch(fd, event, callback, args)

    def unwatch(self, fd: Any, event: int) -> bool:
        form: Any = self.forms.get(fd if isinstance(fd, int) else fd.fileno())
        return form is type(fd) and super().unwatch(fd, event)


@fault(breaks="fds-09")
class SocketsAndNumbersOnly(ReferenceLoop):
    """An object counts for a descriptor only if it is a socket."""

    def watch(self, fd: Any, event: int, callback: Any, args: tuple[Any, ...]) -> Any:
        if not isinstance(fd, int) and not hasattr(fd, "recv"):
            raise TypeError("neither a socket nor a number")
        return super().watch(fd, event, callback, args)


@fault(breaks="fds-17")
class RemovedButCalled(ReferenceLoop):
    """A callback is called once more after its removal."""

    def unwatch(self, fd: Any, event: int) -> bool:
        key = self.selector.get_map().get(fd)
        handle = key.data[event == EVENT_WRITE] if key and key.data else None
        callback, args = (handle.callback, handle.args) if handle else (None, ())
        removed = super().unwatch(fd, event)
        if callback and args is not None:
            self.call_soon(callback, *args)
        return removed


@fault(breaks="fds-14", shows="hang")
class RemovesBoth(ReferenceLoop):
    """Removing one of reader and writer removes the other with it."""

    def remove_reader(self, fd: Any) -> bool:
        self.unwatch(fd, EVENT_WRITE)
        return super().remove_reader(fd)

    def remove_writer(self, fd: Any) -> bool:
        self.unwatch(fd, EVENT_READ)
        return super().remove_writer(fd)


@fault(breaks="fds-14", shows="hang")
class RemovesWhatIsThere(ReferenceLoop):
    """remove_writer() where there is only a reader removes that one, and the other way round."""

    def remove_reader(self, fd: Any) -> bool:
        return super().remove_reader(fd) or (self.unwatch(fd, EVENT_WRITE) and False)

    def remove_writer(self, fd: Any) -> bool:
        return super().remove_writer(fd) or (self.unwatch(fd, EVENT_READ) and False)


@fault(breaks="fds-14", shows="hang")
class OneOfTheTwo(ReferenceLoop):
    """A descriptor has a reader or a writer, whichever was added last."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        self.unwatch(fd, EVENT_WRITE)
        super().add_reader(fd, callback, *args)

    def add_writer(self, fd: Any, callback: Any, *args: Any) -> None:
        self.unwatch(fd, EVENT_READ)
        super().add_writer(fd, callback, *args)


@fault(breaks="fds-14", shows="hang")
class OnlyTheReaderIsCalled(ReferenceLoop):
    """A descriptor that has both has only its reader called."""

    def process_events(self, events: Any) -> None:
        super().process_events(
            [(key, EVENT_READ if key.data and None not in key.data else mask) for key, mask in events]
        )


@fault(breaks="fds-15")
class QueuedCallbacksRun(ReferenceLoop):
    """A callback that is in the queue already runs although it was removed since."""

    def process_events(self, events: Any) -> None:
        before = len(self.ready)
        super().process_events(events)
        queued: list[Any] = list(self.ready)[before:]
        for handle in queued:
            self.ready.remove(handle)
            self.call_soon(handle.callback, *handle.args)


@fault(breaks="fds-21", shows="hang")
class RemovedForGood(ReferenceLoop):
    """A descriptor that was removed once is never served again."""

    def __init__(self) -> None:
        super().__init__()
        self.removed: set[int] = set()

    def unwatch(self, fd: Any, event: int) -> bool:
        if super().unwatch(fd, event):
            self.removed.add(fd if isinstance(fd, int) else fd.fileno())
            return True
        return False

    def process_events(self, events: Any) -> None:
        super().process_events([each for each in events if each[0].data is None or each[0].fd not in self.removed])


@fault(breaks="fds-18")
class TransportsShareDescriptors(ReferenceLoop):
    """Whoever wants may watch the descriptor of a transport."""

    def check_no_transport(self, fd: Any) -> None:
        """Refuse nobody."""

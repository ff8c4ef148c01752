"""The wake-up: how other threads and signals end a poll."""

import contextlib
import os
import signal
import socket
import sysconfig
import threading


class Wakeup:
    """A pair of sockets: a byte sent into one makes the poll that watches the other return."""

    # One byte is as good as many, so a sender that knows of one on its way sends none. Without a GIL the order of the
    # two memory accesses behind that reasoning is not guaranteed, and every sender sends.
    merges = not sysconfig.get_config_var("Py_GIL_DISABLED")

    def __init__(self) -> None:
        self.receiver, self.sender = socket.socketpair()
        self.receiver.setblocking(False)
        self.sender.setblocking(False)
        self.sent = False
        self.previous_fd: int | None = None

    def send(self) -> None:
        """Make the poll return."""
        if self.sent:
            return
        try:
            self.sent = self.merges
            self.sender.send(b"\0")
        except OSError:
            pass  # full of bytes that will wake the loop as well, or closed meanwhile by the thread of the loop
        except BaseException:
            self.sent = False  # raised by a signal handler, before the byte for all we know
            raise

    def drain(self) -> bytes:
        """Take the bytes out; were there too many for once, the next poll says so again.

        `sent` falls after that and before the loop looks at its queue: whoever was told that a byte is on its way has
        queued before, and whoever comes later sends a new one.
        """
        data = b""
        with contextlib.suppress(BlockingIOError):
            data = self.receiver.recv(4096)
        self.sent = False
        if self.previous_fd is not None and self.previous_fd >= 0:
            self.pass_on(self.previous_fd, data)
        return data

    def pass_on(self, fd: int, data: bytes) -> None:
        """Tell of signals whoever was told before this run began (frameworks-37)."""
        with contextlib.suppress(OSError):  # full of bytes, or closed
            os.write(fd, data.replace(b"\0", b""))

    def close(self) -> None:
        """Give both sockets back."""
        self.receiver.close()
        self.sender.close()

    # A signal that a Python handler waits for must end the poll too, or the handler's call_soon() would go unseen.

    def watch_signals(self) -> None:
        """Have the interpreter send a byte at every signal; only the main thread can, others leave it."""
        if threading.get_ident() != threading.main_thread().ident:
            return
        try:
            self.previous_fd = signal.set_wakeup_fd(self.sender.fileno(), warn_on_full_buffer=False)
        except ValueError:
            return  # the main thread of a subinterpreter, which receives no signals
        signalled.add(self.sender.fileno())

    def unwatch_signals(self) -> None:
        """Put back what was there before; what others installed in the meantime stays."""
        if self.previous_fd is None:
            return
        own = self.sender.fileno()
        signalled.discard(own)
        current = signal.set_wakeup_fd(self.previous_fd)
        if current != own:
            signal.set_wakeup_fd(current)
        if self.previous_fd >= 0:
            self.drain()  # which passes on the signals that came last
        self.previous_fd = None


signalled: set[int] = set()  # the descriptors that signals are written to on behalf of running loops


def forget_signals() -> None:
    """Keep a forked child from waking its parent's loop at its own signals."""
    current = signal.set_wakeup_fd(-1)
    if current not in signalled:
        signal.set_wakeup_fd(current)
    signalled.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget_signals)

"""The files of Unix sockets: made by bind(), and left behind unless somebody removes them."""

import contextlib
import os
import socket
import stat
from dataclasses import dataclass
from typing import Any


def is_unix(family: int) -> bool:
    """Tell whether addresses of `family` are paths."""
    return family == getattr(socket, "AF_UNIX", None)


def is_abstract(path: str | bytes) -> bool:
    """Tell whether `path` is a Linux name without a file, or no name at all."""
    return path[:1] in ("", b"", "\0", b"\0")


def remove_stale(path: Any) -> None:
    """Remove the file of a socket whose owner is gone; other files stay, and bind() complains (unix-27, 28, 31)."""
    name = os.fspath(path)
    if is_abstract(name):
        return
    with contextlib.suppress(OSError):
        if stat.S_ISSOCK(os.stat(name).st_mode):
            os.remove(name)


@dataclass(frozen=True, slots=True)
class SocketFile:
    """The file that a bound socket made, told from one that replaced it by more than its name."""

    path: str | bytes
    identity: tuple[int, int, int]

    @classmethod
    def of(cls, sock: socket.socket) -> "SocketFile | None":
        """Give the file of `sock`, or None for abstract names and files that are gone."""
        path = sock.getsockname()
        with contextlib.suppress(FileNotFoundError):
            if not is_abstract(path):
                return cls(path, identity_of(path))
        return None

    def remove(self) -> None:
        """Remove the file, unless it is gone or another's, or its folder no longer ours (unix-22 to 26)."""
        with contextlib.suppress(OSError):
            if identity_of(self.path) == self.identity:
                os.unlink(self.path)


def identity_of(path: str | bytes) -> tuple[int, int, int]:
    """Give what tells one file from another; inode numbers come again, so the time of making belongs to it."""
    status = os.stat(path)
    return status.st_dev, status.st_ino, status.st_mtime_ns

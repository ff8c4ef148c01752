"""What the operating system can tell of the processes of a run, and making sure that none of them survives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    from loopcert.runners import job_objects

MARK = "LOOPCERT_RUN"
"""Environment variable that every process of a run inherits: it finds those that left the process group."""

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_PROC = Path("/proc")
_WATCHED = sys.platform != "win32" and _PROC.is_dir()
"""Whether /proc tells of our processes: under Wine there is one, but it is the host's."""


def start(command: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own, with everything that it prints going to ``log``.

    On Windows it gets a process group, so that Ctrl-C is the runner's alone, and a job object that holds its children.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    if sys.platform == "win32":
        try:
            job_objects.enclose(process)
        except OSError:
            process.kill()
            raise
    return process


def alive(pid: int) -> bool:
    """Say whether the process still runs; a zombie does not. Windows is not asked: pytest tells of lost workers."""
    if not _WATCHED:
        return _answers(pid)
    try:
        stat = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return not stat.rpartition(")")[2].split()[0].startswith(("Z", "X"))


def _answers(pid: int) -> bool:
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def resident(pid: int) -> int:
    """Return the bytes of memory that the process holds; 0 where the system does not tell."""
    if not _WATCHED:
        return 0
    try:
        return int((_PROC / str(pid) / "statm").read_text().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0


def kill(pid: int) -> None:
    """End one process at once; one that is gone already is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)


def clear(process: subprocess.Popen[bytes], mark: str) -> None:
    """End the process, its whole group, and whoever left the group and still carries ``mark``; reap the process."""
    if sys.platform == "win32":
        job_objects.end(process)
    else:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # one that was forking while we looked shows up in the second round
    for _ in range(2):
        for pid in strays(mark):
            kill(pid)


def strays(mark: str, variable: str = MARK) -> Iterator[int]:
    """Yield the processes whose environment carries ``mark`` in ``variable``, where the system lets us look."""
    if not _WATCHED:
        return
    wanted = f"{variable}={mark}".encode()
    for folder in _PROC.glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0") and alive(int(folder.name)):
                yield int(folder.name)

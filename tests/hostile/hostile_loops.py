"""Loops that attack the process they run in, each asyncio's own but for one misdeed in one test.

HOSTILE_TEST in the environment names that test; everywhere else they behave.
"""

import asyncio
import ctypes
import faulthandler
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

MARKER = "987654.25"
"""What left-behind children sleep for, in seconds: it finds them again."""


def triggered() -> bool:
    """Say whether the test that is running is the one to misbehave in."""
    running = os.environ.get("PYTEST_CURRENT_TEST", "")
    return os.environ["HOSTILE_TEST"].partition("::")[2] in running and "(call)" in running


class Hostile(asyncio.SelectorEventLoop):
    """Misbehaves once in its life, when its clock is read in the test in question."""

    armed = True

    def time(self) -> float:
        if self.armed and triggered():
            self.armed = False
            self.misbehave()
        return super().time()

    def misbehave(self) -> None:
        """Do the one thing."""


class Segfault(Hostile):
    def misbehave(self) -> None:
        ctypes.string_at(0)


class SilentSegfault(Hostile):
    """Dies without a word: the harness's own fault handler is off."""

    def misbehave(self) -> None:
        faulthandler.disable()
        ctypes.string_at(0)


class Abort(Hostile):
    def misbehave(self) -> None:
        os.abort()


class Exit(Hostile):
    def misbehave(self) -> None:
        os._exit(0)


class PythonHang(Hostile):
    def misbehave(self) -> None:
        while True:
            pass


class NativeHang(Hostile):
    """Sleeps in C with the GIL held."""

    def misbehave(self) -> None:
        ctypes.PyDLL(None).pause()


class Stopped(Hostile):
    def misbehave(self) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)


class ClosesDescriptors(Hostile):
    def misbehave(self) -> None:
        os.closerange(3, 4096)


class ClosesStandardDescriptors(Hostile):
    def misbehave(self) -> None:
        os.closerange(0, 3)


class Floods(Hostile):
    def misbehave(self) -> None:
        for descriptor in (1, 2):
            for _ in range(200):
                os.write(descriptor, b"noise " * 20_000)


class FloodsForever(Hostile):
    def misbehave(self) -> None:
        while True:
            try:
                os.write(2, b"noise " * 100_000)
            except OSError:
                continue


class Allocates(Hostile):
    def misbehave(self) -> None:
        hoard = []
        while True:
            hoard.append(b"x" * 2**24)


class LeavesThread(Hostile):
    def misbehave(self) -> None:
        threading.Thread(target=time.sleep, args=(float(MARKER),), daemon=False).start()


class LeavesChildren(Hostile):
    """One child in the process group, one in a session of its own."""

    def misbehave(self) -> None:
        for apart in (False, True):
            subprocess.Popen(["sleep", MARKER], start_new_session=apart)


class ChangesProcess(Hostile):
    def misbehave(self) -> None:
        os.chdir("/")
        os.environ.clear()
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        sys.setrecursionlimit(60)


class PatchesAsyncio(Hostile):
    def misbehave(self) -> None:
        def broken(*_: Any, **__: Any) -> Any:
            raise RuntimeError("asyncio was patched")

        for name in ("Future", "Event", "get_running_loop", "new_event_loop", "sleep", "gather", "set_event_loop"):
            setattr(asyncio, name, broken)
        asyncio.events.set_event_loop = broken
        asyncio.Handle._run = broken  # type: ignore[method-assign]


class ClosingRaises(Hostile):
    """Its close() raises what ends an interpreter."""

    error: type[BaseException] = SystemExit

    def close(self) -> None:
        super().close()
        if os.environ["HOSTILE_TEST"].partition("::")[2] in os.environ.get("PYTEST_CURRENT_TEST", ""):
            raise self.error("out of close()")


class ClosingInterrupts(ClosingRaises):
    error = KeyboardInterrupt

"""The leak check sees each kind of leftover, blames the requirement that forbids it, and forgives a clean loop."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from loopcert.conformance import leaks
from loopcert.spec import load_catalogue

pytestmark = pytest.mark.skipif(
    not os.path.isdir("/proc/self/fd"), reason="descriptors and children are counted in /proc"
)


@pytest.fixture
def cleanup() -> Iterator[list[Callable[[], object]]]:
    undo: list[Callable[[], object]] = []
    yield undo
    for each in undo:
        each()


def blamed(before: leaks.Snapshot) -> set[str]:
    return {leak.requirement for leak in before.leaks()}


def test_a_clean_loop_leaves_nothing() -> None:
    snapshot = leaks.Snapshot()
    loop = asyncio.new_event_loop()
    loop.run_until_complete(asyncio.sleep(0))
    assert list(leaks.closing(loop)) == []
    assert blamed(snapshot) == set()


def test_a_descriptor_is_found(cleanup: list[Callable[[], object]]) -> None:
    snapshot = leaks.Snapshot()
    descriptor = os.open(os.devnull, os.O_RDONLY)
    cleanup.append(lambda: os.close(descriptor))
    assert blamed(snapshot) == {leaks.DESCRIPTORS}


def test_a_thread_is_found(cleanup: list[Callable[[], object]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "GRACE", 0.01)
    snapshot = leaks.Snapshot()
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    cleanup += [done.set, thread.join]
    assert blamed(snapshot) == {leaks.THREADS}


def test_a_child_is_found(cleanup: list[Callable[[], object]]) -> None:
    snapshot = leaks.Snapshot()
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    cleanup += [child.kill, child.wait]
    assert blamed(snapshot) == {leaks.CHILDREN}


def test_a_signal_handler_and_a_wakeup_descriptor_are_found_and_put_back() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    snapshot = leaks.Snapshot()
    signal.signal(signal.SIGUSR1, lambda *_: None)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    found = blamed(snapshot)
    os.close(reader)
    os.close(writer)
    assert leaks.SIGNALS in found
    assert signal.getsignal(signal.SIGUSR1) == before
    assert signal.set_wakeup_fd(-1) == -1


def test_asyncgen_hooks_are_found_and_put_back() -> None:
    before = sys.get_asyncgen_hooks()
    snapshot = leaks.Snapshot()
    sys.set_asyncgen_hooks(firstiter=lambda _generator: None)
    assert blamed(snapshot) == {leaks.ASYNCGEN_HOOKS}
    assert sys.get_asyncgen_hooks() == before


class Bomb(asyncio.SelectorEventLoop):
    def close(self) -> None:
        super().close()
        raise SystemExit("out of close")


def test_what_close_raises_is_found() -> None:
    (leak,) = leaks.closing(Bomb())
    assert leak.requirement == leaks.CLOSE_RAISED
    assert "SystemExit: out of close" in leak.what


def test_every_requirement_that_a_leak_is_blamed_on_exists() -> None:
    for requirement in leaks.REQUIREMENTS:
        assert load_catalogue()[requirement].testable

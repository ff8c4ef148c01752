"""Which processes only wait for the watchdog, so that others may run beside them."""

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from loopcert.conformance.isolation import Waiters

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """A process that sleeps and one that spins, both past their start."""
    sleeps, spins = "import sys, time; print(flush=True); time.sleep(600)", "print(flush=True)\nwhile True: pass"
    started = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for code in (sleeps, spins)]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    yield started
    for process in started:
        process.kill()
        process.communicate()


def test_who_sleeps_waits_and_who_spins_does_not(processes: list[subprocess.Popen[bytes]]) -> None:
    sleeper, spinner = (process.pid for process in processes)
    waiters = Waiters()
    while not waiters.among([sleeper, spinner]):  # one look proves nothing
        time.sleep(0.05)
    assert waiters.among([sleeper]) == 1
    assert waiters.among([spinner]) == 0


def test_who_is_gone_does_not_wait(processes: list[subprocess.Popen[bytes]]) -> None:
    sleeper = processes[0]
    waiters = Waiters()
    while not waiters.among([sleeper.pid]):
        time.sleep(0.05)
    sleeper.kill()
    sleeper.wait()
    assert waiters.among([]) == 0
    while waiters.among([sleeper.pid]):
        time.sleep(0.05)

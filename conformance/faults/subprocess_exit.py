"""Loops that mistake the end of a child: its number, its code, signals, and who is told."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.subprocess import of_children
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.child import ChildTransport


@fault(breaks="subprocess-11")
@of_children
class GivesOurPid(ChildTransport):
    """get_pid() is our own process id."""

    def get_pid(self) -> int:
        return os.getpid()


@fault(breaks="subprocess-11")
@of_children
class ForgetsThePid(ChildTransport):
    """get_pid() is -1 after the exit."""

    def get_pid(self) -> int:
        return self.popen.pid if self.returncode is None else -1


@fault(breaks="subprocess-14a")
@of_children
class AllIsWell(ChildTransport):
    """Every exit code is 0."""

    def get_returncode(self) -> int | None:
        return None if self.returncode is None else 0


@fault(breaks="subprocess-14a")
@of_children
class ZeroIsNone(ChildTransport):
    """An exit code of 0 is None."""

    def get_returncode(self) -> int | None:
        return self.returncode or None


@fault(breaks="subprocess-14a")
@of_children
class ZeroBeforehand(ChildTransport):
    """The code of a child that runs is 0."""

    def get_returncode(self) -> int | None:
        return self.returncode or 0


@fault(breaks="subprocess-14a")
@of_children
class TakesStopsForExits(ChildTransport):
    """A child that was stopped has a code."""

    asleep = False

    def send_signal(self, signal: int) -> None:
        super().send_signal(signal)
        self.asleep = signal == STOP

    def get_returncode(self) -> int | None:
        return -STOP if self.asleep else self.returncode


STOP: int = getattr(signal, "SIGSTOP", 0)  # Windows has none, nor a test that sends it


@fault(breaks="subprocess-14b")
@of_children
class CodesAreNeverNegative(ChildTransport):
    """Death by signal N is 128 + N."""

    def get_returncode(self) -> int | None:
        return 128 - self.returncode if self.returncode and self.returncode < 0 else self.returncode


@fault(breaks="subprocess-14b")
@of_children
class ReadsShellCodes(ChildTransport):
    """A code above 128 is taken for a death by signal."""

    def get_returncode(self) -> int | None:
        return 128 - self.returncode if self.returncode and self.returncode > 128 else self.returncode


@fault(breaks="subprocess-15")
@of_children
class KillAborts(ChildTransport):
    """kill() sends SIGABRT."""

    def kill(self) -> None:
        self.send_signal(signal.SIGABRT)


@fault(breaks="subprocess-15", shows="hang")
@of_children
class KillAsks(ChildTransport):
    """kill() sends SIGTERM."""

    def kill(self) -> None:
        self.terminate()


@fault(breaks="subprocess-16")
@of_children
class TerminateKills(ChildTransport):
    """terminate() sends SIGKILL."""

    def terminate(self) -> None:
        self.kill()


@fault(breaks="subprocess-17")
@of_children
class KnowsOneSignal(ChildTransport):
    """send_signal() sends SIGTERM whatever it was asked for."""

    def send_signal(self, _signal: int) -> None:
        super().send_signal(signal.SIGTERM)


@fault(breaks="subprocess-17")
@of_children
class HitsTheWholeFamily(ChildTransport):
    """send_signal() reaches all children of the loop."""

    family: ClassVar[WeakKeyDictionary[ChildTransport, object]] = WeakKeyDictionary()

    def begin(self, waiter: Any) -> None:
        self.family[self] = self.loop
        super().begin(waiter)

    def send_signal(self, number: int) -> None:
        for each in [each for each, loop in self.family.items() if loop is self.loop]:
            each.popen.send_signal(number)


@fault(breaks="subprocess-18")
@of_children
class MindsLateSignals(ChildTransport):
    """A signal after the exit is a RuntimeError."""

    def refuse(self) -> None:
        """Raise if the child is gone."""
        if self.returncode is not None:
            raise RuntimeError("the child has exited")

    def send_signal(self, signal: int) -> None:
        self.refuse()
        super().send_signal(signal)

    def terminate(self) -> None:
        self.refuse()
        super().terminate()

    def kill(self) -> None:
        self.refuse()
        super().kill()


@fault(breaks="subprocess-22")
@of_children
class ExitsTwice(ChildTransport):
    """process_exited() is called twice."""

    def tell_exited(self) -> None:
        super().tell_exited()
        super().tell_exited()


@fault(breaks="subprocess-24")
@of_children
class KnowsTheCodeLater(ChildTransport):
    """get_returncode() is None inside process_exited()."""

    telling = False

    def tell_exited(self) -> None:
        self.telling = True
        super().tell_exited()
        self.telling = False

    def get_returncode(self) -> int | None:
        return None if self.telling else self.returncode


class Blind:
    """Waits for nothing."""

    def __init__(self, loop: Any, popen: Any, callback: Callable[[], object]) -> None: ...

    def cancel(self) -> None:
        """Have nothing to give back."""


@fault(breaks="subprocess-37", shows="hang")
@of_children
class NoticesNothing(ChildTransport):
    """No exit is ever noticed."""

    exit_watches = (Blind,)


class Sibling(ChildTransport):
    """A child that has the code of the first one."""

    def reap(self) -> int:
        """Reap this child and give the code of the first that was reaped."""
        code = super().reap()
        codes: list[int] = self.loop.codes  # type: ignore[attr-defined]  # see below
        codes.append(code)
        return codes[0]


@fault(breaks="subprocess-50")
class OneCodeForAll(ReferenceLoop):
    """All children have the code of the first that exited."""

    process_type = Sibling

    def __init__(self) -> None:
        super().__init__()
        self.codes: list[int] = []

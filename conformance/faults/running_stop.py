"""Loops that get stop() wrong: before the run, in its last batch, or after it."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.descriptors import Events


@fault(breaks="running-08a", shows="hang")
class ForgetsStopsBeforeTheRun(ReferenceLoop):
    """A run begins with no stop asked for, whatever was asked before."""

    def begin_run(self) -> None:
        self.stopping = False
        super().begin_run()


@fault(breaks="running-08b")
class StopsBeforeItBegins(ReferenceLoop):
    """With stop() called beforehand nothing runs at all."""

    def run_forever(self) -> None:
        if self.stopping and not self.is_running():
            self.stopping = False
            return
        super().run_forever()


@fault(breaks="running-09")
class DoesNotPollWhenStopped(ReferenceLoop):
    """With stop() called beforehand descriptors are not looked at."""

    def poll(self, timeout: float | None) -> Events:
        return [] if self.stopping else super().poll(timeout)


@fault(breaks="running-10")
class DropsTheRestOfTheBatch(ReferenceLoop):
    """stop() takes effect between two callbacks of a batch."""

    def run_ready(self) -> None:
        for _ in range(len(self.ready)):
            self.run_handle(self.ready.popleft())
            if self.stopping:
                break


class OneIterationMore(ReferenceLoop):
    """Serves another iteration when it was stopped, as uvloop does."""

    def run_once(self) -> None:
        before = self.stopping
        super().run_once()
        if self.stopping and not before:
            super().run_once()


@fault(breaks="running-11")
class RunsWhatTheLastBatchScheduled(OneIterationMore):
    """What the last batch scheduled still runs."""


@fault(breaks="running-15")
class PollsAfterAStop(OneIterationMore):
    """Descriptors and timers that become ready after a stop() are still served."""


@fault(breaks="running-12", wide="every test that schedules several things before its run")
class KeepsOnlyTheNewest(ReferenceLoop):
    """Of what was scheduled while the loop did not run, or was left over, only the newest callback runs."""

    def begin_run(self) -> None:
        while len(self.ready) > 1:
            self.ready.popleft()
        super().begin_run()


@fault(breaks="running-12")
class LeftoversComeLast(ReferenceLoop):
    """What was left over at a stop runs after what was scheduled later."""

    leftovers = 0

    def end_run(self) -> None:
        super().end_run()
        self.leftovers = len(self.ready)

    def begin_run(self) -> None:
        self.ready.rotate(-self.leftovers)
        super().begin_run()


@fault(breaks="running-14", raises="LookupError", wide="every error of a callback is one more")
class StopRaises(ReferenceLoop):
    """stop() unwinds its caller by an exception."""

    def stop(self) -> None:
        self.stopping = True
        raise LookupError("stop")


@fault(breaks="running-53", wide="a second stop() is part of many tests")
class CountsStops(ReferenceLoop):
    """Each stop() ends a run of its own."""

    stops = 0

    def stop(self) -> None:
        self.stops += 1
        super().stop()

    def end_run(self) -> None:
        super().end_run()
        self.stops = max(0, self.stops - 1)
        self.stopping = self.stops > 0


@fault(breaks="running-53", wide="the run after each run_until_complete ends early")
class StopsTwice(ReferenceLoop):
    """The end of run_until_complete leaves a stop behind."""

    def awaited_done(self, future: Any) -> None:
        super().awaited_done(future)
        self.call_soon(self.stop)


@fault(breaks="running-54")
class LosesTheBatch(ReferenceLoop):
    """An exception that leaves the run takes the rest of the batch along."""

    def run_ready(self) -> None:
        try:
            super().run_ready()
        except BaseException:
            self.ready.clear()
            raise


@fault(breaks="running-54")
class FatalErrorsStopTheNextRun(ReferenceLoop):
    """The done callback of a task that left a run by KeyboardInterrupt or SystemExit stops the next run."""

    def awaited_done(self, future: Any) -> None:
        self.stop()

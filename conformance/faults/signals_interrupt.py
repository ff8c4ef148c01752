"""Loops that get failing callbacks and SIGINT wrong."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="signals-14")
class LetsExceptionsOut(ReferenceLoop):
    """What the callback raises leaves the run."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        def called() -> None:
            try:
                callback(*args)
            except Exception as error:
                raise SystemExit from error

        super().add_signal_handler(sig, called)


@fault(breaks="signals-14")
class SwallowsExceptions(ReferenceLoop):
    """What the callback raises is told to nobody."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        def called() -> None:
            try:
                callback(*args)
            except Exception as error:  # noqa: BLE001 - swallowing it is the fault
                del error

        super().add_signal_handler(sig, called)


@fault(breaks="signals-14", shows="hang")
class RemovesWhatFailed(ReferenceLoop):
    """A callback that raised is removed."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        def called() -> None:
            try:
                callback(*args)
            except Exception:
                self.remove_signal_handler(sig)
                signal.signal(sig, signal.SIG_IGN)
                raise

        super().add_signal_handler(sig, called)


@fault(breaks="signals-24")
class StaysAlive(ReferenceLoop):
    """SystemExit and KeyboardInterrupt of the callback end the run as stop() does."""

    def add_signal_handler(self, sig: int, callback: Any, *args: Any) -> None:
        def called() -> None:
            try:
                callback(*args)
            except (SystemExit, KeyboardInterrupt):
                self.stop()

        super().add_signal_handler(sig, called)


class HidesInterrupts(ReferenceLoop):
    """Has a handler of its own for SIGINT while it runs."""

    def begin_run(self) -> None:
        super().begin_run()
        self.hidden = signal.signal(signal.SIGINT, self.hide)

    def hide(self, _number: int, _frame: FrameType | None) -> None:
        """Do what this loop does at a SIGINT."""

    def end_run(self) -> None:
        if signal.getsignal(signal.SIGINT) == self.hide:
            signal.signal(signal.SIGINT, self.hidden)
        super().end_run()


@fault(breaks="signals-25", shows="hang")
class IgnoresInterrupts(HidesInterrupts):
    """SIGINT is ignored while the loop runs."""


@fault(breaks="signals-25")
class StopsAtInterrupts(HidesInterrupts):
    """A SIGINT stops the loop, whatever handler the runner has set."""

    def hide(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()
        self.wake()


@fault(breaks="signals-26")
class StopsQuietly(HidesInterrupts):
    """A SIGINT that nobody handles stops the loop as stop() does."""

    def hide(self, _number: int, _frame: FrameType | None) -> None:
        self.stop()
        self.wake()


@fault(breaks="signals-26", shows="hang")
class DiesOfInterrupts(ReferenceLoop):
    """KeyboardInterrupt leaves the run, and the loop takes no further part."""

    def run_once(self) -> None:
        try:
            super().run_once()
        except KeyboardInterrupt:
            self.ready.clear()
            self.call_soon = lambda *_args, **_options: None  # type: ignore[assignment,method-assign]
            raise

"""Loops that mishandle the generator hooks of the thread, or generators that are collected half-used."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="asyncgens-04")
class SetsNoFinalizer(ReferenceLoop):
    """The loop hears of generators that begin, not of those that are collected."""

    def install_hooks(self) -> None:
        self.previous_hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self.generator_began)


@fault(breaks="asyncgens-04")
class SetsNoFirstIter(ReferenceLoop):
    """The loop hears of generators that are collected, not of those that begin."""

    def install_hooks(self) -> None:
        self.previous_hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(finalizer=self.generator_collected)


@fault(breaks="asyncgens-05")
class LeavesItsHooks(ReferenceLoop):
    """The hooks stay set when the run is over."""

    def remove_hooks(self) -> None:
        """Do nothing."""


@fault(breaks="asyncgens-05")
class ClearsTheHooks(ReferenceLoop):
    """After a run no hooks are set, whatever was set before."""

    def remove_hooks(self) -> None:
        sys.set_asyncgen_hooks(None, None)


@fault(breaks="asyncgens-06")
class IgnoresCollected(ReferenceLoop):
    """A generator that is collected half-used is never closed."""

    def generator_collected(self, generator: Any) -> None:
        self.open_generators.discard(generator)


@fault(breaks="asyncgens-06")
class ClosesByOneStep(ReferenceLoop):
    """A collected generator gets the first step of its aclose() and no more."""

    def generator_collected(self, generator: Any) -> None:
        self.open_generators.discard(generator)
        with suppress(StopIteration):
            generator.aclose().send(None)


@fault(breaks="asyncgens-07")
class HoldsGenerators(ReferenceLoop):
    """The loop keeps every generator that began."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[Any] = []

    def generator_began(self, generator: Any) -> None:
        self.held.append(generator)
        super().generator_began(generator)


@fault(breaks="asyncgens-11")
class IgnoresThoseBetweenRuns(ReferenceLoop):
    """A generator that is collected while the loop is stopped is never closed."""

    def generator_collected(self, generator: Any) -> None:
        if self.is_running():
            super().generator_collected(generator)


@fault(breaks="asyncgens-12")
class IgnoresThoseOfThreads(ReferenceLoop):
    """A generator that is collected in another thread is never closed."""

    def __init__(self) -> None:
        super().__init__()
        self.home = threading.get_ident()

    def generator_collected(self, generator: Any) -> None:
        if threading.get_ident() == self.home:
            super().generator_collected(generator)


@fault(breaks="asyncgens-12", shows="hang")
class ClosesWithoutWaking(ReferenceLoop):
    """The aclose() of a collected generator is scheduled without waking the loop."""

    def generator_collected(self, generator: Any) -> None:
        self.open_generators.discard(generator)
        if not self.closed:
            self.call_soon(self.create_task, generator.aclose())


@fault(breaks="asyncgens-15")
class SwallowsErrorsOfCollected(ReferenceLoop):
    """What goes wrong in the aclose() of a collected generator is told to nobody."""

    def generator_collected(self, generator: Any) -> None:
        async def close() -> None:
            with suppress(Exception):
                await generator.aclose()

        self.open_generators.discard(generator)
        if not self.closed:
            self.call_soon_threadsafe(self.create_task, close())


@fault(breaks="asyncgens-16")
class NeedsItsLoop(ReferenceLoop):
    """The finalizer hook of a closed loop raises."""

    def generator_collected(self, generator: Any) -> None:
        self.check_closed()
        super().generator_collected(generator)

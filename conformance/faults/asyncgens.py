"""Loops whose shutdown_asyncgens closes too little, too much, too late, or falls silent."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar
from weakref import WeakSet

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="asyncgens-01")
class ShutsNothingDown(ReferenceLoop):
    """shutdown_asyncgens only notes that it was called."""

    async def shutdown_asyncgens(self) -> None:
        self.generators_shut_down = True


@fault(breaks="asyncgens-01")
class ShutsDownInTheBackground(ReferenceLoop):
    """shutdown_asyncgens does not wait for what it schedules."""

    async def shutdown_asyncgens(self) -> None:
        self.generators_shut_down = True
        for generator in list(self.open_generators):
            self.create_task(generator.aclose())


@fault(breaks="asyncgens-02")
class NeverWarns(ReferenceLoop):
    """A generator begun after shutdown_asyncgens passes without a word."""

    def generator_began(self, generator: Any) -> None:
        self.open_generators.add(generator)


@fault(breaks="asyncgens-02")
class AlwaysWarns(ReferenceLoop):
    """Every generator is taken for one begun after shutdown_asyncgens."""

    generators_shut_down = True

    def __init__(self) -> None:
        super().__init__()
        self.generators_shut_down = True


@fault(breaks="asyncgens-08a")
class SwallowsErrors(ReferenceLoop):
    """What goes wrong in an aclose() at shutdown is told to nobody."""

    async def shutdown_asyncgens(self) -> None:
        generators = list(self.open_generators)
        await asyncio.gather(*(each.aclose() for each in generators), return_exceptions=True)


@fault(breaks="asyncgens-08b")
class StopsAtTheFirstError(ReferenceLoop):
    """shutdown_asyncgens closes one generator after the other and raises the first error."""

    async def shutdown_asyncgens(self) -> None:
        for generator in list(self.open_generators):
            await generator.aclose()


class SharesGenerators(ReferenceLoop):
    """Keeps the generators of all loops together."""

    everybodys: ClassVar[WeakSet[Any]] = WeakSet()

    def __init__(self) -> None:
        super().__init__()
        self.open_generators = self.everybodys


@fault(breaks="asyncgens-09")
class ClosesThoseOfOtherThreads(SharesGenerators):
    """shutdown_asyncgens closes the generators of loops that run in other threads."""


@fault(breaks="asyncgens-14")
class ClosesThoseOfOtherLoops(SharesGenerators):
    """shutdown_asyncgens closes the generators of other loops."""


@fault(breaks="asyncgens-13")
class NeedsSomethingToClose(ReferenceLoop):
    """shutdown_asyncgens fails when there is nothing to close."""

    async def shutdown_asyncgens(self) -> None:
        if not self.open_generators:
            raise ValueError("a set of awaitables must not be empty")
        await super().shutdown_asyncgens()


@fault(breaks="asyncgens-13")
class ShutsDownOnce(ReferenceLoop):
    """shutdown_asyncgens does its work once; after that it does nothing."""

    async def shutdown_asyncgens(self) -> None:
        if not self.generators_shut_down:
            await super().shutdown_asyncgens()

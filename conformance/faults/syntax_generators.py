"""Loops on which asynchronous generators and comprehensions go wrong."""

from __future__ import annotations

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.aggregates_shield import Lossy
from loopcert.conformance.faults.aggregates_time import CleanUpIsInterrupted
from loopcert.conformance.faults.syntax_surface import CancelIsFinal
from loopcert.conformance.faults.task_yield import BareYieldDoesNotYield
from loopcert.reference import Loop


@fault(breaks="syntax-13", wide="sleep(0) is a bare yield")
class GeneratorsDoNotYield(BareYieldDoesNotYield):
    """After a bare yield the task goes on within the same step."""


@fault(breaks="syntax-13", wide="every result is lost")
class GeneratedItemsAreLost(Lossy):
    """What a future is completed with gets lost."""


@fault(breaks="syntax-14", wide="every result is lost")
class AwaitedBetweenItemsIsLost(Lossy):
    """What a future is completed with gets lost."""


@fault(breaks="syntax-15")
class GeneratorIsInterruptedTwice(CleanUpIsInterrupted):
    """A cancel is thrown again into the clean-up that follows it."""


@fault(breaks="syntax-15")
class GeneratorCannotGoOn(CancelIsFinal):
    """A task that was interrupted by a cancel ends as cancelled, whether it caught the error or not."""


@fault(breaks="syntax-16", wide="sleep(0) is a bare yield")
class ClosingDoesNotYield(BareYieldDoesNotYield):
    """After a bare yield the task goes on within the same step."""


@fault(breaks="syntax-17", wide="sleep(0) is a bare yield")
class ComprehensionsDoNotYield(BareYieldDoesNotYield):
    """After a bare yield the task goes on within the same step."""


@fault(breaks="syntax-18", wide="every result is lost")
class ExpressionItemsAreLost(Lossy):
    """What a future is completed with gets lost."""


@fault(breaks="syntax-19", wide="every result is lost")
class NextItemIsLost(Lossy):
    """What a future is completed with gets lost."""


@fault(breaks="syntax-21")
class ClosesWhatWasLeft(Loop):
    """A generator that its task is not in at the end of an iteration is taken for left behind and closed."""

    def generator_began(self, generator: Any) -> None:
        super().generator_began(generator)
        self.call_soon(self.look_after, generator)

    def look_after(self, generator: Any) -> None:
        """Close it, unless it is running."""
        if generator.ag_running:
            self.call_soon(self.look_after, generator)
        else:
            self.create_task(generator.aclose())


@fault(breaks="syntax-21", wide="sleep(0) is a bare yield")
class ClosingTakesOneStep(BareYieldDoesNotYield):
    """After a bare yield the task goes on within the same step."""

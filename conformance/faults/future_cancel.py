"""Broken futures: cancelling."""

from asyncio import CancelledError
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Loop


class _CancelAlwaysTrue(Future[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        super().cancel(msg)
        return True


@fault(breaks="future-32")
class CancelOfADoneFutureGivesTrue(Loop):
    """cancel() gives True although the future is done."""

    future_type = _CancelAlwaysTrue


class _CancelOverrules(Future[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        pending = not self.done()
        self.complete_cancelled(msg)
        return pending


@fault(breaks="future-32")
class CancelOverrulesTheOutcome(Loop):
    """cancel() of a done future makes it a cancelled one."""

    future_type = _CancelOverrules


class _RemembersCallbacks(Future[Any]):
    def complete_cancelled(self, message: Any) -> None:
        callbacks = list(self.callbacks)
        super().complete_cancelled(message)
        self.callbacks = callbacks

    def cancel(self, msg: Any | None = None) -> bool:
        if super().cancel(msg):
            return True
        self.schedule_callbacks()
        return False


@fault(breaks="future-32")
class SecondCancelRunsCallbacksAgain(Loop):
    """A second cancel() schedules the done callbacks once more."""

    future_type = _RemembersCallbacks


class _CancelGivesNothing(Future[Any]):
    def cancel(self, msg: Any | None = None) -> Any:
        super().cancel(msg)


@fault(breaks="future-33")
class CancelGivesNothing(Loop):
    """cancel() gives None."""

    future_type = _CancelGivesNothing


class _CancelLater(Future[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        if self.done():
            return False
        self.loop.call_soon(super().cancel, msg)
        return True


@fault(breaks="future-33")
class CancelTakesEffectLater(Loop):
    """cancel() makes the future cancelled in the next iteration only."""

    future_type = _CancelLater


class _RefusesWhileAwaited(Future[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        return not self.callbacks and super().cancel(msg)


@fault(breaks="future-33")
class CancelRefusedWhileAwaited(Loop):
    """cancel() is refused while somebody waits for the future, as a running one of concurrent.futures does."""

    future_type = _RefusesWhileAwaited


class _NoMessage(Future[Any]):
    def cancel(self, msg: Any | None = None) -> bool:
        return super().cancel()


@fault(breaks="future-34")
class CancelDropsTheMessage(Loop):
    """cancel() takes a message and drops it."""

    future_type = _NoMessage


class _KeywordOnly(Future[Any]):
    def cancel(self, *, msg: Any | None = None) -> bool:
        return super().cancel(msg)


@fault(breaks="future-34")
class CancelTakesNoPosition(Loop):
    """cancel() does not take the message by position."""

    future_type = _KeywordOnly


class _TellsOnce(Future[Any]):
    def make_cancelled_error(self) -> CancelledError:
        error = super().make_cancelled_error()
        self.message = None
        return error


@fault(breaks="future-34")
class FirstAwaiterGetsTheMessage(Loop):
    """Only the first CancelledError of a future carries the message."""

    future_type = _TellsOnce


class _AlwaysAnArgument(Future[Any]):
    def make_cancelled_error(self) -> CancelledError:
        return CancelledError(self.message)


@fault(breaks="future-54")
class CancelledErrorAlwaysHasAnArgument(Loop):
    """A CancelledError without a message has None for an argument."""

    future_type = _AlwaysAnArgument


class _ReadsWithoutMessage(Future[Any]):
    def result(self) -> Any:
        if self.cancelled():
            raise CancelledError
        return super().result()

    def exception(self) -> BaseException | None:
        if self.cancelled():
            raise CancelledError
        return super().exception()


@fault(breaks="future-54")
class ReadingDropsTheMessage(Loop):
    """result() and exception() of a cancelled future raise CancelledError without the message."""

    future_type = _ReadsWithoutMessage

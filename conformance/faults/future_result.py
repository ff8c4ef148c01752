"""Broken futures: reading the outcome."""

import copy
import time
from asyncio import CancelledError
from collections.abc import Generator
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Loop


class _GivesOnce(Future[Any]):
    def result(self) -> Any:
        value = super().result()
        self.value = "taken"
        return value


@fault(breaks="future-16")
class ResultIsTakenAway(Loop):
    """result() gives the object the first time only."""

    future_type = _GivesOnce


class _GivesCopies(Future[Any]):
    def result(self) -> Any:
        return copy.copy(super().result())


@fault(breaks="future-16")
class ResultIsCopied(Loop):
    """result() gives a copy of the object."""

    future_type = _GivesCopies


class _ReturnsExceptions(Future[Any]):
    def result(self) -> Any:
        if self.done() and not self.cancelled() and (error := self.exception()) is not None:
            return error
        return super().result()


@fault(breaks="future-17")
class ResultReturnsTheException(Loop):
    """result() returns the exception in place of raising it."""

    future_type = _ReturnsExceptions


class _RaisesCopies(Future[Any]):
    def result(self) -> Any:
        if self.done() and not self.cancelled() and (error := self.exception()) is not None:
            raise copy.copy(error)
        return super().result()


@fault(breaks="future-17")
class ResultRaisesACopy(Loop):
    """result() raises a copy of the exception that was set."""

    future_type = _RaisesCopies


class _LooksForTrueOnes(Future[Any]):
    def result(self) -> Any:
        return super().result() if self.error or self.error is None else self.value


@fault(breaks="future-17")
class FalsyExceptionsAreNone(Loop):
    """An exception that is false counts as none."""

    future_type = _LooksForTrueOnes


class _CancelledHasNone(Future[Any]):
    def result(self) -> Any:
        return None if self.cancelled() else super().result()


@fault(breaks="future-18")
class ResultOfACancelledFutureIsNone(Loop):
    """result() of a cancelled future gives None."""

    future_type = _CancelledHasNone


class _PendingHasNone(Future[Any]):
    def result(self) -> Any:
        return super().result() if self.done() else None


@fault(breaks="future-19")
class ResultOfAPendingFutureIsNone(Loop):
    """result() of a pending future gives None."""

    future_type = _PendingHasNone


class _ResultWaits(Future[Any]):
    def result(self) -> Any:
        while not self.done():
            time.sleep(0.01)
        return super().result()


@fault(breaks="future-19", shows="hang")
class ResultWaits(Loop):
    """result() of a pending future waits, as that of concurrent.futures does."""

    future_type = _ResultWaits


class _ExceptionCopies(Future[Any]):
    def exception(self) -> BaseException | None:
        return copy.copy(super().exception())


@fault(breaks="future-35")
class ExceptionIsCopied(Loop):
    """exception() gives a copy of the exception that was set."""

    future_type = _ExceptionCopies


class _ExceptionFallsBack(Future[Any]):
    def exception(self) -> Any:
        return super().exception() or self.value


@fault(breaks="future-35")
class ExceptionGivesTheResult(Loop):
    """exception() of a future with a result gives the result."""

    future_type = _ExceptionFallsBack


class _ReturnsTheCancel(Future[Any]):
    def exception(self) -> BaseException | None:
        return CancelledError() if self.cancelled() else super().exception()


@fault(breaks="future-36a")
class ExceptionReturnsCancelledError(Loop):
    """exception() of a cancelled future returns a CancelledError in place of raising it."""

    future_type = _ReturnsTheCancel


class _PendingHasNoException(Future[Any]):
    def exception(self) -> BaseException | None:
        return super().exception() if self.done() else None


@fault(breaks="future-36b")
class ExceptionOfAPendingFutureIsNone(Loop):
    """exception() of a pending future gives None."""

    future_type = _PendingHasNoException


class _TakesTimeouts(Future[Any]):
    def result(self, timeout: float | None = None) -> Any:
        return super().result()

    def exception(self, timeout: float | None = None) -> BaseException | None:
        return super().exception()


@fault(breaks="future-38b")
class TimeoutsAccepted(Loop):
    """result() and exception() take a timeout, and ignore it."""

    future_type = _TakesTimeouts


class _StopsTheWait(Future[Any]):
    def __await__(self) -> Generator[Any, None, Any]:
        try:
            return (yield from super().__await__())
        except RuntimeError as error:
            if isinstance(error.__cause__, StopIteration):
                return error.__cause__.value
            raise


@fault(breaks="future-48")
class StopIterationEndsTheWait(Loop):
    """A StopIteration that was set ends the await without an error."""

    future_type = _StopsTheWait


class _RefusesStopIteration(Future[Any]):
    def set_exception(self, exception: Any, /) -> None:
        if isinstance(exception, StopIteration) or exception is StopIteration:
            raise TypeError("StopIteration cannot be raised into a Future")
        super().set_exception(exception)


@fault(breaks="future-48")
class StopIterationRefused(Loop):
    """set_exception() refuses a StopIteration, as it did before 3.13."""

    future_type = _RefusesStopIteration


class _KeepsTheClass(Future[Any]):
    def set_exception(self, exception: Any, /) -> None:
        if isinstance(exception, type):
            self.complete_exceptionally(exception)  # type: ignore[arg-type]  # that is the fault
        else:
            super().set_exception(exception)


@fault(breaks="future-51")
class ExceptionClassKept(Loop):
    """set_exception() given a class keeps the class in place of an instance."""

    future_type = _KeepsTheClass


class _AwaitIsNoReading(Future[Any]):
    def __await__(self) -> Generator[Any, None, Any]:
        try:
            return (yield from super().__await__())
        except Exception:
            self.unretrieved = True
            raise


@fault(breaks="future-40")
class AwaitedExceptionReported(Loop):
    """An exception counts as never retrieved although it was delivered to an awaiter."""

    future_type = _AwaitIsNoReading


class _NothingIsReading(Future[Any]):
    def result(self) -> Any:
        unretrieved = self.unretrieved
        try:
            return super().result()
        finally:
            self.unretrieved = unretrieved

    def exception(self) -> BaseException | None:
        unretrieved = self.unretrieved
        error = super().exception()
        self.unretrieved = unretrieved
        return error


@fault(breaks="future-43")
class ReadExceptionReported(Loop):
    """An exception counts as never retrieved although result() or exception() was called."""

    future_type = _NothingIsReading

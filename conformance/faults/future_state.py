"""Broken futures: what create_future() gives, the states and the ways into them."""

import asyncio
from asyncio import CancelledError
from collections.abc import Generator
from typing import Any, ClassVar

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Loop


class Lookalike:
    """Has what a future has, and waits like one; but nothing says that it is one."""

    def __init__(self, real: asyncio.Future[Any]) -> None:
        self.real = real

    def __getattr__(self, name: str) -> Any:
        if name == "_asyncio_future_blocking":
            raise AttributeError(name)
        return getattr(self.real, name)

    def __await__(self) -> Generator[Any, None, Any]:
        return (yield from self.real)


class KnownLookalike(Lookalike):
    """A lookalike that asyncio.isfuture() knows."""

    _asyncio_future_blocking = False


@fault(breaks="future-01a")
class FuturesAndTasksUnknown(Loop):
    """create_future() and create_task() give objects that asyncio.isfuture() does not know."""

    def create_future(self) -> Any:
        return Lookalike(super().create_future())

    def create_task(self, coro: Any, **options: Any) -> Any:
        return Lookalike(super().create_task(coro, **options))


@fault(breaks="future-14a")
class OneFutureForAll(Loop):
    """create_future() gives the same future every time."""

    def __init__(self) -> None:
        super().__init__()
        self.only = super().create_future()

    def create_future(self) -> Any:
        return self.only


@fault(breaks="future-14a")
class FuturesBornDone(Loop):
    """create_future() gives a future that is done with None."""

    def create_future(self) -> Any:
        future = super().create_future()
        future.set_result(None)
        return future


@fault(breaks="future-14a")
class FuturesOfTheNewestLoop(Loop):
    """create_future() attaches the future to the loop that was made last."""

    newest: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        type(self).newest = self

    def create_future(self) -> Any:
        return self.future_type(loop=self.newest)


@fault(breaks="future-14b")
class FuturesOfAnotherFamily(Loop):
    """create_future() gives futures whose class does not derive from asyncio.Future."""

    def create_future(self) -> Any:
        return KnownLookalike(super().create_future())


class _AsksTheThread(Future[Any]):
    def get_loop(self) -> Any:
        try:
            return asyncio.get_running_loop()
        except RuntimeError:
            return None


@fault(breaks="future-37")
class GetLoopGivesTheRunningLoop(Loop):
    """Future.get_loop() gives the loop that runs at the moment."""

    future_type = _AsksTheThread


class _ForgetsItsLoop(Future[Any]):
    def get_loop(self) -> Any:
        return None if self.done() else super().get_loop()


@fault(breaks="future-37")
class GetLoopForgetsOnceDone(Loop):
    """Future.get_loop() gives None once the future is done."""

    future_type = _ForgetsItsLoop


class _ForgetsAClosedLoop(Future[Any]):
    def get_loop(self) -> Any:
        loop = super().get_loop()
        return None if loop.is_closed() else loop


@fault(breaks="future-37")
class GetLoopForgetsAClosedLoop(Loop):
    """Future.get_loop() gives None once the loop is closed."""

    future_type = _ForgetsAClosedLoop


class _ResultLater(Future[Any]):
    def complete(self, value: Any) -> None:
        self.loop.call_soon(super().complete, value)


@fault(breaks="future-20")
class SetResultTakesEffectLater(Loop):
    """set_result() makes the future done in the next iteration only."""

    future_type = _ResultLater


class _GuessesFailures(Future[Any]):
    def complete(self, value: Any) -> None:
        if isinstance(value, BaseException):
            self.complete_exceptionally(value)
        else:
            super().complete(value)


@fault(breaks="future-20")
class SetResultTakesExceptionsForFailures(Loop):
    """set_result() with an exception object sets it as the future's exception."""

    future_type = _GuessesFailures


class _LenientResult(Future[Any]):
    def set_result(self, result: Any, /) -> None:
        if not self.done():
            super().set_result(result)


@fault(breaks="future-21")
class SecondResultIgnored(Loop):
    """set_result() on a done future does nothing."""

    future_type = _LenientResult


class _LastResultWins(Future[Any]):
    def set_result(self, result: Any, /) -> None:
        self.complete(result)


@fault(breaks="future-21")
class SecondResultWins(Loop):
    """set_result() on a done future replaces its outcome."""

    future_type = _LastResultWins


class _ExceptionLater(Future[Any]):
    def complete_exceptionally(self, error: BaseException) -> None:
        self.loop.call_soon(super().complete_exceptionally, error)


@fault(breaks="future-22")
class SetExceptionTakesEffectLater(Loop):
    """set_exception() makes the future done in the next iteration only."""

    future_type = _ExceptionLater


class _GuessesCancels(Future[Any]):
    def complete_exceptionally(self, error: BaseException) -> None:
        if isinstance(error, CancelledError):
            self.complete_cancelled(None)
        else:
            super().complete_exceptionally(error)


@fault(breaks="future-22")
class SetExceptionTakesCancelledErrorForACancel(Loop):
    """set_exception() with a CancelledError cancels the future."""

    future_type = _GuessesCancels


class _LenientException(Future[Any]):
    def set_exception(self, exception: Any, /) -> None:
        if not self.done():
            super().set_exception(exception)


@fault(breaks="future-23")
class SecondExceptionIgnored(Loop):
    """set_exception() on a done future does nothing."""

    future_type = _LenientException


class _LastExceptionWins(Future[Any]):
    def set_exception(self, exception: Any, /) -> None:
        self.complete_exceptionally(exception)


@fault(breaks="future-23")
class SecondExceptionWins(Loop):
    """set_exception() on a done future replaces its outcome."""

    future_type = _LastExceptionWins


class _DoneIsSuccess(Future[Any]):
    def done(self) -> bool:
        return super().done() and not self.cancelled() and super().exception() is None


@fault(breaks="future-24")
class DoneMeansSuccess(Loop):
    """done() is False of a future that was cancelled or has an exception."""

    future_type = _DoneIsSuccess


class _DoneIsFailure(Future[Any]):
    def done(self) -> bool:
        return super().done() and (self.cancelled() or super().exception() is not None)


@fault(breaks="future-24")
class DoneMeansFailure(Loop):
    """done() is False of a future that has a result."""

    future_type = _DoneIsFailure


class _NeverCancelled(Future[Any]):
    def cancelled(self) -> bool:
        return False


@fault(breaks="future-25")
class CancelledStaysFalse(Loop):
    """cancelled() is False of a cancelled future."""

    future_type = _NeverCancelled


class _RemembersTheWish(Future[Any]):
    wished = False

    def cancel(self, msg: Any | None = None) -> bool:
        self.wished = True
        return super().cancel(msg)

    def cancelled(self) -> bool:
        return self.wished


@fault(breaks="future-25")
class CancelledTellsOfTheWish(Loop):
    """cancelled() is True once cancel() was called, even if that came too late."""

    future_type = _RemembersTheWish


class _JudgesByTheError(Future[Any]):
    def cancelled(self) -> bool:
        return super().cancelled() or isinstance(self.error, CancelledError)


@fault(breaks="future-25")
class CancelledLooksAtTheException(Loop):
    """cancelled() is True of a future given a CancelledError by set_exception()."""

    future_type = _JudgesByTheError

"""Broken futures: awaiting them."""

import contextlib
import time
from asyncio import CancelledError
from collections.abc import Generator
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Future, Loop, Task


class _GivesItself(Future[Any]):
    def __await__(self) -> Generator[Any, None, Any]:
        yield from super().__await__()
        return self


@fault(breaks="future-09")
class AwaitGivesTheFuture(Loop):
    """Awaiting a future gives the future itself."""

    future_type = _GivesItself


class _OwnFuturesOnly(Task[Any]):
    def wait_for(self, future: Any) -> None:
        if isinstance(future, (Future, Task)):
            super().wait_for(future)
        else:
            self.refuse("a Task of this loop cannot wait for another make of Future")


@fault(breaks="future-09", raises="RuntimeError")
class ForeignFutureRefused(Loop):
    """A coroutine cannot await an asyncio.Future that the loop did not make."""

    task_type = _OwnFuturesOnly


class _SwallowsExceptions(Future[Any]):
    def __await__(self) -> Generator[Any, None, Any]:
        with contextlib.suppress(Exception):
            return (yield from super().__await__())


@fault(breaks="future-55")
class AwaitSwallowsTheException(Loop):
    """Awaiting a future with an exception gives None."""

    future_type = _SwallowsExceptions


class _SwallowsCancels(Future[Any]):
    def __await__(self) -> Generator[Any, None, Any]:
        with contextlib.suppress(CancelledError):
            return (yield from super().__await__())


@fault(breaks="future-56")
class AwaitSwallowsTheCancel(Loop):
    """Awaiting a cancelled future gives None."""

    future_type = _SwallowsCancels


class _DoesNotWait(Future[Any]):
    def __await__(self) -> Generator[Any, None, Any]:
        if self.done():
            return (yield from super().__await__())
        return None


@fault(breaks="future-57")
class AwaitDoesNotWait(Loop):
    """Awaiting a pending future gives None at once."""

    future_type = _DoesNotWait


class _BlocksTheThread(Future[Any]):
    def __await__(self) -> Generator[Any, None, Any]:
        while not self.done():
            time.sleep(0.01)
        return (yield from super().__await__())


@fault(breaks="future-57", shows="hang")
class AwaitBlocksTheLoop(Loop):
    """Awaiting a pending future blocks the thread, and the loop with it."""

    future_type = _BlocksTheThread


@fault(breaks="future-57", raises="RuntimeError")
class ForeignFutureNotWaitedFor(Loop):
    """Awaiting a pending asyncio.Future that the loop did not make fails and does not suspend."""

    task_type = _OwnFuturesOnly


class _TaskGivesItself(Task[Any]):
    def __await__(self) -> Generator[Any, None, Any]:
        with contextlib.suppress(Exception):
            yield from super().__await__()
        return self


@fault(breaks="future-58")
class AwaitOfATaskDiffers(Loop):
    """Awaiting a Task gives the Task, where awaiting a coroutine gives the value."""

    task_type = _TaskGivesItself


class _GivesNothing(Future[Any]):
    def __await__(self) -> Generator[Any, None, Any]:
        with contextlib.suppress(Exception):
            yield from super().__await__()


@fault(breaks="future-58")
class AwaitOfAFutureDiffers(Loop):
    """Awaiting a Future gives None, whatever came of it."""

    future_type = _GivesNothing


class _IsUsedUp(Future[Any]):
    awaited = False

    def __await__(self) -> Generator[Any, None, Any]:
        if self.awaited:
            return None
        self.awaited = True
        return (yield from super().__await__())


@fault(breaks="future-10")
class SecondAwaitGivesNothing(Loop):
    """A future can be awaited once; after that, awaiting it gives None."""

    future_type = _IsUsedUp


class _WakesOne(Future[Any]):
    def schedule_callbacks(self) -> None:
        del self.callbacks[1:]
        super().schedule_callbacks()


@fault(breaks="future-10")
class OneAwaiterWoken(Loop):
    """Of several tasks that await a future only the first is woken."""

    future_type = _WakesOne


class _IteratesOverNothing(Future[Any]):
    def __iter__(self) -> Generator[Any, None, Any]:  # noqa: PYI058 - as the base class declares it
        yield from ()


@fault(breaks="future-59")
class YieldFromPassesBy(Loop):
    """`yield from` a future does not wait and gives None."""

    future_type = _IteratesOverNothing


class _ForgivesTypeErrors(Task[Any]):
    def complete_exceptionally(self, error: BaseException) -> None:
        if isinstance(error, TypeError):
            self.complete(None)
        else:
            super().complete_exceptionally(error)


@fault(breaks="future-60")
class WrongAwaitForgiven(Loop):
    """A coroutine that awaits what is not awaitable ends its Task without an error."""

    task_type = _ForgivesTypeErrors

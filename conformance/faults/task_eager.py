"""Eager starts that are not eager, or too much so."""

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.task_factory import EagerStartToTheFactory, Keeps
from loopcert.reference import Loop, Task
from loopcert.reference.private import register_task, swap_current_task, unregister_task


class Denies(Loop):
    """Says that it does not run while it does: asyncio's Task then starts lazily."""

    def is_running(self) -> bool:
        return False


class LazyTask(Task[Any]):
    """Starts lazily, whatever it is asked."""

    def start_eagerly(self) -> None:
        self.start()


class NeverEager(Denies):
    """Neither asyncio's Task nor its own starts eagerly."""

    task_type = LazyTask


@fault(breaks="task-19")
class ConstructorIsLazy(NeverEager):
    """Task(eager_start=True) on the running loop is scheduled for later."""


@fault(breaks="task-05a")
class KeywordIsLazy(NeverEager):
    """create_task(eager_start=True) on the running loop is scheduled for later."""


@fault(breaks="task-20a")
class NotDoneAtOnce(NeverEager):
    """An eager task whose coroutine does not suspend is not done when it has been made."""


@fault(breaks="task-71")
class NotFailedAtOnce(NeverEager):
    """An eager task whose coroutine fails at once is not done when it has been made."""


@fault(breaks="task-20b")
class ScheduledAfterAll(NeverEager):
    """An eager task is scheduled on the loop before it has run."""


@fault(breaks="task-219")
class SuspendsTooEarly(NeverEager):
    """An eager task is suspended before its first step."""


@fault(breaks="task-204")
class FirstStepComesLater(NeverEager):
    """While an eager task is made, it never is the current one."""


@fault(breaks="task-218")
class FirstStepInItsOwnTime(NeverEager):
    """While an eager task is made, nothing runs in its context."""


@fault(breaks="task-75")
class NothingInTheFirstStep(NeverEager):
    """While an eager task is made, it takes no step in which it could be in all_tasks()."""


@fault(breaks="task-32b")
class CoroutineOfALazyTask(NeverEager):
    """A task that ought to have completed eagerly still has its coroutine."""


class RaisingTask(Task[Any]):
    """Lets the failure of the first step out of its constructor."""

    def start_eagerly(self) -> None:
        super().start_eagerly()
        if self.error is not None:
            self.unretrieved = False
            raise self.error


@fault(breaks="task-71", python=">=3.14")
class FailureOutOfCreateTask(Loop):
    """create_task(eager_start=True) raises what the coroutine raised."""

    task_type = RaisingTask


class TwiceTask(Task[Any]):
    """Is scheduled although it is done."""

    def start_eagerly(self) -> None:
        super().start_eagerly()
        if self.done():
            self.start()


@fault(breaks="task-20b", python=">=3.14")
class ScheduledWhenDone(Loop):
    """A task that completed eagerly is scheduled all the same."""

    task_type = TwiceTask


class AbandonedTask(Task[Any]):
    """Is not scheduled when its eager first step suspends."""

    starting = False

    def start_eagerly(self) -> None:
        self.starting = True
        super().start_eagerly()
        self.starting = False

    def suspend(self, yielded: Any) -> None:
        if not self.starting:
            super().suspend(yielded)


@fault(breaks="task-219", python=">=3.14")
class NeverResumed(Loop):
    """An eager task that suspends never goes on."""

    task_type = AbandonedTask


class SecretTask(Task[Any]):
    """Does not say that it runs its first step."""

    def start_eagerly(self) -> None:
        self.context.run(self.advance, None)


@fault(breaks="task-204", python=">=3.14")
class CreatorStaysCurrent(Loop):
    """In the eager first step the current task is the creator."""

    task_type = SecretTask


class UsurpingTask(Task[Any]):
    """Stays the current task after its eager first step."""

    def start_eagerly(self) -> None:
        super().start_eagerly()
        swap_current_task(self.loop, self)


@fault(breaks="task-204", python=">=3.14")
class EagerTaskStaysCurrent(Loop):
    """After the eager first step the new task is still the current one."""

    task_type = UsurpingTask


class BorrowingTask(Task[Any]):
    """Takes its eager first step in the context of its creator."""

    def start_eagerly(self) -> None:
        previous = swap_current_task(self.loop, self)
        try:
            self.advance(None)
        finally:
            swap_current_task(self.loop, previous)


@fault(breaks="task-218", python=">=3.14")
class FirstStepInTheCreatorsContext(Loop):
    """The eager first step runs in the context of the creator."""

    task_type = BorrowingTask


class UnlistedTask(Task[Any]):
    """Is not in all_tasks() in its eager first step."""

    def start_eagerly(self) -> None:
        unregister_task(self)
        super().start_eagerly()
        if not self.done():
            register_task(self)


@fault(breaks="task-75", python=">=3.14")
class UnlistedInTheFirstStep(Loop):
    """A task in its eager first step is missing in all_tasks()."""

    task_type = UnlistedTask


class ForgottenTask(Task[Any]):
    """Leaves asyncio's books with its eager first step."""

    def start_eagerly(self) -> None:
        super().start_eagerly()
        unregister_task(self)


@fault(breaks="task-337")
class ListedBeforeItsFirstStep(NeverEager):
    """An eager task is in all_tasks() before its first step, not after it."""


@fault(breaks="task-337", python=">=3.14")
class UnlistedOnceSuspended(Loop):
    """A task that suspended in its eager first step is missing in all_tasks()."""

    task_type = ForgottenTask


class CoroutineKeepingTask(Task[Any]):
    """Keeps its coroutine."""

    def start_eagerly(self) -> None:
        coroutine = self.coroutine
        super().start_eagerly()
        self.coroutine = coroutine


@fault(breaks="task-32b", python=">=3.14")
class CoroutineKept(Loop):
    """get_coro() of a task that completed eagerly gives its coroutine."""

    task_type = CoroutineKeepingTask


class EagerTask(Task[Any]):
    """Starts eagerly where it can, whatever it is asked."""

    def __init__(self, coro: Any, **options: Any) -> None:
        super().__init__(coro, **{**options, "eager_start": True})


@fault(breaks="task-05b")
class EagerAnyway(Loop):
    """create_task(eager_start=False) starts eagerly."""

    task_type = EagerTask


@fault(breaks="task-05b")
class FalseIsNothing(Loop):
    """create_task(eager_start=False) is the same as no eager_start."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        if options.get("eager_start") is False:
            del options["eager_start"]
        return super().create_task(coro, **options)


@fault(breaks="task-05c")
class EagerByDefault(EagerAnyway):
    """Tasks of the default factory start eagerly unasked."""


@fault(breaks="task-05c")
class LazyByDefault(EagerStartToTheFactory):
    """create_task() without eager_start asks an eager factory for a lazy task."""


@fault(breaks="task-57a")
class EagerFactoryNotEager(EagerStartToTheFactory):
    """create_task() hands eager_start=False to the eager factory."""


@fault(breaks="task-58")
class CustomFactoryNotEager(EagerStartToTheFactory):
    """create_task() hands eager_start=False to a factory of create_eager_task_factory()."""


@fault(breaks="task-220")
class EagerFactoryGetsNothing(Keeps):
    """Name and context do not reach the eager factory."""


@fault(breaks="task-21")
class FactoriesNeedARunningLoop(Loop):
    """A task factory is refused while the loop does not run."""

    def call_task_factory(self, factory: Any, coro: Any, options: dict[str, Any]) -> Any:
        if not self.is_running():
            coro.close()
            raise RuntimeError("the loop does not run")
        return super().call_task_factory(factory, coro, options)


@fault(breaks="task-21", wide="an idle loop says that it runs")
class AlwaysRunning(Loop):
    """The loop always says that it runs: asyncio's Task then starts eagerly before the run."""

    def is_running(self) -> bool:
        return not self.closing

    closing = False

    def check_not_running(self) -> None:
        pass

    def close(self) -> None:
        self.closing = True
        super().close()

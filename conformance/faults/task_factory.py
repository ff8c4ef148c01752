"""Loops that treat task factories badly."""

import asyncio
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.task_create import GivesALookalike
from loopcert.reference import Loop


@fault(breaks="task-10a")
class FactoryGetsAnotherCoroutine(Loop):
    """The task factory gets a coroutine around the one given."""

    def call_task_factory(self, factory: Any, coro: Any, options: dict[str, Any]) -> Any:
        async def shell() -> Any:
            return await coro

        return super().call_task_factory(factory, shell(), options)


@fault(breaks="task-10a")
class FactoryForgottenWhileRunning(Loop):
    """While the loop runs, create_task() makes the tasks itself."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        if self.is_running():
            return self.task_type(coro, loop=self, **options)
        return super().create_task(coro, **options)


@fault(breaks="task-202")
class FactoryResultWrapped(GivesALookalike):
    """create_task() does not return the object that the factory made."""


@fault(breaks="task-202")
class DebugWantsItsOwnTask(Loop):
    """In debug mode the loop reads a field of its own on what the factory made."""

    def call_task_factory(self, factory: Any, coro: Any, options: dict[str, Any]) -> Any:
        task: Any = super().call_task_factory(factory, coro, options)
        if self.get_debug() and not isinstance(task, asyncio.Future):
            raise TypeError(f"a Task was expected, got {task!r}")
        return task


@fault(breaks="task-13a")
class FirstFactoryStays(Loop):
    """A second task factory does not replace the first."""

    def set_task_factory(self, factory: Any) -> None:
        if factory is None or self.task_factory is None:
            super().set_task_factory(factory)


@fault(breaks="task-13b")
class DefaultFactoryShown(Loop):
    """get_task_factory() gives the class of tasks while no factory is installed."""

    def get_task_factory(self) -> Any:
        return self.task_factory or self.task_type


@fault(breaks="task-09")
class FactoryStays(Loop):
    """set_task_factory(None) does nothing."""

    def set_task_factory(self, factory: Any) -> None:
        if factory is not None:
            super().set_task_factory(factory)


@fault(breaks="task-12")
class AnyFactory(Loop):
    """set_task_factory() takes what cannot be called."""

    def set_task_factory(self, factory: Any) -> None:
        self.task_factory = factory


class Keeps(Loop):
    """Hands on to the factory, and sets on the task, only what stands in `kept`."""

    kept: frozenset[str] = frozenset()

    def call_task_factory(self, factory: Any, coro: Any, options: dict[str, Any]) -> Any:
        return super().call_task_factory(factory, coro, {key: options[key] for key in options if key in self.kept})


@fault(breaks="task-06a")
class KeywordsDropped(Keeps):
    """No keyword reaches the task factory."""


@fault(breaks="task-06a")
class NameSetAfterwards(Loop):
    """The name is set on the task and does not reach the factory, as it was before Python 3.14."""

    def call_task_factory(self, factory: Any, coro: Any, options: dict[str, Any]) -> Any:
        name = options.pop("name", None)
        task: Any = super().call_task_factory(factory, coro, options)
        if name is not None:
            task.set_name(name)
        return task


@fault(breaks="task-06b")
class UnknownKeywordsDropped(Keeps):
    """Keywords that asyncio does not know do not reach the task factory."""

    kept = frozenset({"name", "context", "eager_start"})


@fault(breaks="task-70")
class KeywordsOfCreateTaskDropped(Keeps):
    """No keyword of asyncio.create_task() reaches the task factory."""


@fault(breaks="task-07a")
class NameToTheFactory(Loop):
    """The name reaches the task factory, as it does since Python 3.14."""

    def call_task_factory(self, factory: Any, coro: Any, options: dict[str, Any]) -> Any:
        return factory(self, coro, **options)


@fault(breaks="task-07b")
class ContextAlwaysToTheFactory(Loop):
    """The task factory gets a context even if it is None."""

    def call_task_factory(self, factory: Any, coro: Any, options: dict[str, Any]) -> Any:
        return factory(self, coro, context=options.get("context"))


@fault(breaks="task-201")
class EagerStartToTheFactory(Loop):
    """The task factory gets eager_start, which nobody gave."""

    def call_task_factory(self, factory: Any, coro: Any, options: dict[str, Any]) -> Any:
        return super().call_task_factory(factory, coro, {"eager_start": False, **options})


@fault(breaks="task-215")
class ContextDropped(Keeps):
    """The context does not reach the task factory."""

    kept = frozenset({"name"})


@fault(breaks="task-216")
class NameDropped(Keeps):
    """With a task factory the name is lost."""

    kept = frozenset({"context"})


@fault(breaks="task-217")
class NoneIsAName(Loop):
    """With a task factory a task without a name is called None."""

    def call_task_factory(self, factory: Any, coro: Any, options: dict[str, Any]) -> Any:
        task: Any = super().call_task_factory(factory, coro, dict(options))
        task.set_name(options.get("name"))
        return task

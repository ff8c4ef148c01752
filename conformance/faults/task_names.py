"""Tasks with wrong names."""

from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop, Task


@fault(breaks="task-02")
class DropsNames(Loop):
    """create_task() takes a name and forgets it."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        options.pop("name", None)
        return super().create_task(coro, **options)


@fault(breaks="task-02")
class DropsEmptyNames(Loop):
    """An empty name counts as none."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        return super().create_task(coro, **{**options, "name": options.get("name") or None})


@fault(breaks="task-02")
class KeepsNameObjects(Loop):
    """The name is kept as the object that it was given as."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        task: Any = super().create_task(coro, **options)
        if options.get("name") is not None:
            task.name = options["name"]
        return task


@fault(breaks="task-34")
class NamesNone(Loop):
    """A task without a name is called None."""

    def create_task(self, coro: Any, **options: Any) -> Any:
        return super().create_task(coro, **{**options, "name": str(options.get("name"))})


class FinallyNamedTask(Task[Any]):
    """Keeps its name once it is done."""

    def set_name(self, value: object, /) -> None:
        if not self.done():
            super().set_name(value)


@fault(breaks="task-35")
class NoLateNames(Loop):
    """set_name() of a done task does nothing."""

    task_type = FinallyNamedTask


class ObjectNamedTask(Task[Any]):
    """Keeps the object given as a name."""

    def set_name(self, value: Any, /) -> None:
        self.name = value


@fault(breaks="task-35")
class SetNameKeepsObjects(Loop):
    """set_name() keeps the object and not its string."""

    task_type = ObjectNamedTask


class AnonymousTask(Task[Any]):
    """Shows no name."""

    def __repr__(self) -> str:
        return f"<Task {self.state.lower()}>"


@fault(breaks="task-36")
class ReprWithoutName(Loop):
    """repr() of a task does not tell its name."""

    task_type = AnonymousTask

"""Task factories: set, replaced, called with what create_task() was given, and that differs by Python version."""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest

from loopcert.conformance.kit import allowed, check, contains, drain, equal, instance, raises, requirement, same

Factory = Callable[..., "asyncio.Task[Any]"]


async def give(value: Any) -> Any:
    return value


class Recorder:
    """A factory that passes on whatever it gets, but what asyncio.Task does not know, and keeps a record of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[AbstractEventLoop, object, dict[str, Any]]] = []
        self.made: list[asyncio.Task[Any]] = []

    def __call__(self, loop: AbstractEventLoop, coro: Any, **options: Any) -> "asyncio.Task[Any]":
        """Make a task."""
        self.calls.append((loop, coro, options))
        known = {key: value for key, value in options.items() if key in {"name", "context", "eager_start"}}
        self.made.append(asyncio.Task(coro, loop=loop, **known))
        return self.made[-1]

    def option(self, name: str) -> Any:
        """What the only call got under that name."""
        equal(len(self.calls), 1, "number of calls of the task factory")
        contains(self.calls[0][2], name, "keywords that reached the task factory")
        return self.calls[0][2][name]


@pytest.fixture
def recorder(loop: AbstractEventLoop) -> Recorder:
    """The factory that is installed in the loop under test."""
    factory = Recorder()
    loop.set_task_factory(factory)
    return factory


def make(loop: AbstractEventLoop, **options: Any) -> "asyncio.Task[Any]":
    """A finished task, made with these options."""
    coroutine = give(1)
    with allowed(f"create_task() with {sorted(options) or 'no options'} and a task factory"):
        try:
            task = loop.create_task(coroutine, **options)
        except BaseException:
            coroutine.close()
            raise
    drain(loop)
    return task


@requirement("task-10a")
def test_the_factory_gets_the_loop_and_the_coroutine(loop: AbstractEventLoop, recorder: Recorder) -> None:
    coroutine = give(1)
    task = loop.create_task(coroutine)
    drain(loop)
    equal(len(recorder.calls), 1, "number of calls of the task factory")
    same(recorder.calls[0][0], loop, "first argument of the task factory")
    same(recorder.calls[0][1], coroutine, "second argument of the task factory")
    check(task.done(), "a task that a factory made is still not done after some iterations")


@requirement("task-10a")
def test_the_factory_is_called_for_every_task(loop: AbstractEventLoop, recorder: Recorder) -> None:
    async def body() -> None:
        made = [loop.create_task(give(1)), asyncio.create_task(give(2))]
        await asyncio.ensure_future(give(3), loop=loop)
        del made

    task = loop.create_task(body())
    drain(loop)
    check(task.done(), "a task that a factory made is still not done after some iterations")
    equal(len(recorder.calls), 4, "number of calls of the task factory")


@requirement("task-202")
def test_create_task_returns_what_the_factory_made(loop: AbstractEventLoop, recorder: Recorder) -> None:
    task = make(loop)
    equal(len(recorder.made), 1, "number of tasks that the factory made")
    same(task, recorder.made[0], "what create_task() returned")


@requirement("task-202")
def test_create_task_in_debug_mode_takes_any_task_like_object(loop: AbstractEventLoop) -> None:
    class Proxy:
        def __init__(self, task: "asyncio.Task[Any]") -> None:
            self.task = task

        def __getattr__(self, name: str) -> Any:
            return getattr(self.task, name)

    def factory(loop: AbstractEventLoop, coro: Any, **options: Any) -> Any:
        return Proxy(asyncio.Task(coro, loop=loop, **options))

    loop.set_debug(True)
    loop.set_task_factory(factory)
    instance(make(loop), Proxy, "what create_task() returned")


@requirement("task-13a")
def test_get_task_factory_gives_the_one_installed_last(loop: AbstractEventLoop) -> None:
    seen = []
    for factory in (Recorder(), Recorder()):
        loop.set_task_factory(factory)
        seen.append(loop.get_task_factory() is factory)
    equal(seen, [True, True], "whether get_task_factory() gave what was just installed")


@requirement("task-13a")
def test_the_factory_installed_last_is_the_one_called(loop: AbstractEventLoop, recorder: Recorder) -> None:
    second = Recorder()
    loop.set_task_factory(second)
    make(loop)
    equal((len(recorder.calls), len(second.calls)), (0, 1), "calls of the first and of the second factory")


@requirement("task-13b")
def test_get_task_factory_gives_none_by_default(loop: AbstractEventLoop) -> None:
    same(loop.get_task_factory(), None, "get_task_factory() of a new loop")


@requirement("task-13b")
def test_get_task_factory_gives_none_after_a_reset(loop: AbstractEventLoop, recorder: Recorder) -> None:
    same(loop.get_task_factory(), recorder, "get_task_factory()")
    loop.set_task_factory(None)
    same(loop.get_task_factory(), None, "get_task_factory() after set_task_factory(None)")


@requirement("task-09")
def test_none_puts_the_default_factory_back(loop: AbstractEventLoop, recorder: Recorder) -> None:
    with allowed("set_task_factory(None)"):
        loop.set_task_factory(None)
    task = make(loop)
    equal(len(recorder.calls), 0, "calls of the factory after set_task_factory(None)")
    equal((task.done(), task.result()), (True, 1), "done() and result of a task of the default factory")


@requirement("task-12")
@pytest.mark.parametrize("thing", [42, "factory", object()], ids=["number", "text", "object"])
def test_a_factory_has_to_be_callable(loop: AbstractEventLoop, thing: Any) -> None:
    with raises(Exception, f"set_task_factory({thing!r})"):
        loop.set_task_factory(thing)


@requirement("task-06a")
@pytest.mark.parametrize(
    ("option", "value"), [("name", "given"), ("context", Context()), ("eager_start", False), ("eager_start", True)]
)
def test_a_keyword_reaches_the_factory(loop: AbstractEventLoop, recorder: Recorder, option: str, value: object) -> None:
    make(loop, **{option: value})
    same(recorder.option(option), value, f"{option} that reached the task factory")


@requirement("task-06a")
def test_all_keywords_reach_the_factory(loop: AbstractEventLoop, recorder: Recorder) -> None:
    given = {"name": "given", "context": Context(), "eager_start": False}
    make(loop, **given)
    equal({name: recorder.option(name) for name in given}, given, "keywords that reached the task factory")


@requirement("task-06b")
def test_an_unknown_keyword_reaches_the_factory(loop: AbstractEventLoop, recorder: Recorder) -> None:
    colour = object()
    make(loop, colour=colour)
    same(recorder.option("colour"), colour, "an unknown keyword that reached the task factory")


@requirement("task-70")
@pytest.mark.parametrize("option", ["name", "context", "colour"])
def test_asyncio_create_task_passes_keywords_on(loop: AbstractEventLoop, recorder: Recorder, option: str) -> None:
    value: Any = Context() if option == "context" else "given"

    async def body() -> None:
        coroutine, create = give(1), asyncio.create_task
        options: dict[str, Any] = {option: value}
        with allowed(f"asyncio.create_task({option}=...)"):
            try:
                await create(coroutine, **options)
            finally:
                coroutine.close()

    task = loop.create_task(body())
    recorder.calls.clear()
    drain(loop)
    task.result()
    same(recorder.option(option), value, f"{option} that reached the task factory")


@requirement("task-07a")
def test_the_name_is_set_and_not_handed_to_the_factory(loop: AbstractEventLoop) -> None:
    def factory(loop: AbstractEventLoop, coro: Any, context: Context | None = None) -> "asyncio.Task[Any]":
        return asyncio.Task(coro, loop=loop, context=context)

    loop.set_task_factory(factory)
    equal(make(loop, name="given").get_name(), "given", "name of a task made by a factory without name")


@requirement("task-07b")
@pytest.mark.parametrize("options", [{}, {"name": "given"}, {"context": None}], ids=["nothing", "name", "none"])
def test_a_factory_of_two_arguments_is_enough(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    def factory(loop: AbstractEventLoop, coro: Any) -> "asyncio.Task[Any]":
        return asyncio.Task(coro, loop=loop)

    loop.set_task_factory(factory)
    equal(make(loop, **options).result(), 1, "result of a task made by a factory of two arguments")


@requirement("task-201")
@pytest.mark.parametrize("context", [None, Context()], ids=["none", "given"])
def test_a_factory_of_the_documented_signature_is_enough(loop: AbstractEventLoop, context: Context | None) -> None:
    def factory(loop: AbstractEventLoop, coro: Any, context: Context | None = None) -> "asyncio.Task[Any]":
        return asyncio.Task(coro, loop=loop, context=context)

    loop.set_task_factory(factory)
    equal(make(loop, context=context).result(), 1, "result of a task made by a factory (loop, coro, context=None)")


@requirement("task-215")
def test_the_context_reaches_the_factory(loop: AbstractEventLoop, recorder: Recorder) -> None:
    context = Context()
    make(loop, context=context)
    same(recorder.option("context"), context, "context that reached the task factory")


@requirement("task-216")
def test_a_task_of_a_factory_carries_the_name(loop: AbstractEventLoop, recorder: Recorder) -> None:
    task = make(loop, name="given")
    equal((len(recorder.calls), task.get_name()), (1, "given"), "calls of the factory and name of the task")


@requirement("task-217")
@pytest.mark.parametrize("options", [{}, {"name": None}], ids=["omitted", "none"])
def test_without_a_name_the_factory_names_the_task(loop: AbstractEventLoop, options: dict[str, Any]) -> None:
    def factory(loop: AbstractEventLoop, coro: Any, **_options: Any) -> "asyncio.Task[Any]":
        return asyncio.Task(coro, loop=loop, name="by the factory")

    loop.set_task_factory(factory)
    equal(make(loop, **options).get_name(), "by the factory", "name of a task that the factory named")

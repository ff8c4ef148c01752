"""What the runs of a Runner share: loop, context, and the place of the current loop."""

from __future__ import annotations

import asyncio
import contextvars
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

from loopcert.conformance.kit import allowed, equal, requirement, same
from loopcert.conformance.kit.runners import WAYS, NewLoop, ending, policy_installed, policy_of

VALUE: ContextVar[str] = ContextVar("VALUE", default="default")


async def exchange(value: str) -> str:
    """Set the variable across a suspension, and return what it was before."""
    before = VALUE.get()
    VALUE.set(value)
    await asyncio.sleep(0)
    return before if VALUE.get() == value else f"{VALUE.get()} instead of {value}"


async def running() -> AbstractEventLoop:
    """Return the running loop."""
    return asyncio.get_running_loop()


def current_loop() -> AbstractEventLoop:
    """Return the current loop; that there is none is a Violation."""
    with allowed("get_event_loop() where a loop was set"):
        return asyncio.get_event_loop()


@requirement("runner-08")
def test_runs_share_loop_and_context(new_loop: NewLoop) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        with allowed("several runs of a Runner"):
            values = [runner.run(exchange(value)) for value in ("one", "two", "three")]
            loops = [runner.run(running()) for _ in range(2)]
        equal(values, ["default", "one", "two"], "what each run found, set by the one before")
        equal(loops, [runner.get_loop()] * 2, "loops of two runs")


@requirement("runner-08")
@pytest.mark.parametrize("kind", [LookupError, SystemExit, KeyboardInterrupt, asyncio.CancelledError])
def test_loop_and_context_survive_a_run_that_raised(new_loop: NewLoop, kind: type[BaseException]) -> None:
    async def failing() -> None:
        VALUE.set("failed")
        raise kind("raised by the test")

    with asyncio.Runner(loop_factory=new_loop) as runner:
        ending(lambda: runner.run(failing()))
        with allowed(f"Runner.run() after one that raised {kind.__name__}"):
            equal(runner.run(exchange("next")), "failed", "what the next run found")
            same(runner.run(running()), runner.get_loop(), "the loop of the next run")


@requirement("runner-11a")
def test_what_a_run_sets_stays_in_the_runners_context(new_loop: NewLoop) -> None:
    def body() -> None:
        VALUE.set("caller")
        with asyncio.Runner(loop_factory=new_loop) as runner:
            seen = [runner.run(exchange("runner")), VALUE.get(), runner.run(exchange("again")), VALUE.get()]
        wanted = ["caller", "caller", "runner", "caller"]
        equal(seen, wanted, "value in a run, in the caller, in the next run, in the caller")

    contextvars.copy_context().run(body)


@requirement("runner-11b")
def test_a_run_uses_the_context_that_it_is_given(new_loop: NewLoop) -> None:
    context = contextvars.copy_context()
    context.run(VALUE.set, "given")
    with asyncio.Runner(loop_factory=new_loop) as runner:
        seen = [runner.run(exchange("set"), context=context), context[VALUE], runner.run(exchange("other"))]
    equal(seen, ["given", "set", "default"], "value in a run with a context; in that context after; in the next run")


@requirement("runner-11b")
def test_tasks_of_a_run_inherit_the_context_that_it_is_given(new_loop: NewLoop) -> None:
    async def main() -> list[str]:
        loop, seen = asyncio.get_running_loop(), []
        loop.call_soon(lambda: seen.append(VALUE.get()))
        seen.append(await asyncio.create_task(exchange("task")))
        return [*seen, VALUE.get()]

    context = contextvars.copy_context()
    context.run(VALUE.set, "given")
    with asyncio.Runner(loop_factory=new_loop) as runner:
        equal(runner.run(main(), context=context), ["given"] * 3, "value in a callback, in a Task, and in main after")


@requirement("runner-10a")
def test_a_runner_without_a_factory_sets_the_current_loop(loop: AbstractEventLoop) -> None:
    with policy_installed(policy_of(lambda: loop)), asyncio.Runner() as runner:
        seen = [runner.run(running()), current_loop(), runner.run(running()), current_loop()]
        equal(seen, [loop] * 4, "loops: running, current after the run, and so again")


@requirement("runner-10b")
@pytest.mark.parametrize("runs", [1, 2])
def test_a_runner_with_a_factory_leaves_the_current_loop(new_loop: NewLoop, runs: int) -> None:
    current = new_loop()
    asyncio.set_event_loop(current)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        for _ in range(runs):
            runner.run(running())
        same(current_loop(), current, "the current loop between runs")
    same(current_loop(), current, "the current loop after the runner's block")


def asked(calls: list[str]) -> Callable[[], Any]:
    """Return what makes a policy that notes what it is asked and told."""

    def make() -> Any:
        def noting(name: str) -> Callable[..., Any]:
            def method(self: Any, *args: Any) -> Any:
                calls.append(name)
                return getattr(super(type(self), self), name)(*args)

            return method

        names = ("get_event_loop", "set_event_loop", "new_event_loop")
        return type("Policy", (asyncio.DefaultEventLoopPolicy,), {name: noting(name) for name in names})()

    return make


@requirement("runner-07b")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_factory_needs_no_policy(loop: AbstractEventLoop, way: Callable[..., Any]) -> None:
    calls: list[str] = []
    with policy_installed(asked(calls)):
        way(running(), lambda: loop)
    equal(calls, [], "methods of the policy that were called")

"""Pluggable loops: what takes a loop of any make runs on it, be it given by a factory or by a policy."""

from __future__ import annotations

import asyncio
import importlib
import warnings
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from loopcert.conformance.kit import (
    Trace,
    allowed,
    check,
    differs,
    drain,
    equal,
    in_thread,
    instance,
    raises,
    requirement,
    same,
)
from loopcert.spec.loops import NameKind, parse

NewLoop = Callable[[], AbstractEventLoop]


@contextmanager
def policy_installed(policy: Any) -> Iterator[None]:
    """Install an event loop policy for the time of the block; that policies are deprecated since 3.14 is known."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        previous = asyncio.get_event_loop_policy()
        with allowed("set_event_loop_policy() of a policy"):
            asyncio.set_event_loop_policy(policy)
        try:
            yield
        finally:
            asyncio.set_event_loop_policy(previous)


def policy_of(factory: NewLoop) -> Any:
    """Make a policy whose new_event_loop() is ``factory``, in the way the documentation recommends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        default = asyncio.DefaultEventLoopPolicy
        return type("Policy", (default,), {"new_event_loop": lambda _: factory()})()


async def loop_of_main(trace: Trace | None = None) -> AbstractEventLoop:
    """Return the loop that runs this coroutine, having given it something to do."""
    if trace:
        asyncio.get_running_loop().call_soon(trace, "callback")
    await asyncio.sleep(0.001)
    return await asyncio.create_task(asyncio.sleep(0, asyncio.get_running_loop()))


@requirement("current-09")
def test_a_factory_gives_another_loop_on_each_call(new_loop: NewLoop) -> None:
    first, second = new_loop(), new_loop()
    differs(first, second, "two loops of the factory")
    first.close()
    equal((second.is_closed(), second.is_running()), (False, False), "is_closed(), is_running() of the other one")
    drain(second)


@requirement("current-09")
def test_a_factory_gives_an_open_loop_after_a_closed_one(new_loop: NewLoop) -> None:
    new_loop().close()
    second = new_loop()
    equal(second.is_closed(), False, "is_closed() of a loop made after another one was closed")
    drain(second)


@requirement("current-09")
def test_a_factory_gives_a_loop_of_its_own_inside_a_run(loop: AbstractEventLoop, new_loop: NewLoop) -> None:
    made: list[AbstractEventLoop] = []
    loop.call_soon(lambda: made.append(new_loop()))
    drain(loop)
    equal(len(made), 1, "loops made by a callback")
    differs(made[0], loop, "the loop made while another one runs")


@requirement("current-30")
def test_a_runner_runs_on_the_loop_of_its_factory(new_loop: NewLoop, trace: Trace) -> None:
    made: list[AbstractEventLoop] = []

    def factory() -> AbstractEventLoop:
        made.append(new_loop())
        return made[-1]

    with allowed("asyncio.Runner(loop_factory=)"), asyncio.Runner(loop_factory=factory) as runner:
        seen = [runner.get_loop(), runner.run(loop_of_main(trace)), runner.run(loop_of_main(trace))]
    trace.expect("callback", "callback")
    equal(seen, made * 3, "get_loop() and the loops that ran, of one made by the factory")
    equal(made[0].is_closed(), True, "is_closed() after the runner's block")


@requirement("current-30")
def test_a_runner_outlives_a_failure(new_loop: NewLoop) -> None:
    async def failing() -> None:
        raise LookupError("raised by the test")

    with asyncio.Runner(loop_factory=new_loop) as runner:
        with raises(LookupError, "Runner.run() of a coroutine that raises LookupError"):
            runner.run(failing())
        with allowed("Runner.run() after one that failed"):
            same(runner.run(loop_of_main()), runner.get_loop(), "the loop of the second run")


@requirement("current-30")
def test_a_runner_works_in_a_thread(new_loop: NewLoop) -> None:
    def run() -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            same(runner.run(loop_of_main()), runner.get_loop(), "the loop that ran in a thread")

    with allowed("asyncio.Runner(loop_factory=) in a thread"):
        in_thread(run)


def run_with_factory(main: Any, factory: NewLoop) -> Any:
    """Call asyncio.run() with the keyword that 3.12 brought."""
    run: Callable[..., Any] = asyncio.run
    return run(main, loop_factory=factory)


@requirement("current-31")
def test_run_runs_on_the_loop_of_its_factory(loop: AbstractEventLoop, trace: Trace) -> None:
    with allowed("asyncio.run(loop_factory=)"):
        seen = run_with_factory(loop_of_main(trace), lambda: loop)
    same(seen, loop, "the loop that ran")
    equal((trace.seen, loop.is_closed()), (["callback"], True), "what ran, and is_closed() after the run")


@requirement("current-31")
def test_run_raises_what_the_coroutine_raises_and_closes_the_loop(loop: AbstractEventLoop) -> None:
    error = LookupError("raised by the test")

    async def failing() -> None:
        raise error

    with raises(LookupError, "asyncio.run() of a coroutine that raises LookupError") as caught:
        run_with_factory(failing(), lambda: loop)
    same(caught.error, error, "the exception that came out of asyncio.run()")
    equal(loop.is_closed(), True, "is_closed() after the run")


@requirement("current-32")
def test_run_runs_on_the_loop_of_the_policy(loop: AbstractEventLoop, trace: Trace) -> None:
    with policy_installed(policy_of(lambda: loop)), allowed("asyncio.run() under a policy"):
        seen = asyncio.run(loop_of_main(trace))
    same(seen, loop, "the loop that ran")
    equal((trace.seen, loop.is_closed()), (["callback"], True), "what ran, and is_closed() after the run")


@requirement("current-32")
def test_a_runner_runs_on_the_loop_of_the_policy(loop: AbstractEventLoop) -> None:
    policy = policy_of(lambda: loop)
    with policy_installed(policy), allowed("asyncio.Runner() under a policy"), asyncio.Runner() as runner:
        seen = [runner.get_loop(), runner.run(loop_of_main()), runner.run(loop_of_main())]
    equal(seen, [loop] * 3, "get_loop() and the loops that ran")
    equal(loop.is_closed(), True, "is_closed() after the runner's block")


@requirement("current-33")
def test_a_loop_of_the_policy_can_be_set_and_run_by_hand(new_loop: NewLoop) -> None:
    with policy_installed(policy_of(new_loop)), allowed("using a policy's loop by hand"):
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        current = asyncio.get_event_loop()
        seen = current.run_until_complete(loop_of_main())
        current.close()
        asyncio.set_event_loop(None)
    same(current, loop, "get_event_loop() under the policy")
    same(seen, loop, "the loop that ran")


@pytest.fixture
def own_policy(loop_spec: str) -> Any:
    """The policy that comes with the loop: the one that LOOP names, or EventLoopPolicy beside the factory."""
    name = parse(loop_spec)
    home: Any = importlib.import_module(name.module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        found = getattr(home, name.attribute, None)
        if name.kind is not NameKind.POLICY:
            beside = "DefaultEventLoopPolicy" if home is asyncio else "EventLoopPolicy"
            found = getattr(found, beside, None) or getattr(home, beside, None)
        if found is None:
            pytest.skip(f"no event loop policy comes with {loop_spec}")
        with allowed("making the loop's own policy"):
            return found()


@requirement("current-16")
def test_a_policy_never_gives_none(own_policy: Any) -> None:
    def outside() -> Any:
        try:
            return own_policy.get_event_loop()
        except Exception:  # noqa: BLE001  # refusing, however that is said, is one of the two ways
            return "refused"

    seen = in_thread(outside)
    if isinstance(seen, AbstractEventLoop):
        seen.close()
    check(seen is not None, "get_event_loop() of a policy with no loop set: saw None, wanted a loop or an exception")


@requirement("current-17")
def test_a_policy_gives_the_loop_that_was_set(own_policy: Any, new_loop: NewLoop) -> None:
    loops = [new_loop(), new_loop()]
    with warnings.catch_warnings(), allowed("set_event_loop() and get_event_loop() of a policy"):
        warnings.simplefilter("ignore", DeprecationWarning)
        for loop in loops:
            own_policy.set_event_loop(loop)
            same(own_policy.get_event_loop(), loop, "get_event_loop() of a policy after its set_event_loop()")
        own_policy.set_event_loop(None)


@requirement("current-18a")
def test_a_policy_makes_another_loop_on_each_call(own_policy: Any) -> None:
    with allowed("new_event_loop() of a policy"):
        made = [own_policy.new_event_loop() for _ in range(3)]
    for loop in made:
        instance(loop, AbstractEventLoop, "what new_event_loop() of a policy gave")
        loop.close()
    equal(len(set(map(id, made))), 3, "different loops among three that a policy made")


@requirement("current-36")
def test_a_policy_can_be_installed_and_run_under(own_policy: Any) -> None:
    with policy_installed(own_policy), allowed("asyncio.run() under the loop's own policy"):
        same(asyncio.get_event_loop_policy(), own_policy, "get_event_loop_policy() after set_event_loop_policy()")
        seen = asyncio.run(loop_of_main())
    instance(seen, AbstractEventLoop, "the loop that ran")
    equal(seen.is_closed(), True, "is_closed() of the loop after the run")

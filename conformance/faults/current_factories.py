"""Loops that do not fit into asyncio's runners and policies, and policies that break their word."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


class Shared:
    """The loop that the factories below give again and again."""

    loop: ClassVar[ReferenceLoop | None] = None


@fault(breaks="current-09")
def one_loop_at_a_time() -> ReferenceLoop:
    """Make no new loop as long as the last one is open."""
    if Shared.loop is None or Shared.loop.is_closed():
        Shared.loop = ReferenceLoop()
    return Shared.loop


@fault(breaks="current-09", wide="there is only one loop in the life of the process")
def one_loop_for_ever() -> ReferenceLoop:
    """Make one loop and give it at every call, closed or not."""
    Shared.loop = Shared.loop or ReferenceLoop()
    return Shared.loop


class NoContext(ReferenceLoop):
    """Has the create_task() of Python 3.10, without context."""

    def create_task(self, coro: Coroutine[Any, Any, Any], *, name: Any = None) -> Any:
        return super().create_task(coro, name=name)


@fault(breaks="current-30")
class UnfitForRunner(NoContext):
    """create_task() takes no context, which a Runner gives."""


@fault(breaks="current-31")
class UnfitForRun(NoContext):
    """create_task() takes no context, which asyncio.run() gives."""


@fault(breaks="current-32")
class UnfitForPolicies(NoContext):
    """create_task() takes no context, which runners under a policy give."""


@fault(breaks="current-30")
class ClosesAfterOneRun(ReferenceLoop):
    """A loop can be run to the end of one coroutine only."""

    def run_until_complete(self, future: Any) -> Any:
        try:
            return super().run_until_complete(future)
        finally:
            self.close()


@fault(breaks="current-31")
class WaitsWithoutTimeout(ReferenceLoop):
    """shutdown_default_executor() takes no timeout, which asyncio.run() gives since 3.12."""

    async def shutdown_default_executor(self) -> None:
        await super().shutdown_default_executor()


@fault(breaks="current-33")
class FuturesOnly(ReferenceLoop):
    """run_until_complete() takes Futures and no coroutines."""

    def run_until_complete(self, future: Any) -> Any:
        if not asyncio.isfuture(future):
            raise TypeError("a Future was expected")
        return super().run_until_complete(future)


def policy(**methods: Any) -> Callable[[], Any]:
    """Return what makes a policy of reference loops with ``methods``; only then, as policies are deprecated."""

    def make() -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            base = asyncio.DefaultEventLoopPolicy
        return type("Policy", (base,), {"new_event_loop": lambda _: ReferenceLoop(), **methods})()

    return make


@fault(breaks="current-16")
class NoneForNoLoop(ReferenceLoop):
    """The policy's get_event_loop() gives None where no loop was set."""

    EventLoopPolicy = staticmethod(policy(get_event_loop=lambda _: None))


def set_once(self: Any, loop: Any) -> None:
    """Set the loop of a policy, unless there is one."""
    self.loop = getattr(self, "loop", None) or loop


@fault(breaks="current-17")
class SetsOnce(ReferenceLoop):
    """The policy's set_event_loop() keeps the first loop that was set."""

    EventLoopPolicy = staticmethod(policy(set_event_loop=set_once, get_event_loop=lambda self: self.loop))


@fault(breaks="current-18a")
class OneLoop(ReferenceLoop):
    """The policy's new_event_loop() gives one loop at every call."""

    EventLoopPolicy = staticmethod(policy(new_event_loop=lambda _: one_loop_for_ever()))


@fault(breaks="current-36")
class NoPolicy(ReferenceLoop):
    """What is called the loop's policy is no AbstractEventLoopPolicy."""

    EventLoopPolicy = object

"""Loops that lose a Runner's context, or the current loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.current import ClearsTheTable, SetsItself
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.handle import Handle


class LosesTheContext(ReferenceLoop):
    """create_task() ignores context."""

    def create_task(self, coro: Coroutine[Any, Any, Any], *, context: Any = None, **options: Any) -> Any:
        return super().create_task(coro, **options)


@fault(breaks="runner-08")
class ContextForOneRun(LosesTheContext):
    """Each run of a Runner has a context of its own."""


@fault(breaks="runner-11b")
class ContextOfTheCaller(LosesTheContext):
    """The context given to Runner.run() is not used."""


@fault(breaks="runner-11a", wide="context variables of all callbacks are those of whoever runs the loop")
class NoContexts(ReferenceLoop):
    """Callbacks run in the context of whoever runs the loop."""

    def run_handle(self, handle: Handle) -> None:
        callback, args = handle.callback, handle.args
        if callback is None or args is None:
            return
        try:
            callback(*args)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001  # as the reference does
            self.report_failed_handle(handle, error)


class UnsetsAfterRuns(ReferenceLoop):
    """The current loop is unset after every run."""

    def end_run(self) -> None:
        super().end_run()
        asyncio.set_event_loop(None)


@fault(breaks="runner-10a")
class NotCurrentBetweenRuns(UnsetsAfterRuns):
    """A loop that a Runner has set as the current one is not any more after the first run."""


@fault(breaks="runner-10b")
class TakesThePlace(SetsItself):
    """A loop that runs becomes the current one."""


@fault(breaks="runner-10b")
class ClearsThePlace(ClearsTheTable):
    """A loop that is closed unsets the current one."""


@fault(breaks="runner-07b", python=">=3.12")
class TellsThePolicy(SetsItself):
    """A loop that runs tells the policy."""

"""Loops that mistake the keywords of subprocess.Popen."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


def spawning(change: Callable[[dict[str, Any]], None]) -> type[ReferenceLoop]:
    """Return the loop that lets this function at the keywords of each Popen, under its name."""

    class Changed(ReferenceLoop):
        def spawn(self, command: Any, **options: Any) -> Any:
            change(options)
            return super().spawn(command, **options)

    Changed.__name__, Changed.__doc__, Changed.__module__ = change.__name__, change.__doc__, change.__module__
    return Changed


@fault(breaks="subprocess-06")
@spawning
def ignores_cwd(options: dict[str, Any]) -> None:
    """The child runs where we are."""
    options.pop("cwd", None)


@fault(breaks="subprocess-06")
@spawning
def adds_to_our_environment(options: dict[str, Any]) -> None:
    """Variables in env are added to ours."""
    if options.get("env"):
        options["env"] = {**os.environ, **options["env"]}


@fault(breaks="subprocess-06")
@spawning
def starts_without_environment(options: dict[str, Any]) -> None:
    """Without env the child has no variables at all."""
    options["env"] = options.get("env") or {}


@fault(breaks="subprocess-45")
@spawning
def takes_empty_for_none(options: dict[str, Any]) -> None:
    """env={} is as good as no env."""
    options["env"] = options.get("env") or None


@fault(breaks="subprocess-45")
class ShellsHaveAnEnvironment(ReferenceLoop):
    """env={} is as good as no env for a shell."""

    async def subprocess_shell(self, *args: Any, **options: Any) -> Any:
        return await super().subprocess_shell(*args, **options | {"env": options.get("env") or None})


@fault(breaks="subprocess-47", raises="FileNotFoundError")
@spawning
def drops_what_is_rare(options: dict[str, Any]) -> None:
    """Keywords beyond cwd and env are forgotten, and signals are not restored."""
    for name in ("start_new_session", "process_group", "umask", "executable"):
        options.pop(name, None)
    options["restore_signals"] = False


@fault(breaks="subprocess-46")
@spawning
def leaves_everything_open(options: dict[str, Any]) -> None:
    """The child inherits all that can be inherited."""
    if not options.get("pass_fds"):
        options["close_fds"] = False


@fault(breaks="subprocess-46")
@spawning
def passes_nothing_on(options: dict[str, Any]) -> None:
    """pass_fds is forgotten."""
    options.pop("pass_fds", None)

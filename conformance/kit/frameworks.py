"""Frameworks on the loop under test: whether one is installed, and whose doing it is when it fails."""

from __future__ import annotations

import asyncio
import importlib
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from loopcert.conformance.kit.running import child_python
from loopcert.conformance.kit.verify import Violation

_TURNS = 8


def framework(module: str) -> Any:
    """Import a framework, or a module of it; a test whose framework is not installed does not apply.

    Called within the test: what a run does not need is not imported. The distribution has the name of the package
    that holds ``module``.
    """
    top = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] == top
        reason = "is not installed" if missing else f"cannot be imported ({error})"
    # Not within the block: with the error in its context, the report of each skip would have the interpreter look
    # through every folder of sys.path for a module of a similar name.
    pytest.skip(f"{top} {reason}; pip install 'loopcert[frameworks]' brings it")


@contextmanager
def stands(what: str) -> Iterator[None]:
    """Fail if the block raises: ``what`` works on asyncio's own loop.

    A loop that refuses what it may leave out (NotImplementedError), also from within the tasks of a group, leaves
    this out as well.
    """
    try:
        yield
    except Violation:
        raise
    except Exception as error:
        for each in _leaves(error):
            if isinstance(each, (NotImplementedError, Violation)):
                raise each from None
        first = next(_leaves(error))
        raise Violation(f"{what}: saw {type(first).__name__}: {first}, wanted it to work as on any loop") from error


def _leaves(error: BaseException) -> Iterator[BaseException]:
    """Go through what an exception was made of: the members of a group, its causes and contexts."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
        return
    yield error
    if (below := error.__cause__ or error.__context__) is not None:
        yield from _leaves(below)


_CHILD = """
import asyncio, faulthandler, socket, threading
faulthandler.dump_traceback_later(60, exit=True)  # should whoever waits for it be gone
LOOPBACK = "127.0.0.1"
"""


def in_child(needed: str, loop_spec: str, code: str, *arguments: str) -> str:
    """Run a program with a process of its own and return what it printed; a status other than 0 is a Violation.

    ``needed`` is the framework's module. The code finds ``new_loop()``, which makes the loop under test. Where it ends
    with a NotImplementedError, the loop leaves out what it may leave out.
    """
    framework(needed)
    try:
        return child_python(loop_spec, _CHILD + textwrap.dedent(code), *arguments).strip()
    except Violation as error:
        if str(error).rstrip().rpartition("\n")[2].startswith("NotImplementedError"):
            raise NotImplementedError(str(error)) from None
        raise


async def settled(*endings: Awaitable[Any] | Callable[[], Any]) -> None:
    """Let what was closed come to its end: connection_lost() and what follows take a few turns."""
    for each in endings:
        await (each() if callable(each) else each)
    for _ in range(_TURNS):
        await asyncio.sleep(0)

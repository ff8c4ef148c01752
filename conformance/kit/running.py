"""Driving a loop through its public methods alone: turns, threads, children."""

from __future__ import annotations

import concurrent.futures
import subprocess
import sys
import textwrap
import threading
from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import TypeVar

from loopcert.conformance.kit.verify import Violation
from loopcert.spec.loops import NameKind, parse

T = TypeVar("T")


def drain(loop: AbstractEventLoop, turns: int = 4) -> None:
    """Run the loop for ``turns`` iterations: all that is ready, and what follows from it, has happened then.

    This is how silence is shown: what has not happened after it, without a timer or another thread being due,
    does not happen. Nothing here depends on how fast the machine is.
    """

    def turn(left: int) -> None:
        if left:
            loop.call_soon(turn, left - 1)
        else:
            loop.stop()

    loop.call_soon(turn, turns)
    loop.run_forever()


def inside(loop: AbstractEventLoop, function: Callable[[], T]) -> T:
    """Call a function in a callback of the running loop; what it raises, the test raises."""
    seen: list[T] = []
    errors: list[BaseException] = []

    def callback() -> None:
        try:
            seen.append(function())
        except BaseException as error:  # noqa: BLE001 - the loop's exception handler would swallow it
            errors.append(error)

    loop.call_soon(callback)
    drain(loop)
    if errors:
        raise errors[0]
    return seen[0]


def in_thread(function: Callable[[], T]) -> T:
    """Call ``function`` in a thread of its own and return its result or raise its exception."""
    future: concurrent.futures.Future[T] = concurrent.futures.Future()

    def body() -> None:
        try:
            future.set_result(function())
        except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the caller
            future.set_exception(error)

    thread = threading.Thread(target=body, name="loopcert-in-thread", daemon=True)
    thread.start()
    result = future.result()
    thread.join()
    return result


_MAKER = """
import importlib, operator
new_loop = operator.attrgetter({attribute!r})(importlib.import_module({module!r}))
if {policy}:
    new_loop = new_loop().new_event_loop
"""
"""Finds the loop under test in a child; without the catalogue, which a child would spend most of its time on."""


def child_python(
    loop_spec: str, code: str, *arguments: str, options: tuple[str, ...] = (), env: dict[str, str] | None = None
) -> str:
    """Run ``code`` in a new interpreter and return what it printed.

    The code finds a function ``new_loop()`` that makes the loop under test. ``options`` are interpreter options
    such as ``-X dev``; ``env`` replaces the environment. A status other than 0 is a Violation that shows stderr.
    """
    name = parse(loop_spec)
    prelude = _MAKER.format(module=name.module, attribute=name.attribute, policy=name.kind is NameKind.POLICY)
    command = [sys.executable, *options, "-c", prelude + textwrap.dedent(code), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise Violation(f"a child interpreter ended with status {done.returncode}, wanted 0; it said:\n{done.stderr}")
    return done.stdout

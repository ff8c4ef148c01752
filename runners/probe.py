"""The child of a smoke check: ``python -m loopcert.runners.probe LOOP FILE``.

Imports the loop, makes one, runs it, closes it and makes another, and appends a JSON line to FILE after each step, so
that the parent knows how far it came whatever the loop did to this process. Imports little: every run waits for it.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from loopcert.runners.subject import describe
from loopcert.spec.loops import Factory, LoopError, make, parse

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

_ANSWER = 42


class Steps:
    """Writes the steps down; the file is opened anew each time, in case the loop closes descriptors."""

    def __init__(self, path: str) -> None:
        self.path = path

    def done(self, step: str, **facts: Any) -> None:
        """Say that a step was taken."""
        self._append({"step": step, **facts})

    def failed(self, step: str, message: str) -> None:
        """Say in one sentence why a step could not be taken."""
        self._append({"step": step, "failed": " ".join(message.split())})

    def attempt(self, step: str, action: Callable[[], Any], wording: str) -> Any:
        """Take a step; None where the loop's code raised, which ends nothing but this step."""
        try:
            result = action()
        except LoopError as error:
            self.failed(step, str(error))
        except BaseException as error:  # noqa: BLE001 - not even SystemExit out of a loop may end the check
            self.failed(step, f"{wording} raised {type(error).__name__}: {error}")
        else:
            self.done(step)
            return result
        return None

    def _append(self, row: dict[str, Any]) -> None:
        with open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def interpreter() -> dict[str, Any]:
    """Describe this Python and machine."""
    return {
        "implementation": platform.python_implementation(),
        "version": ".".join(map(str, sys.version_info[:3])),
        "sys_platform": sys.platform,
        "system": platform.system(),
        "release": platform.release() + wine(),
        "machine": platform.machine(),
        "fork": hasattr(os, "fork"),
    }


def wine() -> str:
    """Return " (Wine 8.0)" where Wine plays Windows, "" elsewhere: what is seen there is no proof about Windows."""
    if sys.platform != "win32":
        return ""
    import ctypes

    version = getattr(ctypes.WinDLL("ntdll"), "wine_get_version", None)
    if version is None:
        return ""
    version.restype = ctypes.c_char_p
    return f" (Wine {version().decode()})"


def catalogue() -> dict[str, Any]:
    """Describe the suite that this interpreter would run."""
    from loopcert.spec import load_catalogue

    return {"catalogue": load_catalogue().digest}


def check(text: str, steps: Steps) -> None:
    """Take all steps with the loop that ``text`` names, as far as they go."""
    name = parse(text)
    factory = steps.attempt("import", name.resolve, f"importing {name.module!r}")
    if factory is None:
        return
    steps.done("subject", **describe(name))
    loop = steps.attempt("make", lambda: make(factory, text), f"the factory of {text!r}")
    if loop is None:
        return
    steps.attempt("run", lambda: _run(loop, text), f"running a coroutine on {text!r}")
    steps.attempt("close", loop.close, f"close() of {text!r}")
    again = steps.attempt("remake", lambda: _remake(factory, text, loop), f"the factory of {text!r}")
    if again is not None:
        steps.attempt("reclose", again.close, f"close() of a second {text!r}")


def _run(loop: AbstractEventLoop, text: str) -> bool:
    async def answer() -> int:
        return _ANSWER

    if (result := loop.run_until_complete(answer())) != _ANSWER:
        raise LoopError(f"{text!r} ran a coroutine that returns {_ANSWER} and gave {result!r}")
    return True


def _remake(factory: Factory, text: str, before: AbstractEventLoop) -> AbstractEventLoop:
    try:
        loop = factory()
    except BaseException as error:
        raise LoopError(
            f"{text!r} can be made only once: after close() its factory raised {type(error).__name__}: {error}"
        ) from error
    if loop is before:
        raise LoopError(f"the factory of {text!r} returned the same loop twice; a new one is needed at every call")
    return make(lambda: loop, text)


def main(arguments: list[str]) -> None:
    """Run the check; ``arguments`` are LOOP, FILE and, to have the suite described as well, ``suite``."""
    text, path, *extra = arguments
    steps = Steps(path)
    steps.done("python", **interpreter(), **(catalogue() if "suite" in extra else {}))
    check(text, steps)
    steps.done("end")
    sys.stdout.flush()
    # a non-daemon thread that the loop left behind must not hold the check
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])

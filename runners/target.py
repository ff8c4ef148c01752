"""What is judged: a loop, on an interpreter, in an environment that the user's own pytest settings do not reach."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from loopcert.runners.exits import Stop
from loopcert.runners.processes import MARK
from loopcert.spec.loops import LoopError, LoopName, parse

_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONASYNCIODEBUG", "PYTHONDEVMODE", "PYTHONWARNINGS")


@dataclass(frozen=True)
class Target:
    """A loop by name, and the path of the Python that runs it."""

    loop: LoopName
    python: str

    @property
    def own_python(self) -> bool:
        """Whether that is the Python that runs this command."""
        return self.python == sys.executable

    def environment(self, mark: str) -> dict[str, str]:
        """Return the environment of every process of a run; ``mark`` finds those that try to get away."""
        ours = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
        known: Mapping[str, str] = self.loop.known.env if self.loop.known else {}
        return {**ours, **known, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONUNBUFFERED": "1", MARK: mark}


def find_target(loop: str, python: str | None) -> Target:
    """Return the target for a LOOP and a ``--python``; `Stop` where one of them cannot be."""
    try:
        name = parse(loop)
    except LoopError as error:
        raise Stop(str(error)) from error
    if python is None:
        return Target(name, sys.executable)
    path = shutil.which(python)
    if path is None:
        raise Stop(f"there is no Python at {python!r}; --python takes the path or the name of an interpreter")
    return Target(name, os.path.abspath(path))

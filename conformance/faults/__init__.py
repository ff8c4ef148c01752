"""The broken loops that prove the tests: each breaks one requirement and nothing else."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[[], Any])


class Shows(enum.StrEnum):
    """How a broken promise comes to light."""

    FAIL = "fail"
    HANG = "hang"
    CRASH = "crash"


@dataclass(frozen=True)
class Fault:
    """One broken loop: ``factory`` makes it, ``breaks`` is the requirement, ``shows`` how a test must notice.

    ``raises`` names the exception that the fault itself raises into a test (an answer that no verifier sees
    first); ``wide`` is the reason why tests of other chapters cannot be left alone by it; ``python`` a specifier of
    the versions where it can show ("" is all).
    """

    name: str
    breaks: str
    factory: Callable[[], Any]
    shows: Shows
    raises: str
    wide: str
    python: str = ""

    def shows_on(self, version: tuple[int, int, int]) -> bool:
        """Whether it can be noticed on that Python (major, minor, micro)."""
        from packaging.specifiers import SpecifierSet  # here, to keep the start of child interpreters short

        return SpecifierSet(self.python).contains(".".join(map(str, version)), prereleases=True)

    @property
    def loop(self) -> str:
        """The LOOP that names it on the command line."""
        module, _, attribute = self.name.partition(".")
        return f"loopcert.conformance.faults.{module}:{attribute}"


FAULTS: dict[str, Fault] = {}


def fault(*, breaks: str, shows: str = "fail", raises: str = "", wide: str = "", python: str = "") -> Callable[[F], F]:
    """Register a loop class or factory as the fault that breaks one requirement."""

    def register(factory: F) -> F:
        name = f"{factory.__module__.rpartition('.')[2]}.{factory.__name__}"
        if not factory.__doc__:
            raise ValueError(f"fault {name} does not say in a docstring what it breaks")
        if name in FAULTS:
            raise ValueError(f"two faults are called {name}")
        FAULTS[name] = Fault(name, breaks, factory, Shows(shows), raises, wide, python)
        return factory

    return register


def load_faults() -> dict[str, Fault]:
    """Import every fault module and return the faults by name."""
    for entry in sorted(files(__name__).iterdir(), key=lambda each: each.name):
        if entry.name.endswith(".py") and not entry.name.startswith("_"):
            import_module(f"{__name__}.{entry.name.removesuffix('.py')}")
    return FAULTS

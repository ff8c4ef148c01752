"""LOOP: how an event loop is named, on the command line and in ``pytest --loop``, and the registry of known ones."""

from __future__ import annotations

import enum
import importlib
import re
import shlex
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

Factory = Callable[[], "AbstractEventLoop"]
_DUTIES = ("run_forever", "run_until_complete", "stop", "close", "is_running", "is_closed", "call_soon", "create_task")


class LoopError(Exception):
    """A loop cannot be found, imported or made; the message says what was looked for and what to do."""


class NameKind(enum.StrEnum):
    """The three ways to name a loop."""

    REGISTRY = "registry"
    CALLABLE = "callable"
    POLICY = "policy"


@dataclass(frozen=True)
class KnownLoop:
    """One loop of the registry: what to install, the factory, where it runs, and who to tell.

    ``module``: where the loop's code is, if the factory's module only adapts it. ``requires``: requirements for pip,
    the loop's own distribution first. ``version`` is the newest that was seen to run, on the Pythons ``python``;
    ``older`` are others that are still in use, each with its Pythons.
    """

    name: str
    factory: str
    summary: str
    module: str = ""
    requires: tuple[str, ...] = ()
    version: str = ""
    older: Mapping[str, str] = field(default_factory=dict)
    python: str = ""
    platforms: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    home: str = ""
    issues: str = ""

    @property
    def distributions(self) -> tuple[str, ...]:
        """The names of what has to be installed, the loop's own first; empty for what comes with Python or loopcert."""
        return tuple(re.split(r"[^\w.-]", requirement, maxsplit=1)[0] for requirement in self.requires)

    @property
    def origin(self) -> str:
        """The module that holds the loop's code."""
        return self.module or self.factory.partition(":")[0]

    @property
    def installing(self) -> str:
        """The command that installs it, or ""."""
        return f"pip install {shlex.join(self.requires)}" if self.requires else ""


@dataclass(frozen=True)
class LoopName:
    """A parsed LOOP: ``module`` and ``attribute`` say what to import, ``known`` is its entry in the registry."""

    text: str
    kind: NameKind
    module: str
    attribute: str
    known: KnownLoop | None = None

    @property
    def origin(self) -> str:
        """The module that holds the loop's code; ``module`` may only adapt it."""
        return self.known.origin if self.known else self.module

    def resolve(self) -> Factory:
        """Import what the name says and return the factory; LoopError where that fails.

        Importing runs the loop's own code, which may crash: callers do it in a process that can be lost.
        """
        try:
            found: Any = importlib.import_module(self.module)
        except Exception as error:
            raise LoopError(
                f"cannot import module {self.module!r} for loop {self.text!r} "
                f"({type(error).__name__}: {error}); {self._advice()}"
            ) from error
        for part in self.attribute.split("."):
            if not hasattr(found, part):
                raise LoopError(
                    f"module {self.module!r} has no {self.attribute!r} (loop {self.text!r}); check the name"
                )
            found = getattr(found, part)
        if not callable(found):
            raise LoopError(f"{self.module}:{self.attribute} is a {type(found).__name__}; a factory or class is needed")
        if self.kind is NameKind.POLICY:
            found = self._policy_factory(found)
        factory: Factory = found
        return factory

    def _policy_factory(self, policy_class: Callable[[], Any]) -> Factory:
        try:
            factory: Factory = policy_class().new_event_loop
        except Exception as error:
            raise LoopError(
                f"{self.module}:{self.attribute} is no usable event loop policy ({type(error).__name__}: {error})"
            ) from error
        return factory

    def _advice(self) -> str:
        if self.known and self.known.installing:
            return f"install it with `{self.known.installing}`"
        return "is it installed in this environment, and the name right?"


def parse(text: str) -> LoopName:
    """Read a LOOP: a registry name, ``module:callable`` or ``policy:module:Class``; LoopError on anything else."""
    parts = text.split(":")
    if len(parts) == 1 and text:
        known = registry().get(text)
        if known is None:
            raise LoopError(
                f"no loop is called {text!r}; `loopcert loops` shows the known ones, any other is named module:callable"
            )
        module, _, attribute = known.factory.partition(":")
        return LoopName(text, NameKind.REGISTRY, module, attribute, known)
    match parts:
        case ["policy", module, attribute] if module and attribute:
            return LoopName(text, NameKind.POLICY, module, attribute)
        case [module, attribute] if module and attribute and module != "policy":
            return LoopName(text, NameKind.CALLABLE, module, attribute)
    raise LoopError(f"{text!r} names no loop: give a registry name, module:callable or policy:module:Class")


def make(factory: Factory, name: str) -> AbstractEventLoop:
    """Call ``factory`` and return its loop; LoopError where it raises or gives anything but an idle open loop."""
    try:
        loop = factory()
    except Exception as error:
        raise LoopError(f"the factory of {name!r} raised {type(error).__name__}: {error}") from error
    missing = [duty for duty in _DUTIES if not callable(getattr(loop, duty, None))]
    if missing:
        raise LoopError(
            f"the factory of {name!r} returned no event loop but one {type(loop).__name__} (no {missing[0]}())"
        )
    if loop.is_running():
        raise LoopError(f"the factory of {name!r} returned a loop that is running already; a new one is needed")
    if loop.is_closed():
        raise LoopError(f"the factory of {name!r} returned a loop that is closed; a new one is needed at every call")
    return loop


@cache
def registry() -> Mapping[str, KnownLoop]:
    """Return the known loops by name, in the order of ``registry.toml``."""
    rows = tomllib.loads(Path(__file__).with_name("registry.toml").read_text("utf-8"))["loop"]
    known = [_known(row) for row in rows]
    return {each.name: each for each in known}


def _known(row: Mapping[str, Any]) -> KnownLoop:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return KnownLoop(**fields)

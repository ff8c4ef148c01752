"""LOOP: how an event loop is named, on the command line and in ``pytest --loop``, and the registry of known ones."""

from __future__ import annotations

import enum
import importlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
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
    """One loop of the registry: the package to install, the factory, and where it runs."""

    name: str
    factory: str
    summary: str
    package: str = ""
    python: str = ""
    platforms: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LoopName:
    """A parsed LOOP: ``module`` and ``attribute`` say what to import, ``known`` is its entry in the registry."""

    text: str
    kind: NameKind
    module: str
    attribute: str
    known: KnownLoop | None = None

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
        if self.known and self.known.package:
            return f"install it with `pip install {self.known.package}`"
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
    rows = tomllib.loads(files("loopcert.spec").joinpath("registry.toml").read_text("utf-8"))["loop"]
    known = [KnownLoop(**{**row, "platforms": tuple(row.get("platforms", ()))}) for row in rows]
    return {each.name: each for each in known}

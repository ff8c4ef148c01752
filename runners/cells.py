"""The cells of the matrix: every known loop in every version of interest on every Python that it runs on.

The noxfile reads this from the tree, before anything is installed: it needs ``spec`` and packaging, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from loopcert.runners.exits import Stop
from loopcert.spec.loops import KnownLoop, registry

PYTHONS = ("3.11", "3.12", "3.13", "3.14", "3.15")


@dataclass(frozen=True)
class Cell:
    """One loop on one Python (``3.13``); ``version`` is an older one of the loop, or empty for what pip finds."""

    loop: KnownLoop
    python: str
    version: str = ""

    @property
    def title(self) -> str:
        """The loop as a requirement: ``uvloop`` or ``uvloop==0.21.0``."""
        return f"{self.loop.name}=={self.version}" if self.version else self.loop.name

    @property
    def stem(self) -> str:
        """What the names of its files begin with."""
        return f"{self.loop.name}{'-' + self.version if self.version else ''}-py{self.python}"

    @property
    def requires(self) -> list[str]:
        """What pip has to install; an older version replaces whatever is said of the loop's own distribution."""
        if not self.version:
            return list(self.loop.requires)
        return [f"{self.loop.distributions[0]}=={self.version}", *self.loop.requires[1:]]

    def obstacle(self, sys_platform: str) -> str:
        """Return why it cannot be had on a platform, named as `sys.platform` does, or ""."""
        if not self.loop.platforms or any(sys_platform.startswith(each) for each in self.loop.platforms):
            return ""
        return f"runs on {', '.join(self.loop.platforms)}"


def cells(chosen: Collection[str] = (), pythons: Collection[str] = PYTHONS) -> list[Cell]:
    """Return the cells Python by Python, loops in the registry's order, or of the ``chosen`` loops alone.

    A name chooses the newest version and the older ones, ``NAME==VERSION`` that one. `Stop` for one that is not known.
    """
    known = list(_all())
    names = {name for cell in known for name in (cell.title, cell.loop.name)}
    if strange := [each for each in chosen if each not in names]:
        raise Stop(f"no loop of the registry is called {strange[0]!r}; `loopcert loops` shows them")
    return [
        cell
        for python in pythons
        for cell in known
        if cell.python == python and (not chosen or cell.title in chosen or cell.loop.name in chosen)
    ]


def find(title: str, python: str) -> Cell:
    """Return one cell; `Stop` where the registry has none."""
    for cell in _all():
        if cell.title == title and cell.python == python:
            return cell
    raise Stop(f"the registry has no {title!r} on Python {python!r}; `loopcert loops` shows what there is")


def _all() -> Iterator[Cell]:
    for loop in registry().values():
        for version, pythons in {"": loop.python, **loop.older}.items():
            for python in PYTHONS:
                if SpecifierSet(pythons).contains(f"{python}.99"):
                    yield Cell(loop, python, version)

"""Asynchronous generators: the loop that began one sees to its end (PEP 525)."""

import asyncio
import selectors
import sys
import warnings
import weakref
from collections.abc import AsyncGenerator
from typing import Any

from .reports import report
from .scheduler import Scheduler


class AsyncGenerators(Scheduler):
    """The part of a loop that closes what others left open."""

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        super().__init__(selector)
        self.open_generators: weakref.WeakSet[AsyncGenerator[Any, Any]] = weakref.WeakSet()
        self.generators_shut_down = False
        self.previous_hooks: Any = None

    def install_hooks(self) -> None:
        """Be told of every generator of this thread that begins or is collected (asyncgens-04)."""
        self.previous_hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(firstiter=self.generator_began, finalizer=self.generator_collected)

    def remove_hooks(self) -> None:
        """Put back the hooks that were there before (asyncgens-05)."""
        if self.previous_hooks is not None:
            sys.set_asyncgen_hooks(*self.previous_hooks)
            self.previous_hooks = None

    def generator_began(self, generator: AsyncGenerator[Any, Any]) -> None:
        """Note a generator, weakly (asyncgens-07); warn when nothing will close it any more (asyncgens-02)."""
        if self.generators_shut_down:
            text = f"asynchronous generator {generator!r} was scheduled after loop.shutdown_asyncgens() call"
            warnings.warn(text, ResourceWarning, source=self, stacklevel=2)
        self.open_generators.add(generator)

    def generator_collected(self, generator: AsyncGenerator[Any, Any]) -> None:
        """Close a half-used generator on this loop, whichever thread dropped it (asyncgens-06, 11, 12)."""
        self.open_generators.discard(generator)
        if not self.closed:
            self.call_soon_threadsafe(self.create_task, generator.aclose())

    async def shutdown_asyncgens(self) -> None:
        """Close every generator that began on this loop and is still open (asyncgens-01, 08a, 08b)."""
        self.generators_shut_down = True
        generators = list(self.open_generators)
        self.open_generators.clear()
        outcomes = await asyncio.gather(*(each.aclose() for each in generators), return_exceptions=True)
        for generator, outcome in zip(generators, outcomes, strict=True):
            if isinstance(outcome, Exception):
                message = f"an error occurred during closing of asynchronous generator {generator!r}"
                report(self, message, exception=outcome, asyncgen=generator)

"""What xdist's controller knows of its workers, for the journal: that one has ended, by the name that xdist gave it.

Whoever follows the journal from another system (Wine's host) has no other way to learn it, nor has Windows.
"""

from __future__ import annotations

from typing import Any

import pytest

from loopcert.conformance.journal import Journal


class Crew:
    """Notes the end of every worker."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Write that a worker has ended, in whatever way; its own "session" line says which process it was."""
        self._journal.write("gone", worker=node.gateway.id)

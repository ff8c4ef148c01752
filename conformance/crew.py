"""What xdist's controller knows of its workers, for the journal: that one has ended, by its process id.

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
        """Write that a worker has ended; one that never came up ran no test."""
        info = getattr(node, "workerinfo", None)
        if info is not None:
            self._journal.write("gone", worker=info["pid"])

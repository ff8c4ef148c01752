"""Tests without pytest's reports: the journal says it all, and xdist would send each to a process that drops it."""

from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol  # there is no public name for running one test; other plugins use it, too


class Quiet:
    """Takes the place of pytest's own way to run one test."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Set the test up, call it and tear it down."""
        runtestprotocol(item, log=False, nextitem=nextitem)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport | None:
        """Report what went well in few words: where the test stands in its file, nobody wants to know."""
        if call.excinfo is not None:
            return None
        where = (item.path.name, None, item.name)
        return pytest.TestReport(item.nodeid, where, {}, "passed", None, call.when)  # type: ignore[arg-type]  # collect

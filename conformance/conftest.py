"""Fixtures that only the suite's own tests have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loopcert.conformance.kit.folders import private_folder
from loopcert.conformance.plugin import JOURNAL


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder of the test's own; unlike pytest's, its name is always short enough for a Unix socket in it."""
    journal = request.config.stash.get(JOURNAL, None)
    with private_folder(journal.folder if journal is not None else None) as folder:
        yield folder

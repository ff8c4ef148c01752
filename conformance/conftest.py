"""Fixtures that only the suite's own tests have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from loopcert.conformance.kit.folders import private_folder


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder of the test's own; unlike pytest's, its name is always short enough for a Unix socket in it."""
    with private_folder() as folder:
        yield folder

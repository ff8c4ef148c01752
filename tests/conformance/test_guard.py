"""The watchdog that goes on from test to test: never too early, never much too late, and off when it is called off."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopcert.conformance.guard import Ambience, Guard
from loopcert.conformance.journal import Journal


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of every watchdog that was started."""
    seconds: list[float] = []

    def start(timeout: float, **_: object) -> None:
        seconds.append(timeout)

    monkeypatch.setattr(faulthandler, "dump_traceback_later", start)
    return seconds


@pytest.fixture
def guard(tmp_path: Path) -> Iterator[Guard]:
    guard = Guard(Journal(tmp_path))
    yield guard
    guard.disarm()


def test_one_that_lasts_does_for_the_next_test(guard: Guard, started: list[float]) -> None:
    guard.arm(100, lasting=True)
    guard.arm(100, lasting=True)
    assert started == [100.5]


@pytest.mark.parametrize("limit", [20, 101, 400])
def test_another_limit_needs_another(guard: Guard, started: list[float], limit: float) -> None:
    guard.arm(100, lasting=True)
    guard.arm(limit, lasting=True)
    assert started == [100.5, limit + 0.5]


def test_without_a_successor_it_is_exact(guard: Guard, started: list[float]) -> None:
    guard.arm(100, lasting=True)
    guard.arm(100)
    assert started == [100.5, 100]


def test_one_that_was_called_off_does_for_nobody(guard: Guard, started: list[float]) -> None:
    guard.arm(100, lasting=True)
    guard.disarm()
    assert guard.left < 0
    guard.arm(100, lasting=True)
    assert started == [100.5, 100.5]


def test_time_is_spared_only_where_it_lacks(guard: Guard, started: list[float]) -> None:
    guard.arm(100)
    guard.spare(50)
    assert started == [100]
    guard.spare(200)
    assert started == [100, 200]


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPCERT_KEPT", "as it was")
    ambience = Ambience()
    os.environ["LOOPCERT_KEPT"] = "changed"
    os.environ["LOOPCERT_NEW"] = "new"
    ambience.restore()
    assert os.environ["LOOPCERT_KEPT"] == "as it was"
    assert "LOOPCERT_NEW" not in os.environ

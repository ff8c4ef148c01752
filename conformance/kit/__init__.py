"""The kit of every test: the requirement marker, verifiers, and ways to drive a loop by its public methods alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from loopcert.conformance.kit.peers import (
    LOOPBACK,
    Events,
    Peer,
    Recorder,
    connect,
    listening,
    receive,
    receive_all,
    refused_port,
    tcp_pair,
)
from loopcert.conformance.kit.records import Contexts, LogRecords
from loopcert.conformance.kit.running import child_python, drain, in_thread
from loopcert.conformance.kit.streams import (
    BIG,
    BufferedRecorder,
    Reacting,
    Stream,
    connected,
    elsewhere,
    narrow_pair,
    reset,
)
from loopcert.conformance.kit.verify import (
    CouldNotRun,
    Trace,
    Violation,
    allowed,
    check,
    contains,
    differs,
    equal,
    instance,
    raises,
    same,
    violated,
)

__all__ = [
    "BIG",
    "LOOPBACK",
    "BufferedRecorder",
    "Contexts",
    "CouldNotRun",
    "Events",
    "LogRecords",
    "Peer",
    "Reacting",
    "Recorder",
    "Stream",
    "Trace",
    "Violation",
    "allowed",
    "check",
    "child_python",
    "connect",
    "connected",
    "contains",
    "differs",
    "drain",
    "elsewhere",
    "equal",
    "in_thread",
    "instance",
    "listening",
    "narrow_pair",
    "raises",
    "receive",
    "receive_all",
    "refused_port",
    "requirement",
    "reset",
    "same",
    "tcp_pair",
    "violated",
]

F = TypeVar("F", bound=Callable[..., Any])


def requirement(requirement_id: str) -> Callable[[F], F]:
    """Say which requirement a test checks: exactly one, since a failure blames it in public."""
    mark: Callable[[F], F] = pytest.mark.requirement(requirement_id)
    return mark

"""The kit of every test: the requirement marker, verifiers, and ways to drive a loop by its public methods alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from loopcert.conformance.kit.peers import (
    LOOPBACK,
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
    "LOOPBACK",
    "Contexts",
    "CouldNotRun",
    "LogRecords",
    "Peer",
    "Recorder",
    "Trace",
    "Violation",
    "allowed",
    "check",
    "child_python",
    "connect",
    "contains",
    "differs",
    "drain",
    "equal",
    "in_thread",
    "instance",
    "listening",
    "raises",
    "receive",
    "receive_all",
    "refused_port",
    "requirement",
    "same",
    "tcp_pair",
    "violated",
]

F = TypeVar("F", bound=Callable[..., Any])


def requirement(requirement_id: str) -> Callable[[F], F]:
    """Say which requirement a test checks: exactly one, since a failure blames it in public."""
    mark: Callable[[F], F] = pytest.mark.requirement(requirement_id)
    return mark

"""The kit of every test: the requirement marker, verifiers, and ways to drive a loop by its public methods alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from loopcert.conformance.kit.certificates import SERVER_NAME, authority, client_context, server_context
from loopcert.conformance.kit.children import (
    ChildRecorder,
    Command,
    child,
    copies,
    dead,
    exits,
    gate,
    listens,
    outcome,
    posix,
    process,
    says,
    script,
    standing_in,
    stopped,
)
from loopcert.conformance.kit.crowded import crowd, crowded
from loopcert.conformance.kit.dialling import dialled, dismiss, two_addresses
from loopcert.conformance.kit.machine import LOOPBACK6, need_abstract_names, need_ipv6
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
from loopcert.conformance.kit.pipes import PipeStream, pipe, reading, writing
from loopcert.conformance.kit.records import Contexts, LogRecords
from loopcert.conformance.kit.running import child_python, drain, in_thread
from loopcert.conformance.kit.servers import Clients, addresses, client_of, knock, refused, serving, tcp_server, visit
from loopcert.conformance.kit.streams import (
    BIG,
    BufferedRecorder,
    Reacting,
    Stream,
    beside,
    connected,
    elsewhere,
    narrow_pair,
    reset,
)
from loopcert.conformance.kit.unix import (
    PATHS,
    accepted,
    refusal,
    stale,
    unix_connection,
    unix_knock,
    unix_listening,
    unix_server,
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
from loopcert.conformance.kit.watching import Calls, fill, polled

__all__ = [
    "BIG",
    "LOOPBACK",
    "LOOPBACK6",
    "PATHS",
    "SERVER_NAME",
    "BufferedRecorder",
    "Calls",
    "ChildRecorder",
    "Clients",
    "Command",
    "Contexts",
    "CouldNotRun",
    "Events",
    "LogRecords",
    "Peer",
    "PipeStream",
    "Reacting",
    "Recorder",
    "Stream",
    "Trace",
    "Violation",
    "accepted",
    "addresses",
    "allowed",
    "authority",
    "beside",
    "check",
    "child",
    "child_python",
    "client_context",
    "client_of",
    "connect",
    "connected",
    "contains",
    "copies",
    "crowd",
    "crowded",
    "dead",
    "dialled",
    "differs",
    "dismiss",
    "drain",
    "elsewhere",
    "equal",
    "exits",
    "fill",
    "gate",
    "in_thread",
    "instance",
    "knock",
    "listening",
    "listens",
    "narrow_pair",
    "need_abstract_names",
    "need_ipv6",
    "outcome",
    "pipe",
    "polled",
    "posix",
    "process",
    "raises",
    "reading",
    "receive",
    "receive_all",
    "refusal",
    "refused",
    "refused_port",
    "requirement",
    "reset",
    "same",
    "says",
    "script",
    "server_context",
    "serving",
    "stale",
    "standing_in",
    "stopped",
    "tcp_pair",
    "tcp_server",
    "two_addresses",
    "unix_connection",
    "unix_knock",
    "unix_listening",
    "unix_server",
    "violated",
    "visit",
    "writing",
]

F = TypeVar("F", bound=Callable[..., Any])


def requirement(requirement_id: str) -> Callable[[F], F]:
    """Say which requirement a test checks: exactly one, since a failure blames it in public."""
    mark: Callable[[F], F] = pytest.mark.requirement(requirement_id)
    return mark

"""Faults of stream transports: from a broken transport to the reference loop that uses it."""

from __future__ import annotations

from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.stream import StreamTransport


def in_a_loop(transport: type[StreamTransport]) -> type[ReferenceLoop]:
    """Return a reference loop, named and described like ``transport``, whose streams are such transports."""
    members = {"stream_type": transport, "__doc__": transport.__doc__, "__module__": transport.__module__}
    return type(transport.__name__, (ReferenceLoop,), members)

"""Faults of TLS: from a broken layer, transport or machine to the reference loop that uses it."""

from __future__ import annotations

from typing import Any

from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.tls_layer import TLSLayer
from loopcert.reference.tls_machine import TLSMachine
from loopcert.reference.tls_transport import TLSTransport


def _named(base: type[Any], like: type[Any], **members: Any) -> type[Any]:
    return type(like.__name__, (base,), {**members, "__doc__": like.__doc__, "__module__": like.__module__})


def layered(layer: type[TLSLayer]) -> type[ReferenceLoop]:
    """Return a reference loop, named and described like ``layer``, whose TLS is such layers."""
    return _named(ReferenceLoop, layer, tls_type=layer)


def carried(transport: type[TLSTransport]) -> type[ReferenceLoop]:
    """Return a reference loop, named and described like ``transport``, whose TLS transports are such."""
    return layered(_named(TLSLayer, transport, transport_type=transport))


def driven(machine: type[TLSMachine]) -> type[ReferenceLoop]:
    """Return a reference loop, named and described like ``machine``, whose TLS is the work of such machines."""
    return layered(_named(TLSLayer, machine, machine_type=machine))

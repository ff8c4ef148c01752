"""Loops that keep protocols' errors to themselves, or TLS from what it does of its own accord."""

from __future__ import annotations

import dataclasses
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults._tls import driven
from loopcert.conformance.kit.tls import tls_context
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.tls_machine import TLSMachine


@fault(breaks="tls-67")
class NobodyHears(ReferenceLoop):
    """What a protocol raises is not reported."""

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), ValueError):
            super().call_exception_handler(context)


@fault(breaks="tls-68")
@driven
class ShowsNothingLater(TLSMachine):
    """A client does not agree to be asked for its certificate later."""

    def __init__(self, options: Any) -> None:
        context = options.context
        agrees = context.post_handshake_auth
        if not options.server_side:
            context.post_handshake_auth = False
        try:
            super().__init__(options)
        finally:
            context.post_handshake_auth = agrees


@fault(breaks="tls-70")
@driven
class ContextsOfItsOwn(TLSMachine):
    """A server makes a new context for each connection, which knows nothing of earlier sessions."""

    def __init__(self, options: Any) -> None:
        version = options.context.maximum_version.name.replace("_", ".", 1)
        if options.server_side and version.startswith("TLSv1."):
            options = dataclasses.replace(options, context=tls_context(version, server_side=True))
        super().__init__(options)

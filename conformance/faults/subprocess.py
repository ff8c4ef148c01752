"""Loops whose children are broken: a shorthand, and transports that miss what every transport has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.child import ChildTransport


def of_children(transport: type[ChildTransport]) -> type[ReferenceLoop]:
    """Return the loop whose children have this class for a transport, under its name."""
    names = {"process_type": transport, "__doc__": transport.__doc__, "__module__": transport.__module__}
    return type(transport.__name__, (ReferenceLoop,), names)


METHODS = (
    *("get_pid", "get_returncode", "get_pipe_transport", "send_signal", "terminate", "kill"),
    *("close", "is_closing", "get_extra_info", "set_protocol", "get_protocol"),
)


@fault(breaks="subprocess-44")
@of_children
class Hollow(ChildTransport):
    """A transport has none of its methods any more once it is over."""

    def __getattribute__(self, name: str) -> Any:
        if name in METHODS and super().__getattribute__("protocol") is None:
            raise AttributeError(name)
        return super().__getattribute__(name)


class Proxy:
    """Passes everything on to a transport and derives from nothing."""

    def __init__(self, transport: ChildTransport) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


@fault(breaks="subprocess-59")
class Underived(ReferenceLoop):
    """The protocol is given a transport that derives from nothing."""

    async def subprocess_exec(self, protocol_factory: Callable[[], Any], *args: Any, **options: Any) -> Any:
        def factory() -> Any:
            protocol = protocol_factory()
            plain = protocol.connection_made
            protocol.connection_made = lambda transport: plain(Proxy(transport))
            return protocol

        return await super().subprocess_exec(factory, *args, **options)


@fault(breaks="subprocess-48")
@of_children
class NamesThePopen(ChildTransport):
    """The extra info "subprocess" is a text about the Popen."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return repr(self.popen) if name == "subprocess" else default


@fault(breaks="subprocess-49")
@of_children
class HasNoDefault(ChildTransport):
    """Unknown extra info is None whatever the default."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return super().get_extra_info(name)


@fault(breaks="subprocess-53")
@of_children
class HidesTheProtocol(ChildTransport):
    """get_protocol() knows no protocol."""

    def get_protocol(self) -> Any:
        return None


@fault(breaks="subprocess-53", shows="hang")
@of_children
class KeepsTheProtocol(ChildTransport):
    """set_protocol() changes what get_protocol() says and nothing else."""

    heir: Any = None

    def set_protocol(self, protocol: Any) -> None:
        self.heir = protocol

    def get_protocol(self) -> Any:
        return self.heir or self.protocol


@fault(breaks="subprocess-39")
@of_children
class NeverCloses(ChildTransport):
    """is_closing() says no for ever."""

    def is_closing(self) -> bool:
        return False

"""Loops that leave methods out, or say so in the wrong way."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from typing import Any, NoReturn

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop

ABSTRACT: Any = AbstractEventLoop
_WIDE = "what it leaves out has chapters of its own"


@fault(breaks="platform-04", wide="everything runs the loop by it")
class NeverRunsForever(ReferenceLoop):
    """run_forever() is left abstract."""

    run_forever = ABSTRACT.run_forever


@fault(breaks="platform-04", wide=_WIDE)
class NoCallAt(ReferenceLoop):
    """call_at() is left abstract; call_later() does not need it."""

    call_at = ABSTRACT.call_at


@fault(breaks="platform-04", wide=_WIDE)
class NoDefaultExecutor(ReferenceLoop):
    """There is no way to set the default executor."""

    set_default_executor: Any = None


@fault(breaks="platform-04")
class NoNamesOfAddresses(ReferenceLoop):
    """getnameinfo() is left abstract."""

    getnameinfo = ABSTRACT.getnameinfo


@fault(breaks="platform-04", wide=_WIDE)
class NoDatagrams(ReferenceLoop):
    """Datagrams are left out, which are not optional."""

    create_datagram_endpoint = ABSTRACT.create_datagram_endpoint


@fault(breaks="platform-04")
class NoSockAccept(ReferenceLoop):
    """sock_accept() is left abstract."""

    sock_accept = ABSTRACT.sock_accept


@fault(breaks="platform-04")
class NoTaskFactory(ReferenceLoop):
    """The task factory can be set but not read."""

    get_task_factory = ABSTRACT.get_task_factory


@fault(breaks="platform-04")
class NoHandlerToAskFor(ReferenceLoop):
    """The exception handler can be set but not read."""

    get_exception_handler = ABSTRACT.get_exception_handler


@fault(breaks="platform-04", wide="half of the suite asks for debug mode")
class NoDebugMode(ReferenceLoop):
    """There is no debug mode."""

    get_debug = ABSTRACT.get_debug
    set_debug = ABSTRACT.set_debug


class Missing:
    """In the place of a method: looking for it raises AttributeError."""

    def __get__(self, _instance: object, _owner: type) -> Any:
        raise AttributeError("no such method")


@fault(breaks="platform-03", wide=_WIDE)
class LacksWatchers(ReferenceLoop):
    """The methods of watchers are absent."""

    add_reader: Any = Missing()
    remove_reader: Any = Missing()
    add_writer: Any = Missing()
    remove_writer: Any = Missing()


@fault(breaks="platform-03", wide=_WIDE)
class LacksPipes(ReferenceLoop):
    """The methods of pipes are absent."""

    connect_read_pipe: Any = Missing()
    connect_write_pipe: Any = Missing()


@fault(breaks="platform-03", wide=_WIDE)
class LacksChildren(ReferenceLoop):
    """A child process is refused with RuntimeError."""

    async def subprocess_exec(self, *_args: Any, **_options: Any) -> NoReturn:
        raise RuntimeError("this loop starts no children")

    async def subprocess_shell(self, *_args: Any, **_options: Any) -> NoReturn:
        raise RuntimeError("this loop starts no children")


@fault(breaks="platform-03", wide=_WIDE)
class LacksSignals(ReferenceLoop):
    """The methods of signals are absent."""

    add_signal_handler: Any = Missing()
    remove_signal_handler: Any = Missing()


@fault(breaks="platform-05", wide=_WIDE)
class OldMethodsOnly(ReferenceLoop):
    """All that came after PEP 3156 is left abstract."""

    connect_accepted_socket = ABSTRACT.connect_accepted_socket
    sendfile = ABSTRACT.sendfile
    shutdown_asyncgens = ABSTRACT.shutdown_asyncgens
    shutdown_default_executor = ABSTRACT.shutdown_default_executor
    sock_recv_into = ABSTRACT.sock_recv_into
    sock_recvfrom = ABSTRACT.sock_recvfrom
    sock_recvfrom_into = ABSTRACT.sock_recvfrom_into
    sock_sendfile = ABSTRACT.sock_sendfile
    sock_sendto = ABSTRACT.sock_sendto
    start_tls = ABSTRACT.start_tls

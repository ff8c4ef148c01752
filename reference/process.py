"""Child processes: how they are started."""

import os
import subprocess
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from .child import ChildTransport
from .pipes import Pipes

_P = TypeVar("_P", bound=Any)

PIPE = subprocess.PIPE

# Keywords of Popen with only one meaning here, and their harmless values: pipes are unbuffered and carry bytes
FIXED: dict[str, tuple[object, ...]] = {
    "universal_newlines": (False, None),
    "text": (False, None),
    "encoding": (None,),
    "errors": (None,),
    "bufsize": (0,),
}


class Processes(Pipes):
    """The part of a loop that starts children."""

    process_type: ClassVar[type[ChildTransport]] = ChildTransport

    async def subprocess_exec(
        self, protocol_factory: Callable[[], _P], program: Any, *args: Any, stdin: Any = PIPE, stdout: Any = PIPE,
        stderr: Any = PIPE, **options: Any
    ) -> tuple[ChildTransport, _P]:  # fmt: skip
        """Start `program` with `args` and connect a new protocol to it (subprocess-01 to 08, 29, 31).

        Arguments:
            protocol_factory: makes the SubprocessProtocol.
            program, args: str, bytes or paths; together the argv of the child.
            stdin, stdout, stderr: PIPE, DEVNULL, None to inherit ours, a descriptor or a file; stderr also STDOUT.
            options: whatever else subprocess.Popen takes, but for shell, buffers and text.

        Raises:
            OSError: the program cannot be executed.
            ValueError: an option that has no meaning here.
        """
        options |= {"stdin": stdin, "stdout": stdout, "stderr": stderr}
        return await self.start_child(protocol_factory, (program, *args), options)

    async def subprocess_shell(
        self, protocol_factory: Callable[[], _P], cmd: bytes | str, *,
        stdin: Any = PIPE, stdout: Any = PIPE, stderr: Any = PIPE, **options: Any
    ) -> tuple[ChildTransport, _P]:  # fmt: skip
        """Have the platform's shell run `cmd` (subprocess-09a, 09b); the rest is as with subprocess_exec()."""
        options |= {"stdin": stdin, "stdout": stdout, "stderr": stderr}
        return await self.start_child(protocol_factory, cmd, options)

    async def start_child(
        self, protocol_factory: Callable[[], _P], command: Any, options: dict[str, Any]
    ) -> tuple[ChildTransport, _P]:
        """Start a child and wait for connection_made(); whoever is cancelled there gets no child to kill."""
        if os.name != "posix":
            raise NotImplementedError("this loop starts children on POSIX only")
        self.check_closed()
        shell = isinstance(command, (bytes, str))  # else it is an argv
        check_options(options, shell=shell)
        protocol = protocol_factory()
        popen = self.spawn(command, shell=shell, **options)
        transport = self.process_type(self, popen, protocol)
        await self.until_begun(transport)
        return transport, protocol

    def spawn(self, command: Any, **options: Any) -> "subprocess.Popen[bytes]":
        """Start the program."""
        return subprocess.Popen(command, bufsize=0, **options)


def check_options(options: dict[str, Any], *, shell: bool) -> None:
    """Refuse another shell, text and buffering, and take out the keywords that ask for neither (subprocess-29)."""
    for name, harmless in {**FIXED, "shell": (shell,)}.items():
        if options.pop(name, harmless[0]) not in harmless:
            raise ValueError(f"{name} has no meaning here: pipes are unbuffered and carry bytes")

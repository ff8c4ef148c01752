"""Loops that start children wrongly: another program, other arguments, nothing where it should fail."""

from __future__ import annotations

import asyncio
import os
import shlex
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.process import FIXED


@fault(breaks="subprocess-01")
class SwapsThePair(ReferenceLoop):
    """subprocess_exec returns protocol and transport."""

    async def subprocess_exec(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().subprocess_exec(*args, **options)
        return protocol, transport


@fault(breaks="subprocess-43")
class AsksTheFactoryTwice(ReferenceLoop):
    """The protocol factory is tried once before it is used."""

    async def start_child(self, protocol_factory: Any, *args: Any) -> Any:
        protocol_factory()
        return await super().start_child(protocol_factory, *args)


@fault(breaks="subprocess-43", raises="TypeError")
class TellsTheFactory(ReferenceLoop):
    """The protocol factory is given the loop."""

    async def start_child(self, protocol_factory: Any, *args: Any) -> Any:
        return await super().start_child(lambda: protocol_factory(self), *args)


@fault(breaks="subprocess-02a", raises="TypeError")
class TakesStrOnly(ReferenceLoop):
    """Arguments that are bytes are refused."""

    def spawn(self, command: Any, **options: Any) -> Any:
        if not all(isinstance(each, str) for each in command):
            raise TypeError("str expected")
        return super().spawn(command, **options)


@fault(breaks="subprocess-02a", raises="TypeError")
class TakesBytesOnly(ReferenceLoop):
    """Arguments that are str are refused."""

    def spawn(self, command: Any, **options: Any) -> Any:
        if not all(isinstance(each, bytes) for each in command):
            raise TypeError("bytes expected")
        return super().spawn(command, **options)


@fault(breaks="subprocess-02a")
class EncodesWithReplacement(ReferenceLoop):
    """What is not UTF-8 in an argument becomes a question mark."""

    def spawn(self, command: Any, **options: Any) -> Any:
        encoded = [each.encode("utf-8", "replace") if isinstance(each, str) else each for each in command]
        return super().spawn(encoded, **options)


@fault(breaks="subprocess-02b")
class AddsAnArgument(ReferenceLoop):
    """The child gets one empty argument more."""

    def spawn(self, command: Any, **options: Any) -> Any:
        return super().spawn([*command, ""], **options)


@fault(breaks="subprocess-02b")
class DropsEmptyArguments(ReferenceLoop):
    """Arguments that are empty do not reach the child."""

    def spawn(self, command: Any, **options: Any) -> Any:
        return super().spawn([each for each in command if each], **options)


@fault(breaks="subprocess-02b", raises="FileNotFoundError")
class LooksNothingUp(ReferenceLoop):
    """A program is not looked up on PATH."""

    def spawn(self, command: Any, **options: Any) -> Any:
        return super().spawn([os.path.abspath(command[0]), *command[1:]], **options)


@fault(breaks="subprocess-09a")
class HasNoShell(ReferenceLoop):
    """subprocess_shell splits its command and runs the first word."""

    def spawn(self, command: Any, **options: Any) -> Any:
        if options.pop("shell"):
            command = shlex.split(os.fsdecode(command))
            command[0] = "printf" if command[0].startswith("x=") else command[0]
        return super().spawn(command, shell=False, **options)


@fault(breaks="subprocess-09a")
class ShellSwapsThePair(ReferenceLoop):
    """subprocess_shell returns protocol and transport."""

    async def subprocess_shell(self, *args: Any, **options: Any) -> Any:
        transport, protocol = await super().subprocess_shell(*args, **options)
        return protocol, transport


@fault(breaks="subprocess-09b", raises="ValueError")
class TakesBytesCommandsOnly(ReferenceLoop):
    """A shell command that is a str is refused."""

    async def subprocess_shell(self, protocol_factory: Any, cmd: Any, **options: Any) -> Any:
        if isinstance(cmd, str):
            raise ValueError("bytes expected")  # noqa: TRY004 - as the loop refuses other types
        return await super().subprocess_shell(protocol_factory, cmd, **options)


@fault(breaks="subprocess-09b")
class ShowsBytes(ReferenceLoop):
    """A shell command that is bytes is run as it is shown."""

    async def subprocess_shell(self, protocol_factory: Any, cmd: Any, **options: Any) -> Any:
        cmd = str(cmd)[2:-1] if isinstance(cmd, bytes) else cmd
        return await super().subprocess_shell(protocol_factory, cmd, **options)


@fault(breaks="subprocess-31")
class FailsInItsOwnWay(ReferenceLoop):
    """A program that cannot be started is a RuntimeError."""

    def spawn(self, command: Any, **options: Any) -> Any:
        try:
            return super().spawn(command, **options)
        except OSError as error:
            raise RuntimeError("no such program") from error


@fault(breaks="subprocess-31")
class GivesUp(ReferenceLoop):
    """After one start that failed no child can be started."""

    failed = False

    def spawn(self, command: Any, **options: Any) -> Any:
        if self.failed:
            raise FileNotFoundError
        try:
            return super().spawn(command, **options)
        except OSError:
            self.failed = True
            raise


@fault(breaks="subprocess-52", shows="hang")
class StartsAllTheSame(ReferenceLoop):
    """A start that is cancelled goes on behind the back of its caller."""

    async def start_child(self, *args: Any) -> Any:
        return await asyncio.shield(self.create_task(super().start_child(*args)))


@fault(breaks="subprocess-29")
class ForgetsTextAndBuffers(ReferenceLoop):
    """What asks for text or buffers is dropped in silence."""

    async def start_child(self, *args: Any) -> Any:
        for name in FIXED:
            args[-1].pop(name, None)
        return await super().start_child(*args)


@fault(breaks="subprocess-61")
class FailedStartsLeak(ReferenceLoop):
    """The pipes of a child that could not be started stay open."""

    async def subprocess_exec(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().subprocess_exec(*args, **options)
        except OSError:
            os.pipe()
            raise

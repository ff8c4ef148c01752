"""Loops whose failed or cancelled connections leave something behind."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop


@fault(breaks="connect-34")
class CancelledSocketsStayOpen(ReferenceLoop):
    """The descriptor of a connection that was cancelled stays open."""

    async def connect_resolved(self, sock: socket.socket, address: Any) -> None:
        try:
            await super().connect_resolved(sock, address)
        except asyncio.CancelledError:
            os.dup(sock.fileno())
            raise


@fault(breaks="connect-43")
class RefusedSocketsStayOpen(ReferenceLoop):
    """The descriptor of a connection that was refused stays open."""

    async def connect_resolved(self, sock: socket.socket, address: Any) -> None:
        try:
            await super().connect_resolved(sock, address)
        except OSError:
            os.dup(sock.fileno())
            raise


@fault(breaks="connect-51")
class LosersStayOpen(ReferenceLoop):
    """The descriptors of attempts that did not win stay open."""

    async def connect_resolved(self, sock: socket.socket, address: Any) -> None:
        try:
            await super().connect_resolved(sock, address)
        except BaseException:
            os.dup(sock.fileno())
            raise


@fault(breaks="connect-35")
class FactoryErrorsAreWrapped(ReferenceLoop):
    """What the factory raises comes out as RuntimeError."""

    async def create_connection(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
        def factory() -> Any:
            try:
                return protocol_factory()
            except Exception as error:
                raise RuntimeError("the factory failed") from error

        return await super().create_connection(factory, *args, **options)


@fault(breaks="connect-44")
class ClosesByNumber(ReferenceLoop):
    """A socket that was given is closed by its number, and its object still holds it."""

    async def establish(self, sock: socket.socket, *args: Any, **options: Any) -> Any:
        return await super().establish(socket.socket(fileno=sock.fileno()), *args, **options)


@fault(breaks="connect-50")
class UnknownNamesArePlainErrors(ReferenceLoop):
    """A name that the resolver does not know is a plain OSError."""

    async def resolve(self, *args: Any) -> Any:
        try:
            return await super().resolve(*args)
        except socket.gaierror as error:
            raise OSError(str(error)) from error


@fault(breaks="connect-50")
class ResolverCodesGetLost(ReferenceLoop):
    """The error of the resolver has no code."""

    async def resolve(self, *args: Any) -> Any:
        try:
            return await super().resolve(*args)
        except socket.gaierror as error:
            raise socket.gaierror(str(error)) from error

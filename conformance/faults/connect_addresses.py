"""Loops that get create_connection() to a host of several addresses wrong."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.addresses import Address

OTHER = {0: 0, socket.AF_INET: socket.AF_INET6, socket.AF_INET6: socket.AF_INET}


@fault(breaks="connect-13")
class OnlyTheFirstAddress(ReferenceLoop):
    """Only the first address of a host is tried."""

    async def resolve(self, *args: Any) -> list[Address]:
        return (await super().resolve(*args))[:1]


@fault(breaks="connect-41")
class LastAddressFirst(ReferenceLoop):
    """Addresses are tried from the last to the first."""

    async def resolve(self, *args: Any) -> list[Address]:
        return (await super().resolve(*args))[::-1]


@fault(breaks="connect-12")
class IgnoresFamily(ReferenceLoop):
    """family is accepted and not used."""

    async def resolve(self, host_and_port: Any, _family: int, *args: Any) -> list[Address]:
        return await super().resolve(host_and_port, 0, *args)


@fault(breaks="connect-12")
class TakesTheOtherFamily(ReferenceLoop):
    """family is the one that is left out."""

    async def resolve(self, host_and_port: Any, family: int, *args: Any) -> list[Address]:
        return await super().resolve(host_and_port, OTHER[family], *args)


@fault(breaks="connect-22b")
class TellsTheLastFailure(ReferenceLoop):
    """Of several failures only the last is told."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        failures: list[OSError] = []

        async def one(address: Any, local: Any, errors: list[Exception]) -> socket.socket:
            try:
                return await connect_one(address, local, errors)
            except OSError as error:
                failures.append(error)
                raise

        connect_one, self.connect_one = self.connect_one, one  # type: ignore[method-assign]  # for this call alone
        try:
            return await super().create_connection(*args, **options)
        except OSError as error:
            raise (failures or [error])[-1] from None
        finally:
            self.connect_one = connect_one  # type: ignore[method-assign]  # as it was


@fault(breaks="connect-23")
class NeverGroups(ReferenceLoop):
    """all_errors is accepted and not used."""

    async def create_connection(self, *args: Any, all_errors: bool = False, **options: Any) -> Any:
        return await super().create_connection(*args, **options)


@fault(breaks="connect-23")
class AlwaysGroups(ReferenceLoop):
    """Failures are grouped whether all_errors was given or not."""

    async def create_connection(self, *args: Any, all_errors: bool = False, **options: Any) -> Any:
        return await super().create_connection(*args, all_errors=True, **options)


@fault(breaks="connect-14", shows="hang")
class NoHappyEyeballs(ReferenceLoop):
    """happy_eyeballs_delay is accepted and not used."""

    async def create_connection(self, *args: Any, happy_eyeballs_delay: Any = None, **options: Any) -> Any:
        return await super().create_connection(*args, **options)


Addresses = Sequence[Address]


@fault(breaks="connect-14")
class ImpatientEyeballs(ReferenceLoop):
    """With happy_eyeballs_delay all attempts start at once."""

    async def run_race(self, addresses: Addresses, local: Any, _delay: float, errors: list[Exception]) -> Any:
        return await super().run_race(addresses, local, 0.0, errors)


@fault(breaks="connect-14")
class LastEyeballsFirst(ReferenceLoop):
    """With happy_eyeballs_delay the last address is tried first."""

    async def run_race(self, addresses: Addresses, local: Any, delay: float, errors: list[Exception]) -> Any:
        return await super().run_race(addresses[::-1], local, delay, errors)


@fault(breaks="connect-42")
class FailuresDoNotHurry(ReferenceLoop):
    """With happy_eyeballs_delay a failure of the first attempt is the end of it."""

    async def run_race(self, addresses: Addresses, local: Any, delay: float, errors: list[Exception]) -> Any:
        return await super().run_race(addresses[:1], local, delay, errors)


@fault(breaks="connect-49")
class NoInterleave(ReferenceLoop):
    """interleave and happy_eyeballs_delay are unknown."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        if {"interleave", "happy_eyeballs_delay"} & set(options):
            raise TypeError("unexpected keyword argument")
        return await super().create_connection(*args, **options)

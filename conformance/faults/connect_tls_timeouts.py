"""Loops that take the two timeouts of TLS lightly."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from loopcert.conformance.faults import fault
from loopcert.conformance.faults.connect_tls_failures import Layer
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference.tls_options import TLSOptions

LONG = 3600.0


class Timing(ReferenceLoop):
    """Changes the times of TLS; ``times`` is what a fault overrides."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        """Return what is to be changed."""
        return {}

    def make_tls_transport(self, sock: Any, protocol: Any, tls: TLSOptions, *args: Any) -> Any:
        return super().make_tls_transport(sock, protocol, dataclasses.replace(tls, **self.times(tls)), *args)


@fault(breaks="connect-19a", shows="hang")
class ClientsWaitForEver(Timing):
    """A client's handshake may take any time."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        return {} if tls.server_side else {"handshake_timeout": LONG}


@fault(breaks="connect-19a")
class HastyClients(Timing):
    """A client's handshake has a tenth of the time that was given, if that is short."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        return {"handshake_timeout": tls.handshake_timeout / 10} if tls.handshake_timeout < 0.05 else {}


@fault(breaks="connect-19a", shows="hang")
class EveryByteHasItsTime(ReferenceLoop):
    """The time for the handshake begins anew with every byte."""

    class Patient(Layer):
        """Sets its timer again."""

        def shake_hands(self) -> None:
            self.set_timer(self.options.handshake_timeout, self.handshake_late)
            super().shake_hands()

    tls_type = Patient


@fault(breaks="connect-52", shows="hang")
class LateHandshakesStayOpen(ReferenceLoop):
    """A connection whose handshake took too long is given up, and not closed."""

    class Open(Layer):
        """Keeps a second descriptor."""

        def handshake_late(self) -> None:
            if self.is_client:
                os.dup(self.lower.get_extra_info("socket").fileno())
            super().handshake_late()

    tls_type = Open


@fault(breaks="connect-53")
class NeverForgets(ReferenceLoop):
    """A connection ends when the time for the handshake is over, also if that was long done."""

    class Grudging(Layer):
        """Keeps its timer."""

        def stop_timer(self) -> None:
            if not self.is_client:
                super().stop_timer()

        def set_timer(self, seconds: float, callback: Any, *args: Any) -> None:
            if self.is_client:
                self.loop.call_later(seconds, self.abort)
            super().set_timer(seconds, callback, *args)

    tls_type = Grudging


@fault(breaks="connect-53")
class WholeSecondsOnly(ReferenceLoop):
    """A timeout must be a float of its own."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        for name, value in options.items():
            if name.endswith("_timeout") and not isinstance(value, float):
                raise TypeError(f"{name} must be a float")
        return await super().create_connection(*args, **options)


@fault(breaks="connect-53")
class ShortTimesOnly(ReferenceLoop):
    """A timeout must not be longer than a second."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        for name, value in options.items():
            if name.endswith("_timeout") and value and value > 2:
                raise ValueError(f"{name} is too long")
        return await super().create_connection(*args, **options)


@fault(breaks="connect-20a", shows="hang")
class NoGoodbyeNoEnd(Timing):
    """close() waits for the goodbye of the peer for ever."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        return {"shutdown_timeout": LONG}


@fault(breaks="connect-20a")
class HastyGoodbye(Timing):
    """The goodbye has a tenth of the time that was given, if that is short."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        return {"shutdown_timeout": tls.shutdown_timeout / 10} if tls.shutdown_timeout < 1 else {}


class Lenient(ReferenceLoop):
    """Drops timeouts that make no sense; ``drops`` says which."""

    def drops(self, value: float, options: dict[str, Any]) -> bool:
        """Say whether a timeout is dropped."""
        return False

    def clean(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options without those timeouts."""
        return {
            name: value
            for name, value in options.items()
            if not (name.endswith("_timeout") and value is not None and self.drops(value, options))
        }

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        return await super().create_connection(*args, **self.clean(options))

    async def connect_accepted_socket(self, *args: Any, **options: Any) -> Any:
        return await super().connect_accepted_socket(*args, **self.clean(options))


@fault(breaks="connect-21")
class StrayTimeouts(Lenient):
    """Timeouts without ssl are ignored."""

    def drops(self, value: float, options: dict[str, Any]) -> bool:
        return not options.get("ssl")


@fault(breaks="connect-59", shows="hang")
class AnyTimeWillDo(Lenient):
    """A timeout that is not positive is the default one."""

    def drops(self, value: float, options: dict[str, Any]) -> bool:
        return value <= 0


@fault(breaks="connect-59")
class AnotherError(ReferenceLoop):
    """A timeout that is not positive is a TypeError."""

    async def create_connection(self, *args: Any, **options: Any) -> Any:
        self.judge(options)
        return await super().create_connection(*args, **options)

    async def connect_accepted_socket(self, *args: Any, **options: Any) -> Any:
        self.judge(options)
        return await super().connect_accepted_socket(*args, **options)

    def judge(self, options: dict[str, Any]) -> None:
        """Refuse what is not positive."""
        if any(name.endswith("_timeout") and value is not None and value <= 0 for name, value in options.items()):
            raise TypeError("a timeout must be positive")


@fault(breaks="connect-57", shows="hang")
class ServersWaitForEver(Timing):
    """A server's handshake may take any time."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        return {"handshake_timeout": LONG} if tls.server_side else {}


@fault(breaks="connect-57")
class HastyServers(Timing):
    """A server's handshake has a tenth of the time that was given, if that is short."""

    def times(self, tls: TLSOptions) -> dict[str, Any]:
        short = tls.server_side and tls.handshake_timeout < 0.05
        return {"handshake_timeout": tls.handshake_timeout / 10} if short else {}

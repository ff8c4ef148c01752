"""What a caller asked for with ssl= and its companions, checked once for all methods that take them."""

import ssl
from dataclasses import dataclass

HANDSHAKE_TIMEOUT = 60.0  # seconds (connect-19b)

SHUTDOWN_TIMEOUT = 30.0  # seconds (connect-20b)


@dataclass(frozen=True, slots=True)
class TLSOptions:
    """TLS for one connection, or for all that a server accepts."""

    context: ssl.SSLContext
    server_side: bool
    server_hostname: str | None  # None: no name is sent or matched
    handshake_timeout: float  # seconds
    shutdown_timeout: float  # seconds


def client_options(
    context: ssl.SSLContext | bool | None, host: str | None, server_hostname: str | None,
    handshake_timeout: float | None, shutdown_timeout: float | None
) -> TLSOptions | None:  # fmt: skip
    """Give the TLS of a client, or None for a plain connection (connect-07a to 11, 21, unix-11).

    Arguments:
        context: True stands for a context that checks certificates and host names.
        host: the name to match when `server_hostname` is None.
        server_hostname: the name to match instead; "" matches none.
        handshake_timeout: seconds; None means the default.
        shutdown_timeout: seconds; None means the default.

    Raises:
        ValueError: the arguments contradict each other, or there is no name to match.
    """
    if not context:
        if server_hostname is not None:
            raise ValueError("server_hostname is only meaningful with ssl")
        refuse_timeouts(handshake_timeout, shutdown_timeout)
        return None
    if server_hostname is None:
        if not host:
            raise ValueError("You must set server_hostname when using ssl without a host")
        server_hostname = host
    if context is True:
        context = ssl.create_default_context()
        context.check_hostname = bool(server_hostname)  # "" matches none (connect-11)
    return make_options(context, False, server_hostname, handshake_timeout, shutdown_timeout)


def server_options(
    context: ssl.SSLContext | None, handshake_timeout: float | None, shutdown_timeout: float | None
) -> TLSOptions | None:
    """Give the TLS of a server's side, or None for plain connections (server-08a, 08b, 13c).

    Raises:
        TypeError: `context` is no SSLContext; True is not enough, as a server has a certificate.
        ValueError: timeouts without a context.
    """
    if context is None:
        refuse_timeouts(handshake_timeout, shutdown_timeout)
        return None
    if not isinstance(context, ssl.SSLContext):
        raise TypeError(f"ssl argument must be an SSLContext instance or None, got {context!r}")
    return make_options(context, True, None, handshake_timeout, shutdown_timeout)


def make_options(
    context: ssl.SSLContext, server_side: bool, server_hostname: str | None, handshake_timeout: float | None,
    shutdown_timeout: float | None
) -> TLSOptions:  # fmt: skip
    """Fill in the default timeouts and refuse those that are not positive."""
    handshake = HANDSHAKE_TIMEOUT if handshake_timeout is None else handshake_timeout
    shutdown = SHUTDOWN_TIMEOUT if shutdown_timeout is None else shutdown_timeout
    for name, seconds in (("ssl_handshake_timeout", handshake), ("ssl_shutdown_timeout", shutdown)):
        if seconds <= 0:
            raise ValueError(f"{name} should be a positive number, got {seconds}")
    return TLSOptions(context, server_side, server_hostname or None, handshake, shutdown)


def refuse_timeouts(handshake_timeout: float | None, shutdown_timeout: float | None) -> None:
    """Refuse timeouts of something that does not happen (connect-21, server-13c)."""
    for name, seconds in (("ssl_handshake_timeout", handshake_timeout), ("ssl_shutdown_timeout", shutdown_timeout)):
        if seconds is not None:
            raise ValueError(f"{name} is only meaningful with ssl")

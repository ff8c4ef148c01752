"""The TLS state machine: bytes in, bytes out. Nothing here knows a socket, a loop or a clock."""

import enum
import ssl
from typing import Any

from .tls_options import TLSOptions

RECORD = 16 * 1024  # bytes of application data in the largest record: no single read gives more


class Phase(enum.Enum):
    """How far a TLS connection is; it only ever goes forward."""

    HANDSHAKE = enum.auto()
    OPEN = enum.auto()
    SHUTDOWN = enum.auto()  # our close_notify is out, the peer's is not in
    OVER = enum.auto()


class TLSMachine:
    """One end of a TLS connection.

    What arrives goes in by feed(), what is to be sent comes out of take(); after every other call there may be
    something to take. Calls that need more from the peer say so by their result and are made again after a feed().

    Arguments:
        options: certificates, the side, and the name to match.

    Raises:
        ValueError: the context wants to match a name and there is none (connect-33).
    """

    def __init__(self, options: TLSOptions) -> None:
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.object = options.context.wrap_bio(
            self.incoming, self.outgoing, server_side=options.server_side, server_hostname=options.server_hostname
        )
        self.phase = Phase.HANDSHAKE
        self.eof_fed = False
        self.eof_read = False  # the peer's close_notify, or the end of what it sends, has come out of read()
        self.failure: ssl.SSLError | None = None  # found behind data that was still good

    # The side of the network.

    def feed(self, data: Any) -> None:
        """Put in what the peer sent."""
        self.incoming.write(data)

    def feed_eof(self) -> None:
        """Put in that the peer will send no more."""
        self.eof_fed = True
        self.incoming.write_eof()

    def take(self) -> bytes:
        """Take out what is to be sent to the peer, b"" if nothing."""
        return self.outgoing.read()

    # The side of the application.

    def handshake(self) -> bool:
        """Go on with the handshake; tell whether it is complete.

        Raises:
            ssl.SSLError: it failed; what take() gives then tells the peer why.
        """
        try:
            self.object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.phase = Phase.OPEN
        return True

    def read(self) -> bytes:
        """Give all application data that has arrived, b"" if there is none; `eof_read` tells whether more can come.

        The end is the peer's close_notify or, without one, the end of its stream (tls-21).

        Raises:
            ssl.SSLError: what arrived is not what it should be.
        """
        if self.failure is not None:
            raise self.failure
        chunks: list[bytes] = []
        try:
            while chunk := self.attempt_read(RECORD):
                chunks.append(chunk)
        except ssl.SSLError as error:
            if not chunks:
                raise
            self.failure = error
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def read_into(self, buffer: Any) -> int:
        """Put application data into `buffer` and give its length, 0 if there is none; see read()."""
        count: int = self.attempt_read(len(buffer), buffer) or 0
        return count

    def attempt_read(self, *args: Any) -> Any:
        """Read from the SSL object: data or their number, None when something has to arrive first or nothing can."""
        if not (self.incoming.pending or self.eof_fed or self.object.pending()):
            return None  # what OpenSSL would find out as well, with an exception that costs more than all the rest
        try:
            result = self.object.read(*args)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            result = b""
        except ssl.SSLEOFError:
            if not self.eof_fed:
                raise
            result = b""
        if not result:
            self.eof_read = True
        return result

    def write(self, data: Any) -> int:
        """Encrypt some of `data`; give how many bytes, 0 when something has to arrive first (as while the peer rekeys).

        Raises:
            ssl.SSLError: the connection is broken.
        """
        try:
            return self.object.write(data)
        except ssl.SSLWantReadError:
            return 0

    # The end.

    def shut_down(self) -> bool:
        """Say goodbye; tell whether the peer has done so too. Data that it still sends is dropped.

        What has arrived is read first: OpenSSL gives up on a connection where data lies unread at this moment, and
        once it has said goodbye itself it must not be asked to again but only to read (tls-19, 20).

        Raises:
            ssl.SSLError: the connection is broken.
        """
        over = self.drop_incoming()
        if self.phase is not Phase.SHUTDOWN:
            self.phase = Phase.SHUTDOWN
            try:
                self.object.unwrap()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                if not over:
                    raise
        if over:
            self.phase = Phase.OVER
        return over

    def drop_incoming(self) -> bool:
        """Read all that there is, for nobody; tell whether it was the end."""
        self.read()
        return self.eof_read

    # What is known about it.

    def describe(self, name: str) -> Any:
        """Give what get_extra_info() knows of TLS (tls-09); KeyError for anything else."""
        known: Any = self.object
        if name in {"ssl_object", "sslcontext"}:
            return known if name == "ssl_object" else known.context
        return {"peercert": known.getpeercert, "cipher": known.cipher, "compression": known.compression}[name]()

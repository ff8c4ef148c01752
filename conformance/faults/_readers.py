"""What faults of streams share: transports that tamper with what a StreamReader gets, and with nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from loopcert.reference.stream import StreamTransport

_SIZE = 1 << 16


def feeds_a_reader(transport: Any) -> bool:
    """Whether what a transport receives goes to a StreamReader."""
    return isinstance(transport.protocol, asyncio.StreamReaderProtocol)


class Tampering(StreamTransport):
    """Has `tell` decide what becomes of data for a StreamReader."""

    def read(self) -> None:
        if not feeds_a_reader(self):
            super().read()
            return
        try:
            data = self.sock.recv(_SIZE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.end(error)
            return
        if data:
            self.tell(data)
        else:
            self.read_eof()

    def tell(self, data: bytes) -> None:
        """Give data to the protocol."""
        self.protocol.data_received(data)


class HalvesSwapped(Tampering):
    """The two halves of what arrives together change places."""

    def tell(self, data: bytes) -> None:
        middle = len(data) // 2
        super().tell(data[middle:] + data[:middle])


class EndIsAnError(StreamTransport):
    """The end of what the peer sends counts as a broken connection."""

    def read_eof(self) -> None:
        if feeds_a_reader(self):
            self.end(ConnectionResetError("the peer has ended"))
        else:
            super().read_eof()


class Forgets(Tampering):
    """What arrived while reading was paused is lost."""

    def resume_reading(self) -> None:
        if self.paused and feeds_a_reader(self):
            with suppress(OSError):
                self.sock.recv(_SIZE)
        super().resume_reading()


class StaysPaused(StreamTransport):
    """Reading that a StreamReader paused never goes on."""

    def resume_reading(self) -> None:
        if not feeds_a_reader(self):
            super().resume_reading()


class DropsOverflow(StreamTransport):
    """What is written while 64 kB wait is dropped."""

    def keep(self, data: memoryview) -> None:
        if not (feeds_a_reader(self) and self.unsent >= _SIZE):
            super().keep(data)

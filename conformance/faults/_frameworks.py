"""What faults of frameworks share: loops that break one promise of the documents that frameworks stand on."""

from __future__ import annotations

import asyncio
import socket
from contextvars import Context
from typing import Any

from loopcert.conformance.faults.callbacks_threads import Outside
from loopcert.reference import Loop as ReferenceLoop
from loopcert.reference import Task
from loopcert.reference.child import ChildTransport
from loopcert.reference.handle import Handle, TimerHandle
from loopcert.reference.server import Server
from loopcert.reference.stream import StreamTransport
from loopcert.reference.tls_layer import TLSLayer


def halves_swapped(data: bytes) -> bytes:
    """Return the second half, then the first."""
    middle = len(data) // 2
    return bytes(data[middle:]) + bytes(data[:middle])


class Swapping(StreamTransport):
    """Gives a protocol the two halves of what arrived in the wrong order."""

    def read(self) -> None:
        try:
            data = self.sock.recv(self.size)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.end(error)
            return
        if data:
            self.protocol.data_received(halves_swapped(data))
        else:
            self.read_eof()


class SwapsWhatArrives(ReferenceLoop):
    """The two halves of what a socket has received change places."""

    stream_type = Swapping


class Scrambling(StreamTransport):
    """Turns around what the socket does not take at once."""

    def keep(self, data: memoryview) -> None:
        super().keep(memoryview(bytes(data)[::-1]))


class ScramblesWhatWaits(ReferenceLoop):
    """What a socket does not take at once goes out backwards later."""

    stream_type = Scrambling


class SwappingWrites(StreamTransport):
    """Sends the two halves of much data in the wrong order."""

    much = 1 << 14

    def write(self, data: Any) -> None:
        super().write(data if len(data) < self.much else halves_swapped(data))


class SwapsMuchThatIsWritten(ReferenceLoop):
    """The two halves of 16 kB and more that are written at once change places."""

    stream_type = SwappingWrites


class SwapsWhatIsWritten(ReferenceLoop):
    """The two halves of what is written at once change places."""

    class Stream(SwappingWrites):
        """Swaps everything."""

        much = 2

    stream_type = Stream


class SwapsWhatIsDecrypted(ReferenceLoop):
    """The two halves of what arrived over TLS change places."""

    class Layer(TLSLayer):
        """Swaps."""

        def tell_data(self, data: bytes) -> None:
            super().tell_data(halves_swapped(data))

    tls_type = Layer


class CancelsWithAnError(ReferenceLoop):
    """cancel() of a Task throws a RuntimeError into the coroutine."""

    class Erring(Task[Any]):
        """Throws what nobody expects."""

        def advance(self, error: BaseException | None) -> None:
            super().advance(self.otherwise(error))

        def deliver_cancel(self, error: BaseException | None) -> BaseException:
            found = self.otherwise(super().deliver_cancel(error))
            assert found is not None
            return found

        @staticmethod
        def otherwise(error: BaseException | None) -> BaseException | None:
            """Put another error in the place of a CancelledError."""
            return RuntimeError("cancelled") if isinstance(error, asyncio.CancelledError) else error

    task_type = Erring


class LeavesThreadsAlone(Outside):
    """What another thread hands in with call_soon_threadsafe() runs in that thread."""

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Context | None = None) -> Handle:
        if not self.from_outside():
            return super().call_soon_threadsafe(callback, *args, context=context)
        handle = Handle(callback, args, self, context)
        self.run_handle(handle)
        self.wake()
        return handle


class RunsInPlace(ReferenceLoop):
    """run_in_executor() calls the function on the spot."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - the future's, whatever it is
            future.set_exception(error)
        return future


class TimersAtOnce(ReferenceLoop):
    """A timer is due at once."""

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> TimerHandle:
        return super().call_at(min(when, self.time()), callback, *args, context=context)


class TimersNeverCancelled(ReferenceLoop):
    """cancel() of a timer comes to nothing."""

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> TimerHandle:
        super().call_at(when, callback, *args, context=context)
        return TimerHandle(when, callback, args, self, context)


class ListenersNotWatched(ReferenceLoop):
    """add_reader() refuses a socket that listens."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        number = fd if isinstance(fd, int) else fd.fileno()
        try:
            with socket.socket(fileno=number) as sock:
                listens = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                sock.detach()
        except OSError:
            listens = 0
        if listens:
            raise OSError("this descriptor cannot be watched")
        super().add_reader(fd, callback, *args)


class NamesNotFound(ReferenceLoop):
    """getaddrinfo() finds no address."""

    async def getaddrinfo(self, host: Any, port: Any, **_options: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, f"no address for {host}")


class WritersStay(ReferenceLoop):
    """remove_writer() says that it has removed the watcher, which goes on."""

    def remove_writer(self, fd: Any) -> bool:
        return True


class AlwaysWell(ReferenceLoop):
    """Every child has ended with 0."""

    class Praising(ChildTransport):
        """Knows no failure."""

        def get_returncode(self) -> int | None:
            return None if super().get_returncode() is None else 0

        async def wait(self) -> int:
            await super().wait()
            return 0

    process_type = Praising


class TwoAtMost(ReferenceLoop):
    """A server has two clients at most, and sends others away."""

    class Small(Server):
        """Shuts the door in time."""

        def welcome(self, accepted: socket.socket, address: Any) -> None:
            if len(self.clients) < 2:
                super().welcome(accepted, address)
            else:
                accepted.close()

    server_type = Small

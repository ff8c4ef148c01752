"""Twisted on the loop: the asyncio reactor is installed on it, in a process that is Twisted's own."""

from __future__ import annotations

from loopcert.conformance.kit import check, equal, requirement
from loopcert.conformance.kit.frameworks import in_child

_INSTALL = """
import sys
from twisted.internet import asyncioreactor
loop = new_loop()
asyncioreactor.install(loop)
from twisted.internet import defer, endpoints, error, protocol, reactor, task, threads
seen = []

def stop(result=None):
    if result is not None:
        print(result)
    reactor.stop()
"""


def _twisted(loop_spec: str, code: str) -> str:
    """Run a program after the reactor has been installed on a loop under test; return what it printed."""
    return in_child("twisted.internet.asyncioreactor", loop_spec, _INSTALL + code)


@requirement("frameworks-30")
def test_twisted_calls_later(loop_spec: str) -> None:
    """When each is due is asked of Twisted: on a slow machine the later one of two may be due first."""
    code = """
def note(name):
    seen.append(name)
    if len(seen) == 4:
        reactor.stop()

reactor.callWhenRunning(note, "running")
calls = {name: reactor.callLater(delay, note, name) for name, delay in [("b", 0.01), ("a", 0.005), ("moved", 0.001)]}
reactor.callLater(0.001, note, "cancelled").cancel()
calls["moved"].reset(0.02)
due = sorted(calls, key=lambda name: calls[name].getTime())
reactor.run()
print(seen == ["running", *due], *seen)
"""
    called = _twisted(loop_spec, code)
    check(called.startswith("True"), f"what callLater() called: saw {called!r}, wanted all but one, as they are due")


@requirement("frameworks-31")
def test_twisted_serves(loop_spec: str) -> None:
    """An echo of 256 kB, which the client begins to read when it has sent all of it."""
    code = """
lost = defer.Deferred()

class Echo(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data)

    def connectionLost(self, reason):
        lost.callback(reason.type.__name__)

port = reactor.listenTCP(0, protocol.Factory.forProtocol(Echo), interface=LOOPBACK)
data = bytes(range(256)) * 1024

def visit():
    with socket.create_connection((LOOPBACK, port.getHost().port)) as sock:
        sock.sendall(data)
        got = b""
        while len(got) < len(data):
            got += sock.recv(1 << 16)
    return got == data

defer.gatherResults([threads.deferToThread(visit), lost]).addBoth(stop)
reactor.run()
"""
    equal(_twisted(loop_spec, code), "[True, 'ConnectionDone']", "whether the echo was the same, and how it ended")


@requirement("frameworks-32")
def test_twisted_connects(loop_spec: str) -> None:
    code = """
server = socket.create_server((LOOPBACK, 0))

def serve():
    sock, _ = server.accept()
    with sock:
        sock.sendall(sock.recv(5).upper())
        seen.append(sock.recv(1))

far = threading.Thread(target=serve)
far.start()

class Client(protocol.Protocol):
    def connectionMade(self):
        self.transport.write(b"hello")

    def dataReceived(self, data):
        seen.append(data)
        self.transport.loseConnection()

    def connectionLost(self, reason):
        seen.append(reason.type.__name__)
        reactor.stop()

point = endpoints.TCP4ClientEndpoint(reactor, LOOPBACK, server.getsockname()[1])
endpoints.connectProtocol(point, Client()).addErrback(stop)
reactor.run()
far.join()
print(*sorted(seen, key=str))
"""
    wanted = "ConnectionDone b'' b'HELLO'"
    equal(_twisted(loop_spec, code), wanted, "how it ended, the end that the server saw, and what the client got")


@requirement("frameworks-33")
def test_twisted_defers_to_threads(loop_spec: str) -> None:
    code = """
here = threading.get_ident()

def work():
    seen.append(threading.get_ident() != here)
    reactor.callFromThread(lambda: seen.append(threading.get_ident() == here))
    seen.append(threads.blockingCallFromThread(reactor, threading.get_ident) == here)
    return "done"

threads.deferToThread(work).addBoth(stop)
reactor.run()
print(*seen)
"""
    equal(_twisted(loop_spec, code), "done\nTrue True True", "the result, and whether each ran where it belongs")


@requirement("frameworks-34")
def test_twisted_bridges_deferreds_and_futures(loop_spec: str) -> None:
    code = """
async def ours(value):
    assert asyncio.get_running_loop() is loop
    await asyncio.sleep(0.001)
    if value is None:
        raise KeyError("ours")
    return value

def deferred(coroutine):
    return defer.Deferred.fromFuture(asyncio.ensure_future(coroutine, loop=loop))

async def theirs():
    later = defer.Deferred()
    reactor.callLater(0.001, later.callback, "a Deferred")
    seen.append(await later.asFuture(loop))
    failing = defer.Deferred()
    reactor.callLater(0.001, failing.errback, ValueError("theirs"))
    try:
        await failing.asFuture(loop)
    except ValueError as error:
        seen.append(error)

async def main():
    seen.append(await deferred(ours("a Future")))
    try:
        await deferred(ours(None))
    except KeyError as error:
        seen.append(error)
    await deferred(theirs())

defer.ensureDeferred(main()).addBoth(stop)
reactor.run()
print(*seen, sep=", ")
"""
    equal(_twisted(loop_spec, code), "a Future, 'ours', a Deferred, theirs", "results and errors in both directions")


@requirement("frameworks-35")
def test_twisted_exchanges_datagrams(loop_spec: str) -> None:
    code = """
class Echo(protocol.DatagramProtocol):
    def datagramReceived(self, data, address):
        self.transport.write(data.upper(), address)

port = reactor.listenUDP(0, Echo(), interface=LOOPBACK)

def visit():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((LOOPBACK, port.getHost().port))
        sock.send(b"hello")
        return sock.recv(100)

threads.deferToThread(visit).addBoth(stop)
reactor.run()
"""
    equal(_twisted(loop_spec, code), "b'HELLO'", "what a UDP port sent back")


@requirement("frameworks-36")
def test_twisted_talks_to_processes(loop_spec: str) -> None:
    code = """
class Child(protocol.ProcessProtocol):
    def connectionMade(self):
        self.transport.write(b"hello")
        self.transport.closeStdin()

    def outReceived(self, data):
        print(data.decode())
        reactor.stop()

program = "import sys; sys.stdout.write(sys.stdin.read().upper()); sys.stdout.flush()"
reactor.spawnProcess(Child(), sys.executable, [sys.executable, "-S", "-E", "-c", program], env=None)
reactor.run()
"""
    equal(_twisted(loop_spec, code), "HELLO", "output of a process")


@requirement("frameworks-37")
def test_twisted_learns_of_the_end_of_a_process(loop_spec: str) -> None:
    """Once the kernel says that the child has ended, a number of turns is enough to be told so.

    The child is killed when all of its pipes have been lost: only the signal can tell of its end then.
    """
    code = """
import contextlib, os

class Child(protocol.ProcessProtocol):
    left = 3

    def childConnectionLost(self, fd):
        self.left -= 1
        if not self.left:
            reactor.callLater(0, self.end)  # not here: Twisted looks after the child when this returns

    def end(self):
        threading.Thread(target=wait, args=(self.transport.pid,), daemon=True).start()
        self.transport.signalProcess("KILL")

    def processEnded(self, reason):
        seen.append(f"ended by signal {reason.value.signal}")
        reactor.stop()

def turn(left):
    if left:
        reactor.callLater(0, turn, left - 1)
    elif reactor.running:
        seen.append("no word of the end")
        reactor.stop()

def wait(pid):
    with contextlib.suppress(ChildProcessError):
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    reactor.callFromThread(turn, 100)

program = "import os, signal; os.closerange(0, 3); signal.pause()"
reactor.spawnProcess(Child(), sys.executable, [sys.executable, "-S", "-E", "-c", program], env=None)
reactor.run()
print(*seen)
"""
    equal(_twisted(loop_spec, code), "ended by signal 9", "what was told of a process that ended")

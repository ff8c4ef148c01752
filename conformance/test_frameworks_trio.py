"""trio in guest mode: trio's own tasks, on the loop, in a process of their own (trio keeps threads in store)."""

from __future__ import annotations

from loopcert.conformance.kit import equal, requirement
from loopcert.conformance.kit.frameworks import in_child

_HOST = """
import trio
loop = new_loop()
seen = []

async def host(main, beside=None):
    done = loop.create_future()
    trio.lowlevel.start_guest_run(
        main,
        run_sync_soon_threadsafe=loop.call_soon_threadsafe,
        run_sync_soon_not_threadsafe=loop.call_soon,
        done_callback=done.set_result,
        host_uses_signal_set_wakeup_fd=True,
    )
    if beside is not None:
        await beside()
    return (await done).unwrap()

def run(main, beside=None):
    try:
        return loop.run_until_complete(host(main, beside))
    finally:
        loop.close()
"""


def _trio(loop_spec: str, code: str) -> str:
    """Run a program that finds ``run(main)``, which runs trio on a loop under test; return what it printed."""
    return in_child("trio", loop_spec, _HOST + code)


@requirement("frameworks-60")
def test_trio_runs_as_a_guest(loop_spec: str) -> None:
    code = """
async def child(seconds):
    began = trio.current_time()
    await trio.sleep(seconds)
    seen.append(trio.current_time() - began >= seconds)

async def main():
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(child, 0.02)
        nursery.start_soon(child, 0.005)
    with trio.move_on_after(0.005) as scope:
        await trio.sleep_forever()
    seen.append(scope.cancelled_caught)
    return "done", trio.current_time() - began >= 0.0249

print(run(main), *seen)
"""
    equal(_trio(loop_spec, code), "('done', True) True True True", "the guest's result and what it did")


@requirement("frameworks-60")
def test_trio_hands_its_error_to_the_host(loop_spec: str) -> None:
    code = """
async def main():
    await trio.sleep(0)
    raise KeyError("the guest's")

try:
    run(main)
except KeyError as error:
    print(error)
"""
    equal(_trio(loop_spec, code), '"the guest\'s"', "the error of a guest that failed")


@requirement("frameworks-61")
def test_trio_and_coroutines_take_turns(loop_spec: str) -> None:
    """Each side waits for the other twice: a guest that is not woken, or a host that stands still, would hang."""
    code = """
ping, pong = trio.Event(), asyncio.Event()

async def main():
    await ping.wait()
    seen.append("ping")
    pong.set()
    seen.append(await trio.to_thread.run_sync(lambda: trio.from_thread.run_sync(threading.get_ident))
                == threading.get_ident())
    asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop)
    await trio.sleep(0.001)

async def beside():
    await asyncio.sleep(0.001)
    ping.set()
    await pong.wait()
    seen.append("pong")

run(main, beside)
print(*sorted(map(str, seen)))
"""
    equal(_trio(loop_spec, code), "True ping pong", "what both sides did")


@requirement("frameworks-62")
def test_trio_serves_and_connects(loop_spec: str) -> None:
    code = """
from functools import partial
data = bytes(range(256)) * 1024
server = socket.create_server((LOOPBACK, 0))

def far():
    sock, _ = server.accept()
    with sock:
        sock.sendall(sock.recv(5).upper())

async def echo(stream):
    async for chunk in stream:
        await stream.send_all(chunk)

def visit(port):
    got = b""
    with socket.create_connection((LOOPBACK, port)) as sock:
        sender = threading.Thread(target=sock.sendall, args=(data,))
        sender.start()
        while len(got) < len(data):
            got += sock.recv(1 << 16)
        sender.join()
    return got == data

async def main():
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, echo, 0, host=LOOPBACK))
        port = listeners[0].socket.getsockname()[1]
        seen.append(await trio.to_thread.run_sync(visit, port))
        nursery.cancel_scope.cancel()
    peer = threading.Thread(target=far)
    peer.start()
    stream = await trio.open_tcp_stream(*server.getsockname())
    async with stream:
        await stream.send_all(b"hello")
        seen.append(await stream.receive_some(5))
    peer.join()

run(main)
print(*seen)
"""
    equal(_trio(loop_spec, code), "True b'HELLO'", "whether the echo was the same, and what a client got")

"""gevent beside the loop, in a process of its own: greenlets and coroutines take turns in one thread.

A callback of the loop that sleeps in gevent gives the greenlets their turn, and comes back when they have had it.
"""

from __future__ import annotations

from loopcert.conformance.kit import equal, requirement
from loopcert.conformance.kit.frameworks import in_child

_TURNS = """
import gevent, gevent.event
loop = new_loop()
seen = []

def turn():
    gevent.sleep(0)
    loop.call_soon(turn)

def run(coroutine):
    loop.call_soon(turn)
    try:
        loop.run_until_complete(coroutine)
    finally:
        loop.close()
    print(*seen)
"""


def _gevent(loop_spec: str, code: str) -> str:
    """Run a program that finds ``run(coroutine)``; return what it printed, which ends with ``seen``."""
    return in_child("gevent", loop_spec, _TURNS + code)


@requirement("frameworks-40")
def test_greenlets_and_coroutines_take_turns(loop_spec: str) -> None:
    code = """
def greenlet():
    for number in range(3):
        seen.append(f"greenlet-{number}")
        gevent.sleep(0)

async def coroutine():
    for number in range(3):
        seen.append(f"coroutine-{number}")
        await asyncio.sleep(0)

async def main():
    green = gevent.spawn(greenlet)
    await coroutine()
    while not green.dead:
        await asyncio.sleep(0)

run(main())
"""
    steps = _gevent(loop_spec, code).split()
    for kind in ("greenlet", "coroutine"):
        own = [step for step in steps if step.startswith(kind)]
        equal(own, [f"{kind}-{number}" for number in range(3)], f"steps of the {kind}")
    between = steps[steps.index("coroutine-0") : steps.index("coroutine-2")]
    equal([step for step in between if step == "greenlet-0"], ["greenlet-0"], "greenlets' steps among the coroutine's")


@requirement("frameworks-41")
def test_greenlets_and_coroutines_hand_over_results(loop_spec: str) -> None:
    code = """
question, answer = gevent.event.AsyncResult(), loop.create_future()

def greenlet():
    asked = question.get()
    gevent.sleep(0.001)
    answer.set_result(asked.upper())

async def main():
    green = gevent.spawn(greenlet)
    await asyncio.sleep(0.001)
    question.set("hello")
    seen.append(await answer)
    seen.append(asyncio.current_task().get_name() == "main")

run(loop.create_task(main(), name="main"))
"""
    equal(_gevent(loop_spec, code), "HELLO True", "what a greenlet answered, and whether the task is still the current")


@requirement("frameworks-42")
def test_greenlets_run_in_the_executor(loop_spec: str) -> None:
    """Each thread has a hub of its own: what waits in gevent there keeps nothing waiting here."""
    code = """
def work():
    greenlets = [gevent.spawn(lambda number=number: gevent.sleep(0.001) or number) for number in range(3)]
    gevent.joinall(greenlets)
    gevent.get_hub().destroy()
    return [each.value for each in greenlets], threading.get_ident()

async def main():
    values, thread = await loop.run_in_executor(None, work)
    seen.extend([*values, thread != threading.get_ident()])
    await loop.shutdown_default_executor()

run(main())
"""
    equal(_gevent(loop_spec, code), "0 1 2 True", "what greenlets of another thread gave, and whether it was another")


@requirement("frameworks-43")
def test_patched_sockets_stand_beside_the_loop(loop_spec: str) -> None:
    """A greenlet serves on a patched socket, and blocks in it; a stream of the loop is its client."""
    code = """
from gevent import monkey
monkey.patch_socket()
import socket
server = socket.create_server((LOOPBACK, 0))

def serve():
    sock, _ = server.accept()
    with sock:
        while data := sock.recv(1 << 16):
            sock.sendall(data.upper())

async def main():
    green = gevent.spawn(serve)
    reader, writer = await asyncio.open_connection(*server.getsockname())
    writer.write(b"hello")
    seen.append(await reader.readexactly(5))
    writer.write(b"x" * 300000)
    seen.append(await reader.readexactly(300000) == b"X" * 300000)
    writer.write_eof()
    seen.append(await reader.read())
    writer.close()
    await writer.wait_closed()
    while not green.dead:
        await asyncio.sleep(0)

run(main())
"""
    wanted = "b'HELLO' True b''"
    equal(_gevent(loop_spec, code), wanted, "a small and a large echo from a patched socket, and the end")

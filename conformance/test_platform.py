"""What every loop has to have, and how it says what it leaves out."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio import AbstractEventLoop
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from loopcert.conformance.kit import (
    ChildRecorder,
    Violation,
    child,
    equal,
    exits,
    reading,
    refuses,
    requirement,
    tcp_pair,
    violated,
    writing,
)
from loopcert.spec.sources import symbols

MANDATORY = {
    "starting": ("run_forever", "run_until_complete", "stop", "is_running", "close", "is_closed"),
    "callbacks": ("call_soon", "call_later", "call_at", "time"),
    "threads": ("call_soon_threadsafe", "run_in_executor", "set_default_executor"),
    "names": ("getaddrinfo", "getnameinfo"),
    "connections": ("create_connection", "create_server", "create_datagram_endpoint"),
    "sockets": ("sock_recv", "sock_sendall", "sock_connect", "sock_accept"),
    "tasks": ("create_future", "create_task", "set_task_factory", "get_task_factory"),
    "errors": (
        "get_exception_handler",
        "set_exception_handler",
        "default_exception_handler",
        "call_exception_handler",
    ),
    "debug mode": ("get_debug", "set_debug"),
}
LEFT_TO_THE_PLATFORM = ("create_unix_connection", "create_unix_server")
NO_METHODS = ("slow_callback_duration",)


def lacking(loop: AbstractEventLoop, names: tuple[str, ...]) -> list[str]:
    """Return those names that the loop has no method for, or the abstract class's, which only raises."""
    lacked = []
    for name in names:
        method = getattr(loop, name, None)
        stub = getattr(asyncio.AbstractEventLoop, name, None)
        if not callable(method) or getattr(method, "__func__", method) is stub:
            lacked.append(name)
    return lacked


@requirement("platform-04")
@pytest.mark.parametrize("group", MANDATORY)
def test_the_mandatory_groups_are_there(loop: AbstractEventLoop, group: str) -> None:
    equal(lacking(loop, MANDATORY[group]), [], f"methods that the loop lacks in the group of {group}")


async def watch(loop: AbstractEventLoop, name: str) -> None:
    """Call one of the methods of watchers as it is meant to be called."""
    near, far = tcp_pair()
    with near, far:
        if name.startswith("add"):
            getattr(loop, name)(near, lambda: None)
        getattr(loop, name.replace("add", "remove"))(near)


async def read_pipe(loop: AbstractEventLoop, _name: str) -> None:
    """Read from a pipe, and close it."""
    async with reading(loop):
        pass


async def write_pipe(loop: AbstractEventLoop, _name: str) -> None:
    """Write to a pipe, and close it."""
    async with writing(loop):
        pass


async def start_program(loop: AbstractEventLoop, _name: str) -> None:
    """Start a program that ends at once; how its end is told is the business of another chapter."""
    async with child(loop, exits(0)):
        pass


async def start_shell(loop: AbstractEventLoop, _name: str) -> None:
    """Start a shell that ends at once."""
    recorder = ChildRecorder()
    transport, _ = await loop.subprocess_shell(lambda: recorder, "exit 0")
    transport.close()
    clearing = asyncio.ensure_future(recorder.seen("lost"))
    await asyncio.wait([clearing], timeout=0.5)  # proves nothing
    clearing.cancel()


async def handle(loop: AbstractEventLoop, name: str) -> None:
    """Add and remove a callback for a signal."""
    number = getattr(signal, "SIGWINCH", signal.SIGTERM)
    if name.startswith("add"):
        loop.add_signal_handler(number, lambda: None)
    loop.remove_signal_handler(number)


OPTIONAL: dict[str, Callable[[AbstractEventLoop, str], Awaitable[Any]]] = {
    "add_reader": watch,
    "remove_reader": watch,
    "add_writer": watch,
    "remove_writer": watch,
    "connect_read_pipe": read_pipe,
    "connect_write_pipe": write_pipe,
    "subprocess_exec": start_program,
    "subprocess_shell": start_shell,
    "add_signal_handler": handle,
    "remove_signal_handler": handle,
}


@requirement("platform-03")
@pytest.mark.parametrize("name", OPTIONAL)
def test_an_optional_method_works_or_says_so(loop: AbstractEventLoop, name: str) -> None:
    if sys.platform == "win32" and "pipe" in name:
        pytest.skip("the documents leave it to a loop on Windows which pipes it takes")

    async def body() -> None:
        await OPTIONAL[name](loop, name)

    try:
        loop.run_until_complete(body())
    except Violation as error:
        if not refuses(error):
            raise
    except NotImplementedError:
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, the PEP names one exception only
        violated(f"{name}(): saw {type(error).__name__}: {error}, wanted it to work or NotImplementedError")


DOCUMENTED = [
    symbol.name.removeprefix("asyncio.loop.") for symbol in symbols() if symbol.name.startswith("asyncio.loop.")
]
OTHERS = [
    name
    for name in DOCUMENTED
    if name not in {*sum(MANDATORY.values(), ()), *OPTIONAL, *LEFT_TO_THE_PLATFORM, *NO_METHODS}
]


@requirement("platform-05")
@pytest.mark.parametrize("name", OTHERS)
def test_every_documented_method_is_defined(loop: AbstractEventLoop, name: str) -> None:
    equal(lacking(loop, (name,)), [], "documented methods that the loop does not define")

"""close(): what it ends, what it drops, and what it makes of the loop."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from asyncio import AbstractEventLoop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from socket import socketpair
from typing import Any

import pytest

from loopcert.conformance.kit import Trace, allowed, child_python, drain, equal, instance, raises, requirement


def never(*_arguments: object) -> None:
    """A callback that is scheduled and never run."""


@requirement("running-19")
def test_is_closed_before_and_after_close(loop: AbstractEventLoop) -> None:
    seen = [loop.is_closed()]
    drain(loop)
    seen.append(loop.is_closed())
    loop.close()
    seen.append(loop.is_closed())
    loop.close()
    seen.append(loop.is_closed())
    equal(seen, [False, False, True, True], "is_closed() when new, after a run, after close(), after another close()")


@requirement("running-19")
def test_is_closed_of_a_loop_that_never_ran(loop: AbstractEventLoop) -> None:
    loop.close()
    equal(loop.is_closed(), True, "is_closed()")


@requirement("running-19")
def test_is_closed_within_a_run(loop: AbstractEventLoop, trace: Trace) -> None:
    loop.call_soon(lambda: trace(loop.is_closed()))
    drain(loop)
    trace.expect(False)


@requirement("running-20")
def test_close_of_a_running_loop_is_refused(loop: AbstractEventLoop, trace: Trace) -> None:
    def close() -> None:
        try:
            loop.close()
        except RuntimeError:
            trace("refused")

    loop.call_soon(close)
    loop.call_soon(trace, "next callback")
    drain(loop)
    trace("closed", loop.is_closed())
    trace.expect("refused", "next callback", ("closed", False))


def schedule(loop: AbstractEventLoop, how: str, callback: Callable[..., object]) -> object:
    """Make ``callback`` pending in one of the loop's queues; what is returned has to be kept alive."""
    if how == "future":
        future = loop.create_future()
        future.add_done_callback(callback)
        future.set_result(None)
        return future
    if how == "call_later":
        return loop.call_later(0, callback, None)
    if how == "call_at":
        return loop.call_at(loop.time() - 1, callback, None)
    ways: dict[str, Callable[..., object]] = {
        "call_soon": loop.call_soon,
        "call_soon_threadsafe": loop.call_soon_threadsafe,
    }
    return ways[how](callback, None)


@pytest.mark.parametrize("how", ["call_soon", "call_soon_threadsafe", "call_later", "call_at", "future"])
@requirement("running-21")
def test_pending_callbacks_never_run(new_loop: Callable[[], AbstractEventLoop], trace: Trace, how: str) -> None:
    loop, other = new_loop(), new_loop()
    kept = schedule(loop, how, trace)
    loop.close()
    drain(other)
    del kept, loop
    gc.collect()
    trace.expect()


@requirement("running-21")
def test_leftovers_of_a_stop_never_run_once_closed(loop: AbstractEventLoop, trace: Trace) -> None:
    def last() -> None:
        loop.stop()
        loop.call_later(0.001, trace, "timer")

    loop.call_soon(last)
    loop.run_forever()
    loop.close()
    trace.expect()


@requirement("running-23a")
def test_close_does_not_wait_for_busy_threads(loop: AbstractEventLoop) -> None:
    release, ended = threading.Event(), threading.Event()

    def job() -> None:
        release.wait()
        ended.set()

    future = loop.run_in_executor(None, job)
    drain(loop)
    loop.close()
    equal(ended.is_set(), False, "whether the function had ended when close() returned")
    release.set()
    ended.wait()
    del future


@requirement("running-23b")
def test_close_shuts_the_default_executor_down(loop: AbstractEventLoop) -> None:
    with ThreadPoolExecutor(1) as pool:
        loop.set_default_executor(pool)
        loop.run_until_complete(loop.run_in_executor(None, never))
        loop.close()
        with raises(RuntimeError, "submit() to the default executor of a closed loop"):
            pool.submit(never)


@requirement("running-23b")
def test_close_shuts_down_a_default_executor_that_was_never_used(loop: AbstractEventLoop) -> None:
    with ThreadPoolExecutor(1) as pool:
        loop.set_default_executor(pool)
        loop.close()
        with raises(RuntimeError, "submit() to the default executor of a closed loop"):
            pool.submit(never)


@pytest.mark.parametrize("ran", [True, False])
@requirement("running-24")
def test_close_again_does_nothing(loop: AbstractEventLoop, ran: bool) -> None:
    if ran:
        drain(loop)
    loop.close()
    with allowed("close() of a closed loop"):
        loop.close()
        loop.close()
    equal(loop.is_closed(), True, "is_closed() after three times close()")


@requirement("running-24")
def test_close_again_leaves_descriptors_of_others_alone(loop: AbstractEventLoop) -> None:
    drain(loop)
    loop.close()
    pairs = [socketpair() for _ in range(4)]  # these get the numbers that the loop gave back
    with allowed("close() of a closed loop"):
        loop.close()
    for one, other in pairs:
        with allowed("use of descriptors opened after close()"), one, other:
            one.send(b"x")
            equal(other.recv(1), b"x", "data sent over descriptors opened after close()")


@pytest.mark.parametrize("ran", [True, False])
@requirement("running-25")
def test_run_forever_of_a_closed_loop_fails(loop: AbstractEventLoop, ran: bool) -> None:
    if ran:
        drain(loop)
    loop.stop()  # so that a loop that takes it comes back
    loop.close()
    with raises(Exception, "run_forever() of a closed loop"):
        loop.run_forever()


@requirement("running-25")
def test_run_until_complete_of_a_closed_loop_fails(loop: AbstractEventLoop) -> None:
    future = loop.create_future()
    future.set_result(None)
    loop.close()
    with raises(Exception, "run_until_complete() of a closed loop"):
        loop.run_until_complete(future)


@pytest.mark.parametrize("method", ["call_soon", "call_later", "call_at", "run_in_executor", "create_task"])
@requirement("running-26b")
def test_a_closed_loop_refuses_work(loop: AbstractEventLoop, method: str) -> None:
    coroutine = asyncio.sleep(0)
    arguments: dict[str, tuple[Any, ...]] = {
        "call_soon": (never,),
        "call_later": (1, never),
        "call_at": (1, never),
        "run_in_executor": (None, never),
        "create_task": (coroutine,),
    }
    loop.close()
    with raises(RuntimeError, f"{method}() of a closed loop"):
        getattr(loop, method)(*arguments[method])
    coroutine.close()


@pytest.mark.parametrize("method", ["add_reader", "add_writer"])
@requirement("running-26b")
def test_a_closed_loop_refuses_watchers(loop: AbstractEventLoop, method: str) -> None:
    loop.close()
    one, other = socketpair()
    with one, other:
        try:
            getattr(loop, method)(one, never)
        except NotImplementedError:
            pytest.skip("the loop leaves watchers out (NotImplementedError)")
        except Exception as error:  # noqa: BLE001  # which one it is is the question
            instance(error, RuntimeError, f"exception of {method}() of a closed loop")
        else:
            equal("accepted", "refused", f"{method}() of a closed loop")


@requirement("running-42")
def test_unclosed_loop_gives_a_resource_warning(loop_spec: str) -> None:
    code = """
        import gc, warnings
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            loop = new_loop()
            del loop
            gc.collect()
        print(any(issubclass(each.category, ResourceWarning) for each in seen))
    """
    equal(child_python(loop_spec, code).strip(), "True", "whether a ResourceWarning was given")


class Payload:
    """Something that a weak reference can point at."""


@pytest.mark.parametrize("how", ["call_soon", "call_soon_threadsafe", "call_later", "far timer"])
@requirement("running-55")
def test_close_lets_go_of_pending_callbacks(loop: AbstractEventLoop, how: str) -> None:
    payload = Payload()
    reference = weakref.ref(payload)
    if how == "far timer":
        loop.call_later(3600, never, payload)
    elif how == "call_later":
        loop.call_later(0, never, payload)
    else:
        getattr(loop, how)(never, payload)
    del payload
    loop.close()
    gc.collect()
    equal(reference(), None, "argument of a pending callback, after close() of a loop that is still referred to")

"""Task groups in which something fails: the others are cancelled and waited for, and all failures come out."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, CancelledError

import pytest

from loopcert.conformance.kit import Trace, drain, equal, raises, requirement
from loopcert.conformance.kit.settling import begun, outcomes, settled


class Grave(BaseException):
    """A failure that is no Exception."""


async def fails(error: BaseException | None = None) -> None:
    raise error or ValueError("child")


def which(group: BaseExceptionGroup[BaseException], **errors: BaseException) -> list[str]:
    """Name the errors that are members of the group: the very objects, and no others."""
    names = {id(error): name for name, error in errors.items()}
    return sorted(names.get(id(member), repr(member)) for member in group.exceptions)


@requirement("taskgroup-05a")
def test_a_failure_cancels_the_siblings(loop: AbstractEventLoop, trace: Trace) -> None:
    async def sibling(name: str) -> None:
        try:
            await loop.create_future()
        except CancelledError:
            trace(name)
            raise

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for name in "abc":
                    group.create_task(sibling(name))
                await asyncio.sleep(0)
                group.create_task(fails())
        except* ValueError:
            trace("group")

    settled(loop, main())
    equal((sorted(trace.seen[:-1]), trace.seen[-1:]), (list("abc"), ["group"]), "siblings interrupted, and the end")


@requirement("taskgroup-05a")
def test_the_clean_up_of_siblings_is_waited_for(loop: AbstractEventLoop, trace: Trace) -> None:
    async def sibling() -> None:
        try:
            await loop.create_future()
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            trace("cleaned up")

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(sibling())
                await asyncio.sleep(0)
                group.create_task(fails())
        except* ValueError:
            trace("group")

    settled(loop, main())
    trace.expect("cleaned up", "group")


@requirement("taskgroup-05b")
def test_a_failing_group_takes_no_new_task(loop: AbstractEventLoop) -> None:
    group, gate, more = asyncio.TaskGroup(), loop.create_future(), asyncio.sleep(0)

    async def lingers() -> None:
        try:
            await loop.create_future()
        except CancelledError:
            await gate

    async def main() -> None:
        async with group:
            group.create_task(lingers())
            group.create_task(fails())

    tasks = begun(loop, main())
    with raises(RuntimeError, "create_task() of a group in which a task failed"):
        group.create_task(more)
    more.close()
    gate.set_result(None)
    outcomes(loop, *tasks)


@requirement("taskgroup-06a")
@pytest.mark.parametrize("awaited", ["future", "task", "sleep(0)"])
def test_a_failure_interrupts_the_body(loop: AbstractEventLoop, trace: Trace, awaited: str) -> None:
    async def busy() -> None:
        while True:  # noqa: ASYNC110 - a body that is busy and waits for nothing
            await asyncio.sleep(0)

    async def waits() -> None:
        await loop.create_future()

    async def main() -> None:
        bodies = {"future": waits, "task": lambda: loop.create_task(waits()), "sleep(0)": busy}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails())
                try:
                    await bodies[awaited]()
                except CancelledError:
                    trace("interrupted")
                    raise
        except* ValueError:
            trace("group")

    settled(loop, main())
    trace.expect("interrupted", "group")


@requirement("taskgroup-07")
def test_failures_of_one_iteration_come_together(loop: AbstractEventLoop) -> None:
    errors = {name: ValueError(name) for name in "abc"}

    async def main() -> list[str]:
        try:
            async with asyncio.TaskGroup() as group:
                for error in errors.values():
                    group.create_task(fails(error))
        except BaseExceptionGroup as caught:
            return which(caught, **errors)
        return []

    equal(settled(loop, main()), list("abc"), "members of the exception group")


@requirement("taskgroup-07")
def test_failures_while_being_cancelled_come_too(loop: AbstractEventLoop) -> None:
    errors = {"first": ValueError("first"), "second": KeyError("second")}

    async def sibling() -> None:
        try:
            await loop.create_future()
        except CancelledError:
            await asyncio.sleep(0)
            raise errors["second"] from None

    async def main() -> list[str]:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(sibling())
                group.create_task(fails(errors["first"]))
        except BaseExceptionGroup as caught:
            return which(caught, **errors)
        return []

    equal(settled(loop, main()), ["first", "second"], "members of the exception group")


@requirement("taskgroup-07")
def test_grave_failures_come_in_a_base_exception_group(loop: AbstractEventLoop) -> None:
    errors: dict[str, BaseException] = {"grave": Grave("grave"), "usual": ValueError("usual")}

    async def main() -> tuple[list[str], bool]:
        try:
            async with asyncio.TaskGroup() as group:
                for error in errors.values():
                    group.create_task(fails(error))
        except BaseExceptionGroup as caught:
            return which(caught, **errors), isinstance(caught, ExceptionGroup)
        return [], False

    equal(
        settled(loop, main()), (["grave", "usual"], False), "members of the group, and whether it is an ExceptionGroup"
    )


@requirement("taskgroup-08a")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_exit_of_the_body_comes_bare(loop: AbstractEventLoop, trace: Trace, kind: type[BaseException]) -> None:
    error = kind()

    async def child() -> None:
        try:
            await loop.create_future()
        finally:
            trace("child")

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(child())
                await asyncio.sleep(0)
                raise error
        except kind as caught:
            trace("bare", caught is error)

    settled(loop, main())
    trace.expect("child", ("bare", True))


@requirement("taskgroup-08b")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_exit_of_a_child_comes_bare(loop: AbstractEventLoop, trace: Trace, kind: type[BaseException]) -> None:
    error = kind()

    async def sibling() -> None:
        try:
            await loop.create_future()
        finally:
            trace("sibling")

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(sibling())
                group.create_task(fails(error))
        except kind as caught:
            trace("bare", caught is error)

    task = loop.create_task(main())
    with raises(kind, "run_forever() with a task that raises it"):
        drain(loop, 8)
    outcomes(loop, task)
    trace.expect("sibling", ("bare", True))


@requirement("taskgroup-09")
def test_a_failing_body_has_its_children_cancelled(loop: AbstractEventLoop, trace: Trace) -> None:
    error = ValueError("body")

    async def child(name: str) -> None:
        try:
            await loop.create_future()
        finally:
            trace(name)

    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(child("waiting"))
                await asyncio.sleep(0)
                group.create_task(asyncio.wait([loop.create_future()]))
                raise error
        except BaseExceptionGroup as caught:
            trace(which(caught, body=error))

    settled(loop, main())
    trace.expect("waiting", ["body"])


@requirement("taskgroup-09")
def test_a_failing_body_shares_the_group_with_children(loop: AbstractEventLoop) -> None:
    errors: dict[str, BaseException] = {"body": ValueError("body"), "child": KeyError("child")}

    async def child() -> None:
        try:
            await loop.create_future()
        finally:
            raise errors["child"]

    async def main() -> list[str]:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(child())
                await asyncio.sleep(0)
                raise errors["body"]
        except BaseExceptionGroup as caught:
            return which(caught, **errors)
        return []

    equal(settled(loop, main()), ["body", "child"], "members of the exception group")


@requirement("taskgroup-28")
def test_generator_exit_of_the_body_comes_bare(loop: AbstractEventLoop, trace: Trace) -> None:
    async def main() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(asyncio.wait([loop.create_future()]))
                await asyncio.sleep(0)
                raise GeneratorExit
        except BaseException as caught:  # noqa: BLE001 - whatever comes is named
            trace(type(caught).__name__)

    settled(loop, main())
    trace.expect("GeneratorExit")

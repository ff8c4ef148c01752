"""Verifiers: each says on its own what was seen and what was wanted, and raises Violation where they differ."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn


class Violation(AssertionError):
    """The loop under test does not do what the requirement says."""


class CouldNotRun(Exception):
    """The environment, not the loop, keeps a test from being run; the message is the reason."""


def violated(message: str) -> NoReturn:
    """Fail the test, saying what was seen and what was wanted."""
    raise Violation(message)


def check(holds: object, message: str) -> None:
    """Fail with ``message`` (what was seen, what was wanted) unless ``holds`` is true."""
    if not holds:
        raise Violation(message)


def equal(seen: object, wanted: object, what: str) -> None:
    """Fail unless ``seen == wanted``; ``what`` names the thing that was looked at."""
    if not seen == wanted:
        raise Violation(f"{what}: saw {seen!r}, wanted {wanted!r}")


def same(seen: object, wanted: object, what: str) -> None:
    """Fail unless ``seen`` is the very object ``wanted``."""
    if seen is not wanted:
        raise Violation(f"{what}: saw {seen!r}, wanted the very object {wanted!r}")


def differs(seen: object, other: object, what: str) -> None:
    """Fail if ``seen`` is the very object ``other``."""
    if seen is other:
        raise Violation(f"{what}: saw the same object {seen!r}, wanted another one")


def contains(container: Container[Any], member: object, what: str) -> None:
    """Fail unless ``member in container``."""
    if member not in container:
        raise Violation(f"{what}: saw {container!r}, wanted {member!r} in it")


def instance(seen: object, wanted: type | tuple[type, ...], what: str) -> None:
    """Fail unless ``seen`` is an instance of ``wanted``, a class that the documents name."""
    if not isinstance(seen, wanted):
        names = wanted.__name__ if isinstance(wanted, type) else " or ".join(each.__name__ for each in wanted)
        raise Violation(f"{what}: saw {seen!r} of type {type(seen).__name__}, wanted {names}")


class Caught:
    """What `raises` caught: ``error`` is the exception, once the block has been left."""

    error: Any = None


@contextmanager
def raises(wanted: type[BaseException] | tuple[type[BaseException], ...], what: str) -> Iterator[Caught]:
    """Fail unless the block raises ``wanted``; ``what`` names the call that has to be refused."""
    caught = Caught()
    names = wanted.__name__ if isinstance(wanted, type) else " or ".join(each.__name__ for each in wanted)
    try:
        yield caught
    except wanted as error:
        caught.error = error
        return
    except Violation:
        raise
    except Exception as error:
        raise Violation(f"{what}: saw {type(error).__name__}: {error}, wanted {names}") from error
    raise Violation(f"{what}: nothing was raised, wanted {names}")


@contextmanager
def failing(what: str, wanted: type[Exception] = Exception) -> Iterator[Caught]:
    """Do as `raises`, for what a loop may leave out: its NotImplementedError is a RuntimeError, and refuses no call."""
    with raises(wanted, what) as caught:
        yield caught
    if isinstance(caught.error, NotImplementedError):
        raise caught.error


@contextmanager
def allowed(what: str) -> Iterator[None]:
    """Fail, with the exception named, if the block raises: for calls that a document says are legal."""
    try:
        yield
    except Violation:
        raise
    except Exception as error:
        raise Violation(f"{what}: saw {type(error).__name__}: {error}, wanted it to be accepted") from error


def refuses(error: BaseException) -> bool:
    """Tell whether a loop said NotImplementedError, also where a verifier put that into words of its own."""
    return isinstance(error.__cause__ if isinstance(error, Violation) else error, NotImplementedError)


class Trace:
    """Records what happened in which order: call it with anything, then `expect` the whole order."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, *event: Any) -> None:
        """Record one event (several arguments become a tuple)."""
        self.seen.append(event[0] if len(event) == 1 else event)

    def marker(self, *event: Any) -> Callable[..., None]:
        """Return a callback that records ``event`` whatever it is called with."""
        return lambda *_args, **_kwargs: self(*event)

    def expect(self, *wanted: Any) -> None:
        """Fail unless exactly ``wanted`` happened, in that order."""
        if self.seen != list(wanted):
            raise Violation(f"order of events: saw {self.seen!r}, wanted {list(wanted)!r}")

    def expect_unordered(self, *wanted: Any) -> None:
        """Fail unless exactly ``wanted`` happened, each as often as given, in any order."""
        left = list(self.seen)
        for event in wanted:
            if event not in left:
                raise Violation(f"events: saw {self.seen!r}, wanted {list(wanted)!r} in any order")
            left.remove(event)
        if left:
            raise Violation(f"events: saw {self.seen!r}, wanted {list(wanted)!r} in any order and nothing else")

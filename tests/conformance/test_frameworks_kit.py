"""The kit for frameworks: what is not installed does not apply, and whose doing a failure is."""

from __future__ import annotations

import pytest

from loopcert.conformance.kit.frameworks import framework, in_child, stands
from loopcert.conformance.kit.verify import Violation
from loopcert.conformance.kit.web import ask, web_server


def test_a_framework_that_is_not_there_does_not_apply() -> None:
    with pytest.raises(pytest.skip.Exception, match=r"no_such_framework is not installed.*loopcert\[frameworks\]"):
        framework("no_such_framework.web")


def test_a_framework_that_is_there_is_imported() -> None:
    assert framework("json.decoder").JSONDecoder


def test_what_a_framework_raises_is_a_violation_that_names_it() -> None:
    with pytest.raises(Violation, match="The thing: saw KeyError: 'x'"), stands("The thing"):
        raise ExceptionGroup("tasks", [KeyError("x")])


@pytest.mark.parametrize("nested", [False, True])
def test_what_the_loop_may_leave_out_passes_through(nested: bool) -> None:
    error: Exception = NotImplementedError("add_reader")
    with pytest.raises(NotImplementedError), stands("The thing"):
        raise ExceptionGroup("tasks", [ValueError(), error]) if nested else error


def test_a_child_finds_the_loop_and_what_it_prints_comes_back() -> None:
    code = """
    loop = new_loop()
    print(loop.run_until_complete(asyncio.sleep(0, "hello")))
    loop.close()
    """
    assert in_child("asyncio", "asyncio", code) == "hello"


def test_a_child_that_fails_is_a_violation_and_one_whose_loop_refuses_is_not() -> None:
    with pytest.raises(Violation, match="KeyError"):
        in_child("asyncio", "asyncio", "raise KeyError")
    with pytest.raises(NotImplementedError):
        in_child("asyncio", "asyncio", "raise NotImplementedError('add_reader')")


@pytest.mark.parametrize("tls", [False, True])
def test_the_blocking_web_server_and_client_get_on(tls: bool) -> None:
    with web_server(tls=tls) as port:
        answers = ask(port, ("GET", "/path", b""), ("POST", "/", b"body"), tls=tls)
    assert [(each.status, each.body) for each in answers] == [(200, b"/path"), (200, b"body")]

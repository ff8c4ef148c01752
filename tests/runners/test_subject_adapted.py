"""What a report says of the loop: its own distribution, whoever made it."""

import sys
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from loopcert.runners.subject import describe
from loopcert.runners.verbs.loops import obstacle
from loopcert.spec.loops import KnownLoop, LoopName, NameKind, parse


def adapted(*requires: str) -> KnownLoop:
    """A loop that an adapter makes of a package that is installed wherever this runs."""
    return KnownLoop("adapted", "loopcert.spec.adapters.patched:new_looptime_loop", "", "click.core", requires)


def test_a_loop_that_is_adapted_is_named_by_its_own_distribution() -> None:
    known = adapted("click>=8", "pytest", "no-such-distribution")
    found = describe(LoopName("adapted", NameKind.REGISTRY, "loopcert.spec.adapters.patched", "x", known))
    assert (found["name"], found["distribution"], found["version"]) == ("adapted", "click", version("click"))
    assert found["digest_of"] == "RECORD"
    assert found["beside"] == {"pytest": version("pytest")}
    assert Path(click.__file__).is_file()  # it is imported, and can be digested


def test_what_an_adapter_imports_only_when_it_is_called_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in [name for name in sys.modules if name.partition(".")[0] == "click"]:
        monkeypatch.delitem(sys.modules, each)
    found = describe(LoopName("adapted", NameKind.REGISTRY, "loopcert.spec.adapters.patched", "x", adapted("click>=8")))
    assert (found["version"], found["digest_of"]) == (version("click"), "RECORD")


def test_a_variant_of_the_standard_loop_is_described_as_that() -> None:
    plain, polled = describe(parse("asyncio")), describe(parse("asyncio-poll"))
    assert polled["digest"] == plain["digest"]
    assert polled["version"] == plain["version"]
    assert polled["distribution"] == ""
    assert polled["name"] == "asyncio-poll"


@pytest.mark.parametrize(
    ("requires", "said"),
    [(("click",), ""), (("click", "no-such-distribution"), "pip install click no-such-distribution")],
)
def test_everything_that_a_loop_needs_has_to_be_there(requires: tuple[str, ...], said: str) -> None:
    assert obstacle(adapted(*requires)) == said

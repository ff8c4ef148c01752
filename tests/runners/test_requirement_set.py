"""Which set a certificate is about: this loopcert's own, a released one, or one that is unknown and refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
import pytest

from loopcert.runners.certificate import certificate
from loopcert.runners.exits import Exit, Stop
from loopcert.runners.report import Report, Suite
from loopcert.runners.requirement_set import KnownSets
from loopcert.spec import Catalogue
from loopcert.spec.sets import ReleasedSet

from .conftest import DIGEST, SAMPLES, Make

LATER = Catalogue(())
DAY = dt.date(2026, 12, 1)
OURS = ReleasedSet("0.1.0", DAY, len(SAMPLES.testable), DIGEST)


def check(report: Report, data: bytes, catalogue: Catalogue, version: str, released: Sequence[ReleasedSet] = ()) -> str:
    return KnownSets(catalogue, version, released).check(certificate(report, data), "c.json")


def test_the_set_of_the_loopcert_that_runs_is_known(make: Make) -> None:
    assert check(*make(), SAMPLES, "0.1.0") == "requirements of this loopcert 0.1.0, not released"


def test_a_released_set_stays_known_when_the_catalogue_has_moved_on(make: Make) -> None:
    assert check(*make(), LATER, "0.2.0", [OURS]) == "requirements of loopcert 0.1.0, released 2026-12-01"


def test_an_unknown_set_is_refused_with_the_version_that_knows_it(make: Make) -> None:
    with pytest.raises(Stop, match=r"unknown here: .* `pip install loopcert==0\.1\.0`$") as stop:
        check(*make(), LATER, "0.2.0")
    assert stop.value.code is Exit.USAGE


def test_another_state_of_the_same_version_is_told_apart(make: Make) -> None:
    with pytest.raises(Stop, match=r"another state of loopcert 0\.1\.0 than this one"):
        check(*make(), LATER, "0.1.0")


def test_a_set_that_its_release_never_had_is_refused(make: Make) -> None:
    other = ReleasedSet("0.1.0", DAY, 5, "sha256:" + "0" * 64)
    with pytest.raises(Stop, match=r"it says loopcert 0\.1\.0, which was released with another set"):
        check(*make(), SAMPLES, "0.1.0", [other])


def test_a_later_release_with_the_same_set_knows_it(make: Make) -> None:
    report, data = make()
    header = msgspec.structs.replace(report.header, suite=Suite(version="0.1.1", catalogue=DIGEST))
    later = Report(header, report.tests, report.requirements, report.footer)
    assert check(later, data, LATER, "0.2.0", [OURS]).startswith("requirements of loopcert 0.1.0")


def test_a_released_set_has_its_number_of_requirements(make: Make) -> None:
    smaller = ReleasedSet("0.1.0", DAY, 4, DIGEST)
    with pytest.raises(Stop, match=r"it counts 5 requirements, and loopcert 0\.1\.0 has 4"):
        check(*make(), LATER, "0.2.0", [smaller])

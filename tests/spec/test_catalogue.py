"""The loader: what it accepts, and the one sentence with which it refuses the rest."""

import subprocess
import sys

import pytest

from loopcert.spec import Catalogue, Level, Profile, SpecError, load_catalogue
from loopcert.spec.catalogue import read_chapter, read_shortfalls

GOOD = """
title = "Samples"
profile = "scheduling"
[[requirement]]
id = "sample-01"
level = "must"
authority = "documented"
party = "loop"
text = "A sample holds."
sources = ["docs:asyncio-eventloop"]
python = ">=3.12"
platforms = ["posix"]
"""


def test_a_chapter_reads() -> None:
    chapter = read_chapter("sample", GOOD)
    (requirement,) = chapter.requirements
    assert (requirement.id, requirement.chapter, requirement.profile) == ("sample-01", "sample", Profile.SCHEDULING)
    assert requirement.mandatory and requirement.testable


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Samples"', "", "title missing"),
        ('"scheduling"', '"swimming"', "swimming"),
        ('"sample-01"', '"other-01"', "an id in sample.toml reads sample-NN"),
        ('level = "must"', 'level = "ought"', "ought"),
        ('party = "loop"', "", "party missing"),
        ('party = "loop"', 'party = "loop"\nflavour = "mint"', "unknown field flavour"),
        ('python = ">=3.12"', 'python = "3.12 or so"', "sample-01: Invalid specifier"),
        ('["docs:asyncio-eventloop"]', "[]", "without a source"),
        ('["posix"]', '["amiga"]', "amiga"),
        ('profile = "scheduling"', 'profile = "scheduling"\ncolour = "red"', "unknown key colour"),
        ("[[requirement]]", "[[requirement", "sample.toml"),
        ('party = "loop"', 'party = "loop"\nprofile = "swimming"', "sample-01: 'swimming'"),
        ('party = "loop"', 'party = "loop"\nprofile = "scheduling"', "sample-01: profile = 'scheduling' is that"),
    ],
)
def test_a_chapter_that_breaks_a_rule_is_refused_in_one_sentence(old: str, new: str, said: str) -> None:
    assert old in GOOD
    with pytest.raises(SpecError) as caught:
        read_chapter("sample", GOOD.replace(old, new))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value).partition(" (at line")[0]


def test_a_requirement_may_belong_to_another_profile_than_its_chapter() -> None:
    other = GOOD[GOOD.index("[[") :].replace("sample-01", "sample-02") + 'profile = "tls"\n'
    chapter = read_chapter("sample", GOOD + other)
    assert (chapter.profile, [each.profile for each in chapter.requirements]) == (
        Profile.SCHEDULING,
        [Profile.SCHEDULING, Profile.TLS],
    )
    selected = Catalogue((chapter,)).select(profiles=[Profile.SCHEDULING])
    assert [each.id for each in selected] == ["sample-01"]


def test_a_requirement_says_why_it_does_not_apply() -> None:
    (requirement,) = read_chapter("sample", GOOD).requirements
    assert requirement.excused((3, 13, 0), "linux") == ""
    assert "holds for Python >=3.12, and this is 3.11.7" in requirement.excused((3, 11, 7), "linux")
    assert "holds on posix, and this is win32" in requirement.excused((3, 13, 0), "win32")


def test_a_shortfall_of_cpython_holds_where_its_marker_says() -> None:
    row = """
[[deviation]]
requirement = "sample-01"
when = 'python_full_version < "3.12.2"'
issue = "gh-1"
reason = "x"
"""
    catalogue = Catalogue((read_chapter("sample", GOOD),), read_shortfalls(row))
    assert set(catalogue.shortfalls_on((3, 12, 1), "linux")) == {"sample-01"}
    assert not catalogue.shortfalls_on((3, 12, 2), "linux")
    with pytest.raises(SpecError):
        read_shortfalls(row.replace("python_full_version <", "phase_of_moon ="))


def test_a_pattern_that_matches_nothing_is_an_error() -> None:
    catalogue = load_catalogue()
    with pytest.raises(SpecError, match="no requirement matches 'timerz-\\*'"):
        catalogue.select(["timerz-*"])
    with pytest.raises(SpecError, match="no requirement is called"):
        catalogue["timers-9999"]


def test_selection_is_by_glob_profile_and_level() -> None:
    catalogue = load_catalogue()
    timers = catalogue.select(["timers-*"])
    assert timers and {each.chapter for each in timers} == {"timers"}
    assert catalogue.select(profiles=[Profile.SCHEDULING], level=Level.MAY)
    assert len(catalogue.select()) == len(catalogue.requirements)


def test_the_digest_changes_with_the_promise_and_not_with_a_note() -> None:
    digest = Catalogue((read_chapter("sample", GOOD),)).digest
    assert Catalogue((read_chapter("sample", GOOD + 'note = "remember"'),)).digest == digest
    assert Catalogue((read_chapter("sample", GOOD.replace("must", "should")),)).digest != digest


def test_the_catalogue_loads_without_pytest() -> None:
    code = "import sys, loopcert.spec; loopcert.spec.load_catalogue(); assert 'pytest' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

"""The vocabulary of the catalogue: requirements, chapters and the closed sets that their fields draw from."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cache

from packaging.specifiers import SpecifierSet
from packaging.version import Version


class SpecError(ValueError):
    """The catalogue, or a question put to it, is wrong; the message is one clear sentence."""


# a few texts stand in all the requirements, and each is asked once a test
_specifiers = cache(SpecifierSet)


class Level(enum.StrEnum):
    """How strongly a document says it."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


class Authority(enum.StrEnum):
    """Who says it: the Python documentation, a PEP, or CPython's behaviour alone."""

    DOCUMENTED = "documented"
    PEP = "pep"
    PRACTICE = "practice"


class Party(enum.StrEnum):
    """Whose code decides: the loop's, its Future's and Task's, or the standard library's."""

    LOOP = "loop"
    FUTURE_TASK = "future-task"
    STDLIB = "stdlib"


class Platform(enum.StrEnum):
    """Where a requirement holds."""

    ANY = "any"
    POSIX = "posix"
    LINUX = "linux"
    WIN32 = "win32"

    def includes(self, sys_platform: str) -> bool:
        """Say whether ``sys_platform`` (a value of `sys.platform`) is one of these."""
        match self:
            case Platform.ANY:
                return True
            case Platform.POSIX:
                return sys_platform != "win32"
            case Platform.LINUX:
                return sys_platform.startswith("linux")
            case Platform.WIN32:
                return sys_platform == "win32"


class Profile(enum.StrEnum):
    """The groups in which a loop is certified (PEP 3156 lets a loop leave out the optional ones)."""

    SCHEDULING = "scheduling"
    NETWORK = "network"
    TLS = "tls"
    WATCHERS = "watchers"
    UNIX = "unix"
    PIPES = "pipes"
    SUBPROCESS = "subprocess"
    SIGNALS = "signals"
    FRAMEWORKS = "frameworks"

    @property
    def optional(self) -> bool:
        """Whether a loop may refuse it with NotImplementedError."""
        return self not in {Profile.SCHEDULING, Profile.NETWORK, Profile.TLS}


@dataclass(frozen=True)
class Requirement:
    """One promise that a document makes, with the id under which it is tested, reported and selected.

    ``profile`` is that of its chapter unless the requirement names another: what a chapter of the network says of
    TLS must not cost a loop without TLS its certificate for the network.
    ``python`` is a version specifier ("" holds for every version); ``untestable`` is the reason why no test
    exists; ``wait`` the reason why its tests take longer than 0.3 s.
    """

    id: str
    chapter: str
    profile: Profile
    level: Level
    authority: Authority
    party: Party
    text: str
    sources: tuple[str, ...]
    python: str = ""
    platforms: tuple[Platform, ...] = (Platform.ANY,)
    untestable: str = ""
    note: str = ""
    wait: str = ""

    @property
    def testable(self) -> bool:
        """Whether a test has to exist."""
        return not self.untestable

    @property
    def mandatory(self) -> bool:
        """Whether breaking it can cost a loop its certificate."""
        return self.level is Level.MUST and self.authority is not Authority.PRACTICE

    @property
    def versions(self) -> SpecifierSet:
        """The Python versions it holds for."""
        return _specifiers(self.python)

    def excused(self, python: tuple[int, int, int], sys_platform: str) -> str:
        """Return why it does not apply to that Python (major, minor, micro) and `sys.platform`, or ""."""
        version = Version(".".join(map(str, python)))
        if not self.versions.contains(version, prereleases=True):
            return f"holds for Python {self.python}, and this is {version}"
        if not any(platform.includes(sys_platform) for platform in self.platforms):
            return f"holds on {', '.join(self.platforms)}, and this is {sys_platform}"
        return ""


@dataclass(frozen=True)
class Chapter:
    """One area of behaviour; it has the same name in every room.

    ``profile`` is that of its requirements, those apart that name one of their own.
    """

    name: str
    title: str
    profile: Profile
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True)
class Shortfall:
    """A requirement that CPython's own asyncio does not meet on some versions, so no loop is blamed for it there.

    ``when`` is an environment marker such as ``python_full_version < "3.12.3"``; ``issue`` names CPython's
    issue, or the text that conflicts.
    """

    requirement: str
    when: str
    issue: str
    reason: str

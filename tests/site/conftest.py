"""A headless Chromium, driven through WebDriver, and a site to look at. Skipped where either is not installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loopcert.runners.report import Report
from loopcert.runners.views.site.pages import site as render
from loopcert.runners.vocabulary import Verdict

from .made_reports import PYTHONS, made, requirement_lines

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,900",
)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """A browser with an empty profile and no network of its own."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium, driver = (shutil.which(name) for name in ("chromium", "chromedriver"))
    if not chromium or not driver:
        pytest.skip("chromium and chromedriver are not installed (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    os.environ["SE_OFFLINE"] = "true"  # nothing is to be downloaded
    running = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    running.set_script_timeout(30)
    yield running
    running.quit()


def sample() -> list[Report]:
    """A few loops of every kind: one that keeps all, one that breaks in all ways, an incomplete one, a partial one."""
    lines = requirement_lines(120)
    broken = {
        "chapter00-01": Verdict.FAIL,
        "chapter00-02": Verdict.HANG,
        "chapter00-03": Verdict.CRASH,
        "chapter00-04": Verdict.UNSTABLE,
        "chapter00-05": Verdict.NOT_APPLICABLE,
        "chapter00-08": Verdict.FAIL,  # a should
        "chapter01-01": Verdict.FAIL,
    }
    steady = [made("steady", python, requirements=lines, version="2.1") for python in PYTHONS]
    shaky = [made("shaky", python, broken, requirements=lines, covered=["chapter01-01"]) for python in PYTHONS[:3]]
    unknown = {"chapter02-03": Verdict.COULD_NOT_RUN}
    lost = made("lost", "3.13.0", unknown, requirements=lines, complete=False, platform="win32")
    return [*steady, *shaky, lost]


def write(reports: list[Report], folder: Path, **options: str) -> Path:
    """Write a site and return its first page's path."""
    for name, text in render(reports, {"chapter00": "The first chapter"}, **options):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "index.html"


@pytest.fixture(scope="session")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first page of a site of the sample."""
    return write(sample(), tmp_path_factory.mktemp("site"), docs="https://example.org/docs/")


@pytest.fixture
def page(browser: Chrome, index: Path) -> Callable[[str], Chrome]:
    """Return a function that opens a page of the site anew, at an address that may end in ``#...``."""

    def open_page(name: str = "index.html") -> Chrome:
        browser.get("about:blank")  # an address that differs after the # alone would not be loaded again
        browser.get(index.parent.joinpath("index.html").as_uri().replace("index.html", name))
        return browser

    return open_page


def complaints(browser: Chrome) -> list[str]:
    """What the browser's console holds of errors: scripts that failed, files that are missing."""
    entries = browser.get_log("browser")  # type: ignore[no-untyped-call]  # selenium leaves it untyped
    return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

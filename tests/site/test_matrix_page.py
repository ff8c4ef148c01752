"""The matrix in a browser: filters, search, cells, keyboard, themes, paper."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from .conftest import complaints

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

Page = Callable[..., "Chrome"]
SHAKY = "shaky-1.0-cpython-3.13.0-linux"


def choose(browser: Chrome, name: str, value: str) -> None:
    Select(browser.find_element(By.NAME, name)).select_by_value(value)


def search(browser: Chrome, words: str) -> None:
    field = browser.find_element(By.NAME, "q")
    field.clear()
    field.send_keys(words)


def said(browser: Chrome, words: str) -> None:
    """Wait until the line beneath the filters says ``words``."""
    WebDriverWait(browser, 10).until(lambda it: words in it.find_element(By.ID, "count").text)


def rows(browser: Chrome) -> list[str]:
    """What stands at the head of the rows: ids of requirements, titles of chapters."""
    shown: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('#grid tbody th')]"
        ".map(each => each.querySelector('code') ? each.querySelector('code').textContent : each.textContent)"
    )
    return [re.sub(r"^[▸▾]\s*", "", each) for each in shown]


def heard(element: WebElement) -> str:
    """What somebody who cannot see it is told."""
    return element.get_attribute("aria-label") or ""


def cell(browser: Chrome, requirement: str, column: str) -> WebElement:
    """The cell of a requirement and of the column whose heading begins so."""
    return browser.find_element(By.CSS_SELECTOR, f'#grid td[aria-label^="{requirement}, {column}"]')


def dialog(browser: Chrome) -> WebElement:
    WebDriverWait(browser, 10).until(lambda it: it.find_elements(By.CSS_SELECTOR, "dialog[open] h2"))
    return browser.find_element(By.CSS_SELECTOR, "dialog[open]")


def focused(browser: Chrome) -> Any:
    return browser.execute_script(
        "return document.activeElement.getAttribute('aria-label') || document.activeElement.id"
    )


def press(browser: Chrome, *keys: str) -> None:
    for key in keys:
        browser.switch_to.active_element.send_keys(key)


def test_the_page_opens_with_chapters_and_no_complaint(page: Page) -> None:
    browser = page()
    said(browser, "120 of 120 requirements, 9 of 9 reports")
    assert [row.rpartition(" chapter")[0] for row in rows(browser)] == ["The first chapter", "chapter01", "chapter02"]
    assert complaints(browser) == []


def test_a_chapter_counts_what_is_broken_and_opens(page: Page) -> None:
    browser = page()
    total = cell(browser, "The first chapter", "shaky 1.0 on 3.13.0")
    assert total.text == "✗5"
    assert heard(total).endswith("5 broken; 34 of 39 kept")
    browser.find_element(By.CSS_SELECTOR, "#grid tbody th").click()
    assert rows(browser)[1] == "chapter00-01"
    assert cell(browser, "chapter00-02", "shaky 1.0 on 3.13.0").text == "∞"


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("loop", "shaky", "120 of 120 requirements, 3 of 9 reports"),
        ("python", "CPython 3.15", "120 of 120 requirements, 1 of 9 reports"),
        ("platform", "win32 x86_64", "120 of 120 requirements, 1 of 9 reports"),
        ("profile", "network", "40 of 120 requirements, 9 of 9 reports"),
        ("level", "should", "13 of 120 requirements, 9 of 9 reports"),
        ("authority", "practice", "13 of 120 requirements, 9 of 9 reports"),
        ("verdict", "hang", "1 of 120 requirements, 9 of 9 reports"),
        ("verdict", "broken", "6 of 120 requirements, 9 of 9 reports"),
        ("verdict", "covered", "1 of 120 requirements, 9 of 9 reports"),
        ("verdict", "unknown", "1 of 120 requirements, 9 of 9 reports"),
    ],
)
def test_each_filter(page: Page, name: str, value: str, left: str) -> None:
    browser = page()
    choose(browser, name, value)
    said(browser, left)


def test_filters_add_up_are_kept_in_the_address_and_reset(page: Page) -> None:
    browser = page()
    choose(browser, "loop", "steady")
    choose(browser, "verdict", "broken")
    said(browser, "0 of 120 requirements, 5 of 9 reports: nothing matches all filters")
    address = browser.current_url
    assert "loop=steady" in address and "verdict=broken" in address
    again = page(f"index.html{address[address.index('#') :]}")
    said(again, "0 of 120 requirements, 5 of 9 reports")
    again.find_element(By.CSS_SELECTOR, "button[type=reset]").click()
    said(again, "120 of 120 requirements, 9 of 9 reports")


def test_a_search_opens_the_chapters_that_match(page: Page) -> None:
    browser = page()
    search(browser, "TRANSPORT (41)")
    said(browser, "1 of 120 requirements")
    assert rows(browser)[1:] == ["chapter01-02"]
    search(browser, "chapter02-0")
    said(browser, "9 of 120 requirements")


def test_a_failing_cell_leads_to_everything(page: Page) -> None:
    browser = page("index.html#verdict=broken")
    cell(browser, "chapter00-01", "shaky 1.0 on 3.13.0").click()
    shown = dialog(browser)
    for part in (
        "fail",
        "shaky 1.0 on CPython 3.13.0, linux x86_64",
        "still gives it what had been read before (0), in order.",
        "saw <Handle of shaky",
        "wanted '<a>'",
        "https://docs.python.org/3/library/asyncio-eventloop.html",
        "loopcert run shaky -k chapter00-01",
    ):
        assert part in shown.text, part
    link = shown.find_element(By.CSS_SELECTOR, "h2 a").get_attribute("href")
    assert link == "https://example.org/docs/catalogue/chapter00.html#chapter00-01"
    assert not shown.find_elements(By.TAG_NAME, "a b") and "step_5" not in shown.text
    shown.find_element(By.TAG_NAME, "summary").click()
    assert "step_5(loop, <trace>)" in shown.text
    assert f"cell=chapter00-01+{SHAKY}" in browser.current_url


@pytest.mark.parametrize(
    ("requirement", "words"),
    [
        ("chapter00-02", ["hang", "made no progress within 5 s", "Stacks: where it hung", "Timeout (0:00:05)!"]),
        ("chapter00-03", ["crash", "died of SIGSEGV", "Fatal Python error"]),
        ("chapter00-05", ["not applicable", "has no such <thing>"]),
        ("chapter00-06", ["pass", "What was wanted, by every test"]),
        ("chapter00-08", ["fail", "It costs no certificate"]),
        ("chapter01-01", ["covered by a deviation", "on <purpose>", "https://example.org/7"]),
    ],
)
def test_an_address_opens_a_cell(page: Page, requirement: str, words: list[str]) -> None:
    shown = dialog(page(f"index.html#cell={requirement}+{SHAKY}"))
    for part in words:
        assert part in shown.text, part


def test_a_requirement_leads_to_its_verdict_in_every_column(page: Page) -> None:
    browser = page("index.html#q=chapter00-02")
    browser.find_elements(By.CSS_SELECTOR, "#grid tbody th")[1].click()
    shown = dialog(browser)
    assert len(shown.find_elements(By.CSS_SELECTOR, "ul.plain li")) == 9
    shown.find_element(By.CSS_SELECTOR, f'[data-slug="{SHAKY}"]').click()
    WebDriverWait(browser, 10).until(lambda it: "made no progress" in dialog(it).text)


def test_an_incomplete_report_is_named_and_marked(page: Page) -> None:
    browser = page()
    assert "1 incomplete report" in browser.find_element(By.CSS_SELECTOR, ".notice").text
    head = browser.find_element(By.CSS_SELECTOR, "#grid th.head.incomplete")
    assert head.text.endswith("◐")
    assert "incomplete" in heard(head)


def test_keyboard_only(page: Page) -> None:
    browser = page()
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("class") == "skip"
    press(browser, Keys.ENTER)
    browser.execute_script("document.getElementById('fold').focus()")
    press(browser, Keys.TAB)
    while browser.switch_to.active_element.get_attribute("data-row") is None:
        press(browser, Keys.TAB)
    assert browser.execute_script("return document.querySelectorAll('#grid [tabindex=\"0\"]').length") == 1
    press(browser, Keys.ARROW_DOWN, Keys.ENTER)
    assert browser.switch_to.active_element.get_attribute("aria-expanded") == "true"
    press(browser, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.END, Keys.ARROW_LEFT, Keys.ARROW_LEFT)
    press(browser, Keys.HOME, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert focused(browser).startswith("chapter00-02, shaky 1.0 on 3.11.7: hang")
    assert browser.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    press(browser, Keys.ENTER)
    assert "made no progress" in dialog(browser).text
    press(browser, Keys.ESCAPE)
    WebDriverWait(browser, 10).until(lambda it: not it.find_elements(By.CSS_SELECTOR, "dialog[open]"))
    assert focused(browser).startswith("chapter00-02, shaky 1.0 on 3.11.7")
    press(browser, "/")
    assert browser.switch_to.active_element.get_attribute("name") == "q"


def test_focus_follows_to_rows_that_were_not_drawn(page: Page) -> None:
    browser = page()
    browser.find_element(By.ID, "fold").click()
    said(browser, "120 of 120")
    browser.find_element(By.CSS_SELECTOR, "#grid tbody td").click()
    press(browser, Keys.CONTROL + Keys.END)
    assert focused(browser).startswith("chapter02-40, steady 2.1 on 3.15.0: pass")
    press(browser, Keys.PAGE_UP)
    assert not focused(browser).startswith("chapter02-40")
    press(browser, Keys.CONTROL + Keys.HOME)
    assert browser.switch_to.active_element.text.endswith("The first chapter chapter00, 40")


def background(browser: Chrome) -> str:
    found: str = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    return found


def test_dark_by_the_system_and_by_the_switch(page: Page) -> None:
    browser = page()
    browser.execute_script("try { localStorage.clear() } catch {}")
    try:
        for system, color in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 22, 27)")):
            feature = {"name": "prefers-color-scheme", "value": system}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
            assert background(browser) == color
        switch = page().find_element(By.ID, "theme")
        assert switch.text == "Theme: automatic"
        switch.click()
        switch.click()
        assert switch.text == "Theme: light" and background(browser) == "rgb(255, 255, 255)"
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        assert page().find_element(By.ID, "theme").text == "Theme: light"
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        browser.execute_script("try { localStorage.clear() } catch {}")


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it."""

    def light(color: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", color)[:3]]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_sign_can_be_read(page: Page, theme: str) -> None:
    browser = page()
    browser.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)
    signs = browser.execute_script(
        "return [...document.querySelectorAll('#legend .tag')].map(each => { const s = getComputedStyle(each);"
        " return [each.textContent, s.color, s.backgroundColor] })"
    )
    paper = background(browser)
    assert len({sign for sign, _, _ in signs}) >= 8
    for sign, ink, ground in signs:
        # a bold sign of 15 px is no small print: 3 is what WCAG asks of graphics
        assert contrast(ink, paper if ground == "rgba(0, 0, 0, 0)" else ground) >= 3, sign


def test_on_paper_every_row_of_the_filter_stands(page: Page) -> None:
    browser = page("index.html#verdict=broken")
    said(browser, "6 of 120")
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert len(rows(browser)) == 8
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert base64.b64decode(browser.print_page())[:5] == b"%PDF-"

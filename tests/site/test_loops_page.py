"""Loops and badges in a browser: a snippet is copied, a section is reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from .conftest import complaints

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

Page = Callable[..., "Chrome"]
SHAKY = "shaky-1.0-cpython-3.13.0-linux"


@pytest.mark.parametrize("language", ["Markdown", "reStructuredText", "HTML"])
def test_a_badge_snippet_is_copied(page: Page, language: str) -> None:
    browser = page(f"loops.html#{SHAKY}")
    article = browser.find_element(By.ID, SHAKY)
    article.find_element(By.TAG_NAME, "summary").click()
    button = article.find_element(By.CSS_SELECTOR, f'button[aria-label="Copy the {language} snippet"]')
    wanted = button.find_element(By.XPATH, "..").find_element(By.TAG_NAME, "pre").text
    button.click()
    WebDriverWait(browser, 10).until(lambda _: button.text == "Copied")
    browser.execute_script("const a = document.createElement('textarea'); a.id = 'paste'; document.body.append(a)")
    field = browser.find_element(By.ID, "paste")
    field.send_keys(Keys.CONTROL + "v")
    assert field.get_property("value") == wanted
    assert f"badges/{SHAKY}.svg" in wanted


def test_every_badge_is_drawn_and_has_its_files(page: Page) -> None:
    browser = page("loops.html")
    badges = browser.find_elements(By.CSS_SELECTOR, ".badge svg")
    assert len(badges) == 9
    assert all(badge.size["width"] > 100 and badge.get_attribute("aria-label") for badge in badges)
    assert complaints(browser) == []


def test_counts_and_outcomes_stand_in_words(page: Page) -> None:
    shown = page("loops.html").find_element(By.ID, SHAKY).text
    assert "non-conformant" in shown
    assert "%" not in shown
    assert "120 tests planned = 119 executed + 1 not applicable + 0 could not run" in shown


def test_a_column_s_head_leads_to_its_report_and_back(page: Page) -> None:
    browser = page()
    browser.find_element(By.CSS_SELECTOR, '#grid th.head[aria-label^="shaky 1.0 on CPython 3.13.0"]').click()
    WebDriverWait(browser, 10).until(lambda it: it.current_url.endswith(f"loops.html#{SHAKY}"))
    section = browser.find_element(By.ID, SHAKY).find_element(By.XPATH, "..")
    section.find_element(By.CSS_SELECTOR, "h2 a").click()
    WebDriverWait(browser, 10).until(
        lambda it: "3 of 9 reports" in "".join(each.text for each in it.find_elements(By.ID, "count"))
    )

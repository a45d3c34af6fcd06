"""The Evaluate tab in a real browser: real runs, with fakes where the models would be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.browsing import PHONE, click, hosts_asked, open_tab, opened, press, seen, serving, until
from tests.evaluating_demo import HOLD

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def demo(folder: Path) -> Iterator[str]:
    command = ("--port", "0", "--pace", "0.05", "--folder", str(folder))
    with serving("-m", "tests.evaluating_demo", *command, patience=60) as address:
        yield address


@pytest.fixture
def page(browser: WebDriver, demo: str) -> WebDriver:
    to_tab(browser, demo)
    return browser


def to_tab(page: WebDriver, address: str) -> None:
    opened(page, address)
    open_tab(page, "Evaluate")
    until(page, lambda: "dams.jsonl" in page.find_element(By.ID, "evaluate-set").text)


def said(page: WebDriver) -> str:
    return page.find_element(By.ID, "evaluate").text


def order(page: WebDriver, size: str = "", *, test_set: str = "dams.jsonl") -> None:
    Select(page.find_element(By.ID, "evaluate-set")).select_by_value(test_set)
    page.find_element(By.ID, "evaluate-size").send_keys(Keys.BACKSPACE * 3, size)
    press(page, "Run")


def button(page: WebDriver, name: str) -> WebElement | None:
    """The first visible button whose name begins so."""
    found = page.find_elements(By.CSS_SELECTOR, "#evaluate button")
    return next((one for one in found if " ".join(one.text.split()).startswith(name)), None)


def ended(page: WebDriver) -> None:
    until(page, lambda: "dams: Done." in said(page), 60)
    until(page, lambda: "Open the whole report" in said(page))


def test_a_run_shows_how_far_it_is_and_then_its_figures_and_failures(page, folder):
    hosts_asked(page)
    (folder / HOLD).write_text("2")
    order(page)
    until(page, lambda: "Running dams" in said(page))
    until(page, lambda: "2 of 5 cases · " in said(page) and " left · " in said(page))
    (folder / HOLD).unlink()
    ended(page)
    captions = [one.text for one in page.find_elements(By.TAG_NAME, "caption") if one.text]
    assert {"Runs, the latest first", "Figures", "Where the cases ended"} <= set(captions)
    assert "5 of 5 cases · " in said(page) and "Failures (" in said(page)
    assert "Expected" in said(page) and "<i>nobody</i>" in said(page)
    assert page.execute_script("return window.pwned") is None
    assert hosts_asked(page) == {"127.0.0.1"}
    page.get(page.find_element(By.PARTIAL_LINK_TEXT, "whole report").get_attribute("href"))
    until(page, lambda: page.find_elements(By.CSS_SELECTOR, "#cases details"))
    assert page.execute_script("return window.pwned") is None


def test_a_run_is_seen_by_a_page_that_opens_later_stopped_and_gone_on_with(page, demo, folder):
    (folder / HOLD).write_text("0")
    order(page, "4")
    until(page, lambda: "0 of 4 cases" in said(page))
    to_tab(page, demo)
    until(page, lambda: "Running dams" in said(page))
    press(page, "Stop")
    until(page, lambda: "Stopping dams after this case" in said(page))
    (folder / HOLD).unlink()
    until(page, lambda: "dams: Stopped." in said(page))
    assert "1 of 4 cases" in said(page)
    click(page, lambda: button(page, "Go on with dams-sample4"))
    ended(page)
    assert "4 of 4 cases" in said(page)


def test_two_runs_are_compared(page, demo):
    for size in ("1", "2"):
        order(page, size)
        until(page, lambda size=size: f"dams-sample{size}" in shown(page), 60)
    for side, size in (("a", "1"), ("b", "2")):
        choice = Select(page.find_element(By.ID, f"evaluate-{side}"))
        name = next(one.text for one in choice.options if f"sample{size}" in one.text)
        choice.select_by_value(name)
    press(page, "Compare")
    until(page, lambda: "Differences, paired by case" in shown(page))
    assert "1 case in both" in shown(page) and "95 % interval" in shown(page)
    page.get(page.find_element(By.PARTIAL_LINK_TEXT, "Open as a page").get_attribute("href"))
    assert page.title.startswith("Comparison: dams-sample1")


def test_the_same_run_twice_is_no_comparison(page):
    choice = until(page, lambda: page.find_elements(By.ID, "evaluate-a"))[0]
    other = page.find_element(By.ID, "evaluate-b")
    Select(other).select_by_index(0)
    Select(choice).select_by_index(0)
    press(page, "Compare")
    until(page, lambda: "Choose two different runs." in said(page))


def shown(page: WebDriver) -> str:
    return page.find_element(By.CSS_SELECTOR, 'section[aria-label="Figures"]').text


def test_a_broken_set_says_file_line_and_remedy_and_is_not_run(page):
    Select(page.find_element(By.ID, "evaluate-set")).select_by_value("broken.jsonl")
    until(page, lambda: 'broken.jsonl:1: "question" is empty. Write something' in said(page))
    press(page, "Run")
    until(page, lambda: said(page).count('"question" is empty') == 2)


def test_a_size_that_is_no_number_is_told(page):
    order(page, "few")
    until(page, lambda: "Cases: write a whole number, or nothing for all of them." in said(page))


def test_it_fits_a_phone(page, demo):
    with seen(page, phone=True):
        to_tab(page, demo)
        click(page, lambda: button(page, "Figures of dams"))
        until(page, lambda: "Open the whole report" in shown(page))
        assert page.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]

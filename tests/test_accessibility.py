"""axe-core finds no serious or critical fault on any page of the program.

In light and in dark, in a wide window and on a phone. Tabs are found by their role, so that one
that is added is looked at too.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browsing import (
    ask,
    click_on,
    open_tab,
    opened,
    press,
    seen,
    serving,
    tabs,
    until,
    wait_for_answer,
)
from tests.test_library_tab import row, rows, said_of, typed, upload
from tests.verifying_demo import TEXT

pytestmark = pytest.mark.browser

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN = """const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  (found) => done(found.violations.map((one) => [
    one.impact, one.id, one.help, one.nodes.map((node) => node.target.join(" ")).slice(0, 4)])),
  (error) => done([["critical", "axe", String(error), []]]));"""
MOVING = """return document.getAnimations().filter((one) => one.playState === "running"
  && one.effect.getComputedTiming().endTime !== Infinity).length"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving("tests/chat_demo.py", "--port", "0", "--pace", "0", patience=60) as found:
        yield found


@pytest.fixture(params=["light", "dark", "light phone", "dark phone"])
def looked(request, browser: WebDriver) -> Iterator[WebDriver]:
    scheme, _, phone = request.param.partition(" ")
    with seen(browser, scheme=scheme, phone=bool(phone), still=True):
        yield browser


@pytest.fixture
def page(looked: WebDriver, address: str) -> WebDriver:
    opened(looked, address)
    return looked


def faults(page: WebDriver) -> list:
    """What axe-core finds on the page as it is that keeps somebody from using it."""
    page.execute_script(AXE)
    found = page.execute_async_script(RUN)
    return [rest for impact, *rest in found if impact in ("serious", "critical")]


def settled(page: WebDriver) -> None:
    """Wait until nothing moves: a colour half way through its transition has no contrast."""
    until(page, lambda: not page.execute_script(MOVING))


def test_axe_finds_a_fault_where_there_is_one(page):
    page.execute_script("document.body.insertAdjacentHTML('beforeend', '<img src=\"/icon\">')")
    assert "image-alt" in [rule for rule, *_ in faults(page)]


def test_every_tab(page):
    until(page, lambda: "Ask" in tabs(page))
    assert {"Ask", "Verify", "Evaluate"} <= set(tabs(page))
    for name in tabs(page):
        open_tab(page, name)
        settled(page)
        assert (name, faults(page)) == (name, [])


@pytest.mark.parametrize(
    "question", ["When will the bridge reopen?", "Who designed it?", "And the weather?"]
)
def test_an_answer_and_each_refusal(page, question):
    ask(page, question)
    wait_for_answer(page)
    if "reopen" in question:
        press(page, "Source 2", "a")
        until(page, lambda: page.find_elements(By.CSS_SELECTOR, ".card[data-active]"))
    settled(page)
    assert faults(page) == []


def test_a_checked_text(page):
    open_tab(page, "Verify")
    box = until(page, lambda: page.find_element(By.ID, "verify-text"))
    box.send_keys(TEXT)
    click_on(page, "#verify-filters > button")
    until(page, lambda: page.find_element(By.ID, "verify-documents").is_displayed())
    settled(page)
    assert faults(page) == []
    click_on(page, "#verify-button button")
    until(page, lambda: "6 statements checked" in page.find_element(By.ID, "verify").text)
    settled(page)
    assert faults(page) == []
    click_on(page, '#verify [data-only="contradicted"]')
    settled(page)
    assert faults(page) == []


def test_the_figures_of_a_run_and_a_comparison(page, address):
    open_tab(page, "Evaluate")
    press(page, "Figures of dams-1", "button")
    until(page, lambda: "Failures (2)" in shown(page))
    settled(page)
    assert faults(page) == []
    press(page, "Compare", "button")
    until(page, lambda: "Differences, paired by case" in shown(page))
    assert faults(page) == []
    for path in ("/evaluate/report/dams-1", "/evaluate/comparison-page?a=dams-1&b=dams-2"):
        page.get(address + path)
        assert faults(page) == []


def shown(page: WebDriver) -> str:
    return page.find_element(By.CSS_SELECTOR, 'section[aria-label="Figures"]').text


def test_the_list_of_the_library_a_document_and_its_passages(looked, library_page):
    opened(looked, library_page)
    open_tab(looked, "Library")
    until(looked, lambda: row(looked, "broken.pdf"))
    settled(looked)
    assert faults(looked) == []
    press(looked, "Bridge to reopen in March")
    until(looked, lambda: row(looked, "Save"))
    press(looked, "Show 6 passages")
    until(looked, lambda: "Open at passage 2" in row(looked, "Save"))
    settled(looked)
    assert faults(looked) == []
    typed(looked, "Published", "2026-02-30")
    press(looked, "Save")
    until(looked, lambda: "is not one day" in row(looked, "Save"))
    settled(looked)
    assert faults(looked) == []


def test_files_that_failed_and_what_asks_before_it_removes(looked, library_page):
    opened(looked, library_page)
    open_tab(looked, "Library")
    click_on(looked, '[data-state="failed"]')
    until(looked, lambda: rows(looked) and all("failed" in one for one in rows(looked)))
    settled(looked)
    assert faults(looked) == []
    press(looked, "Take out: broken.pdf")
    until(looked, lambda: looked.find_element(By.CSS_SELECTOR, "#library dialog").is_displayed())
    settled(looked)
    assert faults(looked) == []


def test_what_became_of_uploads(looked, library_page, tmp_path):
    opened(looked, library_page)
    open_tab(looked, "Library")
    good, bad = tmp_path / f"{tmp_path.name}.txt", tmp_path / f"{tmp_path.name}.pdf"
    good.write_text(f"The keeper of {tmp_path.name} sleeps at noon.")
    bad.write_text(f"no pdf at all, {tmp_path.name}")
    upload(looked, good, bad)
    until(looked, lambda: said_of(looked, good.name).endswith("new"), 60)
    until(looked, lambda: "failed:" in said_of(looked, bad.name), 60)
    upload(looked, good)
    until(looked, lambda: "duplicate: was uploaded before" in looked.page_source)
    click_on(looked, '[data-part="job"] summary')
    settled(looked)
    assert faults(looked) == []


def test_the_settings_with_the_catalogue_of_generators(looked, library_page):
    opened(looked, library_page)
    open_tab(looked, "Settings")
    until(looked, lambda: "Change the generator" in looked.find_element(By.ID, "settings").text)
    settled(looked)
    assert faults(looked) == []
    press(looked, "Apply")
    until(looked, lambda: "Applied: the next answer" in looked.page_source)
    settled(looked)
    assert faults(looked) == []


@pytest.mark.parametrize(
    "path",
    [
        "/documents",
        "/document/herald-bridge?start=60&end=120#cited",
        "/document/gazette-ferry?start=900&end=905#cited",
        "/document/nothing",
    ],
)
def test_plain_pages(page, address, path: Path):
    page.get(address + path)
    assert faults(page) == []

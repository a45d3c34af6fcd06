"""The Verify tab in a real browser, over statements learnt by heart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from tests.browsing import (
    PHONE,
    click,
    click_on,
    hosts_asked,
    in_view,
    named,
    open_tab,
    opened,
    press,
    seen,
    serving,
    until,
)
from tests.verifying_demo import COSTS, DATE, FAULT, HOSTILE_CLAIM, MOON, RULE, TEXT, TRAMS

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with serving("tests/chat_demo.py", "--port", "0", "--pace", "0.25", patience=60) as address:
        yield address


@pytest.fixture
def page(browser: WebDriver, demo: str) -> WebDriver:
    opened(browser, demo)
    open_tab(browser, "Verify")
    return browser


def box(page: WebDriver) -> WebElement:
    return until(
        page, lambda: next(one for one in page.find_elements(By.ID, "verify-text") if shown(one))
    )


def shown(element: WebElement) -> bool:
    return element.is_displayed()


def verify(page: WebDriver, text: str) -> None:
    page.execute_script(
        "arguments[0].value = arguments[1];"
        "arguments[0].dispatchEvent(new Event('input', {bubbles: true}))",
        box(page),
        text,
    )
    box(page).send_keys(Keys.CONTROL, Keys.ENTER)


def finished(page: WebDriver, words: str = "6 statements checked") -> None:
    until(page, lambda: words in said(page))


def said(page: WebDriver) -> str:
    return page.find_element(By.ID, "verify").text


def statement(page: WebDriver, words: str) -> WebElement:
    """The button in the text that begins with these words."""
    buttons = page.find_elements(By.CSS_SELECTOR, '#verify [role="button"]')
    return next(one for one in buttons if one.text.startswith(words))


def evidence(page: WebDriver) -> WebElement:
    return named(page, "Evidence", "aside")[0]


def test_a_text_comes_back_with_a_verdict_for_every_statement(page):
    verify(page, TEXT)
    until(page, lambda: " of 6 statements · " in said(page) and " left" in said(page))
    finished(page)
    for words, verdict in (
        (TRAMS, "Supported"),
        (DATE, "Contradicted"),
        (COSTS, "Partly supported"),
        (MOON, "Not supported"),
        (RULE, "Not checked"),
    ):
        assert verdict in statement(page, words).text
    counts = " ".join(named(page, "Show only these", "p")[0].text.split())
    for told in ("2 supported", "1 contradicted", "1 partly supported", "1 not supported"):
        assert told in counts
    status = page.find_element(By.CSS_SELECTOR, '#verify [role="status"]')
    assert "2 supported, 1 contradicted" in status.get_attribute("textContent")


def test_the_text_keeps_its_paragraphs(page):
    verify(page, TEXT)
    finished(page)
    words = page.execute_script(
        "const copy = document.querySelector('#verify [data-text]').cloneNode(true);"
        "copy.querySelectorAll('.verdict, .gap').forEach((one) => one.remove());"
        "return copy.textContent"
    )
    assert words == TEXT


def test_a_statement_leads_to_the_words_that_decide_and_to_the_document(page):
    verify(page, TEXT)
    finished(page)
    click(page, lambda: statement(page, DATE))
    found = evidence(page)
    until(page, lambda: "Statement 2 of 6" in found.text)
    assert "Contradicted" in found.text and "The source says June, not April." in found.text
    assert "Eastern Tramways · 16 January 2026" in found.text
    assert found.find_element(By.TAG_NAME, "mark").text == "does not expect to run before June"
    link = found.find_element(By.PARTIAL_LINK_TEXT, "Open document").get_attribute("href")
    page.get(link)
    mark = page.find_element(By.ID, "cited")
    assert mark.text == "The tram operator said that it does not expect to run before June."
    assert in_view(page, mark)


def test_arrows_lead_from_statement_to_statement_and_enter_to_the_evidence(page):
    verify(page, TEXT)
    finished(page)
    statement(page, TRAMS).send_keys(Keys.ARROW_DOWN)
    until(page, lambda: "Statement 2 of 6" in evidence(page).text)
    assert page.switch_to.active_element == statement(page, DATE)
    page.switch_to.active_element.send_keys(Keys.END)
    until(page, lambda: "Statement 6 of 6" in evidence(page).text)
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert page.switch_to.active_element == evidence(page)
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert page.switch_to.active_element == statement(page, HOSTILE_CLAIM[:20])
    stops = page.find_elements(By.CSS_SELECTOR, '#verify [role="button"][tabindex="0"]')
    assert len(stops) == 1


def test_a_count_shows_only_its_statements_and_jumps_to_the_first(page):
    verify(page, TEXT)
    finished(page)
    counts = named(page, "Show only these", "p")[0]
    only = next(
        one for one in counts.find_elements(By.TAG_NAME, "button") if "not supp" in one.text
    )
    click(page, lambda: only)
    assert only.get_attribute("aria-pressed") == "true"
    until(page, lambda: "Statement 4 of 6" in evidence(page).text)
    dimmed = page.find_elements(By.CSS_SELECTOR, "#verify .dimmed")
    assert len(dimmed) == 5
    click(page, lambda: only)
    assert page.find_elements(By.CSS_SELECTOR, "#verify .dimmed") == []


def test_stop_keeps_what_was_checked_and_the_text_can_be_edited(page):
    verify(page, " ".join([TRAMS] * 40))
    until(page, lambda: "supported" in said(page))
    press(page, "Stop")
    until(page, lambda: "Stopped: " in said(page))
    checked = int(said(page).split("Stopped: ")[1].split(" of 40")[0])
    assert 1 <= checked < 40
    assert len(page.find_elements(By.CSS_SELECTOR, "#verify .verdict")) >= checked
    press(page, "Edit the text")
    assert box(page).get_attribute("value").startswith(TRAMS)
    verify(page, DATE)
    finished(page, "1 statement checked")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" ", "There is nothing to verify"),
        ("long " * 20_001, "verify at most 100,000 at once"),
        (FAULT, "Something went wrong inside the program"),
    ],
)
def test_what_goes_wrong_is_a_plain_line(page, text, told):
    verify(page, text)
    until(page, lambda: told in said(page))
    assert "Traceback" not in said(page)


def test_filters_hold_and_a_wrong_one_is_told(page):
    filters = page.find_element(By.CSS_SELECTOR, "#verify-filters > button")
    click(page, lambda: filters)
    choose(page, "publishers", "Eastern Tramways (1)")
    until(page, lambda: filters.text.startswith("Filters: Eastern Tramways"))
    verify(page, TRAMS)
    finished(page, "1 statement checked")
    assert "Not supported" in statement(page, TRAMS).text
    press(page, "Edit the text")
    page.find_element(By.CSS_SELECTOR, "#verify-after textarea").send_keys("soon")
    verify(page, TRAMS)
    until(page, lambda: "'soon' is no date: write a day like 2026-01-31" in said(page))


def choose(page: WebDriver, field: str, name: str) -> None:
    """Choose a name that a field of the filters offers."""
    box = f"#verify-{field} input"
    until(page, lambda: page.find_element(By.CSS_SELECTOR, box).is_displayed())
    click_on(page, box)
    press(page, name, "li")


def test_a_text_is_checked_against_one_document(page):
    click_on(page, "#verify-filters > button")
    choose(page, "documents", "Operator: no trams over the bridge before June")
    reach = page.find_element(By.ID, "verify-reach")
    until(page, lambda: reach.text.startswith("1 of 4 documents matches"))
    verify(page, f"{TRAMS} {DATE}")
    finished(page, "2 statements checked")
    assert "Not supported" in statement(page, TRAMS).text
    assert "Contradicted" in statement(page, DATE).text
    assert not page.find_element(By.ID, "verify-filters").is_displayed()
    press(page, "Edit the text")
    click_on(page, "#verify-button button")
    finished(page, "2 statements checked")


def test_the_result_is_saved_as_json_and_markdown(page, tmp_path: Path):
    verify(page, TEXT)
    finished(page)
    where = {"behavior": "allow", "downloadPath": str(tmp_path)}
    page.execute_cdp_cmd("Page.setDownloadBehavior", where)
    press(page, "Save as JSON")
    press(page, "Save as Markdown")
    names = {"verification.json", "verification.md"}
    until(page, lambda: names <= {one.name for one in tmp_path.iterdir()})
    found = json.loads((tmp_path / "verification.json").read_text())["statements"]
    assert [one["text"] for one in found][:2] == [TRAMS, DATE]
    assert found[1]["citations"][0]["quote"].startswith("The tram operator said")
    assert "[^2]: “The tram operator said" in (tmp_path / "verification.md").read_text()


def test_hostile_words_stay_words_and_nothing_leaves_the_machine(page):
    hosts_asked(page)
    verify(page, TEXT)
    finished(page)
    click(page, lambda: statement(page, HOSTILE_CLAIM[:20]))
    until(page, lambda: "Statement 6 of 6" in evidence(page).text)
    assert HOSTILE_CLAIM in evidence(page).text
    assert page.execute_script("return window.pwned") is None
    assert hosts_asked(page) == {"127.0.0.1"}


def test_it_fits_a_phone_and_leads_to_the_evidence_and_back(page, demo):
    with seen(page, phone=True):
        opened(page, demo)
        open_tab(page, "Verify")
        verify(page, TEXT)
        finished(page)
        click(page, lambda: statement(page, DATE))
        until(page, lambda: in_view(page, evidence(page).find_element(By.TAG_NAME, "mark")))
        assert page.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]
        press(page, "Back to the text")
        until(page, lambda: in_view(page, statement(page, DATE)))

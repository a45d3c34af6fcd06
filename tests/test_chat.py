"""The chat in a real browser: over learnt answers, and once with the real models.

Without a browser these tests are skipped; with RAG_REQUIRE_BROWSER=1 they fail.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from rag.settings import PROJECT
from tests.browsing import (
    PHONE,
    READY,
    ask,
    ask_in_box,
    chips,
    click_on,
    field,
    highlighted,
    hosts_asked,
    in_view,
    named,
    open_filters,
    opened,
    press,
    said,
    seen,
    serving,
    title_of_filters,
    until,
    wait_for_answer,
)
from tests.chat_demo import HOSTILE, LATER, OPENING

pytestmark = pytest.mark.browser


def test_the_answer_grows_and_then_links_to_its_evidence(page):
    ask(page, "When will the bridge reopen?")
    until(page, lambda: "Reading 4 passages" in said(page))
    first = until(page, lambda: page.find_elements(By.CLASS_NAME, "answer")[0].text)
    longer = until(
        page,
        lambda: (text := page.find_element(By.CLASS_NAME, "answer").text) != first and text,
    )
    assert longer.startswith(first)
    wait_for_answer(page)
    press(page, "Source 2: Eastern Tramways", "a")
    card = until(page, lambda: page.find_element(By.CSS_SELECTOR, ".card[data-active]"))
    assert card.get_attribute("aria-label") == "Source 2: Eastern Tramways, 16 January 2026"
    assert highlighted(card) == [LATER]
    assert page.switch_to.active_element == card
    until(page, lambda: in_view(page, card))


def test_a_card_opens_its_document_at_the_marked_words(page, demo):
    ask(page, "When will the bridge reopen?")
    wait_for_answer(page)
    link = named(page, "Source 1", "article")[0].find_element(By.PARTIAL_LINK_TEXT, "Open document")
    assert link.get_attribute("target") == "_blank"
    page.get(link.get_attribute("href"))
    mark = page.find_element(By.ID, "cited")
    assert mark.text == OPENING
    assert in_view(page, mark)
    assert [
        entry["message"] for entry in page.get_log("browser") if entry["level"] == "SEVERE"
    ] == []


def test_evidence_of_an_earlier_answer_can_be_called_back(page):
    ask(page, "When will the bridge reopen?")
    wait_for_answer(page)
    ask(page, "Who designed it?")
    until(page, lambda: "Your documents do not answer this" in said(page))
    panel = page.find_element(By.ID, "evidence")
    assert panel.text.startswith("Closest passages")
    press(page, "Source 2: Eastern Tramways", "a")
    until(page, lambda: panel.text.startswith("Evidence"))
    assert highlighted(page.find_element(By.CSS_SELECTOR, ".card[data-active]")) == [LATER]


def test_stop_ends_the_answer_and_the_next_question_is_answered(page):
    ask(page, "When will the bridge reopen?")
    until(page, lambda: page.find_elements(By.CLASS_NAME, "answer"))
    press(page, "Stop")
    until(page, lambda: "Stopped." in said(page), 3)
    click_on(page, "#question textarea")
    ask(page, "What will the weather be like?")
    until(page, lambda: "Nothing about this in your documents" in said(page))


def test_example_questions_ask_themselves_and_clearing_brings_them_back(page):
    press(page, "Who designed the bridge?")
    until(page, lambda: "Your documents do not answer this" in said(page))
    assert not named(page, "Who designed the bridge?", "button")
    wait_for_answer(page)
    press(page, "New conversation")
    until(page, lambda: named(page, "Who designed the bridge?", "button"))
    assert "Your documents do not answer this" not in said(page)


def test_filters_hold_for_the_conversation_until_a_chip_is_removed(page):
    open_filters(page)
    publishers = page.find_element(By.CSS_SELECTOR, "#publishers input")
    publishers.send_keys("Lark")
    press(page, "Larkfield Herald (1)", "li")
    field(page, "after").send_keys("2026")
    until(page, lambda: title_of_filters(page).startswith("Filters: Larkfield Herald, from 2026"))
    ask_in_box(page, "When will the bridge reopen?")
    set_chips = ["Publisher Larkfield Herald", "Published since 1 January 2026"]
    assert chips(page) == set_chips
    wait_for_answer(page)
    ask_in_box(page, "What does it cost?")
    wait_for_answer(page)
    assert chips(page) == set_chips * 2
    press(page, "Remove the filter: publisher Larkfield Herald")
    until(page, lambda: chips(page) == [*set_chips, set_chips[1]])
    until(page, lambda: title_of_filters(page).startswith("Filters: from 2026-01-01"))
    wait_for_answer(page)
    press(page, "New conversation")
    until(page, lambda: title_of_filters(page).split() == ["Filters", "▼"])


def test_time_words_become_a_chip_that_can_be_removed(page):
    ask(page, "What was said in January 2026?")
    until(page, lambda: chips(page) == ["Published January 2026 from “in January 2026”"])
    wait_for_answer(page)
    press(page, "Remove the filter: published January 2026")
    until(page, lambda: chips(page) == [])
    wait_for_answer(page)
    assert len(page.find_elements(By.CLASS_NAME, "turn")) == 1
    ask_in_box(page, "What was said in May 2019?")
    until(page, lambda: "“in May 2019” is not used as a filter" in said(page))
    wait_for_answer(page)


def test_a_filter_that_is_no_date_or_leaves_nothing_is_told_and_can_be_mended(page):
    open_filters(page)
    field(page, "before").send_keys("soon")
    ask_in_box(page, "When will the bridge reopen?")
    until(page, lambda: "'soon' is no date: write a day like 2026-01-31" in said(page))
    field(page, "before").send_keys(Keys.BACKSPACE * 4, "2019")
    until(page, lambda: title_of_filters(page).startswith("Filters: until 2019"))
    ask_in_box(page, "When will the bridge reopen?")
    until(page, lambda: "No document is left by “published until 31 December 2019”" in said(page))
    press(page, "Remove the filter: published until 31 December 2019")
    until(page, lambda: page.find_elements(By.CLASS_NAME, "answer"))
    wait_for_answer(page)
    until(page, lambda: field(page, "before").get_attribute("value") == "")


@pytest.mark.parametrize(
    ("question", "told"),
    [("", "The question is empty: ask"), ("fault", "Something went wrong inside the program")],
)
def test_what_goes_wrong_is_a_plain_line(page, question, told):
    ask(page, question)
    until(page, lambda: told in said(page))
    assert "Traceback" not in page.page_source
    wait_for_answer(page)


def test_a_very_long_question_is_refused_in_a_plain_line(page):
    box = page.switch_to.active_element
    page.execute_script(
        "arguments[0].value = 'long '.repeat(900);"
        "arguments[0].dispatchEvent(new Event('input', {bubbles: true}))",
        box,
    )
    box.send_keys(Keys.ENTER)
    until(page, lambda: "ask it in at most 4,000" in said(page))


def test_words_of_a_document_never_become_part_of_the_page(page):
    ask(page, "When will the bridge reopen?")
    wait_for_answer(page)
    card = named(page, "Source 4", "article")[0]
    assert HOSTILE.split("\u202e")[0].strip() in card.text
    assert page.execute_script("return window.pwned") is None


def test_the_stage_is_announced_and_everything_pressed_has_a_name(page):
    ask(page, "When will the bridge reopen?")
    stage = '#transcript [role="status"]'
    status = until(page, lambda: page.find_elements(By.CSS_SELECTOR, stage))[0]
    assert status.get_attribute("aria-live") == "polite"
    wait_for_answer(page)
    # Gradio measures the names of tabs with copies that nobody is told of.
    pressed = ":is(button, a, textarea):not([aria-hidden='true'] *)"
    for element in page.find_elements(By.CSS_SELECTOR, pressed):
        if element.is_displayed():
            assert element.accessible_name
    assert page.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"


def test_the_page_fits_a_phone_and_follows_the_dark_setting(page, demo):
    light = page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
    with seen(page, scheme="dark", phone=True):
        opened(page, demo)
        assert page.execute_script("return scrollY") == 0
        ask(page, "When will the bridge reopen in January 2026?")
        wait_for_answer(page)
        open_filters(page)
        assert page.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]
        dark = page.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
        assert dark != light


def test_nothing_is_asked_of_another_machine(page):
    ask(page, "When will the bridge reopen?")
    wait_for_answer(page)
    assert hosts_asked(page) == {"127.0.0.1"}


def test_a_busy_port_is_one_line_and_a_failure():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "app.py", "--port", str(port)],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert f"port {port}" in line and "--port" in line


def test_ctrl_c_ends_quietly_while_a_page_is_open(browser):
    process = subprocess.Popen(
        [sys.executable, "tests/chat_demo.py", "--port", "0"],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # As from a terminal: a shell that runs jobs in the background has them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        opened(browser, process.stdout.readline().removeprefix(READY).strip())
        ask(browser, "When will the bridge reopen?")
        until(browser, lambda: "Reading 4 passages" in said(browser))
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (rest, complaints) == ("", "")
    assert process.returncode == 130


@pytest.mark.model
def test_the_real_chat_answers_and_shows_where_the_words_stand(
    browser: WebDriver, model_settings, tmp_path: Path
):
    library = ("--library", str(tmp_path / "library"))
    with serving("app.py", *library, "--port", "0", patience=600) as address:
        hosts_asked(browser)
        opened(browser, address)
        ask(browser, "What did Gerasimov say about demining?")
        seen = watched(browser, seconds=180)
        assert len(seen) >= 2
        assert all(later.startswith(earlier) for earlier, later in pairwise(seen))
        press(browser, "Source ", "a")
        card = until(browser, lambda: browser.find_element(By.CSS_SELECTOR, ".card[data-active]"))
        [words, *_] = highlighted(card)
        assert "Gerasimov" in words and "demining" in words and words in card.text
        assert hosts_asked(browser) == {"127.0.0.1"}
        browser.get(card.find_element(By.PARTIAL_LINK_TEXT, "Open document").get_attribute("href"))
        mark = browser.find_element(By.ID, "cited")
        assert mark.text == words
        assert in_view(browser, mark)
        assert hosts_asked(browser) == {"127.0.0.1"}


def watched(browser: WebDriver, *, seconds: float) -> list[str]:
    """Return the different texts the answer had while it was being written."""
    texts: list[str] = []

    def written() -> bool:
        stop = named(browser, "Stop", "button")
        text = browser.find_elements(By.CLASS_NAME, "answer")[0].text
        if stop and text and text not in texts:
            texts.append(text)
        return not stop

    until(browser, written, seconds)
    return texts

"""Conversations in a real browser: reloaded, listed, followed from two windows, asked again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from tests.browsing import (
    ask,
    ask_in_box,
    chips,
    click,
    click_on,
    field,
    highlighted,
    named,
    open_filters,
    opened,
    press,
    said,
    seen,
    title_of_filters,
    until,
    wait_for_answer,
)
from tests.chat_demo import LATER

pytestmark = pytest.mark.browser
QUESTION = "When will the bridge reopen?"
SLOWLY = "When will the bridge slowly reopen?"


@contextmanager
def window(browser: WebDriver, address: str) -> Iterator[None]:
    """Open a second window on an address for the length of a `with`, and go back to the first."""
    first = browser.current_window_handle
    browser.switch_to.new_window("window")
    try:
        opened(browser, address)
        yield
    finally:
        browser.close()
        browser.switch_to.window(first)


def questions(browser: WebDriver) -> list[str]:
    return [one.text for one in browser.find_elements(By.CLASS_NAME, "question")]


def listed(browser: WebDriver) -> list[str]:
    return [one.text for one in browser.find_elements(By.CSS_SELECTOR, "#shelf li bdi")]


def offered(browser: WebDriver) -> list[str]:
    return [one.text for one in browser.find_elements(By.CSS_SELECTOR, "#documents li")]


def typed(browser: WebDriver, *keys: str) -> None:
    browser.switch_to.active_element.send_keys(*keys)


def in_box(browser: WebDriver) -> str:
    return browser.find_element(By.CSS_SELECTOR, "#question textarea").get_attribute("value")


def reload(browser: WebDriver) -> None:
    opened(browser, browser.current_url)
    until(browser, lambda: questions(browser))


def words_behind_the_second_marker(browser: WebDriver) -> list[str]:
    press(browser, "Source 2: Eastern Tramways", "a")
    card = until(browser, lambda: browser.find_element(By.CSS_SELECTOR, ".card[data-active]"))
    return highlighted(card)


def test_a_reload_in_the_middle_and_at_the_end_of_an_answer_loses_nothing(page):
    ask(page, SLOWLY)
    until(page, lambda: page.find_elements(By.CLASS_NAME, "answer"))
    reload(page)
    assert questions(page) == [SLOWLY] and named(page, "Stop", "button")
    wait_for_answer(page)
    whole = said(page)
    assert "The tram operator does not expect to run before June" in whole
    assert words_behind_the_second_marker(page) == [LATER]
    reload(page)
    until(page, lambda: said(page) == whole)
    assert words_behind_the_second_marker(page) == [LATER]


def test_an_answer_goes_on_when_its_page_is_closed(page, demo):
    with window(page, demo):
        ask(page, QUESTION)
        until(page, lambda: "conversation=" in page.current_url)
        address = page.current_url
    with window(page, address):
        until(page, lambda: "2 of 3 sentences confirmed" in said(page))


def test_two_windows_follow_one_conversation_and_either_stops_it(page):
    ask(page, SLOWLY)
    first = page.current_window_handle
    with window(page, page.current_url):
        second = page.current_window_handle
        until(page, lambda: questions(page) == [SLOWLY])
        press(page, "Stop")
        until(page, lambda: "Stopped." in said(page))
        page.switch_to.window(first)
        until(page, lambda: "Stopped." in said(page))
        press(page, "Ask again")
        page.switch_to.window(second)
        until(page, lambda: "2 of 3 sentences confirmed" in said(page))
    wait_for_answer(page)
    assert questions(page) == [SLOWLY]


def test_who_waits_is_told_the_place_in_line(page, demo):
    ask(page, SLOWLY)
    with window(page, demo):
        ask(page, "Who designed it?")
        assert "Waiting for the model: next in line" in said(page)
        until(page, lambda: "Your documents do not answer this" in said(page))
    wait_for_answer(page)


def test_conversations_are_found_renamed_deleted_and_brought_back(page, demo):
    ask(page, "What did the divers find?")
    wait_for_answer(page)
    press(page, "New conversation")
    until(page, lambda: named(page, "Who designed the bridge?", "button"))
    ask_in_box(page, "What does the ferry cost?")
    wait_for_answer(page)
    press(page, "Conversations")
    latest = ["What does the ferry cost?", "What did the divers find?"]
    until(page, lambda: listed(page)[:2] == latest)
    typed(page, "DIVERS")
    until(page, lambda: listed(page) == ["What did the divers find?"])
    press(page, "Rename: What did the divers find?")
    until(page, lambda: page.switch_to.active_element.get_attribute("id") == "shelf-name")
    typed(page, Keys.CONTROL, "a")
    typed(page, "The piers", Keys.ENTER)
    until(page, lambda: listed(page) == ["The piers"])
    press(page, "Delete: The piers")
    until(page, lambda: listed(page) == [] and "No conversation holds" in page.page_source)
    press(page, "Undo")
    until(page, lambda: listed(page) == ["The piers"])
    click(page, lambda: page.find_element(By.PARTIAL_LINK_TEXT, "The piers"))
    until(page, lambda: questions(page) == ["What did the divers find?"])
    page.back()
    until(page, lambda: questions(page) == ["What does the ferry cost?"])


def test_a_conversation_that_is_not_here_says_so(page, demo):
    opened(page, f"{demo}/?conversation={'f' * 24}")
    until(page, lambda: "This conversation is not here." in said(page))
    ask(page, QUESTION)
    wait_for_answer(page)


def test_it_can_all_be_done_from_the_keyboard(page):
    ask(page, SLOWLY)
    until(page, lambda: "Reading 4 passages" in said(page))
    until(page, lambda: typed(page, Keys.ESCAPE) or "Stopped." in said(page))
    page.execute_script("document.activeElement.blur()")
    typed(page, "/")
    until(page, lambda: page.switch_to.active_element.tag_name == "textarea")
    typed(page, "Line one", Keys.SHIFT, Keys.ENTER, Keys.NULL, "line / two")
    assert in_box(page) == "Line one\nline / two"
    page.execute_script("document.activeElement.blur()")
    typed(page, "?")
    until(page, lambda: "goes to the question box" in page.find_element(By.ID, "help").text)
    typed(page, Keys.ESCAPE)
    until(page, lambda: not page.find_element(By.ID, "help").is_displayed())


def test_the_last_question_can_be_edited_and_errors_keep_the_question(page):
    ask(page, "A fault?")
    until(page, lambda: "Something went wrong inside the program" in said(page))
    press(page, "Edit question")
    until(page, lambda: in_box(page) == "A fault?")
    typed(page, Keys.BACKSPACE * 8, "Who designed it?", Keys.ENTER)
    until(page, lambda: "Your documents do not answer this" in said(page))
    assert questions(page) == ["Who designed it?"]
    wait_for_answer(page)
    typed(page, "?!", Keys.ENTER)
    until(page, lambda: "The question is empty" in said(page))
    assert in_box(page) == "?!"


def test_documents_are_filtered_by_title_and_the_filters_come_back(page):
    open_filters(page)
    reach = page.find_element(By.ID, "reach")
    assert reach.text.startswith("4 documents; published 14 January 2026")
    click_on(page, "#documents input")
    typed(page, "operator")
    title = "Operator: no trams over the bridge before June"
    until(page, lambda: offered(page) == [title])
    click_on(page, "#documents li")
    until(page, lambda: reach.text.startswith("1 of 4 documents matches"))
    field(page, "before").send_keys("2025")
    until(page, lambda: reach.text.startswith("0 of 4 documents match"))
    field(page, "before").send_keys(Keys.BACKSPACE * 4)
    until(page, lambda: reach.text.startswith("1 of 4 documents matches"))
    ask_in_box(page, QUESTION)
    until(page, lambda: chips(page) == [f"Document “{title}”"])
    wait_for_answer(page)
    reload(page)
    until(page, lambda: title_of_filters(page).startswith("Filters: 1 document"))
    assert chips(page) == [f"Document “{title}”"]


def test_the_list_and_the_help_fit_a_phone(page, demo):
    with seen(page, phone=True):
        opened(page, demo)
        ask(page, f"{QUESTION} {'Unbreakable' * 12}")
        both = (("Conversations", "Close the list"), ("Help and keys", "Close the help"))
        for name, close in both:
            press(page, name)
            until(page, lambda close=close: named(page, close, "button"))
            assert page.execute_script("return document.documentElement.scrollWidth") <= 390
            press(page, close)
        wait_for_answer(page)

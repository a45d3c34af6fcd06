"""Checking an answer in a real browser: quotes over markers, cards, sentences, refusals, accounts.

Without a browser these tests are skipped; with RAG_REQUIRE_BROWSER=1 they fail.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from tests.browsing import (
    PHONE,
    ask,
    click,
    named,
    opened,
    press,
    said,
    seen,
    serving,
    until,
    wait_for_answer,
)
from tests.chat_demo import LATER
from tests.checking_demo import HOSTILE, JULY, JUNE, LINKS, PUMPS, SILT

pytestmark = pytest.mark.browser

HERALD = "Source 3: Larkfield Herald, 14 January 2026"
INQUIRY = "Source 1: Flood Inquiry, 20 May 2025"
TRAMS = "Source 2: Eastern Tramways, 16 January 2026"


@pytest.fixture(scope="module")
def checking() -> Iterator[str]:
    with serving("tests/checking_demo.py", "--port", "0", "--pace", "0.02", patience=90) as address:
        yield address


@pytest.fixture
def page(browser: WebDriver, checking: str) -> WebDriver:
    opened(browser, checking)
    return browser


def answered(browser: WebDriver, question: str = "What did the pumps move?") -> None:
    ask(browser, question)
    until(browser, lambda: " sentence" in said(browser) or named(browser, "Go on with"))
    wait_for_answer(browser)


def sentence(browser: WebDriver, words: str) -> WebElement:
    found = browser.find_elements(By.CSS_SELECTOR, ".answer .sentence")
    return next(one for one in found if one.text.startswith(words))


def markers(browser: WebDriver, name: str) -> list[WebElement]:
    return [one for one in named(browser, name, "a") if not inside_panel(browser, one)]


def inside_panel(browser: WebDriver, element: WebElement) -> bool:
    inside = "return document.getElementById('panel').contains(arguments[0])"
    return browser.execute_script(inside, element)


def tooltip(browser: WebDriver) -> WebElement | None:
    shown = browser.find_elements(By.CSS_SELECTOR, '[role="tooltip"]')
    return next((one for one in shown if one.is_displayed()), None)


def meant(browser: WebDriver) -> list[str]:
    """The words that stand out among the marked ones."""
    return [one.text for one in browser.find_elements(By.CSS_SELECTOR, "mark[data-current]")]


def check_shown(browser: WebDriver) -> WebElement:
    return until(browser, lambda: named(browser, "The selected sentence", "h3"))[0].find_element(
        By.XPATH, ".."
    )


def fully_in_view(browser: WebDriver, element: WebElement) -> bool:
    return browser.execute_script(
        "const [box, frame] = [arguments[0], document.getElementById('panel')]"
        ".map((one) => one.getBoundingClientRect());"
        "return box.top >= Math.max(0, frame.top) && box.bottom <= Math.min(innerHeight,"
        " frame.bottom);",
        element,
    )


def test_a_quote_appears_over_a_marker_and_goes_with_escape(page):
    answered(page)
    first, second = markers(page, INQUIRY)
    ActionChains(page).move_to_element(second).perform()
    shown = until(page, lambda: tooltip(page))
    assert SILT in shown.text and PUMPS not in shown.text
    assert "Flood Inquiry · 20 May 2025 · page 137" in shown.text
    assert "Contradicted" in shown.text
    assert second.get_attribute("aria-describedby") == shown.get_attribute("id")
    ActionChains(page).move_to_element(shown).perform()
    assert tooltip(page)
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    until(page, lambda: not tooltip(page))
    assert second.get_attribute("aria-describedby") is None
    ActionChains(page).move_to_element(first).perform()
    shown = until(page, lambda: tooltip(page))
    assert PUMPS in shown.text and SILT in shown.text and "Supported" in shown.text


def test_a_quote_appears_at_a_marker_that_is_focused_by_keyboard(page):
    answered(page)
    page.execute_script("document.querySelector('.answer').focus()")
    ActionChains(page).send_keys(Keys.TAB).perform()
    assert page.switch_to.active_element.accessible_name == INQUIRY
    assert PUMPS in until(page, lambda: tooltip(page)).text
    ActionChains(page).send_keys(Keys.TAB * 2).perform()
    until(page, lambda: tooltip(page) and LATER in tooltip(page).text)
    ActionChains(page).send_keys(Keys.ENTER).perform()
    until(page, lambda: page.switch_to.active_element.accessible_name == TRAMS)
    assert not tooltip(page)
    assert meant(page) == [LATER]
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    until(page, lambda: page.switch_to.active_element == markers(page, TRAMS)[0])
    assert meant(page) == []


def test_a_marker_leads_to_the_words_of_its_own_sentence_and_back(page):
    answered(page)
    _, second = markers(page, INQUIRY)
    click(page, lambda: second)
    assert meant(page) == [SILT]
    assert fully_in_view(page, page.find_element(By.CSS_SELECTOR, "mark[data-current]"))
    press(page, "Back to the answer", "a")
    assert page.switch_to.active_element == second
    assert meant(page) == []


def test_a_card_tells_the_verdict_of_each_sentence_that_cites_it(page):
    answered(page)
    card = named(page, INQUIRY, "article")[0]
    found = [one.text.split("\n") for one in card.find_elements(By.CSS_SELECTOR, ".verdicts li")]
    assert [(one[0], one[-1]) for one in found] == [
        ("Supported", "The cited words say so."),
        ("Contradicted", "The source says spring, not autumn."),
    ]
    other = named(page, HERALD, "article")[0]
    assert "Read, not cited" in other.text and not other.find_elements(By.CLASS_NAME, "verdicts")


@pytest.mark.parametrize(
    ("words", "verdict", "reason", "evidence"),
    [
        ("Divers cleared", "Contradicted", "The source says spring, not autumn.", SILT),
        ("Trams will not", "Partly supported", "say nothing of “will not”.", LATER),
        ("The engineers", "Not supported", "No sentence of the passages", "The committee heard"),
        ("It worked.", "Not checked", "There is too little to check.", "No passage that was read"),
    ],
)
def test_a_clicked_sentence_shows_its_verdict_and_its_evidence(
    page, words, verdict, reason, evidence
):
    answered(page)
    one = sentence(page, words)
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", one)
    page.execute_script("arguments[0].click()", one)
    told = check_shown(page).text
    assert words in told and verdict in told and reason in told and evidence in told
    assert one.get_attribute("aria-current") == "true"
    status = page.find_elements(By.CSS_SELECTOR, '[role="status"]')
    assert any(one.get_attribute("textContent").startswith(verdict) for one in status)


def test_sentences_are_one_tab_stop_and_arrow_keys_go_through_them(page):
    answered(page)
    page.execute_script("document.querySelector('.answer').focus()")
    assert page.switch_to.active_element.accessible_name.startswith("Answer.")
    ActionChains(page).send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN).perform()
    assert page.switch_to.active_element.text.startswith("Divers cleared")
    ActionChains(page).send_keys(Keys.END, Keys.ARROW_UP, Keys.ENTER).perform()
    shown = check_shown(page)
    assert "Not supported" in shown.text
    assert page.switch_to.active_element == shown
    ActionChains(page).send_keys(Keys.ESCAPE).perform()
    assert page.switch_to.active_element.text.startswith("The engineers")
    assert not named(page, "The selected sentence", "h3")
    stops = page.find_elements(By.CSS_SELECTOR, ".answer .sentence[tabindex='0']")
    assert stops == []


def test_words_that_are_dragged_over_select_their_sentence(page):
    answered(page)
    page.execute_script(
        "const words = [...document.querySelectorAll('.answer .sentence')][2].firstChild;"
        "getSelection().setBaseAndExtent(words, 3, words, 9);"
        "document.dispatchEvent(new PointerEvent('pointerup', {bubbles: true}));"
    )
    assert "Partly supported" in check_shown(page).text
    assert page.execute_script("return String(getSelection())") == "ms wil"


def test_at_phone_width_a_marker_opens_the_panel_over_the_answer(page, checking):
    with seen(page, phone=True):
        opened(page, checking)
        answered(page)
        marker = markers(page, INQUIRY)[1]
        page.execute_script("arguments[0].scrollIntoView({block: 'center'})", marker)
        before = page.execute_script("return scrollY")
        marker.click()
        assert meant(page) == [SILT]
        until(
            page,
            lambda: fully_in_view(page, page.find_element(By.CSS_SELECTOR, "mark[data-current]")),
        )
        assert page.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]
        press(page, "Back to the answer", "a")
        assert page.switch_to.active_element == marker
        assert abs(page.execute_script("return scrollY") - before) < 5


def test_the_highlighted_sentence_is_on_the_screen_within_200_ms(page):
    answered(page)
    marker = markers(page, INQUIRY)[1]
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", marker)
    took = [page.execute_async_script(CLICK_TO_SCREEN, marker) for _ in range(3)]
    assert min(took) < 200, took


CLICK_TO_SCREEN = """
const [marker, done] = arguments;
const started = performance.now();
marker.click();
requestAnimationFrame(() => setTimeout(() => {  // after the frame in which it was painted
  const mark = document.querySelector("mark[data-current]");
  const frame = document.getElementById("panel").getBoundingClientRect();
  const box = mark.getBoundingClientRect();
  const seen = box.top >= frame.top && box.bottom <= innerHeight;
  done(seen ? performance.now() - started : Infinity);
}));
"""


def test_the_refusals_look_different_and_show_what_came_nearest(page):
    ask(page, "Who designed the bridge?")
    until(page, lambda: "Your documents do not answer this" in said(page))
    wait_for_answer(page)
    panel = page.find_element(By.ID, "panel")
    assert "None of them answers it" in panel.text
    assert named(page, "Source 2: Eastern Tramways", "article")
    assert not page.find_elements(By.CLASS_NAME, "answer")
    one = page.find_element(By.CSS_SELECTOR, '.notice[role="note"]')
    ask(page, "What will the weather be like?")
    until(page, lambda: "Nothing about this in your documents" in said(page))
    wait_for_answer(page)
    assert "None is about the question, so none was read." in panel.text
    assert named(page, "Source 1: Harbour Office", "article")
    other = page.find_elements(By.CSS_SELECTOR, '.notice[role="note"]')[-1]
    looks = ("background-color", "border-top-style")
    assert [one.value_of_css_property(name) for name in looks] != [
        other.value_of_css_property(name) for name in looks
    ]
    press(page, "See the 2 nearest passages", "a")
    until(page, lambda: page.switch_to.active_element.accessible_name.startswith("Nearest"))
    opened(page, page.current_url)
    until(page, lambda: named(page, "Source 1: Harbour Office", "article"))
    assert named(page, "See the 2 nearest passages", "a")


def test_sources_that_differ_stand_side_by_side(page):
    answered(page, "How many barges came?")
    accounts = page.find_elements(By.CSS_SELECTOR, '[aria-label="Sources differ"] li')
    assert [one.text.split("\n") for one in accounts] == [
        ["Harbour Office · 2 July 20251", JUNE],
        ["Pilots' Union · 9 July 20252", JULY],
    ]
    assert [one.find_element(By.TAG_NAME, "mark").text for one in accounts] == [
        "310 barges",
        "270 barges",
    ]
    left, right = (one.rect for one in accounts)
    assert left["y"] == right["y"] and left["x"] + left["width"] <= right["x"]
    click(page, lambda: accounts[1].find_element(By.CSS_SELECTOR, "a.marker"))
    name = "Source 2: Pilots' Union, 9 July 2025"
    until(page, lambda: page.switch_to.active_element.accessible_name == name)


def test_a_suggested_question_asks_itself_once(page):
    answered(page, "How many barges came?")
    press(page, "What did Ann Lee say?")
    until(page, lambda: "What did Ann Lee say?" in questions(page))
    wait_for_answer(page)
    until(page, lambda: named(page, "Go on with", "h3"))
    assert not named(page, "What did Ann Lee say?", "button")


def questions(browser: WebDriver) -> list[str]:
    return [one.text for one in browser.find_elements(By.CSS_SELECTOR, ".turn h2")]


def test_every_stage_is_told_while_an_answer_is_made(page):
    page.execute_script(
        "window.told = new Set(); new MutationObserver(() => {"
        "for (const one of document.querySelectorAll('.turn [role=status]'))"
        " window.told.add(one.textContent);"
        "}).observe(document, {childList: true, subtree: true, characterData: true})"
    )
    answered(page)
    told = page.execute_script("return [...window.told]")
    for words in ("Searching", "Reading 3 passages", "Writing the answer", "Checking the answer"):
        assert any(one.startswith(words) for one in told), (words, told)


def test_hostile_words_are_words_in_quotes_cards_and_checks(page):
    ask(page, "What does the evil page say?")
    wait_for_answer(page)
    marker = until(page, lambda: markers(page, "Source 1:"))[0]
    ActionChains(page).move_to_element(marker).perform()
    shown = until(page, lambda: tooltip(page))
    plain = HOSTILE.split("\u202e")[0].strip()
    for place in (shown, named(page, "Source 1:", "article")[0]):
        assert plain in place.text and LINKS in place.text
        assert "U+202E" in place.text
        assert not place.find_elements(By.CSS_SELECTOR, "script, img, b, [href^='http']:not(.open)")
    page.execute_script("document.querySelector('.answer .sentence').click()")
    assert "<b>Because</b> ${window.pwned = 6}" in check_shown(page).text
    assert page.execute_script("return window.pwned") is None
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")

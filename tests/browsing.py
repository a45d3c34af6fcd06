"""What tests in a real browser share: a program that serves, and what a person does on its page.

In: a browser, an address. Out: elements and words as they are seen. Knows nothing about what has to
be there.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from rag.settings import PROJECT

PHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
READY = "Chat ready at "


@contextmanager
def seen(
    browser: WebDriver, *, scheme: str = "", phone: bool = False, still: bool = False
) -> Iterator[None]:
    """Let pages be seen in a colour scheme, on a phone, or without movement for a `with`."""
    motion = "reduce" if still else ""
    told = {"prefers-color-scheme": scheme, "prefers-reduced-motion": motion}
    features = [{"name": name, "value": value} for name, value in told.items() if value]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    if phone:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    try:
        yield
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@contextmanager
def serving(*command: str, patience: float) -> Iterator[str]:
    """Run a program of this checkout until its one line says where it listens."""
    process = subprocess.Popen(
        [sys.executable, *command], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    try:
        line = process.stdout.readline()  # ends also when the program does
        assert line.startswith(READY), f"no address but {line!r}, exit {process.wait(patience)}"
        yield line.removeprefix(READY).strip()
    finally:
        process.terminate()
        process.wait(patience)


def opened(browser: WebDriver, address: str) -> None:
    """Open the page, and wait until it takes what is typed."""
    browser.get(address)
    until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "html[data-ready]"))
    until(browser, lambda: browser.switch_to.active_element.tag_name == "textarea")


def until(browser: WebDriver, met: Callable[[], object], seconds: float = 20) -> object:
    waiting = WebDriverWait(
        browser, seconds, 0.05, ignored_exceptions=[StaleElementReferenceException, IndexError]
    )
    return waiting.until(lambda _: met())


def named(browser: WebDriver, name: str, kind: str = "*") -> list[WebElement]:
    """The visible elements of this accessible name, as a screen reader would list them."""
    found = browser.find_elements(
        By.XPATH, f'//{kind}[starts-with(@aria-label, "{name}") or normalize-space()="{name}"]'
    )
    return [element for element in found if element.is_displayed()]


def press(browser: WebDriver, name: str, kind: str = "button") -> None:
    """Press what has this name, once it is there."""
    click(browser, lambda: named(browser, name, kind)[0])


def click(browser: WebDriver, find: Callable[[], WebElement | None]) -> None:
    """Click what is found, once it is there.

    Again where the page drew it anew meanwhile, or moved on so that something else lay over it:
    in neither case was anything clicked.
    """

    def clicked() -> bool:
        element = find()
        if element is None:
            return False
        browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        try:
            element.click()
        except ElementClickInterceptedException:
            return False
        return True

    until(browser, clicked)


def click_on(browser: WebDriver, selector: str) -> None:
    """Click what a CSS selector finds first, once it is there."""
    click(browser, lambda: browser.find_element(By.CSS_SELECTOR, selector))


def said(browser: WebDriver) -> str:
    return browser.find_element(By.ID, "transcript").text


def ask(browser: WebDriver, question: str) -> None:
    """Ask, and wait until the page has taken the question up: before, it still offers "Ask"."""
    before = len(browser.find_elements(By.CLASS_NAME, "turn"))
    browser.switch_to.active_element.send_keys(question, Keys.ENTER)
    if question:
        until(browser, lambda: len(browser.find_elements(By.CLASS_NAME, "turn")) > before)


def wait_for_answer(browser: WebDriver, seconds: float = 20) -> None:
    until(browser, lambda: not named(browser, "Stop", "button"), seconds)


def highlighted(element: WebElement) -> list[str]:
    return [mark.text for mark in element.find_elements(By.TAG_NAME, "mark")]


def in_view(browser: WebDriver, element: WebElement) -> bool:
    return browser.execute_script(
        "const box = arguments[0].getBoundingClientRect();"
        "return box.top >= 0 && box.top < innerHeight;",
        element,
    )


def hosts_asked(browser: WebDriver) -> set[str]:
    """The machines that the browser asked for anything since this was last called."""
    asked = set()
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            address = urlsplit(message["params"]["request"]["url"])
            if address.scheme in ("http", "https", "ws", "wss"):
                asked.add(address.hostname)
    for address in browser.execute_script(
        "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    ):
        asked.add(urlsplit(address).hostname)
    return asked


def open_filters(browser: WebDriver) -> None:
    click_on(browser, "#filters > button")
    until(browser, lambda: browser.find_element(By.ID, "publishers").is_displayed())


def field(browser: WebDriver, name: str) -> WebElement:
    return until(browser, lambda: browser.find_elements(By.CSS_SELECTOR, f"#{name} textarea"))[0]


def title_of_filters(browser: WebDriver) -> str:
    return browser.find_element(By.CSS_SELECTOR, "#filters > button").text


def chips(browser: WebDriver) -> list[str]:
    """The filters shown above the answers, without the sign that removes them."""
    shown = browser.find_elements(By.CSS_SELECTOR, "#transcript .chip")
    return [" ".join(chip.text.split()).removesuffix(" ×") for chip in shown]


def ask_in_box(browser: WebDriver, question: str) -> None:
    click_on(browser, "#question textarea")
    ask(browser, question)


def tabs(page: WebDriver) -> list[str]:
    found = page.find_elements(By.CSS_SELECTOR, '#tabs [role="tab"]')
    return [one.text for one in found if one.is_displayed() and one.text]


def open_tab(page: WebDriver, name: str) -> None:
    """Press a tab; Gradio also draws each one where nobody sees it, to measure it."""

    def tab() -> WebElement | None:
        found = page.find_elements(By.CSS_SELECTOR, '#tabs [role="tab"]')
        return next((one for one in found if one.is_displayed() and one.text == name), None)

    click(page, tab)

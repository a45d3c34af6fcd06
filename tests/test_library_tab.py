"""The library tab in a real browser, over a real library with fakes in place of the models."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from tests.browsing import PHONE, click, hosts_asked, named, open_tab, press, seen, until

pytestmark = pytest.mark.browser

TABS = ("Library", "Settings")


@pytest.fixture
def page(browser: WebDriver, library_page: str) -> WebDriver:
    opened(browser, library_page, "Library")
    until(browser, lambda: rows(browser))
    return browser


def opened(browser: WebDriver, address: str, tab: str) -> None:
    browser.get(address)
    open_tab(browser, tab)


def confirm(browser: WebDriver) -> None:
    """Say yes to what the dialog asks."""
    yes = '//dialog//button[normalize-space()="Remove"]'
    until(browser, lambda: browser.find_element(By.XPATH, yes).is_displayed())
    click(browser, lambda: browser.find_element(By.XPATH, yes))


def rows(browser: WebDriver) -> list[str]:
    """The documents and files of the list, as they are read; again where it is drawn anew."""
    found = until(
        browser, lambda: [[one.text for one in browser.find_elements(By.CSS_SELECTOR, "tbody tr")]]
    )
    return [text for text in found[0] if text]


def row(browser: WebDriver, words: str) -> str:
    return next((one for one in rows(browser) if words in one), "")


def labelled(browser: WebDriver, label: str) -> WebElement:
    """The field that a visible label names."""
    return until(
        browser,
        lambda: browser.find_element(
            By.ID,
            browser.find_element(By.XPATH, f'//label[normalize-space()="{label}"]').get_attribute(
                "for"
            ),
        ),
    )


def typed(browser: WebDriver, label: str, words: str) -> None:
    field = labelled(browser, label)
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(words or Keys.DELETE)


def upload(browser: WebDriver, *files: Path) -> None:
    chooser = browser.find_element(By.CSS_SELECTOR, 'input[aria-label="Files to upload"]')
    chooser.send_keys("\n".join(map(str, files)))


def said_of(browser: WebDriver, name: str) -> str:
    uploads = browser.find_elements(By.CSS_SELECTOR, '[aria-label="Uploads"] li')
    return next((one.text for one in uploads if name in one.text), "")


def test_the_list_says_what_failed_and_why(page):
    failed = row(page, "broken.pdf")
    assert "no PDF file or a damaged one" in failed and "failed" in failed
    assert "Larkfield Herald" in row(page, "Bridge to reopen")
    assert "<b>& more</b>" in row(page, "Minutes")
    press(page, "Failed 1")
    until(page, lambda: len(rows(page)) == 1)
    press(page, "All 4")
    typed(page, "Search the library", "ferry")
    until(page, lambda: len(rows(page)) == 1 and "ferry" in rows(page)[0])


def test_what_is_uploaded_gets_a_line_and_can_be_found(page, tmp_path):
    good, bad = tmp_path / "keeper.txt", tmp_path / "bad.pdf"
    good.write_text("The lighthouse keeper sleeps at noon.")
    bad.write_text("no pdf at all")
    upload(page, good, bad)
    until(page, lambda: said_of(page, "keeper.txt").endswith("new"), 60)
    until(page, lambda: "failed: bad.pdf is no PDF" in said_of(page, "bad.pdf"), 60)
    until(page, lambda: "Uploaded files: 1 new, 1 failed." in spoken(page, "summary"))
    until(page, lambda: "keeper sleeps" in row(page, "keeper.txt"))
    until(page, lambda: "4 documents" in page.find_element(By.ID, "head").text)
    upload(page, good)
    until(page, lambda: "duplicate: was uploaded before" in page.page_source)
    open_tab(page, "Ask")
    page.find_element(By.CSS_SELECTOR, "#question textarea").send_keys(
        "Where does the lighthouse keeper sleep at noon?", Keys.ENTER
    )
    until(page, lambda: "keeper sleeps" in page.find_element(By.ID, "evidence").text, 60)


def spoken(browser: WebDriver, part: str = "told") -> str:
    """What a screen reader was told last, of runs or of the uploads."""
    found = browser.find_element(By.CSS_SELECTOR, f'[role="status"][data-part="{part}"]')
    return found.get_attribute("textContent")


def test_files_that_are_dropped_are_uploaded(page):
    page.execute_script(
        "const transfer = new DataTransfer();"
        "transfer.items.add(new File(['A heron waits.'], 'heron.txt'));"
        "document.querySelector('.drop').dispatchEvent("
        "new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));"
    )
    until(page, lambda: said_of(page, "heron.txt").endswith("new"), 60)


def test_facts_are_put_right_in_place(page):
    press(page, "Bridge to reopen in March")
    until(page, lambda: "read from “Larkfield Herald” in the front matter" in row(page, "Save"))
    typed(page, "Published", "2026-02-30")
    press(page, "Save")
    until(page, lambda: "'2026-02-30' is not one day" in row(page, "Save"))
    typed(page, "Published", "2026-01-15")
    typed(page, "Author", "Ann <i>Lee</i>")
    press(page, "Save")
    until(page, lambda: "Saved." in row(page, "Save"))
    assert row(page, "Save").count("set by hand") == 2
    assert labelled(page, "Author").get_attribute("value") == "Ann <i>Lee</i>"
    until(page, lambda: "15 January 2026" in row(page, "bridge.md"))


def test_passages_lead_to_their_places(page):
    press(page, "Bridge to reopen in March")
    press(page, "Show 6 passages")
    links = until(page, lambda: named(page, "Open at passage 2", "a"))
    target = urlsplit(links[0].get_attribute("href"))
    assert target.path.startswith("/document/") and target.fragment == "cited"
    page.get(links[0].get_attribute("href"))
    assert until(page, lambda: page.find_element(By.ID, "cited")).text


def test_a_document_is_removed_stays_out_and_comes_back(page, library_folder):
    press(page, "The ferry stops for the winter.")
    press(page, "Remove The ferry stops for the winter.")
    until(page, lambda: "The file itself stays where it is" in page.page_source)
    confirm(page)
    until(page, lambda: "taken out" in row(page, "ferry.txt"))
    assert (library_folder / "documents" / "ferry.txt").exists()
    press(page, "Re-index now")
    until(page, lambda: "Indexing is done" in spoken(page), 60)
    assert "taken out" in row(page, "ferry.txt")
    press(page, "Read again: ferry.txt")
    until(page, lambda: "indexed" in row(page, "ferry.txt"), 60)


def test_a_folder_is_added_and_removed(page, library_folder):
    (library_folder / "more").mkdir()
    (library_folder / "more" / "owl.txt").write_text("The owl sits on the weir.")
    typed(page, "Folder of this machine", str(library_folder / "nowhere"))
    press(page, "Add")
    until(page, lambda: "There is no file or folder" in page.page_source)
    typed(page, "Folder of this machine", str(library_folder / "more"))
    press(page, "Add")
    until(page, lambda: "indexed" in row(page, "owl.txt"), 60)
    press(page, f"Remove the folder {library_folder / 'more'}")
    confirm(page)
    until(page, lambda: not row(page, "owl.txt"))
    assert (library_folder / "more" / "owl.txt").exists()


def test_a_page_that_opens_later_sees_the_run_and_stops_it(page, library_page, library_folder):
    for number in range(24):
        words = " ".join(f"word{number}x{one}" for one in range(1500))
        (library_folder / "documents" / f"many-{number}.txt").write_text(words)
    press(page, "Re-index now")
    until(page, lambda: "of 24 files" in page.page_source, 60)
    opened(page, library_page, "Library")
    press(page, "Stop")
    until(page, lambda: "Indexing was stopped." in page.page_source, 60)
    press(page, "Re-index now")
    until(page, lambda: "Indexing is done:" in page.page_source, 120)
    typed(page, "Search the library", "many-")
    until(page, lambda: "All 24" in page.page_source.replace('<span class="count">', ""), 60)


def test_an_upload_that_breaks_off_leaves_nothing(library_page, library_folder):
    host = urlsplit(library_page)
    with socket.create_connection((host.hostname, host.port)) as connection:
        connection.sendall(
            b"POST /api/library/upload?name=half.txt HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 99
        )
        wait_for(lambda: any(name.startswith(".arriving") for name in names(library_folder)))
    wait_for(lambda: not any(name.startswith(".arriving") for name in names(library_folder)))
    assert "half.txt" not in names(library_folder)


def names(folder: Path) -> list[str]:
    uploads = folder / "library" / "uploads"
    return os.listdir(uploads) if uploads.is_dir() else []


def wait_for(met, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("tab", TABS)
def test_the_tabs_fit_a_phone(browser, library_page, tab):
    with seen(browser, phone=True):
        opened(browser, library_page, tab)
        until(browser, lambda: rows(browser) or "Versions" in browser.page_source)
        width = browser.execute_script("return document.documentElement.scrollWidth")
        assert width <= PHONE["width"]


def test_nothing_was_asked_of_another_machine(page):
    assert hosts_asked(page) == {"127.0.0.1"}

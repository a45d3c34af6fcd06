"""Pages of documents: PDF pages with marked lines, the way to other citations, long texts."""

from __future__ import annotations

import html
import io
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver

from rag.assembling import Assistant, build
from rag.errors import InputError
from rag.loading import hashed, load_file
from rag.picturing import Mark, Pictures
from rag.recording import Place, places_of
from rag.recording.records import Record
from rag.serving import web_app
from rag.serving.documents.pages import marked_text
from rag.serving.documents.paging import pager
from rag.serving.showing.cards import card
from rag.serving.talking.exchange import Exchange
from rag.storing import FileRecord, NewDocument, Store
from rag.types import Answer, Document, FileState, Finished, Span
from tests.articles import Fakes, library
from tests.browsing import PHONE, click_on, in_view, serving, until
from tests.checking_demo import (
    CITED_PAGE,
    DEEP,
    EVIL,
    LINKS,
    PAGES,
    PUMPS,
    SILT,
    CheckingAssistant,
    cite,
    deep,
    report,
)
from tests.fakes import ToldGenerator
from tests.test_serving import marked, plain

SAID = "The dam at Ilm held through the night."


def paper(path: Path, *, turned: int = 0) -> Path:
    """Write a PDF of two pages; the second, which may be turned, says what is cited."""
    canvas = Canvas(str(path), pagesize=(400, 600), invariant=1)
    canvas.drawString(50, 500, "The first page says nothing that matters to anybody at all.")
    canvas.showPage()
    canvas.setPageRotation(turned)
    canvas.drawString(50, 350, SAID)
    canvas.drawString(50, 250, "The weir below it did not hold and was rebuilt in the spring.")
    canvas.save()
    return path


class Kept:
    """A library of one PDF, and what shows its pages."""

    def __init__(self, folder: Path, path: Path) -> None:
        self.path, self.store, self.pictures = path, Store.create(folder), Pictures()
        self.document = load_file(path).documents[0]
        whole = Span(0, len(self.document.text))
        new = NewDocument(self.document, (whole,), np.ones((1, 4), np.float32))
        with self.store.transaction():
            self.store.put_file(self.record(path))
            self.store.add_documents(str(path), [new])

    def record(self, path: Path, state: FileState = "new") -> FileRecord:
        return FileRecord(str(path), hashed(sha256(path.read_bytes()), path), state)

    @property
    def cited(self) -> Span:
        start = self.document.text.index(SAID)
        return Span(start, start + len(SAID))

    def sheets(self):
        files = self.store.files_of(self.document.document_id)
        lines = self.store.lines(self.document.document_id)
        return self.pictures.sheets(self.document, files, lines, self.cited)

    def picture(self, page: int) -> Image.Image:
        files = self.store.files_of(self.document.document_id)
        return Image.open(io.BytesIO(self.pictures.picture(self.document, files, page)))

    def close(self) -> None:
        self.pictures.close()
        self.store.close()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with closing(Kept(tmp_path / "library", paper(tmp_path / "dam.pdf"))) as one:
        yield one


def darkest(picture: Image.Image, mark: Mark, width: float) -> int:
    """The darkest pixel of what a mark covers."""
    scale = picture.width / width
    box = (mark.x, mark.y, mark.x + mark.width, mark.y + mark.height)
    return picture.convert("L").crop(tuple(round(side * scale) for side in box)).getextrema()[0]


def test_a_mark_lies_on_the_words_it_marks(kept: Kept):
    first, second = kept.sheets().sheets
    assert (first.marks, first.width, first.height) == ((), 400, 600)
    [mark] = second.marks
    assert (mark.x, mark.y) == pytest.approx((50, 240), abs=3)
    assert darkest(kept.picture(2), mark, second.width) < 60
    beside = Mark(mark.x, mark.y + 40, mark.width, mark.height)
    assert darkest(kept.picture(2), beside, second.width) > 200


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_marks_lie_on_the_words_of_turned_pages(tmp_path: Path, turned: int):
    path = paper(tmp_path / "turned.pdf", turned=turned)
    with closing(Kept(tmp_path / "library", path)) as kept:
        sheet = kept.sheets().sheets[1]
        [mark] = sheet.marks
        assert (mark.height > mark.width) == (turned in (90, 270))
        assert darkest(kept.picture(2), mark, sheet.width) < 60
        assert mark.x >= 0 and mark.x + mark.width <= sheet.width


def test_a_pdf_that_changed_or_went_is_shown_as_text_and_says_why(kept: Kept):
    assert kept.sheets().sheets
    paper(kept.path, turned=90)
    changed = kept.sheets()
    assert changed.sheets == () and "has changed since it was read" in changed.reason
    with pytest.raises(InputError, match="has changed"):
        kept.picture(1)
    kept.path.unlink()
    assert "no longer where it was read" in kept.sheets().reason


def test_a_copy_elsewhere_stands_in_for_a_pdf_that_went(kept: Kept, tmp_path: Path):
    copy = tmp_path / "copy.pdf"
    shutil.copy(kept.path, copy)
    with kept.store.transaction():
        kept.store.put_file(kept.record(copy, "duplicate"))
    kept.path.unlink()
    assert len(kept.sheets().sheets) == 2
    assert kept.picture(2).width == 800


def test_a_page_that_takes_too_long_or_kills_its_process_is_an_error_of_its_own(kept: Kept):
    files = kept.store.files_of(kept.document.document_id)
    slow = Pictures(seconds=0.0)
    with pytest.raises(InputError, match="takes more than 0 seconds"):
        slow.picture(kept.document, files, 1)
    slow.close()
    kept.picture(1)
    kept.pictures._process.kill()
    kept.pictures._process.wait()
    assert kept.picture(2).width == 800  # by a new one


def test_no_process_is_left_behind(kept: Kept):
    kept.picture(1)
    process = kept.pictures._process
    kept.pictures.close()
    assert process.poll() is not None


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    report()
    assistant = CheckingAssistant()
    yield TestClient(web_app(assistant), base_url="http://127.0.0.1")
    assistant._pictures.close()


def address(document: Document, words: str, answer: str = "abc123") -> str:
    one = cite(1, document, words)
    return f"/document/{document.document_id}?start={one.start}&end={one.end}&answer={answer}"


@pytest.mark.parametrize("number", ["0", "201", "-1", "1e1", "²", "99999999999", "..%2F1", "1.5"])
def test_only_pages_that_there_are_have_pictures(client: TestClient, number: str):
    answer = client.get(f"/document/{report().document_id}/page/{number}.png")
    assert answer.status_code == 404 and not answer.content.startswith(b"\x89PNG")


def test_documents_that_are_no_pdf_have_no_pictures(client: TestClient):
    for name in ("harbour", "none", "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd%00"):
        assert client.get(f"/document/{name}/page/1.png").status_code == 404


def test_a_page_of_two_hundred_opens_with_its_lines_marked(client: TestClient):
    target = address(report(), PUMPS)
    client.get(target)  # starts the process that draws
    started = time.perf_counter()
    page = client.get(target)
    took = time.perf_counter() - started
    assert page.text.count('loading="lazy"') == PAGES
    [section] = page.text.split("<section")[CITED_PAGE : CITED_PAGE + 1]
    assert "the cited lines marked" in section and 'mark id="cited"' in section
    assert page.text.count("the cited lines marked") == 1
    assert took < 2, took  # a tenth of it on a machine that does nothing else
    picture = client.get(f"/document/{report().document_id}/page/{CITED_PAGE}.png")
    assert picture.headers["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size[0] <= 1200


def test_the_pager_leads_through_the_citations_of_an_answer(client: TestClient):
    page = plain(client.get(address(report(), PUMPS)).text)
    assert "Citation 2 of 3 of this answer" in page and "Supported" in page
    bare = client.get(f"/document/{report().document_id}").text
    assert "pager" not in bare
    unknown = client.get(address(report(), PUMPS, "0000")).text
    assert 'class="pager"' not in unknown


def test_the_pager_escapes_what_it_repeats():
    place = Place("a&b", Span(1, 2), "<b>He</b> said.", "supported", "")
    told = pager([place, place], "a&b", Span(1, 2), '"><script>')
    assert "<b>" not in told and "<script" not in told
    assert "/document/a%26b?start=1&amp;end=2&amp;answer=%22%3E%3Cscript%3E#cited" in told


def test_a_long_text_comes_in_pieces_and_loses_no_character():
    text = ("word " * 4000 + "\n") * 3 + "unbroken" * 6000
    found = Document("d", "d.txt", text, (Span(0, len(text)),))
    for cited in (None, Span(100, 130), Span(11_990, 30_000)):
        page = marked_text(found, cited)
        assert plain(page) == text
        assert page.count('id="cited"') == (cited is not None)
        assert page.count('class="piece"') > 5


def test_the_log_knows_what_an_answer_cites():
    def record(told: dict) -> Record:
        empty = dict.fromkeys(Record.__dataclass_fields__, None)
        return Record(**{**empty, "answer": told})

    citation = {"document_id": "d", "start": 3, "end": 9, "quote": "of old"}
    said = {"text": "So.", "verdict": "supported", "reason": "", "citations": [citation]}
    found = places_of(record({"statements": [said, {**said, "text": "Again."}]}))
    assert found == (Place("d", Span(3, 9), "So.", "supported", ""),)
    assert places_of(record({"statements": "?"})) == ()


def test_a_card_of_a_logged_answer_opens_the_page_of_its_pdf(tmp_path: Path):
    settings = library(tmp_path)
    folder = tmp_path / "papers"
    folder.mkdir()
    paper(folder / "ilm.pdf")
    build(settings, [folder], models=Fakes())
    models = Fakes()
    models.generator = ToldGenerator("The dam at Ilm held through the night [1].")
    with closing(Assistant.open(settings, models)) as assistant:
        answer = assistant.ask("Which dam at Ilm held through the night?")
        [place] = assistant.cited(answer.answer_id)
        assert (place.sentence, place.span.end > place.span.start) == (SAID, True)
        client = TestClient(web_app(assistant), base_url="http://127.0.0.1")
        [way] = re.findall(r'href="(/document/[^"]*)"', card_of(answer))
        page = client.get(html.unescape(way)).text
        assert "Citation 1 of 1 of this answer" in page
        assert page.count('loading="lazy"') == 2 and "the cited lines marked" in page
        assert marked(page) == [SAID]
        assert client.get(way.partition("?")[0] + "/page/2.png").content.startswith(b"\x89PNG")
        (folder / "ilm.pdf").write_bytes(b"another")
        assert "has changed since it was read" in client.get(html.unescape(way)).text


def card_of(answer: Answer) -> str:
    """The card of the first source that an answer cites."""
    exchange = Exchange(1, answer.question).after(Finished(answer))
    number = answer.statements[0].citations[0].number
    return card(exchange, next(one for one in answer.evidence if one.number == number))


# In the browser


@pytest.fixture(scope="module")
def shown() -> Iterator[str]:
    with serving("tests/checking_demo.py", "--port", "0", patience=90) as opened:
        yield opened


def marks_on_pictures(browser: WebDriver) -> list:
    return browser.find_elements(By.CSS_SELECTOR, ".picture svg rect:not(.edge)")


def loaded(browser: WebDriver) -> int:
    """How many pictures have come."""
    count = "return [...document.images].filter((one) => one.naturalWidth > 0).length"
    return browser.execute_script(count)


@pytest.mark.browser
@pytest.mark.parametrize("phone", [False, True])
def test_the_page_opens_at_the_words_with_the_picture_beside_them(browser, shown, phone):
    if phone:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    try:
        browser.get(f"{shown}{address(report(), PUMPS)}#cited")
        mark = browser.find_element(By.ID, "cited")
        assert mark.text == PUMPS and in_view(browser, mark)
        rects = marks_on_pictures(browser)
        assert rects and all(in_view(browser, one) for one in rects)
        until(browser, lambda: loaded(browser) >= 1)
        assert loaded(browser) < 20
        wide = "return document.documentElement.scrollWidth <= innerWidth"
        assert browser.execute_script(wide)
        click_on(browser, '[aria-label="Next citation"]')
        until(browser, lambda: browser.find_element(By.ID, "cited").text == SILT)
        assert in_view(browser, browser.find_element(By.ID, "cited"))
        assert "Citation 3 of 3" in browser.find_element(By.TAG_NAME, "nav").text
        assert not browser.find_elements(By.CSS_SELECTOR, '[aria-label="Next citation"]')
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


FIRST_PAINT = (
    "const [paint] = performance.getEntriesByName('first-contentful-paint');"
    "return paint ? paint.startTime : 0"
)


@pytest.mark.browser
def test_ten_million_characters_open_at_once_at_the_words(browser, shown):
    browser.get(f"{shown}{address(deep(), DEEP, '')}#cited")
    paint = until(browser, lambda: browser.execute_script(FIRST_PAINT))
    mark = browser.find_element(By.ID, "cited")
    assert mark.text == DEEP
    until(browser, lambda: in_view(browser, mark))
    assert paint < 8000, paint
    started = time.perf_counter()
    browser.execute_script("scrollTo(0, 0); document.body.offsetHeight")
    assert time.perf_counter() - started < 3


@pytest.mark.browser
def test_a_hostile_document_is_words_on_its_page(browser, shown):
    browser.get(f"{shown}/document/evil")
    text = browser.find_element(By.TAG_NAME, "main")
    assert LINKS in text.text and "U+202E" in text.text
    assert not browser.find_elements(By.CSS_SELECTOR, "main a, script, img, main b")
    assert browser.execute_script("return window.pwned") is None
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    assert len(EVIL.text) > 1_000_000

"""The page of an answer and what people say of it: kept, shown again, and a test set at last."""

from __future__ import annotations

import html
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from rag import recording, storing
from rag.cli import main
from rag.errors import InputError
from rag.evaluating.testsets import examine
from rag.judging import Place, Saying, cases, holding, judge
from rag.serving import Offer, web_app
from rag.storing import DATABASE, Store, answers, judgements
from rag.types import Filters, Turn
from tests.browsing import (
    PHONE,
    ask,
    click,
    click_on,
    named,
    opened,
    press,
    said,
    serving,
    until,
    wait_for_answer,
)
from tests.chat_demo import COST, DOCUMENTS, HOSTILE, LATER, OPENING
from tests.judging_demo import LoggedDemo

QUESTION = "When will the bridge reopen?"
RIGHT, WRONG = Saying("right"), Saying("wrong", "It says so nowhere.")


@pytest.fixture
def demo(tmp_path: Path) -> LoggedDemo:
    return LoggedDemo(tmp_path / "library")


@pytest.fixture
def client(demo: LoggedDemo) -> TestClient:
    app = web_app(demo, offer=Offer(log=demo.library))
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)


def plain(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def record_of(demo: LoggedDemo, answer_id: str) -> recording.Record:
    return recording.from_json(answers.entry(demo.library, answer_id).record)


def say(demo: LoggedDemo, answer_id: str, said: dict, *, seen: int | None = None, person: str = ""):
    judge(demo.library, record_of(demo, answer_id), said, seen=seen, person=person)


# --- the page of an answer ---


def test_the_page_holds_question_answer_verdicts_and_all_evidence(demo, client):
    filters = Filters(languages=("en",))
    history = (Turn("user", "Is there a bridge?"), Turn("assistant", "Yes."))
    answer_id = demo.logged(QUESTION, history=history, filters=filters)
    got = client.get(f"/answer/{answer_id}")
    seen = plain(got.text)
    for words in (QUESTION, "Language en", "Is there a bridge?", answer_id, "Partly supported."):
        assert words in seen
    for document in DOCUMENTS[:3]:
        assert " ".join(document.text[slice(*document_body(document))].split()) in seen
        assert f"/document/{document.document_id}?start=" in got.text
    assert got.text.split("<aside")[0].count('class="marker"') == 3
    assert "<script>window" not in got.text and HOSTILE.split("\u202e")[0].split()[0] in seen
    assert "Changed since" not in seen
    assert "form-action 'self'" in got.headers["Content-Security-Policy"]
    assert "unsafe" not in got.headers["Content-Security-Policy"]


def document_body(document) -> tuple[int, int]:
    return document.body[0].start, document.body[0].end


def test_the_beginning_of_an_id_leads_to_the_one_address(demo, client):
    answer_id = demo.logged(QUESTION)
    got = client.get(f"/answer/{answer_id[:7]}")
    assert (got.status_code, got.headers["Location"]) == (303, f"/answer/{answer_id}")
    for unknown in ("000000000000", "x", "..", "%00"):
        assert client.get(f"/answer/{unknown}").status_code == 404


def test_evidence_stays_as_it_was_read_when_its_document_is_gone(demo, client, monkeypatch):
    answer_id = demo.logged(QUESTION)
    known = demo.document

    def without_the_first(document_id: str):
        if document_id == DOCUMENTS[0].document_id:
            raise InputError("gone")
        return known(document_id)

    monkeypatch.setattr(demo, "document", without_the_first)
    page = client.get(f"/answer/{answer_id}").text
    assert "1 document changed or left the library after this answer" in plain(page)
    assert "herald-bridge.txt" in plain(page)
    marks = [plain(one) for one in re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.DOTALL)]
    assert marks == [OPENING, COST, LATER]


def test_the_chat_offers_no_actions_for_an_answer_that_is_not_logged(demo):
    from rag.serving.answers.actions import actions

    assert actions("") == ""


# --- what is kept ---


def test_a_later_judgement_holds_and_the_earlier_one_stays(demo):
    answer_id = demo.logged(QUESTION)
    say(demo, answer_id, {Place(0): RIGHT, Place(0, 0): Saying("wrong span")}, person="anna")
    say(demo, answer_id, {Place(0): WRONG}, person="ben")
    now = holding(demo.library, answer_id)
    assert {place: (one.verdict, one.person) for place, one in now.items()} == {
        Place(0): ("wrong", "ben"),
        Place(0, 0): ("wrong span", "anna"),
    }
    say(demo, answer_id, {Place(0): Saying()})
    assert set(holding(demo.library, answer_id)) == {Place(0, 0)}
    kept = [one.verdict for one in judgements.of(demo.library, answer_id)]
    assert kept == ["right", "wrong span", "wrong", ""]


def test_a_form_that_is_out_of_date_undoes_nothing(demo):
    answer_id = demo.logged(QUESTION)
    say(demo, answer_id, {Place(0): RIGHT}, seen=0, person="anna")
    untouched = {Place(0): Saying(), Place(1): WRONG}
    say(demo, answer_id, untouched, seen=0, person="ben")
    verdicts = {place: one.verdict for place, one in holding(demo.library, answer_id).items()}
    assert verdicts == {Place(0): "right", Place(1): "wrong"}


@pytest.mark.parametrize(
    ("place", "saying", "told"),
    [
        (Place(9), RIGHT, "no such sentence"),
        (Place(0, 5), RIGHT, "no such sentence"),
        (Place(0), Saying("wrong span"), "one of: right, wrong"),
        (Place(0), Saying("right", "x" * 2001), "2,000"),
    ],
)
def test_what_cannot_be_judged_is_said(demo, place, saying, told):
    answer_id = demo.logged(QUESTION)
    with pytest.raises(InputError, match=told):
        say(demo, answer_id, {place: saying})
    assert judgements.of(demo.library, answer_id) == ()


@pytest.mark.parametrize("change", ["DELETE FROM", "UPDATE", "INSERT OR REPLACE INTO"])
def test_nothing_said_can_be_changed(demo, change):
    answer_id = demo.logged(QUESTION)
    say(demo, answer_id, {Place(0): RIGHT})
    rest = {
        "UPDATE": "SET verdict = 'wrong'",
        "INSERT OR REPLACE INTO": "SELECT * FROM judgements",
    }.get(change, "")
    refused = pytest.raises(sqlite3.IntegrityError, match="append-only")
    with closing(sqlite3.connect(demo.library / DATABASE)) as connection, refused:
        connection.execute(f"{change} judgements {rest}")
    assert holding(demo.library, answer_id)[Place(0)].verdict == "right"


def test_judgements_outlive_a_rebuild(demo, tmp_path):
    answer_id = demo.logged(QUESTION)
    say(demo, answer_id, {Place(0): RIGHT})
    with closing(Store.create(tmp_path / "fresh")):
        pass
    storing.replace(demo.library, tmp_path / "fresh")
    assert holding(demo.library, answer_id)[Place(0)].verdict == "right"


def test_a_library_of_the_format_before_makes_room(demo):
    answer_id = demo.logged(QUESTION)
    with closing(sqlite3.connect(demo.library / DATABASE)) as old:
        old.execute("DROP TABLE judgements")
        old.execute("PRAGMA user_version = 5")
    assert holding(demo.library, answer_id) == {}
    say(demo, answer_id, {Place(0): RIGHT})
    assert holding(demo.library, answer_id)[Place(0)].verdict == "right"


# --- as a test set ---


def test_judgements_become_cases_that_the_evaluator_reads(demo, tmp_path, capsys):
    filters, history = Filters(publishers=("TASS",)), (Turn("user", "Hi"), Turn("assistant", "Yes"))
    right = demo.logged(QUESTION, filters=filters, history=history)
    say(demo, right, {Place(0): RIGHT, Place(0, 0): RIGHT, Place(2): WRONG, Place(2, 0): WRONG})
    well, badly = (demo.logged("Who designed it?") for _ in range(2))
    say(demo, well, {Place(0): RIGHT})
    say(demo, badly, {Place(0): WRONG})
    untouched = demo.logged(QUESTION)
    say(demo, untouched, {Place(0): Saying(note="Only a note.")})
    path = tmp_path / "judged.jsonl"
    command = ["log", "judgements", "--output", str(path), "--library", str(demo.library)]
    main(command, standalone_mode=False)
    assert "Wrote 3 judged answers" in capsys.readouterr().err
    main(["eval", "check", str(path)], standalone_mode=False)
    assert "judgements, 3 cases (2 answerable, 1 not; 0 drafts)" in capsys.readouterr().out
    found, _ = examine(path)
    first, second, third = found.cases
    assert (first.quotes, first.documents) == ((OPENING,), ("herald-bridge",))
    assert first.reference.startswith("The council says that the bridge reopens")
    assert (first.filters, first.history) == (filters, history)
    assert first.tags == ("judged", "judged wrong")
    assert [case.answerable for case in (second, third)] == [False, True]


def test_without_judgements_there_is_nothing_to_write(demo):
    assert list(cases(demo.library)) == []
    with pytest.raises(InputError, match="Nothing was judged yet"):
        main(["log", "judgements", "--library", str(demo.library)], standalone_mode=False)


# --- over the web ---


def test_judging_works_without_a_script(demo, client):
    answer_id = demo.logged(QUESTION)
    page = client.get(f"/answer/{answer_id}").text
    names = set(re.findall(r'name="(s\d[^"]*)"', page))
    assert {"s0", "s0-note", "s0c0", "s2c0-note"} <= names
    sent = {"seen": "0", "s0": "right", "s0c0": "wrong span", "s0c0-note": "<b>Too short</b>"}
    done = client.post(f"/answer/{answer_id}/judge", data=sent)
    assert (done.status_code, done.headers["Location"]) == (303, f"/answer/{answer_id}#judge")
    page = client.get(f"/answer/{answer_id}").text
    assert 'name="s0c0" value="wrong span" checked' in page
    assert "&lt;b&gt;Too short&lt;/b&gt;</textarea>" in page
    told = client.get("/answers/judged", params={"answer": [answer_id, "none"]}).json()
    assert told == {answer_id: "1 right, 1 wrong span", "none": ""}
    [row] = client.get("/judgements.jsonl").text.splitlines()
    assert json.loads(row)["judgements"][1]["note"] == "<b>Too short</b>"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_judge(demo, client, headers):
    answer_id = demo.logged(QUESTION)
    done = client.post(f"/answer/{answer_id}/judge", data={"s0": "right"}, headers=headers)
    assert done.status_code == 403
    assert judgements.of(demo.library, answer_id) == ()


@pytest.mark.parametrize(
    "sent", [b"s0=right&" + b"x" * 1_100_000, b"\xff", b"s0=excellent", b"a&" * 6000]
)
def test_a_form_that_cannot_be_used_is_an_error_and_keeps_nothing(demo, client, sent):
    answer_id = demo.logged(QUESTION)
    done = client.post(
        f"/answer/{answer_id}/judge", content=sent, headers={"Accept": "application/json"}
    )
    assert done.status_code in (400, 404) or done.json()["summary"] == ""
    assert judgements.of(demo.library, answer_id) == ()


# --- in a browser ---


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    folder = str(tmp_path_factory.mktemp("judging") / "library")
    with serving("tests/judging_demo.py", folder, patience=60) as found:
        yield found


@pytest.fixture
def answered(browser: WebDriver, address: str) -> WebDriver:
    opened(browser, address)
    ask(browser, QUESTION)
    wait_for_answer(browser)
    until(browser, lambda: named(browser, "Copy with citations", "button"))
    return browser


def choose(browser: WebDriver, group: str, name: str, number: int = 0) -> None:
    """Choose a radio button by the legend above it and its label, with the keyboard alone."""
    fields = f'//fieldset[legend="{group}"]'
    chosen = browser.find_elements(By.XPATH, f"{fields}//input[@checked or not(@value)]")[number]
    labels = browser.find_elements(By.XPATH, f"({fields})[{number + 1}]/label")
    steps = [label.text for label in labels].index(name)
    chosen.send_keys(*[Keys.ARROW_RIGHT] * steps)


@pytest.mark.browser
def test_a_sentence_is_judged_in_the_chat_by_keyboard_and_the_chat_shows_it(answered):
    link = named(answered, "Judge", "a") or answered.find_elements(By.PARTIAL_LINK_TEXT, "Judge")
    link[0].send_keys(Keys.ENTER)
    until(answered, lambda: named(answered, "Judge this answer", "dialog"))
    until(answered, lambda: answered.find_elements(By.XPATH, "//dialog//fieldset"))
    choose(answered, "This sentence is", "Right")
    choose(answered, "This citation is", "Wrong span", 1)
    status = answered.find_element(By.XPATH, '//dialog[@open]//form//*[@role="status"]')
    until(answered, lambda: status.text == "Saved: 1 right, 1 wrong span")
    answered.switch_to.active_element.send_keys(Keys.ESCAPE)
    until(answered, lambda: "Judged: 1 right, 1 wrong span" in said(answered))
    address = answered.find_element(By.PARTIAL_LINK_TEXT, "Link").get_attribute("href")
    answered.get(address)
    fields = answered.find_elements(By.XPATH, "//fieldset//input[@checked]")
    assert [one.get_attribute("value") for one in fields][:4] == ["right", "", "", "wrong span"]


@pytest.mark.browser
@pytest.mark.parametrize("clipboard", [True, False])
def test_copying_puts_text_and_html_on_the_clipboard_and_says_so(answered, address, clipboard):
    granted = {"origin": address, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    answered.execute_cdp_cmd("Browser.grantPermissions", granted)
    answered.execute_script("window.board = navigator.clipboard")
    if not clipboard:
        hide = "Object.defineProperty(navigator, 'clipboard', {value: undefined})"
        answered.execute_script(hide)
    press(answered, "Copy with citations")
    status = '//*[@role="status" and .="Copied with citations"]'
    until(answered, lambda: answered.find_elements(By.XPATH, status))
    kinds = (
        "const done = arguments[0]; board.read().then(async ([one]) => done("
        "await Promise.all(['text/plain', 'text/html'].map(async (kind) =>"
        " (await one.getType(kind)).text()))), (error) => done([String(error)]))"
    )
    text, page = answered.execute_async_script(kinds)
    assert f"[2] “{LATER}” Eastern Tramways" in text and LATER in page and "<p>" in page


@pytest.mark.browser
def test_the_whole_conversation_is_exported_in_order(answered):
    click_on(answered, "#question textarea")
    ask(answered, "Who designed it?")
    until(answered, lambda: len(named(answered, "Copy with citations", "button")) == 2)
    click(answered, lambda: answered.find_elements(By.XPATH, '//summary[.="Export"]')[1])
    whole = answered.find_elements(By.XPATH, '//a[@data-whole="md"]')[1]
    kept_here = "arguments[0].addEventListener('click', (event) => event.preventDefault())"
    answered.execute_script(kept_here, whole)
    click(answered, lambda: whole)
    rows = answered.find_elements(By.CLASS_NAME, "actions")
    ids = [row.get_attribute("data-answer") for row in rows]
    assert whole.get_attribute("href").endswith(f"?answer={ids[0]}&answer={ids[1]}")


@pytest.mark.browser
def test_the_answer_page_fits_a_phone_without_a_script(browser, answered):
    address = answered.find_element(By.PARTIAL_LINK_TEXT, "Link").get_attribute("href")
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(address)
        click(browser, lambda: browser.find_element(By.XPATH, "(//a[@class='marker'])[2]"))
        assert browser.current_url.endswith("#evidence-1-2")
        assert LATER in browser.find_element(By.CSS_SELECTOR, ".card:target mark").text
        choice = '(//fieldset)[1]//input[@value="wrong"]'
        click(browser, lambda: browser.find_element(By.XPATH, choice))
        press(browser, "Save")
        until(browser, lambda: browser.current_url.endswith("#judge"))
        assert browser.find_element(By.XPATH, choice).is_selected()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert browser.execute_script("return document.documentElement.scrollWidth") <= PHONE["width"]
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

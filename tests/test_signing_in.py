"""Signing in: nobody gets past the door unknown, and nobody can shut it for somebody else."""

from __future__ import annotations

import base64
import io
import json
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from rag.cli import main
from rag.errors import InputError, UsageError
from rag.page import mounted
from rag.people import People
from rag.serving import Offer, admitted, web_app
from rag.serving.entering.sessions import Attempts, Sessions
from rag.storing import judgements
from tests.browsing import ask, named, serving, until, wait_for_answer
from tests.judging_demo import LoggedDemo

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("people") / "people.json"
    people = People(path)
    people.add("anna", PASSWORD)
    people.add("ben", PASSWORD + " staple")
    return path


@pytest.fixture
def people(file: Path, tmp_path: Path) -> People:
    own = tmp_path / "people.json"
    own.write_bytes(file.read_bytes())
    return People(own)


@pytest.fixture
def demo(tmp_path: Path) -> LoggedDemo:
    return LoggedDemo(tmp_path / "library")


@pytest.fixture
def door(demo: LoggedDemo, people: People) -> TestClient:
    return closed(web_app(demo, offer=Offer(log=demo.library, people=people)))


@pytest.fixture(scope="module")
def whole(file: Path, tmp_path_factory) -> TestClient:
    """The whole page, with what Gradio brings, behind the door."""
    demo = LoggedDemo(tmp_path_factory.mktemp("whole"))
    offer = Offer(log=demo.library, people=People(file))
    return closed(mounted(web_app(demo, offer=offer), demo, offer))


def closed(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)


def sign_in(client: TestClient, name: str = "anna", password: str = PASSWORD, **more: str):
    sent = {"name": name, "password": password, **more}
    return client.post("/sign-in", data=sent)


def basic(name: str, password: str) -> dict[str, str]:
    words = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {words}"}


# --- the file of people ---


def test_the_file_holds_hashes_alone_and_is_its_owners(people):
    kept = people.path.read_text()
    assert PASSWORD not in kept
    key = people.new_key("anna")
    assert key not in people.path.read_text()
    assert stat.S_IMODE(people.path.stat().st_mode) == 0o600
    rows = json.loads(people.path.read_text())["people"]
    assert len({row["salt"] for row in rows}) == len(rows) == 2


def test_names_are_tidied_and_passwords_are_not(people):
    assert people.signed_in(" Anna ", PASSWORD).name == "anna"
    for name, password in (("anna", PASSWORD + " "), ("anna", ""), ("nobody", PASSWORD)):
        assert people.signed_in(name, password) is None


def test_an_unknown_name_takes_as_long_as_a_known_one(people):
    def seconds(name: str) -> float:
        def once() -> float:
            start = time.process_time()
            people.signed_in(name, "wrong password")
            return time.process_time() - start

        return min(once() for _ in range(3))

    known, unknown = seconds("anna"), seconds("nobody")
    assert unknown > known / 2


def test_people_are_added_listed_and_removed_from_the_command_line(tmp_path, capsys, monkeypatch):
    path = tmp_path / "people.json"

    def run(*words: str, given: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        main(["people", *words, "--auth", str(path)], standalone_mode=False)
        return capsys.readouterr().out

    assert run("add", "Anna", given=f"{PASSWORD}\n") == "Added anna\n"
    assert run("add", "anna", given=f"{PASSWORD}!\n") == "New password for anna\n"
    with pytest.raises(InputError, match="10 to 1,000 characters"):
        run("add", "ben", given="short\n")
    assert run("list") == "anna\n"
    key = run("key", "anna").strip()
    assert People(path).keyed(key).name == "anna"
    assert run("key", "anna", "--drop") == "Dropped 1 key of anna\n"
    assert People(path).keyed(key) is None
    assert run("remove", "anna") == "Removed anna\n"
    with pytest.raises(InputError, match="rag people list"):
        run("remove", "anna")


def test_several_who_write_at_once_lose_nothing(tmp_path):
    people = People(tmp_path / "people.json")
    people.add("anna", PASSWORD)
    each = [threading.Thread(target=People(people.path).new_key, args=["anna"]) for _ in range(8)]
    for one in each:
        one.start()
    for one in each:
        one.join()
    assert len(people.find("anna").keys) == 8


@pytest.mark.parametrize("words", ["", "[]", '{"people": [{"name": "x"}]}', "\x00"])
def test_a_file_that_is_none_is_an_error(tmp_path, words):
    (tmp_path / "people.json").write_text(words)
    with pytest.raises(InputError, match="rag people"):
        People(tmp_path / "people.json").expect_somebody()


def test_another_address_is_served_only_to_people_or_on_purpose(file, tmp_path):
    assert admitted("127.0.0.1", None, everybody=False) is None
    with pytest.raises(UsageError, match="--auth FILE"):
        admitted("0.0.0.0", None, everybody=False)
    assert admitted("0.0.0.0", None, everybody=True) is None
    assert admitted("0.0.0.0", file, everybody=False).names() == ["anna", "ben"]
    with pytest.raises(InputError, match="rag people add"):
        admitted("127.0.0.1", tmp_path / "none.json", everybody=False)


# --- the door ---

BEHIND = (
    *("/", "/documents", "/document/minutes", "/answer/0", "/judgements.jsonl", "/config"),
    *("/api/filters", "/gradio_api/queue/data?session_hash=x", "/gradio_api/heartbeat/x"),
    *("/page/chat.js", "/person", "/docs", "/openapi.json", "/static/img/logo.svg", "/nothing"),
)


@pytest.mark.parametrize("address", BEHIND)
def test_everything_is_behind_the_door(whole, address):
    got = whole.get(address)
    assert got.status_code in (303, 401)
    if got.status_code == 303:
        assert got.headers["Location"].startswith("/sign-in?next=%2F")
    assert "Larkfield" not in got.text


@pytest.mark.parametrize("address", ["/api/ask", "/gradio_api/run/predict", "/answer/0/judge"])
def test_nothing_is_taken_from_strangers(whole, address):
    got = whole.post(address, json={"question": "When?"})
    assert got.status_code == 401
    assert "Authorization: Bearer" in got.json()["error"]


def test_a_cookie_opens_the_door_until_one_signs_out(door):
    entered = sign_in(door, next="/documents?x=1")
    assert (entered.status_code, entered.headers["Location"]) == (303, "/documents?x=1")
    cookie = entered.headers["Set-Cookie"].lower()
    for word in ("httponly", "samesite=strict", "path=/"):
        assert word in cookie
    assert PASSWORD not in cookie and "anna" not in cookie
    assert door.get("/documents").status_code == 200
    assert "anna" in door.get("/person").text
    stolen = door.cookies["rag_session"]
    assert door.post("/sign-out").status_code == 303
    door.cookies.set("rag_session", stolen)
    assert door.get("/documents").status_code == 303


@pytest.mark.parametrize("change", ["password", "removed", "file gone"])
def test_a_session_ends_with_the_password_it_was_begun_with(door, people, change):
    sign_in(door)
    assert door.get("/documents").status_code == 200
    if change == "password":
        people.add("anna", PASSWORD + "!")
    elif change == "removed":
        people.remove("anna")
    else:
        people.path.unlink()
    assert door.get("/documents").status_code == 303


@pytest.mark.parametrize(
    "address",
    ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "", "x"],
)
def test_signing_in_leads_to_no_other_site(door, address):
    assert sign_in(door, next=address).headers["Location"] == "/"


def test_another_sites_form_signs_nobody_in_or_out(door):
    foreign = {"Sec-Fetch-Site": "cross-site"}
    sent = {"name": "anna", "password": PASSWORD}
    assert door.post("/sign-in", data=sent, headers=foreign).status_code == 403
    sign_in(door)
    assert door.post("/sign-out", headers=foreign).status_code == 403
    assert door.get("/documents").status_code == 200


def test_a_wrong_name_and_a_wrong_password_look_the_same(door):
    wrong = [sign_in(door, "anna", "wrong password"), sign_in(door, "anne", PASSWORD)]
    pages = [got.text.replace("anne", "anna") for got in wrong]
    assert [got.status_code for got in wrong] == [401, 401] and pages[0] == pages[1]
    assert sign_in(door, '"><script>', "x").text.count("<script") == 0


def test_who_tries_too_often_waits_and_nobody_else_does(demo, people):
    app = web_app(demo, offer=Offer(people=people))
    clients = [
        TestClient(app, base_url="http://127.0.0.1", client=(host, 1), follow_redirects=False)
        for host in ("10.0.0.1", "10.0.0.2")
    ]
    tried = [sign_in(clients[0], "anna", "wrong password") for _ in range(6)]
    assert [one.status_code for one in tried[:3]] == [401] * 3
    told = [one for one in tried if one.status_code == 429]
    assert told and int(told[0].headers["Retry-After"]) >= 1
    assert sign_in(clients[0], "ben", PASSWORD + " staple").status_code == 303
    assert sign_in(clients[1]).status_code == 303


def test_programs_show_a_key_or_name_and_password(door, people):
    key = people.new_key("ben")
    assert door.get("/api/filters", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    for _ in range(2):
        assert door.get("/api/filters", headers=basic("anna", PASSWORD)).status_code == 200
    for words in ("Bearer x", "Basic x", "Basic " + "=" * 9, "Other x", "Bearer"):
        assert door.get("/api/filters", headers={"Authorization": words}).status_code == 401
    assert door.get("/api/filters", headers=basic("anna", "wrong password")).status_code == 401


def test_proved_passwords_are_forgotten_when_they_change(door, people):
    assert door.get("/api/filters", headers=basic("anna", PASSWORD)).status_code == 200
    people.add("anna", PASSWORD + "!")
    assert door.get("/api/filters", headers=basic("anna", PASSWORD)).status_code == 401


def test_a_judgement_says_who_gave_it(door, demo):
    answer_id = demo.logged("When will the bridge reopen?")
    sign_in(door)
    door.post(f"/answer/{answer_id}/judge", data={"s0": "right"})
    [kept] = judgements.of(demo.library, answer_id)
    assert (kept.person, kept.verdict) == ("anna", "right")
    assert "by anna" in door.get(f"/answer/{answer_id}").text


# --- time ---


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_when_it_is_idle_and_at_last():
    clock = Clock()
    sessions = Sessions(idle=10, whole=25, clock=clock)
    token = sessions.begin("anna", "proof")
    for seconds, there in ((9, True), (9, True), (6, True), (2, False)):
        clock.now += seconds
        assert bool(sessions.held(token)) is there
    token = sessions.begin("anna", "proof")
    clock.now += 11
    assert sessions.held(token) is None


def test_nobody_holds_more_than_twenty_sessions():
    clock = Clock()
    sessions = Sessions(clock=clock)
    other = sessions.begin("ben", "")
    tokens = []
    for _ in range(21):
        clock.now += 1
        tokens.append(sessions.begin("anna", ""))
    assert [bool(sessions.held(one)) for one in tokens] == [False, *[True] * 20]
    assert sessions.held(other)


def test_the_wait_doubles_and_is_forgotten_after_an_hour():
    clock = Clock()
    attempts = Attempts(clock=clock)
    waits = []
    for _ in range(6):
        attempts.note(("a", "anna"))
        waits.append(attempts.wait(("a", "anna")))
    assert waits == [0, 0, 4, 8, 16, 32] and attempts.wait(("b", "anna")) == 0
    for _ in range(40):
        attempts.note(("a", "anna"))
    assert attempts.wait(("a", "anna")) == 300
    clock.now += 3601
    attempts.note(("a", "anna"))
    assert attempts.wait(("a", "anna")) == 0


def test_what_is_known_of_attempts_is_bounded():
    attempts = Attempts(clock=Clock())
    for number in range(10_050):
        attempts.note((str(number), "anna"))
    assert len(attempts._wrong) == 10_000


# --- in a browser ---


@pytest.fixture(scope="module")
def address(file: Path, tmp_path_factory) -> Iterator[str]:
    folder = str(tmp_path_factory.mktemp("door") / "library")
    with serving("tests/judging_demo.py", folder, "--auth", str(file), patience=60) as found:
        yield found


def type_in(browser: WebDriver, name: str, *keys: str) -> None:
    """Type into the field that has the focus; a page gives it just after it was loaded."""
    until(browser, lambda: browser.switch_to.active_element.accessible_name == name)
    browser.switch_to.active_element.send_keys(*keys)


@pytest.mark.browser
def test_a_person_signs_in_asks_and_signs_out_by_keyboard(browser, address):
    browser.get(f"{address}/documents")
    assert browser.title.startswith("Sign in")
    type_in(browser, "Name", "anna", Keys.TAB, "wrong", Keys.ENTER)
    alert = until(browser, lambda: browser.find_elements(By.XPATH, '//*[@role="alert"]'))[0]
    assert alert.text == "Name or password is wrong."
    type_in(browser, "Password", PASSWORD, Keys.ENTER)
    until(browser, lambda: browser.current_url == f"{address}/documents")
    browser.get(address)
    until(browser, lambda: browser.switch_to.active_element.tag_name == "textarea")
    ask(browser, "When will the bridge reopen?")
    wait_for_answer(browser)
    until(browser, lambda: named(browser, "Account", "a"))[0].send_keys(Keys.ENTER)
    until(browser, lambda: named(browser, "Sign out", "button"))[0].send_keys(Keys.ENTER)
    until(browser, lambda: browser.title.startswith("Sign in"))
    browser.get(address)
    assert browser.title.startswith("Sign in")

"""Conversations are kept and reopened as they were; pages hear what changed; people take turns."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.assembling import Assistant
from rag.errors import InputError
from rag.filtering import Wish
from rag.serving import Chat, Conversation, web_app
from rag.serving.showing.transcript import transcript
from rag.serving.talking.exchange import Exchange
from rag.serving.talking.following import Follower
from rag.serving.talking.kept import INTERRUPTED, LOST, kept, reopened
from rag.settings import PROJECT
from rag.storing import conversations
from rag.storing.conversations import FILE, Conversations, Kept, KeptExchange
from rag.types import EvidenceFound, Filters, Finished, TextGrown
from tests.articles import Fakes, library
from tests.chat_demo import LATER, DemoAssistant, evidence, refused, usual
from tests.crowd import Crowd
from tests.listening import served
from tests.test_serving import settled

ONE, TWO = "1" * 24, "2" * 24
JSON = {"Content-Type": "application/json"}
MINUTES = float(os.environ.get("CHAT_MINUTES", "0.1"))


def put(store: Conversations, name: str, title: str, *words: str, person: str = "") -> None:
    store.put(Kept(name, person, title))
    for number, told in enumerate(words, 1):
        store.put_exchange(name, KeptExchange(number, told, "{}"))


def titles(store: Conversations, *words: str, person: str = "") -> list[str]:
    return [found.title for found in store.listed(person, words)]


# What is kept


@pytest.fixture
def store(tmp_path) -> Conversations:
    opened = Conversations(tmp_path)
    yield opened
    opened.close()


def test_conversations_are_listed_latest_first_and_found_by_their_words(store):
    put(store, ONE, "About bridges", "When does it open?\nIn MÄRZ.")
    put(store, TWO, "About ferries", "Who sank?\nNobody.")
    assert titles(store) == ["About ferries", "About bridges"]
    assert titles(store, "märz", "open") == ["About bridges"]
    assert titles(store, "FERR") == ["About ferries"]
    assert titles(store, "open", "nobody") == []


def test_everybody_sees_their_own_conversations_alone(store):
    put(store, ONE, "Ada's", person="ada")
    assert titles(store) == [] and titles(store, person="ada") == ["Ada's"]
    assert store.found("bob", ONE) is None and store.found("ada", ONE)
    assert not store.rename("bob", ONE, "Mine") and not store.remove("bob", ONE)


def test_a_removed_conversation_can_be_brought_back_for_an_hour(store, monkeypatch):
    put(store, ONE, "One", "Words")
    assert store.remove("", ONE)
    assert titles(store) == [] and store.found("", ONE) is None
    assert store.restore("", ONE) and titles(store) == ["One"]
    store.remove("", ONE)
    monkeypatch.setattr(conversations, "_REGRET", -timedelta(seconds=1))
    store.remove("", TWO)
    assert not store.restore("", ONE) and store.exchanges(ONE) == []


def test_a_title_that_was_given_stays_when_the_conversation_goes_on(store):
    put(store, ONE, "First question?")
    assert store.rename("", ONE, "Bridges")
    put(store, ONE, "First question?", "More")
    assert titles(store) == ["Bridges"]


def test_the_file_is_for_its_owner_alone(store, tmp_path):
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [lambda file: file.mkdir(), lambda file: file.write_text("no")])
def test_what_cannot_be_written_is_one_warning_and_the_chat_works(tmp_path, caplog, damage):
    damage(tmp_path / FILE)
    with caplog.at_level(logging.WARNING):
        chat = Chat(DemoAssistant(pace=0, folder=tmp_path))
        conversation = chat.begun("", ONE)
        chat.ask(conversation, "When?")
        assert settled(conversation).exchanges[0].answer
    [warning] = caplog.records
    assert "kept only until the program ends" in warning.message and FILE in warning.message
    assert [found.title for found in chat.listed("")] == ["When?"]


ENDED = [
    Exchange(1, "When?", titles=(("a", "A"),)).after(Finished(usual("When?"))),
    Exchange(2, "Who?", note="x").after(Finished(refused("Who?", "not_answered"))),
    Exchange(3, "Weather?").after(
        Finished(replace(refused("Weather?", "nothing_found"), nearest=evidence()[:2]))
    ),
    replace(
        Exchange(4, "Why?", filters=Filters(publishers=("TASS",), after=date(2026, 1, 1)))
        .after(EvidenceFound(evidence()))
        .after(TextGrown("Because [1]")),
        stopped=True,
        seconds=2.5,
    ),
    Exchange(5, "What?", error="No."),
]


@pytest.mark.parametrize("exchange", ENDED, ids=lambda exchange: exchange.question)
def test_an_exchange_comes_back_as_it_was(exchange):
    again = reopened(kept(exchange), DemoAssistant())
    assert again == exchange
    assert transcript([again]) == transcript([exchange])


def test_the_same_markers_lead_to_the_same_words_when_the_documents_are_gone():
    class Emptied(DemoAssistant):
        def document(self, document_id):
            raise InputError("It is gone.")

    again = reopened(kept(ENDED[0]), Emptied())
    assert [item.text for item in again.evidence] == [item.text for item in evidence()]
    quotes = [one.citations[0].quote for one in again.answer.statements]
    assert quotes == [one.citations[0].quote for one in usual("When?").statements]
    assert transcript([again]) == transcript([ENDED[0]])


def test_a_question_without_an_end_was_interrupted():
    assert reopened(kept(Exchange(1, "When?")), DemoAssistant()).error == INTERRUPTED


def test_an_answer_that_cannot_be_read_says_so():
    logged = Exchange(1, "?").after(Finished(replace(usual("?"), answer_id="f00d")))
    assert reopened(kept(logged), DemoAssistant()).error == LOST
    assert reopened(KeptExchange(1, "When?\nNow.", "[]"), DemoAssistant()).question == "When?"


@pytest.mark.parametrize("question", ["Which dam held in spring?", "Zebra migration statistics?"])
def test_of_a_logged_answer_only_its_id_is_kept_twice(tmp_path, question):
    settings = library(tmp_path)
    assistant = Assistant.open(settings, Fakes())
    chat = Chat(assistant)
    chat.ask(chat.begun("", ONE), question, Wish(publishers=("TASS",)))
    [before] = settled(chat.opened("", ONE)).exchanges
    [row] = assistant.conversations().exchanges(ONE)
    assert json.loads(row.record)["told"] is None and before.answer.answer_id in row.record
    assistant.close()
    again = Assistant.open(settings, Fakes())
    [after] = Chat(again).opened("", ONE).exchanges
    again.close()
    assert after.answer == before.answer and after.filters == before.filters


KILLED = """
import sys
from pathlib import Path
from rag.serving import Chat
from tests.chat_demo import DemoAssistant
from tests.test_serving import settled
chat = Chat(DemoAssistant(pace=0.001, folder=Path(sys.argv[1])))
conversation = chat.begun("", "1" * 24)
chat.ask(conversation, "When?")
settled(conversation)
chat._assistant.pace = 60
chat.ask(conversation, "And who?")
print("asked", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_loses_nothing_that_was_answered(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "asked\n"
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    chat = Chat(DemoAssistant(pace=0, folder=tmp_path))
    conversation = chat.opened("", ONE)
    [answered, interrupted] = conversation.exchanges
    assert answered.answer == usual("When?")
    assert (interrupted.question, interrupted.error) == ("And who?", INTERRUPTED)
    chat.ask_again(conversation)
    assert settled(conversation).exchanges[1].answer == usual("And who?")


# What a page is told


def news(follower: Follower) -> dict:
    return json.loads(follower.news() or "{}")


def test_a_page_is_told_everything_once_and_then_what_changed():
    chat, conversation = Chat(DemoAssistant(pace=0)), Conversation(ONE)
    chat.ask(conversation, "When?")
    follower = Follower(settled(conversation))
    first = news(follower)
    assert first["order"] == [1] and not first["working"] and LATER in first["sections"]["1"]
    assert follower.news() == ""
    chat.ask(conversation, "And who?")
    settled(conversation)
    then = news(follower)
    assert set(then["turns"]) == {"1", "2"}, "the first one can no longer be asked again"
    assert set(then["sections"]) == {"2"} and then["order"] == [1, 2]


def test_whoever_looks_on_hears_that_a_conversation_was_removed():
    chat = Chat(DemoAssistant(pace=0.01))
    conversation = chat.begun("", ONE)
    chat.ask(conversation, "When?")
    follower = Follower(conversation)
    chat.remove("", ONE)
    assert news(follower) == {"gone": True} and not conversation.working
    with pytest.raises(InputError, match="not here"):
        chat.begun("", ONE)
    chat.restore("", ONE)
    assert chat.begun("", ONE).exchanges[0].stopped


def test_a_hundredth_question_streams_as_lightly_as_the_first():
    chat = Chat(DemoAssistant(pace=0))
    sizes = []
    for earlier in (0, 100):
        past = [replace(ENDED[0], number=number) for number in range(1, earlier + 1)]
        conversation = Conversation(ONE, exchanges=past)
        follower = Follower(conversation)
        whole = len(follower.news())
        exchange = conversation.put("When?")
        follower.news()
        grown = [
            chat.change(conversation, exchange.number, lambda one, n=n: one.after(TextGrown(n)))
            or len(follower.news())
            for n in ("The", "The council", "The council says", "The council says that")
        ]
        sizes.append(grown)
    assert max(sizes[1]) < max(sizes[0]) + 20, "but for the digits of its number"
    assert max(sizes[1]) < 1000 and whole > 500_000


def test_a_conversation_that_nobody_looks_at_is_loaded_anew(tmp_path):
    chat = Chat(DemoAssistant(pace=0, folder=tmp_path))
    for number in range(40):
        conversation = chat.begun("", f"{number:024x}")
        chat.ask(conversation, f"When {number}?")
        settled(conversation)
    del conversation
    assert len(chat._live) < 40
    assert chat.opened("", f"{0:024x}").exchanges[0].answer == usual("When 0?")


# Over the web


class _SignedIn:
    """Puts the name that a request brings where a sign-in puts it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = [value.decode() for key, value in scope.get("headers", ()) if key == b"x-name"]
        scope.setdefault("state", {})["person"] = names[0] if names else ""
        await self._app(scope, receive, send)


@pytest.fixture
def client() -> TestClient:
    app = web_app(DemoAssistant(pace=0))
    return TestClient(_SignedIn(app), base_url="http://127.0.0.1")


def test_nobody_opens_the_conversation_of_another_person(client):
    ada, bob = ({"X-Name": name, **JSON} for name in ("ada", "bob"))
    asked = client.post(f"/conversation/{ONE}/ask", json={"question": "When?"}, headers=ada)
    assert asked.status_code == 200
    assert "When?" in client.get("/conversations", headers=ada).text
    assert "When?" not in client.get("/conversations", headers=bob).text
    for what, body in [("ask", {"question": "?x"}), ("stop", {}), ("remove", {}), ("again", {})]:
        told = client.post(f"/conversation/{ONE}/{what}", json=body, headers=bob)
        assert told.status_code == 409 and "not here" in told.json()["error"]
    assert client.get(f"/conversation/{ONE}/events", headers=bob).status_code == 404


@pytest.mark.parametrize(
    ("name", "body", "status", "told"),
    [
        (ONE, {"question": " "}, 409, "The question is empty"),
        ("../x", {"question": "When?"}, 404, "Not Found"),
        ("x" * 24, {"question": "When?"}, 409, "id is made of"),
        (ONE, {"question": "When?", "secret": 1}, 400, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_asked_is_told_in_one_line(client, name, body, status, told):
    answer = client.post(f"/conversation/{name}/ask", json=body)
    assert answer.status_code == status and told in answer.text
    assert ONE not in client.get("/conversations").text


@pytest.mark.parametrize(
    ("filters", "title", "line"),
    [
        ({}, "Filters", "4 documents; published "),
        ({"before": "2025"}, "Filters: until 2025", "0 of 4 documents match; published "),
        ({"after": "soon"}, "Filters: from soon", "soon"),
    ],
)
def test_the_panel_is_told_what_its_fields_leave(client, filters, title, line):
    told = client.post("/conversations/narrowed", json=filters).json()
    assert told["title"] == title and line in told["line"] and "\n" not in told["line"]
    assert client.post("/conversations/narrowed", json={"folder": "/"}).status_code == 400


def test_the_start_page_follows_the_library(client):
    told = client.get("/start").json()
    assert told["documents"] == "4 documents"
    assert told["starters"].count("<button") == 3 and "Who designed the bridge?" in told["starters"]


@pytest.mark.parametrize(
    ("status", "acts"),
    [(415, ("stop", "remove", "again", "restore")), (400, ("ask", "rename", "without"))],
    ids=["of another type", "no object is read from it"],
)
def test_another_site_s_page_can_ask_nothing(client, status, acts):
    plain = {"Content-Type": "text/plain"}
    for what in acts:
        told = client.post(
            f"/conversation/{ONE}/{what}", content='{"question": "x"}', headers=plain
        )
        assert told.status_code == status


def test_names_in_the_list_are_escaped(client):
    client.post(f"/conversation/{ONE}/ask", json={"question": '<b onclick="x">\u202e?'})
    page = client.get("/conversations", params={"search": "<b"}).text
    assert "<b o" not in page and "\u202e" not in page and "&lt;b onclick" in page
    assert "No conversation holds “&lt;i&gt;”." in client.get("/conversations?search=<i>").text


def test_eight_people_at_once_are_answered_in_order_with_flat_memory(tmp_path):
    """For five minutes: CHAT_MINUTES=5 pytest -s tests/test_keeping.py -k eight."""
    assistant = DemoAssistant(pace=0.001, folder=tmp_path)
    with served(assistant) as address:
        crowd = Crowd(address)
        crowd.ask(8, 60 * MINUTES)
    order = [question for question, _ in assistant.asked]
    start, middle, end = (crowd.memory[len(crowd.memory) * at // 10] >> 20 for at in (1, 5, 9))
    print(f"{len(order)} answers, {len(crowd.errors)} errors; MiB: {start}, {middle}, {end}")
    assert crowd.errors == []
    assert order == crowd.taken and len(crowd.answered) == len(order) >= 16
    assert crowd.places == {"next", "2nd", "7th"}
    assert end - middle < 40

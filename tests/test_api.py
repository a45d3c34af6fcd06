"""The interface for programs gives the objects of the command line, and errors of one line."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from rag.assembling import Assistant
from rag.filtering import Wish
from rag.rendering import search_results
from rag.serving import web_app
from tests.articles import Fakes, library

QUESTION = "Which dam held in spring?"


@pytest.fixture
def assistant(tmp_path):
    opened = Assistant.open(library(tmp_path), Fakes())
    yield opened
    opened.close()


@pytest.fixture
def client(assistant) -> TestClient:
    return TestClient(web_app(assistant), base_url="http://127.0.0.1")


def test_search_gives_what_the_command_line_prints(client, assistant):
    asked = {"question": QUESTION, "publisher": ["tass", "KCNA"], "after": "2026", "k": 3}
    told = client.get("/api/search", params=asked)
    filters = assistant.filters(Wish(publishers=("TASS", "KCNA"), after="2026"))
    hits = assistant.search(QUESTION, 3, filters=filters)
    expected = search_results(hits, assistant.sources(hits), assistant.narrowing(filters))
    assert told.status_code == 200
    assert told.json() == json.loads(json.dumps(expected))
    assert [one["by"] for one in told.json()["filters"]] == [
        "publisher TASS or KCNA",
        "published since 1 January 2026",
    ]


def test_ask_gives_the_answer_object(client):
    body = {"question": QUESTION, "filters": {"document": ["a.md"], "language": "en"}}
    told = client.post("/api/ask", json=body)
    assert told.status_code == 200
    assert told.json()["text"] == "The dam a held in spring [1]."
    assert {item["publisher"] for item in told.json()["evidence"]} == {"TASS"}
    assert {"question", "refusal", "statements", "timings", "confidence"} <= set(told.json())


def test_ask_takes_the_conversation_so_far(client):
    turns = [{"role": "user", "content": "Which?"}, {"role": "assistant", "content": "Dam a."}]
    told = client.post("/api/ask", json={"question": QUESTION, "history": turns})
    assert told.status_code == 200


def test_the_choices_are_listed_with_their_numbers_of_documents(client):
    told = client.get("/api/filters").json()
    assert told["publishers"][0] == {"publisher": "TASS", "documents": 3}
    assert (told["first"], told["last"], told["undated"]) == ("2025-06-30", "2026-01-05", 1)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", '"question" is missing'),
        ("question=", "The question is empty"),
        ("question=dam&k=0", "from 1 to 1,000"),
        ("question=dam&k=x", "from 1 to 1,000"),
        ("question=dam&k=" + "9" * 5000, "from 1 to 1,000"),
        ("question=dam&after=soon", "a day like 2026-01-31"),
        ("question=dam&after=2026&before=2025", "swap the two dates"),
        ("question=dam&publisher=Tas", "Known: TASS, KCNA"),
        ("question=dam&language=%00", "Known: en, de"),
        ("question=dam&folder=%00", "Known: "),
        ("question=dam&publishers=TASS", "There is no 'publishers' here. Known: question, k,"),
    ],
)
def test_a_bad_search_is_one_line_that_says_what_to_do(client, query, told):
    answer = client.get(f"/api/search?{query}")
    assert answer.status_code == 400
    [error] = answer.json().values()
    assert told in error and len(error.splitlines()) == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "one JSON object"),
        (b"[1]", "one JSON object"),
        (b"[" * 100_000, "one JSON object"),
        (b'\xff{"question": "x"}', "one JSON object"),
        (b'{"question": 7}', '"question" is text in quotes'),
        (b'{"question": "dam", "filters": ["TASS"]}', '"filters" is an object'),
        (b'{"question": "dam", "filters": {"publisher": [7]}}', '"publisher" is text'),
        (b'{"question": "dam", "filters": {"publisher": {}}}', '"publisher" is a list'),
        (b'{"question": "dam", "filters": {"publisher": 7}}', '"publisher" is a list'),
        (b'{"question": "dam", "filters": {"since": "2026"}}', "There is no 'since' here"),
        (b'{"question": "dam", "filters": {"after": 2026}}', '"after" is text in quotes'),
        (b'{"question": "dam", "history": ["hello"]}', 'Each turn of "history"'),
        (b'{"question": "dam", "history": "hello"}', '"history" is a list'),
        (b'{"question": "dam", "extra": 1}', "There is no 'extra' here"),
    ],
)
def test_a_bad_question_is_one_line_that_says_what_to_do(client, body, told):
    answer = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert told in answer.json()["error"] and len(answer.json()["error"].splitlines()) == 1


def test_a_form_of_another_site_cannot_ask(client):
    body = json.dumps({"question": QUESTION})
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = client.post("/api/ask", content=body, headers={"Content-Type": kind})
        assert answer.status_code == 415 and "application/json" in answer.json()["error"]


def test_a_body_without_end_is_not_read(client):
    answer = client.post(
        "/api/ask", content=b"x" * 1_000_001, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_requests_under_a_foreign_name_are_turned_away(assistant):
    foreign = TestClient(web_app(assistant), base_url="http://elsewhere.example")
    assert foreign.get("/api/filters").status_code == 400
    assert foreign.get("/api/search", params={"question": QUESTION}).status_code == 400
    assert foreign.post("/api/ask", json={"question": QUESTION}).status_code == 400


def test_a_filter_that_leaves_nothing_finds_nothing(client):
    told = client.get("/api/search", params={"question": QUESTION, "before": "2020"}).json()
    assert told["hits"] == [] and told["filters"][0]["documents"] == 0
    body = {"question": QUESTION, "filters": {"before": "2020"}}
    assert client.post("/api/ask", json=body).json()["refusal"] == "nothing_found"

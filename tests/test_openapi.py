"""The description of the API is true, and its page is plain, local and complete."""

from __future__ import annotations

import json
import re
from contextlib import closing

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator, ValidationError

from rag.assembling import Assistant
from rag.describing import Configuration
from rag.librarian import Librarian
from rag.serving import Offer, web_app
from rag.serving.programs.openapi import EXAMPLES
from rag.serving.programs.tools import TOOLS
from tests.articles import Fakes, library
from tests.checking_demo import CheckingAssistant
from tests.programs_demo import REQUESTS, ProgramsAssistant, written_examples


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(web_app(ProgramsAssistant()), base_url="http://127.0.0.1:7860")


@pytest.fixture(scope="module")
def schema(client) -> dict:
    return client.get("/openapi.json").json()


def test_the_examples_are_what_comes_back():
    # After a change that is meant: python tests/programs_demo.py --examples
    assert json.loads(written_examples()) == json.loads(EXAMPLES.read_text(encoding="utf-8"))


def test_every_route_for_programs_has_an_example(schema):
    documented = {(method, path) for path, found in schema["paths"].items() for method in found}
    assert documented == {(method, path) for method, path, _ in REQUESTS}
    for method, path in documented:
        operation = schema["paths"][path][method]
        assert "example" in operation["responses"]["200"]["content"]["application/json"]
        assert operation["description"] and operation["summary"]


def test_every_field_of_a_request_is_described(schema):
    for name in ("Ask", "Chat", "ChatMessage", "FilterBy", "ChatTurn", "StreamOptions", "Verify"):
        for field, told in schema["components"]["schemas"][name]["properties"].items():
            assert told.get("description"), f"{name}.{field}"


def test_every_reference_leads_somewhere(schema):
    for place in re.findall(r'"#/([^"]+)"', json.dumps(schema)):
        found = schema
        for step in place.split("/"):
            found = found[step]


def test_errors_are_described_as_they_are(client, schema):
    told = client.post("/api/ask", json={}).json()
    described = schema["paths"]["/api/ask"]["post"]["responses"]
    assert set(described) == {"200", "default"}
    wanted = described["default"]["content"]["application/json"]["schema"]["required"]
    assert list(told) == wanted == ["error"]


def test_what_the_page_has_for_itself_is_no_part_of_it(tmp_path, schema):
    settings, models = library(tmp_path), Fakes()
    with (
        closing(Assistant.open(settings, models)) as assistant,
        closing(Librarian(settings, models)) as librarian,
    ):
        configuration = Configuration(assistant, models)
        offer = Offer(log=settings.library, library=librarian, settings=configuration)
        whole = TestClient(web_app(assistant, offer=offer), base_url="http://127.0.0.1")
        assert whole.get("/openapi.json").json() == schema
        assert whole.get("/api").status_code == 200


# Requests and answers against their schemas


def fitting(schema: dict, told: dict) -> Draft202012Validator:
    """Return what checks a value by a schema of the document, which then names every field."""
    parts = json.loads(json.dumps(schema["components"]))
    for one in parts["schemas"].values():
        one["additionalProperties"] = False
    return Draft202012Validator({**told, "components": parts})


def answered(schema: dict, method: str, path: str) -> Draft202012Validator:
    response = schema["paths"][path][method]["responses"]["200"]
    return fitting(schema, response["content"]["application/json"]["schema"])


def sent(client: TestClient, method: str, path: str, request: dict) -> dict:
    options = {"params": request} if method == "get" else {"json": request}
    answer = client.request(method, path, **options)
    assert answer.status_code == 200
    return answer.json()


def refused(checks: Draft202012Validator, value: object) -> bool:
    return not checks.is_valid(value)


@pytest.mark.parametrize(("method", "path", "request_"), REQUESTS)
def test_an_answer_is_as_its_schema_says(client, schema, method, path, request_):
    checks, told = answered(schema, method, path), sent(client, method, path, request_)
    checks.validate(told)
    assert refused(checks, {**told, "another": 1})
    assert all(refused(checks, {n: v for n, v in told.items() if n != name}) for name in told)


@pytest.fixture(scope="module")
def articles(tmp_path_factory):
    """A client of a real library, in which some documents have no date, publisher or title."""
    settings = library(tmp_path_factory.mktemp("articles"))
    models = Fakes()
    models.generator.replies *= len(ANSWERED)
    with closing(Assistant.open(settings, models)) as assistant:
        yield TestClient(web_app(assistant), base_url="http://127.0.0.1")


DAM = "Which dam held in spring?"
ANSWERED = [
    ("get", "/api/filters", {}, "publishers"),
    ("get", "/api/search", {"question": DAM, "publisher": ["TASS"]}, "hits"),
    ("post", "/api/ask", {"question": DAM}, "evidence"),
    ("post", "/api/ask", {"question": "Xylophones?"}, "text"),
    ("post", "/api/verify", {"text": "The dam a held in spring. Pigs fly."}, "statements"),
    (
        "post",
        "/v1/chat/completions",
        {"model": "rag", "messages": [{"role": "user", "content": DAM}]},
        "choices",
    ),
]


@pytest.mark.parametrize(("method", "path", "request_", "filled"), ANSWERED)
def test_an_answer_of_a_real_library_is_as_its_schema_says(
    articles, schema, method, path, request_, filled
):
    told = sent(articles, method, path, request_)
    answered(schema, method, path).validate(told)
    assert told[filled]


def test_accounts_that_differ_and_pages_are_as_the_schema_says(schema):
    client = TestClient(web_app(CheckingAssistant(0)), base_url="http://127.0.0.1")
    pumps, barges = (
        sent(client, "post", "/api/ask", {"question": asked}) for asked in ("pumps?", "barges?")
    )
    assert pumps["evidence"][0]["page"] == 137 and barges["disagreements"]
    for told in (pumps, barges):
        answered(schema, "post", "/api/ask").validate(told)


def test_what_a_stream_ends_with_is_the_same_object(articles, schema):
    body = {"question": "Xylophones?", "stream": True}
    frames = articles.post("/api/ask", json=body).text.strip().split("\n\n")
    names = [frame.splitlines()[0].removeprefix("event: ") for frame in frames]
    assert names == ["stage", "answer"]
    told = json.loads(frames[-1].splitlines()[1].removeprefix("data: "))
    answered(schema, "post", "/api/ask").validate(told)
    assert told["refusal"] == "nothing_found" and told["nearest"]


def test_what_is_sent_is_as_its_schema_says(client, schema):
    for path, wrong in (
        ("/api/ask", {"question": 7}),
        ("/api/ask", {"question": "x", "filters": {"since": "2026"}}),
        ("/api/verify", {}),
        ("/v1/chat/completions", {"model": "rag", "messages": []}),
    ):
        body = schema["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        checks = fitting(schema, body["schema"])
        checks.validate(body["example"])
        with pytest.raises(ValidationError):
            checks.validate(wrong)
        assert client.post(path, json=wrong).status_code == 400


def test_a_single_name_and_a_message_in_parts_are_as_the_schema_says(client, schema):
    ask = {"question": "When?", "filters": {"language": "en"}}
    said = {"role": "user", "content": [{"type": "text", "text": "When?"}]}
    chat = {"model": "rag", "messages": [said]}
    for path, body in (("/api/ask", ask), ("/v1/chat/completions", chat)):
        told = schema["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        fitting(schema, told["schema"]).validate(body)
        assert client.post(path, json=body).status_code == 200


def test_the_page_shows_every_route_and_tool_and_loads_nothing_from_elsewhere(client, schema):
    page = client.get("/api")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for method, path, _ in REQUESTS:
        assert f"<code>{method.upper()} {path}</code>" in page.text
    for tool in TOOLS:
        assert f"<code>{tool.name}</code>" in page.text
    targets = re.findall(r'href="#([^"]+)"', page.text)
    assert set(targets) <= set(re.findall(r'id="([^"]+)"', page.text))
    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]+)"', page.text)
    assert loaded and all(address.startswith("/page/") for address in loaded)
    assert all(client.get(address).status_code == 200 for address in loaded)
    assert "<script" not in page.text
    assert "http://127.0.0.1:7860/api/ask" in page.text

"""The description of the API is true, and its page is plain, local and complete."""

from __future__ import annotations

import json
import re

import pytest
from fastapi.testclient import TestClient

from rag.serving import web_app
from rag.serving.programs.openapi import EXAMPLES
from rag.serving.programs.tools import TOOLS
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

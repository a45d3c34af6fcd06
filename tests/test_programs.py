"""Other programs ask, search and check over real HTTP; OpenAI's own client is one of them."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import openai
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from rag.cli import main
from rag.errors import LibraryMissing
from rag.serving import web_app
from rag.types import TextGrown
from tests.chat_demo import COST, LATER, OPENING, usual
from tests.listening import served
from tests.programs_demo import ASKED, TEXT, ProgramsAssistant, eventually

ASK = {"model": "rag", "messages": [{"role": "user", "content": ASKED}]}


@pytest.fixture(scope="module")
def assistant() -> ProgramsAssistant:
    return ProgramsAssistant()


@pytest.fixture(scope="module")
def address(assistant) -> Iterator[str]:
    with served(assistant) as address:
        yield address


@pytest.fixture
def client(address) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


def frames(text: str) -> list[tuple[str, dict]]:
    """Return the name and the data of each server-sent event."""
    found = []
    for frame in filter(None, text.split("\n\n")):
        lines = dict(line.split(": ", 1) for line in frame.splitlines())
        found.append((lines["event"], json.loads(lines["data"])))
    return found


# OpenAI's client


def test_the_client_lists_the_one_model(client):
    assert [model.id for model in client.models.list()] == ["rag"]
    assert client.models.retrieve("rag").id == "rag"


def test_the_client_gets_an_answer_with_citations(client, address):
    completion = client.chat.completions.create(**ASK, temperature=0.7, max_tokens=50, seed=1)
    message = completion.choices[0].message
    assert message.content == usual(ASKED).text and message.role == "assistant"
    assert [one["quote"] for one in message.citations] == [OPENING, LATER, COST]
    first = message.citations[0]
    assert (first["number"], first["publisher"], first["published"]) == (
        1,
        "Larkfield Herald",
        "2026-01-14",
    )
    assert first["link"].startswith(f"{address}/document/herald-bridge?start={first['start']}&")
    assert "<mark" in httpx.get(first["link"]).text
    third = message.statements[2]
    assert (third["verdict"], third["citations"]) == ("partly supported", [2])
    assert message.refusal_kind is None and completion.choices[0].finish_reason == "stop"
    assert completion.usage.model_dump(include={"prompt_tokens", "completion_tokens"}) == {
        "prompt_tokens": 700,
        "completion_tokens": 90,
    }


def test_the_client_streams_an_answer_with_citations_at_its_end(client):
    chunks = list(
        client.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True})
    )
    *said, last, counted = chunks
    words = [chunk.choices[0].delta.content for chunk in said]
    assert len(words) > 10 and "".join(words) == usual(ASKED).text
    assert [chunk.choices[0].delta.role for chunk in said].count("assistant") == 1
    assert [one["quote"] for one in last.choices[0].delta.citations] == [OPENING, LATER, COST]
    assert last.choices[0].finish_reason == "stop"
    assert counted.choices == [] and counted.usage.total_tokens == 790


def test_the_client_s_own_gathering_of_a_stream_ends_with_the_same_message(client):
    with client.chat.completions.stream(**ASK) as stream:
        message = stream.get_final_completion().choices[0].message
    assert message.content == usual(ASKED).text
    assert [one["quote"] for one in message.citations] == [OPENING, LATER, COST]


def test_a_refusal_names_its_kind(client):
    messages = [{"role": "user", "content": "What will the weather be like?"}]
    message = client.chat.completions.create(model="rag", messages=messages).choices[0].message
    assert (message.refusal_kind, message.citations) == ("nothing_found", [])
    assert "Nothing in the 4 documents" in message.content


def test_earlier_messages_are_the_conversation_and_those_of_the_system_are_not(client, assistant):
    messages = [
        {"role": "system", "content": "Answer from what you know."},
        {"role": "user", "content": "Which bridge?"},
        {"role": "assistant", "content": "İlçe Bridge."},
        {"role": "user", "content": [{"type": "text", "text": "And when?"}]},
    ]
    client.chat.completions.create(
        model="rag", messages=messages, extra_body={"filters": {"publisher": "larkfield herald"}}
    )
    turns = [(turn.role, turn.content) for turn in assistant.histories[-1]]
    assert turns == [("user", "Which bridge?"), ("assistant", "İlçe Bridge.")]
    question, filters = assistant.asked[-1]
    assert (question, filters.publishers) == ("And when?", ("Larkfield Herald",))


@pytest.mark.parametrize(
    ("given", "told", "param"),
    [
        ({"n": 2}, 'leave "n" out', "n"),
        (
            {"tools": [{"type": "function", "function": {"name": "f"}}]},
            'leave "tools" out',
            "tools",
        ),
        ({"response_format": {"type": "json_object"}}, "out", "response_format"),
        ({"messages": []}, '"messages" is empty', "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "The last of", "messages"),
        (
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [{"type": "image_url", "image_url": {"url": "data:,"}}],
                    }
                ]
            },
            "Only text can be read",
            "content",
        ),
        ({"messages": [{"role": "user", "content": " "}]}, "Write a question first.", None),
        ({"extra_body": {"filters": {"since": "2026"}}}, "There is no 'since' here", "filters"),
        ({"extra_body": {"filters": {"after": "soon"}}}, "a day like 2026-01-31", None),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_arrive_as_the_client_s_exceptions(client, given, told, param, stream):
    with pytest.raises(openai.BadRequestError) as error:
        client.chat.completions.create(**{**ASK, **given, "stream": stream})
    assert told in error.value.body["message"] and "\n" not in error.value.body["message"]
    assert error.value.param == param


def test_another_model_is_not_there(client):
    with pytest.raises(openai.NotFoundError, match="use 'rag'") as error:
        client.chat.completions.create(**{**ASK, "model": "gpt-4o"})
    assert error.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")


def test_a_fault_in_the_middle_of_a_stream_is_told(address):
    class Faulty(ProgramsAssistant):
        def _written(self, text, times=1):
            yield from list(super()._written(text))[:3]
            raise RuntimeError("secret")

    with served(Faulty()) as other:
        client = openai.OpenAI(base_url=f"{other}/v1", api_key="none", max_retries=0)
        with pytest.raises(openai.APIError, match="Something went wrong") as error:
            list(client.chat.completions.create(**ASK, stream=True))
        assert "secret" not in str(error.value)


# The API


def test_verify_gives_what_the_command_line_prints(address):
    told = httpx.post(f"{address}/api/verify", json={"text": TEXT}).json()
    verdicts = [(one["verdict"], one["citations"][0]["quote"]) for one in told["statements"]]
    assert verdicts == [("supported", OPENING), ("contradicted", LATER)]


def test_verify_takes_filters_and_nothing_unknown(address):
    refused = httpx.post(f"{address}/api/verify", json={"text": TEXT, "language": "en"})
    assert refused.status_code == 400
    assert refused.json() == {"error": "There is no 'language' here. Known: text, filters."}
    unknown = httpx.post(
        f"{address}/api/verify", json={"text": TEXT, "filters": {"language": "tlh"}}
    )
    assert "Known: en, sv" in unknown.json()["error"]


def test_an_answer_streams_as_events(address):
    body = {"question": ASKED, "stream": True}
    answer = httpx.post(f"{address}/api/ask", json=body)
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = frames(answer.text)
    assert [name for name, _ in found if name != "text"] == [
        "stage",
        "evidence",
        "stage",
        "stage",
        "answer",
    ]
    grown = "".join(data["added"] for name, data in found if name == "text")
    assert grown == found[-1][1]["text"] == usual(ASKED).text
    assert found[1][1]["evidence"] == found[-1][1]["evidence"]


@pytest.mark.parametrize("path", ["/api/ask", "/v1/chat/completions"])
def test_a_program_that_goes_away_stops_the_model(path):
    assistant = ProgramsAssistant(pace=0.05)
    body = (
        {**ASK, "stream": True} if path.startswith("/v1") else {"question": ASKED, "stream": True}
    )
    with served(assistant) as address:
        with httpx.stream("POST", f"{address}{path}", json=body) as answer:
            lines = answer.iter_lines()
            assert any("Writing" in line for line in lines)
        assert eventually(lambda: assistant.closed == 1)


def test_a_program_that_does_not_wait_for_the_answer_stops_the_model():
    assistant = ProgramsAssistant(pace=0.05)
    with served(assistant) as address:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address}/api/ask", json={"question": ASKED}, timeout=1)
        assert eventually(lambda: assistant.closed == 1)
        assert httpx.get(f"{address}/api/filters").status_code == 200


def test_a_program_that_does_not_read_keeps_nobody_waiting():
    class Talkative(ProgramsAssistant):
        def _written(self, text, times=1):
            yield TextGrown("long " * 10_000_000 if "endless" in self.asked[-1][0] else text)

    def body(question: str) -> str:
        return json.dumps({"question": question, "stream": True})

    with served(Talkative()) as address:
        host, port = urlsplit(address).netloc.split(":")
        with socket.create_connection((host, int(port))) as stalled:
            asked = body("When, endless?")
            head = f"POST /api/ask HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(asked)}"
            stalled.sendall(f"{head}\r\nContent-Type: application/json\r\n\r\n{asked}".encode())
            assert stalled.recv(12) == b"HTTP/1.1 200"
            other = httpx.post(f"{address}/api/ask", json={"question": ASKED}, timeout=20)
            assert other.json()["text"] == usual(ASKED).text


def test_programs_wait_for_one_model_and_all_are_answered():
    busy, most, answered = [], [], []

    class Watched(ProgramsAssistant):
        def _told(self, question):
            busy.append(question)
            most.append(len(busy))
            yield from super()._told(question)
            busy.remove(question)  # reached: programs take all that an answer yields

    def ask(number: int) -> None:
        body = {"question": f"When {number}?"}
        told = httpx.post(f"{address}/api/ask", json=body, timeout=60).json()
        answered.append(told["question"])

    with served(Watched(pace=0.001)) as address:
        programs = [threading.Thread(target=ask, args=(number,)) for number in range(50)]
        for program in programs:
            program.start()
        for program in programs:
            program.join(60)
    assert len(answered) == 50 and set(most) == {1}


# Who may ask


@pytest.fixture
def plain(assistant) -> TestClient:
    return TestClient(web_app(assistant), base_url="http://127.0.0.1:7860")


@pytest.mark.parametrize("path", ["/api/ask", "/api/verify", "/v1/chat/completions"])
def test_a_form_of_another_site_cannot_ask(plain, path):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = plain.post(path, content=json.dumps(ASK), headers={"Content-Type": kind})
        assert answer.status_code == 415 and "application/json" in answer.text


@pytest.mark.parametrize("path", ["/api/filters", "/v1/models", "/mcp"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Host": "elsewhere.example"}, 400),
    ],
)
def test_pages_of_other_sites_are_turned_away(plain, path, headers, status):
    assert plain.get(path, headers=headers).status_code == status


def test_a_page_of_this_server_may_ask(plain):
    own = {"Origin": "http://127.0.0.1:7860"}
    assert plain.get("/api/filters", headers=own).status_code == 200


@pytest.mark.parametrize("path", ["/api/verify", "/v1/chat/completions"])
def test_a_body_without_end_is_not_read(plain, path):
    told = plain.post(path, content=b"x" * 1_000_001, headers={"Content-Type": "application/json"})
    assert told.status_code == 413 and "1,000,000 bytes" in told.text


@pytest.mark.parametrize("body", [b"", b"[1]", b"[" * 100_000, b'\xff{"text": "x"}'])
@pytest.mark.parametrize("path", ["/api/verify", "/v1/chat/completions"])
def test_what_is_no_request_is_one_line(plain, path, body):
    told = plain.post(path, content=body, headers={"Content-Type": "application/json"})
    assert told.status_code == 400
    error = told.json()["error"]
    line = error["message"] if path.startswith("/v1") else error
    assert len(line.splitlines()) == 1 and len(line) < 120


def test_half_a_character_is_taken_as_unreadable(plain):
    kind = {"Content-Type": "application/json"}
    told = plain.post("/api/verify", content=b'{"text": "Half \\ud800 gone."}', headers=kind)
    assert told.json()["statements"][0]["text"] == "Half ? gone."


def test_an_unknown_address_and_another_method_are_told_in_the_same_form(plain):
    assert "see /api" in plain.get("/api/nothing").json()["error"]
    assert "see /api" in plain.get("/api/ask").json()["error"]
    assert plain.get("/v1/nothing").json()["error"]["type"] == "invalid_request_error"
    assert urlsplit(str(plain.base_url)).port == 7860


def test_rag_serve_without_a_library_says_what_to_do(tmp_path):
    options = ["serve", "--port", "0", "--library", str(tmp_path / "none")]
    ended = CliRunner().invoke(main, options)
    assert isinstance(ended.exception, LibraryMissing) and "rag index" in str(ended.exception)

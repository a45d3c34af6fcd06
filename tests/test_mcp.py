"""Assistants of other makers find the tools and get cited answers: MCP's own client asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator

import anyio
import httpx
import pytest
from mcp import Client, StdioServerParameters, stdio_client

from rag.errors import LibraryMissing
from rag.serving.programs.desk import Desk, Opening
from rag.serving.programs.mcp_server import mcp_server
from rag.settings import PROJECT
from tests.chat_demo import DOCUMENTS, HOSTILE, LATER, OPENING, usual
from tests.listening import served
from tests.programs_demo import ASKED, TEXT, ProgramsAssistant, eventually

NAMES = ["search", "ask", "verify", "open_document", "list_filters"]
SAFE = {"PYTHONPATH": str(PROJECT)}
Talk = Callable[[Client], Awaitable[None]]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(ProgramsAssistant()) as address:
        yield address


def talk(target: object, what: Talk, **options: object) -> None:
    """Connect MCP's client to an address or a pipe and let it talk."""

    async def run() -> None:
        with anyio.fail_after(120):
            async with Client(target, **options) as client:
                await what(client)

    anyio.run(run)


def over_pipe(*arguments: str) -> object:
    command = StdioServerParameters(command=sys.executable, args=list(arguments), env=SAFE)
    return stdio_client(command)


async def ask_for_citations(client: Client) -> None:
    """List the tools, and get a cited answer as an object and as text."""
    tools = (await client.list_tools()).tools
    assert [tool.name for tool in tools] == NAMES
    assert all(tool.annotations.read_only_hint for tool in tools)
    told = await client.call_tool("ask", {"question": ASKED, "after": "2026-01"})
    assert not told.is_error
    quotes = [one["citations"][0]["quote"] for one in told.structured_content["statements"]]
    assert quotes[:2] == [OPENING, LATER]
    [text] = told.content
    assert text.text.startswith(usual(ASKED).text)
    assert (
        f"[1] Larkfield Herald | 2026-01-14 | Bridge to reopen to trams in March: “{OPENING}”"
        in (text.text)
    )
    assert "Partly supported: “The repair" in text.text


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_a_client_gets_a_cited_answer_over_http(address, mode):
    talk(f"{address}/mcp", ask_for_citations, mode=mode)


def test_a_client_gets_a_cited_answer_over_a_pipe():
    talk(over_pipe("tests/programs_demo.py", "--mcp"), ask_for_citations)


def test_nothing_but_messages_stands_on_standard_output():
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    told = subprocess.run(
        [sys.executable, "tests/programs_demo.py", "--mcp"],
        cwd=PROJECT,
        input=json.dumps(hello) + "\nno message\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert lines[0]["result"]["serverInfo"]["name"] == "ask-your-documents"
    assert all(line["jsonrpc"] == "2.0" for line in lines) and told.returncode == 0


def test_the_other_tools_tell_objects_and_text(address):
    async def use(client: Client) -> None:
        found = await client.call_tool("search", {"question": "bridge", "k": 1})
        assert found.structured_content["hits"][0]["document_id"] == "herald-bridge"
        assert "1. Larkfield Herald | 2026-01-14" in found.content[0].text
        checked = await client.call_tool("verify", {"text": TEXT})
        verdicts = [one["verdict"] for one in checked.structured_content["statements"]]
        assert verdicts == ["supported", "contradicted"]
        assert f"“{LATER}”" in checked.content[0].text
        listed = await client.call_tool("list_filters")
        assert listed.structured_content["documents"] == 4
        assert "publisher Larkfield Herald: 1 document\n" in listed.content[0].text

    talk(f"{address}/mcp", use)


def test_a_refusal_names_the_closest_passages(address):
    async def use(client: Client) -> None:
        told = await client.call_tool("ask", {"question": "Who designed the bridge?"})
        assert told.structured_content["refusal"] == "not_answered"
        assert "Closest passages:\n- Larkfield Herald | 2026-01-14" in told.content[0].text

    talk(f"{address}/mcp", use)


def test_a_citation_is_opened_at_its_place(address):
    async def use(client: Client) -> None:
        answer = await client.call_tool("ask", {"question": ASKED})
        cited = answer.structured_content["statements"][0]["citations"][0]
        place = {name: cited[name] for name in ("document_id", "start", "end")}
        opened = await client.call_tool("open_document", place)
        assert opened.structured_content["text"] == OPENING
        whole = await client.call_tool("open_document", {"document_id": "minutes"})
        assert whole.structured_content["text"] == DOCUMENTS[2].text
        assert whole.structured_content["length"] == len(DOCUMENTS[2].text)

    talk(f"{address}/mcp", use)


def test_words_that_speak_to_a_model_are_kept_from_it(address):
    async def use(client: Client) -> None:
        opened = await client.call_tool("open_document", {"document_id": "hostile"})
        assert HOSTILE not in opened.structured_content["text"]
        assert opened.structured_content["flags"]

    talk(f"{address}/mcp", use)


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("ask", {"question": " "}, "Write a question first."),
        ("ask", {}, '"question" is missing'),
        ("ask", {"question": "x", "since": "2026"}, "There is no 'since' here. Known: question"),
        ("search", {"question": "x", "publisher": "Gazette"}, "Known: Larkfield Herald"),
        ("search", {"question": "x", "k": 51}, '"k" cannot be used'),
        ("open_document", {"document_id": "../../etc/passwd"}, "There is no document"),
        ("open_document", {"document_id": "minutes", "start": 10**9}, "let start be less"),
        ("delete", {}, "Known: search, ask"),
    ],
)
def test_errors_are_one_line_for_the_assistant(address, name, arguments, told):
    async def use(client: Client) -> None:
        failed = await client.call_tool(name, arguments)
        assert failed.is_error and told in failed.content[0].text
        assert len(failed.content[0].text.splitlines()) == 1

    talk(f"{address}/mcp", use)


def test_progress_is_told_while_an_answer_is_made(address):
    async def use(client: Client) -> None:
        lines = []

        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            lines.append(message)

        await client.call_tool("ask", {"question": ASKED}, progress_callback=progressed)
        assert lines == ["Searching 4 documents", "Reading 4 passages", "Writing"]

    talk(f"{address}/mcp", use)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
def test_an_assistant_that_gives_up_stops_the_model(mode):
    assistant = ProgramsAssistant(pace=0.05)

    async def give_up(client: Client) -> None:
        with anyio.move_on_after(0.8):
            await client.call_tool("ask", {"question": ASKED})
            pytest.fail("answered before it was given up")
        with anyio.fail_after(20):
            while not assistant.closed:
                await anyio.sleep(0.02)

    with served(assistant) as address:
        talk(f"{address}/mcp", give_up, mode=mode)
        assert eventually(lambda: assistant.closed == 1)


def test_a_page_of_another_site_cannot_use_the_tools(address):
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepted = {"Accept": "application/json, text/event-stream"}
    for headers, status in (
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Host": "elsewhere.example"}, 400),
        ({"Content-Type": "text/plain"}, 400),
    ):
        options = {"headers": {"Content-Type": "application/json", **accepted, **headers}}
        told = httpx.post(f"{address}/mcp", content=json.dumps(call), **options)
        assert told.status_code == status, headers


def test_a_body_without_end_is_not_read(address):
    kind = {"Content-Type": "application/json"}
    told = httpx.post(f"{address}/mcp", content=b"x" * 1_000_001, headers=kind)
    assert told.status_code == 413


@pytest.mark.model
def test_rag_serve_gives_the_tools_over_a_real_library(seed_library):
    async def use(client: Client) -> None:
        question = {"question": "What did Gerasimov say about demining?", "k": 2}
        found = await client.call_tool("search", question)
        hits = found.structured_content["hits"]
        assert len(hits) == 2 and "demin" in hits[0]["text"]
        checked = await client.call_tool("verify", {"text": hits[0]["text"].split(". ")[0]})
        [said, *_] = checked.structured_content["statements"]
        assert said["verdict"] == "supported" and said["citations"][0]["quote"]

    library = str(seed_library.library)
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "rag", "serve", "--mcp", "--library", library],
        env=SAFE | {name: value for name, value in os.environ.items() if name.startswith("RAG_")},
        cwd=PROJECT,
    )
    talk(stdio_client(command), use)


def test_a_library_that_is_not_there_is_told_until_it_is():
    opened = []

    def open_library() -> ProgramsAssistant:
        opened.append(len(opened))
        if len(opened) == 1:
            raise LibraryMissing("There is no library yet. Build one with: rag index")
        return ProgramsAssistant()

    async def use(client: Client) -> None:
        assert (await client.list_tools()).tools and not opened
        failed = await client.call_tool("list_filters")
        assert failed.is_error and "rag index" in failed.content[0].text
        assert not (await client.call_tool("list_filters")).is_error
        assert not (await client.call_tool("ask", {"question": ASKED})).is_error
        assert opened == [0, 1]

    talk(mcp_server(Desk(Opening(open_library))), use)

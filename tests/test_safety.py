"""What the server gives away, and what it takes: no file of the machine, nothing without end."""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from rag.errors import UsageError
from rag.page import mounted
from rag.serving import Offer, admitted, local_names, web_app
from rag.serving.entering.closing import MOST_BYTES, is_open
from rag.serving.web import programs_app
from rag.settings import PROJECT
from rag.storing import DATABASE
from tests.browsing import serving
from tests.chat_demo import DemoAssistant
from tests.judging_demo import LoggedDemo
from tests.listening import served

SECRET = f"secret-{secrets.token_hex(8)}"
READ = (SECRET.encode(), b"SQLite format 3", b"root:x:0:0", b'"""The chat in a browser')
"""What would stand in an answer that gave a file away."""


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("safety")
    (folder / "secret.txt").write_text(SECRET)
    demo = LoggedDemo(folder / "library")
    demo.logged("When will the bridge reopen?")
    return folder / "library"


@pytest.fixture(scope="module")
def client(library: Path) -> TestClient:
    demo = LoggedDemo(library)
    offer = Offer(log=library)
    app = mounted(web_app(demo, offer=offer), demo, offer)
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=False)


@pytest.fixture(scope="module")
def address(library: Path) -> Iterator[str]:
    with serving("tests/judging_demo.py", str(library), patience=60) as found:
        yield found


def targets(library: Path) -> list[str]:
    """The files of this machine that somebody may want."""
    names = (library.parent / "secret.txt", library / DATABASE, PROJECT / "app.py")
    return [*map(str, names), "/etc/passwd"]


def spelt(path: str) -> Iterator[str]:
    """A path as it may be smuggled into an address."""
    up = "../" * 12 + path.lstrip("/")
    yield from (path, quote(path, safe=""), path.lstrip("/"))
    yield from (up, quote(up, safe=""), up.replace("../", "..%2f"), up.replace("..", "%2e%2e"))
    yield from (up.replace("/", "%252f"), up.replace("../", "....//"), up.replace("/", "%5c"))
    yield from (f"file://{path}", f"{path}%00.png", f"/{path}", up.replace("..", "%252e%252e"))


PLACES = (
    *("/", "/page/", "/document/", "/answer/", "/static/", "/assets/", "/svelte/", "/theme/"),
    *(
        "/file=",
        "/file/",
        "/gradio_api/file=",
        "/gradio_api/file/",
        "/gradio_api/proxy=",
        "/proxy=",
    ),
    *("/gradio_api/static/", "/gradio_api/assets/", "/custom_component/x/server/component/"),
    *("/gradio_api/custom_component/x/y/z/", "/gradio_api/stream/x/1/2/", "/api/", "/documents/"),
    *("/%67radio_api/file=", "//gradio_api/file=", "/gradio_api//file=", "/page/../file="),
)


def test_no_file_of_the_machine_comes_back(client, library):
    given_away, asked = [], 0
    for place in PLACES:
        for path in targets(library):
            for words in spelt(path):
                got = client.get(place + words)
                asked += 1
                if any(piece in got.content for piece in READ) or got.status_code >= 500:
                    given_away.append((got.status_code, place + words))
    assert given_away == [] and asked > 1000


def test_no_file_comes_back_over_a_bare_connection(address, library):
    """Clients tidy an address before they send it: this one does not."""
    given_away = []
    for place in ("/", "/page/", "/file=", "/gradio_api/file=", "/static/", "/document/"):
        for path in targets(library)[:2]:
            for words in spelt(path):
                got = raw(address, f"GET {place}{words} HTTP/1.1")
                if any(piece in got for piece in READ) or b" 500 " in got[:20]:
                    given_away.append(place + words)
    assert given_away == []


def raw(address: str, line: str, *, host: str = "127.0.0.1") -> bytes:
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(f"{line}\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received


CLOSED = (
    *("GET /gradio_api/file=app.py", "GET /file=app.py", "GET /gradio_api/proxy=http://127.0.0.1/"),
    *("POST /gradio_api/upload", "POST /upload", "GET /gradio_api/upload_progress?upload_id=x"),
    *("POST /gradio_api/component_server", "POST /gradio_api/process_recording"),
    *(
        "POST /gradio_api/call/predict",
        "POST /gradio_api/api/predict",
        "GET /gradio_api/openapi.json",
    ),
    *(
        "GET /gradio_api/custom_component/x/y/z/a.js",
        "GET /gradio_api/dev/reload",
        "GET /monitoring",
    ),
    *(
        "GET /gradio_api/monitoring/summary",
        "POST /gradio_api/vibe-edit",
        "GET /gradio_api/vibe-code",
    ),
    *(
        "GET /gradio_api/deep_link",
        "POST /login",
        "GET /logout",
        "GET /token",
        "GET /gradio_api/app_id",
    ),
    *(
        "GET /gradio_api/profiling/traces",
        "POST /gradio_api/profiling/clear",
        "GET /gradio_api/runs",
    ),
    *(
        "POST /run-history/connect",
        "GET /gradio_api/run-history/buckets",
        "POST /gradio_api/stream/x",
    ),
)


@pytest.mark.parametrize("request_line", CLOSED)
def test_what_the_page_does_not_need_of_its_toolkit_is_closed(client, request_line):
    method, _, address = request_line.partition(" ")
    got = client.request(method, address, files={"files": b"x"} if method == "POST" else None)
    assert (got.status_code, got.text) == (404, "Not found")


def test_what_a_new_version_of_the_toolkit_may_bring_is_closed_too():
    assert not is_open("/gradio_api/something-new")
    assert not is_open("/gradio_api")
    assert is_open("/gradio_api/queue/join") and is_open("/gradio_api/heartbeat/ab1")
    for path in ("/a/../b", "/a/%2e%2e/b", "/a//b", "/a\\..\\b", "/a\x00", "/./a"):
        assert not is_open(path)
    for path in ("/", "/documents", "/document/x..y", "/answer/1/export.md", "/v1/models", "/mcp"):
        assert is_open(path)


def test_a_websocket_is_turned_away(client):
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/gradio_api/queue/join"):
        pass


@pytest.mark.parametrize("address", ["/gradio_api/queue/join", "/gradio_api/run/predict"])
def test_what_is_sent_is_bounded(client, address):
    def endless() -> Iterator[bytes]:
        for _ in range(MOST_BYTES // 65536 + 2):
            yield b" " * 65536

    assert client.post(address, content=b" " * (MOST_BYTES + 1)).status_code == 413
    headers = {"Content-Type": "application/json"}
    got = client.post(address, content=endless(), headers=headers)
    assert got.status_code >= 400


@pytest.mark.parametrize("name", ["elsewhere.example", "127.0.0.1.evil.example", "localhost.evil"])
def test_another_name_for_this_machine_is_turned_away(client, name):
    for address in (
        "/",
        "/documents",
        "/api/filters",
        "/gradio_api/queue/join",
        "/judgements.jsonl",
    ):
        assert client.get(address, headers={"Host": name}).status_code == 400


LOCAL = ["127.0.0.1", "127.0.0.2", "127.255.1.9", "localhost", "LOCALHOST", "::1", "0:0::1"]


@pytest.mark.parametrize("make", [web_app, programs_app])
@pytest.mark.parametrize("host", LOCAL)
def test_every_address_that_only_this_machine_reaches_is_asked_by_its_names_alone(make, host):
    assert admitted(host, None, everybody=False) is None
    client = TestClient(make(DemoAssistant(pace=0), host=host), base_url="http://127.0.0.1")
    own = {"::1": "[::1]", "0:0::1": "[::1]"}.get(host, host)
    for name in (own, f"{own}:7860", "localhost:7860", "127.0.0.1", "[::1]:7860"):
        assert client.get("/api/filters", headers={"Host": name}).status_code == 200
    for name in ("elsewhere.example", "127.0.0.3", "[::2]", "[::1].evil.example", "localhost.evil"):
        for address in ("/documents", "/api/filters", "/nothing"):
            assert client.get(address, headers={"Host": name}).status_code == 400


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "fe80::1", "laptop.example", ""])
def test_an_address_that_others_reach_is_none_of_these(host):
    assert local_names(host) == ()
    with pytest.raises(UsageError, match="--auth FILE"):
        admitted(host, None, everybody=False)


def has_loopback(host: str) -> bool:
    try:
        socket.create_server((host, 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_loopback("::1"), reason="this machine has no IPv6")
def test_the_other_loopback_address_is_served_and_checked():
    with served(DemoAssistant(pace=0), host="::1") as address:
        assert address.startswith("http://[::1]:")
        assert httpx.get(f"{address}/api/filters").status_code == 200
        foreign = httpx.get(f"{address}/api/filters", headers={"Host": "elsewhere.example"})
        assert foreign.status_code == 400


@pytest.mark.parametrize(
    "address", ["/", "/documents", "/answer/none", "/page/chat.js", "/api/filters", "/file=x"]
)
def test_every_answer_carries_the_headers_that_keep_it_here(client, address):
    headers = client.get(address).headers
    assert "default-src" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in ("no-referrer", "same-origin")
    assert "Access-Control-Allow-Origin" not in headers


def test_another_sites_page_may_read_nothing(client):
    got = client.get("/api/filters", headers={"Origin": "http://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in got.headers
    asked = {"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "POST"}
    for address in ("/api/ask", "/gradio_api/queue/join", "/gradio_api/run/predict"):
        assert "Access-Control-Allow-Origin" not in client.options(address, headers=asked).headers


def test_the_configuration_that_the_page_needs_names_no_folder(client, library):
    page = client.get("/").text
    config = client.get("/config")
    for text in (page, config.text if config.status_code == 200 else ""):
        assert str(PROJECT) not in text and str(library) not in text
    assert json.dumps(str(Path.home())) not in page

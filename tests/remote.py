"""A real server on this machine that speaks OpenAI's protocol, with extras and with faults.

In: what it shall offer. Out: its address, and the requests that it got. A reply is written word by
word; "yes" has the probability it was given. `fault` is what goes wrong with a completion.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.fakes import words

REPLY = "The dam a held in spring [1]."


@dataclass
class Speaking:
    """What a server offers, and what it was asked."""

    reply: str = REPLY
    yes: float = 0.99
    names: tuple[str, ...] = ("told",)
    window: int = 0
    props: int = 0
    counts: bool = False
    probabilities: bool = True
    key: str = ""
    fault: str = ""
    elsewhere: str = ""
    thoughts: str = ""
    address: str = ""
    port: int = 0
    requests: list[tuple[str, dict]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    going_on: threading.Event = field(default_factory=threading.Event)

    def bodies(self, path: str = "/v1/chat/completions") -> list[dict]:
        """Return the bodies that came to a path."""
        return [body for one, body in self.requests if one == path]


@contextmanager
def speaking(**offered: object) -> Iterator[Speaking]:
    """Serve on a free port of this machine until the block ends."""
    told = Speaking(**offered)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.told = told
    told.port = server.server_address[1]
    told.address = f"http://127.0.0.1:{told.port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.going_on.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: dict) -> None:
        self.server.told.requests.append((self.path, body))
        self.server.told.keys.append(self.headers.get("Authorization", ""))
        if self.server.told.key and self.server.told.keys[-1] != f"Bearer {self.server.told.key}":
            return self._json({"error": {"message": "Invalid API key"}}, 401)
        if self.server.told.elsewhere:
            return self._bytes(b"", 307, Location=self.server.told.elsewhere + self.path)
        found = _ROUTES.get(self.path, _nothing)(self.server.told, body)
        if found is None:
            return self._bytes(b"<h1>Not here</h1>", 404)
        if self.path.endswith("completions"):
            return self._completed(body, found)
        return self._json(found)

    def _completed(self, body: dict, found: dict) -> None:
        if self.server.told.fault == "busy":
            return self._json({"error": {"message": "too many\nrequests"}}, 503)
        if self.server.told.fault == "html":
            return self._bytes(b"<html>Welcome</html>")
        if self.server.told.fault == "unknown model":
            return self._json({"error": {"message": "model 'x' not found"}}, 404)
        if body.get("logprobs") and self.server.told.fault == "no logprobs":
            return self._json({"error": {"message": "logprobs is not supported"}}, 400)
        return self._stream() if body.get("stream") else self._json(found)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for number, event in enumerate(_events(self.server.told)):
                if number == 2 and self.server.told.fault in ("cut", "silent", "ends"):
                    return self._faulty()
                if self.server.told.fault == "slow":
                    time.sleep(0.1)
                self._chunk(event)
            self._chunk(b"")
        except OSError:
            self.server.told.stopped.set()

    def _faulty(self) -> None:
        """Break off within a chunk, say nothing more, or end as if that were all."""
        if self.server.told.fault == "cut":
            self.wfile.write(b"ff\r\ndata: {")
            self.close_connection = True
        elif self.server.told.fault == "ends":
            self._chunk(b"")
        else:
            self.server.told.going_on.wait(30)

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _json(self, found: dict, status: int = 200) -> None:
        self._bytes(json.dumps(found).encode(), status)

    def _bytes(self, data: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _models(told: Speaking, _: dict) -> dict | None:
    more = {"max_model_len": told.window} if told.window else {}
    return {"data": [{"id": name, **more} for name in told.names]} if told.names else None


def _props(told: Speaking, _: dict) -> dict | None:
    return {"default_generation_settings": {"n_ctx": told.props}} if told.props else None


def _tokenize(told: Speaking, body: dict) -> dict | None:
    return {"tokens": list(range(len(words(body["content"]))))} if told.counts else None


def _completion(told: Speaking, body: dict) -> dict:
    said = "Yes." if told.yes > 0.5 else "No."
    choice = {"message": {"role": "assistant", "content": said}, "finish_reason": "length"}
    if body.get("logprobs") and told.probabilities:
        first = [(" Yes", told.yes * 0.5), ("yes", told.yes * 0.5), ("No", 1 - told.yes)]
        listed = [{"token": one, "logprob": math.log(share)} for one, share in first if share]
        choice["logprobs"] = {"content": [{"token": said, "top_logprobs": listed}]}
    return {"choices": [choice]}


def _nothing(told: Speaking, body: dict) -> None:
    return None


_ROUTES = {
    "/v1/models": _models,
    "/props": _props,
    "/tokenize": _tokenize,
    "/v1/chat/completions": _completion,
}


def _events(told: Speaking) -> Iterator[bytes]:
    yield b": a comment\r\n\r\n"
    for thought in told.thoughts.split():
        yield _event({"choices": [{"delta": {"reasoning_content": thought}}]})
    yield _event({"choices": [{"delta": {"role": "assistant", "content": None}}]})
    for number, word in enumerate(told.reply.split(" ") if told.reply else []):
        if number == 1 and told.fault == "error":
            yield _event({"error": {"message": "out of memory"}})
        if number == 1 and told.fault == "not JSON":
            yield b"data: {'choices'\n\n"
        yield _event({"choices": [{"delta": {"content": f"{' ' * bool(number)}{word}"}}]})
    yield _event({"choices": [{"delta": {}, "finish_reason": "stop"}]})
    yield _event({"choices": [], "usage": {"prompt_tokens": 7}})
    yield b"data: [DONE]\n\n"


def _event(found: dict) -> bytes:
    return f"data: {json.dumps(found, ensure_ascii=False)}\n\n".encode()

"""What other programs get to see, over the made-up documents of `chat_demo`: no model is loaded.

    python tests/programs_demo.py [--mcp] [--port N] [--pace SECONDS]

In: nothing. Out: the server of `rag serve`, or with --mcp alone its tools over a pipe.
`python tests/programs_demo.py --examples` runs the examples of /api again and writes them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from rag.errors import InputError
from rag.types import Filters, Hit, Passage, Statement
from tests.chat_demo import DOCUMENTS, LATER, OPENING, DemoAssistant, let_through, stated

ASKED = "When will the bridge reopen to trams?"
TEXT = "The bridge reopens to trams on 2 March 2026. Trams run before June."
REQUESTS = (
    ("get", "/api/filters", {}),
    ("get", "/api/search", {"question": ASKED, "after": "2026-01", "k": 2}),
    ("post", "/api/ask", {"question": ASKED, "filters": {"after": "2026-01"}}),
    ("post", "/api/verify", {"text": TEXT}),
    ("get", "/v1/models", {}),
    (
        "post",
        "/v1/chat/completions",
        {"model": "rag", "messages": [{"role": "user", "content": ASKED}]},
    ),
)
"""The examples of /api."""


class ProgramsAssistant(DemoAssistant):
    """Finds its documents in their order, and knows what to say about two statements."""

    def __init__(self, pace: float = 0.0) -> None:
        super().__init__(pace)
        self.verified = 0

    def search(
        self, question: str, limit: int = 10, *, filters: Filters | None = None
    ) -> list[Hit]:
        if not question.strip():
            raise InputError("The question is empty: ask something in words.")
        found = [one for one in DOCUMENTS if let_through(one, filters or Filters())]
        return [
            Hit(
                Passage(n, one.document_id, span.start, span.end, one.text[span.start : span.end]),
                round(1 / n, 3),
                dense_rank=n,
            )
            for n, one in enumerate(found[:limit], 1)
            for span in one.body[:1]
        ]

    def verify(self, text: str, *, filters: Filters | None = None) -> Iterator[Statement]:
        if not text.strip():
            raise InputError("There is nothing to verify: give a text in words.")
        for sentence in filter(None, text.split(". ")):
            self._wait(1)
            yield self._checked(sentence.rstrip(".") + ".")
            self.verified += 1

    def _checked(self, sentence: str) -> Statement:
        if "before June" in sentence:
            return stated(sentence, 2, LATER, "contradicted")
        if "2 March" in sentence:
            return stated(sentence, 1, OPENING)
        return Statement(sentence, (), "not supported", "Nothing was found to say this.", None, 0.0)


def eventually(met: Callable[[], object], seconds: float = 20) -> bool:
    """Whether something comes true in time."""
    until = time.monotonic() + seconds
    while not met() and time.monotonic() < until:
        time.sleep(0.02)
    return bool(met())


def told(client, method: str, path: str, request: dict) -> dict:
    """Return what a route of a test client answers, as an example shows it."""
    from rag.serving.programs.openapi import shortened

    options = {"params": request} if method == "get" else {"json": request}
    answer = shortened(client.request(method, path, **options).json())
    changing = {"id": "chatcmpl-8c1f0e", "created": 1767225600}
    for one in (answer, *answer.get("data", ())):
        one |= {name: value for name, value in changing.items() if name in one and path[1] == "v"}
    if path == "/v1/models":
        answer["data"][0]["id"] = "rag"
    return answer


def written_examples() -> str:
    """Return the examples as the file that holds them."""
    from fastapi.testclient import TestClient

    from rag.serving import web_app

    client = TestClient(web_app(ProgramsAssistant()), base_url="http://127.0.0.1:7860")
    run = [
        {
            "method": method,
            "path": path,
            "request": request,
            "response": told(client, method, path, request),
        }
        for method, path, request in REQUESTS
    ]
    return json.dumps(run, indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Serve until Ctrl-C or until the client hangs up."""
    from rag.serving import listening_socket
    from rag.serving.programs.mcp_server import serve_stdio
    from rag.serving.programs.openapi import EXAMPLES
    from rag.serving.server import run
    from rag.serving.web import programs_app

    parser = argparse.ArgumentParser(description="The interface for programs, made up.")
    parser.add_argument("--mcp", action="store_true")
    parser.add_argument("--examples", action="store_true")
    parser.add_argument("--port", type=int)
    parser.add_argument("--pace", type=float, default=0.0)
    options = parser.parse_args()
    if options.examples:
        EXAMPLES.write_text(written_examples(), encoding="utf-8")
    elif options.mcp and options.port is None:
        serve_stdio(lambda: ProgramsAssistant(options.pace))
    else:
        with listening_socket("127.0.0.1", options.port or 0) as listener:
            run(
                programs_app(ProgramsAssistant(options.pace)),
                listener,
                ready="API ready at {address}",
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())

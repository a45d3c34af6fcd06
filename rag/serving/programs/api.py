"""The interface for programs: search, ask, verify and what there is to filter by, as JSON.

In: requests. Out: the objects that `rag search --json`, `rag ask --json` and `rag verify --json`
print; an answer also as server-sent events. Knows nothing about pages.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse

from rag.errors import RagError
from rag.rendering import answer_object, choices_object, evidence_list, verification
from rag.serving.programs.desk import Desk, EventStream, answer_of, gathered, streamed, while_there
from rag.serving.programs.requests import Ask, Search, Verify
from rag.serving.programs.responses import (
    AnswerObject,
    ChoicesObject,
    SearchResults,
    Verification,
)
from rag.types import (
    Event,
    EvidenceFound,
    Finished,
    HitsFound,
    Rewritten,
    Stage,
    TextGrown,
)


def json_only(request: Request) -> None:
    """Turn away what another site's page may send unasked, which is never of this type."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise HTTPException(415, "Send the request as application/json.")


POSTED = {"dependencies": [Depends(json_only)]}
"""Options of each route that takes a body."""
STREAMING = {
    **POSTED,
    "responses": {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
}
"""Options of each route that can answer bit by bit."""


def add_api(app: FastAPI, desk: Desk) -> None:
    """Add the routes under `/api`."""

    about = {"tags": ["Documents"]}

    @app.get(
        "/api/filters", summary="What there is to filter by", response_model=ChoicesObject, **about
    )
    def filters() -> JSONResponse:
        """Names of publishers and languages with their numbers of documents, and the dates."""
        return JSONResponse(choices_object(desk.assistant.choices()))

    @app.get("/api/search", summary="Find passages", response_model=SearchResults, **about)
    async def search(request: Request, asked: Annotated[Search, Query()]) -> JSONResponse:
        """Passages, best first, how each was found, and what each filter left."""
        return JSONResponse(await while_there(request, desk.search(asked)))

    @app.post(
        "/api/ask", summary="Answer a question", response_model=AnswerObject, **about, **STREAMING
    )
    async def ask(request: Request, asked: Ask) -> JSONResponse:
        """The answer: its sentences with citations and verdicts, and the evidence as it was read.

        With `"stream": true` it comes as server-sent events: `stage`, `standalone`, `evidence`,
        `text` (what was added) and, at the end, `answer`, the whole object, or `error`.
        """
        filters = await desk.filters(asked.filters)
        turns = [said.turn for said in asked.history]
        events = desk.events(asked.question, turns, filters=filters)
        if asked.stream:
            return await _streamed(request, events)
        return JSONResponse(answer_object(await while_there(request, answer_of(events))))

    @app.post("/api/verify", summary="Check a text", response_model=Verification, **about, **POSTED)
    async def verify(request: Request, asked: Verify) -> JSONResponse:
        """Each statement of a text with its verdict, the reason, and the words that decide it."""
        filters = await desk.filters(asked.filters)
        statements = gathered(desk.statements(asked.text, filters=filters))
        return JSONResponse(verification(await while_there(request, statements)))


async def _streamed(request: Request, events: AsyncGenerator[Event]) -> EventStream:
    grown = Grown()

    def frame(event: Event) -> str:
        match event:
            case Stage():
                return _frame("stage", asdict(event))
            case Rewritten(question):
                return _frame("standalone", {"standalone": question})
            case EvidenceFound(evidence):
                return _frame("evidence", {"evidence": evidence_list(evidence)})
            case TextGrown(text):
                return _frame("text", {"added": grown.added(text)})
            case Finished(answer):
                return _frame("answer", answer_object(answer))
            case HitsFound():
                return ""
        raise AssertionError(f"an event without a frame: {event}")

    return await streamed(request, events, frame, failed=_failed)


class Grown:
    """A text of which only what was added is sent."""

    def __init__(self) -> None:
        self._sent = ""

    @property
    def begun(self) -> bool:
        """Whether anything was sent."""
        return bool(self._sent)

    def added(self, text: str) -> str:
        """Return what a text has more than the one before, or that it takes its place."""
        before, self._sent = self._sent, text
        if not text.startswith(before):
            return f"\n\nWithdrawn: {text}"
        return text[len(before) :]


def _frame(name: str, value: dict) -> str:
    return f"event: {name}\ndata: {json.dumps(value)}\n\n"


def _failed(error: RagError) -> str:
    return _frame("error", {"error": " ".join(str(error).split())})

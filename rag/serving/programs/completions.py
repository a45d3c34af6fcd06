"""OpenAI's chat interface, answered from the documents: the citations come in fields of their own.

In: a conversation as OpenAI's clients send it. Out: a completion, whole or in chunks. Knows
nothing about how an answer is found; the model's name stands for the whole program.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from rag.errors import RagError
from rag.rendering import answer_object
from rag.serving.failing import error_object, failure, status_of
from rag.serving.programs.api import STREAMING, Grown
from rag.serving.programs.desk import Desk, answer_of, streamed, while_there
from rag.serving.programs.requests import Chat
from rag.serving.programs.responses import Completion, ModelList
from rag.serving.showing.cards import document_address
from rag.types import Answer, Citation, Event, Finished, Span, Stage, TextGrown

MODEL = "rag"
"""The one model there is: the whole way from the documents to a checked answer."""
_KEPT = ("evidence", "nearest", "disagreements", "missing", "standalone", "answer_id")
"""What is told as `/api/ask` tells it."""
_DONE = "data: [DONE]\n\n"


def add_completions(app: FastAPI, desk: Desk) -> None:
    """Add the routes under `/v1`."""
    started = int(time.time())
    model = {"id": MODEL, "object": "model", "created": started, "owned_by": "this machine"}

    about = {"tags": ["OpenAI"]}

    @app.get("/v1/models", summary="The models there are", response_model=ModelList, **about)
    def models() -> JSONResponse:
        """One model: the assistant over this library."""
        return JSONResponse({"object": "list", "data": [model]})

    @app.get("/v1/models/{name}", include_in_schema=False)
    def one_model(request: Request, name: str) -> JSONResponse:
        return JSONResponse(model) if name == MODEL else _no_model(request, name)

    @app.post(
        "/v1/chat/completions",
        summary="Answer a conversation",
        response_model=Completion,
        **about,
        **STREAMING,
    )
    async def completions(request: Request, asked: Chat) -> JSONResponse:
        """A completion for the last message, which is the question.

        The message has more fields than OpenAI's: `citations`, `statements` with their verdicts,
        `refusal_kind`, `evidence` and more. In a stream they are in the last
        delta. What the documents do not say is not answered, whatever a system message wants.
        """
        if asked.model != MODEL:
            return _no_model(request, asked.model)
        filters = await desk.filters(asked.filters)
        events = desk.events(asked.question, asked.turns, filters=filters)
        sending = _Sending(str(request.base_url).rstrip("/"), asked)
        if asked.stream:
            return await sending.chunks(request, events)
        return JSONResponse(sending.whole(await while_there(request, answer_of(events))))


def _no_model(request: Request, name: str) -> Response:
    line = f"There is no model {name[:60]!r} here: use {MODEL!r}."
    return failure(request, line, 404, param="model", code="model_not_found")


@dataclass(slots=True)
class _Sending:
    """One completion on its way: `base` is this server's address, for links to documents."""

    base: str
    asked: Chat
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))
    grown: Grown = field(default_factory=Grown)

    def whole(self, answer: Answer) -> dict:
        """Return the completion."""
        message = {"role": "assistant", "content": answer.text, "refusal": None}
        message |= message_fields(answer, self.base)
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        return self._object("chat.completion", [choice]) | {"usage": _usage(answer)}

    async def chunks(self, request: Request, events: AsyncGenerator[Event]) -> Response:
        """Return the completion as server-sent events."""
        return await streamed(request, events, self._frame, failed=_failed, last=_DONE)

    def _frame(self, event: Event) -> str:
        match event:
            case Stage(_, detail):
                return (
                    f": {' '.join(detail.split())}\n\n"  # a comment, which keeps a client waiting
                )
            case TextGrown(text):
                return self._said(text)
            case Finished(answer):
                return self._said(answer.text) + self._end(answer)
        return ""

    def _said(self, text: str) -> str:
        role = {} if self.grown.begun else {"role": "assistant"}  # once: clients join the words
        added = self.grown.added(text)
        return self._chunk({**role, "content": added}) if added else ""

    def _end(self, answer: Answer) -> str:
        """Return the last chunks: the citations, then how many tokens it took if that was asked."""
        options = self.asked.stream_options
        end = self._chunk(message_fields(answer, self.base), "stop")
        if not (options and options.include_usage):
            return end
        counted = self._object("chat.completion.chunk", []) | {"usage": _usage(answer)}
        return f"{end}{_data(counted)}"

    def _chunk(self, delta: dict, reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        return _data(self._object("chat.completion.chunk", [choice]))

    def _object(self, kind: str, choices: list[dict]) -> dict:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": MODEL,
            "choices": choices,
        }


def message_fields(answer: Answer, base: str) -> dict:
    """Return what a message has beside its text; `citations` of a statement count from 0."""
    said = answer_object(answer)
    cited = list(dict.fromkeys(one for each in answer.statements for one in each.citations))
    return {
        "citations": [_citation(one, base) for one in cited],
        "statements": [
            {
                "text": one.text,
                "verdict": one.verdict,
                "reason": one.reason,
                "citations": [cited.index(citation) for citation in one.citations],
            }
            for one in answer.statements
        ],
        "refusal_kind": answer.refusal,
        **{name: said[name] for name in _KEPT},
    }


def _citation(citation: Citation, base: str) -> dict:
    document = citation.document
    place = Span(citation.start, citation.end)
    return {
        "number": citation.number,
        "quote": citation.quote,
        "publisher": document.publisher and document.publisher.value,
        "published": document.published and document.published.value,
        "title": document.title and document.title.value,
        "document_id": document.document_id,
        "page": citation.page,
        "start": citation.start,
        "end": citation.end,
        "link": base + document_address(document.document_id, place),
    }


def _usage(answer: Answer) -> dict:
    read, written = answer.timings.prompt_tokens, answer.timings.answer_tokens
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _data(value: dict) -> str:
    return f"data: {json.dumps(value)}\n\n"


def _failed(error: RagError) -> str:
    return _data(error_object(" ".join(str(error).split()), status_of(error)))

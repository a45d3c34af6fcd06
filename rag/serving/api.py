"""The interface for programs: search, ask and what there is to filter by, as JSON.

In: requests. Out: the objects that `rag search --json` and `rag ask --json` print, or
`{"error": one line}` with a status of 400 and more. Knows nothing about pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from rag.errors import InputError, RagError, UsageError
from rag.filtering import Wish
from rag.rendering import answer_object, choices_object, search_results
from rag.serving.chat import Answering
from rag.types import Finished, Turn

MOST_HITS = 1000
LONGEST_BODY = 1_000_000  # bytes
_NAMES = {  # how a request calls the fields of a wish
    "publisher": "publishers",
    "language": "languages",
    "document": "documents",
    "folder": "folders",
}
_DATES = ("after", "before", "as_of")
_FILTERS = (*_NAMES, *_DATES)


def add_api(app: FastAPI, assistant: Answering) -> None:
    """Add the routes under `/api`."""

    @app.get("/api/filters")
    def filters() -> Response:
        return _told(lambda: choices_object(assistant.choices()))

    @app.get("/api/search")
    def search(request: Request) -> Response:
        return _told(lambda: _search(assistant, request))

    @app.post("/api/ask")
    async def ask(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        # What another site's page may send unasked is never of this type.
        if kind != "application/json":
            return _error("Send the question as application/json.", 415)
        body = await _body(request)
        if body is None:
            return _error(f"A request has at most {LONGEST_BODY:,} bytes.", 413)
        return await run_in_threadpool(_told, lambda: _ask(assistant, body))


def _told(make: Callable[[], dict]) -> Response:
    """Return what is made as JSON, an error of ours as one line."""
    try:
        return JSONResponse(make())
    except RagError as error:
        known = isinstance(error, InputError | UsageError)
        return _error(str(error), 400 if known else 409)


def _error(line: str, status: int) -> Response:
    return JSONResponse({"error": " ".join(line.split())}, status)


def _search(assistant: Answering, request: Request) -> dict:
    asked = request.query_params
    _expect_only(asked, ("question", "k", *_FILTERS))
    wish = {name: asked.getlist(name) for name in _NAMES}
    filters = assistant.filters(_wish(wish | {name: asked.get(name, "") for name in _DATES}))
    hits = assistant.search(
        asked.get("question", ""), _limit(asked.get("k", "10")), filters=filters
    )
    return search_results(hits, assistant.sources(hits), assistant.narrowing(filters))


def _ask(assistant: Answering, body: bytes) -> dict:
    asked = _object(body)
    _expect_only(asked, ("question", "history", "filters"))
    given = asked.get("filters") or {}
    if not isinstance(given, dict):
        raise UsageError('"filters" is an object, as in {"publisher": ["TASS"], "after": "2026"}.')
    _expect_only(given, _FILTERS)
    filters = assistant.filters(_wish(given))
    turns = [_turn(one) for one in _listed(asked.get("history") or [], "history")]
    for event in assistant.stream(
        _text(asked.get("question", ""), "question"), turns, filters=filters
    ):
        if isinstance(event, Finished):
            return answer_object(event.answer)
    raise AssertionError("a stream ends with Finished")


async def _body(request: Request) -> bytes | None:
    """Return the body of a request, None when it is too long to be read."""
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > LONGEST_BODY:
            return None
    return bytes(read)


def _object(body: bytes) -> dict:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError('Send one JSON object, as in {"question": "Which dam held?"}.')
    return found


def _wish(given: Mapping[str, object]) -> Wish:
    names = {
        field: tuple(_text(one, name) for one in _listed(given.get(name) or [], name))
        for name, field in _NAMES.items()
    }
    return Wish(**names, **{name: _text(given.get(name) or "", name) for name in _DATES})


def _turn(value: object) -> Turn:
    if not isinstance(value, dict) or value.get("role") not in ("user", "assistant"):
        raise UsageError(
            'Each turn of "history" is an object, as in {"role": "user", "content": "Which dam?"}.'
        )
    return Turn(value["role"], _text(value.get("content"), "content"))


def _listed(value: object, name: str) -> list:
    if isinstance(value, str) and name in _NAMES:
        return [value]
    if not isinstance(value, list):
        raise UsageError(f'"{name}" is a list.')
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f'"{name}" is text in quotes.')
    return value


def _limit(words: str) -> int:
    if not (words.isascii() and words.isdecimal() and 1 <= int(words[:9]) <= MOST_HITS):
        raise UsageError(f'"k" is a number from 1 to {MOST_HITS:,}.')
    return int(words)


def _expect_only(given: Mapping[str, object], known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            raise UsageError(f"There is no {name[:60]!r} here. Known: {', '.join(known)}.")

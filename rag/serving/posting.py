"""What routes that change something share: they take JSON from this page alone.

In: requests. Out: what an act returns as JSON, or `{"error": one line}`. Knows nothing about
what is changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool

from rag.errors import InputError, RagError, UsageError
from rag.serving.bodies import body, kind_of

_LONGEST = 100_000  # bytes


async def posted(request: Request, act: Callable[[dict], dict]) -> Response:
    """Return what `act` makes of the JSON object that was sent."""
    # What another site's page may send unasked is never of this type.
    if kind_of(request) != "application/json":
        return failed("Send application/json.", 415)
    sent = await body(request, most=_LONGEST)
    if sent is None:
        return failed(f"A request has at most {_LONGEST:,} bytes.", 413)
    try:
        given = json.loads(sent)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        return failed("Send one JSON object.", 400)
    return await run_in_threadpool(told, lambda: JSONResponse(act(given)))


def told(make: Callable[[], Response]) -> Response:
    """Return what is made; an error of ours as one line."""
    try:
        return make()
    except RagError as error:
        return failed(str(error), 400 if isinstance(error, InputError | UsageError) else 409)


def fragment(make: Callable[[], str]) -> Response:
    """Return a piece of HTML, which is never kept; an error of ours as one line."""
    return told(lambda: HTMLResponse(make(), headers={"Cache-Control": "no-store"}))


def failed(line: str, status: int) -> Response:
    """Return an error as one line."""
    return JSONResponse({"error": " ".join(line.split())}, status)


def text(given: dict, name: str) -> str:
    """Return a value that has to be text; raises UsageError."""
    value = given.get(name)
    if not isinstance(value, str):
        raise UsageError(f'"{name}" is text in quotes.')
    return value

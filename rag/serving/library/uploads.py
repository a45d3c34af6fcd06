"""Files that the page sends: `POST /api/library/upload?name=…`, one file a request.

In: a request whose body is the file, as application/octet-stream. Out: `{"file", "state"}`, or
`{"error": one line}`. It is written as it arrives and is on the disk before it is reported;
what breaks off leaves nothing. Knows nothing about what is in a file.
"""

from __future__ import annotations

from contextlib import closing

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from rag.errors import DiskFull, RagError
from rag.serving.bodies import kind_of
from rag.serving.library.librarian import Keeping
from rag.serving.posting import failed

_LONGEST_NAME = 4000
_AT_ONCE = 1 << 20  # bytes that are written together


def add_uploads(app: FastAPI, library: Keeping) -> None:
    """Add the route."""

    @app.post("/api/library/upload")
    async def upload(request: Request, name: str = "") -> Response:
        # What another site's page may send unasked is never of this type.
        if kind_of(request) != "application/octet-stream":
            return failed("Send the file itself, as application/octet-stream.", 415)
        if not name or len(name) > _LONGEST_NAME:
            return failed("Say what the file is called: ?name=report.pdf", 400)
        try:
            return JSONResponse(await _received(request, library, name))
        except DiskFull as error:
            return failed(str(error), 507)
        except RagError as error:
            return failed(str(error), 400)
        except ClientDisconnect:
            return failed("The upload was broken off.", 400)


async def _received(request: Request, library: Keeping, name: str) -> dict:
    """Return where the file is now; the reading of it is under way or will be."""
    arrival = await run_in_threadpool(library.arrival, name, _size(request))
    with closing(arrival):
        waiting = bytearray()
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= _AT_ONCE:
                await run_in_threadpool(arrival.write, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(arrival.write, bytes(waiting))
        path, known = await run_in_threadpool(arrival.finish)
    library.arrived()
    return {"file": library.name_of(path), "state": "duplicate" if known else "saved"}


def _size(request: Request) -> int:
    """Return how many bytes the sender says there are, 0 for unknown."""
    words = request.headers.get("content-length", "")
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 19 else 0

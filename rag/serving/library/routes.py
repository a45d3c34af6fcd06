"""The routes of the library tab: pieces of the page, what is pressed, and a run's progress.

In: a librarian. Out: HTML, JSON, and a stream of events that speaks only when something
happens. Knows nothing about how a library is kept.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from rag.errors import UsageError
from rag.librarian.keeping import SET_HERE
from rag.serving.library.details import details_html, passages_html
from rag.serving.library.job import job_html, job_words
from rag.serving.library.librarian import Keeping
from rag.serving.library.listing import folders_html, list_html
from rag.serving.library.uploads import add_uploads
from rag.serving.posting import fragment, posted, text
from rag.storing.listing import ORDERS, STATES, Wanted

_CALM = 0.2  # seconds between two events
_MOST_NAMED = 500


def add_library(app: FastAPI, library: Keeping, *, local: bool) -> None:
    """Add the routes; folders of this machine can be named only where it serves itself alone."""
    _add_pieces(app, library)
    _add_acts(app, library, local=local)
    add_uploads(app, library)

    @app.get("/library/events")
    async def events() -> Response:
        return StreamingResponse(
            _events(library),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _add_pieces(app: FastAPI, library: Keeping) -> None:
    @app.get("/library/list")
    def listed(request: Request) -> Response:
        wanted = _wanted(request)
        return fragment(lambda: list_html(library.listed(wanted), library.counts(), library.sent))

    @app.get("/library/folders")
    def folders() -> Response:
        return fragment(lambda: folders_html(library.folders()))

    @app.get("/library/document/{document_id}")
    def details(document_id: str) -> Response:
        return fragment(lambda: details_html(library.details(document_id)))

    @app.get("/library/document/{document_id}/passages")
    def passages(document_id: str, page: str = "1") -> Response:
        return fragment(lambda: passages_html(library.details(document_id), _number(page)))


def _add_acts(app: FastAPI, library: Keeping, *, local: bool) -> None:
    acts: dict[str, Callable[[dict], object]] = {
        "index": lambda _: library.reindex(),
        "stop": lambda _: library.stop(),
        "remove": lambda given: library.remove(text(given, "file")),
        "restore": lambda given: library.restore(text(given, "file")),
        "folders": lambda given: _add_folder(library, given, local=local),
        "folders/remove": lambda given: library.remove_folder(text(given, "folder")),
        "correct": lambda given: _correct(library, given),
    }

    def add(name: str, act: Callable[[dict], object]) -> None:
        @app.post(f"/api/library/{name}", name=f"library {name}")
        async def done(request: Request) -> Response:
            return await posted(request, lambda given: _done(act, given))

    for name, act in acts.items():
        add(name, act)

    @app.post("/api/library/uploaded")
    async def uploaded(request: Request) -> Response:
        return await posted(request, lambda given: _uploaded(library, given))


def _add_folder(library: Keeping, given: dict, *, local: bool) -> None:
    if not local:
        raise UsageError(
            "This chat serves other machines too, and names no folders of its own: add the "
            "folder there, with: rag index FOLDER"
        )
    library.add_folder(text(given, "folder"))


def _correct(library: Keeping, given: dict) -> None:
    facts = given.get("facts")
    if not isinstance(facts, dict) or not facts or not set(facts) <= set(SET_HERE):
        raise UsageError(f'"facts" is an object with some of {", ".join(SET_HERE)}.')
    library.correct(text(given, "document"), {name: text(facts, name) for name in facts})


def _uploaded(library: Keeping, given: dict) -> dict:
    files = given.get("files")
    if not isinstance(files, list) or not all(isinstance(one, str) for one in files):
        raise UsageError('"files" is a list of names.')
    found = library.uploaded(files[:_MOST_NAMED])
    return {"files": {name: list(state) for name, state in found.items()}}


def _wanted(request: Request) -> Wanted:
    asked = request.query_params
    order, state = asked.get("order", ""), asked.get("state", "")
    return Wanted(
        words=tuple(asked.get("words", "")[:500].split()[:20]),
        state=state if state in STATES else "",
        order=order if order in ORDERS else "path",
        falling=asked.get("falling") == "1",
        page=_number(asked.get("page", "1")),
    )


def _number(words: str) -> int:
    return int(words) if words.isascii() and words.isdecimal() and len(words) < 9 else 1


async def _events(library: Keeping) -> AsyncIterator[str]:
    """Yield the run as it stands, and again after each change, at most some times a second."""
    loop, changed = asyncio.get_running_loop(), asyncio.Event()
    with library.watched(lambda: _call(loop, changed)):
        while True:
            changed.clear()
            yield f"data: {json.dumps(await run_in_threadpool(_state, library))}\n\n"
            await changed.wait()
            await asyncio.sleep(_CALM)


def _call(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(changed.set)


def _state(library: Keeping) -> dict:
    job = library.job
    return {
        "number": job.number if job else 0,
        "running": bool(job and job.running),
        "words": job_words(job),
        "html": job_html(job),
    }


def _done(act: Callable[[dict], object], given: dict) -> dict:
    act(given)
    return {"done": True}

"""The page's own routes for conversations: ask, stop, follow, list, rename, remove.

In: requests, with the person who signed in, if somebody did. Out: `{"error": one line}` where
something is wrong, the list as HTML, and news of a conversation as server-sent events. Knows
nothing about how answers come about.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Annotated

from fastapi import Body, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.concurrency import run_in_threadpool

from rag.errors import RagError
from rag.filtering import Wish
from rag.serving.talking.chat import Chat
from rag.serving.talking.conversation import Conversation
from rag.serving.talking.following import Follower
from rag.serving.talking.limits import panel_title
from rag.serving.talking.shelf import shelf

PAUSE = 0.04
"""Seconds for which changes are gathered into one piece of news: 25 pictures a second is plenty."""
TICK = 1.0
"""Seconds after which the clock of an answer under way is told anew."""
SILENCE = 15.0
"""Seconds after which a quiet connection is used, so that a page that went away is noticed."""

_Name = Annotated[str, StringConstraints(max_length=500)]
_Names = Annotated[tuple[_Name, ...], Field(max_length=200)]


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Filtered(_Given):
    """What the filter panel holds."""

    publishers: _Names = ()
    languages: _Names = ()
    documents: _Names = ()
    after: _Name = ""
    before: _Name = ""

    def wish(self) -> Wish:
        """Return it as a wish."""
        return Wish(**self.model_dump())


class Question(_Given):
    """A question, in place of the exchange `instead` if that is the last."""

    question: Annotated[str, StringConstraints(max_length=100_000)]
    filters: Filtered = Field(default_factory=Filtered)
    instead: int | None = None


class Title(_Given):
    """A title for a conversation."""

    title: Annotated[str, StringConstraints(max_length=1000)]


class Words(_Given):
    """The name of a filter, as `data-filter` gives it."""

    filter: Annotated[str, StringConstraints(max_length=2000)]


def person_of(request: Request) -> str:
    """Return who signed in, "" where nobody does."""
    return str(request.scope.get("state", {}).get("person") or "")


def add_conversations(app: FastAPI, chat: Chat) -> None:
    """Add the routes under `/conversations` and `/conversation`."""
    _add_list(app, chat)
    _add_questions(app, chat)

    @app.get("/conversation/{name}/events", include_in_schema=False)
    async def events(name: str, request: Request) -> Response:
        try:
            found = await run_in_threadpool(chat.opened, person_of(request), name)
        except RagError as error:
            return _error(error, 404)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_news(found), media_type="text/event-stream", headers=headers)


def _add_list(app: FastAPI, chat: Chat) -> None:
    @app.get("/conversations", include_in_schema=False)
    def conversations(request: Request, search: str = "", current: str = "") -> Response:
        try:
            found = chat.listed(person_of(request), search[:500])
        except RagError as error:
            return _error(error, 409)
        return HTMLResponse(shelf(found, searched=search, current=current))

    @app.post("/conversations/narrowed", include_in_schema=False)
    def narrowed(given: Annotated[Filtered, Body()]) -> Response:
        wish = given.wish()
        return JSONResponse({"title": panel_title(wish), "line": chat.narrowed(wish)})

    @app.post("/conversation/{name}/rename", include_in_schema=False)
    def rename(name: str, request: Request, given: Annotated[Title, Body()]) -> Response:
        return _done(request, lambda: chat.rename(person_of(request), name, given.title))

    @app.post("/conversation/{name}/remove", include_in_schema=False)
    def remove(name: str, request: Request) -> Response:
        return _done(request, lambda: chat.remove(person_of(request), name))

    @app.post("/conversation/{name}/restore", include_in_schema=False)
    def restore(name: str, request: Request) -> Response:
        return _done(request, lambda: chat.restore(person_of(request), name))


def _add_questions(app: FastAPI, chat: Chat) -> None:
    @app.post("/conversation/{name}/ask", include_in_schema=False)
    def ask(name: str, request: Request, given: Annotated[Question, Body()]) -> Response:
        def asked() -> None:
            conversation = chat.begun(person_of(request), name)
            wish = given.filters.wish()
            if not chat.ask(conversation, given.question, wish, instead=given.instead):
                raise RagError("One question at a time: stop this answer, or wait for it.")

        return _done(request, asked)

    @app.post("/conversation/{name}/again", include_in_schema=False)
    def again(name: str, request: Request) -> Response:
        return _done(request, lambda: chat.ask_again(chat.opened(person_of(request), name)))

    @app.post("/conversation/{name}/without", include_in_schema=False)
    def without(name: str, request: Request, given: Annotated[Words, Body()]) -> Response:
        def asked() -> None:
            chat.ask_without(chat.opened(person_of(request), name), given.filter)

        return _done(request, asked)

    @app.post("/conversation/{name}/stop", include_in_schema=False)
    def stop(name: str, request: Request) -> Response:
        return _done(request, lambda: chat.stop(chat.opened(person_of(request), name)))


def _done(request: Request, change: Callable[[], None]) -> Response:
    """Return that something was done, an error of ours as one line."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":  # what another site's page may send unasked is never of this
        return JSONResponse({"error": "Send application/json."}, 415)
    try:
        change()
    except RagError as error:
        return _error(error, 409)
    return JSONResponse({})


def _error(error: RagError, status: int) -> Response:
    return JSONResponse({"error": " ".join(str(error).split())}, status)


async def _news(conversation: Conversation) -> AsyncIterator[str]:
    """Yield a conversation as it is, then each change of it, as server-sent events."""
    follower, changed = Follower(conversation), asyncio.Event()
    loop = asyncio.get_running_loop()

    def tell() -> None:
        with suppress(RuntimeError):  # the server has ended
            loop.call_soon_threadsafe(changed.set)

    with conversation.watched(tell):
        yield "retry: 1000\n\n"
        while True:
            changed.clear()
            news = await run_in_threadpool(follower.news)
            yield f"data: {news}\n\n" if news else ": still here\n\n"
            await asyncio.sleep(PAUSE)
            with suppress(TimeoutError):
                seconds = TICK if conversation.working else SILENCE
                await asyncio.wait_for(changed.wait(), seconds)

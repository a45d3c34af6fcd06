"""What programs ask of an assistant, without blocking the server: one thing at a time.

In: an assistant, whose work is done in threads. Out: its events as they come, for routes and
tools to await. A program that goes away stops the work that was done for it. Knows nothing
about the form in which anything is sent.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Sequence
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from anyio import CancelScope, create_task_group
from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Send

from rag.errors import RagError
from rag.rendering import search_results
from rag.serving.failing import FAULT
from rag.serving.programs.requests import FilterBy, Search
from rag.serving.talking.chat import Answering
from rag.types import Answer, Event, Filters, Statement, Turn

T = TypeVar("T")


class Assisting(Answering, Protocol):
    """What programs need of an assistant: what the page needs, and the checking of any text."""

    def verify(self, text: str, *, filters: Filters | None = None) -> Generator[Statement]:
        """Yield the statements of a text, each checked; raises RagError."""
        ...


class Opening:
    """Stands for an assistant until it is open: whoever uses it waits for that, in a thread.

    What prevents it from being opened is raised at each use, which tries again.
    """

    def __init__(self, open_assistant: Callable[[], Assisting]) -> None:
        self._open = open_assistant
        self._lock = threading.Lock()
        self._assistant: Assisting | None = None

    def begin(self) -> None:
        """Open the assistant now, so that it is there when it is used."""
        with suppress(RagError):  # who uses it is told
            self._ready()

    def _ready(self) -> Assisting:
        with self._lock:
            if self._assistant is None:
                self._assistant = self._open()
            return self._assistant

    def __getattr__(self, name: str) -> object:
        return getattr(self._ready(), name)


class Desk:
    """Takes the work of programs in order of arrival: one answer and one check at a time.

    Who waits here holds no thread, so that any number may wait.
    """

    def __init__(self, assistant: Assisting) -> None:
        self.assistant = assistant
        self._answering = asyncio.Semaphore(1)
        self._verifying = asyncio.Semaphore(1)

    async def filters(self, given: FilterBy | None) -> Filters:
        """Return the filters that were meant; raises InputError and UsageError."""
        wish = (given or FilterBy()).wish
        return await run_sync(lambda: self.assistant.filters(wish))

    async def search(self, given: Search) -> dict:
        """Return what `rag search --json` prints; raises RagError."""

        def found() -> dict:
            assistant, filters = self.assistant, self.assistant.filters(given.wish)
            hits = assistant.search(given.question, given.k, filters=filters)
            return search_results(hits, assistant.sources(hits), assistant.narrowing(filters))

        return await run_sync(found)

    def events(
        self, question: str, history: Sequence[Turn] = (), *, filters: Filters | None = None
    ) -> AsyncGenerator[Event]:
        """Yield the events of answering; closing the generator stops it; raises RagError."""

        def start() -> Generator[Event]:
            return self.assistant.stream(question, history, filters=filters)

        return _each(start, self._answering)

    def statements(self, text: str, *, filters: Filters | None = None) -> AsyncGenerator[Statement]:
        """Yield the statements of a text, each checked; closing it stops; raises RagError."""
        return _each(lambda: self.assistant.verify(text, filters=filters), self._verifying)


async def answer_of(events: AsyncGenerator[Event]) -> Answer:
    """Return the answer that events end with."""
    *_, last = await gathered(events)
    return last.answer


async def gathered(items: AsyncGenerator[T]) -> list[T]:
    """Return all items."""
    async with aclosing(items):
        return [item async for item in items]


@dataclass(frozen=True, slots=True)
class _End:
    """What comes after the last item, with what went wrong."""

    error: Exception | None = None


async def _each(start: Callable[[], Generator[T]], turn: asyncio.Semaphore) -> AsyncGenerator[T]:
    """Yield what a generator yields, which runs in a thread once it is its turn.

    It runs as fast as it can: a program that is slow to read keeps nobody else waiting.
    """
    arrived: asyncio.Queue[T | _End] = asyncio.Queue()
    loop, stopped = asyncio.get_running_loop(), threading.Event()

    def put(item: T | _End) -> None:
        loop.call_soon_threadsafe(arrived.put_nowait, item)

    await turn.acquire()
    running = asyncio.ensure_future(run_sync(_forward, start, put, stopped))
    running.add_done_callback(lambda _: turn.release())
    try:
        while not isinstance(item := await arrived.get(), _End):
            yield item
    finally:
        stopped.set()
    if item.error:
        raise item.error


def _forward(
    start: Callable[[], Generator[T]], put: Callable[[T | _End], None], stopped: threading.Event
) -> None:
    """Hand over what a generator yields, and its end; it is closed when that was asked for."""
    try:
        with closing(start()) as stream:
            for item in stream:
                if stopped.is_set():
                    return
                put(item)
    except Exception as error:
        put(_End(error))  # to be raised where the items are read
    else:
        put(_End())


async def while_there(request: Request, work: Awaitable[T]) -> T:
    """Return what work returns; it is cancelled and ClientDisconnect raised when nobody waits."""
    done: list[T] = []
    failed: Exception | None = None
    async with create_task_group() as group:
        group.start_soon(_left, request, group.cancel_scope)
        try:
            done.append(await work)
        except Exception as error:
            failed = error  # raised below: a task group would wrap it
        group.cancel_scope.cancel()
    if failed:
        raise failed
    if not done:
        raise ClientDisconnect
    return done[0]


async def _left(request: Request, work: CancelScope) -> None:
    """Cancel work when the program at the other end has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    work.cancel()


class EventStream(StreamingResponse):
    """Server-sent events, whose source is closed as soon as nobody listens."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[str]) -> None:
        super().__init__(frames, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})

    async def stream_response(self, send: Send) -> None:
        """Send the frames."""
        async with aclosing(self.body_iterator):
            await super().stream_response(send)


async def streamed(
    request: Request,
    items: AsyncGenerator[T],
    frames: Callable[[T], str],
    *,
    failed: Callable[[RagError], str],
    last: str = "",
) -> EventStream:
    """Return items as frames; what fails before the first one is raised, later on it is a frame."""
    first = await while_there(request, anext(items))

    async def written() -> AsyncIterator[str]:
        async with aclosing(items):
            yield frames(first)
            try:
                async for item in items:
                    yield frames(item)
            except RagError as error:
                yield failed(error)
            except Exception:
                logging.getLogger(__name__).exception("While answering a program:")
                yield failed(RagError(FAULT))
            yield last

    return EventStream(written())

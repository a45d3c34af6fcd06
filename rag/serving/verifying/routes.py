"""Checks a text for the page, statement by statement, as a stream of JSON lines.

In: a text and filters. Out: first the text with its statements marked, then a line for each
statement with its verdict and card, as they come. Knows nothing about how they are checked.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from rag.errors import InputError, RagError, UsageError
from rag.factchecking import stated
from rag.filtering import Wish, nothing_left
from rag.footnoting import Note, footnote
from rag.markdown import escaped, paragraph
from rag.rendering import verification
from rag.serving.bodies import sent
from rag.serving.pace import pace
from rag.serving.showing.verdicts import word
from rag.serving.verifying.page import card, mark, marked
from rag.types import Citation, Filters, Narrowing, Statement

_FAULT = "Something went wrong inside the program; the terminal it runs in says what."


class Verifying(Protocol):
    """What the tab needs of an assistant."""

    def verify(self, text: str, *, filters: Filters | None = None) -> Iterator[Statement]:
        """Yield the statements of a text as `factchecking.stated` finds them; raises RagError."""
        ...

    def filters(self, wish: Wish) -> Filters:
        """Return the filters that a person's words mean; raises RagError."""
        ...

    def narrowing(self, filters: Filters) -> list[Narrowing]:
        """Return what each filter leaves, each after those before it."""
        ...


class Asked(BaseModel):
    """A text to check, and the filters as they were typed in."""

    text: str
    publishers: list[str] = []
    languages: list[str] = []
    documents: list[str] = []
    after: str = ""
    before: str = ""

    def wish(self) -> Wish:
        """Return the filters as a wish."""
        return Wish(
            publishers=tuple(self.publishers),
            languages=tuple(self.languages),
            documents=tuple(self.documents),
            after=self.after,
            before=self.before,
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """The first line: the whole text as HTML, and how many statements it has."""

    text: str
    of: int


@dataclass(frozen=True, slots=True)
class Checked:
    """The line of one statement.

    `statement` is what `rag verify --json` prints of it, `markdown` a paragraph and `notes` its
    footnotes; `pace` says in words how far the whole text is.
    """

    number: int
    verdict: str
    mark: str
    card: str
    pace: str
    statement: dict
    markdown: str
    notes: list[str]


@dataclass(frozen=True, slots=True)
class Failed:
    """The last line where something went wrong."""

    error: str


def add_verifying(app: FastAPI, assistant: Verifying) -> None:
    """Add the route that the Verify tab reads from."""
    turn = threading.Lock()

    @app.post("/verify/run")
    async def run(request: Request) -> Response:
        try:
            asked = await sent(request, Asked)
        except UsageError as error:
            return JSONResponse({"error": str(error)}, 400)
        lines = (f"{json.dumps(asdict(line))}\n" for line in checked(assistant, asked, turn))
        headers = {"Cache-Control": "no-store"}
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


def checked(
    assistant: Verifying, asked: Asked, turn: threading.Lock
) -> Iterator[Begun | Checked | Failed]:
    """Yield the lines of one text; `turn` is held for a statement, so that texts take turns."""
    try:
        yield from _lines(assistant, asked, turn)
    except RagError as error:
        yield Failed(str(error))
    except Exception:
        logging.getLogger(__name__).exception("While verifying:")
        yield Failed(_FAULT)


def _lines(assistant: Verifying, asked: Asked, turn: threading.Lock) -> Iterator[Begun | Checked]:
    text, spans = stated(asked.text)
    statements = assistant.verify(asked.text, filters=_filters(assistant, asked.wish()))
    yield Begun(marked(text, spans), len(spans))
    notes: list[str] = []
    began = time.monotonic()
    for number in range(1, len(spans) + 1):
        with turn:
            statement = next(statements, None)
        if statement is None:
            return
        how = pace(number, len(spans), "statement", seconds=time.monotonic() - began)
        yield _line(statement, notes, number, len(spans), how)


def _filters(assistant: Verifying, wish: Wish) -> Filters:
    """Return the filters that hold. Raises InputError where they leave no document."""
    filters = assistant.filters(wish)
    told = nothing_left(assistant.narrowing(filters))
    if told:
        raise InputError(told)
    return filters


def _line(statement: Statement, notes: list[str], number: int, of: int, how: str) -> Checked:
    known = len(notes)
    return Checked(
        number=number,
        verdict=statement.verdict,
        mark=mark(statement),
        card=card(statement, number, of),
        pace=how,
        statement=verification([statement])["statements"][0],
        markdown=_markdown(statement, notes),
        notes=notes[known:],
    )


def _markdown(statement: Statement, notes: list[str]) -> str:
    """Return a statement as a paragraph, its footnotes added to those so far."""
    marks = []
    for citation in statement.citations:
        number = len(notes) + 1
        notes.append(footnote(_note(citation, number)))
        marks.append(f"[^{number}]")
    told = " ".join(filter(None, (f"**{word(statement.verdict)}.**", escaped(statement.reason))))
    return f"{paragraph(statement.text)}{''.join(marks)} — {told}"


def _note(citation: Citation, number: int) -> Note:
    document = citation.document
    facts = (document.publisher, document.published, document.title)
    publisher, published, title = (fact.value if fact else None for fact in facts)
    return Note(
        number=number,
        quote=citation.quote,
        publisher=publisher,
        published=published,
        title=title,
        path=document.path,
        page=citation.page,
        document_id=document.document_id,
    )

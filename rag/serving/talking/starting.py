"""What a page needs of the library before anything is asked, and when the library has changed.

In: an assistant. Out: HTML of the questions to start with, and a route that says them and the
number of documents anew.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from rag.serving.markup import counted, escaped
from rag.serving.talking.chat import Answering


def starters(questions: Sequence[str]) -> str:
    """Return questions as HTML, a button for each, that ask themselves."""
    items = (
        f'<li><button type="button" data-do="ask" dir="auto">{escaped(question)}</button></li>'
        for question in questions
    )
    return f'<ul id="starters" aria-label="Questions to start with">{"".join(items)}</ul>'


def add_start(app: FastAPI, assistant: Answering) -> None:
    """Add the route that says what the library is like now."""

    @app.get("/start", include_in_schema=False)
    def start() -> Response:
        documents = counted(assistant.choices().documents, "document")
        return JSONResponse(
            {"documents": documents, "starters": starters(assistant.example_questions())}
        )

"""The routes of documents: their list, their pages, and pictures of the pages of a PDF.

In: requests. Out: plain pages and PNG files. Only documents that the library or its log knows are
looked up, by their id: no path comes in from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from rag.errors import InputError
from rag.picturing import Pictured
from rag.recording import Place
from rag.serving.documents.pages import document_page, documents_page, missing_page, recalled_page
from rag.serving.documents.paging import pager
from rag.types import Document, Span

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What a plain page may do: it runs no script at all."""


class Opening(Protocol):
    """What the pages of documents need of an assistant."""

    def documents(self) -> list[Document]:
        """Return every document."""
        ...

    def document(self, document_id: str) -> Document:
        """Return one document; raises InputError for an unknown id."""
        ...

    def recalled(self, document_id: str) -> Document | None:
        """Return what answers kept of a document that is no longer there, None for nothing."""
        ...

    def cited(self, answer_id: str) -> Sequence[Place]:
        """Return the places that a logged answer cites, in order; none for an unknown answer."""
        ...

    def pictured(self, document: Document, cited: Span | None) -> Pictured:
        """Return the sheets of a PDF, the cited lines marked, or why there are none."""
        ...

    def picture(self, document: Document, page: int) -> bytes:
        """Return a page of a PDF as PNG; raises InputError where there is none."""
        ...


def add_documents(app: FastAPI, assistant: Opening) -> None:
    """Add the routes under `/document`."""

    @app.get("/documents")
    def documents() -> Response:
        return plain(documents_page(assistant.documents()))

    @app.get("/document/{document_id}")
    def document(request: Request, document_id: str) -> Response:
        asked = request.query_params
        cited = _span(asked.get("start", ""), asked.get("end", ""))
        places = assistant.cited(asked["answer"]) if asked.get("answer") else ()
        turning = pager(places, document_id, cited, asked.get("answer", ""))
        try:
            found = assistant.document(document_id)
        except InputError:
            return _recalled(assistant.recalled(document_id), cited, turning)
        pictured = assistant.pictured(found, cited)
        return plain(document_page(found, cited, pictured=pictured, turning=turning))

    @app.get("/document/{document_id}/page/{number}.png")
    def picture(document_id: str, number: str) -> Response:
        if not (number.isascii() and number.isdecimal() and len(number) < 6):
            return plain(missing_page(), status=404)
        try:
            data = assistant.picture(assistant.document(document_id), int(number))
        except InputError as error:
            return Response(str(error), 404, media_type="text/plain")
        # The id is made of the file's bytes: the picture under this address never changes.
        kept = {"Cache-Control": "private, max-age=86400", "Content-Security-Policy": POLICY}
        return Response(data, media_type="image/png", headers=kept)


def plain(page: str, *, status: int = 200) -> Response:
    """Return a page of plain HTML, which may run nothing."""
    return HTMLResponse(page, status, headers={"Content-Security-Policy": POLICY})


def _recalled(document: Document | None, cited: Span | None, turning: str) -> Response:
    """Return the page of a document that left the library, as far as answers kept it."""
    if document is None:
        return plain(missing_page(), status=404)
    return plain(recalled_page(document, cited, turning=turning))


def _span(start: str, end: str) -> Span | None:
    """Return the span that two words of an address name; None unless both are whole numbers."""
    try:
        return Span(int(start), int(end))
    except ValueError:
        return None

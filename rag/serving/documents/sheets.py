"""The pages of a PDF as HTML: the picture of each with its marked lines, beside it its text.

In: a document and its sheets. Out: HTML strings. Pictures are fetched when they come into view.
"""

from __future__ import annotations

from urllib.parse import quote

from rag.picturing import Pictured, Sheet
from rag.serving.markup import attribute
from rag.serving.showing.marking import marked_part
from rag.types import Document, Span


def sheets(document: Document, pictured: Pictured, cited: Span | None) -> str:
    """Return all pages of a document that has sheets."""
    pairs = zip(document.pages, pictured.sheets, strict=False)
    return "".join(_sheet(document, n, *pair, cited) for n, pair in enumerate(pairs, 1))


def _sheet(document: Document, number: int, page: Span, sheet: Sheet, cited: Span | None) -> str:
    language = document.language.value if document.language else ""
    return (
        f'<section class="sheet" id="page-{number}" aria-labelledby="page-{number}-title">'
        f'<h2 id="page-{number}-title">Page {number}</h2>{_picture(document, number, sheet)}'
        f'<div class="text" dir="auto" lang="{attribute(language)}">'
        f"{marked_part(document, page, cited)}</div></section>"
    )


def _picture(document: Document, number: int, sheet: Sheet) -> str:
    """Return a picture in the size of its page; the drawing over it has that size and the marks."""
    address = f"/document/{quote(document.document_id, safe='')}/page/{number}.png"
    marked = ", the cited lines marked" if sheet.marks else ""
    marks = "".join(
        f'<rect x="{one.x - 2:.1f}" y="{one.y - 1.5:.1f}" rx="2"'
        f' width="{one.width + 4:.1f}" height="{one.height + 3:.1f}"/>'
        for one in sheet.marks
    )
    return (
        f'<a class="picture" href="{attribute(address)}" target="_blank" rel="noopener"'
        f' title="Open the picture alone"><img loading="lazy" decoding="async"'
        f' src="{attribute(address)}" alt="Page {number} of the PDF{marked}">'
        f'<svg viewBox="0 0 {sheet.width:.1f} {sheet.height:.1f}" aria-hidden="true">'
        f'<rect class="edge" width="{sheet.width:.1f}" height="{sheet.height:.1f}"/>{marks}</svg>'
        '<span class="spoken">, in a new tab</span></a>'
    )

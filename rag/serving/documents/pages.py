"""Whole pages of plain HTML, without a script: a document, the list of documents, "not found".

In: documents. Out: HTML strings. Knows nothing about FastAPI.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from rag.picturing import Pictured
from rag.serving.documents.sheets import sheets
from rag.serving.markup import (
    attribute,
    counted,
    day,
    day_in_words,
    escaped,
    merged,
    publisher,
)
from rag.serving.showing.marking import clamped, has_furniture, marked_part, marked_text
from rag.types import Document, Fact, Span

__all__ = ["document_page", "documents_page", "marked_text", "missing_page", "recalled_page"]

_BARE = Pictured()
"""No pictures, and no reason to give: the document is no PDF."""
_LONGEST_TITLE = 300
"""Characters; a title that a hostile file states may have a million."""


def document_page(
    document: Document,
    cited: Span | None = None,
    *,
    pictured: Pictured = _BARE,
    turning: str = "",
) -> str:
    """Return a document's whole text as a page, `cited` marked and scrolled into view.

    `pictured` holds the sheets of a PDF, `turning` leads to other citations.
    """
    language = document.language.value if document.language else ""
    if pictured.sheets:
        text = f'<main class="sheets" aria-label="Pages">{sheets(document, pictured, cited)}</main>'
    else:
        text = (
            f'<main class="text" dir="auto" lang="{attribute(language)}" aria-label="Text">'
            f"{marked_text(document, cited)}</main>"
        )
    body = (
        f'<header class="about"><p class="label">Document</p><h1 dir="auto">{_title(document)}</h1>'
        f"<dl>{_facts(document)}</dl>{_legend(document, cited, pictured)}</header>{text}{turning}"
    )
    return _page(_plain_title(document), body, kind="wide" if pictured.sheets else "")


def recalled_page(document: Document, cited: Span | None = None, *, turning: str = "") -> str:
    """Return what answers kept of a document that left the library, `cited` marked.

    Its body is what was kept; the blanks between those parts are not shown.
    """
    language = document.language.value if document.language else ""
    parts = merged(document.body, len(document.text))
    text = "\n\n[…]\n\n".join(marked_part(document, part, cited) for part in parts)
    body = (
        f'<header class="about"><p class="label">No longer in the library</p>'
        f'<h1 dir="auto">{_title(document)}</h1><dl>{_facts(document)}</dl>'
        '<p class="legend">The document was removed or changed since. These are the parts that '
        "answers were given from, as they were.</p></header>"
        f'<main class="text" dir="auto" lang="{attribute(language)}" aria-label="Text">'
        f"{text}</main>{turning}"
    )
    return _page(_plain_title(document), body)


def documents_page(documents: Sequence[Document]) -> str:
    """Return the list of all documents as a page."""
    rows = "".join(
        f'<li><a href="/document/{attribute(quote(document.document_id, safe=""))}">'
        f"{_title(document)}</a>"
        f"<p>{publisher(document.publisher)} · {day(document.published)}"
        f' · <bdi class="path">{escaped(document.path)}</bdi></p></li>'
        for document in documents
    )
    body = (
        f'<header class="about"><p class="label">Library</p>'
        f"<h1>{counted(len(documents), 'document')}</h1></header>"
        f'<main><ol class="documents">{rows}</ol></main>'
    )
    return _page("Documents", body)


def missing_page() -> str:
    """Return the page for an address that leads to no document."""
    body = (
        '<header class="about"><p class="label">404</p><h1>No such document</h1></header>'
        "<main><p>It may have been removed or changed since the answer was written. "
        '<a href="/documents">All documents</a></p></main>'
    )
    return _page("No such document", body)


def _legend(document: Document, cited: Span | None, pictured: Pictured) -> str:
    mark, lines = clamped(document, cited), []
    if mark:
        page = document.page_at(mark.start)
        where = f" on page {page}" if page else ""
        lines.append(f'<a href="#cited">Go to the marked words{where}</a>')
    if has_furniture(document):
        lines.append("Dimmed words are page furniture and are never used as evidence")
    if pictured.reason:
        lines.append(f"No pictures of its pages. {escaped(pictured.reason)}")
    return f'<p class="legend">{" · ".join(lines)}</p>' if lines else ""


def _facts(document: Document) -> str:
    return "".join(
        [
            _row("Publisher", publisher(document.publisher), _origin([document.publisher])),
            _row("Published", day(document.published), _origin([document.published])),
            _changed(document.modified),
            _known("Author", document.author),
            _known("Link", document.link),
            _row("File", f'<bdi class="path">{escaped(document.path)}</bdi>'),
        ]
    )


def _changed(fact: Fact | None) -> str:
    return _row("Last changed", day(fact), _origin([fact])) if fact else ""


def _known(name: str, fact: Fact | None) -> str:
    return _row(name, f"<bdi>{escaped(fact.value)}</bdi>") if fact else ""


def _origin(facts: Iterable[Fact | None]) -> str:
    """Say which words of the file a fact was read from, and where they stand."""
    return "".join(
        f'<span class="origin">read from “<bdi>{escaped(fact.words)}</bdi>”'
        f"{f' in the {escaped(fact.where)}' if fact.where else ''}</span>"
        for fact in facts
        if fact and fact.words
    )


def _row(name: str, value: str, note: str = "") -> str:
    return f"<div><dt>{name}</dt><dd>{value}{note}</dd></div>"


def _title(document: Document) -> str:
    title = document.title.value if document.title else document.path
    return f"<bdi>{escaped(title[:_LONGEST_TITLE])}</bdi>"


def _plain_title(document: Document) -> str:
    title = document.title.value if document.title else document.path
    when = f", {day_in_words(document.published.value)}" if document.published else ""
    return f"{title}{when}"


def _page(title: str, body: str, *, kind: str = "") -> str:
    sheets = "".join(
        f'<link rel="stylesheet" href="/page/{name}.css">'
        for name in ("palette", "style", "checking", "document")
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{attribute(title[:_LONGEST_TITLE])}</title>{sheets}</head>"
        f'<body class="plain {kind}">{body}</body></html>'
    )

"""Whole pages of plain HTML, without a script: a document, the list of documents, "not found".

In: documents. Out: HTML strings. Knows nothing about FastAPI.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import quote

from rag.serving.markup import (
    attribute,
    counted,
    day,
    day_in_words,
    escaped,
    merged,
    publisher,
)
from rag.types import Document, Fact, Span


def document_page(document: Document, cited: Span | None = None) -> str:
    """Return a document's whole text as a page, `cited` marked and scrolled into view."""
    language = document.language.value if document.language else ""
    body = (
        f'<header class="about"><p class="label">Document</p><h1 dir="auto">{_title(document)}</h1>'
        f"<dl>{_facts(document)}</dl>{_legend(document, cited)}</header>"
        f'<main class="text" dir="auto" lang="{attribute(language)}" aria-label="Text">'
        f"{marked_text(document, cited)}</main>"
    )
    return _page(_plain_title(document), body)


def recalled_page(document: Document, cited: Span | None = None) -> str:
    """Return what answers kept of a document that left the library, `cited` marked.

    Its body is what was kept; the blanks between those parts are not shown.
    """
    language = document.language.value if document.language else ""
    parts = merged(document.body, len(document.text))
    text = "\n\n[…]\n\n".join(_marked_part(document, part, cited) for part in parts)
    body = (
        f'<header class="about"><p class="label">No longer in the library</p>'
        f'<h1 dir="auto">{_title(document)}</h1><dl>{_facts(document)}</dl>'
        '<p class="legend">The document was removed or changed since. These are the parts that '
        "answers were given from, as they were.</p></header>"
        f'<main class="text" dir="auto" lang="{attribute(language)}" aria-label="Text">'
        f"{text}</main>"
    )
    return _page(_plain_title(document), body)


def _marked_part(document: Document, part: Span, cited: Span | None) -> str:
    within = [cited] if cited and cited.start < part.end and part.start < cited.end else []
    if not within:
        return escaped(document.text[part.start : part.end])
    start, end = max(part.start, cited.start), min(part.end, cited.end)
    before, marked, after = (
        escaped(document.text[span.start : span.end])
        for span in (Span(part.start, start), Span(start, end), Span(end, part.end))
    )
    return f'{before}<mark id="cited">{marked}</mark>{after}'


def marked_text(document: Document, cited: Span | None) -> str:
    """Return the text as HTML: one <mark id="cited">, furniture dimmed, no character changed."""
    length = len(document.text)
    spans = merged([cited] if cited else [], length)
    if not spans:
        return _dimmed(document, 0, length)
    [mark] = spans
    return (
        f"{_dimmed(document, 0, mark.start)}"
        f'<mark id="cited">{_dimmed(document, mark.start, mark.end)}</mark>'
        f"{_dimmed(document, mark.end, length)}"
    )


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


def _dimmed(document: Document, start: int, end: int) -> str:
    """Return text[start:end] as HTML, what lies outside the body in dimmed spans."""
    pieces, position = [], start
    for span in document.body:
        first, last = max(span.start, position), min(span.end, end)
        if first >= last:
            continue
        pieces.append(_furniture(document.text[position:first]))
        pieces.append(escaped(document.text[first:last]))
        position = last
    return "".join([*pieces, _furniture(document.text[position:end])])


def _furniture(text: str) -> str:
    return f'<span class="furniture">{escaped(text)}</span>' if text.strip() else escaped(text)


def _legend(document: Document, cited: Span | None) -> str:
    lines = []
    if cited and merged([cited], len(document.text)):
        lines.append('<a href="#cited">Go to the marked words</a>')
    if 'class="furniture"' in _dimmed(document, 0, len(document.text)):
        lines.append("Dimmed words are page furniture and are never used as evidence")
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
    return f"<bdi>{escaped(document.title.value if document.title else document.path)}</bdi>"


def _plain_title(document: Document) -> str:
    title = document.title.value if document.title else document.path
    when = f", {day_in_words(document.published.value)}" if document.published else ""
    return f"{title}{when}"


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark"><title>{attribute(title)}</title>'
        '<link rel="stylesheet" href="/page/palette.css">'
        '<link rel="stylesheet" href="/page/style.css"></head>'
        f'<body class="plain">{body}</body></html>'
    )

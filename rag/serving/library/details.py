"""One document of the library as HTML: its facts, to be put right, and its passages.

In: what a librarian knows of it. Out: HTML strings. Knows nothing about the list around it.
"""

from __future__ import annotations

import html
from pathlib import Path
from urllib.parse import quote

from rag.librarian import Details
from rag.librarian.keeping import SET_HERE
from rag.serving.library.listing import pages, truth
from rag.serving.markup import attribute, counted, escaped
from rag.types import Document, Fact

PASSAGES = 20
"""Passages that are shown at a time."""

_HINTS = {"published": "as in 2026-01-31", "language": "its code, as in en"}


def details_html(details: Details) -> str:
    """Return what is known of a document, to be put right, and what can be done with it."""
    document = details.document
    link = _address(document)
    count = len(details.passages)
    passages = (
        f'<button type="button" data-passages="{attribute(document.document_id)}"'
        f' aria-expanded="false">Show {counted(count, "passage")}</button>'
        if count
        else ""
    )
    return (
        f"{_form(details)}{_notes(details)}"
        f'<p class="acts"><a href="{link}" target="_blank" rel="noopener">Open document</a>'
        f"{passages}{_remove_button(details)}</p><div data-shown></div>"
    )


def passages_html(details: Details, page: int) -> str:
    """Return a page of a document's passages, each with a link to its place."""
    last = max(1, -(-len(details.passages) // PASSAGES))
    page = min(max(1, page), last)
    first = (page - 1) * PASSAGES
    document = details.document
    rows = "".join(
        f'<li><p dir="auto">{escaped(document.text[span.start : span.end])}</p>'
        f'<a href="{_address(document)}?start={span.start}&amp;end={span.end}#cited"'
        f' target="_blank" rel="noopener">Open at passage {number}</a></li>'
        for number, span in enumerate(details.passages[first : first + PASSAGES], first + 1)
    )
    found = f'data-of="{attribute(document.document_id)}"'
    return (
        f'<ol class="passages" start="{first + 1}" aria-label="Passages">{rows}</ol>'
        f"{pages(page, last, 'Pages of passages', found)}"
    )


def _form(details: Details) -> str:
    document = details.document
    fields = "".join(_field(document, name, name in details.by_hand) for name in SET_HERE)
    title = document.title.value if document.title else document.path
    return (
        f'<form data-facts="{attribute(document.document_id)}"'
        f' aria-label="Facts of {attribute(title)}">{fields}'
        '<p class="acts"><button type="submit" class="chief">Save</button>'
        '<span role="status"></span></p></form>'
    )


def _field(document: Document, name: str, by_hand: bool) -> str:
    fact: Fact | None = getattr(document, name)
    value = fact.value if fact else ""
    unique = f"{name}-{document.document_id}"
    told = _origin(fact, by_hand) or escaped(_HINTS.get(name, "unknown"))
    return (
        f'<div class="field"><label for="{attribute(unique)}">{name.capitalize()}</label>'
        f'<input id="{attribute(unique)}" name="{name}" value="{attribute(value)}"'
        f' data-was="{attribute(value)}" autocomplete="off" dir="auto"'
        f' aria-describedby="{attribute(unique)}-from">'
        f'<span class="from" id="{attribute(unique)}-from">{told}</span></div>'
    )


def _origin(fact: Fact | None, by_hand: bool) -> str:
    """Return where a fact comes from, as HTML."""
    if by_hand:
        return "set by hand" if fact else "unknown, set by hand"
    if fact is None:
        return ""
    words = f"read from “<bdi>{escaped(fact.words)}</bdi>”" if fact.words else ""
    where = escaped(fact.where)
    return f"{words} in the {where}" if words and where else words or where


def _notes(details: Details) -> str:
    told = [f"File: <bdi>{escaped(details.file)}</bdi>"]
    told += [f"Also: <bdi>{escaped(path)}</bdi>" for path in details.copies]
    if details.beside:
        told.append(f"The file holds {counted(details.beside, 'other document')} as well.")
    return "".join(f'<p class="note">{line}</p>' for line in told)


def _remove_button(details: Details) -> str:
    document = details.document
    title = document.title.value if document.title else Path(document.path).name
    return (
        f'<button type="button" class="grave" data-remove="{html.escape(details.file)}"'
        f' data-name="{attribute(title)}" data-beside="{details.beside}"'
        f' data-sent="{truth(details.sent)}"'
        f' aria-label="Remove {attribute(title)}">Remove…</button>'
    )


def _address(document: Document) -> str:
    return f"/document/{attribute(quote(document.document_id, safe=''))}"

"""Turns one file into documents.

In: a path. Out: `Document` records with canonical text, body and facts. Knows nothing about
libraries, folders or passages. A new format is one file here with a function from bytes to
`Source`, and one entry of `READERS`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rag.errors import InputError
from rag.guarding import blanked
from rag.loading.items import split_items
from rag.loading.layout import Page, lay_out, read_page
from rag.loading.markdown import read_markdown
from rag.loading.metadata import read_facts
from rag.loading.source import Source
from rag.loading.text import read_text
from rag.types import Document, Span

__all__ = ["content_hash", "is_supported", "load"]

LARGEST = 50_000_000
"""Bytes; a file beyond this is a data set, not a document."""
ID_DIGITS = 16
ONE_DOCUMENT = ("title", "published")
"""What a file can state of one document only."""

READERS: dict[str, Callable[[bytes, str], Source]] = {
    ".txt": read_text,
    ".text": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
}


def is_supported(path: Path) -> bool:
    """Return whether files with this suffix can be read."""
    return path.suffix.lower() in READERS


def content_hash(path: Path) -> str:
    """Return the SHA-256 of the file's bytes in hexadecimal. Raises InputError."""
    return hashlib.sha256(_read_bytes(path)).hexdigest()


def load(path: Path) -> list[Document]:
    """Return the documents in a file, [] if it is blank. Raises InputError."""
    name = _name(path)
    if not is_supported(path):
        known = ", ".join(READERS)
        raise InputError(f"{name} cannot be read. Save it as one of {known}.")
    data = _read_bytes(path)
    source = READERS[path.suffix.lower()](data, name)
    if not source.text.strip():
        return []
    digest = hashlib.sha256(data).hexdigest()[:ID_DIGITS]
    page = _page(source)
    if not page.text.strip():
        return [Document(digest, str(path), source.text, body=())]
    items = split_items(page)
    if len(items) == 1:
        return [_document(source, page, digest, str(path))]
    stated = {key: fact for key, fact in source.stated.items() if key not in ONE_DOCUMENT}
    shared = replace(source, stated=stated)
    return [
        _document(*_part(shared, item), f"{digest}-{number}", f"{path}#{number}")
        for number, item in enumerate(items, 1)
    ]


def _part(source: Source, item: Span) -> tuple[Source, Page]:
    text = source.text[item.start : item.end]
    part = replace(source, text=text, pages=tuple(_pages_of(source, item)))
    return part, _page(part)


def _page(source: Source) -> Page:
    """Return the page of a source; words that speak to a model are no part of its layout."""
    return read_page(blanked(source.text), markdown=source.markdown)


def _document(source: Source, page: Page, document_id: str, path: str) -> Document:
    title = source.stated.get("title")
    layout = lay_out(page, title=title.value if title else "")
    facts = read_facts(layout, source.stated)
    return Document(document_id, path, source.text, body=layout.body, pages=source.pages, **facts)


def _pages_of(source: Source, item: Span) -> list[Span]:
    """Return the pages as spans of one item; pages of other items are empty and stay counted."""
    size = item.end - item.start
    within = (
        (min(max(page.start - item.start, 0), size), min(max(page.end - item.start, 0), size))
        for page in source.pages
    )
    return [Span(*pair) for pair in within]


def _read_bytes(path: Path) -> bytes:
    name = _name(path)
    try:
        if path.stat().st_size > LARGEST:
            limit = LARGEST // 1_000_000
            raise InputError(f"{name} is larger than {limit} MB. Split it into smaller files.")
        return path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unknown error").lower()
        raise InputError(
            f"{name} cannot be read ({reason}). Check that it exists and may be read."
        ) from error


def _name(path: Path) -> str:
    """Return the file's name for a message. Raises InputError for one that is not Unicode."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"{path.name!a} is not a Unicode file name. Rename the file.") from error
    return path.name if path.name.isprintable() else ascii(path.name)

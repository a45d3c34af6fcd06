"""Turns one file into documents.

In: a path. Out: `Document` records with canonical text, body and facts. Knows nothing about
libraries, folders or passages. A new format is one file here with a function from bytes to
`Source`, and one entry of `READERS` in rag/loading/formats.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import InputError
from rag.guarding import blanked
from rag.loading.companions import companions, is_companion, stated_beside
from rag.loading.formats import READERS, suffix_of
from rag.loading.items import split_items
from rag.loading.layout import Page, lay_out, lay_out_bare, read_page
from rag.loading.metadata import read_facts
from rag.loading.source import Source
from rag.loading.unpacking import Unpacking
from rag.types import Document, Fact, PageLine, Span

__all__ = ["Loaded", "companions", "hashed", "is_companion", "is_supported", "load", "load_file"]

LARGEST = 50_000_000
"""Bytes; a file beyond this is a data set, not a document."""
ID_DIGITS = 16
ONE_DOCUMENT = ("title", "published", "modified")
"""What a file can state of one document only."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was in a file: its documents, and a line for each part that could not be read."""

    documents: tuple[Document, ...]
    skipped: tuple[str, ...] = ()


def is_supported(path: Path) -> bool:
    """Return whether files with this suffix can be read."""
    return suffix_of(path.name) in READERS


def hashed(content: hashlib._Hash, path: Path) -> str:
    """Return the hash of a file's bytes, `content`, and of what stands beside it, in hexadecimal.

    Raises InputError for companions that cannot be read.
    """
    return _hashed(content, stated_beside(path))


def load(path: Path) -> list[Document]:
    """Return the documents in a file, [] if it is blank. Raises InputError."""
    return list(load_file(path).documents)


def load_file(path: Path) -> Loaded:
    """Return the documents in a file and what of it was left out.

    Raises InputError where nothing of it could be read.
    """
    name = _name(path)
    if not is_supported(path):
        known = ", ".join(READERS)
        raise InputError(f"{name} cannot be read. Save it as one of {known}.")
    data = _read_bytes(path)
    beside = stated_beside(path)
    unpacking = Unpacking(name)
    found = [(at, source) for at, source in unpacking.sources(data) if source.text.strip()]
    if unpacking.skipped and not found:
        raise InputError(unpacking.skipped[0])
    if len(found) > 1:
        beside = _of_many(beside)
    parts = [
        (f"{path}{at}{place}", part, page)
        for at, source in found
        for place, part, page in _parts(replace(source, stated={**source.stated, **beside}))
    ]
    digest = hashed(hashlib.sha256(data), path)[:ID_DIGITS]
    documents = tuple(
        _document(part, page, digest if len(parts) == 1 else f"{digest}-{number}", place)
        for number, (place, part, page) in enumerate(parts, 1)
    )
    return Loaded(documents, tuple(unpacking.skipped))


def _parts(source: Source) -> Iterator[tuple[str, Source, Page]]:
    """Yield the news items of a source, each with its place in it, "" for the only one."""
    page = _page(source)
    items = [] if source.bare or not page.text.strip() else split_items(page)
    if len(items) < 2:
        yield "", source, page
        return
    shared = replace(source, stated=_of_many(source.stated))
    for number, item in enumerate(items, 1):
        yield f"#{number}", *_part(shared, item)


def _of_many(stated: Mapping[str, Fact]) -> dict[str, Fact]:
    return {key: fact for key, fact in stated.items() if key not in ONE_DOCUMENT}


def _hashed(content: hashlib._Hash, beside: Mapping[str, Fact]) -> str:
    whole = content.copy()
    for key, fact in sorted(beside.items()):
        whole.update(f"\n{key}: {fact.value}".encode())
    return whole.hexdigest()


def _part(source: Source, item: Span) -> tuple[Source, Page]:
    text = source.text[item.start : item.end]
    part = replace(
        source, text=text, pages=tuple(_pages_of(source, item)), lines=_lines_of(source, item)
    )
    return part, _page(part)


def _page(source: Source) -> Page:
    """Return the page of a source; words that speak to a model are no part of its layout."""
    return read_page(blanked(source.text), markdown=source.markdown)


def _document(source: Source, page: Page, document_id: str, path: str) -> Document:
    title = source.stated.get("title")
    if not page.text.strip():
        return Document(document_id, path, source.text, body=())
    if source.bare:
        layout = lay_out_bare(page)
    else:
        layout = lay_out(page, title=title.value if title else "")
    facts = read_facts(layout, source.stated)
    if source.recognised:
        facts = {key: _by_recognition(fact, source.stated) for key, fact in facts.items()}
    return Document(
        document_id,
        path,
        source.text,
        body=layout.body,
        pages=source.pages,
        lines=source.lines,
        **facts,
    )


def _by_recognition(fact: Fact | None, stated: Mapping[str, Fact]) -> Fact | None:
    """Return a fact that says so where it was read in text that was recognised in pictures."""
    if fact is None or any(fact.words == known.words for known in stated.values()):
        return fact
    return replace(fact, where=f"{fact.where}, by text recognition")


def _pages_of(source: Source, item: Span) -> list[Span]:
    """Return the pages as spans of one item; pages of other items are empty and stay counted."""
    size = item.end - item.start
    within = (
        (min(max(page.start - item.start, 0), size), min(max(page.end - item.start, 0), size))
        for page in source.pages
    )
    return [Span(*pair) for pair in within]


def _lines_of(source: Source, item: Span) -> tuple[PageLine, ...]:
    return tuple(
        replace(one, span=Span(one.span.start - item.start, one.span.end - item.start))
        for one in source.lines
        if item.start <= one.span.start and one.span.end <= item.end
    )


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
    """Return the file's name on one line. Raises InputError for one that is not Unicode."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"{path.name!a} is not a Unicode file name. Rename the file.") from error
    return path.name if path.name.isprintable() else ascii(path.name)[1:-1]

"""Makes documents of what a test set brings with it.

In: a test set. Out: documents, whole and unedited. Knows nothing about libraries. A
publisher's page has furniture, datelines and several items; a passage of a test set has
not, and must come out as it went in: it does not pass through `loading`.
"""

from __future__ import annotations

from hashlib import sha256

from rag.evaluating.records import Source, TestSet
from rag.types import Document, Fact, Span


def documents(test_set: TestSet) -> list[Document]:
    """Return a document for every source that holds any text; its path is the source's name."""
    return [_document(source) for source in test_set.corpus if source.text.strip()]


def digest(test_set: TestSet) -> str:
    """Return the SHA-256, first 12 digits, of the documents of a test set."""
    whole = sha256()
    for source in test_set.corpus:
        whole.update(repr(source).encode())
    return whole.hexdigest()[:12]


def _document(source: Source) -> Document:
    published = source.published.isoformat() if source.published else ""
    return Document(
        document_id=sha256(repr(source).encode()).hexdigest()[:16],
        path=source.name,
        text=source.text,
        body=(Span(0, len(source.text)),),
        title=_fact(source.title),
        publisher=_fact(source.publisher),
        published=_fact(published),
    )


def _fact(value: str) -> Fact | None:
    return Fact(value, value, "test set") if value else None

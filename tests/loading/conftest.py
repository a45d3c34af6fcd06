"""What all tests of readers share: writing a file, and checking what every document keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.loading import load
from rag.types import Document

PROSE = "The harbour board met on Monday and agreed that an old bridge would be painted before May."
MORE = "Nobody spoke against it, and the paint was bought on the same day from a shop in Bergen."


def body(document: Document) -> str:
    return "\n".join(document.text[span.start : span.end] for span in document.body)


def check(document: Document) -> None:
    """Fail unless the body's spans are slices in order, without white space around them."""
    last = -1
    for span in document.body:
        words = document.text[span.start : span.end]
        assert last < span.start < span.end <= len(document.text)
        assert words == words.strip()
        last = span.end
    document.text.encode("utf-8")


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a file and returns its documents, checked."""

    def loaded(name: str, content: bytes | str) -> list[Document]:
        path: Path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        documents = load(path)
        assert documents == load(path)
        for document in documents:
            check(document)
        return documents

    return loaded


@pytest.fixture
def read_one(read):
    def loaded(name: str, content: bytes | str) -> Document:
        documents = read(name, content)
        assert len(documents) == 1
        return documents[0]

    return loaded

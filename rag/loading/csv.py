"""Reads CSV and TSV: each row as a sentence with its headers.

In: the bytes of a file. Out: its source. Its only title is the file's own name.
"""

from __future__ import annotations

import csv
import io
from pathlib import PurePosixPath

from rag.errors import InputError
from rag.loading.rows import row_sentences
from rag.loading.source import Source
from rag.loading.text import decode
from rag.types import Fact

SAMPLE = 20_000
LONGEST_CELL = 1_000_000


def read_csv(data: bytes, name: str) -> Source:
    """Return the source in a file of separated values. Raises InputError."""
    text = decode(data, name)
    csv.field_size_limit(LONGEST_CELL)
    try:
        rows = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
        sentences = list(row_sentences(rows))
    except csv.Error as error:
        raise InputError(f"{name} is no table ({error}). Save it as CSV again.") from error
    return Source("\n".join(sentences), named_after(name), bare=True)


def named_after(name: str) -> dict[str, Fact]:
    """Return the title of a file that has no words of its own for one: its name."""
    title = PurePosixPath(name).stem
    return {"title": Fact(title, title, "file name")} if title else {}


def _delimiter(text: str) -> str:
    """Return the mark that divides the first lines into most cells, alike in number."""
    lines = [line for line in text[:SAMPLE].split("\n") if line.strip()][:20]
    counts = {mark: [line.count(mark) for line in lines] for mark in ",;\t|"}
    return max(counts, key=lambda mark: (min(counts[mark], default=0), sum(counts[mark])))

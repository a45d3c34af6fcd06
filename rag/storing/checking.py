"""Whether what is derived in a library's tables equals what it was derived from.

In: a library's folder; the caller holds the right to write. Out: what is wrong with each
document, and full-text rows made anew. Knows nothing about files or FAISS.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.storing.files import translated
from rag.storing.format import connected
from rag.storing.words import read_of, reindex_words, written
from rag.types import Document, Fact, Span

_UNIT = 1e-3
"""How far the length of a unit vector may be from 1, as some models compute in half precision."""
_ORPHANS = {
    "words": "rowid NOT IN (SELECT passage_id FROM passages)",
    "signs": "passage_id NOT IN (SELECT passage_id FROM passages)",
    "passages": "document_id NOT IN (SELECT document_id FROM documents)",
}
"""Rows that belong to nothing, by table; what depends on passages comes first and again last."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What is wrong with one document: its spans, its vectors, the words of these passages."""

    file: str
    document_id: str
    spans: str = ""
    vectors: str = ""
    words: tuple[int, ...] = ()


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open a library's tables for the length of a `with`; raises LibraryDamaged."""
    with closing(connected(folder)) as connection, translated(folder):
        yield connection


def damage(connection: sqlite3.Connection) -> str:
    """Return what SQLite finds wrong with its own file, "" for nothing."""
    rows = connection.execute("PRAGMA quick_check(3)").fetchall()
    return "" if rows == [("ok",)] else "; ".join(" ".join(row[0].split()) for row in rows)


def checked(connection: sqlite3.Connection) -> Iterator[Checked]:
    """Yield a finding for each document, a flawless one where nothing is wrong."""
    ids = [row[0] for row in connection.execute("SELECT document_id FROM documents ORDER BY 1")]
    sizes = connection.execute(
        "SELECT length(vector) FROM passages GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    ).fetchone()
    for document_id in ids:
        row = connection.execute(
            "SELECT file, path, text, body, facts FROM documents WHERE document_id = ?",
            (document_id,),
        ).fetchone()
        rows = connection.execute(
            "SELECT passage_id, start, end, vector, substr(?1, start + 1, end - start),"
            " w.terms, w.names FROM passages p LEFT JOIN words w ON w.rowid = p.passage_id"
            " WHERE document_id = ?2 ORDER BY start",
            (row[2], document_id),
        ).fetchall()
        yield _checked(document_id, row, rows, size=sizes[0] if sizes else 0)


def rewrite_words(connection: sqlite3.Connection, document_id: str, ids: Sequence[int]) -> None:
    """Make the full-text rows of passages of a document anew; part of a transaction."""
    row = connection.execute(
        "SELECT file, path, text, body, facts FROM documents WHERE document_id = ?",
        (document_id,),
    ).fetchone()
    document = _document(document_id, row)
    for passage_id, *span in connection.execute(
        "SELECT passage_id, start, end FROM passages"
        " WHERE passage_id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    ).fetchall():
        reindex_words(connection, passage_id, document, Span(*span))


def remove_orphans(connection: sqlite3.Connection) -> int:
    """Remove rows that belong to nothing and return how many; part of a transaction."""
    removed = 0
    for table in ("passages", "words", "signs"):
        removed += connection.execute(f"DELETE FROM {table} WHERE {_ORPHANS[table]}").rowcount
    return removed


def sound_words(connection: sqlite3.Connection) -> bool:
    """Return whether FTS5 finds its own index to agree with its rows; else it is made anew."""
    try:
        connection.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except sqlite3.DatabaseError:
        connection.execute("INSERT INTO words (words) VALUES ('rebuild')")
        return False
    return True


def lost_files(connection: sqlite3.Connection) -> list[str]:
    """Return files that should have documents and have none, and documents' files not known."""
    rows = connection.execute(
        "SELECT path FROM files WHERE state NOT IN ('duplicate', 'failed', 'empty', 'excluded')"
        " AND path NOT IN (SELECT file FROM documents)"
        " UNION SELECT file FROM documents WHERE file NOT IN (SELECT path FROM files)"
        " ORDER BY 1"
    )
    return [row[0] for row in rows]


def _checked(document_id: str, row: tuple, rows: Sequence[tuple], *, size: int) -> Checked:
    document = _document(document_id, row)
    return Checked(
        file=row[0],
        document_id=document_id,
        spans=_spans(document, rows),
        vectors=next(filter(None, (_vector(one[3], size) for one in rows)), ""),
        words=tuple(
            one[0]
            for one in rows
            if (one[5], one[6]) != written(*read_of(document, Span(one[1], one[2])))
        ),
    )


def _spans(document: Document, rows: Sequence[tuple]) -> str:
    """Return what is wrong with the spans of a document, "" for nothing."""
    last = 0
    for span in document.body:
        if not last <= span.start <= span.end <= len(document.text):
            return f"body {span.start}-{span.end} is not within the text"
        last = span.end
    last = 0
    for _, start, end, _, text, *_ in rows:
        if not last <= start < end <= len(document.text):
            return f"passage {start}-{end} is not within the text or overlaps another"
        if not any(span.start <= start and end <= span.end for span in document.body):
            return f"passage {start}-{end} is not within the body"
        if text != document.text[start:end]:
            return f"passage {start}-{end} is not its slice of the text"
        last = end
    return ""


def _vector(data: bytes, size: int) -> str:
    if len(data) != size or size % 4:
        return f"a vector has {len(data)} bytes, not {size}"
    length = np.linalg.norm(np.frombuffer(data, np.float32))
    return "" if abs(length - 1) <= _UNIT else f"a vector has length {length:.3g}, not 1"


def _document(document_id: str, row: tuple) -> Document:
    _, path, text, body, facts = row
    read = {name: Fact(**fact) for name, fact in json.loads(facts).items()}
    spans = tuple(Span(*span) for span in json.loads(body))
    return Document(document_id, path, text, spans, **read)

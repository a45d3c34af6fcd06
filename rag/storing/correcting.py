"""What a person set by hand about documents: kept beside what was read, and stronger than it.

In: documents. Out: the same documents with their corrections. Knows nothing about who reads
them. A correction belongs to a content; when a file is read again, it goes to the document
with the same text in that file, else to the one document that the whole file is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from rag.types import Document, Fact

BY_HAND = "set by hand"
"""Where a fact comes from that a person gave."""
CORRECTIONS = """
CREATE TABLE IF NOT EXISTS corrections (
    document_id TEXT NOT NULL, file TEXT NOT NULL, path TEXT NOT NULL, mark TEXT NOT NULL,
    field TEXT NOT NULL, value TEXT, PRIMARY KEY (document_id, field)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS corrections_by_file ON corrections (file);
"""
"""`mark` is a digest of the text, `value` NULL where a person said that it is not known."""


def correct(
    connection: sqlite3.Connection, document: Document, file: str, field: str, value: str | None
) -> Document:
    """Keep a correction of a document of `file`; return the document with it."""
    row = (document.document_id, file, document.path, _mark(document), field, value)
    connection.execute("INSERT OR REPLACE INTO corrections VALUES (?, ?, ?, ?, ?, ?)", row)
    return replace(document, **{field: _fact(value)})


def corrected(connection: sqlite3.Connection, document: Document, file: str) -> Document:
    """Return a document that was just read from `file` with what was set by hand before."""
    mark = _mark(document)
    before = _before(connection, document, file, mark)
    if before is None:
        return document
    new = (document.document_id, file, document.path, mark, before)
    connection.execute(
        "UPDATE OR REPLACE corrections SET document_id = ?, file = ?, path = ?, mark = ?"
        " WHERE document_id = ?",
        new,
    )
    rows = connection.execute(
        "SELECT field, value FROM corrections WHERE document_id = ?", (document.document_id,)
    )
    return replace(document, **{field: _fact(value) for field, value in rows})


def moved(connection: sqlite3.Connection, old: str, new: str) -> None:
    """Let the corrections of a file go with it to its new path."""
    connection.execute(
        "UPDATE corrections SET file = ?1, path = ?1 || substr(path, ?2) WHERE file = ?3",
        (new, len(old) + 1, old),
    )


def left(connection: sqlite3.Connection, file: str) -> None:
    """Keep the corrections of a removed file for its content alone, not for its path."""
    connection.execute("UPDATE corrections SET file = '', path = '' WHERE file = ?", (file,))


def every(connection: sqlite3.Connection) -> list[tuple]:
    """Return all corrections, for another library."""
    return connection.execute("SELECT * FROM corrections").fetchall()


def put(connection: sqlite3.Connection, rows: Sequence[tuple]) -> None:
    """Take over the corrections of another library."""
    connection.executemany("INSERT OR REPLACE INTO corrections VALUES (?, ?, ?, ?, ?, ?)", rows)


def _before(connection: sqlite3.Connection, document: Document, file: str, mark: str) -> str | None:
    """Return under which document's id the corrections of a document are kept, if any are."""
    whole = document.path == file  # else one of several, and which of them was it before?
    row = connection.execute(
        "SELECT document_id FROM corrections WHERE document_id = ?1"
        " OR file = ?2 AND (mark = ?3 OR ?4 AND path = ?2)"
        " ORDER BY document_id <> ?1, mark <> ?3 LIMIT 1",
        (document.document_id, file, mark, whole),
    ).fetchone()
    return row[0] if row else None


def _fact(value: str | None) -> Fact | None:
    return None if value is None else Fact(value, "", BY_HAND)


def _mark(document: Document) -> str:
    return sha256(document.text.encode()).hexdigest()[:32]

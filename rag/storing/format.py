"""The tables of a library, and what brings those of an earlier version to the present ones.

In: a connection. Out: the same, in the present format. Knows nothing about what is in it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from rag.errors import LibraryDamaged
from rag.storing.words import WORDS, index_words

_VERSION = 2
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE roots (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE files (
    path TEXT PRIMARY KEY, hash TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX files_by_hash ON files (hash);
CREATE TABLE documents (
    document_id TEXT PRIMARY KEY, file TEXT NOT NULL, path TEXT NOT NULL,
    text TEXT NOT NULL, body TEXT NOT NULL, pages TEXT NOT NULL, facts TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX documents_by_file ON documents (file);
CREATE TABLE passages (
    passage_id INTEGER PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents,
    start INTEGER NOT NULL, end INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passages_by_document ON passages (document_id, start);
"""
_SIGNS = """
CREATE TABLE signs (passage_id INTEGER PRIMARY KEY REFERENCES passages, signs BLOB NOT NULL);
"""


def migrate(connection: sqlite3.Connection, folder: Path) -> None:
    """Bring a library to the present format; raises LibraryDamaged for one that is newer."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version in _STEPS:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version in _STEPS:  # no other process did it meanwhile
                _STEPS[version](connection)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
    elif version != _VERSION:
        raise LibraryDamaged(
            f"The library in {folder} was made by another version of this program "
            f"(format {version}, not {_VERSION}). Rebuild it with: rag index --rebuild"
        )


def _create(connection: sqlite3.Connection) -> None:
    _execute(connection, _SCHEMA + _SIGNS + WORDS)


def _from_format_1(connection: sqlite3.Connection) -> None:
    """Read the words anew and make room for signs, which the next `rag index` fills."""
    connection.execute("DROP TABLE words")
    _execute(connection, _SIGNS + WORDS)
    rows = connection.execute(
        "SELECT passage_id, ifnull(json_extract(facts, '$.title.value'), '') || char(10)"
        " || substr(text, start + 1, end - start), ifnull(json_extract(facts, '$.language.value'),"
        " 'en') FROM passages JOIN documents USING (document_id)"
    )
    for row in rows.fetchall():
        index_words(connection, *row)


_STEPS = {0: _create, 1: _from_format_1}
"""What brings each earlier format to the present one."""


def _execute(connection: sqlite3.Connection, script: str) -> None:
    """Execute statements one by one: `executescript` would end the transaction first."""
    for statement in filter(str.strip, script.split(";\n")):
        connection.execute(statement)

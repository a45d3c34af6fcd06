"""The tables of a library, and what brings those of an earlier version to the present ones.

In: a connection. Out: the same, in the present format. Knows nothing about what is in it.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from rag.errors import LibraryDamaged
from rag.storing.boxes import BOXES
from rag.storing.correcting import CORRECTIONS
from rag.storing.files import DATABASE, translated
from rag.storing.selecting import folded
from rag.storing.words import WORDS, index_words

_VERSION = 6
_PATIENCE = 10  # seconds that one process waits for the other's transaction
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
_ANSWERS = """
CREATE TABLE answers (
    number INTEGER PRIMARY KEY, answer_id TEXT NOT NULL UNIQUE, answered_at TEXT NOT NULL,
    question TEXT NOT NULL, text TEXT NOT NULL, record TEXT NOT NULL
);
CREATE TRIGGER answers_stay BEFORE DELETE ON answers
    BEGIN SELECT RAISE(ABORT, 'the log of answers is append-only'); END;
CREATE TRIGGER answers_stay_as_they_are BEFORE UPDATE ON answers
    BEGIN SELECT RAISE(ABORT, 'the log of answers is append-only'); END;
CREATE TRIGGER answers_are_not_replaced BEFORE INSERT ON answers
    WHEN EXISTS (SELECT 1 FROM answers WHERE answer_id = NEW.answer_id OR number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'the log of answers is append-only'); END;
"""
"""The log; without the third trigger INSERT OR REPLACE would pass by the first."""
_JUDGEMENTS = """
CREATE TABLE IF NOT EXISTS judgements (
    number INTEGER PRIMARY KEY, answer_id TEXT NOT NULL, judged_at TEXT NOT NULL,
    person TEXT NOT NULL, statement INTEGER NOT NULL, citation INTEGER,
    verdict TEXT NOT NULL, note TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS judgements_by_answer ON judgements (answer_id, number);
CREATE TRIGGER IF NOT EXISTS judgements_stay BEFORE DELETE ON judgements
    BEGIN SELECT RAISE(ABORT, 'judgements are append-only'); END;
CREATE TRIGGER IF NOT EXISTS judgements_stay_as_they_are BEFORE UPDATE ON judgements
    BEGIN SELECT RAISE(ABORT, 'judgements are append-only'); END;
CREATE TRIGGER IF NOT EXISTS judgements_are_not_replaced BEFORE INSERT ON judgements
    WHEN EXISTS (SELECT 1 FROM judgements WHERE number = NEW.number)
    BEGIN SELECT RAISE(ABORT, 'judgements are append-only'); END;
"""
"""What people said of answers, kept as the log is."""


def connected(folder: Path) -> sqlite3.Connection:
    """Return a connection to the library in `folder`, which is made when there is none.

    Where nothing can be written it is for reading alone. Raises LibraryDamaged and LibraryBusy.
    """
    with translated(folder):
        try:
            return _ready(sqlite3.connect(folder / DATABASE, **_OPTIONS), folder)
        except sqlite3.OperationalError:
            ours = os.access in os.supports_effective_ids
            if os.access(folder, os.W_OK, effective_ids=ours):
                raise
        return _read_only(folder)


_OPTIONS = {"check_same_thread": False, "timeout": _PATIENCE}


def _ready(connection: sqlite3.Connection, folder: Path) -> sqlite3.Connection:
    connection.create_function("folded", 1, folded, deterministic=True)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        migrate(connection, folder)
    except BaseException:
        connection.close()
        raise
    return connection


def _read_only(folder: Path) -> sqlite3.Connection:
    """Return a connection that changes no file, not even to note that somebody reads.

    A library of format 2 or 3 needs no change to be searched: it only has no log.
    """
    place = (folder / DATABASE).resolve().as_uri()
    try:  # beside a process that writes, as another user
        connection = sqlite3.connect(f"{place}?mode=ro", uri=True, **_OPTIONS)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.OperationalError:
        connection = sqlite3.connect(f"{place}?immutable=1", uri=True, **_OPTIONS)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
    connection.create_function("folded", 1, folded, deterministic=True)
    if version not in range(2, _VERSION + 1):
        with closing(connection):
            raise _of_another_version(folder, version)
    return connection


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
        raise _of_another_version(folder, version)


def _of_another_version(folder: Path, version: int) -> LibraryDamaged:
    return LibraryDamaged(
        f"The library in {folder} was made by another version of this program "
        f"(format {version}, not {_VERSION}). Rebuild it with: rag index --rebuild"
    )


def _create(connection: sqlite3.Connection) -> None:
    _execute(connection, _SCHEMA + _SIGNS + WORDS + _ANSWERS)
    _since_3(connection)


def _from_format_1(connection: sqlite3.Connection) -> None:
    """Read the words anew and make room for signs, which the next `rag index` fills."""
    connection.execute("DROP TABLE words")
    _execute(connection, _SIGNS + WORDS + _ANSWERS)
    _since_3(connection)
    rows = connection.execute(
        "SELECT passage_id, ifnull(json_extract(facts, '$.title.value'), '') || char(10)"
        " || substr(text, start + 1, end - start), ifnull(json_extract(facts, '$.language.value'),"
        " 'en') FROM passages JOIN documents USING (document_id)"
    )
    for row in rows.fetchall():
        index_words(connection, *row)


def _from_format_2(connection: sqlite3.Connection) -> None:
    _execute(connection, _ANSWERS)
    _since_3(connection)


def _since_3(connection: sqlite3.Connection) -> None:
    """Make room for corrections, and for the hints by which files are known unread."""
    _execute(connection, CORRECTIONS)
    if "hint" not in [row[1] for row in connection.execute("PRAGMA table_info(files)")]:
        connection.execute("ALTER TABLE files ADD COLUMN hint TEXT NOT NULL DEFAULT ''")
    _since_4(connection)


def _since_4(connection: sqlite3.Connection) -> None:
    """Make room for the places of lines. Format 5 also has a fact "modified", in no table."""
    _execute(connection, BOXES)
    _since_5(connection)


def _since_5(connection: sqlite3.Connection) -> None:
    """Make room for what people say of answers."""
    _execute(connection, _JUDGEMENTS)


_STEPS = {
    **{0: _create, 1: _from_format_1, 2: _from_format_2},
    **{3: _since_3, 4: _since_4, 5: _since_5},
}
"""What brings each earlier format to the present one."""


def _execute(connection: sqlite3.Connection, script: str) -> None:
    """Execute statements one by one: `executescript` would end the transaction first."""
    for statement in filter(str.strip, script.split(";\n")):
        connection.execute(statement)

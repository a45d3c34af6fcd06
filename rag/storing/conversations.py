"""Conversations, in a SQLite file of their own beside the library, else in memory.

In: conversations and their exchanges, whose record is somebody else's JSON. Out: the same again.
Knows nothing about what a record says. The file is not the library's, because what is in it
belongs to people: it can be deleted, and rebuilding the library leaves it alone.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rag.errors import DiskFull, LibraryBusy, LibraryDamaged
from rag.storing.selecting import folded

FILE = "conversations.sqlite"
_VERSION = 1
_PATIENCE = 10  # seconds that one process waits for the other's transaction
_REGRET = timedelta(hours=1)
"""For how long a removed conversation can be brought back."""
_SCHEMA = """
CREATE TABLE conversations (
    conversation_id TEXT PRIMARY KEY, person TEXT NOT NULL, title TEXT NOT NULL,
    changed_at TEXT NOT NULL, filters TEXT NOT NULL, removed_at TEXT
) WITHOUT ROWID;
CREATE INDEX conversations_by_person ON conversations (person, changed_at);
CREATE TABLE exchanges (
    conversation_id TEXT NOT NULL REFERENCES conversations ON DELETE CASCADE,
    number INTEGER NOT NULL, words TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (conversation_id, number)
) WITHOUT ROWID
"""
_COLUMNS = "conversation_id, person, title, changed_at, filters"
_HOLDS = (
    "(instr(folded(title), {word}) OR EXISTS (SELECT 1 FROM exchanges e"
    " WHERE e.conversation_id = c.conversation_id AND instr(folded(e.words), {word})))"
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """A conversation: `changed_at` is a time in UTC, as ISO 8601, `filters` JSON.

    `person` is who it belongs to, "" where nobody signs in.
    """

    conversation_id: str
    person: str
    title: str
    changed_at: str = ""
    filters: str = "{}"


@dataclass(frozen=True, slots=True)
class KeptExchange:
    """A question and what came of it: `words` are searched, `record` is JSON with all of it."""

    number: int
    words: str
    record: str


class Conversations:
    """The conversations of everybody. Safe to use from several threads."""

    def __init__(self, folder: Path | None = None):
        self._lock = threading.Lock()
        self.closed = False
        self._place = folder / FILE if folder else None
        try:
            self._connection = _connected(self._place)
        except (sqlite3.Error, OSError) as error:
            _log.warning(
                "Conversations are kept only until the program ends, as %s cannot be used (%s): "
                "check that you may write there, or move that file away.",
                *(self._place, error),
            )
            self._place, self._connection = None, _connected(None)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self.closed = True
            self._connection.close()

    def listed(self, person: str, words: Sequence[str] = (), *, limit: int = 200) -> list[Kept]:
        """Return a person's conversations with each of `words` in them, the latest first."""
        conditions = [_HOLDS.format(word=f"?{number}") for number, _ in enumerate(words, 3)]
        where = " AND ".join(["person = ?1 AND removed_at IS NULL", *conditions])
        query = f"SELECT {_COLUMNS} FROM conversations c WHERE {where}"
        values = (person, limit, *map(folded, words))
        with self._used() as connection:
            rows = connection.execute(f"{query} ORDER BY changed_at DESC LIMIT ?2", values)
            return [Kept(*row) for row in rows]

    def known(self, conversation_id: str) -> bool:
        """Say whether there is or was a conversation of this id, whoever it belongs to."""
        query = "SELECT 1 FROM conversations WHERE conversation_id = ?"
        with self._used() as connection:
            return connection.execute(query, (conversation_id,)).fetchone() is not None

    def found(self, person: str, conversation_id: str) -> Kept | None:
        """Return a conversation; None when this person has none of this id."""
        query = f"SELECT {_COLUMNS} FROM conversations WHERE conversation_id = ? AND person = ?"
        with self._used() as connection:
            values = (conversation_id, person)
            row = connection.execute(f"{query} AND removed_at IS NULL", values).fetchone()
        return Kept(*row) if row else None

    def exchanges(self, conversation_id: str) -> list[KeptExchange]:
        """Return the exchanges of a conversation, in order."""
        query = "SELECT number, words, record FROM exchanges WHERE conversation_id = ?"
        with self._used() as connection:
            rows = connection.execute(f"{query} ORDER BY number", (conversation_id,))
            return [KeptExchange(*row) for row in rows]

    def put(self, kept: Kept) -> None:
        """Keep a conversation as it is now; a title that a person gave it stays."""
        values = (kept.conversation_id, kept.person, kept.title, _now(), kept.filters)
        with self._changed() as connection:
            connection.execute(
                f"INSERT INTO conversations ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET changed_at = excluded.changed_at,"
                " filters = excluded.filters",
                values,
            )

    def put_exchange(self, conversation_id: str, kept: KeptExchange) -> None:
        """Keep an exchange in place of the one of its number; it is on disk when this returns."""
        values = (conversation_id, kept.number, kept.words, kept.record)
        with self._changed() as connection:
            connection.execute("INSERT OR REPLACE INTO exchanges VALUES (?, ?, ?, ?)", values)

    def drop_exchange(self, conversation_id: str, number: int) -> None:
        """Forget an exchange."""
        query = "DELETE FROM exchanges WHERE conversation_id = ? AND number = ?"
        with self._changed() as connection:
            connection.execute(query, (conversation_id, number))

    def rename(self, person: str, conversation_id: str, title: str) -> bool:
        """Give a conversation a title; return whether this person has it."""
        return self._set("title = ?", (title,), person, conversation_id)

    def remove(self, person: str, conversation_id: str) -> bool:
        """Remove a conversation, for good after an hour; return whether this person has it."""
        with self._changed() as connection:
            connection.execute(
                "DELETE FROM conversations WHERE removed_at < ?", (_now(less=_REGRET),)
            )
        return self._set("removed_at = ?", (_now(),), person, conversation_id)

    def restore(self, person: str, conversation_id: str) -> bool:
        """Bring a removed conversation back; return whether it is still there."""
        return self._set("removed_at = NULL", (), person, conversation_id)

    def _set(self, what: str, values: tuple[str, ...], person: str, conversation_id: str) -> bool:
        query = f"UPDATE conversations SET {what} WHERE conversation_id = ? AND person = ?"
        with self._changed() as connection:
            return bool(connection.execute(query, (*values, conversation_id, person)).rowcount)

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _translated(self._place):
            yield self._connection

    @contextmanager
    def _changed(self) -> Iterator[sqlite3.Connection]:
        with self._used() as connection, connection:
            yield connection


def _connected(place: Path | None) -> sqlite3.Connection:
    """Return a connection to the file at `place`, which is made when there is none."""
    if place:  # what people asked is for nobody else to read
        os.close(os.open(place, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(
        place or ":memory:", check_same_thread=False, timeout=_PATIENCE, isolation_level=None
    )
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    connection.isolation_level = "IMMEDIATE"
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.create_function("folded", 1, folded, deterministic=True)
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("PRAGMA secure_delete = ON")  # what is deleted is not left in the file
    connection.execute("BEGIN IMMEDIATE")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise sqlite3.DatabaseError("made by a later version of this program")
    if version == 0:
        for statement in _SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.execute("DELETE FROM conversations WHERE removed_at < ?", (_now(less=_REGRET),))
    connection.execute("COMMIT")


@contextmanager
def _translated(place: Path | None) -> Iterator[None]:
    """Turn SQLite's errors into ours, each with what to do."""
    try:
        yield
    except sqlite3.Error as error:
        if "full" in str(error):
            raise DiskFull(f"The disk that holds {place} is full: make room.") from None
        if "locked" in str(error):
            raise LibraryBusy(f"Another process is writing to {place}: try again.") from None
        raise LibraryDamaged(f"Cannot use {place} ({error}): move it away.") from None


def _now(*, less: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) - less).isoformat(timespec="milliseconds")

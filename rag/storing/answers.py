"""The log of answers in the library's file: what is in it stays, and as it was.

In: entries, whose record is somebody else's JSON. Out: the same entries. Knows nothing about
what a record says. A connection is opened for each call, so that a chat that answers and a
`rag index` that runs wait for each other's short transactions and for nothing else.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rag.errors import InputError, LibraryMissing
from rag.storing.files import DATABASE, translated
from rag.storing.format import connected
from rag.storing.selecting import folded

_COLUMNS = "answer_id, answered_at, question, text, record"
_NAMED = 5  # answers that are listed when an id may mean several


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer: `answered_at` is a time in UTC, as ISO 8601, `record` JSON with all of it."""

    answer_id: str
    answered_at: str
    question: str
    text: str
    record: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which answers are meant: those with every one of `words`, given `since` this time in UTC."""

    words: tuple[str, ...] = ()
    since: str = ""


def append(folder: Path, entry: Entry) -> None:
    """Add an entry to the log; it is on disk when this returns.

    Raises LibraryMissing, LibraryBusy, DiskFull, and LibraryDamaged where nothing can be written.
    """
    values = (entry.answer_id, entry.answered_at, entry.question, entry.text, entry.record)
    with opened(folder) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"INSERT INTO answers ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)", values)


def entry(folder: Path, answer_id: str) -> Entry:
    """Return the entry whose id begins so; raises InputError unless there is exactly one."""
    wanted = answer_id.strip().lower()
    if not re.fullmatch(r"[0-9a-f]+", wanted):
        raise InputError(f"{answer_id[:60]!r} is not the id of an answer. List them with: rag log")
    with opened(folder) as connection:
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM answers WHERE substr(answer_id, 1, ?) = ?"
            " ORDER BY number DESC LIMIT ?",
            (len(wanted), wanted, _NAMED + 1),
        ).fetchall()
    if not rows:
        raise InputError(f"There is no answer {wanted[:60]} in the log. List them with: rag log")
    if len(rows) > 1:
        ids = ", ".join(row[0] for row in rows[:_NAMED])
        more = " and others" if len(rows) > _NAMED else ""
        raise InputError(f"{wanted} may be any of these: {ids}{more}. Write more of it.")
    return Entry(*rows[0])


def entries(
    folder: Path, wanted: Wanted | None = None, *, limit: int | None = None
) -> Iterator[Entry]:
    """Yield the entries that are wanted, the latest first, at most `limit`."""
    wanted = wanted or Wanted()
    words = [folded(word) for word in wanted.words]
    conditions = [
        "answered_at >= ?",
        *["instr(folded(question || char(10) || text), ?)"] * len(words),
    ]
    query = f"SELECT {_COLUMNS} FROM answers WHERE {' AND '.join(conditions)}"
    values = (wanted.since, *words, -1 if limit is None else limit)
    with opened(folder) as connection:
        for row in connection.execute(f"{query} ORDER BY number DESC LIMIT ?", values):
            yield Entry(*row)


def citing(folder: Path, document_id: str, *, limit: int = 20) -> Iterator[Entry]:
    """Yield the latest entries whose record names a document, at most `limit`."""
    named = json.dumps({"document_id": document_id}, ensure_ascii=False, separators=(",", ":"))
    query = f"SELECT {_COLUMNS} FROM answers WHERE instr(record, ?) ORDER BY number DESC LIMIT ?"
    with opened(folder) as connection:
        for row in connection.execute(query, (named[1:-1], limit)):
            yield Entry(*row)


@contextmanager
def opened(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open the library's file for the length of a `with`; raises LibraryMissing."""
    if not (folder / DATABASE).is_file():
        raise LibraryMissing(f"There is no library in {folder}. Build one with: rag index")
    with closing(connected(folder)) as connection, translated(folder):
        yield connection

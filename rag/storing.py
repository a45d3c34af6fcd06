"""Keeps a library in one SQLite file, which is the truth: everything else is derived.

In: documents, passages, vectors. Out: the same records, and keyword search (FTS5).
Knows nothing about models or FAISS. Every change is one transaction: a process killed at
any moment leaves the library as it was after the last one.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import filelock
import numpy as np

from rag.errors import (
    DiskFull,
    InputError,
    LibraryBusy,
    LibraryDamaged,
    LibraryMissing,
    RagError,
)
from rag.types import FACTS, Document, Fact, FileState, Filters, Passage, Span

DATABASE = "library.sqlite"
_VERSION = 1
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
CREATE VIRTUAL TABLE words USING fts5 (
    text, tokenize="porter unicode61 remove_diacritics 2"
);
"""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was when last read."""

    path: str
    hash: str
    state: FileState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document with its passages, ready to be stored: one unit vector for each span."""

    document: Document
    spans: tuple[Span, ...]
    vectors: np.ndarray


class Store:
    """A library's SQLite file. Readers need no lock; `writing()` admits one writer."""

    def __init__(self, folder: Path, connection: sqlite3.Connection):
        self.folder = folder
        self._connection = connection

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Return the library in `folder`; raises LibraryMissing or LibraryDamaged."""
        if not (folder / DATABASE).is_file():
            raise LibraryMissing(f"There is no library in {folder}. Build one with: rag index")
        return cls._connected(folder, DATABASE)

    @classmethod
    def create(cls, folder: Path) -> Store:
        """Return the library in `folder`, an empty one when there is none yet."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from None
        return cls._connected(folder, DATABASE)

    @classmethod
    def _connected(cls, folder: Path, name: str) -> Store:
        with _translated(folder):
            connection = sqlite3.connect(folder / name, check_same_thread=False, timeout=10)
            connection.create_function("folded", 1, _folded, deterministic=True)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                _migrate(connection, folder)
            except BaseException:
                connection.close()
                raise
        return cls(folder, connection)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def writing(self) -> AbstractContextManager[None]:
        """Hold the right to write for the length of a `with`; raises LibraryBusy."""
        return writer(self.folder)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the `with` block changes, all of it or nothing."""
        with _translated(self.folder), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    # --- what is known about the library ---

    def meta(self, key: str) -> str | None:
        """Return a value kept with `set_meta`."""
        row = self._one("SELECT value FROM meta WHERE key = ?", key)
        return row[0] if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Keep a value about the library."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def generation(self) -> int:
        """Return a number that grows with every change of the passages."""
        return int(self.meta("generation") or 0)

    def counts(self) -> tuple[int, int]:
        """Return the numbers of documents and passages."""
        documents = self._one("SELECT count(*) FROM documents")[0]
        return documents, self._one("SELECT count(*) FROM passages")[0]

    def roots(self) -> list[str]:
        """Return the folders and files that the person asked to be indexed."""
        return [path for (path,) in self._all("SELECT path FROM roots ORDER BY path")]

    def add_root(self, path: str) -> None:
        """Remember a folder or file."""
        self._connection.execute("INSERT OR IGNORE INTO roots VALUES (?)", (path,))

    # --- files ---

    def files(self) -> dict[str, FileRecord]:
        """Return every file known, by path."""
        rows = self._all("SELECT path, hash, state, reason FROM files ORDER BY path")
        return {row[0]: FileRecord(*row) for row in rows}

    def put_file(self, record: FileRecord) -> None:
        """Remember what a file held when it was read."""
        self._connection.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)",
            (record.path, record.hash, record.state, record.reason),
        )

    def expire_files(self) -> None:
        """Make every file count as changed, so that it is read again."""
        self._connection.execute("UPDATE files SET hash = ''")

    def forget_file(self, path: str) -> None:
        """Forget a file, with its documents and passages."""
        self._connection.execute("DELETE FROM files WHERE path = ?", (path,))
        self._remove("file = ?", path)

    def move_file(self, old: str, new: str) -> None:
        """Give a file and its documents another path; passages and vectors stay."""
        self._connection.execute("DELETE FROM files WHERE path = ?", (new,))
        self._connection.execute("UPDATE files SET path = ? WHERE path = ?", (new, old))
        self._connection.execute(
            "UPDATE documents SET file = ?1, path = ?1 || substr(path, ?2) WHERE file = ?3",
            (new, len(old) + 1, old),
        )

    # --- documents and passages ---

    def add_documents(self, file: str, documents: Sequence[NewDocument]) -> None:
        """Store the documents of a file in place of those it had before."""
        self._remove("file = ?", file)
        for new in documents:
            # Two files that swapped contents: the other one's turn is still to come.
            self._remove("document_id = ?", new.document.document_id)
            self._add_document(file, new)

    def documents(self) -> list[Document]:
        """Return every document, ordered by path."""
        rows = self._all("SELECT * FROM documents ORDER BY path, document_id")
        return [_document(row) for row in rows]

    def document(self, document_id: str) -> Document:
        """Return one document; raises InputError when there is none with that id."""
        row = self._one("SELECT * FROM documents WHERE document_id = ?", document_id)
        if not row:
            raise InputError(
                f"There is no document {document_id!r} here. List them with: rag documents"
            )
        return _document(row)

    def passages(self, passage_ids: Iterable[int]) -> list[Passage]:
        """Return the passages with these ids, in the order given; unknown ids are left out."""
        found = (self._passage(passage_id) for passage_id in passage_ids)
        return [passage for passage in found if passage]

    def spans(self, document_id: str) -> list[Span]:
        """Return the passages of a document as spans, in order."""
        rows = self._all(
            "SELECT start, end FROM passages WHERE document_id = ? ORDER BY start", document_id
        )
        return [Span(*row) for row in rows]

    def vectors(self) -> tuple[np.ndarray, np.ndarray]:
        """Return passage ids, int64 shape (n,), and their vectors, float32 shape (n, d)."""
        rows = self._all("SELECT passage_id, vector FROM passages ORDER BY passage_id")
        ids = np.array([row[0] for row in rows], dtype=np.int64)
        data = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float32)
        return ids, data.reshape(len(rows), -1) if rows else np.empty((0, 0), np.float32)

    def passage_ids(self, filters: Filters) -> np.ndarray:
        """Return the ids of the passages that filters let through, int64 shape (n,), rising."""
        query, values = _passages_of(filters)
        return np.array([row[0] for row in self._all(f"{query} ORDER BY 1", *values)], np.int64)

    def keyword_search(
        self, question: str, limit: int, filters: Filters | None = None
    ) -> list[int]:
        """Return the ids of the passages that share words with the question, best BM25 first.

        `filters` are applied before the limit.
        """
        words = list(dict.fromkeys(re.findall(r"\w+", question.casefold())))[:64]
        if not words:
            return []
        match = " OR ".join(f'"{word}"' for word in words)
        within, values = "", ()
        if filters:
            query, values = _passages_of(filters)
            within = f"AND rowid IN ({query})"
        rows = self._all(
            f"SELECT rowid FROM words WHERE words MATCH ? {within} ORDER BY rank, rowid LIMIT ?",
            *(match, *values, limit),
        )
        return [row[0] for row in rows]

    # --- below: how ---

    def _passage(self, passage_id: int) -> Passage | None:
        row = self._one(
            "SELECT p.document_id, p.start, p.end, substr(d.text, p.start + 1, p.end - p.start)"
            " FROM passages p JOIN documents d USING (document_id) WHERE passage_id = ?",
            passage_id,
        )
        return Passage(passage_id, *row) if row else None

    def _add_document(self, file: str, new: NewDocument) -> None:
        document = new.document
        facts = {name: getattr(document, name) for name in FACTS}
        self._connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                document.document_id,
                file,
                document.path,
                document.text,
                json.dumps([[span.start, span.end] for span in document.body]),
                json.dumps([[span.start, span.end] for span in document.pages]),
                json.dumps({name: asdict(fact) for name, fact in facts.items() if fact}),
            ),
        )
        title = document.title.value if document.title else ""
        for span, vector in zip(new.spans, new.vectors, strict=True):
            cursor = self._connection.execute(
                "INSERT INTO passages (document_id, start, end, vector) VALUES (?, ?, ?, ?)",
                (document.document_id, span.start, span.end, vector.astype(np.float32).tobytes()),
            )
            self._connection.execute(
                "INSERT INTO words (rowid, text) VALUES (?, ?)",
                (cursor.lastrowid, f"{title}\n{document.text[span.start : span.end]}"),
            )

    def _remove(self, which: str, value: str) -> None:
        owned = f"SELECT document_id FROM documents WHERE {which}"
        passages = f"SELECT passage_id FROM passages WHERE document_id IN ({owned})"
        self._connection.execute(f"DELETE FROM words WHERE rowid IN ({passages})", (value,))
        self._connection.execute(f"DELETE FROM passages WHERE document_id IN ({owned})", (value,))
        self._connection.execute(f"DELETE FROM documents WHERE {which}", (value,))
        self._grow_generation()

    def _grow_generation(self) -> None:
        self.set_meta("generation", str(self.generation() + 1))

    def _all(self, query: str, *values: object) -> list[tuple]:
        with _translated(self.folder):
            return self._connection.execute(query, values).fetchall()

    def _one(self, query: str, *values: object) -> tuple | None:
        with _translated(self.folder):
            return self._connection.execute(query, values).fetchone()


@contextmanager
def writer(folder: Path) -> Iterator[None]:
    """Hold the right to write to a library for the length of a `with`; raises LibraryBusy."""
    lock = filelock.FileLock(folder / "writer.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise LibraryBusy(
            f"Another process is writing to the library in {folder}: "
            "wait until it is done, or stop it."
        ) from None
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        yield
    finally:
        lock.release()


def replace(folder: Path, fresh: Path) -> None:
    """Make the library in `folder` hold what the closed one in `fresh` holds, in one step.

    SQLite copies it as one transaction, so whoever has the library open goes on with the
    new contents. Only a file that SQLite cannot use at all is replaced as a file.
    """
    old = folder / DATABASE
    try:
        with (
            _translated(folder),
            closing(sqlite3.connect(fresh / DATABASE)) as source,
            closing(sqlite3.connect(old, timeout=3)) as target,
        ):
            # `backup` waits for a lock without end; this asks once, with a time limit.
            target.execute("BEGIN IMMEDIATE")
            target.rollback()
            source.backup(target)
    except LibraryDamaged:
        for log in ("-wal", "-shm"):  # SQLite would replay the old file's log into the new one
            Path(f"{old}{log}").unlink(missing_ok=True)
        os.replace(fresh / DATABASE, old)
    shutil.rmtree(fresh, ignore_errors=True)


def _document(row: tuple) -> Document:
    document_id, _, path, text, body, pages, facts = row
    return Document(
        document_id=document_id,
        path=path,
        text=text,
        body=tuple(Span(*span) for span in json.loads(body)),
        pages=tuple(Span(*span) for span in json.loads(pages)),
        **{name: Fact(**fact) for name, fact in json.loads(facts).items()},
    )


def _passages_of(filters: Filters) -> tuple[str, list[str]]:
    """Return a query for the ids of the passages that filters let through, and its values."""
    conditions: list[str] = []
    values: list[str] = []

    def among(what: str, allowed: Sequence[str]) -> None:
        if allowed:
            conditions.append(f"{what} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps([one.casefold() for one in allowed]))

    def on(comparison: str, day: date | None) -> None:
        if day:
            conditions.append(comparison.format(_fact("published")))
            values.append(day.isoformat())

    among(f"folded({_fact('publisher')})", filters.publishers)
    among(f"folded({_fact('language')})", filters.languages)
    among("folded(d.document_id)", filters.documents)
    on("{} >= ?", filters.after)
    on("{} <= ?", filters.before)
    on("ifnull({}, '') <= ?", filters.as_of)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT passage_id FROM passages JOIN documents d USING (document_id){where}", values


def _folded(value: str | None) -> str | None:
    return value.casefold() if value else value


def _fact(name: str) -> str:
    return f"json_extract(d.facts, '$.{name}.value')"


def _migrate(connection: sqlite3.Connection, folder: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_VERSION}")
    elif version != _VERSION:
        raise LibraryDamaged(
            f"The library in {folder} was made by another version of this program "
            f"(format {version}, not {_VERSION}). Rebuild it with: rag index --rebuild"
        )


def _unwritable(folder: Path, error: OSError) -> RagError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(folder)
    return InputError(
        f"Cannot write to the library folder {folder} ({error.strerror or error}): "
        "choose another one with --library."
    )


def _full(folder: Path) -> DiskFull:
    return DiskFull(
        f"The disk that holds {folder} is full: make room and run it again. "
        "What was there before is unharmed."
    )


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, each with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise _full(folder) from None
        if "locked" in str(error):
            raise LibraryBusy(
                f"Another process is writing to the library in {folder}: wait and try again."
            ) from None
        raise LibraryDamaged(
            f"Cannot use {folder / DATABASE} ({error}). Check that you may read and write it, "
            "or rebuild it with: rag index --rebuild"
        ) from None
    except sqlite3.DatabaseError as error:
        raise LibraryDamaged(
            f"{folder / DATABASE} is damaged ({error}). Rebuild it with: rag index --rebuild"
        ) from None

"""A library's tables as records: documents, passages, vectors, words.

In: documents, passages, vectors. Out: the same records, and keyword search (FTS5).
Knows nothing about models or FAISS.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np

from rag import keywords
from rag.errors import InputError, LibraryMissing
from rag.filtering import Choices, joined, parts
from rag.guarding import readable
from rag.storing import boxes, correcting
from rag.storing.files import DATABASE, translated, unwritable, writer
from rag.storing.format import connected
from rag.storing.selecting import fact, folded, passages_of
from rag.storing.words import index_words, matching, read_of, reindex_words
from rag.types import FACTS, Document, Fact, FileState, Filters, Narrowing, PageLine, Passage, Span


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was when last read; while a look at it finds its `hint`, it is as it was."""

    path: str
    hash: str
    state: FileState
    reason: str = ""
    hint: str = ""


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
        self._languages: tuple[int, tuple[str, ...]] = (-1, ())

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Return the library in `folder`; raises LibraryMissing or LibraryDamaged."""
        if not (folder / DATABASE).is_file():
            raise LibraryMissing(f"There is no library in {folder}. Build one with: rag index")
        return cls(folder, connected(folder))

    @classmethod
    def create(cls, folder: Path) -> Store:
        """Return the library in `folder`, an empty one when there is none yet."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from None
        return cls(folder, connected(folder))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def writing(self) -> AbstractContextManager[None]:
        """Hold the right to write for the length of a `with`; raises LibraryBusy."""
        return writer(self.folder)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what the `with` block changes, all of it or nothing."""
        with translated(self.folder), self._connection:
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

    def identity(self) -> str:
        """Return what tells this library from every other, also from itself rebuilt.

        "" before the first change, and for a library of an earlier version until it changes.
        """
        return self.meta("identity") or ""

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

    def remove_root(self, path: str) -> None:
        """Forget that a folder or file was to be indexed; what was read from it stays."""
        self._connection.execute("DELETE FROM roots WHERE path = ?", (path,))

    # --- files ---

    def files(self) -> dict[str, FileRecord]:
        """Return every file known, by path."""
        rows = self._all("SELECT * FROM files ORDER BY path")
        return {row[0]: FileRecord(*row) for row in rows}

    def put_file(self, record: FileRecord) -> None:
        """Remember what a file held when it was read."""
        self._connection.execute(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)",
            (record.path, record.hash, record.state, record.reason, record.hint),
        )

    def put_hints(self, hints: Mapping[str, str]) -> None:
        """Remember by what a look knows files, by path, that are as they were when read."""
        self._connection.executemany(
            "UPDATE files SET hint = ? WHERE path = ?",
            [(hint, path) for path, hint in hints.items()],
        )

    def expire_files(self, *states: FileState) -> None:
        """Make every file, or every one in these states, count as changed: it is read again."""
        query = "UPDATE files SET hash = '', hint = ''"
        if states:
            query += " WHERE state IN (SELECT value FROM json_each(?))"
        self._connection.execute(query, (json.dumps(states),) if states else ())

    def expire_file(self, path: str) -> None:
        """Make a file count as changed, so that it is read again."""
        self._connection.execute("UPDATE files SET hash = '', hint = '' WHERE path = ?", (path,))

    def copies(self) -> dict[str, tuple[str, ...]]:
        """Return the paths of further files with the same bytes, by the path of the file read."""
        rows = self._all(
            "SELECT d.file, f.path FROM (SELECT DISTINCT file FROM documents) d"
            " JOIN files o ON o.path = d.file"
            " JOIN files f ON f.hash = o.hash AND f.state = 'duplicate'"
            " WHERE o.hash <> '' AND f.path <> d.file ORDER BY 1, 2"
        )
        found: dict[str, tuple[str, ...]] = {}
        for file, path in rows:
            found[file] = (*found.get(file, ()), path)
        return found

    def forget_file(self, path: str) -> None:
        """Forget a file, with its documents and passages."""
        self._connection.execute("DELETE FROM files WHERE path = ?", (path,))
        correcting.left(self._connection, path)
        self._remove("file = ?", path)

    def exclude_file(self, path: str, reason: str) -> None:
        """Forget what a file held, and remember that it is not to be read."""
        record = self.files()[path]
        self.forget_file(path)
        self.put_file(replace(record, state="excluded", reason=reason))

    def move_file(self, old: str, new: str) -> None:
        """Give a file and its documents another path; passages and vectors stay."""
        self._connection.execute("DELETE FROM files WHERE path = ?", (new,))
        self._connection.execute("UPDATE files SET path = ? WHERE path = ?", (new, old))
        self._connection.execute(
            "UPDATE documents SET file = ?1, path = ?1 || substr(path, ?2) WHERE file = ?3",
            (new, len(old) + 1, old),
        )
        correcting.moved(self._connection, old, new)

    # --- documents and passages ---

    def add_documents(self, file: str, documents: Sequence[NewDocument]) -> None:
        """Store the documents of a file in place of those it had before."""
        self._remove("file = ?", file)
        for new in documents:
            self._take(new.document.document_id)
            document = correcting.corrected(self._connection, new.document, file)
            self._add_document(file, replace(new, document=document))
        if documents:
            self._grow_generation()

    def correct(self, document_id: str, field: str, value: str | None) -> Document:
        """Set a fact of a document by hand, None for unknown; return the document with it.

        It holds through re-indexing. Raises InputError for a document that is not there.
        """
        before = self.document(document_id)
        [(file,)] = self._all("SELECT file FROM documents WHERE document_id = ?", document_id)
        after = correcting.correct(self._connection, before, file, field, value)
        self._connection.execute(
            "UPDATE documents SET facts = ? WHERE document_id = ?", (_facts(after), document_id)
        )
        for passage_id, *span in self._all(
            "SELECT passage_id, start, end FROM passages WHERE document_id = ?", document_id
        ):
            reindex_words(self._connection, passage_id, after, Span(*span))
        return after

    def corrections(self) -> list[tuple]:
        """Return all that was set by hand, as `put_corrections` takes it."""
        with translated(self.folder):
            return correcting.every(self._connection)

    def put_corrections(self, rows: Sequence[tuple]) -> None:
        """Take over what was set by hand in another library."""
        correcting.put(self._connection, rows)

    def vectors_by_text(self, file: str) -> dict[str, np.ndarray]:
        """Return the vectors of the passages of a file, by the words they were made of.

        None of a file that is to be read again: its vectors may be what is wrong with it.
        """
        rows = self._all(
            "SELECT substr(d.text, p.start + 1, p.end - p.start), p.vector FROM documents d"
            " JOIN passages p USING (document_id) JOIN files f ON f.path = d.file"
            " WHERE d.file = ? AND f.hash <> ''",
            file,
        )
        return {readable(text): np.frombuffer(vector, np.float32) for text, vector in rows}

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

    def file_of(self, document_id: str) -> str:
        """Return the file that a document was read from, "" for an unknown id."""
        row = self._one("SELECT file FROM documents WHERE document_id = ?", document_id)
        return row[0] if row else ""

    def documents_in(self, file: str) -> int:
        """Return how many documents were read from a file."""
        return self._one("SELECT count(*) FROM documents WHERE file = ?", file)[0]

    def lines(self, document_id: str) -> tuple[PageLine, ...]:
        """Return the lines of a document and their places on its pages; none but for PDFs."""
        return boxes.kept(self._connection, document_id)

    def files_of(self, document_id: str) -> list[FileRecord]:
        """Return the file that a document was read from, then those with the same bytes."""
        rows = self._all(
            "SELECT DISTINCT f.*, f.path <> o.path AS copy FROM documents d"
            " JOIN files o ON o.path = d.file"
            " JOIN files f ON f.path = o.path OR (o.hash <> '' AND f.hash = o.hash)"
            " WHERE d.document_id = ? ORDER BY copy, f.path",
            document_id,
        )
        return [FileRecord(*row[:5]) for row in rows]

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
        return _vectors(self._all("SELECT passage_id, vector FROM passages ORDER BY passage_id"))

    def vectors_of(self, passage_ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return those of the passage ids that are known, rising, and their vectors.

        The vectors are float32 of shape (n, d), and (0, 0) when no id is known.
        """
        rows = self._all(
            "SELECT passage_id, vector FROM passages"
            " WHERE passage_id IN (SELECT value FROM json_each(?)) ORDER BY passage_id",
            json.dumps(passage_ids.tolist()),
        )
        return _vectors(rows)

    def signs_of(self, passage_ids: Sequence[int]) -> dict[int, np.ndarray]:
        """Return the token vectors of those passages that have them, uint8, flat."""
        rows = self._all(
            "SELECT passage_id, signs FROM signs"
            " WHERE passage_id IN (SELECT value FROM json_each(?))",
            json.dumps(list(passage_ids)),
        )
        return {found: np.frombuffer(signs, np.uint8) for found, signs in rows}

    def put_signs(self, signs: Mapping[int, np.ndarray]) -> None:
        """Store the token vectors of passages."""
        self._connection.executemany(
            "INSERT OR REPLACE INTO signs VALUES (?, ?)",
            [(passage_id, bits.tobytes()) for passage_id, bits in signs.items()],
        )

    def forget_signs(self) -> None:
        """Remove all token vectors, as another model is to make them."""
        self._connection.execute("DELETE FROM signs")

    def without_signs(self) -> list[int]:
        """Return the ids of the passages that have no token vectors, rising."""
        rows = self._all(
            "SELECT passage_id FROM passages WHERE passage_id NOT IN (SELECT passage_id FROM signs)"
        )
        return sorted(row[0] for row in rows)

    def has_signs(self, late: str) -> bool:
        """Say whether every passage has token vectors, made by the model with this identity.

        Of "name@fingerprint" the name does not count: it changes when a folder is renamed.
        """
        return self.meta("signs") == self._signed(late)

    def complete_signs(self, late: str) -> None:
        """Remember that every passage has token vectors made by this model."""
        self.set_meta("signs", self._signed(late))

    def _signed(self, late: str) -> str:
        return f"{late.rpartition('@')[2]} {self.generation()}"

    def all_passage_ids(self) -> np.ndarray:
        """Return the id of every passage, int64 shape (n,), rising. An id is never reused."""
        with translated(self.folder):
            rows = self._connection.execute("SELECT passage_id FROM passages")
            return np.sort(np.fromiter((row[0] for row in rows), np.int64))

    def passage_ids(self, filters: Filters) -> np.ndarray:
        """Return the ids of the passages that filters let through, int64 shape (n,), rising."""
        query, values = passages_of(filters)
        return np.array([row[0] for row in self._all(f"{query} ORDER BY 1", *values)], np.int64)

    def narrowing(self, filters: Filters) -> list[Narrowing]:
        """Return what each filter leaves, each after those before it."""
        found = []
        each = parts(filters)
        for number, part in enumerate(each, 1):
            query, values = passages_of(joined(one.filters for one in each[:number]))
            row = self._one(
                "SELECT count(DISTINCT document_id), count(*) FROM passages"
                f" WHERE passage_id IN ({query})",
                *values,
            )
            found.append(Narrowing(part.words, *row))
        return found

    def choices(self) -> Choices:
        """Return what the library can be filtered by."""
        day = fact("published")
        row = self._one(f"SELECT min({day}), max({day}), count(*) - count({day}) FROM documents d")
        first, last = (date.fromisoformat(one) if one else None for one in row[:2])
        names = [self._names("publisher"), self._names("language")]
        return Choices(*self.counts(), *names, first, last, row[2])

    def paths(self) -> dict[str, str]:
        """Return the path of every document by its id, ordered by path."""
        return dict(self._all("SELECT document_id, path FROM documents ORDER BY path, document_id"))

    def titles(
        self, words: str = "", *, ids: Sequence[str] | None = None, limit: int = 20
    ) -> list[tuple[str, str]]:
        """Return ids and titles of documents, of one without a title its path.

        Those of `ids`, where these are given, else the first in the order of titles that hold
        each of the words in title or path.
        """
        name = f"ifnull({fact('title')}, d.path)"
        asked = [folded(word) for word in words.split()]
        conditions = [f"instr(folded({name} || char(10) || d.path), ?)" for _ in asked]
        if ids is not None:
            conditions = ["d.document_id IN (SELECT value FROM json_each(?))"]
            asked = [json.dumps(list(ids))]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        query = f"SELECT d.document_id, {name} FROM documents d{where} ORDER BY 2, d.path LIMIT ?"
        return self._all(query, *asked, -1 if ids is not None else limit)

    def keyword_search(
        self, question: str, limit: int, filters: Filters | None = None
    ) -> list[tuple[int, float]]:
        """Return up to `limit` pairs of passage id and score, best first, before `filters` cut in.

        The score is BM25 (k1 1.2, b .75) over the most that any passage could score, 0 to 1.
        """
        terms = keywords.asked(question, self.languages())
        counts = self._word_counts((*terms.words, *terms.names))
        match, most = matching(terms, counts, self.counts()[1])
        if not match:
            return []
        within, values = "", ()
        if filters:
            query, values = passages_of(filters)
            within = f"AND rowid IN ({query})"
        rows = self._all(
            "SELECT rowid, rank FROM words WHERE words MATCH ?"
            f" {within} ORDER BY rank, rowid LIMIT ?",
            *(match, *values, limit),
        )
        return [(found, -score / most) for found, score in rows]

    def languages(self) -> tuple[str, ...]:
        """Return the languages of the documents, the most frequent first, at most three."""
        generation = self.generation()
        if self._languages[0] != generation:
            names = [name for name, _ in self._names("language")[:3]]
            self._languages = (generation, tuple(names))
        return self._languages[1]

    # --- below: how ---

    def _names(self, about: str) -> tuple[tuple[str, int], ...]:
        """Return the values of a fact with their numbers of documents, the most frequent first.

        Values that differ in case alone are one, spelt as most documents spell it.
        """
        rows = self._all(
            f"SELECT {fact(about)} AS name, count(*) FROM documents d WHERE name IS NOT NULL"
            " GROUP BY name ORDER BY count(*) DESC, name"
        )
        spelt: dict[str, tuple[str, int]] = {}
        for name, count in rows:
            known, before = spelt.get(name.casefold(), (name, 0))
            spelt[name.casefold()] = (known, before + count)
        return tuple(sorted(spelt.values(), key=lambda one: (-one[1], one[0].casefold())))

    def _word_counts(self, terms: Sequence[str]) -> dict[str, int]:
        """Return in how many passages each term stands, those that stand in none left out."""
        rows = self._all(
            "SELECT term, doc FROM word_counts WHERE term IN (SELECT value FROM json_each(?))",
            json.dumps(list(dict.fromkeys(terms))),
        )
        return dict(rows)

    def _passage(self, passage_id: int) -> Passage | None:
        row = self._one(
            "SELECT p.document_id, p.start, p.end, substr(d.text, p.start + 1, p.end - p.start)"
            " FROM passages p JOIN documents d USING (document_id) WHERE passage_id = ?",
            passage_id,
        )
        return Passage(passage_id, *row) if row else None

    def _add_document(self, file: str, new: NewDocument) -> None:
        document = new.document
        self._connection.execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                document.document_id,
                file,
                document.path,
                document.text,
                json.dumps([[span.start, span.end] for span in document.body]),
                json.dumps([[span.start, span.end] for span in document.pages]),
                _facts(document),
            ),
        )
        boxes.keep(self._connection, document.document_id, document.lines)
        last = self._last_passage_id()
        for number, (span, vector) in enumerate(zip(new.spans, new.vectors, strict=True), last + 1):
            data = vector.astype(np.float32).tobytes()
            self._connection.execute(
                "INSERT INTO passages (passage_id, document_id, start, end, vector)"
                " VALUES (?, ?, ?, ?, ?)",
                (number, document.document_id, span.start, span.end, data),
            )
            index_words(self._connection, number, *read_of(document, span))
        self.set_meta("last_passage_id", str(last + len(new.spans)))

    def _take(self, document_id: str) -> None:
        """Remove a document from the file it was read from, which is to be read again.

        Two files may have swapped contents, with the other one's turn still to come. A run that
        is killed before it must not leave that file standing as read, without a document.
        """
        for (file,) in self._all("SELECT file FROM documents WHERE document_id = ?", document_id):
            self.expire_file(file)
        self._remove("document_id = ?", document_id)

    def _remove(self, which: str, value: str) -> None:
        owned = f"SELECT document_id FROM documents WHERE {which}"
        passages = f"SELECT passage_id FROM passages WHERE document_id IN ({owned})"
        self._connection.execute(f"DELETE FROM words WHERE rowid IN ({passages})", (value,))
        self._connection.execute(f"DELETE FROM signs WHERE passage_id IN ({passages})", (value,))
        self._connection.execute(f"DELETE FROM passages WHERE document_id IN ({owned})", (value,))
        gone = self._connection.execute(f"DELETE FROM documents WHERE {which}", (value,))
        if gone.rowcount:
            self._grow_generation()

    def _last_passage_id(self) -> int:
        """Return the largest id ever given out: SQLite by itself would give it out again."""
        present = self._one("SELECT ifnull(max(passage_id), 0) FROM passages")[0]
        return max(int(self.meta("last_passage_id") or 0), present)  # 0: an earlier version

    def _grow_generation(self) -> None:
        if not self.identity():
            self.set_meta("identity", secrets.token_hex(8))
        self.set_meta("generation", str(self.generation() + 1))

    def _all(self, query: str, *values: object) -> list[tuple]:
        with translated(self.folder):
            return self._connection.execute(query, values).fetchall()

    def _one(self, query: str, *values: object) -> tuple | None:
        with translated(self.folder):
            return self._connection.execute(query, values).fetchone()


def _vectors(rows: Sequence[tuple[int, bytes]]) -> tuple[np.ndarray, np.ndarray]:
    ids = np.array([row[0] for row in rows], dtype=np.int64)
    data = np.frombuffer(b"".join(row[1] for row in rows), dtype=np.float32)
    return ids, data.reshape(len(rows), -1) if rows else np.empty((0, 0), np.float32)


def _facts(document: Document) -> str:
    facts = {name: getattr(document, name) for name in FACTS}
    return json.dumps({name: asdict(fact) for name, fact in facts.items() if fact})


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

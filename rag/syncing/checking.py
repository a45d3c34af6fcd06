"""Checks a whole library, and makes anew what is derived and wrong.

In: a store. Out: a line for each kind of thing that was checked. Knows nothing about models:
what only they can make again is marked, so that the next `rag index` reads those files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rag import indexing
from rag.indexing import VectorIndex
from rag.storing import Store, checking
from rag.syncing.applying import Progress, Told
from rag.syncing.finding import look

Outcome = Literal["sound", "repaired", "to read", "changed"]
_NAMED = 3  # files that are named in a line


@dataclass(frozen=True, slots=True)
class Finding:
    """What was checked, how much of it, and what was wrong.

    "repaired" was made anew; "to read" files are read again by the next `rag index`, which
    also takes in files that "changed" since, and are no fault of the library.
    """

    what: str
    of: int
    outcome: Outcome = "sound"
    told: str = ""


@dataclass(slots=True)
class _Tables:
    """What a walk through all documents found."""

    spans: dict[str, str] = field(default_factory=dict)
    vectors: dict[str, str] = field(default_factory=dict)
    words: dict[str, tuple[int, ...]] = field(default_factory=dict)


def check(store: Store, *, progress: Told = lambda _: None) -> tuple[Finding, ...]:
    """Return what is wrong with a library; what is derived in it is right when this returns.

    Raises LibraryBusy, and LibraryDamaged where SQLite itself finds its file broken.
    """
    with store.writing():
        documents, passages = store.counts()
        found = _tables(store, progress)
        findings = [
            _files(store, progress),
            _read_again(store, "spans", documents, found.spans),
            _read_again(store, "vectors", passages, found.vectors),
            _words(store, passages, found.words),
            _rows(store),
            _index(store, passages),
        ]
    return tuple(findings)


def _files(store: Store, progress: Told) -> Finding:
    """Compare the bytes of every file with what is recorded, whatever hints say."""
    known = store.files()
    changed, gone, silent = [], [], []
    for number, record in enumerate(known.values(), 1):
        progress(Progress(number, len(known), 0, "files"))
        if not record.hash:
            continue
        seen = look(Path(record.path), None)
        if seen is None or seen.problem:
            gone.append(record.path)
        elif seen.hash != record.hash:
            unseen = seen.hint and seen.hint == record.hint
            (silent if unseen else changed).append(record.path)
    _again(store, silent)
    if silent:
        told = "other bytes than recorded, though the disk tells no change"
        return Finding("files", len(known), "to read", f"{_count(silent)} {told}: {_some(silent)}")
    told = [f"{_count(changed)} changed since"] * bool(changed)
    told += [f"{_count(gone)} not there or not to be read"] * bool(gone)
    named = f": {_some([*changed, *gone])}"
    return Finding("files", len(known), *(("changed", ", ".join(told) + named) if told else ()))


def _tables(store: Store, progress: Told) -> _Tables:
    found, (documents, _) = _Tables(), store.counts()
    with checking.opened(store.folder) as connection:
        for number, one in enumerate(checking.checked(connection), 1):
            progress(Progress(number, documents, 0, "documents"))
            if one.spans:
                found.spans[one.file] = one.spans
            if one.vectors:
                found.vectors[one.file] = one.vectors
            if one.words:
                found.words[one.document_id] = one.words
    return found


def _read_again(store: Store, what: str, of: int, wrong: dict[str, str]) -> Finding:
    _again(store, list(wrong))
    if not wrong:
        return Finding(what, of)
    first, told = next(iter(wrong.items()))
    return Finding(what, of, "to read", f"wrong in {_count(wrong)}: {first} ({told})")


def _words(store: Store, passages: int, wrong: dict[str, tuple[int, ...]]) -> Finding:
    with checking.opened(store.folder) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        for document_id, ids in wrong.items():
            checking.rewrite_words(connection, document_id, ids)
        sound = checking.sound_words(connection)
    rows = sum(map(len, wrong.values()))
    told = [f"{rows:,} rows were not those of their passages"] * bool(rows)
    told += ["its inner index did not agree with its rows"] * (not sound)
    return _repaired("full text", passages, " and ".join(told))


def _rows(store: Store) -> Finding:
    """Check that rows belong to something, and that files have the documents they should."""
    with checking.opened(store.folder) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        orphans = checking.remove_orphans(connection)
        lost = checking.lost_files(connection)
    _again(store, lost)
    files = len(store.files())
    if lost:
        return Finding("rows", files, "to read", f"no documents for {_count(lost)}: {_some(lost)}")
    return _repaired("rows", files, f"{orphans:,} belonged to nothing" if orphans else "")


def _index(store: Store, passages: int) -> Finding:
    wrong = indexing.flaw(store)
    if wrong:
        indexing.remove(store)
        VectorIndex.open(store)
    return _repaired("vector index", passages, f"the FAISS file {wrong}" if wrong else "")


def _repaired(what: str, of: int, told: str) -> Finding:
    return Finding(what, of, "repaired" if told else "sound", told)


def _again(store: Store, files: list[str]) -> None:
    with store.transaction():
        for path in files:
            store.expire_file(path)


def _count(files: list[str] | dict) -> str:
    return f"{len(files):,} file{'' if len(files) == 1 else 's'}"


def _some(files: list[str]) -> str:
    more = "…" if len(files) > _NAMED else ""
    return ", ".join(files[:_NAMED]) + more

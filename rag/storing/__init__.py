"""Keeping a library in one SQLite file, which is the truth: everything else is derived.

In: documents, passages, vectors. Out: the same records, and keyword search (FTS5).
Knows nothing about models or FAISS. Every change is one transaction: a process killed at
any moment leaves the library as it was after the last one.

    store    records in and out         selecting  filters as a query
    words    the full-text index        format     tables, and those of earlier versions
    answers  the log of answers         files      locks, replacing, errors
    checking what is derived in tables  correcting what a person set by hand
    judgements  what people said of answers
"""

from rag.storing.correcting import BY_HAND
from rag.storing.files import DATABASE, replace, writer
from rag.storing.store import FileRecord, NewDocument, Store

__all__ = ["BY_HAND", "DATABASE", "FileRecord", "NewDocument", "Store", "replace", "writer"]

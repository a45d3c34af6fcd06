"""The full-text index: what is kept of a passage's words, and how a question asks for them.

In: passages, terms. Out: rows of the index, queries for it. Knows nothing about questions.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Sequence

from rag import keywords
from rag.guarding import readable
from rag.types import Document, Span

WORDS = """
CREATE VIRTUAL TABLE words USING fts5 (
    terms, names, tokenize="unicode61 remove_diacritics 0 tokenchars '.-/:+#_'"
);
INSERT INTO words (words, rank) VALUES ('rank', 'bm25(1.0, 0.3)');
CREATE VIRTUAL TABLE word_counts USING fts5vocab (words, 'row');
"""
"""What keyword search reads: the terms of `rag.keywords`, separated by blanks.

A name that matches as it is written counts .3 of a word on top of its stem: of 0, .15, .3 and
.5, the best nDCG@10 over six sets together (tests/benchmarks/LOG.md).
"""
_MOST_POSTINGS = 10_000
"""How many entries of the full-text index one question may read; its rarest terms come first.

Over 16,847 passages of SciFact BM25 has nDCG@10 .695 without a limit, .695 with 5,000 and .681
with 2,000."""


def index_words(connection: sqlite3.Connection, passage_id: int, text: str, language: str) -> None:
    """Add the words of a passage, its title among them."""
    connection.execute(
        "INSERT INTO words (rowid, terms, names) VALUES (?, ?, ?)",
        (passage_id, *written(text, language)),
    )


def reindex_words(
    connection: sqlite3.Connection, passage_id: int, document: Document, span: Span
) -> None:
    """Put the words of a passage in place of those that stand there."""
    connection.execute("DELETE FROM words WHERE rowid = ?", (passage_id,))
    index_words(connection, passage_id, *read_of(document, span))


def written(text: str, language: str) -> tuple[str, str]:
    """Return terms and names of a passage as they stand in the index."""
    terms = keywords.indexed(text, language)
    return " ".join(terms.words), " ".join(terms.names)


def read_of(document: Document, span: Span) -> tuple[str, str]:
    """Return what keyword search reads of a passage, and the language it is taken to be in."""
    title = document.title.value if document.title else ""
    language = document.language.value if document.language else "en"
    return f"{readable(title)}\n{readable(document.text[span.start : span.end])}", language


def matching(terms: keywords.Terms, counts: dict[str, int], passages: int) -> tuple[str, float]:
    """Return the FTS5 query for terms, "" for none, and the most that BM25 can give for it.

    The rarest come first, as far as `_MOST_POSTINGS` go: the idf of what is left out is small.
    """
    idf = {
        term: max(math.log((passages - n + 0.5) / (n + 0.5)), 1e-6) for term, n in counts.items()
    }
    words, names, read, most = [], [], 0, 0.0
    for term in sorted(set(terms.words) & counts.keys(), key=lambda term: (counts[term], term)):
        read += counts[term]
        if words and read > _MOST_POSTINGS:
            break
        words.append(term)
        most += 2.2 * idf[term]
    for term in sorted(set(terms.names) & counts.keys()):
        if counts[term] <= _MOST_POSTINGS:
            names.append(term)
    columns = ((found, column) for found, column in ((words, "terms"), (names, "names")) if found)
    match = " OR ".join(f"{column} : ({_any(found)})" for found, column in columns)
    return match, most or 1.0


def _any(terms: Sequence[str]) -> str:
    return " OR ".join(f'"{term}"' for term in terms)

"""A library's documents and unread files as pages of a list.

In: what is looked for, in which order. Out: one page of rows, and how many there are of each
state. Knows nothing about who reads it. A connection is opened for each call.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rag.storing.files import translated
from rag.storing.format import connected
from rag.storing.selecting import fact, folded

INDEXED = "indexed"
STATES = (INDEXED, "failed", "empty", "duplicate", "excluded")
"""A document's state, and those of files without documents."""
Order = Literal["title", "publisher", "published", "language", "path", "passages", "state"]
ORDERS: tuple[Order, ...] = Order.__args__
_READ = f"""
SELECT d.document_id AS document_id, '{INDEXED}' AS state, ifnull(f.reason, '') AS reason,
    d.path AS path, d.file AS file, ifnull({fact("title")}, '') AS title,
    ifnull({fact("publisher")}, '') AS publisher, ifnull({fact("published")}, '') AS published,
    ifnull({fact("language")}, '') AS language
FROM documents d LEFT JOIN files f ON f.path = d.file
UNION ALL
SELECT '', state, reason, path, path, '', '', '', '' FROM files
WHERE state IN ('failed', 'empty', 'duplicate', 'excluded')
"""
_PASSAGES = "(SELECT count(*) FROM passages p WHERE p.document_id = {}.document_id)"
_SOUGHT = "title || char(10) || publisher || char(10) || path || char(10) || reason"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rows with every one of `words`, of one `state` or of all, in an order; pages from 1."""

    words: tuple[str, ...] = ()
    state: str = ""
    order: Order = "path"
    falling: bool = False
    page: int = 1
    size: int = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A document, or a file that holds none: then `document_id` and all facts are "".

    `path` tells the documents of one `file` apart; `reason` says why a file was not read.
    """

    document_id: str
    state: str
    reason: str
    path: str
    file: str
    title: str
    publisher: str
    published: str
    language: str
    passages: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of rows, how many there are on all pages, and of each state found with the words."""

    rows: tuple[Listed, ...]
    found: int
    wanted: Wanted
    states: dict[str, int] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.found // self.wanted.size))


def listed(folder: Path, wanted: Wanted) -> Listing:
    """Return the page that is wanted, the last one where there are fewer."""
    words = [folded(word) for word in wanted.words]
    sought = " AND ".join([f"instr(folded({_SOUGHT}), ?)"] * len(words)) or "1"
    with closing(connected(folder)) as connection, translated(folder):
        connection.execute("BEGIN")  # the counts and the rows are of one moment
        rows = connection.execute(
            f"SELECT state, count(*) FROM ({_READ}) WHERE {sought} GROUP BY state", words
        )
        states = dict(rows.fetchall())
        found = states.get(wanted.state, 0) if wanted.state else sum(states.values())
        last = max(1, -(-found // wanted.size))
        page = min(max(1, wanted.page), last)
        state = "state = ?" if wanted.state else "1"
        rows = connection.execute(
            f"SELECT page.*, {_PASSAGES.format('page')} FROM (SELECT * FROM ({_READ}) one"
            f" WHERE {sought} AND {state} ORDER BY {_ordered(wanted)} LIMIT ? OFFSET ?) page",
            [
                *words,
                *([wanted.state] if wanted.state else []),
                wanted.size,
                (page - 1) * wanted.size,
            ],
        )
        return Listing(tuple(Listed(*row) for row in rows), found, _at(wanted, page), states=states)


def states_of(folder: Path, files: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """Return state and reason of those files that are known, by path; "unchanged" is indexed."""
    with closing(connected(folder)) as connection, translated(folder):
        rows = [
            connection.execute("SELECT path, state, reason FROM files WHERE path = ?", (file,))
            for file in files
        ]
        return {path: (state, reason) for found in rows for path, state, reason in found}


def _ordered(wanted: Wanted) -> str:
    """Return the order in SQL: what is unknown comes last, equals by path."""
    name = wanted.order if wanted.order in ORDERS else "path"
    falling = " DESC" if wanted.falling else ""
    if name == "passages":
        return f"{_PASSAGES.format('one')}{falling}, path"
    if name in ("path", "state"):
        return f"{name}{falling}, path"
    return f"{name} = '', folded({name}){falling}, path"


def _at(wanted: Wanted, page: int) -> Wanted:
    return Wanted(wanted.words, wanted.state, wanted.order, wanted.falling, page, wanted.size)

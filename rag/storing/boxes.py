"""Keeps where on its page each line of a document stands.

In: a connection, a document's lines. Out: the same lines. Knows nothing about what they are for.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Sequence

import numpy as np

from rag.types import Box, PageLine, Span

BOXES = """
CREATE TABLE IF NOT EXISTS boxes (
    document_id TEXT PRIMARY KEY REFERENCES documents ON DELETE CASCADE, lines BLOB NOT NULL
) WITHOUT ROWID;
"""
_TENTHS = 10  # of a point, the unit that is kept
_FARTHEST = 10_000_000  # a damaged file may put a line anywhere


def keep(connection: sqlite3.Connection, document_id: str, lines: Sequence[PageLine]) -> None:
    """Keep the lines of a document; nothing where there are none."""
    if lines:
        packed = _packed(lines)
        connection.execute("INSERT INTO boxes VALUES (?, ?)", (document_id, packed))


def kept(connection: sqlite3.Connection, document_id: str) -> tuple[PageLine, ...]:
    """Return the lines of a document; none in a library made before they were kept."""
    tables = "SELECT 1 FROM sqlite_master WHERE name = 'boxes'"
    if not connection.execute(tables).fetchone():
        return ()
    chosen = "SELECT lines FROM boxes WHERE document_id = ?"
    row = connection.execute(chosen, (document_id,)).fetchone()
    return _unpacked(row[0]) if row else ()


def _packed(lines: Sequence[PageLine]) -> bytes:
    """Return int32 numbers, seven to a line; places as differences, which compress well."""
    sides = np.nan_to_num(np.array([one.box for one in lines]) * _TENTHS).clip(
        -_FARTHEST, _FARTHEST
    )
    places = np.array([(one.span.start, one.span.end, one.page) for one in lines])
    rows = np.hstack([places, sides.round().astype(np.int64)])
    return zlib.compress(np.diff(rows, axis=0, prepend=0).astype("<i4").tobytes())


def _unpacked(packed: bytes) -> tuple[PageLine, ...]:
    steps = np.frombuffer(zlib.decompress(packed), dtype="<i4").reshape(-1, 7)
    return tuple(
        PageLine(Span(start, end), page, Box(*(side / _TENTHS for side in sides)))
        for start, end, page, *sides in np.cumsum(steps, axis=0, dtype=np.int64).tolist()
    )

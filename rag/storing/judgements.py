"""What people said of logged answers: kept beside the log, in the library's file, append-only.

In: judgements. Out: the same, and those that hold. Knows nothing about what an answer says.
A later judgement of the same sentence or citation holds instead of the earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rag.storing.answers import opened

Opinion = Literal["right", "wrong", "wrong span", ""]
"""What a person says; "" takes back what was said before."""

_COLUMNS = "answer_id, judged_at, person, statement, citation, verdict, note"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person said of a sentence of an answer, or of one of the citations below it.

    `statement` and `citation` count from 0; a `citation` of None means the sentence itself.
    `judged_at` is a time in UTC, `person` "" where nobody has to sign in. `number` grows.
    """

    answer_id: str
    judged_at: str
    person: str
    statement: int
    citation: int | None
    verdict: Opinion
    note: str = ""
    number: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """What is judged, as something that can be ordered: the sentence before its citations."""
        return self.statement, -1 if self.citation is None else self.citation


def append(folder: Path, judgements: Sequence[Judgement]) -> None:
    """Keep judgements, all or none; they are on disk when this returns.

    Raises LibraryMissing, LibraryBusy, DiskFull, and LibraryDamaged where nothing can be written.
    """
    rows = [_row(one) for one in judgements]
    with opened(folder) as connection, connection:
        connection.execute("BEGIN IMMEDIATE")
        marks = "?, ?, ?, ?, ?, ?, ?"
        connection.executemany(f"INSERT INTO judgements ({_COLUMNS}) VALUES ({marks})", rows)


def of(folder: Path, answer_id: str) -> tuple[Judgement, ...]:
    """Return all that was ever said of an answer, the earliest first."""
    chosen = f"SELECT {_COLUMNS}, number FROM judgements WHERE answer_id = ? ORDER BY number"
    return tuple(Judgement(*row) for row in _said(folder, chosen, answer_id))


def judged(folder: Path) -> list[str]:
    """Return the ids of the answers of which something was said, the first judged one first."""
    chosen = "SELECT answer_id FROM judgements GROUP BY answer_id ORDER BY min(number)"
    return [row[0] for row in _said(folder, chosen)]


def holding(found: Iterable[Judgement], *, upto: int | None = None) -> tuple[Judgement, ...]:
    """Return the judgements that hold, in the order of the answer; those `upto` a number."""
    last: dict[tuple[int, int], Judgement] = {}
    for one in sorted(found, key=lambda one: one.number):
        if upto is None or one.number <= upto:
            last[one.place] = one
    said = (one for one in last.values() if one.verdict or one.note)
    return tuple(sorted(said, key=lambda one: one.place))


def _row(one: Judgement) -> tuple:
    about = (one.answer_id, one.judged_at, one.person)
    return (*about, one.statement, one.citation, one.verdict, one.note)


def _said(folder: Path, query: str, *values: str) -> list[tuple]:
    """Return rows; none of an old library that cannot be written to, and so has no such table."""
    with opened(folder) as connection:
        tables = "SELECT 1 FROM sqlite_master WHERE name = 'judgements'"
        if not connection.execute(tables).fetchone():
            return []
        return connection.execute(query, values).fetchall()

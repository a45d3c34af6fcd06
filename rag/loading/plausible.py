"""Days that can be those of publication, with the facts that they were read from.

In: words, facts. Out: days, None where the words state none or one that only a program would
write. Knows nothing about pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rag.loading.dates import stated_date
from rag.types import Fact

EARLIEST = date(1500, 1, 1)
PLACEHOLDERS = frozenset((date(1970, 1, 1), date(1969, 12, 31), date(1900, 1, 1)))
"""What programs write where they know no date."""
_UNIX = re.compile(r"[1-9]\d{9}(?:\d{3})?")
_CLOCK = re.compile(r"\d[T ]\d\d:\d\d|^\d{10}")
_ZONE = re.compile(r"[+-](?!00:?00)\d\d:?\d\d\s*$|\s(?:E|C|M|P|K|J|CE|ME|B)[SD]?T\b")


@dataclass(frozen=True, slots=True)
class Dated:
    """A day, and the fact that states it in its own words."""

    day: date
    fact: Fact

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is a moment in no zone or in UTC: the day may be another where it was."""
        words = self.fact.value
        return bool(_CLOCK.search(words)) and not _ZONE.search(words)


def plausible_day(words: str) -> date | None:
    """Return the day that `words` state; None where it cannot be a day of publication."""
    day = _of_seconds(words) if _UNIX.fullmatch(words) else stated_date(words)
    if day is None or day in PLACEHOLDERS:
        return None
    return day if EARLIEST <= day <= date.today() + timedelta(days=1) else None


def dated(facts: Iterable[Fact]) -> list[Dated]:
    """Return those of the facts that state a day."""
    days = ((plausible_day(fact.value), fact) for fact in facts)
    return [Dated(day, fact) for day, fact in days if day]


def only(found: Sequence[Dated]) -> Dated | None:
    """Return the first of those that are all of one day; None where there are none or two."""
    return found[0] if len({one.day for one in found}) == 1 else None


def _of_seconds(words: str) -> date:
    return datetime.fromtimestamp(int(words[:10]), UTC).date()

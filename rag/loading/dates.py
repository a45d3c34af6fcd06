"""Dates that a text states, and the year of a date that leaves it out.

In: words. Out: dates, or None where the words allow more than one reading: a wrong date is
worse than none. Knows nothing about files, and nothing is ever read from a clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import dateparser

from rag.months import make_date, month_number

EARLIEST_INFERRED = 1995
"""Before the web, a full date beside a dateline without a year is nearly always history."""
EVIDENCE_CHARACTERS = 50_000
"""How far into a document the year of its dateline is looked for."""
LONGEST_WORDS = 80
NEWS_DAYS = 31
"""How long after an event that it dates a report may stand, in days."""
PUBLISHING_DAYS = range(-1, 4)
"""How long after its dateline a report may be published, in days."""

_WORD = r"[^\W\d_]{3,14}"
MONTH_DAY = rf"(?P<month>{_WORD})\.?[^\S\n]{{1,3}}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)"
DAY_MONTH = (
    r"(?P<day_first>\d{1,2})(?:st|nd|rd|th|er|º)?\.?[^\S\n]{1,3}(?:de[^\S\n]{1,3})?"
    rf"(?P<month_last>{_WORD})\b\.?"
)
_YEAR = r",?[^\S\n]{1,3}(?:de[^\S\n]{1,3})?(?P<year>\d{4})(?!\d)"
_PATTERNS = (
    re.compile(rf"(?<![^\W\d_]){MONTH_DAY}{_YEAR}"),
    re.compile(rf"(?<!\d){DAY_MONTH}{_YEAR}"),
    re.compile(r"(?<![\d-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\d-])"),
    re.compile(
        r"(?<!\d)(?P<year>\d{4})\s?[年년]\s?(?P<month>\d{1,2})\s?[月월]\s?(?P<day>\d{1,2})\s?[日일]"
    ),
)
_NUMERIC = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?![\d/.-]).*", re.DOTALL)
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)")
_FOUR_DIGITS = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_NEW_YEAR = re.compile(
    r"\bNew\s+Year(?:['’]s)?(?:\s+Day)?,?\s+(20\d\d)(?!\d)|\byear\s+(20\d\d)\s+(?:has\s+)?beg[au]n\b",
    re.IGNORECASE,
)
_ANNIVERSARY = re.compile(
    r"anniversar|birthday|commemorat|\byears?\s+(?:ago|since|after)\b|\bborn\b|\bfounded\b",
    re.IGNORECASE,
)


class Found(NamedTuple):
    """A full date in a text, the words that state it and where they begin."""

    day: date
    words: str
    start: int


class Inferred(NamedTuple):
    """A year and the words elsewhere in the document that it was taken from."""

    year: int
    words: str


def full_dates(text: str) -> Iterator[Found]:
    """Yield the dates that `text` states with day, month and year in an order beyond doubt."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            word = groups.get("month") or groups["month_last"]
            month = int(word) if word.isdecimal() else month_number(word)
            day = int(groups.get("day") or groups["day_first"])
            found = make_date(int(groups["year"]), month, day) if month else None
            if found:
                yield Found(found, match[0], match.start())


def stated_date(words: str, *, near: tuple[int, int] | None = None) -> date | None:
    """Return the one date that `words` state, else None.

    `near` is the month and day of a dateline; it decides between 3 April and 4 March where
    the words are "03/04/2021".
    """
    words = words.strip()
    if len(words) > LONGEST_WORDS:
        return None
    numeric = _NUMERIC.fullmatch(words)
    if numeric:
        return _one_of(_readings(numeric[1], numeric[3], numeric[4]), near)
    compact = _COMPACT.fullmatch(words)
    if compact:
        return make_date(*map(int, compact.groups()))
    found = {one.day for one in full_dates(words)}
    if found:
        return found.pop() if len(found) == 1 else None
    return _parsed(words)


def infer_year(month: int, day: int, text: str) -> Inferred | None:
    """Return the year of a dateline that has none, from what else the same document says.

    Evidence is a full date at most 31 days before it, or, in January, the year that a text
    says is beginning. Evidence that disagrees is no evidence.
    """
    text = text[:EVIDENCE_CHARACTERS]
    said = [
        Inferred(int(match[1] or match[2]), " ".join(match[0].split()))
        for match in (_NEW_YEAR.finditer(text) if month == 1 else ())
    ]
    dated = list(_from_full_dates(month, day, text))
    years = {one.year for one in said + dated}
    if len(years) != 1:
        return None
    year = years.pop()
    if not said and year < max(EARLIEST_INFERRED, *map(int, _FOUR_DIGITS.findall(text))):
        return None
    return (said + dated)[0] if make_date(year, month, day) else None


def _from_full_dates(month: int, day: int, text: str) -> Iterator[Inferred]:
    """Yield the years in which the dateline falls shortly after a date of the text."""
    for found in full_dates(text):
        around = text[max(0, found.start - 120) : found.start + len(found.words) + 120]
        if _ANNIVERSARY.search(around):
            continue
        for year in (found.day.year, found.day.year + 1):
            dated = make_date(year, month, day)
            if dated and 0 <= (dated - found.day).days <= NEWS_DAYS:
                yield Inferred(year, found.words)


def _readings(first: str, second: str, third: str) -> set[date]:
    if len(first) == 4 and len(third) <= 2:
        orders = [(first, second, third)]
    elif len(third) == 4 and len(first) <= 2:
        orders = [(third, second, first), (third, first, second)]
    else:
        return set()
    made = (make_date(*map(int, order)) for order in orders)
    return {one for one in made if one}


def _one_of(readings: set[date], near: tuple[int, int] | None) -> date | None:
    if len(readings) > 1 and near:
        readings = {one for one in readings if is_near(one, near)}
    return readings.pop() if len(readings) == 1 else None


def is_near(day: date, near: tuple[int, int]) -> bool:
    """Return whether a report with the dateline `near` (month, day) may be published on `day`."""
    datelines = (make_date(year, *near) for year in (day.year - 1, day.year, day.year + 1))
    return any((day - one).days in PUBLISHING_DAYS for one in datelines if one)


def _parsed(words: str) -> date | None:
    """Return a date in a language that the table of months lacks."""
    years = _FOUR_DIGITS.findall(words)
    if len(years) != 1:
        return None
    readings = set()
    for order in ("DMY", "MDY"):
        settings = {"DATE_ORDER": order, "STRICT_PARSING": True, "PARSERS": ["absolute-time"]}
        found = dateparser.parse(words, settings=settings)
        readings.add(found.date() if found and found.year == int(years[0]) else None)
    return readings.pop() if len(readings) == 1 else None

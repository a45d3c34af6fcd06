"""Datelines: the place, the day and the agency that open a news report.

In: the text of a line. Out: a `Dateline`, or None. Knows no agency and no place by name:
it is the shape that counts, as in "PLACE, March 3 (Agency) -" or "PLACE, March 3. /Agency/.".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from rag.loading.dates import DAY_MONTH, MONTH_DAY, full_dates
from rag.months import make_date, month_number

REACH = 240
"""A dateline stands within this many characters of the beginning of its line."""

_PLACE = r"(?P<place>[^\W\d_][^\d()\n—–|:;!?\"“”]{1,60}?)"
_AGENCY = r"[^\W\d_][\w .&'’-]{1,39}"
_DASH = r"(?:—|–|--?|:)"
_WHEN = r"(?:,?[^\S\n]{1,3}(?P<year>\d{4})(?!\d))?[.,]?[^\S\n]{1,3}"
_BRACKETED = (
    rf"(?:\((?P<agency>{_AGENCY})\)\s*(?:{_DASH}|$)"
    rf"|/(?P<slashed>{_AGENCY})/\.?)\s*{_DASH}?\s*"
)
_DATED = tuple(
    re.compile(rf"{_PLACE}[,.][^\S\n]{{1,3}}{when}{_WHEN}{_BRACKETED}")
    for when in (MONTH_DAY, DAY_MONTH)
)
_UNDATED = re.compile(
    rf"{_PLACE}[^\S\n]{{1,3}}\((?P<agency>{_AGENCY})\)\s{{1,3}}{_DASH}\s{{1,3}}(?=\S)"
)
_LEAD = re.compile(r"(?:date|dated|published|posted)(?:\s+on)?\s*:?\s+", re.IGNORECASE)
_WEEKDAYS = frozenset(["mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"])


@dataclass(frozen=True, slots=True)
class Dateline:
    """What opens a report. `end` is where its first real word begins, within the line.

    `lead` is a full date written before the place, `lead_words` the words it was read from.
    `when` holds the month and day, `words` their exact words; `agency` is as written.
    """

    end: int
    agency: str | None = None
    when: tuple[int, int] | None = None
    year: int | None = None
    words: str = ""
    lead: date | None = None
    lead_words: str = ""


def read_dateline(text: str) -> Dateline | None:
    """Return the dateline that a line begins with, else None."""
    text = text[:REACH]
    if not _may_open(text):
        return None
    offset, lead, lead_words = _lead(text)
    dated = _read_dated(text, offset, lead, lead_words)
    if dated:
        return dated
    undated = _UNDATED.match(text, offset)
    if undated and _is_capital_place(undated["place"]) and _is_agency(undated["agency"]):
        return Dateline(undated.end(), undated["agency"], lead=lead, lead_words=lead_words)
    if lead and offset < len(text) and not text[offset].islower():
        return Dateline(offset, lead=lead, lead_words=lead_words)
    return None


def _may_open(text: str) -> bool:
    return "(" in text or "/" in text or _LEAD.match(text) is not None


def _lead(text: str) -> tuple[int, date | None, str]:
    opening = _LEAD.match(text)
    if opening:
        for found in full_dates(text[opening.end() : opening.end() + 40]):
            end = opening.end() + len(found.words)
            if found.start == 0 and text[end : end + 1].isspace():
                rest = len(text[end:]) - len(text[end:].lstrip())
                return end + rest, found.day, found.words
    return 0, None, ""


def _read_dated(text: str, offset: int, lead: date | None, lead_words: str) -> Dateline | None:
    for pattern in _DATED:
        match = pattern.match(text, offset)
        if not match:
            continue
        groups = match.groupdict()
        name, number = ("month", "day") if "month" in groups else ("month_last", "day_first")
        month, day = month_number(groups[name]), int(groups[number])
        agency = groups["agency"] or groups["slashed"]
        if not month or not make_date(2000, month, day):
            continue
        if _is_place(groups["place"]) and _is_agency(agency):
            year = int(groups["year"]) if groups["year"] else None
            last = match.end("year") if year else max(match.end(name), match.end(number))
            words = text[min(match.start(name), match.start(number)) : last]
            when = (month, day)
            return Dateline(match.end(), agency, when, year, words, lead, lead_words)
    return None


def _is_place(place: str) -> bool:
    """Return whether every long word has a capital, as in "Rio de Janeiro, Brazil"."""
    words = re.split(r"[\s/-]+", place)
    return len(words) <= 7 and not any(word[0].islower() for word in words if len(word) > 3)


def _is_capital_place(place: str) -> bool:
    first = place.split()[0].strip(",.")
    return len(first) >= 3 and first.isupper() and _is_place(place)


def _is_agency(name: str) -> bool:
    folded = name.casefold().strip(". ")
    weekday = folded in _WEEKDAYS or re.fullmatch(r"[a-z]+day", folded)
    return not weekday and month_number(folded) is None and len(name.split()) <= 4

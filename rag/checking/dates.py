"""The dates that a text gives, whole or in part, and whether two can be the same.

In: text, the day on which it was published. Out: `Day`s with offsets. Knows nothing about
statements and sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from rag.checking.words import listed
from rag.months import month_number

_WEEKDAYS = listed(
    """
    monday tuesday wednesday thursday friday saturday sunday
    """
)
_MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)|Mar(?= \d)|Apr(?:il|\.)?|May|June?"
    r"|July?|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?"
    r"|Dec(?:ember|\.)?)\b\.?"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_ALSO = r"(?:\s*(?:–|-|--|to|and|or)\s*(?P<until>[0-3]?\d)(?:st|nd|rd|th)?)?"
_YEAR = r"(?P<year>1\d{3}|20\d\d)(?!\w|[.,]\d|\s?%)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?<![\w-])(?P<year>\d{4})-(?P<number>\d\d)-(?P<day>\d\d)(?!\w)",
        r"(?<![\w.])(?P<day>\d\d?)\.(?P<number>\d\d?)\.(?P<year>[12]\d{3})(?!\w)",
        rf"\b{_MONTH}\s+{_DAY}{_ALSO}\b(?!\s*[:%]|,\d{{3}}|\.\d)(?:\s*,?\s*(?:of\s+)?{_YEAR})?",
        rf"(?<![\w.,:/$-]){_DAY}{_ALSO}\s+(?:of\s+)?{_MONTH}(?:\s*,?\s*{_YEAR})?",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}",
        r"\b(?:(?P<century>\d\d?)(?:st|nd|rd|th)|(?P<nth>[A-Za-z]+th|first|third))[\s-]+century\b",
        r"(?<![\w-])(?P<decade>1\d\d|20\d)0['’]?s\b",
        rf"(?<![\w.,:/$€£#-]){_YEAR}(?:\s?[–/-]\s?(?P<end>\d\d|\d{{4}})\b)?",
        r"(?<!\w)['’](?P<short>\d\d)\b(?!s)",
        r"\b(?P<weekday>" + "|".join(day.capitalize() for day in _WEEKDAYS) + r")s?\b",
        rf"(?<!\w){_MONTH}(?=\W)",
        r"\b(?P<ago>the day before yesterday|yesterday|today|tonight|tomorrow)\b",
        r"\b(?P<which>last|this|next) (?P<unit>year|month)\b",
    )
)
_BEFORE_MONTH = re.compile(
    r"(?:\b(?:[Ii]n|[Oo]f|[Ss]ince|[Bb]y|[Uu]ntil|late|early|mid|and|to|or|last|this|[Ff]rom)"
    r"[\s-]|[–-]\s?)$"
)
_NO_YEAR = re.compile(
    r"\s*(?:people|men|women|copies|km|kilomet|met(?:er|re)s|miles|feet|ft|m\b|mi\b|kg|workers"
    r"|employees|students|members|units|soldiers|troops|seats|votes|years|calories|points|lives"
    r"|acres|homes|houses|jobs|cases|deaths|pages|words|million|billion|per\b)"
)
_CENTURIES = {
    name: number
    for number, name in enumerate(
        listed(
            """
    first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
    thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth
    twentieth
    """
        ),
        1,
    )
} | {"twenty-first": 21}


@dataclass(frozen=True, slots=True)
class Day:
    """What a text says of a date at `text[start:end]`; None is what it leaves open.

    `until` is the last year of a range of years, or of a decade or century, whose first is
    `year`. `implied` are the parts that were not said but follow from the day of publication.
    """

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    until: int | None = None
    to: int | None = None
    implied: bool = False

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """What is said of the date, as (name of the part, value)."""
        named = (("year", self.year), ("month", self.month), ("day", self.day))
        named = (*named, ("weekday", self.weekday), ("until", self.until), ("to", self.to))
        return tuple((name, value) for name, value in named if value is not None)


@lru_cache(maxsize=256)
def days(text: str, published: date | None = None) -> tuple[Day, ...]:
    """Return the dates of a text in order; relative ones as of `published`."""
    taken: list[tuple[int, int]] = []
    found = []
    for form in _FORMS:
        for match in form.finditer(text):
            start, end = match.span()
            if any(start < last and first < end for first, last in taken):
                continue
            day = _read(match, published)
            if day:
                taken.append((start, end))
                found.append(day)
    return tuple(sorted(found, key=lambda day: day.start))


def _read(match: re.Match[str], published: date | None) -> Day | None:
    parts = {name: value for name, value in match.groupdict().items() if value}
    blank = Day(*match.span())
    if parts.keys() & {"ago", "which"}:
        return _relative(blank, parts, published)
    if "weekday" in parts:
        return _weekday(blank, _WEEKDAYS.index(parts["weekday"].lower()), published)
    if parts.keys() & {"decade", "century", "nth", "short"}:
        return _span(blank, parts)
    return _calendar(blank, parts, match)


def _calendar(blank: Day, parts: dict[str, str], match: re.Match[str]) -> Day | None:
    month = month_number(parts["month"].rstrip(".")) if "month" in parts else None
    month = int(parts["number"]) if "number" in parts else month
    year = int(parts["year"]) if "year" in parts else None
    day = int(parts["day"]) if "day" in parts else None
    if month and not year and not day and not _means_month(match):
        return None
    if year and not month and _NO_YEAR.match(match.string, match.end()):
        return None
    if (month and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    until = _last_year(year, parts.get("end"))
    to = int(parts["until"]) if "until" in parts else None
    return replace(blank, year=year, month=month, day=day, until=until, to=to)


def _means_month(match: re.Match[str]) -> bool:
    """Say whether a bare month is one: "may" and "march" are words too."""
    if match["month"] not in ("May", "March", "Mar.", "Jan", "Dec", "Oct"):
        return True
    return bool(_BEFORE_MONTH.search(match.string[: match.start()]))


def _last_year(year: int | None, end: str | None) -> int | None:
    if year is None or end is None:
        return None
    last = int(end) if len(end) == 4 else year // 100 * 100 + int(end)
    return last if last > year else None


def _span(blank: Day, parts: dict[str, str]) -> Day | None:
    if "decade" in parts:
        first = int(parts["decade"]) * 10
        return replace(blank, year=first, until=first + 9)
    if "short" in parts:
        short = int(parts["short"])
        return replace(blank, year=(1900 if short > 40 else 2000) + short)
    number = parts.get("century") or _CENTURIES.get(parts["nth"].lower())
    if not number:
        return None
    first = (int(number) - 1) * 100
    return replace(blank, year=first, until=first + 99)


def _weekday(blank: Day, weekday: int, published: date | None) -> Day:
    """Read a weekday as the last one up to the day of publication."""
    if published is None:
        return replace(blank, weekday=weekday)
    then = published - timedelta((published.weekday() - weekday) % 7)
    return replace(_on(blank, then), weekday=weekday)


def _relative(blank: Day, parts: dict[str, str], published: date | None) -> Day | None:
    if published is None:
        return None
    if "ago" in parts:
        back = {"yesterday": 1, "tomorrow": -1, "the day before yesterday": 2}.get(parts["ago"], 0)
        return _on(blank, published - timedelta(back))
    back = {"last": 1, "this": 0, "next": -1}[parts["which"]]
    if parts["unit"] == "year":
        return replace(blank, year=published.year - back, implied=True)
    months = published.year * 12 + published.month - 1 - back
    return replace(blank, year=months // 12, month=months % 12 + 1, implied=True)


def _on(blank: Day, then: date) -> Day:
    return replace(blank, year=then.year, month=then.month, day=then.day, implied=True)

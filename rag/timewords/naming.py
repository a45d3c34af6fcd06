"""The days that words name: "5 May 2023", "Q3 2025", "last December", "la semana pasada".

In: a text, today's date. Out: `Days` with the place of their words. Knows nothing about what
the words around them make of it ("since", "before").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from rag.months import first_day, last_day, make_date, month_number


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last day, None where there is no end.

    The words are `text[start:end]`. `alone` says that they mean a time without an "in"
    before them; `is_year` that they are a mere number.
    """

    start: int
    end: int
    first: date
    last: date | None
    alone: bool = False
    is_year: bool = False


_Bounds = tuple[date, date | None]
_Reader = Callable[[re.Match[str], date], _Bounds | None]

_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_QUARTERS = {"first": "1", "second": "2", "third": "3", "fourth": "4"}
_UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}


def _exact_day(match: re.Match[str], _: date) -> _Bounds | None:
    word = match["month"]
    month = int(word) if word.isdecimal() else month_number(word)
    day = make_date(int(match["year"]), month, int(match["day"])) if month else None
    return (day, day) if day else None


def _named_month(match: re.Match[str], _: date) -> _Bounds | None:
    return _month(int(match["year"]), month_number(match["month"]))


def _quarter(match: re.Match[str], _: date) -> _Bounds:
    third = 3 * int(_QUARTERS.get(match["nth"].lower(), match["nth"]))
    return first_day(int(match["year"]), third - 2), last_day(int(match["year"]), third)


def _named_year(match: re.Match[str], _: date) -> _Bounds:
    return _year(int(match["year"]))


def _last_of_name(match: re.Match[str], today: date) -> _Bounds | None:
    """Return the month of that name that ended last: in May, "last May" is a year ago."""
    month = month_number(match["month"])
    if not month or match["month"] in ("may", "march", "mar"):  # "what at last may happen"
        return None
    return _month(today.year - (month >= today.month), month)


def _month_of_year(back: int) -> _Reader:
    return lambda match, today: _month(today.year - back, month_number(match["month"]))


def _last_few(match: re.Match[str], today: date) -> _Bounds:
    count = match["count"].lower() or "one"
    return today - timedelta(int(_COUNTS.get(count, count)) * _UNITS[match["unit"].lower()]), None


def _year_ago(back: int) -> _Reader:
    return lambda _, today: _year(today.year - back)


def _month_ago(back: int) -> _Reader:
    return lambda _, today: _month(today.year, today.month - back)


def _week_ago(back: int) -> _Reader:
    """Read a week as Monday to Sunday (ISO 8601)."""

    def days(_: re.Match[str], today: date) -> _Bounds:
        monday = today - timedelta(today.weekday() + 7 * back)
        return monday, monday + timedelta(6)

    return days


def _day_ago(back: int) -> _Reader:
    return lambda _, today: (today - timedelta(back), today - timedelta(back))


def _month(year: int, month: int | None) -> _Bounds | None:
    return None if month is None else (first_day(year, month), last_day(year, month))


def _year(year: int) -> _Bounds:
    return first_day(year, 1), last_day(year, 12)


_MONTH = r"(?<!\w)(?P<month>[^\W\d_]{3,10})\b\.?"
_DAY = r"(?<![\w.,:/-])(?P<day>\d{1,2})(?:st|nd|rd|th|º|\.)?"
_YEAR = r"(?P<year>1[6-9]\d\d|20\d\d)(?![\w-]|[.,:/]\d|\s?[%°€$£])(?:\s+(?:год[ауе]?\b|г\.))?"
_OF = r",?\s+(?:(?:of|de|del)\s+)?"
_WHOLE = r"\b(?!['’]s\b|-|\s+of\b)"  # not "last year's winner", "the last year of his life"
_FORMS: tuple[tuple[str, _Reader], ...] = (
    (r"(?<![\w-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])", _exact_day),
    (r"(?<![\w.])(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>[12]\d{3})(?!\w)", _exact_day),
    (rf"{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}", _exact_day),
    (rf"{_DAY}{_OF}{_MONTH}{_OF}{_YEAR}", _exact_day),
    (rf"{_MONTH}{_OF}{_YEAR}", _named_month),
    (rf"\bQ(?P<nth>[1-4])[\s/-]?{_YEAR}", _quarter),
    (rf"\b(?P<nth>{'|'.join(_QUARTERS)})\s+quarter{_OF}{_YEAR}", _quarter),
    (rf"\b(?P<nth>[1-4])(?:st|nd|rd|th|\.)\s+(?:quarter|Quartal){_OF}{_YEAR}", _quarter),
    (rf"{_MONTH}\s+(?:of\s+)?last\s+year{_WHOLE}", _month_of_year(1)),
    (rf"{_MONTH}\s+(?:of\s+)?this\s+year{_WHOLE}", _month_of_year(0)),
)
_COUNT = rf"(?P<count>\d{{1,3}}|{'|'.join(_COUNTS)})"
_UNIT = rf"(?P<unit>{'|'.join(_UNITS)})"
_FORMS_ALONE: tuple[tuple[str, _Reader], ...] = (
    (r"\b(?:the day before yesterday|vorgestern|anteayer|позавчера)\b", _day_ago(2)),
    (r"\b(?:yesterday|gestern|ayer|вчера)\b", _day_ago(1)),
    (rf"\b(?:last|past)\s+{_COUNT}\s+{_UNIT}s{_WHOLE}", _last_few),
    (rf"\bpast(?P<count>)\s+{_UNIT}{_WHOLE}", _last_few),
    (r"\b(?:last week|letzte[rn]? Woche|semana pasada|прошлой неделе)" + _WHOLE, _week_ago(1)),
    (r"\b(?:this week|dieser? Woche|esta semana|этой неделе)" + _WHOLE, _week_ago(0)),
    (r"\b(?:last month|letzten Monat|mes pasado|прошлом месяце)" + _WHOLE, _month_ago(1)),
    (r"\b(?:this month|diese[nm] Monat|este mes|этом месяце)" + _WHOLE, _month_ago(0)),
    (r"\b(?:last year|letzte[sn] Jahr|año pasado|прошлом году)" + _WHOLE, _year_ago(1)),
    (r"\b(?:this year|diese[sm] Jahr|este año|этом году)" + _WHOLE, _year_ago(0)),
    (rf"\b(?:last|letzten|pasado|прошлом)\s+{_MONTH}(?!\s+\d){_WHOLE}", _last_of_name),
    (rf"{_MONTH}\s+pasado{_WHOLE}", _last_of_name),
)
_FORM_YEAR = (rf"(?<![\w.,:/$€£#-]){_YEAR}", _named_year)
_READERS = [
    (re.compile(form, re.IGNORECASE), reader, forms is _FORMS_ALONE, forms[0] is _FORM_YEAR)
    for forms in (_FORMS, _FORMS_ALONE, (_FORM_YEAR,))
    for form, reader in forms
]
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|„[^“”]*[“”]|(?<!\w)['‘][^'’]{1,80}['’](?!\w)")
_TITLE = re.compile(r".+\b(?:Week|Month|Year)\b")  # a programme: "Last Week Tonight"


def named(text: str, today: date) -> list[Days]:
    """Return the days that words of `text` name, in its order; quoted words are titles."""
    taken = [match.span() for match in _QUOTED.finditer(text)]
    found = []
    for pattern, reader, alone, is_year in _READERS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other < end for other, other_end in taken):
                continue
            bounds = None if alone and _TITLE.match(match[0]) else reader(match, today)
            if bounds:
                taken.append((start, end))
                found.append(Days(start, end, *bounds, alone, is_year))
    return sorted(found, key=lambda days: days.start)

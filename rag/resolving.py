"""The days that relative words of a document mean: "on Wednesday" is 31 December 2025.

In: a document with a day of publication, a span of it. Out: `Resolved` days with their words.
Where the words may mean another day – one to come, one long ago, one in somebody's mouth –
nothing is resolved: a wrong day is worse than none. Knows nothing about who shows them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from rag.checking.dates import Day, days
from rag.checking.tenses import tells_of_past
from rag.months import day_in_words, make_date
from rag.splitting import sentences
from rag.types import Document, Span

AROUND = 300
"""Characters on each side of a word in which its sentence is looked for: answers are replayed
from no more than 600 around their evidence."""
_REPORTED = 7
"""Days before its publication that a report's relative days are of."""

_HINT = re.compile(
    r"\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|yesterday|tomorrow)\b", re.IGNORECASE
)
_REPEATED = re.compile(
    r"(?:\b(?:every|each|most|any|a|an|one|that|last|this|next|coming|following|previous"
    r"|(?:of|on) (?:a|the)|black|good|easter|ash|palm|bloody|cyber|super|holy|whit|shrove"
    r"|giving)|day (?:to|through|and|or|until))\s+$",
    re.IGNORECASE,
)
_NAME_AFTER = re.compile(
    r"[\s-]+(?:[A-Z]|(?:through|to|and|or|until|till)\s+[A-Z][a-z]+day\b)|\s*[–-]\s*\w|s\b|['’]"
)
_OPEN_QUOTE = re.compile(r"[“„«][^”“»]*$|^[^\"]*\"(?:[^\"]*\"[^\"]*\")*[^\"]*$")


@dataclass(frozen=True, slots=True)
class Resolved:
    """Words of a document and the day that they mean; their span is `text[start:end]`."""

    words: str
    start: int
    end: int
    day: date

    @property
    def told(self) -> str:
        """The words and their day for a person: "Wednesday = 31 December 2025"."""
        return f"{self.words} = {day_in_words(self.day)}"


def resolved_dates(document: Document, span: Span | None = None) -> list[Resolved]:
    """Return the relative days in a span of a document, or in its body, in order.

    None where the day of publication is not known, or where one word may mean another day.
    """
    published = _published(document)
    if published is None:
        return []
    return [
        found
        for one in ((span,) if span else document.body)
        for match in _HINT.finditer(document.text, one.start, one.end)
        if (found := _resolved(document, match, published))
    ]


def _published(document: Document) -> date | None:
    try:
        return date.fromisoformat(document.published.value) if document.published else None
    except ValueError:
        return None


def _resolved(document: Document, match: re.Match[str], published: date) -> Resolved | None:
    sentence = _sentence(document.text, match.start(), match.end())
    words = document.text[sentence.start : sentence.end]
    at = match.start() - sentence.start
    found = next((one for one in days(words, published) if one.start == at), None)
    if found is None or not found.implied or _is_doubtful(words, found, published):
        return None
    day = date(found.year, found.month, found.day)
    return Resolved(match[0], match.start(), match.end(), day)


def _sentence(text: str, start: int, end: int) -> Span:
    first = max(text.rfind("\n", 0, start) + 1, start - AROUND)
    last = text.find("\n", end, end + AROUND)
    window = Span(first, last if last >= 0 else min(len(text), end + AROUND))
    return next((one for one in sentences(text, window) if one.start <= start < one.end), window)


def _is_doubtful(words: str, found: Day, published: date) -> bool:
    """Return whether the words around a relative day may give it another meaning."""
    before, after = words[: found.start], words[found.end :]
    return bool(
        _REPEATED.search(before)
        or _NAME_AFTER.match(after)
        or _OPEN_QUOTE.search(before)
        or not tells_of_past(words)
        or any(_is_of_another_time(one, published) for one in days(words, published))
    )


def _is_of_another_time(day: Day, published: date) -> bool:
    """Return whether a date is said, in full or in part, that is not of the days reported on."""
    if day.implied or not day.parts:
        return False
    years = (day.year,) if day.year else (published.year, published.year - 1)
    said = [make_date(year, day.month or 0, day.day or 0) for year in years]
    return not any(one and 0 <= (published - one).days < _REPORTED for one in said)

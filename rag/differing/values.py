"""Finds names, dates and quantities in a text.

In: a text and a span of it. Out: values, each an exact span of the text. Knows nothing
about questions, and nothing about which values mean the same.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from rag.keywords import fold
from rag.months import month_number
from rag.types import Span

Form = Literal["name", "date", "quantity"]
Day = tuple[int | None, int | None, int | None]
"""Year, month and day, None where not stated."""

_MONTH = (
    r"(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)"
_DATES = tuple(
    re.compile(form)
    for form in (
        rf"\b{_MONTH}\s+{_DAY}(?!\d)(?:,?\s+{_YEAR}(?!\d))?",
        rf"(?<![\d.,])\b{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR}(?!\d))?",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}(?!\d)",
        r"(?<![\d-])(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?![\d-])",
        rf"(?<![\w.,$€£#–-]){_YEAR}(?![\w%]|[.,]\d|[–-]\d)",
    )
)
_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9}
_SCALES |= {"bn": 1e9, "b": 1e9, "trillion": 1e12, "tn": 1e12}
_COUNTS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_COUNTS |= {"ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30}
_COUNTS |= {"forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_SCORE = re.compile(r"(?<![\w.,–-])(\d{1,3})\s?[–-]\s?(\d{1,3})(?![\w–-]|[.,]\d)")
_QUANTITY = re.compile(
    r"(?P<sign>[$€£¥₩]\s?)?(?<![\w.,])"
    rf"(?P<figure>\d+(?![A-Za-z]{{3}})(?:,\d{{3}})*(?:\.\d+)?|\b(?:{'|'.join(_COUNTS)})\b)"
    rf"(?P<ordinal>st|nd|rd|th)?(?:[\s-]?(?P<scale>{'|'.join(_SCALES)})\b)?"
    r"(?P<percent>\s?(?:%|percent\b|per\s?cent\b))?(?!\d)",
    re.IGNORECASE,
)
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w&'’.-]*"
_LINK = r"(?:of(?:\sthe)?|de(?:\s(?:la|los))?|del|da|di|du|la|le|el|al|van(?:\sder)?|von|bin|ibn|&)"
_NAME = re.compile(
    rf"(?<![\w#@])(?:{_CAPITAL}|\d+[a-z]*[A-Z]\w*)"
    rf"(?:\s(?:{_LINK}\s)?(?:{_CAPITAL}|\d{{1,2}}\b(?!\s*[%,.:]\d)))*"
)
_TAIL = re.compile(r"['’]s?$|[.,'’]+$")
_WORDS = Path(__file__).with_name("words.toml")
_LINKS = frozenset(
    [
        "of",
        "the",
        "de",
        "la",
        "los",
        "del",
        "da",
        "di",
        "du",
        "le",
        "el",
        "al",
        "van",
        "der",
        "von",
        "bin",
        "ibn",
    ]
)


@dataclass(frozen=True, slots=True)
class Value:
    """A span of a text and what it is compared by: a name's words, a day, or a size and unit.

    `words` are folded, without titles; `unit` is a currency's sign, "%", "-" for a score, or "".
    """

    form: Form
    span: Span
    words: tuple[str, ...] = ()
    day: Day = (None, None, None)
    size: float = 0.0
    unit: str = ""


def values(text: str, span: Span) -> list[Value]:
    """Return the values of a span of a text, in order; a date's figures are not quantities."""
    found: list[Value] = []
    for find in (_dates, _scores, _quantities):
        taken = [value.span for value in found]
        found += [value for value in find(text, span) if not _meets(value.span, taken)]
    dated = [value.span for value in found if value.form == "date"]
    found += [value for value in _names(text, span) if not _meets(value.span, dated)]
    return sorted(found, key=lambda value: value.span)


def _dates(text: str, span: Span) -> Iterator[Value]:
    taken: list[Span] = []
    for pattern in _DATES:
        for match in pattern.finditer(text, span.start, span.end):
            at, day = Span(*match.span()), _day(match.groupdict())
            if day and not _meets(at, taken):
                taken.append(at)
                yield Value("date", at, day=day)


def _day(groups: dict[str, str | None]) -> Day | None:
    word, number = groups.get("month"), groups.get("day")
    month = None if word is None else int(word) if word.isdecimal() else month_number(word)
    day = int(number) if number else None
    if not 1 <= (month or 1) <= 12 or not 1 <= (1 if day is None else day) <= 31:
        return None
    year = groups.get("year")
    return int(year) if year else None, month, day


def _scores(text: str, span: Span) -> Iterator[Value]:
    for match in _SCORE.finditer(text, span.start, span.end):
        low, high = sorted((int(match[1]), int(match[2])))
        yield Value("quantity", Span(*match.span()), size=high * 1000 + low, unit="-")


def _quantities(text: str, span: Span) -> Iterator[Value]:
    for match in _QUANTITY.finditer(text, span.start, span.end):
        if match["ordinal"]:
            continue
        figure = match["figure"].replace(",", "").casefold()
        size = float(_COUNTS.get(figure, figure))
        size *= _SCALES[match["scale"].casefold()] if match["scale"] else 1
        unit = "%" if match["percent"] else (match["sign"] or "").strip()
        yield Value("quantity", Span(*match.span()), size=size, unit=unit)


def _names(text: str, span: Span) -> Iterator[Value]:
    for match in _NAME.finditer(text, span.start, span.end):
        for run in _parted(text, Span(*match.span())):
            name = text[run.start : run.end]
            name = name[: len(name) - len(_tail(name))]
            words = _compared(name)
            if len(name) > 1 and words:
                yield Value("name", Span(run.start, run.start + len(name)), words=words)


def _parted(text: str, span: Span) -> Iterator[Span]:
    """Yield the names of a run of capitalised words, parted at titles: "Tesla CEO Elon Musk"."""
    run: list[Span] = []
    for found in re.finditer(r"\S+", text[span.start : span.end]):
        word = Span(span.start + found.start(), span.start + found.end())
        if fold(_bare(found[0])) in _no_names()[0]:
            yield from _trimmed(text, run)
            run = []
        elif _tail(found[0])[:1] in ("'", "’"):
            yield from _trimmed(text, [*run, word])
            run = []
        else:
            run.append(word)
    yield from _trimmed(text, run)


def _trimmed(text: str, run: list[Span]) -> Iterator[Span]:
    said = [_says_name(text[word.start : word.end]) for word in run]
    if any(said):
        last = len(said) - 1 - said[::-1].index(True)
        yield Span(run[said.index(True)].start, run[last].end)


def _compared(name: str) -> tuple[str, ...]:
    words = [word for word in re.split(r"[\s-]+", name) if _says_name(word)]
    return tuple(fold(_bare(word)).replace(".", "") for word in words)


def _says_name(word: str) -> bool:
    bare = _bare(word)
    folded = fold(bare)
    titles, openers = _no_names()
    if folded in titles or not any(c.isalnum() for c in bare):
        return False
    if len(bare) > 1 and bare.isupper():
        return True  # "US", "WHO"
    return folded not in openers and folded not in _LINKS


def _bare(word: str) -> str:
    return _TAIL.sub("", word).strip(".,'’\"")


def _tail(word: str) -> str:
    found = _TAIL.search(word)
    return found[0] if found else ""


@cache
def _no_names() -> tuple[frozenset[str], frozenset[str]]:
    """Return the titles and the openers."""
    known = tomllib.loads(_WORDS.read_text(encoding="utf-8"))
    return frozenset(known["titles"].split()), frozenset(known["openers"].split())


def _meets(span: Span, others: list[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)

"""Checks the dates of a statement.

In: a `Pair`. Out: findings of kind "date": what is said of a date must follow from the cited
text, the day of publication, or the passage where the text leaves the year open. Knows nothing
about reading dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from rag.checking.comparing import Pair
from rag.checking.dates import Day, days
from rag.checking.numbers import numbers
from rag.checking.records import Finding
from rag.checking.tenses import tells_of_past
from rag.months import make_date
from rag.splitting import sentences
from rag.types import Span


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each date of the statement."""
    for day in pair.days:
        yield _dated(pair, day)


def _dated(pair: Pair, day: Day) -> Finding:
    words = pair.statement[day.start : day.end]
    fits = [other for other in pair.cited_days if agrees(day, other)]
    rival = _rival(pair, day, fits)
    if rival:
        span = Span(rival.start, rival.end)
        reason = f'The source says "{pair.quote(span)}", not "{words}".'
        return Finding("date", "conflicts", words, span, reason)
    if fits:
        return Finding("date", "agrees", words, Span(fits[0].start, fits[0].end), "")
    past = _past(pair, day)
    if past:
        return _in_its_year(pair, day, past)
    if _pieced(pair, day) or day.implied:
        return Finding("date", "agrees", words, None, "It follows from the passage.")
    other = [one for one in pair.cited_days if _comparable(day, one)]
    if len(other) == 1:
        span = Span(other[0].start, other[0].end)
        reason = f'The source says "{pair.quote(span)}", not "{words}".'
        return Finding("date", "conflicts", words, span, reason)
    return Finding("date", "absent", words, None, f'The source does not say "{words}".')


def _past(pair: Pair, day: Day) -> Day | None:
    """Return the date that the text, telling of the past, gives without the year."""
    if not (pair.source.published and day.year and day.month):
        return None
    rest = replace(day, year=None)
    open_ = (one for one in pair.cited_days if one.year is None and agrees(rest, one))
    return next((one for one in open_ if tells_of_past(_sentence(pair.source.text, one))), None)


def _sentence(text: str, day: Day) -> str:
    found = (one for one in sentences(text) if one.start <= day.start < one.end)
    return next((text[one.start : one.end] for one in found), text)


def _in_its_year(pair: Pair, day: Day, past: Day) -> Finding:
    """Return whether a date, open in a text that tells of the past, has the year it can have.

    That is no year that puts it after the day of publication; the last one before is what news
    means, and any other must stand in the passage.
    """
    words, published = pair.statement[day.start : day.end], pair.source.published
    span = Span(past.start, past.end)
    said, last = _first_day(day, day.year), _first_day(day, published.year)
    if said and said > published:
        reason = f'The source tells of "{pair.quote(span)}" on {published}: not of "{words}".'
        return Finding("date", "conflicts", words, span, reason)
    meant = published.year - (1 if last and last > published else 0)
    if day.year == meant or _pieced(pair, day):
        return Finding("date", "agrees", words, span, "")
    return Finding("date", "absent", words, None, f'The source does not say "{words}".')


def _first_day(day: Day, year: int) -> date | None:
    return make_date(year, day.month or 1, day.day or 1)


def agrees(day: Day, other: Day) -> bool:
    """Say whether all that is said of one date is said of the other."""
    said = dict(other.parts)
    return all(_has(name, value, other, said) for name, value in day.parts)


def _has(name: str, value: int, other: Day, said: dict[str, int]) -> bool:
    if said.get(name) == value:
        return True
    if name == "year" and other.until is not None and other.year is not None:
        return other.until == value
    if name == "day" and other.to is not None:
        return other.to == value
    return name == "weekday" and other.implied is False and "weekday" not in said


def _comparable(day: Day, other: Day) -> bool:
    return {name for name, _ in day.parts} == {name for name, _ in other.parts}


def _pieced(pair: Pair, day: Day) -> bool:
    """Say whether a date follows from the text with the heading or the day of publication."""
    published = pair.source.published
    if published and agrees(day, _whole(published)):
        return True
    parts = list(day.parts)
    if len(parts) == 1:
        own = [part for other in pair.cited_days for part in other.parts]
        return parts[0] in {*own, *_read_around(pair)} or _bare(pair, parts[0][1])
    near = days(pair.source.context, published) + days(pair.source.heading)
    years = [part for other in (*near, *pair.cited_days) for part in other.parts]
    rest = replace(day, year=None)
    return (
        day.year is not None
        and any(agrees(rest, other) and other.year is None for other in pair.cited_days)
        and ("year", day.year) in (*years, *_read_around(pair))
    )


def _whole(day: date) -> Day:
    return Day(0, 0, day.year, day.month, day.day, day.weekday())


def _read_around(pair: Pair) -> Sequence[tuple[str, int]]:
    """Return the parts of the heading's dates and of the day of publication."""
    parts = [part for other in days(pair.source.heading) for part in other.parts]
    published = pair.source.published
    if published:
        parts += [("year", published.year), ("month", published.month)]
    return parts


def _bare(pair: Pair, value: int) -> bool:
    """Say whether a year stands in the text as a mere number."""
    return any(number.value == value for number in numbers(pair.source.text))


def _rival(pair: Pair, day: Day, fits: Sequence[Day]) -> Day | None:
    """Return the date that the source has in the same place, when it is another one."""
    run = pair.within(day.start, day.end)
    place = (pair.instead(run) if fits else pair.place(run)) if run else None
    if not place:
        return None
    span = pair.span(place)
    there = [other for other in pair.cited_days if span.start <= other.start < span.end]
    if not there or any(other in fits for other in there):
        return None
    apart = [other for other in there if _apart(day, other)]
    return apart[0] if apart else None


def _apart(day: Day, other: Day) -> bool:
    """Say whether two dates cannot be the same."""
    said = dict(other.parts)
    shared = [(name, value) for name, value in day.parts if name in said]
    return any(said[name] != value for name, value in shared) and not agrees(other, day)

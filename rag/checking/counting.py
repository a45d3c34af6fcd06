"""Checks the numbers of a statement, dates aside.

In: a `Pair`. Out: findings of kind "number": every number must stand in the cited text, in
whatever unit, and before the same noun. Knows nothing about reading numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from rag.checking.comparing import Pair
from rag.checking.numbers import Number, numbers, same
from rag.checking.records import Finding
from rag.types import Span

_LIGHT = frozenset(["one", "first"])  # they mean no number as often as they do


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each number of the statement."""
    theirs = _outside(numbers(pair.source.text), pair.cited_days)
    for number in _outside(numbers(pair.statement), pair.days):
        if number.start == 0 and not pair.statement[number.end : number.end + 1].isspace():
            continue  # the number of a list or of a passage
        finding = _counted(pair, number, theirs)
        if number.said.lower() not in _LIGHT or finding.outcome == "conflicts":
            yield finding


def _outside(found: tuple[Number, ...], dates) -> list[Number]:
    return [n for n in found if not any(d.start < n.end and n.start < d.end for d in dates)]


def _counted(pair: Pair, number: Number, theirs: list[Number]) -> Finding:
    equal = [other for other in theirs if same(number, other)]
    rival = _rival(pair, number, theirs, equal)
    words = pair.statement[number.start : number.end]
    if rival:
        span = Span(rival.start, rival.end)
        reason = f'The source says "{pair.quote(span)}", not "{words}".'
        return Finding("number", "conflicts", words, span, reason)
    if equal:
        span = Span(equal[0].start, equal[0].end)
        return Finding("number", "agrees", words, span, "")
    if _elsewhere(pair, number):
        return Finding("number", "agrees", words, None, "The passage says it.")
    return Finding("number", "absent", words, None, f'The source does not say "{words}".')


def _elsewhere(pair: Pair, number: Number) -> bool:
    """Say whether a bare number stands in a date of the source, or in the heading."""
    days = {value for day in pair.cited_days for _, value in day.parts}
    if number.ordinal and number.value in days:
        return True
    return any(same(number, other) for other in numbers(pair.source.heading))


def _rival(pair: Pair, number: Number, theirs: list[Number], equal: list[Number]) -> Number | None:
    """Return the number that the source has before the same noun or in the same place."""
    run = pair.within(number.start, number.end)
    place = (pair.instead(run) if equal else pair.place(run)) if run else None
    if place:
        span = pair.span(place)
        there = [n for n in theirs if span.start <= n.start < span.end]
        if there and not any(n in equal for n in there):
            return there[0]
    if equal or number.said.lower() in _LIGHT:
        return None
    alike = [n for n in theirs if n.unit == number.unit and n.unit]
    return alike[0] if len(alike) == 1 else None

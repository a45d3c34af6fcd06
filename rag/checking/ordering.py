"""Checks what a statement says came first.

In: a `Pair`. Out: findings of kind "order": two events that the source gives in the other
order. Knows nothing about dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.checking.comparing import Pair
from rag.checking.records import Finding
from rag.checking.words import Word, listed

_EARLIER_FIRST = frozenset(
    listed(
        """
    before until till then prior preceding preceded
    """
    )
)
_LATER_FIRST = frozenset(["after", "following", "since", "once", "upon"])
_NEAR = 25  # content words on either side that tell of an event
_TOLD = 2  # words of each event that the source must have
_CLEARLY = 0.85  # of the pairs of their words must stand in the other order


@dataclass(frozen=True, slots=True)
class _Order:
    """Two events as stems of words: what came first, what came then; `at` is the word between."""

    at: int
    first: frozenset[str]
    then: frozenset[str]


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each order of events that the source turns round."""
    theirs = list(_orders(pair.cited))
    for own in _orders(pair.words):
        turned = [other for other in theirs if _turned(own, other)]
        same = [other for other in theirs if _turned(own, _swapped(other))]
        known = any(_about_both(own, other) for other in theirs)
        at = turned[0].at if turned else None if known else _told_later(pair, own)
        if at is not None and not same:
            place = range(max(0, at - 3), min(len(pair.cited), at + 4))
            span = pair.span(place)
            words = pair.words[own.at].text
            reason = f'The source has the events the other way round: "{pair.quote(span)}".'
            yield Finding("order", "conflicts", words, span, reason)


def _told_later(pair: Pair, own: _Order) -> int | None:
    """Return where the source, without a word for their order, tells the second event first."""
    first = [at for at in _counterparts(pair, own, own.first)]
    then = [at for at in _counterparts(pair, own, own.then)]
    if len(first) < _TOLD or len(then) < _TOLD:
        return None
    turned = sum(one > other for one in first for other in then)
    return min(first) if turned >= _CLEARLY * len(first) * len(then) else None


def _counterparts(pair: Pair, own: _Order, stems: frozenset[str]) -> list[int]:
    sentence = pair.words[own.at].sentence
    places = zip(pair.words, pair.alignment.at, strict=True)
    return [
        at
        for word, at in places
        if at is not None and word.sentence == sentence and word.stem in stems
    ]


def _orders(words: Sequence[Word]) -> Iterator[_Order]:
    for at, word in enumerate(words):
        passive = word.key == "followed" and at + 1 < len(words) and words[at + 1].key == "by"
        if word.key in _EARLIER_FIRST or word.key in _LATER_FIRST or passive:
            left, right = _sides(words, at)
            if word.key == "preceded" and at + 1 < len(words) and words[at + 1].key == "by":
                left, right = right, left
            if left and right:
                earlier = word.key in _EARLIER_FIRST or passive
                yield _Order(at, left, right) if earlier else _Order(at, right, left)


def _sides(words: Sequence[Word], at: int) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words of the clauses that a connective joins; it may open the sentence."""
    whole = [i for i, word in enumerate(words) if word.sentence == words[at].sentence]
    before = [i for i in whole if i < at and words[i].content]
    after = [i for i in whole if i > at and words[i].content]
    if not before and after and words[at].key == "then":
        return frozenset(), frozenset()
    if not before and after:
        inner = [i for i in after if words[i].clause == words[at].clause]
        before, after = after[len(inner) :][:_NEAR], inner
    return _stems(words, before[-_NEAR:]), _stems(words, after[:_NEAR])


def _stems(words: Sequence[Word], places: Sequence[int]) -> frozenset[str]:
    return frozenset(words[i].stem for i in places)


def _about_both(own: _Order, other: _Order) -> bool:
    told = other.first | other.then
    return len(own.first & told) >= _TOLD and len(own.then & told) >= _TOLD


def _turned(own: _Order, other: _Order) -> bool:
    """Say whether words of the first event stand in the other's second, and the reverse."""
    straight = len(own.first & other.first) + len(own.then & other.then)
    crossed = len(own.first & other.then) + len(own.then & other.first)
    both = own.first & other.then and own.then & other.first
    return bool(both) and crossed > straight and crossed >= 3


def _swapped(order: _Order) -> _Order:
    return _Order(order.at, order.then, order.first)

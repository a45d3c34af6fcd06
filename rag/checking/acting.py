"""Checks who did what to whom.

In: a `Pair`. Out: findings of kind "roles": two names that have changed places around what
one did to the other. Knows nothing about which names there should be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from rag.checking.comparing import Pair
from rag.checking.names import is_name, one_name, runs
from rag.checking.records import Finding
from rag.checking.words import Word, listed, stemmed

_MUTUAL = frozenset(
    listed(
        """
    and or with between both versus vs
    """
    )
)
_FARTHEST = 8  # words between two names that one verb joins


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each two names that have changed places."""
    named = runs(pair.words)
    for one, other in combinations(named, 2):
        there = _swapped(pair, one, other) or _turned(pair, one, other)
        there = there or _reversed(pair, one, other)
        if there:
            span = pair.span(there)
            words = pair.said(range(one.start, other.stop))
            reason = f'The source has the names the other way round: "{pair.quote(span)}".'
            yield Finding("roles", "conflicts", words, span, reason)


def _between(pair: Pair, one: range, other: range) -> Sequence[Word]:
    return pair.words[one.stop : other.start]


def _turned(pair: Pair, one: range, other: range) -> range | None:
    """Return the source's words when it has the names on the other sides of the same verb."""
    between = _between(pair, one, other)
    if not 0 < len(between) <= _FARTHEST or _joins(between) or _same_name(pair, one, other):
        return None
    verbs = [i for i in range(one.stop, other.start) if _can_act(pair.words[i])]
    for verb in (pair.alignment.at[i] for i in verbs):
        if verb is None:
            continue
        subject, object_ = _beside(pair, one, verb), _beside(pair, other, verb)
        if subject is None or object_ is None:
            continue
        crossed = object_ < verb < subject
        straight = subject < verb < object_
        low, high = sorted((subject, object_))
        turned = _passive(between) != _passive(pair.cited[low:high])
        if (crossed and not turned) or (straight and turned):
            return range(min(subject, object_), max(subject, object_) + 1)
    return None


def _can_act(word: Word) -> bool:
    return word.content and not word.capitalised and not word.figure


def _reversed(pair: Pair, one: range, other: range) -> range | None:
    """Return the source's words when a plain "A beat B" has its names the other way round there."""
    between = _between(pair, one, other)
    verbs = [word for word in between if word.content]
    if not 0 < len(between) <= 3 or len(verbs) != 1 or _joins(between) or _passive(between):
        return None
    if not verbs[0].key.endswith("ed") and stemmed(verbs[0].key) == verbs[0].key:
        return None
    first, then = pair.alignment.at[one.start], pair.alignment.at[other.start]
    if first is None or then is None or not 0 < first - then <= _FARTHEST:
        return None
    inside = pair.cited[then:first]
    ordered = _passive(inside) or _joins(inside) or inside[0].sentence != pair.cited[first].sentence
    return None if ordered else range(then, first + 1)


def _beside(pair: Pair, run: range, verb: int) -> int | None:
    """Return the nearest place of a name around a verb of the source."""
    keys = [pair.words[i].key for i in run if is_name(pair.words[i])]
    near = range(max(0, verb - _FARTHEST), min(len(pair.cited), verb + _FARTHEST + 1))
    places = [
        i
        for i in near
        if pair.cited[i].sentence == pair.cited[verb].sentence
        and is_name(pair.cited[i])
        and pair.cited[i].key in keys
    ]
    return min(places, key=lambda place: abs(place - verb), default=None)


def _swapped(pair: Pair, one: range, other: range) -> range | None:
    """Return the source's words when each name stands where it has the other."""
    if _joins(_between(pair, one, other)) or _same_name(pair, one, other):
        return None
    places = pair.place(one), pair.place(other)
    if not places[0] or not places[1]:
        return None
    low, high = min(places[0].start, places[1].start), max(places[0].stop, places[1].stop)
    if _passive(_between(pair, one, other)) != _passive(pair.cited[low:high]):
        return None
    if _holds(pair, places[0], other) and _holds(pair, places[1], one):
        crossed = not _holds(pair, places[0], one) and not _holds(pair, places[1], other)
        return range(places[0].start, places[0].stop) if crossed else None
    return None


def _holds(pair: Pair, place: range, run: range) -> bool:
    keys = [pair.words[i].key for i in run if is_name(pair.words[i])]
    return any(one_name(key, pair.cited[i].key) for key in keys for i in place)


def _same_name(pair: Pair, one: range, other: range) -> bool:
    keys = {pair.words[i].key for i in one}
    return any(pair.words[i].key in keys for i in other)


def _joins(between: Sequence[Word]) -> bool:
    """Say whether the words between two names join them as equals."""
    return any(word.key in _MUTUAL for word in between) or not any(map(_can_act, between))


def _passive(words: Sequence[Word]) -> bool:
    return any(word.key == "by" for word in words)

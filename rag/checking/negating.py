"""Checks that a statement affirms what its source affirms and denies what it denies.

In: a `Pair`. Out: findings of kind "negation" or "order": a negation on one side of aligned
words only, or a word in the place of its opposite. Knows nothing about names and numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.checking.comparing import Pair
from rag.checking.opposites import opposed
from rag.checking.records import Finding
from rag.checking.words import Word, stemmed
from rag.types import Span

_NEGATORS = frozenset(
    "not no never none nobody nothing nor neither without cannot hardly barely scarcely".split()
)
_DENYING = frozenset(
    map(
        stemmed,
        """denied refused failed failure declined unable impossible unlikely prevented prohibited
        forbidden banned lacking absence rejected rarely seldom avoid except excluding stop
        stopped cease instead refrain exempt inability incapable nonexistent few little
        """.split(),
    )
)
_NO_NEGATION = frozenset(
    [
        ("not", "only"), ("not", "just"), ("not", "merely"), ("not", "simply"), ("no", "matter"),
        ("no", "doubt"), ("or", "not"), ("not", "necessarily"), ("no", "fewer"), ("no", "less"),
        ("no", "later"), ("no", "earlier"), ("no", "more"), ("not", "limited"), ("if", "not"),
    ]
)  # fmt: skip
_REACH = 8  # words before a word in which its negation stands
_SCOPE = 5  # words after a negation in which the first word it denies stands


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each negation that only one side has, and for each opposite."""
    yield from _denied(pair)
    yield from _affirmed(pair)
    yield from _opposites(pair)


def negators(words: Sequence[Word]) -> list[int]:
    """Return the places of words that negate what follows them."""
    return [at for at in range(len(words)) if _negates(words, at)]


def is_negated(words: Sequence[Word], at: int) -> bool:
    """Say whether a word stands near a negation in its sentence, or denies by itself."""
    near = range(max(0, at - _REACH), min(len(words), at + 3))
    return any(
        words[i].sentence == words[at].sentence
        and (_negates(words, i) or words[i].stem in _DENYING)
        for i in near
    )


def _negates(words: Sequence[Word], at: int) -> bool:
    word = words[at]
    if word.key not in _NEGATORS or (word.key == "no" and _is_numero(words, at)):
        return False
    before = words[at - 1].key if at else ""
    after = words[at + 1].key if at + 1 < len(words) else ""
    return (word.key, after) not in _NO_NEGATION and (before, word.key) not in _NO_NEGATION


def _is_numero(words: Sequence[Word], at: int) -> bool:
    return words[at].text == "No" and at + 1 < len(words) and words[at + 1].figure


def _scope(words: Sequence[Word], at: int) -> list[int]:
    """Return the first two content words that a negation is about."""
    reach = range(at + 1, min(len(words), at + 1 + _SCOPE))
    inside = [i for i in reach if words[i].clause == words[at].clause and words[i].content]
    return inside[:2]


def _denied(pair: Pair) -> Iterator[Finding]:
    """Yield what the statement negates and the source does not."""
    for at in negators(pair.words):
        places = [pair.alignment.at[i] for i in _scope(pair.words, at)]
        places = [place for place in places if place is not None]
        if not places or any(is_negated(pair.cited, place) for place in places):
            continue
        span = pair.span(range(places[0], places[0] + 1))
        words = pair.said(range(at, min(at + 3, len(pair.words))))
        reason = f'The statement denies what the source affirms: "{pair.quote(_wide(pair, span))}".'
        yield Finding("negation", "conflicts", words, span, reason)


def _affirmed(pair: Pair) -> Iterator[Finding]:
    """Yield what the source negates and the statement does not."""
    back = {place: i for i, place in enumerate(pair.alignment.at) if place is not None}
    for at in negators(pair.cited):
        scope = _scope(pair.cited, at)
        own = [back[place] for place in scope if place in back]
        if not _beside(pair, at, scope, back) or any(is_negated(pair.words, i) for i in own):
            continue
        span = pair.span(range(at, scope[-1] + 1))
        words = pair.said(range(own[0], own[0] + 1))
        reason = f'The source denies what the statement affirms: "{pair.quote(span)}".'
        yield Finding("negation", "conflicts", words, span, reason)


def _beside(pair: Pair, at: int, scope: Sequence[int], back: dict[int, int]) -> bool:
    """Say whether the statement has the words around a negation of the source, in one place."""
    if not scope or scope[0] not in back:
        return False
    before = next((i for i in range(at - 1, max(-1, at - 5), -1) if pair.cited[i].content), None)
    own = back[scope[0]]
    near = [place for place in (before, *scope[1:]) if place is not None]
    return any(place in back and abs(back[place] - own) <= 5 for place in near)


def _opposites(pair: Pair) -> Iterator[Finding]:
    """Yield words that stand where the source has their opposite."""
    stems = {word.stem for word in pair.words}
    for at, word in enumerate(pair.words):
        against = opposed(word.stem)
        if not against:
            continue
        place = pair.place(range(at, at + 1))
        other = _opposite_in(pair, word, against, place) if place else None
        if other is None and word.content and pair.alignment.at[at] is None:
            other = _lone_opposite(pair, at, against - stems)
        if other is not None and is_negated(pair.words, at) == is_negated(pair.cited, other):
            span = pair.span(range(other, other + 1))
            kind = "order" if word.key in ("before", "after", "until") else "negation"
            reason = f'The source says "{pair.quote(span)}", not "{word.text}".'
            yield Finding(kind, "conflicts", word.text, span, reason)


def _opposite_in(
    pair: Pair, word: Word, against: frozenset[str], place: range
) -> int | None:
    if any(pair.cited[at].stem == word.stem for at in place):
        return None
    return next((at for at in place if pair.cited[at].stem in against), None)


def _lone_opposite(pair: Pair, at: int, against: frozenset[str]) -> int | None:
    """Return the opposite in the sentence of the word's neighbours, when the word is not there."""
    if pair.words[at].stem in {word.stem for word in pair.cited}:
        return None
    near = [pair.alignment.at[i] for i in range(max(0, at - 3), min(len(pair.words), at + 4))]
    near = [place for place in near if place is not None]
    for place in near:
        for other in range(max(0, place - 4), min(len(pair.cited), place + 5)):
            if pair.cited[other].stem in against:
                return other
    return None


def _wide(pair: Pair, span: Span) -> Span:
    """Return a span with some words around it, for a person to read."""
    inside = [word for word in pair.cited if span.start - 30 <= word.start < span.end + 20]
    return Span(inside[0].start, inside[-1].end)

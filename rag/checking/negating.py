"""Checks that a statement affirms what its source affirms and denies what it denies.

In: a `Pair`. Out: findings of kind "negation" or "order": a negation on one side of aligned
words only, or a word in the place of its opposite. Knows nothing about names and numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.checking.comparing import Pair
from rag.checking.opposites import opposed
from rag.checking.records import Finding
from rag.checking.words import Word, listed
from rag.types import Span

_NEGATORS = frozenset(
    listed(
        """
    not no never none nobody nothing nor neither without cannot hardly barely scarcely
    """
    )
)
_DENYING = frozenset(
    listed(
        """
    denied deny denies refused refuse refuses failed fail fails failing failure declined
    declines unable inability impossible unlikely prevented prevent prevents preventing
    prohibited prohibits forbidden forbade banned bans lack lacks lacked lacking absence
    rarely seldom avoid avoids avoided except excluding excludes instead refrain exempt
    against ruled stop stopped ceased few little
    """
    )
)
_NO_NEGATION = frozenset(
    [
        ("not", "only"), ("not", "just"), ("not", "merely"), ("not", "simply"), ("no", "matter"),
        ("no", "doubt"), ("or", "not"), ("not", "necessarily"), ("no", "fewer"), ("no", "less"),
        ("no", "later"), ("no", "earlier"), ("no", "more"), ("not", "limited"), ("if", "not"),
    ]
)  # fmt: skip
_LIGHT = frozenset(
    listed(
        """
    longer yet really actually currently necessarily
    """
    )
)
_BETWEEN = 2  # content words between a negation and a word that it reaches
_REACH = 8  # words before a word in which its negation stands
_SCOPE = 5  # words after a negation in which the first word it denies stands


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each negation that only one side has, and for each opposite."""
    yield from _denied(pair)
    yield from _affirmed(pair)
    yield from _opposites(pair)


def _negating(words: Sequence[Word]) -> list[int]:
    return [at for at, word in enumerate(words) if word.key in _NEGATORS]


def is_negated(words: Sequence[Word], at: int) -> bool:
    """Say whether a word denies, or a negation reaches it."""
    return words[at].key in _DENYING or _is_reached(words, at)


def _is_reached(words: Sequence[Word], at: int) -> bool:
    """Say whether a negation, or a word that denies, reaches a word."""
    between = 0
    for i in range(at - 1, max(-1, at - _REACH - 1), -1):
        word = words[i]
        if word.sentence != words[at].sentence or (word.clause != words[at].clause and between):
            break
        far = _BETWEEN if word.key in ("not", "never", "cannot") else _REACH
        if between <= far and (word.key in _NEGATORS or word.key in _DENYING):
            return True
        between += word.content
    return _trails(words, at)


def _denied_later(words: Sequence[Word], at: int) -> bool:
    """Say whether a clause goes on to deny a word: "a change is not scheduled"."""
    clause = words[at].clause
    return any(word.key in _NEGATORS and word.clause == clause for word in words[at : at + _REACH])


def _trails(words: Sequence[Word], at: int) -> bool:
    """Say whether a negation follows in the same clause: "is ideal for none"."""
    after = words[at + 1 : at + 4]
    return any(w.key in ("none", "nothing", "nobody", "neither") for w in after)


def denies(words: Sequence[Word], at: int) -> bool:
    """Say whether a word denies by itself: a negation, or a verb such as "refused"."""
    return words[at].key in _DENYING or _negates(words, at)


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
    inside = [i for i in inside if words[i].key not in _LIGHT]
    return inside[:2]


def _denied(pair: Pair) -> Iterator[Finding]:
    """Yield what the statement negates and the source does not."""
    for at in _negating(pair.words):
        if (place := _put_in(pair, at)) is not None:
            yield _finding(pair, at, place)
            continue
        if not _negates(pair.words, at):
            continue
        places = [pair.alignment.at[i] for i in _scope(pair.words, at)]
        places = [place for place in places if place is not None]
        if not places or is_negated(pair.cited, places[0]):
            continue
        if pair.words[at].key != "not" and _denied_later(pair.cited, places[0]):
            continue
        yield _finding(pair, at, places[0])


def _finding(pair: Pair, at: int, place: int) -> Finding:
    span = pair.span(range(place, place + 1))
    words = pair.said(range(at, min(at + 3, len(pair.words))))
    reason = f'The statement denies what the source affirms: "{pair.quote(_wide(pair, span))}".'
    return Finding("negation", "conflicts", words, span, reason)


def _put_in(pair: Pair, at: int) -> int | None:
    """Return where the source goes on without a negation that the statement has put in."""
    for match in pair.matches:
        if 0 < at < len(match.at) - 1 and match.at[at] is None:
            before, after = match.at[at - 1], match.at[at + 1]
            if before is not None and after == before + 1:
                return after
    return None


def _left_out(pair: Pair, at: int) -> int | None:
    """Return the statement's word after a negation of the source that it has left out."""
    for match in pair.matches:
        own = {place: i for i, place in enumerate(match.at) if place is not None}
        before, after = own.get(at - 1), own.get(at + 1)
        if before is not None and after == before + 1:
            return after
        if before == len(pair.words) - 1 and at + 1 == match.last:
            return before
    return None


def _affirmed(pair: Pair) -> Iterator[Finding]:
    """Yield what the source negates and the statement does not."""
    back = {place: i for i, place in enumerate(pair.alignment.at) if place is not None}
    for at in _negating(pair.cited):
        scope = _scope(pair.cited, at)
        out = _left_out(pair, at)
        own = [back[place] for place in scope if place in back]
        if out is None and _negates(pair.cited, at) and _beside(pair, at, scope, back):
            free = is_negated(pair.words, own[0]) or _also_affirmed(pair, scope[0])
            out = None if free else own[0]
        if out is None:
            continue
        span = pair.span(range(at, scope[-1] + 1 if scope else at + 1))
        words = pair.said(range(out, out + 1))
        reason = f'The source denies what the statement affirms: "{pair.quote(span)}".'
        yield Finding("negation", "conflicts", words, span, reason)


def _also_affirmed(pair: Pair, place: int) -> bool:
    """Say whether another sentence of the source affirms the word that one denies."""
    denied = pair.cited[place]
    return any(
        word.stem == denied.stem
        and word.sentence != denied.sentence
        and not is_negated(pair.cited, at)
        for at, word in enumerate(pair.cited)
    )


def _beside(pair: Pair, at: int, scope: Sequence[int], back: dict[int, int]) -> bool:
    """Say whether the statement has the words around a negation of the source, in one place."""
    if not scope or scope[0] not in back:
        return False
    before = next((i for i in range(at - 1, max(-1, at - 5), -1) if pair.cited[i].content), None)
    own = back[scope[0]]
    near = [place for place in (before, *scope[1:]) if place is not None]
    if any(place in back and abs(back[place] - own) <= 5 for place in near):
        return True
    sentence = pair.cited[at].sentence
    there = sum(pair.cited[place].sentence == sentence for place in back)
    return there >= 0.7 * sum(word.content for word in pair.words)


def _opposites(pair: Pair) -> Iterator[Finding]:
    """Yield words that stand where the source has their opposite."""
    stems = {word.stem for word in pair.words}
    for at, word in enumerate(pair.words):
        against = opposed(word.stem)
        if not against:
            continue
        other = _opposite_near(pair, at, against)
        if other is None and word.content and pair.alignment.at[at] is None:
            other = _lone_opposite(pair, at, against - stems)
        if other is not None and _is_reached(pair.words, at) == _is_reached(pair.cited, other):
            span = pair.span(range(other, other + 1))
            kind = "order" if word.key in ("before", "after", "until") else "negation"
            reason = f'The source says "{pair.quote(span)}", not "{word.text}".'
            yield Finding(kind, "conflicts", word.text, span, reason)


def _opposite_near(pair: Pair, at: int, against: frozenset[str]) -> int | None:
    """Return an opposite in the place of a word or right beside its neighbours' counterparts."""
    place = pair.place(range(at, at + 1))
    near = [*(place or ()), *_before_next(pair, at), *_after_last(pair, at)]
    if any(pair.cited[i].stem == pair.words[at].stem for i in near):
        return None
    return next((i for i in near if pair.cited[i].stem in against), None)


def _before_next(pair: Pair, at: int) -> range:
    """Return the two places before the counterpart of the content word that follows."""
    for i in range(at + 1, min(len(pair.words), at + 3)):
        if pair.words[i].content:
            place = pair.alignment.at[i]
            return range(0) if place is None else _inside(pair, place, place - (i - at) - 1, place)
    return range(0)


def _after_last(pair: Pair, at: int) -> range:
    """Return the two places after the counterpart of the content word that precedes."""
    for i in range(at - 1, max(-1, at - 3), -1):
        if pair.words[i].content:
            place = pair.alignment.at[i]
            return (
                range(0) if place is None else _inside(pair, place, place + 1, place + 2 + at - i)
            )
    return range(0)


def _inside(pair: Pair, place: int, first: int, last: int) -> range:
    """Return a range of places, cut to the sentence of one of them."""
    sentence = pair.cited[place].sentence
    places = range(max(0, first), min(len(pair.cited), last))
    inside = [i for i in places if pair.cited[i].sentence == sentence]
    return range(inside[0], inside[-1] + 1) if inside else range(0)


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

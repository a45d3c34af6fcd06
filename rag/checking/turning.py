"""Finds words that turn what is said, in all that the source tells of the same things.

In: a `Pair`. Out: findings of kind "negation": an opposite that the source has in place of a
word, or a denial where the whole source denies nothing. Knows nothing about the places of words,
so it also sees what is said in another order, where `negating` sees nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rag.checking.comparing import Pair
from rag.checking.negating import denies, is_negated
from rag.checking.opposites import opposed
from rag.checking.records import Finding
from rag.checking.words import Word

_SHARE = 0.5  # of the words that the most alike sentence has, for one to tell of the same


def check(pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each opposite, and for a denial that nothing in the source bears out."""
    told = _told(pair)
    stems = {pair.cited[at].stem for at in told}
    own = {word.stem for word in pair.words}
    for at, word in enumerate(pair.words):
        against = opposed(word.stem) & (stems - own)
        other = next((i for i in told if pair.cited[i].stem in against), None)
        if other is None or word.stem in stems:
            continue
        if is_negated(pair.words, at) == is_negated(pair.cited, other):
            span = pair.span(range(other, other + 1))
            reason = f'The source says "{pair.quote(span)}", not "{word.text}".'
            yield Finding("negation", "conflicts", word.text, span, reason)
    denying = _denials(pair.words)
    if denying and not _denials(pair.cited):
        words = denying[0].text
        reason = f'Nothing in the source denies, as the statement does with "{words}".'
        yield Finding("negation", "absent", words, None, reason)


def _told(pair: Pair) -> list[int]:
    """Return the places of those clauses of the source that share words with the statement."""
    places = [place for place in pair.alignment.at if place is not None]
    shared = Counter(pair.cited[place].sentence for place in places)
    most = max(shared.values(), default=0)
    alike = {sentence for sentence, count in shared.items() if count >= _SHARE * most}
    clauses = {pair.cited[place].clause for place in places}
    return [
        at
        for at, word in enumerate(pair.cited)
        if word.sentence in alike and word.clause in clauses
    ]


def _denials(words: Sequence[Word]) -> list[Word]:
    return [word for at, word in enumerate(words) if denies(words, at)]

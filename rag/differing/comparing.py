"""Sets the answers of different sources against each other.

In: a question, numbered evidence, a `score` function. Out: disagreements, each account an
exact slice of its document. Knows nothing about models, and merges nothing.

Two sources disagree when each gives a value of the kind the question asks for, the values
cannot both be meant, and neither source mentions the other's value. How sure that is comes
from how strong both values are as answers and how alike the words around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from rag.citing import Score
from rag.differing.asking import Wanted, wanted
from rag.differing.denying import denials
from rag.differing.picking import Pick, covered, picks
from rag.differing.sameness import Mentions, alike, compatible
from rag.differing.values import Value
from rag.keywords import indexed
from rag.types import Account, Citation, Disagreement, Evidence

_WORD = re.compile(r"\w+")
_RUN = 4  # words beside two values that are compared in order


class Signs(NamedTuple):
    """What speaks for two values being rival answers."""

    weaker: float  # strength of the weaker value, in log odds
    stronger: float
    fit: float  # of the sentence that fits the question less, in logits
    shared: float  # 0…1: words around them that both sentences have, beside the question's
    left: float  # words directly before both that are the same
    right: float
    lone: float  # other sources that mention the value fewer of them mention
    backed: float
    agreed: float  # strength of the best answer that both sources give, -6 for none
    covered: float  # share of the question's words in the passage that has fewer of them


# Fitted by logistic regression on even lines: see tests/benchmarks/differing.py.
_WEIGHTS = Signs(0.9, 0.4, 0.1, 1.0, 0.5, 0.5, -0.2, 0.4, -0.2, 1.0)
_BIAS = -3.0
ENOUGH = 0.0
"""The log odds from which a disagreement is shown."""


class Rivals(NamedTuple):
    """Two values of different documents that cannot both be meant."""

    one: Pick
    other: Pick
    signs: Signs

    @property
    def odds(self) -> float:
        """The log odds that both are given as the answer."""
        return _BIAS + sum(a * b for a, b in zip(_WEIGHTS, self.signs, strict=True))


def disagreements(
    question: str, evidence: Sequence[Evidence], score: Score, *, answer: str = ""
) -> tuple[Disagreement, ...]:
    """Return where documents give different answers to a question; () where none is seen.

    Where several pairs of values could be shown, one that the `answer` gives comes first.
    """
    if len({item.document.document_id for item in evidence}) < 2:
        return ()
    denied = denials(question, evidence)
    if denied:
        return (denied,)
    want = wanted(question)
    found = picks(want, question, evidence, score)
    sure = [pair for pair in rivals(want, found, evidence) if pair.odds >= ENOUGH]
    if not sure:
        return ()
    best = max(sure, key=lambda pair: (_given(pair, answer), pair.odds))
    return (Disagreement(tuple(_accounts(best, found))),)


def rivals(want: Wanted, found: Sequence[Pick], evidence: Sequence[Evidence]) -> Iterator[Rivals]:
    """Yield the pairs of values of different documents that exclude each other."""
    sources = {item.document.document_id: _Source(want, item, found, evidence) for item in evidence}
    for one, other in combinations(found, 2):
        first, second = (sources[pick.evidence.document.document_id] for pick in (one, other))
        if first is second or compatible(one.value, other.value):
            continue
        if other.value in first or one.value in second:
            continue
        yield Rivals(one, other, _signs(want, (one, other), (first, second), sources.values()))


class _Source:
    """One document: what its evidence mentions, its picks, how it covers the question."""

    def __init__(
        self, want: Wanted, item: Evidence, found: Sequence[Pick], evidence: Sequence[Evidence]
    ):
        own = item.document.document_id
        items = [one for one in evidence if one.document.document_id == own]
        self._mentions = [Mentions(one) for one in items]
        self.picks = [pick for pick in found if pick.evidence.document.document_id == own]
        self.covered = covered(want, " ".join(one.text for one in items))

        self._known: dict[Value, bool] = {}

    def __contains__(self, value: Value) -> bool:
        if value not in self._known:
            self._known[value] = any(value in mentions for mentions in self._mentions)
        return self._known[value]


def _signs(
    want: Wanted,
    pair: tuple[Pick, Pick],
    sources: tuple[_Source, _Source],
    everyone: Iterable[_Source],
) -> Signs:
    one, other = pair
    strengths = sorted((one.strength, other.strength))
    others = [source for source in everyone if source not in sources]
    backing = sorted(sum(pick.value in source for source in others) for pick in pair)
    beside = [_beside(pick) for pick in pair]
    stems = [set(indexed(" ".join(left + right)).words) - want.stems for left, right in beside]
    return Signs(
        weaker=strengths[0],
        stronger=strengths[1],
        fit=min(one.fit, other.fit),
        shared=len(stems[0] & stems[1]) / max(1, min(map(len, stems))),
        left=_run(beside[0][0][::-1], beside[1][0][::-1]),
        right=_run(beside[0][1], beside[1][1]),
        lone=backing[0],
        backed=backing[1],
        agreed=_agreed(*sources),
        covered=min(source.covered for source in sources),
    )


def _agreed(first: _Source, second: _Source) -> float:
    both = (
        min(one.strength, other.strength)
        for one in first.picks
        for other in second.picks
        if alike(one.value, other.value)
    )
    return max(both, default=-6.0)


def _beside(pick: Pick) -> tuple[list[str], list[str]]:
    """Return the words of a sentence before its value and those after."""
    text = pick.evidence.document.text
    before = text[pick.sentence.start : pick.value.span.start]
    after = text[pick.value.span.end : pick.sentence.end]
    return _WORD.findall(before.casefold()), _WORD.findall(after.casefold())


def _run(one: list[str], other: list[str]) -> int:
    """Return how many leading words are the same, at most `_RUN`."""
    length = 0
    for a, b in zip(one[:_RUN], other[:_RUN], strict=False):
        if a != b:
            break
        length += 1
    return length


def _given(pair: Rivals, answer: str) -> bool:
    return any(pick.words in answer for pick in pair[:2])


def _accounts(pair: Rivals, found: Sequence[Pick]) -> Iterator[Account]:
    """Yield one account for each document that gives either value, in the order of evidence."""
    chosen: dict[str, Pick] = {}
    for pick in found:
        sides = [alike(pick.value, side.value) for side in pair[:2]]
        if sides[0] == sides[1]:
            continue
        kept = chosen.setdefault(pick.evidence.document.document_id, pick)
        if pick in pair[:2] or (kept not in pair[:2] and pick.strength > kept.strength):
            chosen[pick.evidence.document.document_id] = pick
    for pick in sorted(chosen.values(), key=lambda pick: pick.evidence.number):
        item, span = pick.evidence, pick.sentence
        yield Account(pick.words, Citation(item.number, item.document, span.start, span.end))

"""Chooses the sentences that the generator reads.

In: a question, passages, and a `score` for how well a text answers the question. Out:
evidence: stretches of documents, with the sentences that matter less withheld. Knows nothing
about models or prompts: what things cost comes from the functions it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf

from rag.guarding import guarded
from rag.merging import joined
from rag.splitting import sentences
from rag.types import Document, Evidence, Span

TOGETHER = 0.7
"""How much a sentence's worth is that of it and a neighbour read together."""
NEXT = 2.0
"""What each better sentence of the same stretch takes from a sentence's worth, in logits.

Both chosen on the even questions of RGB, by how often the answer stands in what is chosen
(tests/benchmarks/choosing.py)."""

SURE = 150
"""Tokens that are filled with the best sentences, however far below the best of all they lie.

Chosen with a spread of 4 on the even questions of RGB, SQuAD 2.0 and 2WikiMultihopQA, as above."""

FAR = 8
"""Logits below the best passage at which the sentences of another are not looked at.

On RGB and SQuAD 2.0, even questions and those held back, the answer stands as often in what is
chosen with this bound as without one (tests/benchmarks/choosing.py)."""

Score = Callable[[str, Sequence[str]], Sequence[float]]
"""(question, texts) → a logit for each text; higher answers the question better."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much may be chosen: `budget` in what `cost` counts.

    Once `sure` of it is filled, only sentences within `spread` logits of the best are taken.
    `cost` takes the words of a sentence, `opening` the document that a stretch is the first of.
    """

    budget: int
    cost: Callable[[str], int]
    opening: Callable[[Document], int]
    sure: int = 0
    spread: float = inf


@dataclass(frozen=True, slots=True)
class _Sentence:
    stretch: int
    span: Span
    text: str


def choose(
    question: str, passages: Sequence[tuple[Document, Span]], *, score: Score, room: Room
) -> tuple[Evidence, ...]:
    """Return the sentences of passages that are worth most and fit, as numbered evidence.

    Passages side by side in one document are one stretch, and each stretch is one piece of
    evidence, from its first chosen sentence to its last: those between that were not chosen
    are withheld, as is what speaks to the model. The best sentence always stays; a sentence
    is never cut. There is no evidence where passages only speak to the model.
    """
    found = stretches(passages)
    all_ = [one for number, stretch in enumerate(found) for one in _sentences(number, *stretch)]
    worths = _worths(question, all_, score)
    far = max(worths, default=0.0) - room.spread
    ranked = [(all_[at], worths[at] >= far) for at in _order(all_, worths)]
    chosen = _fitting(ranked, [document for document, _ in found], room)
    order = dict.fromkeys(sentence.stretch for sentence in chosen)
    return tuple(
        _evidence(number, found[stretch][0], [s for s in all_ if s.stretch == stretch], chosen)
        for number, stretch in enumerate(order, 1)
    )


def near(logits: Sequence[float | None], far: float = FAR) -> list[int]:
    """Return where the passages stand whose sentences are worth looking at.

    `logits` are how well each passage answers the question, None for one that was not judged.
    """
    best = max((logit for logit in logits if logit is not None), default=0.0)
    return [at for at, logit in enumerate(logits) if logit is None or logit >= best - far]


def stretches(passages: Sequence[tuple[Document, Span]]) -> list[tuple[Document, Span]]:
    """Return passages as stretches of documents: those side by side in one document are one."""
    spans: list[tuple[Document, Span]] = []
    for document, span in passages:
        spans = joined(spans, document, span)
    return spans


def _sentences(number: int, document: Document, stretch: Span) -> list[_Sentence]:
    whole = guarded(Evidence(number, document, stretch.start, stretch.end))
    return [
        _Sentence(number, span, document.text[span.start : span.end])
        for part in whole.kept
        for span in sentences(document.text, part, _language(document))
    ]


def _language(document: Document) -> str:
    return document.language.value if document.language else "en"


def _worths(question: str, all_: Sequence[_Sentence], score: Score) -> list[float]:
    """Return the worth of each sentence, read alone and together with either neighbour."""
    pairs = [
        f"{one.text} {other.text}" if one.stretch == other.stretch else one.text
        for one, other in zip(all_, [*all_[1:], *all_[-1:]], strict=True)
    ]
    texts = list(dict.fromkeys([*(one.text for one in all_), *pairs]))
    logits = dict(zip(texts, map(float, score(question, texts)), strict=True))
    worths = []
    for at, one in enumerate(all_):
        before = pairs[at - 1] if at and all_[at - 1].stretch == one.stretch else pairs[at]
        together = max(logits[pairs[at]], logits[before])
        worths.append((1 - TOGETHER) * logits[one.text] + TOGETHER * together)
    return worths


def _order(all_: Sequence[_Sentence], worths: Sequence[float]) -> list[int]:
    """Return where the sentences stand, best first, later ones of a stretch put back."""
    by_worth = sorted(range(len(all_)), key=lambda at: -worths[at])
    taken = [0] * (1 + max((one.stretch for one in all_), default=0))
    lowered = {}
    for at in by_worth:
        lowered[at] = worths[at] - NEXT * taken[all_[at].stretch]
        taken[all_[at].stretch] += 1
    return sorted(by_worth, key=lambda at: -lowered[at])


def _fitting(
    ranked: Sequence[tuple[_Sentence, bool]], documents: Sequence[Document], room: Room
) -> list[_Sentence]:
    """Return what fits of sentences, best first, each with whether it is near the best."""
    chosen: list[_Sentence] = []
    opened: set[int] = set()
    left = room.budget
    for one, is_near in ranked:
        cost = room.cost(one.text)
        if one.stretch not in opened:
            cost += room.opening(documents[one.stretch])
        within = left if is_near else left - room.budget + room.sure
        if cost <= within or not chosen:
            chosen.append(one)
            opened.add(one.stretch)
            left -= cost
    return chosen


def _evidence(
    number: int, document: Document, stretch: Sequence[_Sentence], chosen: Sequence[_Sentence]
) -> Evidence:
    kept = [one.span for one in stretch if one in chosen]
    start, end = kept[0].start, kept[-1].end
    left_out = [
        one.span for one in stretch if one.span not in kept and start <= one.span.start < end
    ]
    item = guarded(Evidence(number, document, start, end))
    return replace(item, withheld=tuple(sorted([*item.withheld, *left_out])))

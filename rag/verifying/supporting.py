"""Decides whether what a statement cites supports it.

In: a statement with its citations, the evidence they are from, a cross-encoder's `score`. Out:
the statement with a verdict, a reason in plain words, and the words that decide. Knows nothing
about how statements were written or citations found.

Exact checks come first (`rag.checking`): one conflict contradicts, whatever a model thinks, and
names alone support nothing. Where neither is so, a logistic regression over the coverage of the
statement's words and the cross-encoder's logit decides; its weights were fitted by
tests/benchmarks/supporting.py and are kept in `support.json` beside this file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from pathlib import Path

from rag.checking import Coverage, Finding, Source, coverage, findings
from rag.types import Citation, Document, Span, Statement, Verdict, as_date

SUPPORT = Path(__file__).with_name("support.json")
CONFLICT, ABSENCE = 0.3, 0.8
"""Factors on the probability of support for a conflict, and for a name or figure that the
source lacks: an exact check outweighs any likeness."""
_FEWEST = 2  # content words of a statement that can be checked

Score = Callable[[str, Sequence[str]], Sequence[float]]
"""(statement, texts) → a logit for each text."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for support, each a plain number: `Coverage`'s, and the best logit."""

    text: float
    around: float
    aligned: float
    ordered: float
    pairs: float
    run: float
    names: float
    figures: float
    replaced: float
    passage: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights over `Signs`, and the lowest probabilities for the two better verdicts."""

    weights: tuple[float, ...]
    bias: float
    supported: float
    partly: float

    def probability(self, signs: Signs) -> float:
        """Return the probability, 0…1, of support."""
        total = sum(w * x for w, x in zip(self.weights, astuple(signs), strict=True))
        return 1 / (1 + math.exp(-max(min(total + self.bias, 60.0), -60.0)))


@cache
def fitted() -> Fitted:
    """Return the weights kept beside this file."""
    kept = json.loads(SUPPORT.read_text(encoding="utf-8"))
    return Fitted(tuple(kept["weights"]), kept["bias"], kept["supported"], kept["partly"])


def verified(statement: Statement, around: str, heading: str, *, score: Score) -> Statement:
    """Return a statement with its verdict; `around` are the passages that its citations are from.

    `heading` names publisher, date and title of the documents cited. A statement without
    citations is not supported, one with hardly a word that carries meaning is not checked.
    """
    if not statement.citations:
        return _uncited(statement)
    quotes = _Quotes(statement.citations)
    source = Source(quotes.text, around, heading, _published(statement.citations))
    covered = coverage(statement.text, source)
    if covered.words < _FEWEST:
        return replace(statement, verdict="not checked", reason="There is too little to check.")
    found = findings(statement.text, source)
    likeness = max(map(float, score(statement.text, quotes.texts)))
    probability = support(covered, likeness)
    verdict, deciding = _verdict(found, covered, probability)
    return replace(
        statement,
        verdict=verdict,
        reason=_reason(verdict, deciding, found, names_alone=not covered.told),
        deciding=_place(quotes, deciding, verdict),
        support=round(probability, 4),
    )


def support(covered: Coverage, likeness: float) -> float:
    """Return the probability, 0…1, that a source supports a statement."""
    return fitted().probability(signs(covered, likeness)) * doubt(covered)


def doubt(covered: Coverage) -> float:
    """Return the factor, 0…1, that exact checks put on the probability of support.

    Cited words that share names alone count as a conflict: 3 of 800 untouched statements of the
    fitted half and 12 of 795 held back are such (tests/benchmarks/supporting.py).
    """
    if covered.conflicts or not covered.told:
        return CONFLICT
    return ABSENCE if covered.absents else 1.0


def signs(covered: Coverage, likeness: float) -> Signs:
    """Return what the fitted model is given; `likeness` is the cross-encoder's best logit."""
    return Signs(
        text=covered.text,
        around=covered.around,
        aligned=covered.aligned,
        ordered=covered.ordered,
        pairs=covered.pairs,
        run=min(covered.run, 8) / 8,
        names=covered.names,
        figures=covered.figures,
        replaced=min(covered.replaced, 4) / 4,
        passage=likeness / 10,
    )


class _Quotes:
    """The quotes of several citations as one text, and the way back to their documents."""

    def __init__(self, citations: Sequence[Citation]):
        self.citations = tuple(dict.fromkeys(citations))
        self.texts = [citation.quote for citation in self.citations]
        self.text = "\n".join(self.texts)

    def place(self, span: Span) -> Citation:
        """Return the place in a document of a span of `text`."""
        start = 0
        for citation in self.citations:
            end = start + citation.end - citation.start
            if span.start <= end:
                first = citation.start + max(0, span.start - start)
                return replace(citation, start=first, end=min(first + _length(span), citation.end))
            start = end + 1
        return self.citations[0]


def _length(span: Span) -> int:
    return span.end - span.start


def _uncited(statement: Statement) -> Statement:
    if sum(len(word) > 2 for word in statement.text.split()) < _FEWEST:
        return replace(statement, verdict="not checked", reason="There is too little to check.")
    reason = "No sentence of the passages was found to say this."
    return replace(statement, verdict="not supported", reason=reason, support=0.0)


def _verdict(
    found: Sequence[Finding], covered: Coverage, probability: float
) -> tuple[Verdict, Finding | None]:
    """Return the verdict and the finding that decided it, if one did."""
    against = [one for one in found if one.outcome != "agrees" and one.kind != "wording"]
    if against and against[0].outcome == "conflicts":
        return "contradicted", against[0]
    kept = fitted()
    if not covered.told:
        partly = covered.told_around and not against and probability >= kept.partly
        return ("partly supported" if partly else "not supported"), next(iter(against), None)
    if against:
        partly = probability >= kept.supported * ABSENCE
        return ("partly supported" if partly else "not supported"), against[0]
    if probability >= kept.supported:
        return "supported", None
    return ("partly supported" if probability >= kept.partly else "not supported"), None


def _reason(
    verdict: Verdict, deciding: Finding | None, found: Sequence[Finding], *, names_alone: bool
) -> str:
    if deciding:
        return deciding.reason
    if names_alone:
        return "Names apart, the cited words have no word of this."
    if verdict == "supported":
        return "The cited words say so."
    missing = [one.words for one in found if one.kind == "wording"]
    if not missing:
        return "The cited words are about this, and do not say so."
    named = ", ".join(f"“{words}”" for words in missing[:3])
    return f"The cited words say nothing of {named}."


def _place(quotes: _Quotes, deciding: Finding | None, verdict: Verdict) -> Citation | None:
    if deciding is None:
        return quotes.citations[0] if verdict == "supported" else None
    return quotes.place(deciding.source) if deciding.source else None


def _published(citations: Sequence[Citation]):
    documents: list[Document] = [citation.document for citation in citations]
    return next((as_date(one.published) for one in documents if one.published), None)
